"""Leveraged delegation: fair pools, unbonding paid once, claims are covered, liquidating oneself never pays."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.asset import format_units
from support import Desk

MOTES = 10**9
SMALL = {"minimum_delegation": "0"}
DEPOSITS = st.one_of(st.integers(1, 30), st.integers(1, 10**6), st.integers(500 * MOTES, 10**15))


def text(motes: int) -> str:
    return format_units(motes, 9)


def desk_with(**leverage: object) -> Desk:
    desk = Desk(leverage={**SMALL, **leverage})
    desk.lender("100000000")
    return desk


@given(
    st.lists(DEPOSITS, min_size=2, max_size=6),
    st.lists(st.tuples(st.integers(0, 10**13), st.sampled_from([0, 0, 1, 777, 5_000])), max_size=5),
    st.permutations(range(6)),
)
def test_pool__rewards_and_slashes__shared_fairly_to_a_unit_and_paid_in_full(
    deposits: list[int], eras: list[tuple[int, int]], order: list[int]
) -> None:
    desk = desk_with()
    fair: dict[str, Fraction] = {}
    for number, motes in enumerate(deposits):
        desk.open(f"h{number}", text(motes), 1)
        fair[f"h{number}"] = Fraction(motes)
    pool = sum(deposits)
    for reward, slash in eras:
        desk.end_era({"v1": text(reward)}, v1=slash)
        after = pool + reward - (pool + reward) * slash // 10_000
        fair = {holder: due * after / pool if pool else due for holder, due in fair.items()}
        pool = after
    assert desk.units("CSPR", "@delegated:CSPR") == pool
    for holder, due in fair.items():
        position = desk.state.positions[holder]
        validator = desk.state.validators["v1"]
        worth = position.shares * validator.pool_assets // validator.pool_shares
        assert due - 1 < worth <= due
    for number in (place for place in order if place < len(deposits)):
        desk.ok("leverage.request_close_position", f"h{number}")
    assert (desk.units("CSPR", "@delegated:CSPR"), desk.units("CSPR", "@unbonding:CSPR")) == (0, pool)
    desk.eras(7)
    for number in range(len(deposits)):
        desk.ok("leverage.finalize_close_position", f"h{number}")
        desk.no("no_position", "leverage.finalize_close_position", f"h{number}")
        assert abs(desk.units("CSPR", f"h{number}") - fair[f"h{number}"]) <= len(deposits)
    assert sum(desk.units("CSPR", f"h{number}") for number in range(len(deposits))) == pool
    assert desk.units("CSPR", "@unbonding:CSPR") == 0


@given(DEPOSITS, DEPOSITS, st.integers(0, 10**13))
def test_pool__entering_and_leaving__never_profits(first: int, second: int, reward: int) -> None:
    desk = desk_with()
    desk.open("alice", text(first), 1)
    desk.end_era({"v1": text(reward)})
    desk.mint("CSPR", "mallory", text(second))
    receipt = desk.send("leverage.open_position", "mallory", deposit=text(second), leverage=1, validator="v1")
    if receipt.status == "applied":
        desk.ok("leverage.request_close_position", "mallory")
        desk.eras(7)
        desk.ok("leverage.finalize_close_position", "mallory")
    assert desk.units("CSPR", "mallory") <= second
    position, validator = desk.state.positions["alice"], desk.state.validators["v1"]
    assert position.shares * validator.pool_assets // validator.pool_shares >= first + reward


@given(
    DEPOSITS,
    st.integers(2, 5),
    st.integers(0, 10_000),
    st.integers(0, 5_000),
    st.integers(0, 2_000),
    st.integers(0, 10**8),
    st.sampled_from(["mallory", "bob"]),
)
def test_settlement__closed_or_liquidated__adds_up_and_liquidating_oneself_never_pays(
    deposit: int, leverage: int, slash: int, fee_bps: int, rate_bps: int, seconds: int, liquidator: str
) -> None:
    paid: dict[str, int] = {}
    for way in ("closed", "liquidated"):
        desk = desk_with(liquidation_fee_bps=fee_bps, borrow_rate_bps=rate_bps)
        reserve = desk.units("CSPR", "@reserve:CSPR")
        desk.open("mallory", text(deposit), leverage)
        desk.later(seconds)
        desk.end_era(v1=slash)
        if way == "closed":
            desk.ok("leverage.request_close_position", "mallory")
        elif desk.send("leverage.liquidate", liquidator, holder="mallory").status == "rejected":
            return
        proceeds = desk.units("CSPR", "@unbonding:CSPR")
        desk.eras(7)
        desk.ok("leverage.finalize_close_position", "mallory")
        gained = [desk.units("CSPR", account) for account in ("mallory", "bob")]
        repaid = desk.units("CSPR", "@reserve:CSPR") - (reserve - deposit * (leverage - 1))
        assert sum(gained) + repaid == proceeds
        position = desk.state.positions["mallory"]
        owed = repaid + position.bad_debt
        assert owed >= deposit * (leverage - 1)
        assert sum(gained) == 0 or position.bad_debt == 0
        paid[way] = desk.units("CSPR", "mallory")
    assert paid["liquidated"] <= paid["closed"]


@given(st.integers(1, 10**15), st.integers(0, 10_000), st.integers(0, 10**15))
def test_reserve__what_is_available__can_be_lent_and_not_a_mote_more(
    reserve: int, minimum_bps: int, lent_before: int
) -> None:
    desk = Desk(leverage={**SMALL, "minimum_reserve_bps": minimum_bps})
    desk.lender(text(reserve))
    available = reserve - -(-reserve * minimum_bps // 10_000)
    first = min(lent_before, available)
    if first:
        desk.open("first", text(first), 2)
    left = available - first
    desk.mint("CSPR", "alice", text(left + 1))
    open_ = {"leverage": 2, "validator": "v1"}
    desk.no("insufficient_reserve", "leverage.open_position", "alice", deposit=text(left + 1), **open_)
    if left:
        desk.ok("leverage.open_position", "alice", deposit=text(left), **open_)
    liquid, minimum = desk.view("reserve", "liquid"), desk.view("reserve", "minimum")
    assert liquid == minimum or (reserve == left + first and minimum_bps == 0)
