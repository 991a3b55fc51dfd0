"""Ways out of a vault: what they say is what the commands do, now and when the clock is moved on."""

from __future__ import annotations

import random
from typing import Any

import pytest

from holdfast.views.exit_plan import Route, requests, routes
from support import DAY, Desk


def ways(desk: Desk, holder: str, shares: int | None = None) -> dict[str, Route]:
    """Every way out by its kind, at the desk's hand-set second."""
    held = desk.units("vFLUX", holder) if shares is None else shares
    return {one.kind: one for one in routes(desk.state, "FLUX", held, holder, desk.now)}


def run_the_vault(desk: Desk) -> None:
    """What time has made due: unwinds that are ready, then the queue."""
    for request in list(desk.state.unwinds.values()):
        if request.status == "pending" and request.ready_at <= desk.now:
            desk.ok("strategy.complete", "keeper", request=request.id)
    desk.ok("vault.settle", "keeper", vault="FLUX")


def ask_everything_back(desk: Desk) -> None:
    for name in desk.state.strategies:
        free = desk.view("strategies", name, "deployed")
        leaving = desk.view("strategies", name, "unwinding")
        asset = desk.state.assets["FLUX"]
        left = asset.units(free) - asset.units(leaving)
        if left:
            desk.ok("strategy.deallocate", "keeper", strategy=name, amount=asset.text(left))


@pytest.mark.parametrize("seed", range(30))
def test_queue__its_time_is_when_it_can_be_claimed_and_no_second_earlier(seed: int) -> None:
    chance, desk = random.Random(seed), Desk()
    desk.vault(("alice", "1000"), ("bob", "700"), ("carol", "300"))
    for name in ("a", "b", "c"):
        cooldown = chance.choice((0, 1, 3_600, 15 * DAY))
        desk.ok("strategy.add", "operator", vault="FLUX", strategy=name, protocol="P", cap="9000",
                yield_curve=[["0", 500]], cooldown_seconds=cooldown,
                redemption_window_seconds=chance.choice((0, 2 * DAY)))  # fmt: skip
        desk.ok("strategy.allocate", "keeper", vault="FLUX", strategy=name, amount=str(chance.randint(1, 600)))
        if chance.random() < 0.5:
            desk.ok("strategy.deallocate", "keeper", strategy=name, amount="0.5")
        desk.later(chance.choice((0, 1, 3_600)))
    for holder in ("bob", "carol"):
        if chance.random() < 0.7:
            shares = desk.balance("vFLUX", holder)
            desk.ok("vault.request_redeem", holder, vault="FLUX", shares=shares)
    if chance.random() < 0.3:
        desk.send("strategy.report", "oracle", strategy="a", loss="0.7")
    way = ways(desk, "alice")["queue"]
    assert way.possible
    assert way.ready_at is not None
    told = desk.ok("vault.request_redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    assert desk.state.assets["FLUX"].units(told["assets"]) == way.assets
    ask_everything_back(desk)
    due = {one.ready_at for one in desk.state.unwinds.values()} | {way.ready_at - 1, way.ready_at}
    for second in sorted({desk.now, *(at for at in due if desk.now <= at <= way.ready_at)}):
        desk.now = second
        run_the_vault(desk)
        status = desk.state.exits[told["request"]].status
        assert (status == "claimable") == (second >= way.ready_at), (second, way)
    assert desk.state.exits[told["request"]].assets == way.assets
    before = desk.units("FLUX", "alice")
    desk.ok("vault.claim", "alice", request=told["request"])
    assert desk.units("FLUX", "alice") - before == way.assets


def test_wait_for_profit__pays_then_what_it_says() -> None:
    desk = Desk()
    desk.vault(("alice", "1000"), ("bob", "700"), profit_unlock_seconds=7 * DAY)
    desk.reward("77.00000003")
    desk.later(DAY)
    found = ways(desk, "alice")
    now, later = found["instant"], found["wait for profit"]
    assert later.assets > now.assets
    assert later.ready_at is not None
    desk.now = later.ready_at
    told = desk.ok("vault.redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    assert desk.state.assets["FLUX"].units(told["assets"]) == later.assets


def test_part__pays_its_first_part_at_once_and_queues_the_rest() -> None:
    desk = Desk()
    desk.vault(("alice", "1000"), ("bob", "500"))
    desk.reward("3.33333331")
    desk.ok("strategy.add", "operator", vault="FLUX", strategy="s", protocol="P", cap="9000", yield_curve=[["0", 500]])
    desk.ok("strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="1100.00000007")
    way = ways(desk, "alice")["part now, rest queued"]
    figures: dict[str, Any] = way.decided_by[0].figures
    first = desk.ok("vault.redeem", "alice", vault="FLUX", shares=figures["shares"])
    rest = desk.ok("vault.request_redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    units = desk.state.assets["FLUX"].units
    assert first["assets"] == figures["assets"]
    assert units(first["assets"]) + units(rest["assets"]) == way.assets


def test_frozen_receiver__is_paid_nothing_now_and_can_still_queue(desk: Desk) -> None:
    """Each route is possible where its command is applied; once the freeze is lifted the claim pays what was said."""
    desk.vault(("alice", "1000"), ("bob", "500"), profit_unlock_seconds=DAY)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="10")
    desk.ok("vault.settle", "keeper", vault="FLUX")
    desk.reward("5")
    desk.freeze("FLUX", "alice")
    found = ways(desk, "alice")
    assert {kind: one.possible for kind, one in found.items()} == {
        "instant": False, "queue": True, "wait for profit": False, "claim": False,
    }  # fmt: skip
    for one in found.values():
        assert one.ready_at is None
        assert one.decided_by[-1].code == "frozen"
    desk.no("account_frozen", "vault.redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    desk.no("account_frozen", "vault.claim", "alice", request="exit-1")
    queued = desk.ok("vault.request_redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    assert desk.state.assets["FLUX"].units(queued["assets"]) == found["queue"].assets
    desk.freeze("FLUX", "alice", thaw=True)
    (claim,) = [one for one in requests(desk.state, "FLUX", "alice", desk.now) if one.kind == "claim"]
    assert claim.possible
    assert desk.state.assets["FLUX"].units(desk.ok("vault.claim", "alice", request="exit-1")["assets"]) == claim.assets
