"""A real or made-up auction as commands: complete, in order, with usable names, summing to what the network has."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from decimal import Decimal

import pytest
from casper_samples import ANNA, BERT, CARL, DORA, EMIL, PURSE, real, state_v1, state_v2, text

from holdfast.errors import Malformed
from holdfast.networks.casper.auction import parse_auction, read_auction
from holdfast.networks.casper.records import Auction, Delegation, EraWeights, Validator
from holdfast.networks.casper.rewards import EraInfo, Reward, read_era_info
from holdfast.networks.casper.scenario import (
    desk_toml,
    holder_id,
    prefix_length,
    register_commands,
    scenario,
    summarize,
)
from holdfast.networks.cspr import Command, cspr_motes, cspr_text

HOLDER = re.compile(r"\A[A-Za-z0-9._:-]{1,128}\Z")


def auction_of(*validators: Validator) -> Auction:
    return Auction(1, 1, validators, (EraWeights(1, ()),))


def of_type(commands: list[Command], kind: str) -> list[Command]:
    return [command for command in commands if command["type"] == kind]


# --- registration -----------------------------------------------------------------------------------------------


def test_register_commands__v1_bids__state_no_limits() -> None:
    commands = list(register_commands(parse_auction(text(state_v1())), actor="op"))
    assert commands == [
        {"actor": "op", "type": "validator.register", "validator": ANNA, "commission_bps": 1_000},
        {"actor": "op", "type": "validator.register", "validator": BERT, "commission_bps": 0},
        {"actor": "op", "type": "validator.register", "validator": CARL, "commission_bps": 10_000},
        {"actor": "op", "type": "validator.set_active", "validator": BERT, "active": False},
    ]


def test_register_commands__v2_bids__pass_their_limits_on_in_whole_tokens() -> None:
    anna = next(register_commands(parse_auction(text(state_v2()))))
    assert anna["actor"] == "operator"
    assert (anna["minimum_delegation"], anna["maximum_delegation"]) == ("250", "1000000000")


# --- the whole scenario -----------------------------------------------------------------------------------------


def test_scenario__delegation_of_nothing__is_skipped_and_counted() -> None:
    auction = parse_auction(text(state_v2()))
    commands = list(scenario(auction))
    assert len(of_type(commands, "leverage.open_position")) == 2
    summary = summarize(auction)
    assert (summary.delegations, summary.skipped, summary.delegated) == (2, 1, 500)
    assert (summary.validators, summary.inactive, summary.outside_limits) == (2, 1, 2)
    assert summary.commands == len(commands)


def test_scenario__made_up_auction__is_complete_and_in_order() -> None:
    auction = parse_auction(text(state_v1()))
    stranger = "01" + "99" * 32
    info = EraInfo(
        5,
        (
            Reward(ANNA, DORA, 30),
            Reward(ANNA, None, 99),
            Reward(ANNA, EMIL, 20),
            Reward(CARL, None, 1),
            Reward(stranger, DORA, 4),
        ),
    )
    commands = list(scenario(auction, info, start=0))
    assert [command["type"] for command in commands] == (
        ["validator.register"] * 3
        + ["asset.mint", "leverage.open_position"] * 3
        + ["validator.set_active", "network.end_era"]
    )
    holder = f"{DORA}:{ANNA[:16]}"
    assert commands[3] == {
        "id": "casper-5-mint-1",
        "at": "1970-01-01T00:00:00Z",
        "actor": "operator",
        "type": "asset.mint",
        "asset": "CSPR",
        "to": holder,
        "amount": "0.0000003",
    }
    assert commands[4] == {
        "id": "casper-5-open-1",
        "at": "1970-01-01T00:00:00Z",
        "actor": holder,
        "type": "leverage.open_position",
        "deposit": "0.0000003",
        "leverage": 1,
        "validator": ANNA,
    }
    assert commands[-1] == {
        "id": "casper-5-end-era-1",
        "at": "1970-01-01T02:00:00Z",
        "actor": "oracle",
        "type": "network.end_era",
        "era": 1,
        "rewards": {ANNA: "0.00000005"},
    }
    summary = summarize(auction, info)
    assert (summary.rewarded, summary.rewards, summary.unregistered, summary.commands) == (1, 50, 4, len(commands))


def test_scenario__same_arguments__gives_the_same_commands() -> None:
    auction = parse_auction(text(state_v2()))
    assert list(scenario(auction)) == list(scenario(auction))


def test_scenario__is_an_iterator__and_starts_at_once() -> None:
    assert next(scenario(parse_auction(text(state_v1()))))["type"] == "validator.register"


# --- holders ----------------------------------------------------------------------------------------------------


def test_prefix_length__keys_that_begin_alike__takes_as_many_digits_as_needed() -> None:
    alike = [Validator("01" + "a" * 40 + last * 24, 1, 0, active=True) for last in "bc"]
    assert prefix_length(auction_of(*alike)) == 43


def test_prefix_length__keys_too_much_alike__is_refused() -> None:
    delegations = (Delegation(f"purse-{PURSE}", 1),)
    alike = [Validator("01" + "a" * 63 + last, 1, 0, active=True, delegations=delegations) for last in "bc"]
    with pytest.raises(Malformed, match="first 57 digits"):
        prefix_length(auction_of(*alike))


def test_holder_id__longest_delegator__still_fits() -> None:
    assert HOLDER.match(holder_id(f"purse-{PURSE}", BERT, 57))


# --- settings and amounts ---------------------------------------------------------------------------------------


def test_desk_toml__is_toml__that_lifts_the_minimum() -> None:
    assert tomllib.loads(desk_toml()) == {"leverage": {"minimum_delegation": "0"}}


@pytest.mark.parametrize(
    ("motes", "whole"), [(0, "0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (10**18, "1000000000")]
)
def test_cspr_text__motes__are_whole_tokens_and_back(motes: int, whole: str) -> None:
    assert cspr_text(motes) == whole
    assert cspr_motes(whole) == motes


# --- the real ones ----------------------------------------------------------------------------------------------


def test_scenario__real_era_7724__carries_every_delegation_and_reward() -> None:
    auction = read_auction(real("auction_info_era7724_v1.json.gz"))
    info = read_era_info(real("era_info_7723_v1.json.gz"))
    commands = list(scenario(auction, info))
    counts = Counter(command["type"] for command in commands)
    assert counts == {
        "validator.register": 1_617,
        "asset.mint": 12_349,
        "leverage.open_position": 12_349,
        "validator.set_active": 1_217,
        "network.end_era": 1,
    }
    assert len({command["id"] for command in commands}) == len(commands)
    opened = of_type(commands, "leverage.open_position")
    holders = {command["actor"] for command in opened}
    assert len(holders) == 12_349
    assert all(HOLDER.match(holder) for holder in holders)
    summary = summarize(auction, info)
    assert sum(cspr_motes(command["deposit"]) for command in opened) == summary.delegated == 57_950_826_061_767_515
    assert sum(Decimal(command["deposit"]) < 500 for command in opened) == 11_570
    rewards = commands[-1]["rewards"]
    assert sum(map(cspr_motes, rewards.values())) == summary.rewards == 3_899_003_760_710
    assert (len(rewards), summary.rewarded, summary.unregistered, summary.skipped) == (67, 67, 0, 0)
    assert summary.commands == len(commands) == 27_533


def test_scenario__real_era_16948_v2__has_one_holder_per_delegation() -> None:
    auction = read_auction(real("auction_info_era16948_v2.json.gz"))
    opened = of_type(list(scenario(auction)), "leverage.open_position")
    holders = {command["actor"] for command in opened}
    assert len(opened) == len(holders) == 1_404
    assert all(HOLDER.match(holder) for holder in holders)
    assert sum(holder.startswith("purse-") for holder in holders) == 1
    assert summarize(auction).outside_limits == 0
