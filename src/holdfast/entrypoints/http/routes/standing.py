"""Standing instructions: what the keeper does for a holder."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import delete, get, post
from holdfast.errors import (
    InstructionExists,
    NotAuthorized,
    TooManyInstructions,
    UnknownBooster,
    UnknownInstruction,
    UnknownPerson,
    UnknownStake,
)
from holdfast.identity import standing
from holdfast.identity.standing import Instruction, Terms


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done, and until when (Unix seconds); without an end until it is taken back."""

    terms: Terms
    until: int | None = None


@get("/v1/me/instructions", "standing.manage", returns=list[Instruction])
async def my_instructions(call: Call) -> tuple[Instruction, ...]:
    """List my standing instructions."""
    return standing.of_person(call.server.office, call.who.person)


@get("/v1/instructions", "desk.read", returns=list[Instruction])
async def all_instructions(call: Call) -> list[Instruction]:
    """List everybody's standing instructions."""
    return list(call.server.office.all(Instruction).values())


@post("/v1/me/instructions", "standing.manage", body=Wanted, returns=Instruction, status=201,
      errors=(InstructionExists, TooManyInstructions, UnknownStake, UnknownBooster, UnknownPerson, NotAuthorized),
      example={"terms": {"type": "claim"}})  # fmt: skip
async def instruct(call: Call) -> Instruction:
    """Give a standing instruction for my account; the keeper carries it out as I would."""
    server, given = call.server, call.body

    def create() -> Instruction:
        with server.service.lock:
            return standing.create(server.office, server.service.state, call.who, given.terms, until=given.until)

    return await asyncio.to_thread(create)


@delete("/v1/me/instructions/{instruction}", "standing.manage", errors=(UnknownInstruction,))
async def end_instruction(call: Call) -> None:
    """Take a standing instruction back at once."""
    await asyncio.to_thread(standing.end, call.server.office, call.who, call.path["instruction"])
