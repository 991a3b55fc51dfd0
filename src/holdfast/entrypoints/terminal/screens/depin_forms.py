"""What one does with contribution networks: register a resource; add, fund and close for those who run them."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import amount, area, form, hidden, select, text, whole
from holdfast.entrypoints.terminal.visit import Values, Visit


async def _kinds(visit: Visit, _: Values) -> dict[str, Any]:
    """What networks take, and vaults in which rewards can be staked."""
    networks = (await visit.api.get("/v1/networks", limit=200))["items"]
    vaults = (await visit.api.get("/v1/vaults", limit=200))["items"]
    paid = {one["reward_asset"] for one in networks}
    taken = [
        (f"{one['id']}|{kind}|{unit}", f"{one['id']}: {kind}, {unit} → {one['reward_asset']}")
        for one in networks
        for kind, unit in one["kinds"].items()
    ]
    return {"taken": taken, "vaults": [(one["id"], f"{one['id']} ({one['asset']})") for one in vaults
                                      if one["asset"] in paid]}  # fmt: skip


@form("depin.register_resource", "depin.register", select("what", "taken", label="depin.what", hint="depin.what_hint"),
      text("capacity", label="depin.capacity", hint="depin.capacity_hint", most_length=40),
      text("resource", label="depin.own_name", hint="depin.own_name_hint", required=False, most_length=60),
      select("vault", "vaults", label="depin.restake", hint="depin.restake_hint", required=False), prepare=_kinds,
      at={"unknown_network": "what", "unknown_kind": "what", "wrong_unit": "what", "zero_amount": "capacity",
          "amount_overflow": "capacity", "resource_exists": "resource", "wrong_vault": "vault",
          "unknown_vault": "vault"})  # fmt: skip
def register(values: Values) -> dict[str, Any]:
    """A resource; kind and unit come with the network."""
    network, _, rest = values.text("what").partition("|")
    kind, _, unit = rest.partition("|")
    given = values.given("capacity", "resource", "vault")
    given["capacity"] = given.get("capacity", "").replace(",", ".")
    return {"type": "depin.register_resource", "network": network, "kind": kind, "unit": unit, **given}


async def _assets(visit: Visit, _: Values) -> dict[str, Any]:
    """The assets that a network may pay."""
    found = await visit.api.get("/v1/assets", limit=200)
    return {"assets": [(one["id"], one["id"]) for one in found["items"]]}


@form("depin.add_network", "depin.add_network", text("network", most_length=60), select("reward_asset", "assets"),
      whole("epoch_seconds", default="86400"), amount("emission_per_epoch"),
      area("kinds", label="depin.kinds", hint="depin.kinds_hint", required=False), prepare=_assets,
      at={"network_exists": "network", "zero_amount": "emission_per_epoch"})  # fmt: skip
def add_network(values: Values) -> dict[str, Any]:
    """A network, with the kinds that it takes or all generic ones."""
    seconds = values.text("epoch_seconds")
    command: dict[str, Any] = {
        "type": "depin.add_network", **values.given("network", "reward_asset", "emission_per_epoch"),
        "epoch_seconds": int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 16 else seconds,
    }  # fmt: skip
    lines = [line.partition("=") for line in values.text("kinds").splitlines() if line.strip()]
    if lines:
        command["kinds"] = {kind.strip(): unit.strip() for kind, _, unit in lines}
    return command


async def _network(visit: Visit, values: Values) -> dict[str, Any]:
    """What a network pays, and what whoever fills it up has of that."""
    networks = (await visit.api.get("/v1/networks", limit=200))["items"]
    asset = next((one["reward_asset"] for one in networks if one["id"] == values.text("network")), "")
    return {"asset": asset}


@form("depin.fund", "depin.fund", text("network"), amount("amount", unit="asset"), prepare=_network,
      glance="act/glance.html",
      at={"insufficient_balance": "amount", "zero_amount": "amount", "unknown_network": "network"})  # fmt: skip
def fund(values: Values) -> dict[str, Any]:
    """What contributors are paid from."""
    return {"type": "depin.fund", **values.given("network", "amount")}


@form("depin.add_attestor", "depin.add_attestor", text("network"), text("attestor", most_length=128),
      text("public_key", hint="depin.key_hint", most_length=64),
      at={"unknown_network": "network"})  # fmt: skip
def add_attestor(values: Values) -> dict[str, Any]:
    """Who reports, and his key."""
    return {"type": "depin.add_attestor", **values.given("network", "attestor", "public_key")}


@form("depin.remove_attestor", "depin.remove_attestor", hidden("network"), hidden("attestor"), danger=True)
def remove_attestor(values: Values) -> dict[str, Any]:
    """No more reports of somebody."""
    return {"type": "depin.remove_attestor", **values.given("network", "attestor")}


@form("depin.close_epoch", "depin.close_epoch", hidden("network"))
def close_epoch(values: Values) -> dict[str, Any]:
    """An epoch that has ended, paid out."""
    return {"type": "depin.close_epoch", **values.given("network")}
