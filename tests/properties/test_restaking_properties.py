"""Promises with assets deployed: nothing is lost on the way, the price falls by losses alone, exits are one's own."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.asset import format_units
from holdfast.protocol import vault_limits
from holdfast.protocol.liquid_vault import totals
from holdfast.protocol.strategies import deployed_in
from holdfast.wire import codec
from support import DAY, Desk

UNITS = st.one_of(st.integers(1, 50), st.integers(1, 10**10))
HOLDERS = ("alice", "bob", "carol")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["allocate", "deallocate", "complete", "gain", "loss", "plan", "rebalance", "time"]), UNITS
    ),
    max_size=12,
)
EXITS = ("vault.withdraw", "vault.redeem", "vault.request_redeem", "vault.deposit", "vault.mint")
FIELDS = {"vault.withdraw": "assets", "vault.deposit": "assets"}


def text(units: int) -> str:
    return format_units(units, 8)


def opened(deposits: list[int], unlock: int) -> Desk:
    """A vault with two strategies, one of them with a cooldown and a window, and the holders' deposits."""
    desk = Desk()
    desk.vault(profit_unlock_seconds=unlock)
    common = {"vault": "FLUX", "protocol": "P", "cap": "1000", "yield_curve": [["0", 800], ["10", 300]]}
    desk.ok("strategy.add", "operator", **common, strategy="s", cooldown_seconds=DAY, redemption_window_seconds=DAY)
    desk.ok("strategy.add", "operator", **common, strategy="t")
    for holder, units in zip(HOLDERS, deposits, strict=False):
        desk.deposit(holder, text(units))
    return desk


def run(desk: Desk, steps: list[tuple[str, int]]) -> int:
    """Operators, keepers and the oracle at work; gains less losses in base units."""
    change = 0
    for place, (what, units) in enumerate(steps):
        name = "st"[place % 2]
        held = deployed_in(desk.state, desk.state.strategies[name])
        if what == "allocate":
            desk.send("strategy.allocate", "keeper", vault="FLUX", strategy=name, amount=text(units))
        elif what == "deallocate":
            desk.send("strategy.deallocate", "keeper", strategy=name, amount=text(min(units, held)))
        elif what == "complete":
            for request in list(desk.state.unwinds):
                desk.send("strategy.complete", "keeper", request=request)
        elif what == "gain":
            desk.ok("strategy.report", "oracle", strategy=name, gain=text(units))
            change += units
        elif what == "loss" and held:
            desk.ok("strategy.report", "oracle", strategy=name, loss=text(min(units, held)))
            change -= min(units, held)
        elif what == "plan":
            desk.ok("portfolio.plan", "keeper", vault="FLUX", buffer_bps=units % 10_001)
        elif what == "rebalance":
            desk.send("portfolio.rebalance", "keeper", vault="FLUX")
        elif what == "time":
            desk.later(units % (3 * DAY))
    desk.check()
    return change


def bring_back(desk: Desk) -> None:
    """Everything comes home: what is on its way, then the rest."""
    for request in list(desk.state.unwinds):
        desk.later(0 if desk.state.unwinds[request].status != "pending" else DAY)
        desk.send("strategy.complete", "keeper", request=request)
    for name in "st":
        held = deployed_in(desk.state, desk.state.strategies[name])
        if held:
            request = desk.ok("strategy.deallocate", "keeper", strategy=name, amount=text(held))["request"]
            desk.later(DAY)
            desk.ok("strategy.complete", "keeper", request=request)


def price(desk: Desk) -> tuple[int, int]:
    found = totals(desk.state, desk.state.vaults["FLUX"], desk.now)
    return found.assets, found.shares


