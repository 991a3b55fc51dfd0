"""The most that one can stake, lock and sell: it succeeds, one base unit more is refused, and nothing ever fails."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.protocol import term_limits
from support import DAY, Desk

UNIT = 10**9


def text(units: int) -> str:
    whole, part = divmod(units, UNIT)
    return f"{whole}.{part:09}".rstrip("0").rstrip(".")


def funded(vg: int, vc: int = 0, **tables: Any) -> Desk:
    desk = Desk(**tables)
    for asset, units in (("VG", vg), ("VC", vc)):
        if units:
            desk.ok("asset.mint", "operator", asset=asset, to="alice", amount=text(units))
    return desk


@pytest.mark.parametrize("tax_bps", [0, 1, 1_000, 3_333, 10_000])
@pytest.mark.parametrize("more", [0, 1, 7, 9, 10, 11, 123_456_789])
def test_max_stake__succeeds_and_one_unit_more_is_refused(tax_bps: int, more: int) -> None:
    desk = funded(1_100 * UNIT + more, term={"tax_bps": tax_bps})
    most = term_limits.max_stake(desk.state, "alice")
    assert most > 0
    desk.no("insufficient_balance", "term.stake", "alice", amount=text(most + 1))
    desk.ok("term.stake", "alice", amount=text(most))
    assert desk.state.book.balance("VG", "alice") <= 1


def test_max_stake__the_tax_lies_on_top() -> None:
    assert term_limits.max_stake(funded(1_100 * UNIT).state, "alice") == 1_000 * UNIT


def test_max_stake__nothing_where_it_would_be_refused() -> None:
    assert term_limits.max_stake(funded(110 * UNIT).state, "alice") == 100 * UNIT
    assert term_limits.max_stake(funded(110 * UNIT - 1).state, "alice") == 0
    desk = funded(5_000 * UNIT)
    assert term_limits.max_stake(desk.state, "nobody") == 0
    assert term_limits.max_stake(desk.state, "@term:VG") == 0
    desk.ok("asset.set_authorized", "operator", asset="VG", account="alice", authorized=False)
    assert term_limits.max_stake(desk.state, "alice") == 0
    desk.no("account_frozen", "term.stake", "alice", amount="1000")


def test_max_boosters() -> None:
    desk = funded(1, 2_500_000 * UNIT)
    assert term_limits.max_boosters(desk.state, "alice") == 2
    desk.ok("booster.stake", "alice")
    desk.ok("booster.stake", "alice")
    assert term_limits.max_boosters(desk.state, "alice") == 0
    desk.no("insufficient_balance", "booster.stake", "alice")


@pytest.mark.parametrize("price", ["0.01", "3", "0.000000001", "0.333333333333333333", "1000000"])
def test_max_sell__the_holder_the_pool_and_the_price(price: str) -> None:
    desk = funded(20_000 * UNIT, 3_000_000 * UNIT)
    assert term_limits.max_sell(desk.state, "alice", desk.now) == 0  # no price
    desk.ok("buyback.set_price", "oracle", vg_per_vc=price)
    assert term_limits.max_sell(desk.state, "alice", desk.now) == 0  # an empty pool
    desk.ok("term.stake", "alice", amount="10000")  # its tax gives the pool 300 VG
    most = term_limits.max_sell(desk.state, "alice", desk.now)
    held = desk.state.book.balance("VC", "alice")
    assert 0 < most <= held
    desk.no("insufficient_balance" if most == held else "insufficient_liquidity", "buyback.sell", "alice",
            vc=text(most + 1))  # fmt: skip
    desk.ok("buyback.sell", "alice", vc=text(most))


def test_max_sell__nothing_at_an_old_price_or_frozen() -> None:
    desk = funded(20_000 * UNIT, 3_000_000 * UNIT)
    desk.ok("buyback.set_price", "oracle", vg_per_vc="0.01")
    desk.ok("term.stake", "alice", amount="10000")
    assert term_limits.max_sell(desk.state, "alice", desk.now + DAY) > 0
    assert term_limits.max_sell(desk.state, "alice", desk.now + DAY + 1) == 0
    desk.ok("asset.set_authorized", "operator", asset="VG", account="alice", authorized=False)
    assert term_limits.max_sell(desk.state, "alice", desk.now) == 0
