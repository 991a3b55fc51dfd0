"""Proofs of what the desk owes, and the keys that sealed amounts open with."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.forms import Wanted, form, text
from holdfast.entrypoints.terminal.pages import Bytes, page
from holdfast.entrypoints.terminal.screens.looking import moment_of, tabs
from holdfast.entrypoints.terminal.visit import Values, Visit
from holdfast.primitives.asset import format_units


@page("/proofs", "proofs/proofs.html", title="proofs.title", needs="public.read", nav="audit")
async def proofs(visit: Visit) -> dict[str, Any]:
    """The days with their roots; and how sealed amounts are handled."""
    days = await visit.api.get("/v1/proofs", limit=30, cursor=visit.query.text("cursor"))
    disclosure = await visit.api.get("/v1/disclosure")
    key = (await visit.api.get("/v1/me/disclosure-key"))["key"] if visit.may("own.read") else None
    moment = await moment_of(visit)
    shown = [one for one in days["items"] if not moment or one["day"] < moment[:10]]
    return {"days": shown, "next": days["next"], "disclosure": disclosure, "key": key, "tabs": tabs(visit, "proofs"),
            "mine": await visit.form_of("disclosure.key") if visit.may("own.read") else None}  # fmt: skip


@page("/proofs/{day}", "proofs/day.html", title="proofs.title", needs="public.read", nav="audit", past=False)
async def day(visit: Visit) -> dict[str, Any]:
    """A day's roots, and one's own part in each."""
    roots = await visit.api.get(f"/v1/proofs/{visit.path['day']}")
    own = visit.may("own.read")
    names = list(roots["assets"])
    found = await asyncio.gather(*(_mine(visit, name) for name in names)) if own else [None] * len(names)
    assets = []
    for name, mine in zip(names, found, strict=True):
        root = roots["assets"][name]
        places = root["decimals"]
        parts = {} if mine is None else {one: format_units(int(n), places) for one, n in mine["parts"].items()}
        amount = None if mine is None else format_units(int(mine["amount"]), places)
        assets.append({"asset": name, "sum": format_units(int(root["sum"]), places), "root": root["root"],
                       "amount": amount, "parts": parts})  # fmt: skip
    return {"roots": roots, "assets": assets, "own": own, "tabs": tabs(visit, "proofs")}


async def _mine(visit: Visit, asset: str) -> Any:
    """One's own proof of an asset; None where one is owed nothing of it."""
    try:
        return await visit.api.get(f"/v1/me/proofs/{visit.path['day']}/{asset}")
    except Refused as refused:
        if refused.status != 404:
            raise
        return None


@page("/proofs/{day}/roots", "error.html", title="proofs.title", needs="public.read", past=False)
async def roots_file(visit: Visit) -> Bytes:
    """The roots of a day as a file."""
    name = visit.path["day"]
    return _file(await visit.api.get(f"/v1/proofs/{name}"), f"roots-{name}.json")


@page("/proofs/{day}/{asset}", "error.html", title="proofs.title", needs="own.read", past=False)
async def proof_file(visit: Visit) -> Bytes:
    """One's own proof as a file."""
    name, asset = visit.path["day"], visit.path["asset"]
    return _file(await visit.api.get(f"/v1/me/proofs/{name}/{asset}"), f"proof-{name}-{asset}.json")


def _file(document: Any, name: str) -> Bytes:
    return Bytes(json.dumps(document, indent=1).encode() + b"\n", b"application/json", name)


@form("disclosure.key", "proofs.give_key", text("public_key", hint="proofs.key_hint", most_length=64))
def give_key(values: Values) -> Wanted:
    """The key that what concerns one's own account is sealed for."""
    body = values.given("public_key")
    return Wanted(
        method="PUT", path="/v1/me/disclosure-key", body=body, then="/proofs", said="proofs.key_given", step_up=True
    )
