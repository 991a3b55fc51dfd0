"""What one does in term staking: stake and unstake, boosters, fee keys, selling to the buyback."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.forms import amount, form, hidden, select, text, whole
from holdfast.entrypoints.terminal.visit import Values, Visit


async def _limits(visit: Visit, _: Values) -> dict[str, Any]:
    """What is staked, and the most that one can do."""
    found: dict[str, Any] = await visit.api.get("/v1/quotes/term", holder=visit.person.person.account)
    return found


async def _staking(visit: Visit, values: Values) -> dict[str, Any]:
    """The boosters that one can use, what is staked and how much one can stake."""
    mine, found = await asyncio.gather(visit.api.get("/v1/me/portfolio"), _limits(visit, values))
    return {**found, "boosters": [(one["id"], one["id"]) for one in mine["boosters"]]}


@form("term.stake", "term.stake_now", amount("amount", unit="asset", most="max_stake"),
      select("booster", "boosters", label="term.booster", hint="term.booster_hint", required=False),
      prepare=_staking, glance="term/glance.html",
      at={"insufficient_balance": "amount", "below_minimum_stake": "amount", "unknown_booster": "booster",
          "booster_not_active": "booster"})  # fmt: skip
def stake(values: Values) -> dict[str, Any]:
    """A stake, with a booster or without."""
    return {"type": "term.stake", **values.given("amount", "booster")}


@form("term.unstake", "term.unstake", hidden("stake"))
def unstake(values: Values) -> dict[str, Any]:
    """A stake out."""
    return {"type": "term.unstake", **values.given("stake")}


@form("booster.stake", "term.get_booster")
def get_booster(_: Values) -> dict[str, Any]:
    """A booster for what is locked."""
    return {"type": "booster.stake"}


@form("booster.unstake", "term.unlock_booster", hidden("stake"))
def unlock_booster(values: Values) -> dict[str, Any]:
    """What was locked for a booster, back."""
    return {"type": "booster.unstake", **values.given("stake")}


@form("booster.transfer", "term.give_booster", hidden("booster"), text("to", label="term.to", most_length=128))
def give_booster(values: Values) -> dict[str, Any]:
    """A booster to somebody else."""
    return {"type": "booster.transfer", **values.given("booster", "to")}


@form("fee_key.claim", "term.claim_fees", hidden("key"))
def claim_fees(values: Values) -> dict[str, Any]:
    """A key's fees."""
    return {"type": "fee_key.claim", **values.given("key")}


@form("fee_key.transfer", "term.give_key", hidden("key"), text("to", label="term.to", most_length=128))
def give_key(values: Values) -> dict[str, Any]:
    """A key to somebody else."""
    return {"type": "fee_key.transfer", **values.given("key", "to")}


@form("fee_key.issue", "term.issue_key", text("to", label="term.to", most_length=128),
      whole("locked_lp", label="term.locked_lp"), at={"zero_amount": "locked_lp"})  # fmt: skip
def issue_key(values: Values) -> dict[str, Any]:
    """A new key."""
    lp = values.text("locked_lp")
    return {"type": "fee_key.issue", **values.given("to"), "locked_lp": int(lp) if _is_whole(lp) else lp}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 16


@form("buyback.sell", "term.sell", amount("vc", label="term.sell_amount", most="max_sell"),
      amount("min_vg", label="term.sell_least", required=False), prepare=_limits,
      glance="act/glance.html",
      at={"insufficient_balance": "vc", "insufficient_liquidity": "vc", "slippage": "min_vg"})  # fmt: skip
def sell(values: Values) -> dict[str, Any]:
    """The booster's token to the buyback, which burns it."""
    return {"type": "buyback.sell", **values.given("vc", "min_vg")}
