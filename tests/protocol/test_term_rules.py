"""Term staking: stake, unstake, reinvest (rules 3.2, 3.3). Periods stand in properties/test_term_period.py."""

from __future__ import annotations

import pytest

from holdfast.engine.genesis import STANDARD_ASSETS, Genesis, GenesisAsset
from support import DAY, Desk


def staked(desk: Desk, holder: str, amount: str, **more: str) -> dict[str, object]:
    desk.mint("VG", holder, "200000")
    return desk.ok("term.stake", holder, amount=amount, **more)


def split(desk: Desk) -> list[str]:
    return [desk.balance("VG", account) for account in ("@fees:VG", "@buyback:VG", "@treasury:VG")]


def test_stake__below_100__refused_100_applied(desk: Desk) -> None:
    desk.mint("VG", "alice", "110")
    desk.no("below_minimum_stake", "term.stake", "alice", amount="99.999999999")
    desk.no("below_minimum_stake", "term.stake", "alice", amount="0")
    assert desk.ok("term.stake", "alice", amount="100")["period_days"] == 180


def test_stake__amount_there_but_not_the_tax__insufficient_balance(desk: Desk) -> None:
    desk.mint("VG", "alice", "1099.999999999")
    details = desk.no("insufficient_balance", "term.stake", "alice", amount="1000")
    assert details["needed"] == "1100"
    desk.mint("VG", "alice", "0.000000001")
    desk.ok("term.stake", "alice", amount="1000")
    assert desk.balance("VG", "alice") == "0"
    assert split(desk) == ["50", "30", "20"]


def test_stake__tax_of_a_fraction__is_floored(desk: Desk) -> None:
    result = staked(desk, "alice", "100.000000009")
    assert result["tax"] == "10"
    assert staked(desk, "alice", "100.00000001")["tax"] == "10.000000001"


def test_stake__9999_and_10000__only_the_latter_reinvests(desk: Desk) -> None:
    assert staked(desk, "alice", "9999.999999999")["auto_reinvest"] is False
    assert desk.view("stakes", "vg-1", "withdraw_amount") == "9999.999999999"
    assert staked(desk, "alice", "10000")["auto_reinvest"] is True
    stake = desk.view("stakes", "vg-2")
    assert (stake["reinvest_amount"], stake["withdraw_amount"], stake["period_days"]) == ("7000", "3000", 63)


def test_stake__reinvestment_of_a_half__rounded_up(desk: Desk) -> None:
    staked(desk, "alice", "10000.000000005")  # 70 % are 7000.0000000035
    stake = desk.view("stakes", "vg-1")
    assert (stake["reinvest_amount"], stake["withdraw_amount"]) == ("7000.000000004", "3000.000000001")


def test_stake__with_a_booster__used_bound_and_shorter(desk: Desk) -> None:
    desk.mint("VC", "alice", "1000000")
    desk.ok("booster.stake", "alice")
    result = staked(desk, "alice", "5000", booster="booster-1")
    assert result["period_days"] == 101
    assert desk.view("boosters", "booster-1") == {"owner": "alice", "status": "used", "stake": "vg-1"}
    desk.no("booster_not_active", "term.stake", "alice", amount="5000", booster="booster-1")


def test_stake__many_of_one_holder__numbered_over_the_desk(desk: Desk) -> None:
    names = [staked(desk, holder, "100")["stake"] for holder in ("alice", "bob", "alice")]
    assert names == ["vg-1", "vg-2", "vg-3"]
    pool = desk.view("term_pool")
    assert (pool["total_staked"], pool["active_stakes"], pool["stakers"]) == ("300", 3, 2)


def test_stake__desk_whose_term_asset_has_18_decimals__works() -> None:
    others = tuple(asset for asset in STANDARD_ASSETS if asset.code != "VG")
    desk = Desk(Genesis(assets=(GenesisAsset("VG", 18), *others)))
    desk.mint("VG", "alice", "16500")
    assert desk.ok("term.stake", "alice", amount="15000")["period_days"] == 61


def test_unstake__a_second_early__not_matured_then_paid(desk: Desk) -> None:
    result = staked(desk, "alice", "1000")
    desk.later(153 * DAY - 1)
    details = desk.no("not_matured", "term.unstake", "alice", stake="vg-1")
    assert details["unlocks_at"] == result["unlocks_at"] == "2026-06-03T00:00:00Z"
    assert desk.view("stakes", "vg-1", "status") == "locked"
    desk.later(1)
    before = desk.units("VG", "alice")
    assert desk.ok("term.unstake", "alice", stake="vg-1") == {"stake": "vg-1", "paid": "900", "tax": "100"}
    assert desk.units("VG", "alice") - before == 900 * 10**9
    assert desk.view("stakes", "vg-1", "status") == "unstaked"
    assert split(desk) == ["100", "60", "40"]


