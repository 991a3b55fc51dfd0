"""What a desk starts from: its name, parameters, assets and roles. The journal's chain begins with its digest."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from holdfast.errors import Corrupt, Malformed
from holdfast.ledger.chart import LEVERAGE_ADMIN
from holdfast.primitives.asset import MAX_DECIMALS, Range
from holdfast.primitives.fixed_point import HALF_UP, bps_of
from holdfast.protocol.arguments import NAME_PATTERN, RoleName
from holdfast.protocol.parameters import Code, Parameters
from holdfast.protocol.records import Asset, Role
from holdfast.protocol.state import State

Holder = Annotated[str, Meta(pattern=NAME_PATTERN)]


class GenesisAsset(Struct, frozen=True, forbid_unknown_fields=True):
    """An asset that exists from the start."""

    code: Code
    decimals: Annotated[int, Meta(ge=0, le=MAX_DECIMALS)]
    range: Range = "i128"
    name: Annotated[str, Meta(max_length=1_000)] = ""
    symbol: Annotated[str, Meta(max_length=1_000)] = ""
    admin: Annotated[str, Meta(pattern=r"\A@?[A-Za-z0-9._:-]{1,128}\Z")] = "operator"
    transfer_tax_bps: Annotated[int, Meta(ge=0)] = 0


STANDARD_ASSETS = (
    GenesisAsset("FLUX", 8, name="Flux"),
    GenesisAsset("RENDER", 8, name="Render"),
    GenesisAsset("VG", 9, "u64", name="VG", transfer_tax_bps=1_000),
    GenesisAsset("VC", 9, "u64", name="VC"),
    GenesisAsset("CSPR", 9, "u512", name="Casper"),
    GenesisAsset("mCSPR", 9, "u512", name="Magni debt token", admin=LEVERAGE_ADMIN),
)

STANDARD_ROLES: dict[RoleName, tuple[Holder, ...]] = {
    "operator": ("operator",),
    "oracle": ("oracle",),
    "keeper": ("keeper",),
}


class Genesis(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the first record stands on; never changed afterwards."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] = "desk"
    demo: bool = False
    rules: int = 1
    parameters: Parameters = Parameters()
    assets: tuple[GenesisAsset, ...] = STANDARD_ASSETS
    roles: dict[RoleName, tuple[Holder, ...]] = msgspec.field(default_factory=lambda: dict(STANDARD_ROLES))

    def encoded(self) -> bytes:
        """The stored form: JSON with every value spelled out."""
        return msgspec.json.encode(self)

    def state(self) -> State:
        """The state before the first command."""
        state = State(self.parameters, demo=self.demo)
        for a in self.assets:
            state.put(
                Asset(a.code, a.decimals, a.range, a.name or a.code, a.symbol or a.code, a.admin, a.transfer_tax_bps)
            )
        for role, accounts in self.roles.items():
            state.put(Role(role, tuple(sorted(set(accounts)))))
        return state


def check(genesis: Genesis) -> Genesis:
    """The genesis itself, if it makes a desk that can work.

    Raises: Malformed that names every setting which does not fit.
    """
    p = genesis.parameters
    problems = p.problems()
    codes = {asset.code: asset for asset in genesis.assets}
    if len(codes) < len(genesis.assets):
        problems.append("assets: a code is given twice")
    if not genesis.roles.get("operator"):
        problems.append("roles.operator: a desk needs at least one operator")
    highest = p.asset_limits.maximum_transfer_tax_bps
    for asset in genesis.assets:
        if asset.transfer_tax_bps > highest:
            problems.append(f"assets: {asset.code}'s transfer_tax_bps is above {highest}")
    borrowed, debt = codes.get(p.leverage.asset), codes.get(p.leverage.debt_asset)
    if borrowed and debt and (borrowed.decimals, borrowed.range) != (debt.decimals, debt.range):
        problems.append("leverage: asset and debt_asset must have the same decimals and range")
    if debt and debt.admin != LEVERAGE_ADMIN:
        problems.append(f"assets: {debt.code} is the debt token; its admin must be {LEVERAGE_ADMIN}")
    for table, code, text in (
        ("term.minimum_stake", p.term.asset, p.term.minimum_stake),
        ("term.auto_reinvest_from", p.term.asset, p.term.auto_reinvest_from),
        ("booster.stake_amount", p.booster.asset, p.booster.stake_amount),
        ("leverage.minimum_delegation", p.leverage.asset, p.leverage.minimum_delegation),
    ):
        if code in codes:
            problems += _amount_problem(table, codes[code], text)
    if p.term.asset in codes and not problems:
        term = codes[p.term.asset]
        threshold = Asset(term.code, term.decimals, term.range, "", "", "").units(p.term.auto_reinvest_from)
        if bps_of(threshold, p.term.reinvest_bps, rounding=HALF_UP) == 0:
            problems.append("term.reinvest_bps: of term.auto_reinvest_from it is less than one base unit")
    if problems:
        raise Malformed("The desk's settings do not fit: " + "; ".join(problems) + ".")
    return genesis


def _amount_problem(table: str, asset: GenesisAsset, text: str) -> list[str]:
    units = Asset(asset.code, asset.decimals, asset.range, "", "", "").units
    try:
        if units(text) == 0 and not table.startswith("leverage"):
            return [f"{table} must be above 0"]
    except Exception as error:
        return [f"{table}: {error}"]
    return []


def decode(stored: bytes) -> Genesis:
    """The genesis that a store keeps.

    Raises: Corrupt if it cannot be read.
    """
    try:
        return msgspec.json.decode(stored, type=Genesis)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"the desk's genesis cannot be read: {error}") from None


def root(stored: bytes) -> bytes:
    """The digest that the first record's chain starts from: SHA-256 of the stored genesis."""
    return sha256(stored).digest()
