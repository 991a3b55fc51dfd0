"""What runs beside the requests: following other servers, the keeper, webhooks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from holdfast.entrypoints.http.proofs import publish_proofs
from holdfast.entrypoints.http.server import Background, Server
from holdfast.entrypoints.http.webhooks import send_webhooks
from holdfast.errors import Corrupt, Unavailable
from holdfast.identity.measures import settle_lost
from holdfast.keeper.desk import ServiceDesk
from holdfast.keeper.loop import Keeper, Step
from holdfast.keeper.running import run_async

LOOK_SECONDS = 0.05
"""How often a server looks whether another process wrote to the same desk."""


async def follow_journal(server: Server) -> None:
    """Take over what other processes write to the desk, within a tenth of a second."""
    watch = getattr(server.service.store, "watch", None)
    if watch is not None:
        await asyncio.to_thread(_follow_postgres, server, watch)
        return
    while not server.stopping.is_set():
        await asyncio.to_thread(_catch_up, server)
        with suppress(TimeoutError):
            await asyncio.wait_for(server.stopping.wait(), LOOK_SECONDS)


def _follow_postgres(server: Server, watch: Any) -> None:
    for head in watch(server.service.head.seq, server.thread_stop):
        if head.seq > server.service.head.seq:
            _catch_up(server)


def _catch_up(server: Server) -> None:
    try:
        server.service.catch_up()
    except Unavailable as error:
        server.log.warning("desk out of reach", error=error.message)
    except Corrupt as error:
        server.service.corruption = error
        server.log.error("desk is corrupt", error=error.message)


async def keep(server: Server) -> None:
    """Carry out what is due, where the settings say so. Several servers may: each task is done once all the same."""
    if not server.settings.keeper:
        return
    guard = server.policies.guard
    desk = ServiceDesk(server.service, lambda task: guard if task.instruction else None)
    keeper = Keeper(desk, server.office, server.office.now, count=server.metrics.kept)

    def tell(step: Step) -> None:
        server.keeping.at, server.keeping.trouble = server.office.now(), ""
        for done in step.done:
            say = server.log.debug if done.status == "held_up" else server.log.info
            say("keeper", task=done.task.kind, command=done.command, status=done.status, error=done.code or None)

    def trouble(error: Unavailable, pause: float) -> None:
        server.keeping.trouble = error.message
        server.log.warning("the keeper cannot reach the desk", error=error.message, seconds=round(pause))

    try:
        await run_async(
            keeper, server.stopping, interval=float(server.settings.keeper_seconds), tell=tell, trouble=trouble
        )
    except Corrupt as error:
        server.keeping.trouble = error.message
        server.log.error("the keeper stops: the desk takes no commands", error=error.message)


TIDY_SECONDS = 60
"""How often it is written when sessions and keys were used, and what has expired is cleared away."""


async def tidy(server: Server) -> None:
    """Write what is only in memory, and clear away what has expired; once more when the server stops."""
    while not server.stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(server.stopping.wait(), TIDY_SECONDS)
        try:
            await asyncio.to_thread(server.people.tidy)
            await asyncio.to_thread(server.proposals.expire_due)
            await asyncio.to_thread(settle_lost, server.office, ServiceDesk(server.service).answered)
        except Unavailable as error:
            server.log.warning("people cannot be written now", error=error.message)


BACKGROUND: tuple[Background, ...] = (follow_journal, keep, tidy, send_webhooks, publish_proofs)