def test_unstake__twice__already_unstaked_and_paid_once(desk: Desk) -> None:
    staked(desk, "alice", "1000")
    desk.later(153 * DAY)
    desk.ok("term.unstake", "alice", stake="vg-1")
    desk.no("already_unstaked", "term.unstake", "alice", stake="vg-1")
    desk.no("already_unstaked", "term.unstake", "keeper", stake="vg-1")


def test_unstake__large__reinvests_untaxed_until_it_is_small(desk: Desk) -> None:
    staked(desk, "alice", "15000")
    desk.later(61 * DAY)
    first = desk.ok("term.unstake", "alice", stake="vg-1")
    assert (first["paid"], first["tax"], first["reinvested_stake"]) == ("4050", "450", "vg-2")
    second = desk.view("stakes", "vg-2")
    assert (second["amount"], second["auto_reinvest"], second["period_days"], second["booster"]) == (
        "10500", True, 63, None,
    )  # fmt: skip
    desk.later(63 * DAY)
    desk.ok("term.unstake", "alice", stake="vg-2")
    third = desk.view("stakes", "vg-3")
    assert (third["amount"], third["auto_reinvest"], third["period_days"]) == ("7350", False, 130)
    assert desk.view("term_pool", "total_staked") == "7350"


def test_unstake__boosted__the_new_stake_has_no_booster(desk: Desk) -> None:
    desk.mint("VC", "alice", "1000000")
    desk.ok("booster.stake", "alice")
    assert staked(desk, "alice", "15000", booster="booster-1")["period_days"] == 46
    desk.later(46 * DAY)
    desk.ok("term.unstake", "alice", stake="vg-1")
    assert (desk.view("stakes", "vg-2", "booster"), desk.view("stakes", "vg-2", "period_days")) == (None, 63)
    assert desk.view("boosters", "booster-1", "stake") == "vg-1"


def test_unstake__by_a_keeper__pays_the_owner(desk: Desk) -> None:
    staked(desk, "alice", "1000")
    desk.later(153 * DAY)
    desk.no("not_authorized", "term.unstake", "bob", stake="vg-1")
    desk.no("not_authorized", "term.unstake", "operator", stake="vg-1")
    desk.ok("term.unstake", "keeper", stake="vg-1")
    assert desk.units("VG", "keeper") == 0


def test_unstake__keepers_switched_off__not_authorized() -> None:
    desk = Desk(term={"keeper_unstakes": False})
    staked(desk, "alice", "1000")
    desk.later(153 * DAY)
    desk.no("not_authorized", "term.unstake", "keeper", stake="vg-1")
    desk.ok("term.unstake", "alice", stake="vg-1")


def test_unstake__frozen_owner__waits_and_loses_nothing(desk: Desk) -> None:
    staked(desk, "alice", "1000")
    desk.freeze("VG", "alice")
    desk.later(200 * DAY)
    desk.no("account_frozen", "term.unstake", "alice", stake="vg-1")
    desk.no("account_frozen", "term.unstake", "keeper", stake="vg-1")
    desk.freeze("VG", "alice", thaw=True)
    assert desk.ok("term.unstake", "alice", stake="vg-1")["paid"] == "900"


def test_unstake__everything_reinvested_by_a_frozen_owner__no_posting_touches_him() -> None:
    desk = Desk(term={"reinvest_bps": 10_000})
    staked(desk, "alice", "10000")
    desk.freeze("VG", "alice")
    desk.later(63 * DAY)
    result = desk.ok("term.unstake", "alice", stake="vg-1")
    assert (result["paid"], result["tax"], result["reinvested_stake"]) == ("0", "0", "vg-2")


@pytest.mark.parametrize(("days", "due"), [(152, []), (153, ["vg-1"]), (200, ["vg-1", "vg-2"])])
def test_maturities__found_in_order_of_time(desk: Desk, days: int, due: list[str]) -> None:
    staked(desk, "alice", "1000")
    staked(desk, "alice", "100")
    desk.later(days * DAY)
    assert desk.state.indexes.maturities.due(desk.now) == due
    assert desk.state.indexes.maturities.due(desk.now, 1) == due[:1]
