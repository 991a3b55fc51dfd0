"""Makers of contribution commands for the stateful machine, and what they must move (see `command_makers`, `ghost`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from attesting import public_key, signed

if TYPE_CHECKING:
    from command_makers import Draws, Made, Maker
    from ghost import Ghost

Fields = dict[str, Any]

HOUR = 3_600
_GPU = {"network": "net", "kind": "gpu", "unit": "gpu"}
DEPIN_OPENING: tuple[tuple[str, str, Fields], ...] = (
    ("depin.add_network", "operator", {"network": "net", "reward_asset": "FLUX", "epoch_seconds": HOUR,
                                       "emission_per_epoch": "10.00000001"}),
    ("depin.add_attestor", "operator", {"network": "net", "attestor": "probe", "public_key": public_key("probe")}),
    ("depin.fund", "operator", {"network": "net", "amount": "100"}),
    ("depin.register_resource", "alice", {**_GPU, "capacity": "2.5", "resource": "alice-gpu"}),
    ("depin.register_resource", "bob", {**_GPU, "capacity": "1", "resource": "bob-gpu", "vault": "FLUX"}),
    ("depin.register_resource", "carol", {**_GPU, "capacity": "0.3", "resource": "carol-gpu", "vault": "FLUX"}),
)  # fmt: skip
"""What brings contributions to the machine's desk."""


def _network(draws: Draws) -> str:
    return str(draws.often("net", draws.of(draws.desk.state.networks, "nope")))


def _add(draws: Draws) -> Made:
    return draws.often("operator", "alice"), {
        "network": draws.one("net", "web"), "reward_asset": draws.one("FLUX", "VG", "vFLUX"),
        "epoch_seconds": draws.one(60, HOUR), "emission_per_epoch": draws.some(),
        "kinds": draws.maybe({"gpu": "gpu"}),
    }  # fmt: skip


def _attestor(draws: Draws) -> Fields:
    return {"network": _network(draws), "attestor": draws.often("probe", "other")}


def _register(draws: Draws) -> Made:
    return draws.holder(), {
        **_GPU, "network": _network(draws), "capacity": draws.some(6), "vault": draws.one(None, "FLUX", "port"),
        "resource": draws.one(None, None, "alice-gpu"), "kind": draws.often("gpu", "node"),
    }  # fmt: skip


def _report(draws: Draws) -> Made:
    """Mostly the next stretch of the open epoch, as far as time has come."""
    state, now = draws.desk.state, draws.desk.now
    name = draws.one(*list(state.resources), "nope")
    resource = state.resources.get(name)
    network = state.networks[resource.network if resource else "net"]
    begun = network.epoch_started_at
    covered = resource.spans if resource and resource.epoch == network.epoch else ()
    start = draws.often(covered[-1][1] if covered else begun, begun + draws.number(-10, HOUR))
    end = min(start + draws.one(1, 60, 777, HOUR), draws.often(now, now + 60), begun + network.epoch_seconds)
    figures = (draws.one(10_000, 9_999, 0), draws.one(10_000, 1), draws.one(10_000, 5_000))
    last = max((number for _, number in resource.sequences), default=0) if resource else 0
    fields = signed(
        network.id, name, start, end, figures, draws.often(last + 1, 1), draws.one(*["probe"] * 5, "other")
    )  # fmt: skip
    return draws.one(*["probe"] * 6, "alice"), fields


DEPIN_MAKERS: dict[str, Maker] = {
    "depin.add_network": _add,
    "depin.add_attestor": lambda d: ("operator", {**_attestor(d), "public_key": public_key(d.often("probe", "other"))}),
    "depin.remove_attestor": lambda d: (d.often("operator", "bob"), _attestor(d)),
    "depin.fund": lambda d: ("operator", {"network": _network(d), "amount": d.part("FLUX", "operator")}),
    "depin.register_resource": _register,
    "depin.report": _report,
    "depin.close_epoch": lambda d: (d.often("keeper", "bob"), {"network": _network(d)}),
}
DEPIN_OFTEN = ("depin.report",) * 4 + ("depin.close_epoch",) * 2 + ("depin.add_attestor", "depin.remove_attestor")


class DepinGhost:
    """What contribution commands move, from command and receipt alone; mixed into the ghost."""

    def _depin_fund(self: Ghost, c: Fields, result: Fields, before: Fields) -> None:  # type: ignore[misc]
        asset = self.state.networks[c["network"]].asset
        self.move(asset, c["amount"], c["actor"], f"@depin:{c['network']}")

    def rewards(self: Ghost, events: tuple[Fields, ...]) -> None:  # type: ignore[misc]
        """A close: what its events say reached owners and vaults, and that this is what was shared out."""
        closed, *moved = events
        network = closed["network"]
        asset, account = self.state.networks[network].asset, f"@depin:{network}"
        due: Counter[tuple[str, str | None]] = Counter()
        for sign, part in ((1, "rewards"), (-1, "held_back"), (1, "paid_late")):
            for name, amount in closed[part].items():
                resource = self.state.resources[name]
                due[resource.owner, resource.vault] += sign * self.units(asset, amount)
        total = sum(due.values())
        for event in moved:
            share = self.state.vaults[event["vault"]].share
            if event["type"] == "depin.rewards_staked":
                self.move(asset, event["assets"], account, f"@vault:{event['vault']}")
                total -= self.units(asset, event["assets"])
                for owner, shares in event["shares"].items():
                    self.move(share, shares, None, owner)
            else:
                for owner, amount in event["amounts"].items():
                    self.move(asset, amount, account, owner)
                    total -= self.units(asset, amount)
        for (owner, vault), units in due.items():
            if vault is None:
                self.move_units(asset, units, account, owner)
                total -= units
        assert total == 0
