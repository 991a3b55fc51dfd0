"""Signing in: a password and then a second factor; or a passkey alone, which is both; or a wallet.

Who is unknown, disabled or mistyped gets one and the same answer, after the same work. Every success makes a new
session token; every challenge and every code works once, also when two requests race.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from holdfast.errors import BadPasskey, SecondFactorMissing, SignInFailed
from holdfast.identity import passkeys, passwords
from holdfast.identity.doorway import Doorway
from holdfast.identity.office import Transaction
from holdfast.identity.principal import Factor
from holdfast.identity.records import Credentials, PasskeyOwner, Person, Session, Stage, Where, owner_id
from holdfast.identity.second_factors import use_code, use_passkey, use_recovery_code
from holdfast.identity.sessions import Opened
from holdfast.identity.throttle import keys

WRONG = "Name or password does not fit."


class PasskeyAsked(Struct, frozen=True):
    """What a page hands to the browser, and the id that comes back with the answer."""

    challenge: str
    options: dict[str, Any]
    expires: int


class SignIn:
    """The ways in that people have; wallets have theirs in `wallet_sign_in`."""

    def __init__(self, door: Doorway) -> None:
        self._door = door

    def with_password(self, name: str, password: str, where: Where) -> Opened:
        """The first step: a session of stage `password` (a second factor is due) or `enrol` (none is set up yet).

        Takes some 20 ms for everybody. Raises: SignInFailed, TooManyAttempts.
        """
        door = self._door
        attempt = door.throttle.attempt(keys("person", name, where))
        person = door.office.get(Person, name)
        active = person is not None and person.disabled is None
        kept = door.office.get(Credentials, name) if active else None
        stored = kept.password if kept is not None else None
        if not passwords.check_password(stored, password) or stored is None:
            door.failed(attempt, name, where, "password")
            raise SignInFailed(WRONG)
        fresh = passwords.hash_password(password) if passwords.needs_rehash(stored) else stored
        with door.office.write() as t:
            kept = door.credentials(t, name)
            if kept.password != stored:  # changed while this one was checked
                raise SignInFailed(WRONG)
            if fresh != stored:
                t.put(structs.replace(kept, password=fresh))
            door.throttle.succeeded(t, attempt)
            stage: Stage = "password" if kept.has_second_factor() else "enrol"
            return door.sessions.open(t, name, stage, "password", where)

    def with_code(self, session: Session, code: str, where: Where) -> Opened:
        """The second step: a code of the authenticator app. Raises: SignInFailed, TooManyAttempts."""
        return self._second(session, where, "totp", code)

    def with_recovery_code(self, session: Session, text: str, where: Where) -> Opened:
        """The second step without the device: a recovery code, which is then used up; `recovery_left` tells how many
        remain. Raises: SignInFailed, TooManyAttempts."""
        return self._second(session, where, "recovery", text)

    def _second(self, session: Session, where: Where, factor: Factor, text: str) -> Opened:
        door, name = self._door, session.person
        _require_stage(session)
        attempt = door.throttle.attempt(keys("factor", name, where))
        left = None
        try:
            with door.office.write() as t:
                if factor == "recovery":
                    left = use_recovery_code(door, t, name, text)
                    t.log("recovery.used", by=name, about=name, where=where.address, left=left)
                else:
                    use_code(door, t, name, text)
                door.throttle.succeeded(t, attempt)
                t.log("session.completed", by=name, about=session.id, where=where.address, factor=factor)
                opened = self._completed(t, session, factor)
        except SignInFailed:
            door.failed(attempt, name, where, factor)
            raise
        return structs.replace(opened, recovery_left=left)

    def _completed(self, t: Transaction, session: Session, factor: Factor) -> Opened:
        present = t.get(Session, session.id)
        if present is None or present.stage != "password":
            raise SignInFailed("This sign-in was completed already, or has ended.")
        return self._door.sessions.renew(t, session.id, "full", factor)

    # --- passkeys ---------------------------------------------------------------------------------------------------

    def passkey_asked(self, session: Session | None = None) -> PasskeyAsked:
        """Ask for a passkey: as the second step of this session, or (without one) as the whole sign-in.

        Writes nothing. Raises: SecondFactorMissing for a session of another stage.
        """
        door = self._door
        if session is None:
            challenge = door.challenges.new("passkey sign-in")
            allowed: tuple[passkeys.Passkey, ...] = ()
        else:
            _require_stage(session)
            challenge = door.challenges.new("passkey second factor", session=session.id, about=session.person)
            kept = door.office.get(Credentials, session.person)
            allowed = kept.passkeys if kept is not None else ()
        options = passkeys.authentication_options(door.naming.party(), challenge.value, allowed)
        return PasskeyAsked(challenge.id, options, challenge.expires)

    def with_passkey(
        self, challenge_id: str, answer: Mapping[str, Any], where: Where, session: Session | None = None
    ) -> Opened:
        """A passkey's answer: with `session` its second step, without one a complete sign-in. Never delayed.

        Raises: SignInFailed, BadPasskey.
        """
        door = self._door
        name = "" if session is None else session.person
        try:
            if session is None:
                challenge = door.challenges.again(challenge_id, "passkey sign-in")
                owner = door.office.get(PasskeyOwner, owner_id(passkeys.credential_id(answer)))
                if owner is None:
                    raise BadPasskey("The passkey is not registered here.")
                name = owner.person
            else:
                _require_stage(session)
                challenge = door.challenges.again(challenge_id, "passkey second factor", session=session.id, about=name)
            with door.office.write() as t:
                use_passkey(door, t, name, challenge, answer)
                if session is None:
                    return door.sessions.open(t, name, "full", "passkey", where)
                t.log("session.completed", by=name, about=session.id, where=where.address, factor="passkey")
                return self._completed(t, session, "passkey")
        except (SignInFailed, BadPasskey) as error:
            door.refuse(error, name, where, "passkey")


def _require_stage(session: Session) -> None:
    """Only a session that waits for its second factor takes one."""
    if session.stage != "password":
        raise SecondFactorMissing("This session does not wait for a second factor.", stage=session.stage)
