"""What all requests share: the desk, the people, the feed, and how fresh they are."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from litestar.types import Scope
from msgspec import UNSET, UnsetType

from holdfast.bootstrap import on_postgres
from holdfast.engine import genesis
from holdfast.engine.async_service import AsyncService
from holdfast.engine.journal import Problem, Receipt
from holdfast.engine.service import Service
from holdfast.entrypoints.http.answers import encode
from holdfast.entrypoints.http.cursors import Cursors
from holdfast.entrypoints.http.endings import Endings
from holdfast.entrypoints.http.feed import Feed
from holdfast.entrypoints.http.frames import Frames
from holdfast.entrypoints.http.gathered import Gathered
from holdfast.entrypoints.http.jobs import Jobs
from holdfast.entrypoints.http.measuring import Instruments
from holdfast.entrypoints.http.moments import Moments
from holdfast.entrypoints.http.openapi import document
from holdfast.entrypoints.http.proofs import Proofs
from holdfast.entrypoints.http.readers import READERS, Readers, Shares
from holdfast.entrypoints.http.traces import TracedDesk
from holdfast.errors import Forbidden, TooManyRequests, Unavailable
from holdfast.identity.attestations import attested
from holdfast.identity.doorway import Naming
from holdfast.identity.office import Office
from holdfast.identity.policies.changes import Changes
from holdfast.identity.policies.directory import Directory
from holdfast.identity.policies.evaluate import Decision
from holdfast.identity.policies.guard import PolicyGuard
from holdfast.identity.principal import Principal
from holdfast.identity.proposals import Proposals
from holdfast.identity.reviewing import Reviewing
from holdfast.identity.secret_box import SecretBox
from holdfast.identity.services import Identity
from holdfast.identity.webhooks import Webhooks
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State
from holdfast.settings import ServerSettings
from holdfast.views.effects import Effects, effects

if TYPE_CHECKING:
    from holdfast.entrypoints.http.authentication import Known
    from holdfast.entrypoints.http.routing import Route
    from holdfast.entrypoints.http.webhooks import Sender

T = TypeVar("T")

PROVERS, PROVING_WAIT = 2, 100
"""Passwords that are hashed at the same time (19 MiB each), and those that may wait for it."""


class Keeping:
    """What the keeper in this process last did: the second of its last step, and what kept it from one since."""

    def __init__(self) -> None:
        self.at = 0
        self.trouble = ""


class Server:
    """One process that serves one desk. Everything here is used from the event loop, unless it says otherwise."""

    def __init__(
        self,
        settings: ServerSettings,
        service: Service,
        office: Office,
        secret: bytes,
        log: Any,
        instruments: Instruments | None = None,
        former: Sequence[bytes] = (),
    ) -> None:
        measured = instruments or Instruments()
        self.settings = settings
        self.service = service
        self.desk = TracedDesk(service, measured.traces) if measured.traces else AsyncService(service)
        self.office = office
        self.secret = secret
        self.secrets = (secret, *former)
        self.log = log
        self.metrics = measured.metrics
        self.traces = measured.traces
        self.routes: Sequence[Route] = ()
        self.tokens: dict[str, Known] = {}
        self.leaving = False
        self._openapi: dict[str, Any] | None = None
        self._openapi_bytes: bytes | None = None
        self.feed: Feed = None  # type: ignore[assignment]  # made when the event loop is there
        self.stopping = asyncio.Event()
        self.thread_stop = threading.Event()
        self._proxies = [ipaddress.ip_network(text) for text in settings.trusted_proxies]
        self._beside = not on_postgres(settings.db)
        self._looked = False
        self.keeping = Keeping()
        self._provers, self._proving = ThreadPoolExecutor(PROVERS, "holdfast-passwords"), 0
        self._freshening: asyncio.Task[bool] | None = None
        self._next: asyncio.Task[bool] | None = None
        self._admit_people(secret, former)
        self._read_beside(secret)

    def _admit_people(self, secret: bytes, former: Sequence[bytes]) -> None:
        """What decides who may do what."""
        settings, service, office = self.settings, self.service, self.office
        naming = Naming(settings.name, self.origin)
        self.people = Identity(
            office, naming, secret_key=secret, former_keys=former, wallet_sign_up=settings.wallet_sign_up
        )
        self.sessions, self.api_keys, self.step_up = self.people.sessions, self.people.api_keys, self.people.step_up
        self.policies = PolicyGuard(service, office, Directory(office), partial(attested, office))
        self.changes = Changes(office, self.policies.directory)
        self.proposals = Proposals(office, service, self.policies)
        self.reviewing = Reviewing(office, service, self.policies, self.proposals, self.changes)
        self.webhooks = Webhooks(office, SecretBox(secret, former), private=settings.webhooks_to_private)
        self.sender: Sender | None = None

    def _read_beside(self, secret: bytes) -> None:
        """What reads the journal beside the writer."""
        service, office = self.service, self.office
        self.readers = Readers(self.settings.db)
        self.jobs = Jobs(self.readers, self.log)
        self.desk_id = genesis.root(service.store.genesis() or b"").hex()
        self.moments = Moments(service, self.readers, office.now)
        self.proofs = Proofs(office, self.readers, self.moments, self.desk_id, self.secrets)
        self.gathered = Gathered(service.genesis, self.readers)
        self.cursors = Cursors(secret)
        self.frames = Frames()
        self.endings = Endings(office, self.sessions)
        self.replaying = asyncio.Semaphore(READERS // 2)
        """Streams that read the journal at the same time: half of the readers are left for others."""
        self.exporting = Shares(most=8, each=2, retry_after=5)
        """Files that are being made of the journal."""
        self.looking_back = Shares(most=8, each=3, retry_after=2)
        """Past moments of what is gathered from the whole journal: earnings, proofs."""

    @property
    def origin(self) -> str:
        """The address in people's browsers."""
        return self.settings.origin.rstrip("/") or f"http://localhost:{self.settings.port}"

    def stop(self) -> None:
        """Begin to stop: streams end, what runs beside the requests ends, requests are still answered."""
        self.stopping.set()
        self.thread_stop.set()
        self.feed.end_all()

    async def fresh(self) -> None:
        """Know of everything about people that any server committed before this was called.

        Many who ask at once share one look at the database; a look that began before the question does not count.
        """
        if self._beside:
            if not self._looked:
                self.office.refresh()  # a few microseconds in a file; reading never waits for a writer there
                self._looked = True  # for all whose requests were read from their sockets in this turn of the loop
                asyncio.get_running_loop().call_soon(self._look_again)
            return
        if self._next is None:
            self._next = asyncio.create_task(self._look())
        await self._next

    def _look_again(self) -> None:
        self._looked = False

    async def _look(self) -> bool:
        running = self._freshening
        if running is not None:
            await asyncio.wait([running])
        self._freshening, self._next = self._next, None
        return await asyncio.to_thread(self.office.refresh)

    async def reading(self, read: Callable[[State], T]) -> T:
        """Something about the present state, as of one moment; in this thread unless the writer is busy."""
        lock = self.service.lock
        if self.service.at_hand and lock.acquire(blocking=False):
            try:
                return read(self.service.state)
            finally:
                lock.release()
        return await asyncio.to_thread(self._read, read)

    def _read(self, read: Callable[[State], T]) -> T:
        with self.service.lock:
            return read(self.service.state)

    async def office_write(self, change: Callable[[], T]) -> T:
        """Do something that writes to the office, away from the event loop."""
        return await asyncio.to_thread(change)

    async def proving(self, work: Callable[[], T]) -> T:
        """Something that hashes a password: slow by intent, and asked for by anybody, so in threads of its own.

        Raises: TooManyRequests where too many wait already.
        """
        if self._proving >= PROVING_WAIT:
            raise TooManyRequests("Too many people sign in just now.", retry_after=5)
        self._proving += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._provers, copy_context().run, work)
        finally:
            self._proving -= 1

    def address_of(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Where a request comes from: the last address in X-Forwarded-For that no trusted proxy of ours has."""
        client = scope.get("client")
        peer = client[0] if client else ""
        if not self._proxies or not self._trusted(peer):
            return peer
        if b"x-forwarded-for" not in headers:
            return peer
        lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]  # one after another is one
        for text in reversed(b",".join(lines).decode("latin-1").split(",")):
            address = text.strip()
            if not _is_address(address):
                return peer
            if not self._trusted(address):
                return address
        return peer

    def note_refusal(self, who: Principal, asked: str, error: Forbidden | Problem) -> None:
        """Put into the log of people that somebody asked for what he may not do; called in a thread."""
        try:
            self.people.refusals.note(
                "access.refused", by=who.person, about=asked, where=who.address, why=f"{error.code}: {error.message}"
            )
        except Unavailable:
            self.log.warning("a refusal could not be logged", person=who.person, route=asked)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self._openapi is None:
            self._openapi = document(self.routes, self.settings.name)
        return self._openapi

    def openapi_bytes(self) -> bytes:
        """The same as it is sent: anybody may ask for it as often as he likes."""
        if self._openapi_bytes is None:
            self._openapi_bytes = encode(self.openapi())
        return self._openapi_bytes

    # --- commands ---------------------------------------------------------------------------------------------------

    async def all_answered(self, commands: Sequence[Command]) -> bool:
        """Whether each of these ids was answered already: then nothing more can come of sending it again."""
        ids = [command.id for command in commands]
        return await self.readers.read(lambda store: len(store.find(ids)) == len(set(ids)))

    async def foresee(self, command: Command) -> tuple[Receipt, Outcome | None, Effects | UnsetType]:
        """What a command would do now, and the balances that it would change."""

        def look(state: State) -> tuple[Receipt, Outcome | None, Effects | UnsetType]:
            receipt, outcome = self.service.foresee(command)
            return receipt, outcome, effects(state, outcome) if outcome else UNSET

        return await self.reading(look)

    async def policy_of(self, command: Command) -> Decision:
        """What the policies say of a command now."""

        def judge(state: State) -> Decision:
            now = max(state.now, self.office.now())
            _, outcome = self.service.foresee(command)
            answer = outcome if outcome is not None else Problem("refused", "")
            return self.policies.judge(state, command, now, answer)[1]

        return await self.judging(judge)

    async def judging(self, read: Callable[[State], T]) -> T:
        """As `reading`, for what asks the policies: after a change they may have to sum up a long past first."""
        return await (self.reading(read) if self.policies.at_hand else asyncio.to_thread(self._read, read))

    def _trusted(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in network for network in self._proxies)


Background = Callable[[Server], Awaitable[None]]
"""Something that runs beside the requests until `stopping` is set."""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
