"""Measures against a holder's money: freezing, thawing, taking back; each with a reason that the log keeps.

The journal says what was done, the log of people why. Before the command goes to the desk its reason is written down
and committed, and how it ended afterwards; both entries name the command's id. If the server dies in between, the
outcome is read from the journal later on: no measure is without its reason, and none is told that did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import UnsetType
from msgspec.structs import replace

from holdfast.engine.journal import Problem, Receipt
from holdfast.errors import CommandIdReused, ReasonRequired
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office
from holdfast.identity.principal import Principal
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands.assets import AssetClawback, AssetSetAuthorized

Kind = Literal["freeze", "thaw", "clawback"]
Status = Literal["intended", "done", "refused"]

LOST_SECONDS = 60
"""After which it is looked up in the journal what became of a measure of which nothing more was heard."""

GIVEN_UP_SECONDS = 600
"""After which a measure that the journal does not know of is told to have been refused."""


class Measure(Kept, frozen=True, tag="measure"):
    """One measure, by the id of its command. `record` is the journal record it became, applied or refused."""

    id: str
    measure: Kind
    asset: str
    account: str
    amount: str
    reason: str
    reference: str
    by: str
    at: int
    status: Status = "intended"
    record: int | None = None
    code: str = ""

    def same(self, other: Measure) -> bool:
        """Whether both are the same measure for the same reason, whenever they were taken."""
        return replace(self, at=0, status="intended", record=None, code="") == replace(
            other, at=0, status="intended", record=None, code=""
        )


def require_no_reason(command: Command) -> None:
    """Let pass what needs no reason. Raises: ReasonRequired that names the route for what does."""
    if isinstance(command, AssetSetAuthorized):
        route = "thaw" if command.authorized else "freeze"
    elif isinstance(command, AssetClawback):
        route = "clawback"
    else:
        return
    raise ReasonRequired(
        f"This needs a reason: send it to POST /v1/compliance/{route}, or propose it with a note.",
        route=f"/v1/compliance/{route}",
    )


def require_note(command: Command, note: str) -> None:
    """Refuse a proposal of a measure whose note says nothing: there the note is the reason. Raises: ReasonRequired."""
    if isinstance(command, AssetSetAuthorized | AssetClawback) and not note.strip():
        raise ReasonRequired("note: say why; the log keeps it as the reason.", field="note")


def intend(office: Office, by: Principal, command: Command, *, reason: str, reference: str = "") -> Measure:
    """Write the reason down before the command is sent.

    Sent again it is written once; what was refused without a record may be tried again, for another reason too.
    Raises: CommandIdReused for another measure, or another reason, under the same id.
    """
    kind, account, amount = _told(command)
    with office.write() as t:
        asset = getattr(command, "asset", "")
        made = Measure(command.id, kind, asset, account, amount, reason, reference, by.person, t.now)
        found = t.get(Measure, command.id)
        if found is not None and (found.status != "refused" or found.record is not None):
            if not found.same(made):
                raise CommandIdReused(f"{command.id} stands for another measure, or for another reason.")
            return found
        t.put(made)
        t.log(
            "measure.intended", by=by.person, about=command.id, where=by.address, type=kind, asset=asset,
            account=account, amount=amount or None, reason=reason, reference=reference or None,
        )  # fmt: skip
        return made


def settle(office: Office, receipt: Receipt, *, where: str = "") -> None:
    """Write down how a measure ended, once."""
    with office.write() as t:
        found = t.get(Measure, receipt.id)
        if found is None or found.status != "intended":
            return
        record = None if isinstance(receipt.seq, UnsetType) else receipt.seq
        error = None if isinstance(receipt.error, UnsetType) else receipt.error
        told = {"type": found.measure, "account": found.account, "record": record}
        if receipt.status == "applied":
            t.put(replace(found, status="done", record=record))
            t.log("measure.done", by=found.by, about=found.id, where=where, **told)
            return
        error = error or Problem("", "")
        t.put(replace(found, status="refused", record=record, code=error.code))
        t.log(
            "measure.refused", by=found.by, about=found.id, where=where, **told, outcome="refused", code=error.code,
            why=error.message,
        )  # fmt: skip


def newest(office: Office, upto: int) -> dict[str, Measure]:
    """The freezes that hold after the record `upto`, by `asset/account`: the last freeze that no thaw came behind."""
    found: dict[str, Measure] = {}
    for one in sorted(office.all(Measure).values(), key=lambda one: one.record or 0):
        if one.status != "done" or one.record is None or one.record > upto:
            continue
        place = f"{one.asset}/{one.account}"
        if one.measure == "freeze":
            found[place] = one
        elif one.measure == "thaw":
            found.pop(place, None)
    return found


def settle_lost(office: Office, answers: Callable[[Sequence[str]], Mapping[str, Receipt]]) -> int:
    """Write down how measures ended of which nothing more was heard, from the journal's `answers`; how many."""
    now = office.now()
    lost = [one for one in office.all(Measure).values() if one.status == "intended" and now >= one.at + LOST_SECONDS]
    if not lost:
        return 0
    found, ended = answers([one.id for one in lost]), 0
    for one in lost:
        receipt = found.get(one.id)
        if receipt is None and now >= one.at + GIVEN_UP_SECONDS:
            never = Problem("not_carried_out", "It never reached the desk.")
            receipt = Receipt(one.id, status="rejected", error=never)
        if receipt is not None:
            settle(office, receipt, where="server")
            ended += 1
    return ended


def _told(command: Command) -> tuple[Kind, str, str]:
    """Kind, account and amount of a measure's command."""
    if isinstance(command, AssetSetAuthorized):
        return ("thaw" if command.authorized else "freeze"), command.account, ""
    if isinstance(command, AssetClawback):
        return "clawback", command.from_, command.amount
    raise TypeError(f"{type(command).__name__} is no measure")
