"""Sessions: who is signed in on which device, and for how long.

A token is `<id>.<secret>`: the id is public and stays, of the secret only the hash is kept. At every proof (second
factor, step-up, new password) the secret is replaced, so a token that was seen before is worth nothing after it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator

from msgspec import Struct, structs

from holdfast.errors import SecondFactorMissing, Unauthenticated, Unavailable, UnknownSession
from holdfast.identity.office import Office, Transaction
from holdfast.identity.principal import Factor, Principal, access
from holdfast.identity.records import Person, Session, Stage, Where
from holdfast.identity.tokens import hash_token, new_token

IDLE, OVERALL = 3_600, 86_400
"""Seconds without a request, and in all, after which a session has ended …"""
OPERATOR_IDLE, OPERATOR_OVERALL = 15 * 60, 12 * 3_600
"""… and those of an operator."""
UNFINISHED: dict[Stage, int] = {"password": 5 * 60, "enrol": 30 * 60, "full": OVERALL}
"""Seconds in all, by stage: a sign-in that is not complete ends soon."""
MOST = 20
"""Sessions of one person in one stage; a further one ends the oldest."""
AGENT_LENGTH = 200
"""Characters that are kept of what a device calls itself."""


class Opened(Struct, frozen=True):
    """A session with its token, which is shown this once."""

    token: str
    csrf: str
    session: str
    person: str
    stage: Stage
    expires: int
    recovery_left: int | None = None
    """How many recovery codes are left, where one was just used."""


class SessionView(Struct, frozen=True):
    """A session as its owner sees it."""

    id: str
    stage: Stage
    factor: Factor
    created: int
    last_seen: int
    expires: int
    address: str
    agent: str
    current: bool


def csrf_token(token: str) -> str:
    """The token that forms and scripts of this session send along.

    Formula: base64url(HMAC-SHA256(session token, "holdfast csrf 1")): nothing to store, and new with each new token.
    """
    mac = hmac.digest(token.encode("utf-8", "surrogatepass"), b"holdfast csrf 1", hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def csrf_matches(token: str, given: str) -> bool:
    """Whether a request carries the session's CSRF token; compared in constant time."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode("utf-8", "surrogatepass"))


