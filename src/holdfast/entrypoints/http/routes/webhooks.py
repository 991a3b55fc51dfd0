"""Webhooks: where records are sent."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http import answers
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import delete, get, post
from holdfast.entrypoints.http.webhooks import Unreachable
from holdfast.errors import Rejected, StepUpRequired, Unavailable, UnknownWebhook
from holdfast.identity.principal import authorise
from holdfast.identity.webhooks import WebhookView, WithSecret
from holdfast.primitives.clock import format_instant


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint, and the command types (or patterns like vault.*) that it gets."""

    url: Annotated[str, Meta(min_length=8, max_length=2_000)]
    types: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)] = ("*",)


class Range(Struct, frozen=True, forbid_unknown_fields=True):
    """Records with after < number <= upto."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    upto: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 2**53 - 1


class Tried(Struct, frozen=True):
    """Whether the endpoint took a test."""

    delivered: bool
    error: str


@get("/v1/webhooks", "webhook.manage", returns=list[WebhookView])
async def webhooks(call: Call) -> tuple[WebhookView, ...]:
    """List the endpoints and how far each has come."""
    return call.server.webhooks.views()


@post("/v1/webhooks", "webhook.manage", body=Wanted, returns=WithSecret, status=201, step_up=True,
      errors=(Rejected, StepUpRequired), example={"url": "https://example.com/hook", "types": ["vault.*"]})  # fmt: skip
async def add_webhook(call: Call) -> WithSecret:
    """Add an endpoint (Standard Webhooks); its secret is shown this once.

    It gets every record of these types from now on, in order, each until it answers 2xx; they tell of every account,
    so this needs `desk.read` too.
    """
    authorise(call.who, "desk.read")
    add, head = call.server.webhooks.add, call.server.feed.seq
    return await asyncio.to_thread(add, call.who, call.body.url, call.body.types, head)


@get("/v1/webhooks/{webhook}", "webhook.manage", returns=WebhookView, errors=(UnknownWebhook,))
async def webhook(call: Call) -> WebhookView:
    """Show an endpoint."""
    return call.server.webhooks.view(call.server.webhooks.get(call.path["webhook"]))


@delete("/v1/webhooks/{webhook}", "webhook.manage", errors=(UnknownWebhook,))
async def remove_webhook(call: Call) -> None:
    """Send nothing more to an endpoint."""
    await asyncio.to_thread(call.server.webhooks.remove, call.who, call.path["webhook"])


@post("/v1/webhooks/{webhook}/rotate", "webhook.manage", returns=WithSecret, step_up=True,
      errors=(UnknownWebhook, StepUpRequired))  # fmt: skip
async def rotate_webhook(call: Call) -> WithSecret:
    """Make a new secret; for a day the old one signs too."""
    return await asyncio.to_thread(call.server.webhooks.rotate, call.who, call.path["webhook"])


@post("/v1/webhooks/{webhook}/replay", "webhook.manage", body=Range, returns=WebhookView, errors=(UnknownWebhook,),
      example={"after": 0})  # fmt: skip
async def replay_webhook(call: Call) -> WebhookView:
    """Send a range of records again, with the same ids, before anything new."""
    replay, given = call.server.webhooks.replay, call.body
    return await asyncio.to_thread(replay, call.who, call.path["webhook"], given.after, given.upto)


@post("/v1/webhooks/{webhook}/enable", "webhook.manage", returns=WebhookView, errors=(UnknownWebhook,))
async def enable_webhook(call: Call) -> WebhookView:
    """Switch an endpoint on again after it was given up; it goes on where it stopped."""
    return await asyncio.to_thread(call.server.webhooks.enable, call.who, call.path["webhook"])


@post("/v1/webhooks/{webhook}/test", "webhook.manage", returns=Tried, errors=(UnknownWebhook,))
async def test_webhook(call: Call) -> Tried:
    """Send a test to an endpoint now."""
    server = call.server
    found, now = server.webhooks.get(call.path["webhook"]), server.office.now()
    if server.sender is None:
        raise Unavailable("Webhooks are not sent yet. Try again soon.")
    body = answers.encode({"type": "webhook.test", "timestamp": format_instant(now), "data": {}})
    try:
        await server.sender.post(found, f"{found.id}-test-{now}", body)
    except Unreachable as error:
        return Tried(False, error.message)
    return Tried(True, "")
