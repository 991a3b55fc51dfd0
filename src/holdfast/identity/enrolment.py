"""Setting up what one proves oneself by: a password by invitation, an authenticator app, passkeys, recovery codes.

Whoever calls for a complete session has had the request confirmed (step-up); a session of stage `enrol` may only come
here, and is complete once it has its first second factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from holdfast.errors import (
    BadPasskey,
    LastFactor,
    LinkNotValid,
    Rejected,
    SecondFactorMissing,
    SignInFailed,
    UnknownPasskey,
)
from holdfast.identity import passkeys, passwords, recovery, totp
from holdfast.identity.doorway import Doorway
from holdfast.identity.membership import can_sign_in, void_invitations
from holdfast.identity.office import Transaction
from holdfast.identity.principal import Factor
from holdfast.identity.records import Credentials, Invitation, PasskeyOwner, Person, Session, Where, owner_id
from holdfast.identity.second_factors import WRONG_CODE
from holdfast.identity.sessions import Opened
from holdfast.identity.sign_in import WRONG, PasskeyAsked
from holdfast.identity.throttle import keys
from holdfast.identity.tokens import hash_token

MOST_PASSKEYS = 20
"""Passkeys of one person."""


class TotpAsked(Struct, frozen=True):
    """A new secret for an authenticator app, as text and as what a QR code holds."""

    secret: str
    uri: str


class Enrolled(Struct, frozen=True):
    """A factor was set up: the session has a new token; with the first one come recovery codes, shown this once."""

    opened: Opened
    recovery_codes: tuple[str, ...] = ()


class PasskeyView(Struct, frozen=True):
    """A passkey as its owner sees it."""

    id: str
    backed_up: bool
    transports: tuple[str, ...]


class Enrolment:
    """What a person does with his own credentials."""

    def __init__(self, door: Doorway) -> None:
        self._door = door

    # --- passwords --------------------------------------------------------------------------------------------------

    def accept(self, token: str, password: str, where: Where) -> Opened:
        """Use an invitation: a new password, no other factors, and a session that sets up the next one.

        Raises: LinkNotValid, WeakPassword (the link stays good then).
        """
        office, id = self._door.office, hash_token(token)
        invitation = office.get(Invitation, id)
        person = office.get(Person, invitation.person) if invitation is not None else None
        if person is None:
            raise LinkNotValid("This link is unknown, used or too old.")
        stored = acceptable_hash(password, person)
        with office.write() as t:
            invitation, person = t.get(Invitation, id), t.get(Person, person.id)
            if invitation is None or invitation.expires <= t.now or person is None or person.disabled is not None:
                raise LinkNotValid("This link is unknown, used or too old.")
            void_invitations(t, person.id)
            self._door.sessions.end_of(t, person.id, by=person.id, where=where, why="invitation accepted")
            for passkey in (t.get(Credentials, person.id) or Credentials(person.id)).passkeys:
                t.delete(PasskeyOwner, owner_id(passkey.id))
            handle, by = passkeys.new_handle(), invitation.by
            t.put(Credentials(person.id, password=stored, handle=handle, let_in_by=by, let_in_at=t.now))
            t.log("invitation.accepted", by=person.id, about=person.id, where=where.address, invited_by=by or None)
            return self._door.sessions.open(t, person.id, "enrol", "password", where)

    def change_password(self, session: Session, present: str, new: str, where: Where) -> Opened:
        """Another password: all other sessions end at once, this one has a new token.

        Raises: SignInFailed (the present one does not fit), TooManyAttempts, WeakPassword.
        """
        door, name = self._door, _complete(session).person
        fresh = acceptable_hash(new, door.office.get(Person, name))
        attempt = door.throttle.attempt(keys("factor", name, where))
        kept = door.office.get(Credentials, name)
        stored = kept.password if kept is not None else None
        if not passwords.check_password(stored, present):
            door.failed(attempt, name, where, "password")
            raise SignInFailed("The present password does not fit.")
        with door.office.write() as t:
            kept = door.credentials(t, name)
            if kept.password != stored:
                raise SignInFailed(WRONG)
            door.throttle.succeeded(t, attempt)
            t.put(structs.replace(kept, password=fresh))
            t.log("password.changed", by=name, about=name, where=where.address)
            door.sessions.end_of(t, name, by=name, where=where, why="password changed", but=session.id)
            return door.sessions.renew(t, session.id, "full", session.factor, proved=False)

    # --- authenticator apps -----------------------------------------------------------------------------------------

    def totp_asked(self, session: Session) -> TotpAsked:
        """A new secret; it counts once a code of it is given with `totp_finish`."""
        door, name = self._door, _enrolling(session).person
        secret = totp.new_secret()
        with door.office.write() as t:
            kept = _same(t, session)
            t.put(structs.replace(kept, pending_totp=door.box.seal(secret, name)))
        return TotpAsked(secret, totp.uri(secret, name, door.naming.name))

    def totp_finish(self, session: Session, code: str, where: Where) -> Enrolled:
        """The first code of the new secret, which then takes an older one's place.

        Raises: SignInFailed, TooManyAttempts.
        """
        door, name = self._door, _enrolling(session).person
        attempt = door.throttle.attempt(keys("factor", name, where))
        try:
            with door.office.write() as t:
                kept, present = door.credentials(t, name), _same(t, session)
                pending = present.pending_totp
                if pending is None:
                    raise SignInFailed("Ask for a new secret first.")
                step = totp.matching_step(door.box.open(pending, name), code, t.now, -1)
                if step is None:
                    raise SignInFailed(WRONG_CODE)
                door.throttle.succeeded(t, attempt)
                t.put(structs.replace(present, pending_totp=None))
                t.log("totp.added", by=name, about=name, where=where.address)
                sealed = door.box.seal(door.box.open(pending, name), name)
                changed = structs.replace(kept, totp=sealed, totp_step=max(step, kept.totp_step))
                return self._enrolled(t, session, kept, changed, where, "totp")
        except SignInFailed:
            door.failed(attempt, name, where, "totp")
            raise

    def totp_remove(self, session: Session, where: Where) -> None:
        """Take the authenticator app away. Raises: LastFactor."""
        name = _complete(session).person
        with self._door.office.write() as t:
            kept = self._door.credentials(t, name)
            self._keep(t, name, structs.replace(kept, totp=None))
            t.log("totp.removed", by=name, about=name, where=where.address)

    # --- passkeys ---------------------------------------------------------------------------------------------------

    def passkeys(self, name: str) -> tuple[PasskeyView, ...]:
        """A person's passkeys."""
        kept = self._door.office.get(Credentials, name)
        return tuple(PasskeyView(one.id, one.backed_up, one.transports) for one in (kept.passkeys if kept else ()))

    def passkey_asked(self, session: Session) -> PasskeyAsked:
        """Options to register a passkey."""
        door, name = self._door, _enrolling(session).person
        with door.office.write() as t:
            kept = door.credentials(t, name)
            if not kept.handle:
                kept = structs.replace(kept, handle=passkeys.new_handle())
                t.put(kept)
        challenge = door.challenges.new("passkey registration", session=session.id, about=name)
        options = passkeys.registration_options(door.naming.party(), name, kept.handle, challenge.value, kept.passkeys)
        return PasskeyAsked(challenge.id, options, challenge.expires)

    def passkey_finish(self, session: Session, challenge_id: str, answer: Mapping[str, Any], where: Where) -> Enrolled:
        """Register the passkey that the browser made. Raises: BadPasskey, SignInFailed, Rejected (too many)."""
        door, name = self._door, _enrolling(session).person
        challenge = door.challenges.again(challenge_id, "passkey registration", session=session.id, about=name)
        passkey = passkeys.verify_registration(door.naming.party(), challenge.value, answer)
        with door.office.write() as t:
            kept = door.credentials(t, name)
            _same(t, session)
            door.challenges.use(t, challenge)
            if t.get(PasskeyOwner, owner_id(passkey.id)) is not None:
                raise BadPasskey("This passkey is registered already.")
            if len(kept.passkeys) >= MOST_PASSKEYS:
                raise Rejected(f"A person has at most {MOST_PASSKEYS} passkeys.")
            t.put(PasskeyOwner(owner_id(passkey.id), name))
            t.log("passkey.added", by=name, about=passkey.id, where=where.address, backed_up=passkey.backed_up)
            changed = structs.replace(kept, passkeys=(*kept.passkeys, passkey))
            return self._enrolled(t, session, kept, changed, where, "passkey")

    def passkey_remove(self, session: Session, id: str, where: Where) -> None:
        """Take a passkey away. Raises: UnknownPasskey, LastFactor."""
        name = _complete(session).person
        with self._door.office.write() as t:
            kept = self._door.credentials(t, name)
            left = tuple(one for one in kept.passkeys if one.id != id)
            if left == kept.passkeys:
                raise UnknownPasskey("You have no passkey of this id.")
            self._keep(t, name, structs.replace(kept, passkeys=left))
            t.delete(PasskeyOwner, owner_id(id))
            t.log("passkey.removed", by=name, about=id, where=where.address)

    # --- recovery codes ---------------------------------------------------------------------------------------------

    def new_recovery_codes(self, session: Session, where: Where) -> tuple[str, ...]:
        """Fresh recovery codes, shown this once; all older ones are void."""
        name = _complete(session).person
        codes = recovery.new_codes()
        with self._door.office.write() as t:
            kept = self._door.credentials(t, name)
            t.put(structs.replace(kept, recovery=codes.stored))
            t.log("recovery.replaced", by=name, about=name, where=where.address)
        return codes.shown

    # --- shared -----------------------------------------------------------------------------------------------------

    def _enrolled(
        self, t: Transaction, session: Session, before: Credentials, changed: Credentials, where: Where, factor: Factor
    ) -> Enrolled:
        """Keep a new factor; the session is complete and has a new token; codes come with the first one."""
        if session.stage == "enrol" and before.has_second_factor():
            # Somebody set one up meanwhile: whoever has only the password must not add another.
            raise SignInFailed("A second factor is set up already. Sign in with it.")
        shown: tuple[str, ...] = ()
        if not before.has_second_factor():
            shown, stored = recovery.new_codes()
            changed = structs.replace(changed, recovery=stored)
            t.log("recovery.replaced", by=session.person, about=session.person, where=where.address)
        t.put(changed)
        if session.stage == "enrol":
            t.log("session.completed", by=session.person, about=session.id, where=where.address, factor=factor)
        return Enrolled(self._door.sessions.renew(t, session.id, "full", factor), shown)

    @staticmethod
    def _keep(t: Transaction, name: str, changed: Credentials) -> None:
        """Write credentials that have lost a factor. Raises: LastFactor where they no longer let their person in."""
        person = t.get(Person, name)
        if person is not None and not can_sign_in(person, changed):
            raise LastFactor("This is your only second factor. Add another first.")
        t.put(changed)


def acceptable_hash(password: str, person: Person | None, *words: str) -> str:
    """The hash of a new password. A second factor always goes with it, so 8 characters do. Raises: WeakPassword."""
    about = (person.id, person.title) if person is not None else ()
    passwords.require_acceptable(password, with_mfa=True, about=(*about, *words))
    return passwords.hash_password(password)


def _complete(session: Session) -> Session:
    if session.stage != "full":
        raise SecondFactorMissing("The sign-in is not complete.", stage=session.stage)
    return session


def _enrolling(session: Session) -> Session:
    if session.stage == "password":
        raise SecondFactorMissing("Give the second factor first.", stage=session.stage)
    return session


def _same(t: Transaction, session: Session) -> Session:
    """The session as it is now. Raises: SignInFailed where it has ended or has gone on meanwhile."""
    present = t.get(Session, session.id)
    if present is None or present.token != session.token:
        raise SignInFailed("The session has ended, or has a new token.")
    return present
