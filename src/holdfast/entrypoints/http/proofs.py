"""Proofs of liabilities beside the requests: roots once a UTC day, and for each holder the way to them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http.moments import Moment, Moments
from holdfast.entrypoints.http.readers import Readers
from holdfast.errors import Corrupt, Unavailable, UnknownProof
from holdfast.identity import proof_days
from holdfast.identity.office import Office
from holdfast.identity.proof_days import ProofDay
from holdfast.primitives.clock import DAY, parse_instant
from holdfast.views import liabilities
from holdfast.views.as_of import Position, last_at
from holdfast.views.liabilities import DayProofs, Inclusion
from holdfast.views.owed import DESK

if TYPE_CHECKING:
    from holdfast.entrypoints.http.server import Server

LOOK_SECONDS = 1.0
"""How often it is looked whether a day is over."""

AGAIN_SECONDS = 60.0
"""After which it is tried again where it did not work."""

KEPT = 3
"""Days whose trees are kept, those that were asked for last."""


class Proofs:
    """The proofs of one desk on one server. `secrets` are the server's, the present one first."""

    def __init__(self, office: Office, readers: Readers, moments: Moments, desk: str, secrets: Sequence[bytes]) -> None:
        self._office = office
        self._readers = readers
        self._moments = moments
        self._desk = bytes.fromhex(desk)
        self._secrets = [proof_days.salt_secret(secret) for secret in secrets]
        self._trees: OrderedDict[str, DayProofs] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._up_to = -1

    async def publish_due(self) -> list[str]:
        """Publish what is due; the days that this server published. Costs nothing while the day is the same.

        Roots are of the desk as it stood at the day's last second, so every server comes to the same ones.
        Raises: Unavailable, Corrupt.
        """
        now = self._office.now()
        if now // DAY == self._up_to:
            return []
        await asyncio.to_thread(self._office.refresh)
        first = await self._readers.read(_first)
        days = [] if first is None else proof_days.due(self._office.all(ProofDay), first, now)
        published = [day for day in days if await self._publish(day)]
        self._up_to = now // DAY
        return published

    async def _publish(self, day: str) -> bool:
        end = proof_days.end_of(day)
        seq = await self._readers.read(lambda store: last_at(store, store.head().seq, end))
        moment = await self._moments.past(Position(seq, end))
        trees = await self._readers.run(lambda: self._made(moment, day, self._secrets[0]))
        roots = await self._readers.run(trees.roots)
        return await asyncio.to_thread(proof_days.publish, self._office, roots)

    async def inclusion(self, day: str, asset: str, account: str, by: str = "") -> Inclusion:
        """An account's way to the root that was published; `by` is the person who asks.

        Raises: UnknownProof; NotFound where it was owed nothing; Unavailable where no secret of this server made it.
        """
        kept = proof_days.of_day(self._office, day)
        if asset not in kept.roots.assets:
            raise UnknownProof(f"No root was published for {asset} on {day}.", day=day, asset=asset)
        async with self._one_at_a_time:
            trees = self._trees.get(day) or await self._found(kept, asset, by)
            self._trees[day] = trees
            self._trees.move_to_end(day)
            if len(self._trees) > KEPT:
                self._trees.popitem(last=False)
        return await self._readers.run(lambda: trees.inclusion(asset, account))

    async def _found(self, kept: ProofDay, asset: str, by: str) -> DayProofs:
        """The trees of the position that was published, with the secret that leads to the published root."""
        roots = kept.roots
        moment = await self._moments.past(Position(roots.seq, parse_instant(roots.at)), by)
        for secret in self._secrets:
            trees = await self._readers.run(lambda secret=secret: self._made(moment, roots.day, secret))  # type: ignore[misc]
            if await self._readers.run(lambda trees=trees: _leads(trees, kept, asset)):  # type: ignore[misc]
                return trees
        raise Unavailable(f"No secret of this server made the roots of {roots.day}; keep former ones in its file.")

    def _made(self, moment: Moment, day: str, secret: bytes) -> DayProofs:
        return DayProofs(moment.state, self._desk, moment.head, secret, day)


def _first(store: JournalStore) -> int | None:
    """The second of the first record."""
    return store.row(1).at if store.head().seq else None


def _leads(trees: DayProofs, kept: ProofDay, asset: str) -> bool:
    """Whether these trees are those that were published."""
    return liabilities.problem(trees.inclusion(asset, DESK), kept.roots) is None


async def publish_proofs(server: Server) -> None:
    """Publish each day's roots once it is over; part of what runs beside the requests."""
    while not server.stopping.is_set():
        pause = LOOK_SECONDS
        try:
            for day in await server.proofs.publish_due():
                server.log.info("roots of liabilities published", day=day)
        except (Unavailable, Corrupt) as error:
            server.log.warning("roots of liabilities wait", error=error.message)
            pause = AGAIN_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(server.stopping.wait(), pause)
