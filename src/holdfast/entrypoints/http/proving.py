"""Step-up at the door: what must be confirmed, by a factor bound to the hash of exactly this request."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from holdfast.entrypoints.http.call import Call
from holdfast.errors import StepUpRequired
from holdfast.identity.principal import Principal
from holdfast.identity.sensitive import is_sensitive
from holdfast.identity.step_up import hash_of
from holdfast.protocol.arguments import Command
from holdfast.wire import codec

HEADER = b"holdfast-step-up"
"""Carries the proof's token, once."""


def request_hash(call: Call) -> str:
    """The hash of a request as its sender confirmed it; see `identity.step_up.canonical`."""
    body = call.body if call.route.body is dict else msgspec.to_builtins(call.body)
    if call.raw and call.route.body is not None and call.route.body is not dict:
        body = codec.parse_json(call.raw)
    return hash_of(
        call.method,
        str(call.scope["path"]),
        body,
        query=call.query_string.decode("latin-1"),
        id=call.header(b"idempotency-key"),
    )


def command_hash(command: Command) -> str:
    """The hash of a command as it would stand in the journal, its id left out: what approvals are bound to."""
    fields: dict[str, Any] = codec.encode(command)
    return hash_of("COMMAND", fields["type"], {name: value for name, value in fields.items() if name != "id"})


async def require_step_up(call: Call) -> None:
    """Let pass what its sender has just confirmed, by the proof in Holdfast-Step-Up or the signature of the request.

    Raises: StepUpRequired with the request's hash.
    """
    who = call.who
    if who.factor == "signed_request":
        return
    wanted = request_hash(call)
    if who.session is None:
        raise StepUpRequired("This needs a signed request: give the API key a public key.", request=wanted)
    proof = call.header(HEADER)
    if not proof:
        raise StepUpRequired("Confirm exactly this request by a factor first (/v1/step-up).", request=wanted)
    try:
        await asyncio.to_thread(call.server.step_up.consume, who, wanted, proof)
    except StepUpRequired as error:
        raise StepUpRequired(error.message, request=wanted) from None


def asks_step_up(who: Principal, command: Command) -> bool:
    """Whether this caller has to confirm this command."""
    return who.factor != "signed_request" and is_sensitive(command)


async def require_for_command(call: Call, *commands: Command) -> None:
    """As `require_step_up`, where one of the commands asks for it and is not answered already.

    Raises: StepUpRequired.
    """
    asked = [command for command in commands if asks_step_up(call.who, command)]
    if asked and not await call.server.all_answered(asked):
        await require_step_up(call)
