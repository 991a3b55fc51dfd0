"""Step-up: a factor given just now for exactly one request.

The request is told by the hash of its canonical form, which the page shows to whoever confirms it. The passkey's
challenge is derived from that hash, and a wallet's text contains it; a code of the authenticator app is bound by the
server. The proof is good for 5 minutes, one session, one use and that hash alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from holdfast.errors import (
    BadPasskey,
    Malformed,
    Rejected,
    SecondFactorMissing,
    SignInFailed,
    StepUpRequired,
)
from holdfast.identity import passkeys
from holdfast.identity.challenges import LIFETIME, Challenge
from holdfast.identity.doorway import Doorway
from holdfast.identity.office import Transaction
from holdfast.identity.principal import Factor, Principal
from holdfast.identity.records import Credentials, Person, Proof, Session, Where
from holdfast.identity.second_factors import use_code, use_passkey
from holdfast.identity.sessions import Opened
from holdfast.identity.throttle import keys
from holdfast.identity.tokens import hash_token, new_token
from holdfast.identity.wallet_sign_in import wallet_asked
from holdfast.identity.wallets import parse_address, verify

Method = Literal["passkey", "totp", "wallet"]
"""What one can confirm a request by. Recovery codes are for signing in only."""
PURPOSE = "Confirm a request"

_HASH = re.compile(r"\A[0-9a-f]{64}\Z")
_encode = msgspec.json.Encoder(order="deterministic").encode


class StepUpAsked(Struct, frozen=True):
    """What to answer: options for the browser, a text for the wallet, or (for a code) nothing more."""

    method: Method
    challenge: str
    expires: int
    options: dict[str, Any] | None = None
    text: str | None = None


class Proven(Struct, frozen=True):
    """The proof's token, which goes along with the request, once; and the session's new token."""

    proof: str
    expires: int
    opened: Opened


def canonical(method: str, path: str, body: object = None, *, query: str = "", id: str = "") -> bytes:
    """The one form of a request: what is confirmed.

    Formula: "holdfast request 1" LF ‖ JSON of [method, path, query, id, body], object keys sorted, no spaces.
             `path` and `query` as in the request line; `id` is the Idempotency-Key; `body` the decoded JSON, null
             where there is none. Other white space or another order of keys is the same request, all else is not.
    Raises:  Malformed for a body with what has no one form (a number that is not whole).
    """
    _require_exact(body)
    try:
        return b"holdfast request 1\n" + _encode([method, path, query, id, body])
    except (UnicodeEncodeError, TypeError, OverflowError):
        raise Malformed("This request cannot be confirmed: it is not plain JSON.", field="body") from None


def hash_of(method: str, path: str, body: object = None, *, query: str = "", id: str = "") -> str:
    """The hash that stands for a request: SHA-256 of its canonical form, in hex. Raises: as `canonical`."""
    return hashlib.sha256(canonical(method, path, body, query=query, id=id)).hexdigest()


def _require_exact(value: object) -> None:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if not all(isinstance(key, str) for key in one):
                raise Malformed("This request cannot be confirmed: it is not plain JSON.", field="body")
            stack.extend(one.values())
        elif isinstance(one, list | tuple):
            stack.extend(one)
        elif not (one is None or isinstance(one, str | int)):
            raise Malformed("Numbers in a request are whole.", field="body")


class StepUp:
    """Asks for, checks and uses up proofs."""

    def __init__(self, door: Doorway) -> None:
        self._door = door

    def methods(self, session: Session) -> tuple[Method, ...]:
        """What this person can confirm a request by, the best first."""
        kept = self._door.office.get(Credentials, session.person) or Credentials(session.person)
        person = self._door.office.get(Person, session.person)
        given: dict[Method, bool] = {
            "passkey": bool(kept.passkeys),
            "wallet": person is not None and person.wallet is not None,
            "totp": kept.totp is not None,
        }
        return tuple(name for name, has in given.items() if has)

    def begin(self, session: Session, request: str, method: Method) -> StepUpAsked:
        """Ask for a factor for the request with this hash. Writes nothing.

        Raises: SecondFactorMissing, Malformed (no hash), Rejected (he has no such factor).
        """
        door = self._door
        _require(session, request)
        if method not in self.methods(session):
            raise Rejected(f"You have no {method} to confirm this with.", method=method)
        challenge = self._challenge(session, request, method)
        if method == "passkey":
            kept = door.office.get(Credentials, session.person)
            allowed = kept.passkeys if kept is not None else ()
            options = passkeys.authentication_options(door.naming.party(), challenge.value, allowed)
            return StepUpAsked(method, challenge.id, challenge.expires, options=options)
        if method == "wallet":
            asked = wallet_asked(door, parse_address(session.person), challenge, PURPOSE, request)
            return StepUpAsked(method, challenge.id, challenge.expires, text=asked.text)
        return StepUpAsked(method, challenge.id, challenge.expires)

    def with_code(self, session: Session, request: str, code: str, where: Where) -> Proven:
        """Confirm by a code of the authenticator app. Raises: SignInFailed, TooManyAttempts."""
        door, name = self._door, session.person
        _require(session, request)
        attempt = door.throttle.attempt(keys("factor", name, where))
        try:
            with door.office.write() as t:
                use_code(door, t, name, code)
                door.throttle.succeeded(t, attempt)
                return self._proven(t, session, request, "totp", where)
        except SignInFailed:
            door.failed(attempt, name, where, "totp")
            raise

    def with_passkey(
        self, session: Session, request: str, challenge_id: str, answer: Mapping[str, Any], where: Where
    ) -> Proven:
        """Confirm by a passkey. Raises: SignInFailed, BadPasskey."""
        door, name = self._door, session.person
        _require(session, request)
        try:
            challenge = self._challenge(session, request, "passkey", challenge_id)
            with door.office.write() as t:
                use_passkey(door, t, name, challenge, answer)
                return self._proven(t, session, request, "passkey", where)
        except (SignInFailed, BadPasskey) as error:
            door.refuse(error, name, where, "passkey")

    def with_wallet(self, session: Session, request: str, challenge_id: str, signature: str, where: Where) -> Proven:
        """Confirm by the wallet. Raises: SignInFailed."""
        door, name = self._door, session.person
        _require(session, request)
        try:
            person = door.office.get(Person, name)
            if person is None or person.wallet is None:
                raise SignInFailed("You have no wallet here.")
            challenge = self._challenge(session, request, "wallet", challenge_id)
            wallet = parse_address(name)
            if not verify(wallet, wallet_asked(door, wallet, challenge, PURPOSE, request).text, signature):
                raise SignInFailed("The signature is not this wallet's over this text.")
            with door.office.write() as t:
                door.credentials(t, name)
                door.challenges.use(t, challenge)
                return self._proven(t, session, request, "wallet", where)
        except SignInFailed as error:
            door.refuse(error, name, where, "wallet")

    def consume(self, principal: Principal, request: str, proof: str) -> Factor:
        """Use a proof up for the request with this hash; which factor it was.

        Raises: StepUpRequired for no proof, one of another request or session, one that was used or is too old.
        """
        door, id = self._door, hash_token(proof)
        with door.office.write() as t:
            kept = t.get(Proof, id)
            if kept is not None and kept.session == principal.session and t.get(Session, kept.session) is not None:
                t.delete(Proof, id)  # also when it does not fit: whoever has it had one try
                if kept.request == request and t.now < kept.expires:
                    t.log(
                        "step_up.used",
                        by=principal.person,
                        about=request,
                        where=principal.address,
                        factor=kept.factor,
                    )
                    return kept.factor
        door.refusals.note("step_up.refused", by=principal.person, where=principal.address, why="no fitting proof")
        raise StepUpRequired(
            "This request is not confirmed: the proof is missing, used, too old or for another request."
        )

    def _challenge(self, session: Session, request: str, method: Method, id: str | None = None) -> Challenge:
        bounds = {"session": session.id, "about": session.person, "bound": request}
        if id is None:
            return self._door.challenges.new(f"step-up by {method}", **bounds)
        return self._door.challenges.again(id, f"step-up by {method}", **bounds)

    def _proven(self, t: Transaction, session: Session, request: str, factor: Factor, where: Where) -> Proven:
        token = new_token("hfp")
        present = t.get(Session, session.id)
        if present is None or present.stage != "full":
            raise SignInFailed("The session has ended.")
        expires = t.now + LIFETIME
        t.put(Proof(token.stored, session.id, request, factor, expires))
        t.log("step_up.proved", by=session.person, about=request, where=where.address, factor=factor)
        return Proven(token.shown, expires, self._door.sessions.renew(t, session.id, "full", factor))


def _require(session: Session, request: str) -> None:
    if session.stage != "full":
        raise SecondFactorMissing("The sign-in is not complete.", stage=session.stage)
    if not _HASH.match(request):
        raise Malformed("A request's hash is 64 lower-case hex digits.", field="request")