class Sessions:
    """The sessions of an office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._seen: dict[str, int] = {}

    # --- looking ----------------------------------------------------------------------------------------------------

    def find(self, token: str) -> Session:
        """The live session of a token, whatever its stage; it counts as used now.

        Looks into memory only. What another process ended is known after the office's next `refresh`.
        Raises: Unauthenticated where there is none, it was idle or open too long, or the person is disabled.
        """
        session = self._office.get(Session, token.partition(".")[0])
        hashed = hash_token(token)
        if session is None or not hmac.compare_digest(session.token, hashed):
            raise Unauthenticated("Nobody is signed in with this token: the session has ended, or has a new token.")
        now = self._office.now()
        if not self._alive(session, now):
            raise Unauthenticated("The session has ended. Sign in again.")
        self._seen[session.id] = now
        return session

    def principal(self, session: Session, address: str = "") -> Principal:
        """Who is asking, of a complete session.

        Raises: SecondFactorMissing with the stage where the sign-in is not complete.
        """
        person = self._office.get(Person, session.person)
        if person is None or person.disabled is not None:
            raise Unauthenticated("The session has ended. Sign in again.")
        if session.stage != "full":
            raise SecondFactorMissing("The sign-in is not complete.", stage=session.stage)
        return Principal(
            person=person.id,
            account=person.account,
            access=access(person.grants, self._office.now()),
            organisation=person.organisation,
            session=session.id,
            factor=session.factor,
            proved_at=session.proved_at,
            address=address,
        )

    def ends_at(self, session: Session) -> int:
        """The second at which a session ends if nothing more is asked with it."""
        person = self._office.get(Person, session.person)
        if person is None or person.disabled is not None:
            return 0
        operator = "operator" in access(person.grants, self._office.now()).roles
        idle, overall = (OPERATOR_IDLE, OPERATOR_OVERALL) if operator else (IDLE, OVERALL)
        return min(self._last_seen(session) + idle, session.created + overall, session.expires)

    def list(self, person: str, current: str | None = None) -> tuple[SessionView, ...]:
        """A person's live sessions, the latest first."""
        now = self._office.now()
        live = [session for session in self._of(self._office, person) if self._alive(session, now)]
        return tuple(
            SessionView(
                id=one.id,
                stage=one.stage,
                factor=one.factor,
                created=one.created,
                last_seen=self._last_seen(one),
                expires=self.ends_at(one),
                address=one.address,
                agent=one.agent,
                current=one.id == current,
            )
            for one in reversed(live)
        )

    def _alive(self, session: Session, now: int) -> bool:
        return now < self.ends_at(session)

    def _last_seen(self, session: Session) -> int:
        return max(session.last_seen, self._seen.get(session.id, 0))

    @staticmethod
    def _of(reader: Office | Transaction, person: str) -> Iterator[Session]:
        return (session for session in reader.all(Session).values() if session.person == person)

    # --- opening and renewing, inside of a transaction --------------------------------------------------------------

    def open(self, t: Transaction, person: str, stage: Stage, factor: Factor, where: Where) -> Opened:
        """A new session of a person who has just proved himself; logged."""
        others = [other.id for other in self._of(t, person) if other.stage == stage]
        for other in others[: max(len(others) - MOST + 1, 0)]:
            self._end(t, other, by=person, where=where, why="too many sessions")
        id, agent = secrets.token_hex(8), where.agent[:AGENT_LENGTH]
        session = Session(
            id=id,
            token="",
            person=person,
            stage=stage,
            factor=factor,
            created=t.now,
            proved_at=t.now,
            last_seen=t.now,
            expires=t.now + UNFINISHED[stage],
            address=where.address,
            agent=agent,
        )
        t.log(
            "session.opened", by=person, about=id, where=where.address, factor=factor, stage=stage, agent=agent or None
        )
        return self._with_new_token(t, session)

    def renew(self, t: Transaction, id: str, stage: Stage, factor: Factor, *, proved: bool = True) -> Opened:
        """The same session with a new token, and a new stage; the old token is void.

        Raises: Unauthenticated where the session has ended meanwhile.
        """
        session = t.get(Session, id)
        if session is None or not self._alive(session, t.now):
            raise Unauthenticated("The session has ended. Sign in again.")
        return self._with_new_token(
            t,
            structs.replace(
                session,
                stage=stage,
                factor=factor,
                proved_at=t.now if proved else session.proved_at,
                expires=session.created + UNFINISHED[stage],
            ),
        )

    @staticmethod
    def _with_new_token(t: Transaction, session: Session) -> Opened:
        token = f"{session.id}.{new_token('hfs').shown}"
        t.put(structs.replace(session, token=hash_token(token), last_seen=t.now))
        return Opened(token, csrf_token(token), session.id, session.person, session.stage, session.expires)

    # --- ending -----------------------------------------------------------------------------------------------------

    def end(self, person: str, id: str, where: Where, *, why: str = "logout") -> None:
        """End one session of this person at once.

        Raises: UnknownSession where he has none of this id.
        """
        with self._office.write() as t:
            session = t.get(Session, id)
            if session is None or session.person != person:
                raise UnknownSession(f"There is no session {id[:32]!r}.")
            self._end(t, id, by=person, where=where, why=why)

    def end_all(self, person: str, where: Where, *, but: str | None = None) -> int:
        """End all sessions of this person at once, but the one named; how many."""
        with self._office.write() as t:
            return self.end_of(t, person, by=person, where=where, why="all ended", but=but)

    def end_of(self, t: Transaction, person: str, *, by: str, where: Where, why: str, but: str | None = None) -> int:
        """End a person's sessions in the transaction of what is the reason for it; how many."""
        ended = [session.id for session in self._of(t, person) if session.id != but]
        for id in ended:
            self._end(t, id, by=by, where=where, why=why)
        return len(ended)

    @staticmethod
    def _end(t: Transaction, id: str, *, by: str, where: Where, why: str) -> None:
        t.delete(Session, id)
        t.log("session.ended", by=by, about=id, where=where.address, why=why)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def flush(self) -> int:
        """Write when sessions were last used, all in one transaction; how many. Call it once a minute.

        A store that cannot be written now is tried again the next time: until then memory knows better.
        """
        seen = {
            id: at
            for id, at in self._seen.copy().items()
            if (session := self._office.get(Session, id)) is not None and session.last_seen < at
        }
        for id in [id for id in self._seen.copy() if id not in seen]:
            self._seen.pop(id, None)
        if not seen:
            return 0
        try:
            with self._office.write() as t:
                for id, at in seen.items():
                    session = t.get(Session, id)
                    if session is not None and session.last_seen < at:
                        t.put(structs.replace(session, last_seen=at))
        except Unavailable:
            return 0
        return len(seen)
