"""Boosters (rules 3.5)."""

from __future__ import annotations

from support import DAY, Desk


def boosted(desk: Desk, holder: str = "alice") -> None:
    desk.mint("VC", holder, "1000000")
    desk.ok("booster.stake", holder)


def test_stake__one_unit_short__insufficient_balance(desk: Desk) -> None:
    desk.mint("VC", "alice", "999999.999999999")
    desk.no("insufficient_balance", "booster.stake", "alice")
    desk.mint("VC", "alice", "0.000000001")
    result = desk.ok("booster.stake", "alice")
    assert result == {"stake": "vc-1", "booster": "booster-1", "unlocks_at": "2026-04-01T00:00:00Z"}
    assert (desk.balance("VC", "@boosters:VC"), desk.balance("VC", "alice")) == ("1000000", "0")


def test_unstake__a_second_early__not_matured_then_untaxed_and_expired(desk: Desk) -> None:
    boosted(desk)
    desk.later(90 * DAY - 1)
    desk.no("not_matured", "booster.unstake", "alice", stake="vc-1")
    desk.later(1)
    desk.no("not_authorized", "booster.unstake", "keeper", stake="vc-1")
    assert desk.ok("booster.unstake", "alice", stake="vc-1")["paid"] == "1000000"
    assert desk.view("boosters", "booster-1", "status") == "expired"
    desk.no("already_unstaked", "booster.unstake", "alice", stake="vc-1")
    desk.no("booster_not_active", "booster.transfer", "alice", booster="booster-1", to="bob")


def test_unstake__used_booster__stays_used(desk: Desk) -> None:
    boosted(desk)
    desk.mint("VG", "alice", "110")
    desk.ok("term.stake", "alice", amount="100", booster="booster-1")
    desk.later(90 * DAY)
    desk.ok("booster.unstake", "alice", stake="vc-1")
    assert desk.view("boosters", "booster-1", "status") == "used"


def test_unstake__booster_sold_on__stays_good_for_its_buyer(desk: Desk) -> None:
    boosted(desk)
    desk.ok("booster.transfer", "alice", booster="booster-1", to="bob")
    desk.later(90 * DAY)
    desk.no("not_authorized", "booster.unstake", "bob", stake="vc-1")
    desk.ok("booster.unstake", "alice", stake="vc-1")
    desk.mint("VG", "bob", "110")
    assert desk.ok("term.stake", "bob", amount="100", booster="booster-1")["period_days"] == 135


def test_unstake__booster_sold_and_bought_back__expires(desk: Desk) -> None:
    boosted(desk)
    desk.ok("booster.transfer", "alice", booster="booster-1", to="bob")
    desk.ok("booster.transfer", "bob", booster="booster-1", to="alice")
    desk.later(90 * DAY)
    desk.ok("booster.unstake", "alice", stake="vc-1")
    assert desk.view("boosters", "booster-1", "status") == "expired"


def test_unstake__ones_own_stake_with_anothers_booster_held__only_its_own_expires(desk: Desk) -> None:
    boosted(desk)
    boosted(desk, "bob")
    desk.ok("booster.transfer", "alice", booster="booster-1", to="bob")
    desk.later(90 * DAY)
    desk.ok("booster.unstake", "bob", stake="vc-2")
    assert [desk.view("boosters", name, "status") for name in ("booster-1", "booster-2")] == ["active", "expired"]


def test_transfer__a_used_one__booster_not_active(desk: Desk) -> None:
    boosted(desk)
    desk.mint("VG", "alice", "110")
    desk.ok("term.stake", "alice", amount="100", booster="booster-1")
    desk.no("booster_not_active", "booster.transfer", "alice", booster="booster-1", to="bob")
