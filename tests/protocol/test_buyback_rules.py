"""Buyback and burn, and the treasury (rules 3.7, 3.8)."""

from __future__ import annotations

import pytest

from support import DAY, Desk


@pytest.fixture
def pool(desk: Desk) -> Desk:
    """300 VG to buy with, alice with 1,000 VC."""
    desk.mint("VG", "payer", "10000")
    desk.ok("asset.transfer", "payer", asset="VG", to="sink", amount="10000")
    desk.mint("VC", "alice", "1000")
    return desk


def price(desk: Desk, vg_per_vc: str) -> None:
    desk.ok("buyback.set_price", "oracle", vg_per_vc=vg_per_vc)


@pytest.mark.parametrize("text", ["0", "0.0", "0.000000000000000000"])
def test_set_price__zero__zero_amount(desk: Desk, text: str) -> None:
    desk.no("zero_amount", "buyback.set_price", "oracle", vg_per_vc=text)


@pytest.mark.parametrize("actor", ["operator", "keeper", "alice"])
def test_set_price__no_oracle__not_authorized(desk: Desk, actor: str) -> None:
    desk.no("not_authorized", "buyback.set_price", actor, vg_per_vc="1")


def test_set_price__18_digits_after_the_point__applied_19_not(desk: Desk) -> None:
    desk.no("malformed", "buyback.set_price", "oracle", vg_per_vc="0.0000000000000000001")
    price(desk, "0.000000000000000001")


def test_sell__floor_of_the_product__burned_and_paid_untaxed(pool: Desk) -> None:
    price(pool, "0.333333333333333333")
    result = pool.ok("buyback.sell", "alice", vc="0.000000010")  # 10 units: 3.33 units
    assert result == {"vc": "0.00000001", "paid": "0.000000003"}
    assert pool.units("VG", "alice") == 3
    assert pool.view("supply", "VC") == "999.99999999"


def test_sell__comes_to_less_than_a_unit__zero_assets_and_nothing_burned(pool: Desk) -> None:
    price(pool, "0.333333333333333333")
    pool.no("zero_assets", "buyback.sell", "alice", vc="0.000000003")
    price(pool, "0.333333333333333334")
    assert pool.ok("buyback.sell", "alice", vc="0.000000003")["paid"] == "0.000000001"


def test_sell__price_at_its_greatest_age_and_a_second_older__sold_then_stale(pool: Desk) -> None:
    pool.no("no_price", "buyback.sell", "alice", vc="1")
    price(pool, "2")
    pool.later(DAY)
    assert pool.ok("buyback.sell", "alice", vc="1")["paid"] == "2"
    pool.later(1)
    assert pool.no("stale_price", "buyback.sell", "alice", vc="1") == {"age_seconds": DAY + 1}


def test_sell__bound_met_exactly__applied(pool: Desk) -> None:
    price(pool, "2")
    pool.no("slippage", "buyback.sell", "alice", vc="1", min_vg="2.000000001")
    pool.ok("buyback.sell", "alice", vc="1", min_vg="2")


def test_sell__the_whole_pool__one_unit_more_is_insufficient_liquidity(pool: Desk) -> None:
    price(pool, "0.5")
    pool.no("insufficient_liquidity", "buyback.sell", "alice", vc="600.000000002")
    pool.ok("buyback.sell", "alice", vc="600")
    assert pool.units("VG", "@buyback:VG") == 0


def test_sell__huge_price__insufficient_liquidity_not_an_overflow(pool: Desk) -> None:
    price(pool, "9" * 100)
    pool.no("insufficient_liquidity", "buyback.sell", "alice", vc="1")


def test_sell__decimals_of_both_assets_count() -> None:
    desk = Desk(booster={"asset": "RENDER"}, term={"asset": "CSPR", "minimum_stake": "100"})
    desk.mint("CSPR", "alice", "20000")
    desk.ok("term.stake", "alice", amount="10000")
    desk.mint("RENDER", "alice", "10")
    price(desk, "1.5")
    assert desk.ok("buyback.sell", "alice", vc="1")["paid"] == "1.5"
    assert desk.units("RENDER", "alice") == 9 * 10**8


def test_spend__more_than_there_is__insufficient_balance(pool: Desk) -> None:
    spend = {"asset": "VG", "to": "builder", "memo": "a well"}
    pool.no("insufficient_balance", "treasury.spend", "operator", **spend, amount="200.000000001")
    pool.no("malformed", "treasury.spend", "operator", asset="VG", to="builder", amount="1")
    pool.ok("treasury.spend", "operator", **spend, amount="200")
    assert pool.balance("VG", "builder") == "200"
