"""What one does with a liquid vault: deposit, redeem, leave by the queue; and what its operator does."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.forms import amount, form, hidden, text, whole
from holdfast.entrypoints.terminal.visit import Values, Visit


async def _quoted(visit: Visit, values: Values, field: str) -> dict[str, Any]:
    """What the vault quotes for what was typed, and what limits this holder."""
    query = {"vault": values.text("vault"), "holder": visit.person.person.account}
    typed = plain(visit.language, values.text(field))
    quote = None
    if typed:
        try:
            quote = await visit.api.get("/v1/quotes/vault", **query, **{field: typed})
        except Refused as refused:
            if refused.status not in (400, 422):
                raise
    limits = quote or await visit.api.get("/v1/quotes/vault", **query)
    return {"quote": quote, "limits": limits, "asset": limits["asset"], "share": limits["share"]}


def _bind(values: Values, field: str, bound: str, quoted: str) -> None:
    """The least that is accepted for what was typed: fixed when it was typed, and not again when it is confirmed."""
    if values.text("quoted_for") != values.text(field) or not values.text(bound):
        values["quoted_for"], values[bound] = [values.text(field)], [quoted]


async def _deposit(visit: Visit, values: Values) -> dict[str, Any]:
    """A deposit gets at least what it would once all locked profit has unlocked: it unlocks while one reads."""
    found = await _quoted(visit, values, "assets")
    if found["quote"]:
        _bind(values, "assets", "min_shares", found["quote"]["once_unlocked"]["deposit"])
    return {**found, "most": found["limits"]["max_deposit"]}


async def _redeem(visit: Visit, values: Values) -> dict[str, Any]:
    """A redemption pays at least what it would now: what unlocks meanwhile only adds to it."""
    found = await _quoted(visit, values, "shares")
    if found["quote"]:
        _bind(values, "shares", "min_assets", found["quote"]["now"]["redeem"])
    return {**found, "most": found["limits"]["max_redeem"]}


async def _request(visit: Visit, values: Values) -> dict[str, Any]:
    mine = await visit.api.get("/v1/me/portfolio")
    held = [one for one in mine["vaults"] if one["id"] == values.text("vault")]
    found = {"asset": held[0]["asset"], "share": held[0]["share"]} if held else {"asset": "", "share": ""}
    return {**found, "most": held[0]["shares"] if held else ""}


@form("vault.deposit", "vaults.deposit", hidden("vault"),
      amount("assets", label="vaults.deposit_assets", unit="asset", most="most"),
      hidden("min_shares", required=False), hidden("quoted_for", required=False), prepare=_deposit,
      glance="vaults/glance.html",
      at={"insufficient_balance": "assets", "exceeds_deposit_limit": "assets", "zero_shares": "assets",
          "slippage": "assets"}, forget={"slippage": "quoted_for"})  # fmt: skip
def deposit(values: Values) -> dict[str, Any]:
    """A deposit."""
    return {"type": "vault.deposit", **values.given("vault", "assets", "min_shares")}


@form("vault.redeem", "vaults.redeem", hidden("vault"),
      amount("shares", label="vaults.redeem_shares", unit="share", most="most"),
      hidden("min_assets", required=False), hidden("quoted_for", required=False), prepare=_redeem,
      glance="vaults/glance.html",
      at={"insufficient_balance": "shares", "insufficient_liquidity": "shares", "zero_assets": "shares",
          "slippage": "shares"}, forget={"slippage": "quoted_for"})  # fmt: skip
def redeem(values: Values) -> dict[str, Any]:
    """A redemption."""
    return {"type": "vault.redeem", **values.given("vault", "shares", "min_assets")}


@form("vault.request_redeem", "vaults.request", hidden("vault"),
      amount("shares", label="vaults.request_shares", unit="share", most="most"),
      prepare=_request, glance="act/glance.html",
      at={"insufficient_balance": "shares", "zero_assets": "shares"})  # fmt: skip
def request(values: Values) -> dict[str, Any]:
    """A place in the exit queue."""
    return {"type": "vault.request_redeem", **values.given("vault", "shares")}


@form("vault.claim", "vaults.claim", hidden("vault", required=False), hidden("request"))
def claim(values: Values) -> dict[str, Any]:
    """What was set aside."""
    return {"type": "vault.claim", **values.given("vault", "request")}


@form("vault.cancel_redeem", "vaults.cancel", hidden("vault", required=False), hidden("request"))
def cancel(values: Values) -> dict[str, Any]:
    """A request less, its shares back."""
    return {"type": "vault.cancel_redeem", **values.given("vault", "request")}


# --- what the operator and the keeper do -----------------------------------------------------------------------------


def _numbers(values: Values, *names: str) -> dict[str, Any]:
    """Whole numbers as numbers; what is none stays text, which the API refuses at its field."""
    given = values.given(*names)
    return {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text
        for name, text in given.items()
    }


@form("vault.create", "vaults.create", text("asset"),
      text("vault", label="vaults.name", hint="vaults.name_hint", required=False),
      amount("deposit_limit", required=False), whole("profit_unlock_seconds", required=False),
      whole("performance_fee_bps", label="vaults.fee_bps", required=False),
      at={"vault_exists": "vault", "asset_exists": "vault", "taxed_asset": "asset", "unknown_asset": "asset",
          "fee_too_high": "performance_fee_bps"})  # fmt: skip
def create(values: Values) -> dict[str, Any]:
    """A vault more."""
    numbers = _numbers(values, "profit_unlock_seconds", "performance_fee_bps")
    return {"type": "vault.create", **values.given("asset", "vault", "deposit_limit"), **numbers}


@form("vault.add_rewards", "vaults.add_rewards", hidden("vault"), amount("assets"), glance="act/glance.html",
      at={"insufficient_balance": "assets"})  # fmt: skip
def add_rewards(values: Values) -> dict[str, Any]:
    """Rewards for all shares."""
    return {"type": "vault.add_rewards", **values.given("vault", "assets")}


@form("vault.report_loss", "vaults.report_loss", hidden("vault"), amount("assets"), danger=True,
      glance="act/glance.html", at={"insufficient_liquidity": "assets"})  # fmt: skip
def report_loss(values: Values) -> dict[str, Any]:
    """Assets written off."""
    return {"type": "vault.report_loss", **values.given("vault", "assets")}


@form("vault.settle", "vaults.settle", hidden("vault"))
def settle(values: Values) -> dict[str, Any]:
    """The queue filled as far as idle assets reach."""
    return {"type": "vault.settle", **values.given("vault")}


@form("vault.pause", "vaults.pause", hidden("vault"), danger=True)
def pause(values: Values) -> dict[str, Any]:
    """No deposits any more."""
    return {"type": "vault.pause", **values.given("vault")}


@form("vault.unpause", "vaults.unpause", hidden("vault"))
def unpause(values: Values) -> dict[str, Any]:
    """Deposits again."""
    return {"type": "vault.unpause", **values.given("vault")}
