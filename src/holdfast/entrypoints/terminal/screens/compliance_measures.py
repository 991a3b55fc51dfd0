"""Measures against a holder's money, each with its reason: freeze, thaw, claw back."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.forms import Field, Wanted, amount, area, form, select, text
from holdfast.entrypoints.terminal.visit import Values, Visit

PAGE, SUMMARY = "/compliance/measures", "compliance/measure.html"


async def _choices(visit: Visit, values: Values) -> dict[str, Any]:
    """The assets and one's accounts to choose from; what the holder has of the asset, where both are named."""
    found = (await visit.api.get("/v1/assets", limit=1_000))["items"]
    accounts = [(name, name) for name in visit.person.accounts]
    held, account, asset = "", values.text("from") or values.text("account"), values.text("asset")
    if account and asset and visit.may("desk.read"):
        try:
            held = (await visit.api.get(f"/v1/accounts/{account}", asset=asset))["balances"].get(asset, "0")
        except Refused as refused:
            if refused.status not in (400, 404):
                raise
    return {"assets": [(one["id"], one["id"]) for one in found], "accounts": accounts, "held": held,
            "unit": asset}  # fmt: skip


_WHICH = (select("asset", "assets"),)
_WHY = (
    area("reason", label="compliance.reason", hint="compliance.reason_hint"),
    text("reference", label="compliance.case", hint="compliance.case_hint", required=False, most_length=128),
    Field(name="actor", kind="select", choices="accounts", required=False, hint="every.actor_hint"),
)
_AT = {"unknown_asset": "asset", "insufficient_balance": "amount", "zero_amount": "amount"}


def _measure(values: Values, route: str, account: str, body: dict[str, Any], command: dict[str, Any]) -> Wanted:
    """A command that is sent with its reason; where others approve it, the reason is the proposal's note."""
    reason, case = " ".join(values.text("reason").split()), values.text("reference")
    common = values.given("asset", "actor")
    body = {**common, "account": account, **body, "reason": reason, **values.given("reference")}
    note = reason + (f" ({case})" if case else "")
    return Wanted(path=f"/v1/compliance/{route}", body=body, command={**command, **common}, note=note)


def _authorized(values: Values, route: str, *, authorized: bool) -> Wanted:
    account = values.text("account")
    command = {"type": "asset.set_authorized", "account": account, "authorized": authorized}
    return _measure(values, route, account, {}, command)


@form("compliance.freeze", "compliance.freeze", text("account", hint="compliance.frozen_hint", most_length=128),
      *_WHICH, *_WHY, prepare=_choices, summary=SUMMARY, danger=True, at=_AT)  # fmt: skip
def freeze(values: Values) -> Wanted:
    """Nothing of the asset comes or goes any more."""
    return _authorized(values, "freeze", authorized=False)


@form("compliance.thaw", "compliance.thaw", text("account", most_length=128), *_WHICH, *_WHY, prepare=_choices,
      summary=SUMMARY, at=_AT)  # fmt: skip
def thaw(values: Values) -> Wanted:
    """It does again."""
    return _authorized(values, "thaw", authorized=True)


@form("compliance.clawback", "compliance.clawback", text("from", label="field.account", most_length=128), *_WHICH,
      amount("amount", unit="unit", most="held", hint="compliance.clawback_hint"), *_WHY, prepare=_choices,
      summary=SUMMARY, danger=True, at=_AT)  # fmt: skip
def clawback(values: Values) -> Wanted:
    """Units burned out of the account, frozen or not."""
    account, given = values.text("from"), values.given("amount")
    return _measure(values, "clawback", account, given, {"type": "asset.clawback", "from": account, **given})
