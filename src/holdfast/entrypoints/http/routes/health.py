"""Whether the server is well, its figures, and the description of its API."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import PUBLIC, get
from holdfast.entrypoints.http.server import Server
from holdfast.errors import NotFound
from holdfast.identity import audit_log
from holdfast.primitives.clock import format_instant


class Health(Struct, frozen=True):
    """How the server is: `ok`, or what it cannot do."""

    status: Literal["ok", "read_only", "stopping"]
    seq: int
    detail: str = ""


class Verified(Struct, frozen=True):
    """The last time that somebody had journal and log verified; `outcome` is `done` or `corrupt`."""

    at: str
    by: str
    outcome: str
    records: int


class KeeperHealth(Struct, frozen=True):
    """The keeper inside this server: whether there is one, when it last looked, and what holds it up."""

    here: bool
    looked_at: str | None
    trouble: str


class WebhookHealth(Struct, frozen=True):
    """How many endpoints there are, how many fail just now, and how many were given up."""

    endpoints: int
    failing: int
    given_up: int


class DeskHealth(Struct, frozen=True):
    """How the desk is: where journal and log stand, and who looks after it.

    `verified` is null where nobody had it verified within the last 100,000 entries of the log.
    """

    status: Literal["ok", "read_only", "stopping"]
    seq: int
    at: str
    digest: str
    era: int
    log_seq: int
    log_digest: str
    verified: Verified | None
    keeper: KeeperHealth
    webhooks: WebhookHealth


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
    status = _status(server)
    if status == "stopping":
        return Reply(Health("stopping", server.feed.seq), 503)
    if status == "read_only":
        return Reply(Health("read_only", server.feed.seq, "The desk takes no commands; see the server's log."), 503)
    return Reply(Health("ok", server.feed.seq))


@get("/v1/desk/health", "desk.read", returns=DeskHealth)
async def desk_health(call: Call) -> DeskHealth:
    """Say how the desk is: its heads, its last verification, its keeper and its webhooks."""
    server = call.server
    seen = await server.moments.look("", lambda moment: (moment.written, moment.state.era))
    written, era = seen.found
    head, verified = await server.readers.run(lambda: (server.office.documents.head(), _verified(server)))
    hooks, keeping = server.webhooks.views(), server.keeping
    return DeskHealth(
        _status(server), seen.head.seq, format_instant(written), seen.head.digest.hex(), era,
        head.seq, head.digest.hex(), verified,
        KeeperHealth(server.settings.keeper, format_instant(keeping.at) if keeping.at else None, keeping.trouble),
        WebhookHealth(
            len(hooks), sum(one.active and one.failures > 0 for one in hooks), sum(not one.active for one in hooks)
        ),
    )  # fmt: skip


def _status(server: Server) -> Literal["ok", "read_only", "stopping"]:
    if server.leaving or server.stopping.is_set():
        return "stopping"
    return "ok" if server.service.corruption is None else "read_only"


def _verified(server: Server) -> Verified | None:
    """The newest entry of the log about a verification."""
    query = audit_log.Query(what="desk.verified", source="log")
    found = audit_log.page(server.office.documents, None, query, limit=1).items
    if not found:
        return None
    last = found[0]
    return Verified(format_instant(last.at), last.who, last.outcome, int(last.details.get("records", 0)))


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
async def openapi_document(call: Call) -> Reply:
    """Give the OpenAPI document of this server."""
    return Reply(await asyncio.to_thread(call.server.openapi_bytes), raw=True)