@given(st.lists(UNITS, min_size=1, max_size=3), st.sampled_from([0, DAY]), STEPS)
def test_restaking__from_deposit_to_the_last_exit__every_unit_is_accounted_for(
    deposits: list[int], unlock: int, steps: list[tuple[str, int]]
) -> None:
    """Deposit, deploy, gain, lose, unwind, leave: the holders and the treasury have what went in and was gained."""
    desk = opened(deposits, unlock)
    change = run(desk, steps)
    bring_back(desk)
    desk.later(2 * DAY)
    for holder in HOLDERS:
        shares = desk.units("vFLUX", holder)
        if shares:
            desk.send("vault.redeem", holder, vault="FLUX", shares=text(shares))
    paid = sum(desk.units("FLUX", holder) for holder in HOLDERS)
    left = desk.units("FLUX", "@treasury:FLUX") + desk.units("FLUX", "@vault:FLUX")
    assert paid + left == sum(deposits) + change
    assert desk.units("FLUX", "@strategy:s") == desk.units("FLUX", "@strategy:t") == 0
    if not desk.state.book.supply("vFLUX"):
        assert desk.units("FLUX", "@vault:FLUX") == 0
    desk.check()


@given(
    st.lists(UNITS, min_size=2, max_size=3),
    STEPS,
    st.lists(st.tuples(st.sampled_from(EXITS), st.sampled_from(HOLDERS), UNITS), max_size=8),
)
def test_restaking__any_user_operation_with_assets_deployed__the_price_never_falls(
    deposits: list[int], steps: list[tuple[str, int]], operations: list[tuple[str, str, int]]
) -> None:
    desk = opened(deposits, DAY)
    run(desk, steps)
    for kind, holder, units in operations:
        desk.mint("FLUX", holder, text(units))
        (a, s) = price(desk)
        desk.send(kind, holder, vault="FLUX", **{FIELDS.get(kind, "shares"): text(units)})
        after_a, after_s = price(desk)
        assert after_s == 0 or (after_a + 1) * (s + 1) >= (a + 1) * (after_s + 1)


@given(st.lists(UNITS, min_size=2, max_size=3), STEPS, st.lists(UNITS, min_size=1, max_size=5), STEPS)
def test_restaking__exits_queued_while_assets_are_deployed__never_paid_out_of_anothers(
    deposits: list[int], steps: list[tuple[str, int]], requests: list[int], later: list[tuple[str, int]]
) -> None:
    desk = opened(deposits, 0)
    run(desk, steps)
    for place, units in enumerate(requests):
        desk.send("vault.request_redeem", HOLDERS[place % 3], vault="FLUX", shares=text(units))
    quotes = {exit_.id: exit_.assets for exit_ in desk.state.exits.values()}
    desk.ok("vault.settle", "keeper", vault="FLUX")
    run(desk, later)
    (a, s) = price(desk)
    desk.ok("vault.settle", "keeper", vault="FLUX")
    after_a, after_s = price(desk)
    assert after_s == 0 or (after_a + 1) * (s + 1) >= (a + 1) * (after_s + 1)
    aside = {e.id: e.assets for e in desk.state.exits.values() if e.status == "claimable"}
    assert desk.units("FLUX", "@exits:FLUX") == sum(aside.values())
    run(desk, later)
    for name, assets in aside.items():
        exit_ = desk.state.exits[name]
        before = desk.units("FLUX", exit_.receiver)
        desk.ok("vault.claim", exit_.owner, request=name)
        assert desk.units("FLUX", exit_.receiver) - before == assets <= quotes[name]
    assert desk.units("FLUX", "@exits:FLUX") == 0


@given(st.lists(UNITS, min_size=1, max_size=3), STEPS, st.sampled_from(HOLDERS))
def test_restaking__max_withdraw_and_max_redeem__succeed_and_one_unit_more_is_refused(
    deposits: list[int], steps: list[tuple[str, int]], holder: str
) -> None:
    desk = opened(deposits, DAY)
    run(desk, steps)
    limits: list[tuple[str, str, Any]] = [
        ("vault.withdraw", "assets", vault_limits.max_withdraw),
        ("vault.redeem", "shares", vault_limits.max_redeem),
    ]
    for kind, field, limit in limits:
        most = limit(desk.state, "FLUX", holder, desk.now)
        for units, applied in ((most, most > 0), (most + 1, False)):
            command = desk.fields(kind, holder, vault="FLUX", **{field: text(units)})
            preview = desk.service.preview(*codec.decode(command))
            assert (preview.status == "applied") == applied, (kind, units, preview.error)
