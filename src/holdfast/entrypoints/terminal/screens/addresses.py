"""The address book: accounts that money may go to, entered by one person and confirmed by another."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import Wanted, form, hidden, text
from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.rule_words import RuleWords
from holdfast.entrypoints.terminal.visit import Values, Visit

PAGE = "/policies/addresses"


@page(PAGE, "policies/addresses.html", title="addresses.title", needs="desk.read", nav="policies", past=False)
async def addresses(visit: Visit) -> dict[str, Any]:
    """Every entry: waiting for a second person, cooling, or in use."""
    found = await visit.api.get("/v1/address-book")
    cooling = None
    if visit.may("policy.read"):
        policies = (await visit.api.get("/v1/policies"))["policies"]
        cooling = policies.get("cooling_seconds", 86_400)
    add = await visit.form_of("addresses.add") if visit.may("address_book.edit") else None
    return {"entries": found, "cooling": cooling, "add": add, "words": RuleWords(visit)}


def _path(values: Values, step: str = "") -> str:
    return f"/v1/address-book/{in_path(values.text('account'))}{step}"


@form("addresses.add", "addresses.add", text("account", hint="addresses.account_hint", most_length=128),
      text("label", label="addresses.label", most_length=100),
      text("assets", label="field.assets", hint="addresses.assets_hint", required=False))  # fmt: skip
def add(values: Values) -> Wanted:
    """An entry, or another in place of it."""
    assets = values.text("assets").replace(",", " ").split() or ["*"]
    body = {"label": values.text("label"), "assets": assets}
    return Wanted(method="PUT", path=_path(values), body=body, then=PAGE, said="addresses.was_added", step_up=True)


@form("addresses.confirm", "addresses.confirm_title", hidden("account"), hidden("added_at"),
      hidden("label", required=False), summary="policies/address_summary.html")  # fmt: skip
def confirm(values: Values) -> Wanted:
    """The word of a second person, for the entry that he saw."""
    seen = values.text("added_at")
    body = {"added_at": int(seen) if seen.isascii() and seen.isdigit() else 0}
    return Wanted(path=_path(values, "/confirm"), body=body, then=PAGE, said="addresses.confirmed", step_up=True)


@form("addresses.remove", "addresses.remove", hidden("account"), danger=True)
def remove(values: Values) -> Wanted:
    """An entry less, at once."""
    return Wanted(method="DELETE", path=_path(values), then=PAGE, said="addresses.removed")
