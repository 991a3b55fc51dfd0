"""What the journal keeps of a record, as people read it: amounts in their asset, instants, spans of time, rates.

The journal counts in base units and Unix seconds. Nothing is lost on the way: an amount has all its digits here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.asset import format_units

Kept = Mapping[str, Any]

AMOUNTS: dict[str, frozenset[str]] = {
    "allowance": frozenset(("amount",)),
    "vault": frozenset(("deposit_limit", "locked_amount", "owed")),
    "exit": frozenset(("shares", "assets")),
    "stake": frozenset(("amount", "reinvest_amount")),
    "booster_stake": frozenset(("amount",)),
    "fee_key": frozenset(("paid",)),
    "validator": frozenset(("minimum_delegation", "maximum_delegation", "pool_assets", "pool_shares")),
    "position": frozenset(("equity", "debt", "shares", "proceeds", "interest", "bad_debt", "unreturned")),
    "strategy": frozenset(("cap",)),
    "unwind": frozenset(("amount",)),
    "plan": frozenset(("buffer",)),
    "network": frozenset(("emission", "carried")),
    "held_reward": frozenset(("amount",)),
}
"""Fields in base units of an asset, by the kind of record."""

SHARES_OF_A_POOL = frozenset(("pool_shares", "shares"))
"""Of a validator and a position: counted as the asset is, and no asset themselves."""

SCALED = {("price", "scaled"): 18, ("resource", "capacity"): 6}
"""Fixed-point numbers: by how many digits they are shifted."""

MOMENTS = frozenset(
    ("expires_at", "locked_from", "locked_until", "staked_at", "unlocks_at", "set_at", "accrued_at", "ready_at",
     "ended_at", "epoch_started_at")
)  # fmt: skip
"""Fields in Unix seconds; 0 is none."""

How = Literal["amount", "moment", "long", "bps", "steps", "moves", "spans", "plain"]


class Told(NamedTuple):
    """A field's value, and how it is written; an amount may have a unit."""

    how: How
    value: Any
    unit: str = ""


class Reader:
    """Reads the records of one journal record: `decimals` by asset, `home` the asset of what names none."""

    def __init__(self, decimals: Mapping[str, int], home: Mapping[tuple[str, str], str]) -> None:
        self._decimals = decimals
        self._home = home

    def fields(self, one: Kept) -> dict[str, Told]:
        """All fields of a record but its kind and id."""
        return {name: self.told(one, name, value) for name, value in one.items() if name not in ("record", "id")}

    def told(self, one: Kept, name: str, value: Any) -> Told:
        """One field of a record."""
        kind = kind_of(one)
        if value is None or isinstance(value, bool):
            return Told("plain", value)
        if (kind, name) in SCALED:
            return Told("amount", format_units(int(value), SCALED[kind, name]), str(one.get("unit", "")))
        if name in MOMENTS:
            return Told("moment", value) if value else Told("plain", None)
        if name.endswith("_seconds"):
            return Told("long", value)
        if name.endswith("_bps"):
            return Told("bps", value)
        if (kind, name) == ("resource", "spans"):
            return Told("spans", value)
        asset = self._asset(kind, one, name)
        if asset not in self._decimals:
            return Told("plain", value)
        return self._in(asset, kind, name, value)

    def _in(self, asset: str, kind: str, name: str, value: Any) -> Told:
        digits = self._decimals[asset]
        if (kind, name) == ("strategy", "curve"):
            return Told("steps", [(format_units(int(start), digits), rate) for start, rate in value])
        if (kind, name) == ("plan", "moves"):
            moves = [(who, format_units(int(was), digits), format_units(int(then), digits)) for who, was, then in value]
            return Told("moves", moves, asset)
        if name not in AMOUNTS.get(kind, ()):
            return Told("plain", value)
        of_a_pool = kind in ("validator", "position") and name in SHARES_OF_A_POOL
        return Told("amount", format_units(int(value), digits), "" if of_a_pool else asset)

    def _asset(self, kind: str, one: Kept, name: str) -> str:
        """What a field is counted in; empty where that is not known."""
        if kind == "allowance":
            return str(one["id"]).partition("/")[0]
        if (kind, name) == ("exit", "shares"):
            return str(one["share"])
        if "asset" in one:
            return str(one["asset"])
        if kind == "unwind":
            return self._home.get((kind, str(one["strategy"])), "")
        return self._home.get((kind, name), "") or self._home.get((kind, ""), "")


def kind_of(one: Kept) -> str:
    """Which record it is: an asset, a stake, …"""
    return str(one["record"])


async def reader_of(visit: Visit, record: Kept) -> Reader:
    """What reads the records of a journal record; it asks for no more than they need."""
    kinds = {kind_of(one): one for one in record["records"]}
    listed, terms, term, strategies, vault = await asyncio.gather(
        _known(visit, "/v1/assets", limit=1_000),
        _known(visit, "/v1/leverage-terms" if {"position", "validator"} & kinds.keys() else ""),
        _known(visit, "/v1/quotes/term" if {"stake", "fee_key"} & kinds.keys() else ""),
        _known(visit, "/v1/strategies" if "unwind" in kinds else "", limit=1_000),
        _known(visit, f"/v1/vaults/{kinds['plan']['vault']}" if "plan" in kinds else ""),
    )
    moved = {str(one["asset"]) for one in record["postings"]}
    home = {("booster_stake", ""): moved.pop() if len(moved) == 1 else "", ("plan", ""): vault.get("asset", "")}
    home |= {(kind, ""): terms.get("asset", "") for kind in ("position", "validator")}
    home |= {(kind, ""): term.get("asset", "") for kind in ("stake", "fee_key")}
    home |= {("unwind", one["id"]): one["asset"] for one in strategies.get("items", ())}
    home["position", "unreturned"] = terms.get("debt_asset", "")
    return Reader({one["id"]: one["decimals"] for one in listed.get("items", ())}, home)


async def _known(visit: Visit, path: str, **query: Any) -> dict[str, Any]:
    """A view, or nothing where none is wanted, the desk has no such thing, or the person may not see it."""
    if not path:
        return {}
    try:
        found: dict[str, Any] = await visit.api.get(path, **query)
    except Refused as refused:
        if refused.status not in (403, 404, 422):
            raise
        return {}
    return found
