"""The built-in devnet: deterministic, exact, conserving, and refusing what it does not know."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Malformed
from holdfast.networks.cspr import cspr_motes
from holdfast.networks.devnet import (
    Devnet,
    DevnetValidator,
    builtin_devnet,
    era_reward,
    make_devnet,
    next_era,
    register_commands,
    run_eras,
    stakes_after,
)
from holdfast.primitives.clock import YEAR, parse_instant

CSPR = 10**9
MOTES = st.integers(min_value=0, max_value=2**128)
BPS = st.integers(min_value=0, max_value=10_000)


def small(rate_bps: int = 1_000, era_seconds: int = 7_200) -> Devnet:
    pair = (DevnetValidator("v1", 1_000 * CSPR, 1_000), DevnetValidator("v2", 0, 0))
    return make_devnet(pair, rate_bps=rate_bps, era_seconds=era_seconds)


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("validator", "field"),
    [
        (DevnetValidator("", 1, 0), "name"),
        (DevnetValidator("@v", 1, 0), "name"),
        (DevnetValidator("v1", 1, 0), "name"),
        (DevnetValidator("v9", -1, 0), "stake"),
        (DevnetValidator("v9", 1, -1), "commission_bps"),
        (DevnetValidator("v9", 1, 10_001), "commission_bps"),
    ],
)
def test_make_devnet__bad_validator__names_the_field(validator: DevnetValidator, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        make_devnet((DevnetValidator("v1", 1, 0), validator), rate_bps=1)
    assert caught.value.details["field"] == field


@pytest.mark.parametrize("field", ["rate_bps", "era_seconds", "era", "at"])
def test_make_devnet__negative_setting__names_the_field(field: str) -> None:
    settings = {"rate_bps": 1, field: -1}
    with pytest.raises(Malformed) as caught:
        make_devnet((), **settings)
    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("stakes", "slashes", "field"),
    [
        ({"v9": 1}, {}, "stakes"),
        ({"v1": -1}, {}, "stakes"),
        ({}, {"v9": 1}, "slashes"),
        ({}, {"v1": 10_001}, "slashes"),
        ({}, {"v1": -1}, "slashes"),
    ],
)
def test_next_era__unknown_or_out_of_range__names_the_field(
    stakes: dict[str, int], slashes: dict[str, int], field: str
) -> None:
    with pytest.raises(Malformed) as caught:
        next_era(small(), stakes, slashes)
    assert caught.value.details["field"] == field


# --- commands ---------------------------------------------------------------------------------------------------


def test_register_commands__builtin__are_four_validators() -> None:
    commands = list(register_commands(builtin_devnet(at=parse_instant("2026-01-01T00:00:00Z"))))
    assert len(commands) == 4
    assert commands[0] == {
        "id": "devnet-register-devnet-anchor",
        "at": "2026-01-01T00:00:00Z",
        "actor": "operator",
        "type": "validator.register",
        "validator": "devnet-anchor",
        "commission_bps": 500,
    }


def test_next_era__one_year_long_era__pays_the_stated_rate_less_commission() -> None:
    after, command = next_era(small(era_seconds=YEAR), {"v2": 50 * CSPR, "v1": 500 * CSPR})
    assert command == {
        "id": "devnet-end-era-1",
        "at": "1971-01-01T00:00:00Z",
        "actor": "oracle",
        "type": "network.end_era",
        "era": 1,
        "rewards": {"v1": "45", "v2": "5"},  # 10 % of 500 less a tenth; 10 % of 50
    }
    assert list(command["rewards"]) == ["v1", "v2"]
    assert (after.era, after.at) == (1, YEAR)
    # own 10 % of 1,000 and the commission of 5
    assert [validator.stake for validator in after.validators] == [1_105 * CSPR, 0]


def test_next_era__nothing_delegated__reports_no_rewards() -> None:
    _, command = next_era(small(), {})
    assert command["rewards"] == {}
    assert "slashes" not in command


def test_next_era__slash_on_request__is_reported_and_takes_from_the_validator_too() -> None:
    after, command = next_era(small(rate_bps=0), {"v1": 5}, {"v1": 2_500})
    assert command["slashes"] == {"v1": 2_500}
    assert after.validators[0].stake == 750 * CSPR


def test_next_era__same_arguments__gives_the_same_and_leaves_the_devnet_alone() -> None:
    devnet = small()
    assert next_era(devnet, {"v1": 7}) == next_era(devnet, {"v1": 7})
    assert devnet == small()


def test_run_eras__three_eras__count_on_and_compound() -> None:
    commands = list(run_eras(small(era_seconds=YEAR), {"v2": 100 * CSPR}, 3, {2: {"v2": 5_000}}))
    assert [command["era"] for command in commands] == [1, 2, 3]
    # 100 earns 10; 110 earns 11, 121 is halved; 60.5 earns 6.05
    assert [command["rewards"]["v2"] for command in commands] == ["10", "11", "6.05"]
    assert "slashes" in commands[1]
    instants = [parse_instant(command["at"]) for command in commands]
    assert all(later - earlier == YEAR for earlier, later in pairwise(instants))


def test_stakes_after__validator_without_stake__gains_nothing() -> None:
    command = {"rewards": {"v1": "3"}, "slashes": {"v2": 1_000}}
    assert stakes_after({"v1": 0, "v2": 15}, command) == {"v1": 0, "v2": 14}


# --- properties -------------------------------------------------------------------------------------------------


@given(MOTES, BPS, BPS, st.integers(min_value=1, max_value=YEAR))
def test_era_reward__any_stake__is_the_exact_quotient_floored(
    stake: int, rate: int, commission: int, seconds: int
) -> None:
    exact = Fraction(stake) * Fraction(rate, 10_000) * Fraction(seconds, YEAR) * Fraction(10_000 - commission, 10_000)
    assert 0 <= exact - era_reward(stake, rate, commission, seconds) < 1


@given(MOTES, MOTES, BPS, BPS)
def test_era_reward__two_stakes_apart__never_earn_more_than_together(
    a: int, b: int, rate: int, commission: int
) -> None:
    apart = era_reward(a, rate, commission, 7_200) + era_reward(b, rate, commission, 7_200)
    assert apart <= era_reward(a + b, rate, commission, 7_200) <= apart + 1


@given(MOTES, MOTES, BPS, BPS)
def test_next_era__no_slash__pays_out_exactly_the_gross_reward(
    own: int, delegated: int, rate: int, commission: int
) -> None:
    devnet = make_devnet((DevnetValidator("v", own, commission),), rate_bps=rate)
    after, command = next_era(devnet, {"v": delegated})
    net = cspr_motes(command["rewards"].get("v", "0"))
    gross = era_reward(delegated, rate, 0, 7_200) + era_reward(own, rate, 0, 7_200)
    assert net + after.validators[0].stake - own == gross
    assert after.validators[0].stake >= own


@given(MOTES, MOTES, BPS, BPS)
def test_next_era__slash__never_makes_a_stake_negative(own: int, delegated: int, rate: int, slash: int) -> None:
    devnet = make_devnet((DevnetValidator("v", own, 0),), rate_bps=rate)
    after, command = next_era(devnet, {"v": delegated}, {"v": slash})
    assert after.validators[0].stake >= 0
    assert stakes_after({"v": delegated}, command)["v"] >= 0
