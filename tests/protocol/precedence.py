"""Which check of a command comes first: cases that break one check, and as many later ones as can be, at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.machine import RULES
from holdfast.primitives.clock import format_instant
from holdfast.protocol.commands import COMMANDS
from support import START, Desk, parameters

SUBJECT = "subject"
"""The id of the command under test."""
TOO_FINE = "0.0000000000000000001"
TOO_LARGE = "1" + "0" * 5_000

Change = Callable[[Desk], object]


@dataclass(frozen=True)
class Break:
    """One way to fail one check: other fields in the command, another state of the desk, or both."""

    code: str
    fields: dict[str, Any] = field(default_factory=dict)
    state: Change | None = None
    excludes: tuple[str, ...] = ()
    """Codes of checks that cannot fail together with this one."""
    reachable: bool = True
    """Whether anything can fail it; a documented check may be there for certainty alone."""

    def fits(self, other: Break) -> bool:
        """Whether both can be broken in one command."""
        apart = not self.fields.keys() & other.fields.keys()
        return apart and other.code not in self.excludes and self.code not in other.excludes


@dataclass(frozen=True)
class Case:
    """A command that is applied as it stands, and its checks in their documented order."""

    kind: str
    actor: str
    fields: dict[str, Any] = field(default_factory=dict)
    setup: Change = lambda desk: None
    exists: tuple[Break, ...] = ()
    amounts: tuple[str, ...] = ()
    arguments: tuple[Break, ...] = ()
    """Digits and ranges of arguments that `amounts` cannot name."""
    checks: tuple[Break, ...] = ()
    demo: bool = False
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def own(self) -> tuple[Break, ...]:
        """The rule's own checks: existence, digits and ranges of arguments, then the listed ones."""
        amounts: list[Break] = []
        for name in self.amounts:
            amounts += (Break("malformed", {name: TOO_FINE}), Break("amount_overflow", {name: TOO_LARGE}))
        return (*self.exists, *amounts, *self.arguments, *self.checks)

    def general(self) -> tuple[Break, ...]:
        """What every command is asked before its rule, in the order of rules 0."""
        kind = COMMANDS[self.kind]
        breaks = [
            Break("malformed", {"id": ""}),
            Break("unknown_command", {"type": self.kind + "s"}),
            Break("malformed", {"surplus": 1}),
            Break("command_id_reused", state=_use_id),
            Break("time_reversed", {"at": format_instant(START - 1)}),
            Break("not_authorized", {"actor": "@vault:FLUX"}),
        ]
        names = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
        breaks += [Break("not_authorized", {names[holder]: "@treasury:VG"}) for holder in kind.holders]
        if RULES[kind].roles:
            breaks.append(Break("not_authorized", {"actor": "nobody"}))
        return tuple(breaks)

    def every(self) -> tuple[Break, ...]:
        """All checks that something can fail, in order."""
        return tuple(broken for broken in (*self.general(), *self.own()) if broken.reachable)

    def prepare(self, *breaks: Break) -> tuple[Desk, dict[str, Any]]:
        """A desk and the command, with these checks broken."""
        desk = Desk(Genesis(demo=self.demo, parameters=parameters(**self.tables)))
        desk.send("asset.approve", "somebody", asset="VC", spender="x", amount="0")  # from here on time can be reversed
        self.setup(desk)
        for broken in breaks:
            if broken.state is not None:
                broken.state(desk)
        fields = {"id": SUBJECT, "at": format_instant(desk.now), "actor": self.actor, "type": self.kind, **self.fields}
        for broken in breaks:
            fields |= broken.fields
        return desk, fields

    def run(self, *breaks: Break) -> tuple[Desk, Receipt]:
        """Break the checks and send the command."""
        desk, fields = self.prepare(*breaks)
        return desk, desk.post(fields)

    def documented(self) -> list[str]:
        """The codes of the rule's `Checks:`, in order."""
        text = RULES[COMMANDS[self.kind]].answer.__doc__ or ""
        found = re.search(r"Checks:\s+(.*?)(?=\n\s+[A-Z][a-z]+:|\Z)", text, re.DOTALL)
        assert found, f"the rule of {self.kind} has no Checks:"
        if found[1].startswith("none"):
            return []
        plain = re.sub(r"\([^)]*\)", "", found[1])
        return [code.strip() for code in plain.split("->")]


def combined(breaks: tuple[Break, ...], first: int) -> Iterator[Break]:
    """Check number `first` and all later ones that can be failed at the same time."""
    chosen: list[Break] = []
    for broken in breaks[first:]:
        if all(broken.fits(other) for other in chosen):
            chosen.append(broken)
    return iter(chosen)


def distinct(codes: list[str]) -> list[str]:
    """Codes without immediate repetition: several ways to fail one check count once."""
    return [code for place, code in enumerate(codes) if place == 0 or codes[place - 1] != code]


def refused_as(receipt: Receipt) -> str:
    """A receipt in a word: the code of its refusal, or `applied`."""
    return receipt.status if receipt.status == "applied" else receipt.error.code  # type: ignore[union-attr]


# --- ways to break things that many cases share ---------------------------------------------------------------------


def _use_id(desk: Desk) -> None:
    desk.post(
        {"id": SUBJECT, "actor": "somebody", "type": "asset.approve", "asset": "VC", "spender": "x", "amount": "0"}
    )


def do(kind: str, actor: str, /, **fields: Any) -> Change:
    """Send another command first; in combinations it may be refused itself."""
    return lambda desk: desk.send(kind, actor, **fields)


def both(*changes: Change) -> Change:
    """Several changes, one after another."""
    return lambda desk: [change(desk) for change in changes]


def frozen(asset: str, account: str) -> Break:
    """`account_frozen`: the asset's admin, whoever it is, freezes the account."""

    def freeze(desk: Desk) -> None:
        if asset in desk.state.assets:
            admin = desk.state.assets[asset].admin
            desk.send("asset.set_authorized", admin, asset=asset, account=account, authorized=False)

    return Break("account_frozen", state=freeze)


def drained(asset: str, account: str) -> Break:
    """`insufficient_balance`: the asset's admin claws back all that the account holds."""

    def drain(desk: Desk) -> None:
        if asset in desk.state.assets:
            admin, held = desk.state.assets[asset].admin, desk.balance(asset, account)
            desk.send("asset.clawback", admin, asset=asset, from_=account, amount=held)

    return Break("insufficient_balance", state=drain)


def full(asset: str) -> Break:
    """`amount_overflow` of a result: all units that the asset's range allows exist already."""

    def fill(desk: Desk) -> None:
        if asset in desk.state.assets:
            record = desk.state.assets[asset]
            rest = record.maximum - desk.state.book.supply(asset)
            desk.send("asset.mint", record.admin, asset=asset, to="hoarder", amount=record.text(rest))

    return Break("amount_overflow", state=fill)


def new_admin(asset: str) -> Break:
    """`not_authorized`: the operator is no longer the asset's admin."""
    return Break("not_authorized", state=do("asset.set_admin", "operator", asset=asset, admin="heir"))


def absent(asset: str) -> Break:
    """`unknown_asset` for an asset that the parameters name: a desk without it."""
    return Break("unknown_asset", state=lambda desk: desk.state.assets.pop(asset))


def unknown(code: str, **fields: Any) -> Break:
    """A thing that is not there."""
    return Break(code, fields)


def never(code: str) -> Break:
    """A documented check that nothing can fail."""
    return Break(code, reachable=False)


UNKNOWN_ASSET = unknown("unknown_asset", asset="NOPE")
UNKNOWN_VAULT = unknown("unknown_vault", vault="NOPE")
