"""Trying policies out: on one command with reasons, and on everything that a desk has done."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.errors import Corrupt
from holdfast.identity.policies.back_test import back_test
from holdfast.identity.policies.evaluate import CompiledPolicies, Surroundings, asker
from holdfast.identity.policies.rules import Policies, convert
from holdfast.identity.policies.simulate import simulate
from support import DAY, START, Desk

ROLES: dict[str, Any] = {"name": "roles", "action": "allow"}


def policies(*rules: dict[str, Any], **more: Any) -> Policies:
    return convert({"rules": list(rules), **more})


def story() -> Desk:
    """Six transfers of alice over two days, one of them refused, and what it takes."""
    desk = Desk()
    desk.mint("FLUX", "alice", "1000")
    for day, amount in [(0, "10"), (0, "60"), (0, "50"), (1, "90"), (1, "5000"), (1, "20")]:
        desk.now = START + day * DAY
        desk.send("asset.transfer", "alice", asset="FLUX", to="bob", amount=amount)
    return desk


def test_a_policy_like_the_past__differs_nowhere() -> None:
    desk = story()
    report = back_test(desk.store, policies(ROLES))
    assert (report.records, report.applied, report.refused) == (7, 6, 1)
    assert (report.allowed, report.blocked, report.need_approval) == (7, 0, 0)
    assert report.differences == () and report.differing == 0
    assert report.rules[0].volume == {"FLUX": "1230"}


def test_nothing_allowed__differs_everywhere_but_in_refusals() -> None:
    report = back_test(story().store, policies())
    assert (report.blocked, report.differing) == (7, 6)
    assert [found.seq for found in report.differences] == [1, 2, 3, 4, 5, 7]


def test_rules__are_counted_each() -> None:
    report = back_test(
        story().store,
        policies(
            ROLES,
            {"name": "large", "action": "require_approvals", "per_command": {"above": "55"},
             "commands": ["asset.transfer"], "approvals": [{"group": "board"}]},
            {"name": "ninety", "action": "block", "per_command": {"above": "80"}, "commands": ["asset.transfer"]},
        ),
    )  # fmt: skip
    assert [(use.rule, use.matched, use.decided, use.volume) for use in report.rules] == [
        ("roles", 7, 4, {"FLUX": "1230"}),
        ("large", 3, 1, {"FLUX": "150"}),
        ("ninety", 2, 2, {"FLUX": "90"}),
    ]
    assert [(found.amount, found.decision, found.rules, found.approvals) for found in report.differences] == [
        ("60", "require_approvals", ("large",), {"board": 1}),
        ("90", "block", ("ninety",), {}),
    ]
    first = report.differences[0]
    assert (first.person, first.actor, first.type, first.asset, first.id) == (
        ("alice", "alice", "asset.transfer", "FLUX", "t-3")
    )


def test_rolling_sums__hold_what_really_happened() -> None:
    """The day's limit is passed by the third transfer; what was applied counts whatever the policy says of it."""
    limit = {"name": "day", "action": "block", "commands": ["asset.transfer"],
             "per_period": {"above": "100", "seconds": DAY}}  # fmt: skip
    report = back_test(story().store, policies(ROLES, limit))
    assert [found.amount for found in report.differences] == ["50", "20"]


def test_pages__are_read_one_after_another() -> None:
    store, own = story().store, policies()
    first = back_test(store, own, limit=4)
    assert [found.seq for found in first.differences] == [1, 2, 3, 4]
    assert (first.next, first.differing) == (4, 6)
    second = back_test(store, own, limit=4, after=4)
    assert [found.seq for found in second.differences] == [5, 7]
    assert not second.next and second.differing == 6


def test_roles_and_groups__are_those_of_ledger_and_file() -> None:
    desk = story()
    only = {"name": "operators", "action": "allow", "who": ["role:operator"]}
    friends = {"name": "friends", "action": "allow", "who": ["group:friends"]}
    assert back_test(desk.store, policies(only)).allowed == 1
    assert back_test(desk.store, policies(friends, groups={"friends": ["alice"]})).allowed == 6


def test_it_writes_nothing_and_tells_how_far_it_is() -> None:
    desk = story()
    for number in range(1_000):
        desk.send("asset.transfer", "bob", asset="FLUX", to="carol", amount=f"0.{number + 1:04}")
    head, told = desk.store.head(), list[int]()
    back_test(desk.store, policies(ROLES), progress=told.append)
    assert desk.store.head() == head
    assert told == [1_000]
    assert back_test(desk.store, policies(ROLES), upto=5).records == 5


def test_a_broken_journal__is_not_judged() -> None:
    desk = story()
    rows = desk.store._rows  # type: ignore[attr-defined]
    rows[1] = rows[1]._replace(body=rows[1].body.replace(b'"10"', b'"11"', 1))
    with pytest.raises(Corrupt):
        back_test(desk.store, policies(ROLES))


# --- one command ----------------------------------------------------------------------------------------------------

REASONS: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"commands": ["vault.*", "term.*"]}, "speaks of vault.*, term.*, not of asset.transfer"),
    ({"who": ["bob", "group:x"]}, "speaks for bob, group:x, not for alice"),
    ({"assets": ["VG"]}, "speaks of VG, not of FLUX"),
    ({"accounts": ["operator"]}, "speaks of the accounts operator, not of alice"),
    ({"counterparties": ["carol"]}, "wants a counterparty among carol; it is bob"),
    ({"attested": [{"of": "counterparty", "kind": "kyc"}]}, "wants kyc attested as it says"),
    ({"per_command": {"above": "50", "up_to": "70"}}, "wants an amount above 50 and up to 70"),
    ({"per_period": {"above": "500", "seconds": DAY}}, "wants a sum above 500 in 86,400 s"),
    ({"who": ["bob"], "assets": ["VG"]}, "speaks for bob, not for alice"),
]


@pytest.mark.parametrize(("fields", "why"), REASONS)
def test_simulate__names_the_first_condition_that_does_not_hold(fields: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.mint("FLUX", "alice", "1000")
    command = desk.command("asset.transfer", "alice", asset="FLUX", to="bob", amount="40")
    found = simulate(CompiledPolicies(policies({**ROLES, **fields})), desk.state, command, asker("alice"))
    assert (found.rules[0].matches, found.rules[0].why) == (not why, why)
    assert found.decision.action == ("block" if why else "allow")
    assert (found.amount, found.refused, found.result) == ("40", None, {"amount": "40", "tax": "0"})


def test_simulate__tells_that_the_rules_refuse_it_anyhow() -> None:
    desk = Desk()
    command = desk.command("asset.transfer", "alice", asset="FLUX", to="bob", amount="40")
    before = desk.state.seq
    found = simulate(CompiledPolicies(policies(ROLES)), desk.state, command, asker("alice"))
    assert (found.refused, found.decision.action, found.result) == ("insufficient_balance", "allow", None)
    assert found.message == "alice holds 0 FLUX; 40 are needed."
    assert desk.state.seq == before


def test_simulate__asks_what_is_around() -> None:
    desk = Desk()
    desk.mint("FLUX", "alice", "1000")
    command = desk.command("asset.transfer", "alice", asset="FLUX", to="bob", amount="40")
    own = CompiledPolicies(policies({**ROLES, "per_period": {"up_to": "100", "seconds": 60}}))
    around = Surroundings(used=lambda rule, facts, person, now: 61 * 10**8)
    assert simulate(own, desk.state, command, asker("alice"), around).decision.action == "block"
    assert simulate(own, desk.state, command, asker("alice")).decision.action == "allow"
