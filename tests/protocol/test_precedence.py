"""Each command's checks come in the documented order; code, docstrings and these tables share it (rules 0)."""

from __future__ import annotations

from itertools import combinations

import cases_assets
import cases_depin
import cases_leverage
import cases_restaking
import cases_staking
import cases_vaults
import pytest
from precedence import Case, combined, distinct, refused_as

from holdfast.protocol.commands import COMMANDS
from support import Desk, frozen_copy

CASES = [
    *cases_assets.CASES,
    *cases_vaults.CASES,
    *cases_staking.CASES,
    *cases_leverage.CASES,
    *cases_restaking.CASES,
    *cases_depin.CASES,
]
by_command = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


def test_precedence__every_command__has_a_table() -> None:
    assert sorted(case.kind for case in CASES) == sorted(COMMANDS)


@by_command
def test_precedence__nothing_broken__applied(case: Case) -> None:
    desk, receipt = case.run()
    assert refused_as(receipt) == "applied", receipt.error
    desk.check()


@by_command
def test_precedence__one_check_broken__its_error(case: Case) -> None:
    for broken in case.every():
        _, receipt = case.run(broken)
        assert refused_as(receipt) == broken.code, (broken, receipt)


@by_command
def test_precedence__a_check_and_all_later_ones_broken__the_first_error_and_no_change(case: Case) -> None:
    breaks = case.every()
    for place, first in enumerate(breaks):
        chosen = list(combined(breaks, place))
        desk, fields = case.prepare(*chosen)
        before = frozen_copy(desk.state)
        receipt = desk.post(fields)
        assert refused_as(receipt) == first.code, ([broken.code for broken in chosen], receipt)
        assert frozen_copy(desk.state) == before


@by_command
def test_precedence__two_checks_of_the_rule_broken__the_earlier_error(case: Case) -> None:
    rule = [broken for broken in case.own() if broken.reachable]
    for first, second in combinations(rule, 2):
        if first.fits(second):
            _, receipt = case.run(first, second)
            assert refused_as(receipt) == first.code, (first, second, receipt)


@by_command
def test_precedence__docstring__lists_the_same_checks_in_the_same_order(case: Case) -> None:
    existing = [broken.code for broken in case.exists]
    listed = [broken.code for broken in case.checks]
    arguments = ([], ["amount_overflow"], ["malformed", "amount_overflow"])
    possible = [distinct([*existing, *codes, *listed]) for codes in arguments]
    assert case.documented() in possible, f"{case.kind}: documented {case.documented()}, table {possible[0]}"


@by_command
def test_precedence__sent_again__the_first_answer_whatever_the_time(case: Case) -> None:
    desk, first = case.run()
    fields = {"id": first.id, "at": "1999-01-01T00:00:00Z", "actor": case.actor, "type": case.kind, **case.fields}
    before = frozen_copy(desk.state)
    again = desk.post(fields)
    assert again.replayed and (again.seq, again.result, again.events) == (first.seq, first.result, first.events)
    assert frozen_copy(desk.state) == before


def test_precedence__refusal_sent_again__the_same_refusal(desk: Desk) -> None:
    fields = desk.fields("asset.burn", "alice", asset="FLUX", amount="1")
    first = desk.post(fields)
    desk.mint("FLUX", "alice", "5")
    again = desk.post(fields)
    assert again.replayed and (again.seq, again.error, again.digest) == (first.seq, first.error, first.digest)


@pytest.mark.parametrize("code", ["malformed", "time_reversed", "command_id_reused"])
def test_precedence__refused_before_the_rules__uses_no_id_up(desk: Desk, code: str) -> None:
    desk.mint("FLUX", "alice", "5")
    fields = {"id": "x", "actor": "alice", "type": "asset.burn", "asset": "FLUX", "amount": "1"}
    wrong = {
        "malformed": {"amount": "0.000000001"},
        "time_reversed": {"at": "1999-01-01T00:00:00Z"},
        "command_id_reused": {"id": "t-1"},
    }[code]
    receipt = desk.post({**fields, **wrong})
    assert refused_as(receipt) == code
    assert desk.state.seq == 1
    assert refused_as(desk.post(fields)) == "applied"
