"""What runs beside the requests: following other servers, the keeper, webhooks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from holdfast.entrypoints.http.server import Background, Server
from holdfast.errors import Corrupt, Unavailable

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


BACKGROUND: tuple[Background, ...] = (follow_journal,)
