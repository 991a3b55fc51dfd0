"""What one does with leverage: open and close a position, provide the reserve, keep validators, liquidate."""

from __future__ import annotations

import asyncio
from decimal import Context, Decimal
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.forms import amount, form, hidden, select, text, whole
from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.rates import points
from holdfast.entrypoints.terminal.visit import Values, Visit

EXACT = Context(prec=200)
"""More digits than any amount has: nothing is rounded."""


async def _opening(visit: Visit, _: Values) -> dict[str, Any]:
    """The asset, what one has of it, and validators that take delegations."""
    terms = await visit.api.get("/v1/leverage-terms")
    mine = await visit.api.get("/v1/me/portfolio")
    found = await visit.api.get("/v1/validators", limit=1_000)
    choices = [(one["id"], one["id"]) for one in found["items"] if one["active"]]
    asset = terms["asset"]
    return {"asset": asset, "most": mine["balances"].get(asset, "0"), "validators": choices}


@form("leverage.open_position", "leverage.open", amount("deposit", unit="asset", most="most"), whole("leverage"),
      select("validator", "validators"), prepare=_opening, glance="act/glance.html",
      at={"insufficient_balance": "deposit", "below_minimum_delegation": "deposit", "zero_amount": "deposit",
          "above_maximum_delegation": "deposit", "leverage_out_of_range": "leverage", "ltv_exceeded": "leverage",
          "insufficient_reserve": "leverage", "unknown_validator": "validator",
          "validator_inactive": "validator"})  # fmt: skip
def open_position(values: Values) -> dict[str, Any]:
    """A position."""
    return {
        "type": "leverage.open_position",
        **values.given("deposit", "validator"),
        "leverage": _int(values, "leverage"),
    }


def _int(values: Values, name: str) -> int | str:
    """A whole number; what is none stays as it is, for the API to refuse."""
    typed = values.text(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 16 else typed


async def _closing(visit: Visit, values: Values) -> dict[str, Any]:
    """The position that is closed, what the debt would leave of it, and the debt token that one has."""
    holder = values.text("holder") or visit.person.person.account
    try:
        place = f"/v1/positions/{in_path(holder)}"
        terms, position = await asyncio.gather(visit.api.get("/v1/leverage-terms"), visit.api.get(place))
    except Refused as refused:
        if refused.status != 404:
            raise
        return {"position": None}
    held = None
    if holder == visit.person.person.account:
        held = (await visit.api.get("/v1/me/portfolio"))["balances"].get(terms["debt_asset"], "0")
    return {"position": position, "terms": terms, "held": held, "left": left_of(position)}


def left_of(position: dict[str, Any]) -> str:
    """What of a position is its holder's once debt and interest are repaid, exact; never less than nothing."""
    value, debt, interest = (Decimal(position[name]) for name in ("value", "debt", "interest"))
    left = EXACT.subtract(EXACT.subtract(value, debt), interest)
    return f"{max(left, Decimal(0)).normalize(EXACT):f}"


@form("leverage.request_close_position", "leverage.request_close", prepare=_closing,
      summary="leverage/closing.html")  # fmt: skip
def request_close(_: Values) -> dict[str, Any]:
    """The first of the two steps of closing."""
    return {"type": "leverage.request_close_position"}


@form("leverage.finalize_close_position", "leverage.finalize", hidden("holder", required=False), prepare=_closing,
      summary="leverage/closing.html")  # fmt: skip
def finalize(values: Values) -> dict[str, Any]:
    """The second step; for staff somebody else's, where it is liquidated or past its grace."""
    return {"type": "leverage.finalize_close_position", **values.given("holder")}


@form("leverage.liquidate", "leverage.liquidate", hidden("holder"), danger=True,
      at={"no_position": "holder", "unknown_position": "holder"})  # fmt: skip
def liquidate(values: Values) -> dict[str, Any]:
    """Somebody's position that is past its threshold."""
    return {"type": "leverage.liquidate", **values.given("holder")}


async def _reserve(visit: Visit, _: Values) -> dict[str, Any]:
    """The asset, and how much can be taken out."""
    terms = await visit.api.get("/v1/leverage-terms")
    reserve = await visit.api.get("/v1/reserve")
    return {"asset": terms["asset"], "most": reserve.get("withdrawable", "0")}


@form("leverage.provide_reserve", "leverage.provide", amount("amount", unit="asset"), prepare=_reserve,
      glance="act/glance.html", at={"insufficient_balance": "amount", "zero_amount": "amount"})  # fmt: skip
def provide(values: Values) -> dict[str, Any]:
    """Into the reserve."""
    return {"type": "leverage.provide_reserve", **values.given("amount")}


@form("leverage.withdraw_reserve", "leverage.withdraw", amount("amount", unit="asset", most="most"), prepare=_reserve,
      glance="act/glance.html", at={"reserve_below_minimum": "amount", "zero_amount": "amount"})  # fmt: skip
def withdraw(values: Values) -> dict[str, Any]:
    """Out of the reserve."""
    return {"type": "leverage.withdraw_reserve", **values.given("amount")}


@form("validator.register", "leverage.register", text("validator", most_length=60),
      text("commission_bps", label="leverage.commission", unit="%", hint="leverage.commission_hint"),
      amount("minimum_delegation", label="leverage.least", required=False, unit="asset"),
      amount("maximum_delegation", label="leverage.most", required=False, unit="asset"), prepare=_reserve,
      at={"validator_exists": "validator"})  # fmt: skip
def register(values: Values) -> dict[str, Any]:
    """A validator with its commission and limits."""
    given = values.given("validator", "minimum_delegation", "maximum_delegation")
    return {"type": "validator.register", **given, "commission_bps": points("en", values.text("commission_bps"))}


@form("validator.set_active", "leverage.set_active", hidden("validator"), hidden("active", default="yes"))
def set_active(values: Values) -> dict[str, Any]:
    """Whether a validator takes delegations."""
    return {"type": "validator.set_active", **values.given("validator"), "active": values.text("active") == "yes"}
