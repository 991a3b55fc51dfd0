"""Commands: one, many, or only what they would do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from holdfast.engine.journal import Receipt, unrecorded
from holdfast.engine.service import Submission
from holdfast.entrypoints.http import proving
from holdfast.entrypoints.http.answers import Reply, problem
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import SIGNED_IN, post
from holdfast.entrypoints.http.viewing import is_seen
from holdfast.errors import (
    ERRORS,
    AccountFrozen,
    CommandIdReused,
    Forbidden,
    HoldfastError,
    InsufficientBalance,
    Malformed,
    NotAuthorized,
    NotFound,
    ReasonRequired,
    Rejected,
    StepUpRequired,
    UnknownAsset,
    UnknownCommand,
    UnknownVault,
)
from holdfast.identity.measures import require_no_reason
from holdfast.identity.policies.evaluate import Decision
from holdfast.identity.principal import account_for
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS
from holdfast.views.effects import Effects
from holdfast.wire import codec

MAX_BULK = 1_000
"""Commands in one bulk."""

MAX_BULK_BODY = 2 * 2**20

_KEY = re.compile(r"\A[!-~]([ -~]{0,58}[!-~])?\Z")

_OUTCOMES = (
    UnknownCommand, NotAuthorized, NotFound, UnknownAsset, UnknownVault, CommandIdReused, Rejected,
    InsufficientBalance, AccountFrozen, StepUpRequired, ReasonRequired,
)  # fmt: skip

_ORIGIN = {"type": "vault.deposit", "vault": "FLUX", "assets": "10"}


class Bulk(Struct, frozen=True, forbid_unknown_fields=True):
    """Commands in their order. Each has an `id` of its own, 1..60 printable ASCII characters, as Idempotency-Key.

    `independent`: each counts for itself. `atomic`: all or none.
    """

    commands: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_BULK)]
    mode: Literal["independent", "atomic"] = "independent"


class BulkReceipts(Struct, frozen=True):
    """One receipt to each command, in the same order."""

    receipts: list[Receipt]
    applied: int
    rejected: int


class Preview(Struct, frozen=True):
    """What a command would do now.

    `hash` stands for exactly this command; approvals and step-up are bound to it. `policy` says whether it may pass.
    """

    receipt: Receipt
    hash: str
    command: dict[str, Any]
    step_up: bool
    effects: Effects | UnsetType = UNSET
    policy: Decision | UnsetType = UNSET


@post("/v1/commands", SIGNED_IN, body=dict, returns=Receipt, errors=_OUTCOMES, streams="idempotent", example=_ORIGIN)
async def submit(call: Call) -> Reply:
    """Carry out one command.

    Sent again with the same Idempotency-Key and the same command it gives the first answer, with
    `Idempotency-Replayed: true`, and changes nothing. A refusal by the rules is recorded and has `receipt` beside the
    problem; a refusal at the door (no grant, policy, step-up) is not recorded and leaves the key unused.
    """
    submission = await prepared(call, call.body, key_of(call))
    receipt = await call.server.desk.submit(submission.command, guard=submission.guard)
    kind = _kind(submission.command)
    call.server.metrics.command(kind, receipt.status)
    if receipt.error:
        await _note_refusals(call, [(kind, receipt)])
    return answered(receipt)


@post("/v1/commands/bulk", SIGNED_IN, body=Bulk, returns=BulkReceipts, max_body=MAX_BULK_BODY,
      example={"mode": "atomic", "commands": [{"id": "c-1", **_ORIGIN}, {"id": "c-2", **_ORIGIN}]})  # fmt: skip
async def submit_bulk(call: Call) -> BulkReceipts:
    """Carry out up to 1,000 commands in their order, in one commit.

    The answer is 200 with a receipt to each, refused ones too. In an atomic bulk one refusal refuses all: nothing is
    recorded then and no id is used up.
    """
    submissions: list[Submission] = []
    slots: list[Receipt | None] = []
    kinds: list[str] = []
    atomic = call.body.mode == "atomic"
    for number, given in enumerate(call.body.commands):
        where = f"commands[{number}]"
        key = given.pop("id", None)
        if not (isinstance(key, str) and _KEY.match(key)):
            raise Malformed(f"{where}.id: state 1..60 printable ASCII characters.", field=f"{where}.id")
        kind = given.get("type")
        kinds.append(kind if isinstance(kind, str) and kind in COMMANDS else "unknown")
        try:
            submissions.append(guarded(call, read(call, given, key)))
            slots.append(None)
        except HoldfastError as error:
            if atomic:
                raise type(error)(f"{where}: {error.message}", **error.details) from None
            slots.append(unrecorded(key, error))
    await proving.require_for_command(call, *(submission.command for submission in submissions))
    answers = iter(await call.server.desk.submit_many(submissions, atomic=atomic)) if submissions else iter(())
    receipts = [next(answers) if slot is None else slot for slot in slots]
    await _note_refusals(call, zip(kinds, receipts, strict=True))
    applied = sum(receipt.status == "applied" for receipt in receipts)
    return BulkReceipts(receipts, applied, len(receipts) - applied)


@post("/v1/commands/preview", SIGNED_IN, body=dict, returns=Preview, errors=_OUTCOMES, example=_ORIGIN)
async def preview(call: Call) -> Preview:
    """Say what a command would do now; nothing is kept.

    Balances before and after of the accounts that one may see, postings, whether the policies let it pass and who
    would have to approve.
    """
    server, who = call.server, call.who
    command = read(call, call.body, "preview")
    told, _, shown = await server.foresee(command)
    if shown is not UNSET:  # what others hold is theirs; the desk's own accounts stand in public views
        seen = [one for one in shown.balances if one.account.startswith("@") or is_seen(call, one.account)]
        shown = structs.replace(shown, balances=seen)
    return Preview(
        receipt=told, hash=proving.command_hash(command), command=codec.encode(command),
        step_up=proving.asks_step_up(who, command), effects=shown, policy=await server.policy_of(command),
    )  # fmt: skip


def answered(receipt: Receipt) -> Reply:
    """A receipt as an answer: as it is, or as a problem where the command was refused."""
    headers = ((b"idempotency-replayed", b"true"),) if receipt.replayed else ()
    if receipt.error is UNSET or not receipt.error:
        return Reply(receipt, headers=headers)
    return _refusal(receipt, headers)


def key_of(call: Call) -> str:
    """The Idempotency-Key of a request. Raises: Malformed."""
    key = call.header(b"idempotency-key")
    if not _KEY.match(key):
        raise Malformed(
            "Idempotency-Key: send a header of 1..60 printable ASCII characters, a new one for each command.",
            field="Idempotency-Key",
        )
    return key


def read(call: Call, given: dict[str, Any], key: str) -> Command:
    """The command that a body stands for, by the caller for one of his accounts.

    Raises: Malformed, UnknownCommand, Forbidden.
    """
    for field, why in (("id", "it is the Idempotency-Key"), ("at", "the server has a clock of its own")):
        if field in given:
            raise Malformed(f"{field}: leave it out; {why}.", field=field)
    kind, wanted = given.get("type"), given.get("actor")
    if wanted is not None and not isinstance(wanted, str):
        raise Malformed("actor: state one of your accounts, or leave it out.", field="actor")
    if not isinstance(kind, str) or kind not in COMMANDS:
        return codec.decode({**given, "id": key, "actor": call.who.account}).command  # says what is wrong
    actor = account_for(call.who, kind, wanted)
    return codec.decode({**given, "id": f"{call.who.person}/{key}", "actor": actor}).command


async def prepared(call: Call, given: dict[str, Any], key: str) -> Submission:
    """A command ready for the desk: read, proved where it needs a step-up, and guarded by the policies.

    Raises: as `read`, ReasonRequired, StepUpRequired.
    """
    submission = guarded(call, read(call, given, key))
    await proving.require_for_command(call, submission.command)
    return submission


def guarded(call: Call, command: Command) -> Submission:
    """A command that the policies look over when it is decided. Raises: ReasonRequired for what has its own route."""
    require_no_reason(command)
    return Submission(command, guard=call.server.policies.guard)


async def _note_refusals(call: Call, answers: Iterable[tuple[str, Receipt]]) -> None:
    """Put into the log of people what policies or rights refused: the journal has no record of it."""
    refused = [
        (kind, receipt.error)
        for kind, receipt in answers
        if receipt.error and receipt.seq is UNSET and issubclass(ERRORS.get(receipt.error.code, Rejected), Forbidden)
    ]

    def note() -> None:
        for kind, error in refused:
            call.server.note_refusal(call.who, kind, error)

    if refused:
        await asyncio.to_thread(note)


def _kind(command: Command) -> str:
    return str(command.__struct_config__.tag)


def _refusal(receipt: Receipt, headers: tuple[tuple[bytes, bytes], ...]) -> Reply:
    """A refused command as a problem, its receipt beside it."""
    if receipt.error is UNSET or receipt.error is None:
        raise ValueError("an applied command is no refusal")
    told = receipt.error
    kind = ERRORS.get(told.code, Rejected)
    body = problem(kind(told.message, **told.details), code=told.code, receipt=receipt)
    return Reply(body, kind.status, headers, b"application/problem+json")
