"""Four eyes on policies and groups: nobody turns the rules off, or makes himself an approver, alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from holdfast.errors import HoldfastError
from holdfast.identity.groups import Group
from holdfast.identity.policies import presets
from holdfast.identity.policies.changes import Change, Changes
from holdfast.identity.policies.directory import Directory
from holdfast.identity.policies.installed import PolicySet, current, install
from holdfast.identity.policies.rules import Policies, convert
from holdfast.primitives.clock import DAY
from offices import Place
from support import refused

OPEN = convert({"rules": [{"name": "open", "action": "allow"}]})


def place(count: int = 1, **settings: Any) -> tuple[Place, Changes]:
    """olga operates; ann, ben and cleo are the board, which must approve changes."""
    at = Place(groups={"board": ["ann", "ben", "cleo"], "others": ["ann"]})
    for name in ("ann", "ben", "cleo", "dan"):
        at.person(name, "approver")
    at.person("olga", "operator", "approver")
    changing = {"changes": [{"group": "board", "count": count}]} if count else {}
    at.install({"name": "roles", "action": "allow"}, **changing, **settings)
    return at, Changes(at.office, Directory(at.office))


def version(at: Place) -> int:
    found = current(at.office)
    return found.version if found else 0


def proposed(changes: Changes, policies: Policies = OPEN, by: str = "olga") -> Change:
    made = changes.set_policies(policies, by=by)
    assert isinstance(made, Change)
    return made


def members(at: Place, group: str = "board") -> tuple[str, ...]:
    found = at.office.get(Group, group)
    return found.members if found else ()


def test_without_a_wish_for_approval__a_change_is_made_at_once() -> None:
    at, changes = place(0)
    made = changes.set_policies(OPEN, by="olga", expected=1)
    assert isinstance(made, PolicySet) and made.version == version(at) == 2
    assert isinstance(changes.set_group("board", ["ann"], by="olga"), Group)
    refused("policies_changed", lambda: changes.set_policies(OPEN, by="olga", expected=1))


def test_a_change_of_policies__waits_for_approval() -> None:
    at, changes = place(2)
    made = proposed(changes)
    assert (version(at), made.needs, made.status) == (1, {"board": 2}, "pending")
    assert changes.approve(made.id, by="ann", hash=made.hash).status == "pending"
    assert version(at) == 1
    done = changes.approve(made.id, by="ben", hash=made.hash)
    assert (done.status, version(at)) == ("done", 2)
    found = current(at.office)
    assert found is not None and found.by == "olga"
    assert found.policies == OPEN
    assert at.words()[-4:] == ["change.proposed", "change.approved", "change.approved", "policy.changed"]


def test_nobody_approves_his_own_change() -> None:
    at, changes = place()
    made = proposed(changes, by="ann")
    refused("own_approval", lambda: changes.approve(made.id, by="ann", hash=made.hash))
    assert version(at) == 1


@pytest.mark.parametrize("person", ["dan", "olga2", "eve"])
def test_an_approval__needs_role_and_group(person: str) -> None:
    at, changes = place()
    at.person("eve", "operator")
    at.group("board", "ann", "eve")
    made = proposed(changes)
    refused("forbidden", lambda: changes.approve(made.id, by=person, hash=made.hash))
    assert version(at) == 1


def test_an_approval__names_the_hash_and_counts_once() -> None:
    at, changes = place(2)
    made = proposed(changes)
    refused("proposal_mismatch", lambda: changes.approve(made.id, by="ann", hash="0" * 64))
    changes.approve(made.id, by="ann", hash=made.hash)
    refused("conflict", lambda: changes.approve(made.id, by="ann", hash=made.hash))
    assert version(at) == 1


def test_a_group_that_policies_name__is_not_changed_alone() -> None:
    at, changes = place()
    made = changes.set_group("board", ["olga", "dan"], by="olga")
    assert isinstance(made, Change)
    assert members(at) == ("ann", "ben", "cleo")
    assert isinstance(changes.set_group("others", ["olga"], by="olga"), Group)


def test_who_is_put_in_or_taken_out__does_not_approve_it() -> None:
    at, changes = place()
    without_ann = changes.set_group("board", ["ben", "cleo", "dan"], by="olga")
    assert isinstance(without_ann, Change)
    for person in ("ann", "dan"):
        refused("own_approval", lambda person=person: changes.approve(without_ann.id, by=person, hash=without_ann.hash))
    assert changes.approve(without_ann.id, by="ben", hash=without_ann.hash).status == "done"
    assert members(at) == ("ben", "cleo", "dan")


def test_a_change_of_what_was_changed_otherwise__falls() -> None:
    at, changes = place()
    first, second = proposed(changes), proposed(changes, presets.load("open"), by="dan")
    group = changes.set_group("board", ["ann", "ben"], by="olga")
    assert isinstance(group, Change)
    changes.approve(first.id, by="ann", hash=first.hash)
    assert changes.approve(second.id, by="ann", hash=second.hash).status == "fallen"
    assert version(at) == 2
    at.install({"name": "roles", "action": "allow"}, changes=[{"group": "board"}])
    at.group("board", "ann", "ben", "cleo", "dan")
    assert changes.approve(group.id, by="ann", hash=group.hash).status == "fallen"
    assert members(at) == ("ann", "ben", "cleo", "dan")


def test_what_could_never_be_changed_again__is_refused() -> None:
    _, changes = place(0)
    locked = convert({"changes": [{"group": "board", "count": 4}]})
    assert "nobody could change" in refused("malformed", lambda: changes.set_policies(locked, by="olga")).message
    _, guarded = place(1)
    refused("malformed", lambda: guarded.set_policies(locked, by="olga"))
    refused("malformed", lambda: guarded.set_policies(presets.load("four_eyes"), by="olga"))
    refused("policies_changed", lambda: guarded.set_policies(OPEN, by="olga", expected=7))


def test_declining_withdrawing_and_time__end_it() -> None:
    at, changes = place(1, expires_seconds=DAY)
    one, two, three = proposed(changes), proposed(changes), proposed(changes)
    assert changes.reject(one.id, by="ann", hash=one.hash, why="no").why == "no"
    refused("forbidden", lambda: changes.cancel(two.id, by="ann"))
    assert changes.cancel(two.id, by="olga").status == "cancelled"
    at.clock.now += DAY
    for made in (one, two, three):
        refused("proposal_closed", lambda made=made: changes.approve(made.id, by="ben", hash=made.hash))
    refused("unknown_proposal", lambda: changes.get("x"))
    assert version(at) == 1


def test_approvals_at_once__make_it_once() -> None:
    at, changes = place(1)
    made = proposed(changes)

    def outcome(call: Callable[[], object]) -> str:
        try:
            call()
        except HoldfastError as error:
            return error.code
        return "done"

    calls = [lambda person=person: changes.approve(made.id, by=person, hash=made.hash) for person in ("ann", "ben")] * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(outcome, calls))
    assert answers.count("done") == 1
    assert version(at) == 2


def test_a_group_in_use__stays() -> None:
    at, changes = place()
    refused("conflict", lambda: changes.remove_group("board", by="olga"))
    changes.remove_group("others", by="olga")
    assert members(at, "others") == ()


def test_four_eyes__protects_itself() -> None:
    at, changes = place(0)
    at.group("approvers", "ann", "ben")
    assert isinstance(changes.set_policies(presets.load("four_eyes"), by="olga"), PolicySet)
    assert isinstance(changes.set_policies(OPEN, by="olga"), Change)
    assert isinstance(changes.set_group("approvers", ["olga", "ann", "ben"], by="olga"), Change)
    install(at.office, OPEN, by="console")  # who has the store itself needs nobody
    assert isinstance(changes.set_policies(OPEN, by="olga"), PolicySet)
