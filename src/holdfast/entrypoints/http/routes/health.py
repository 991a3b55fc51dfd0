"""Whether the server is well, its figures, and the description of its API."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import PUBLIC, get
from holdfast.errors import NotFound


class Health(Struct, frozen=True):
    """How the server is: `ok`, or what it cannot do."""

    status: Literal["ok", "read_only", "stopping"]
    seq: int
    detail: str = ""


class MetricsOff(NotFound, code="metrics_off"):
    """This server gives no metrics. Set `metrics = true` in its settings."""


@get("/health/live", PUBLIC, returns=Health)
async def live(call: Call) -> Health:
    """Say that the process answers.

    It says nothing of the desk: restart the process only when this fails.
    """
    return Health("ok", call.server.feed.seq)


@get("/health/ready", PUBLIC, returns=Health)
async def ready(call: Call) -> Reply:
    """Say whether requests should be sent here.

    503 while the server stops, or when the desk takes no commands: reads work all the same.
    """
    server = call.server
    if server.leaving or server.stopping.is_set():
        return Reply(Health("stopping", server.feed.seq), 503)
    broken = server.service.corruption
    if broken is not None:
        return Reply(Health("read_only", server.feed.seq, "The desk takes no commands; see the server's log."), 503)
    return Reply(Health("ok", server.feed.seq))


@get("/metrics", PUBLIC, returns=bytes, errors=(MetricsOff,))
async def metrics(call: Call) -> Reply:
    """Give the server's figures as Prometheus reads them."""
    server = call.server
    if not server.settings.metrics:
        raise MetricsOff("This server gives no metrics.")
    server.metrics.head.set(server.feed.seq)
    server.metrics.streams.set(len(server.feed))
    server.metrics.corrupt.set(server.service.corruption is not None)
    return Reply(server.metrics.page(), content_type=b"text/plain; version=0.0.4; charset=utf-8", raw=True)


@get("/openapi.json", PUBLIC, returns=dict)
async def openapi_document(call: Call) -> Any:
    """Give the OpenAPI document of this server."""
    return call.server.openapi()
