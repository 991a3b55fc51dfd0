"""Era records of every shape, the reward model's properties, and the real era 7723 computed again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from casper_samples import ANNA, BERT, CARL, DORA, EMIL, PURSE, envelope, era_summary, paid, real, state_v1, text
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from holdfast.errors import Malformed
from holdfast.networks.casper.auction import parse_auction, read_auction
from holdfast.networks.casper.records import Auction, Delegation, Validator
from holdfast.networks.casper.rewards import (
    EraInfo,
    Reward,
    by_pair,
    delegators_by_validator,
    era_rewards,
    parse_era_info,
    read_era_info,
    reproduce,
    stakes_before,
)

MOTES = st.integers(min_value=0, max_value=2**200)
PERCENT = st.integers(min_value=0, max_value=100)


@st.composite
def validators(draw: st.DrawFn) -> Validator:
    stakes = draw(st.lists(st.tuples(MOTES, st.none() | PERCENT), max_size=8))
    delegations = tuple(Delegation(f"d{i}", stake, rate) for i, (stake, rate) in enumerate(stakes))
    return Validator("v", draw(MOTES), draw(PERCENT), active=True, delegations=delegations)


# --- reading ----------------------------------------------------------------------------------------------------

ALLOCATIONS = (
    paid(ANNA, 7, DORA),
    paid(ANNA, 5, purse=PURSE),
    paid(ANNA, 90),
    paid(ANNA, 2, DORA),
    paid(BERT, 3, EMIL),
)


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"era_summary": s}, lambda s: envelope("era_summary", s)])
def test_parse_era_info__every_wrapping__is_the_same(wrap: Any) -> None:
    info = parse_era_info(text(wrap(era_summary(*ALLOCATIONS))))
    assert (info.era, info.total) == (5, 107)
    assert info.rewards[:3] == (Reward(ANNA, DORA, 7), Reward(ANNA, f"purse-{PURSE}", 5), Reward(ANNA, None, 90))


def test_by_pair__a_pair_listed_twice__is_added_up() -> None:
    info = parse_era_info(text(era_summary(*ALLOCATIONS)))
    assert by_pair(info) == {
        (ANNA, DORA): 9,
        (ANNA, f"purse-{PURSE}"): 5,
        (ANNA, None): 90,
        (BERT, EMIL): 3,
    }


def test_delegators_by_validator__validator_without_delegators__has_nothing() -> None:
    info = EraInfo(1, (Reward(CARL, None, 4), Reward(ANNA, DORA, 7), Reward(ANNA, None, 1), Reward(ANNA, EMIL, 2)))
    assert delegators_by_validator(info) == {CARL: 0, ANNA: 9}


BAD: list[tuple[dict[str, Any], str]] = [
    (paid(ANNA, -1), "[0].Validator.amount"),
    (paid(ANNA, 1, "xyz"), "[0].Delegator.delegator_public_key"),
    (paid(ANNA, 1, purse="xyz"), "[0].DelegatorKind.delegator_kind.Purse"),
    ({}, "[0]"),
    (paid(ANNA, 1) | paid(ANNA, 1, DORA), "[0]"),
    ({"Someone": {}}, "[0]"),
    (
        {"DelegatorKind": {"delegator_kind": {}, "validator_public_key": ANNA, "amount": "1"}},
        "[0].DelegatorKind.delegator_kind",
    ),
]


@pytest.mark.parametrize(("allocation", "field"), BAD)
def test_parse_era_info__bad_allocation__is_named(allocation: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_era_info(text({"era_summary": era_summary(allocation)}), "e.json")
    where = f"$.era_summary.stored_value.EraInfo.seigniorage_allocations{field}"
    assert caught.value.details == {"file": "e.json", "field": where}


def test_parse_era_info__block_that_ends_no_era__is_refused() -> None:
    with pytest.raises(Malformed, match=r"\$\.result\.era_summary: Expected `object`, got `null`"):
        parse_era_info(text(envelope("era_summary", None)))


# --- the model --------------------------------------------------------------------------------------------------


def test_era_rewards__worked_example__floors_delegators_and_gives_the_rest() -> None:
    stakes = Validator("v", 1_000, 10, active=True, delegations=(Delegation("a", 300), Delegation("b", 200, 4)))
    # S = 1,500; a: 101 * 90 * 300 / 150,000 = 18.18; b, at its reserved 4 %: 101 * 96 * 200 / 150,000 = 12.928
    assert era_rewards(stakes, 101) == (Reward("v", "a", 18), Reward("v", "b", 12), Reward("v", None, 71))


def test_era_rewards__no_stake_at_all__is_the_validators() -> None:
    stakes = Validator("v", 0, 10, active=True, delegations=(Delegation("a", 0),))
    assert era_rewards(stakes, 9) == (Reward("v", None, 9),)


@given(validators(), MOTES)
def test_era_rewards__any_stakes__sum_to_the_reward(stakes: Validator, reward: int) -> None:
    shares = era_rewards(stakes, reward)
    assert sum(share.amount for share in shares) == reward
    assert all(share.amount >= 0 for share in shares)


@given(validators(), MOTES)
def test_era_rewards__any_stakes__no_delegator_gets_more_than_pro_rata_nor_a_mote_less_than_due(
    stakes: Validator, reward: int
) -> None:
    total, delegated = stakes.total_stake, sum(d.stake for d in stakes.delegations)
    for share, delegation in zip(era_rewards(stakes, reward), stakes.delegations, strict=False):
        if not delegated:
            assert share.amount == 0 or share.delegator is None
            continue
        rate = stakes.commission_percent if delegation.commission_percent is None else delegation.commission_percent
        pro_rata = Fraction(reward) * Fraction(delegated, total) * Fraction(delegation.stake, delegated)
        due = pro_rata * Fraction(100 - rate, 100)
        assert share.amount <= pro_rata
        assert 0 <= due - share.amount < 1


@given(validators(), MOTES)
def test_era_rewards__validator__gets_at_least_its_own_part(stakes: Validator, reward: int) -> None:
    own = era_rewards(stakes, reward)[-1]
    assert own.delegator is None
    assert own.amount * max(stakes.total_stake, 1) >= reward * stakes.stake


def test_stakes_before__reward_above_half_the_stake__stops_at_nothing() -> None:
    present = Validator("v", 5, 0, active=True, delegations=(Delegation("a", 100), Delegation("b", 3)))
    before = stakes_before(present, {("v", None): 9, ("v", "a"): 10, ("v", "b"): 2})
    assert (before.stake, [d.stake for d in before.delegations]) == (0, [80, 0])


@given(validators(), MOTES)
def test_reproduce__rewards_made_by_the_model__are_all_exact(earlier: Validator, reward: int) -> None:
    shares = era_rewards(earlier, reward)
    earned = {share.delegator: 2 * share.amount for share in shares}
    present = structs.replace(
        earlier,
        stake=earlier.stake + earned[None],
        delegations=tuple(structs.replace(d, stake=d.stake + earned.get(d.delegator, 0)) for d in earlier.delegations),
    )
    report = reproduce(Auction(7, 1, (present,), ()), EraInfo(5, shares))
    assert report.compared == report.exact == report.within_one_mote == len(shares) - 1


def test_reproduce__delegation_gone_since__counts_as_not_reproduced() -> None:
    auction = parse_auction(text(state_v1()))
    report = reproduce(auction, EraInfo(5, (Reward(CARL, DORA, 1), Reward(CARL, None, 1))))
    assert (report.compared, report.within_one_mote) == (1, 0)


# --- the real ones ----------------------------------------------------------------------------------------------


def test_reproduce__real_era_7723__meets_7463_of_7713_delegators_within_one_mote() -> None:
    auction = read_auction(real("auction_info_era7724_v1.json.gz"))
    info = read_era_info(real("era_info_7723_v1.json.gz"))
    assert (info.era, info.total) == (7723, 5_684_371_219_467)
    report = reproduce(auction, info)
    assert (report.compared, report.validators) == (7_713, 100)
    assert report.within_one_mote == 7_463
    assert report.exact == 7_342


def test_read_era_info__real_era_1835__has_the_known_total() -> None:
    info = read_era_info(real("era_info_1835_mainnet.json.gz"))
    assert (info.era, len(info.rewards), info.total) == (1835, 2_530, 179_303_822_852_867)


def test_read_era_info__real_v2_summary__adds_up_repeated_pairs_and_names_purses() -> None:
    info = read_era_info(real("era_summary_v2_delegator_kind_purse.json"))
    pairs = by_pair(info)
    assert (info.era, len(info.rewards), len(pairs)) == (14926, 30, 15)
    assert sum(pairs.values()) == info.total
    assert sum((delegator or "").startswith("purse-") for _, delegator in pairs) == 2
