"""Proposals: who may approve what, what an approval binds, how a proposal ends, and that it happens once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError, Unavailable
from holdfast.identity.groups import Group, remove_group, set_group
from holdfast.identity.policies.drift import Preview, differences
from holdfast.identity.policies.installed import current, groups_named, history, policies_now
from holdfast.identity.proposal_records import Proposal, canonical
from holdfast.identity.records import Credentials, Person
from holdfast.primitives.clock import DAY, FixedClock, format_instant
from holdfast.store.documents.sqlite import SqliteDocuments
from holdfast.store.sqlite import SqliteStore
from offices import Place
from support import START, refused

ROLES = {"name": "roles", "action": "allow"}
LARGE = {
    "name": "large", "action": "require_approvals", "commands": ["asset.transfer", "vault.redeem", "term.*"],
    "per_command": {"above": "100"}, "approvals": [{"group": "board", "count": 2}],
}  # fmt: skip
HOUR = 3_600


def place(*rules: dict[str, Any], **settings: Any) -> Place:
    """olga operates; ann, ben and cleo are the board; alice holds 10,000 FLUX."""
    at = Place(groups={"board": ["ann", "ben", "cleo", "olga"], "risk": ["ann", "dan"]})
    at.install(*(rules or (ROLES, LARGE)), expires_seconds=DAY, **settings)
    at.person("olga", "operator", "approver")
    at.person("alice", "holder")
    for name in ("ann", "ben", "cleo", "dan"):
        at.person(name, "approver")
    at.mint("FLUX", "alice", "10000")
    at.mint("FLUX", "operator", "10000")
    return at


def propose(at: Place, amount: str = "500", *, by: str = "alice", to: str = "bob", **fields: Any) -> Proposal:
    actor = fields.pop("actor", None)
    command = at.command(by, "asset.transfer", actor=actor, asset="FLUX", to=to, amount=amount)
    return at.proposals.create(command, by=by, **fields)


def approve(at: Place, proposal: Proposal, *people: str) -> Proposal:
    for person in people:
        proposal = at.proposals.approve(proposal.id, by=person, hash=proposal.hash)
    return proposal


def no(code: str, call: Callable[[], object]) -> HoldfastError:
    return refused(code, call)


def code(receipt: Receipt) -> str:
    return receipt.error.code if receipt.error else receipt.status


# --- the way through ------------------------------------------------------------------------------------------------


def test_a_command_that_needs_approval__is_not_recorded_and_its_id_stays_free() -> None:
    at = place()
    command = at.command("alice", "asset.transfer", asset="FLUX", to="bob", amount="500")
    before = at.state.seq
    receipt = at.service.submit(command, guard=at.guard.guard)
    assert code(receipt) == "approval_required"
    assert receipt.error and receipt.error.details == {"approvals": "2 of board", "rules": "large"}
    assert at.state.seq == before
    at.install(ROLES)
    assert code(at.service.submit(command, guard=at.guard.guard)) == "applied"


def test_a_command_that_its_rule_refuses__is_recorded_without_approval_but_not_when_blocked() -> None:
    at = place(ROLES, LARGE, {"name": "stop", "action": "block", "assets": ["VG"]})
    before = at.state.seq
    assert code(at.send("alice", "asset.transfer", asset="FLUX", to="bob", amount="10001")) == "insufficient_balance"
    assert at.state.seq == before + 1
    assert code(at.send("alice", "asset.transfer", asset="VG", to="bob", amount="1")) == "policy_blocked"
    assert at.state.seq == before + 1


def test_a_proposal__is_approved_and_happens() -> None:
    at = place()
    made = propose(at)
    assert (made.status, made.needs, made.rules) == ("pending", {"board": 2}, ("large",))
    assert made.command["id"] == f"alice/p-{made.id}"
    assert made.preview.result == {"amount": "500", "tax": "0"}
    assert made.expires_at == at.clock.now + DAY
    assert approve(at, made, "ann").status == "pending"
    assert code(at.proposals.execute(made.id, by="alice")) == "approval_required"
    assert at.proposals.get(made.id).status == "pending"
    assert approve(at, made, "ben").status == "approved"
    receipt = at.proposals.execute(made.id, by="alice")
    assert (receipt.status, receipt.id) == ("applied", made.command["id"])
    done = at.proposals.get(made.id)
    assert (done.status, done.record, done.ended_by) == ("executed", receipt.seq, "alice")
    assert at.state.book.balance("FLUX", "bob") == 500 * 10**8
    assert at.words()[-5:] == [
        "proposal.created", "proposal.approved", "proposal.waiting", "proposal.approved", "proposal.executed",
    ]  # fmt: skip


def test_executing_again__gives_the_first_answer() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    first = at.proposals.execute(made.id, by="alice")
    again = at.proposals.execute(made.id, by="ann")
    assert again.replayed and again.seq == first.seq
    assert at.words().count("proposal.executed") == 1


def test_two_servers__carry_it_out_once() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    other = at.beside()
    one, two = at.proposals.prepare(made.id, by="alice"), other.proposals.prepare(made.id, by="ann")
    first = at.service.submit(one.command, guard=one.guard)
    second = other.service.submit(two.command, guard=two.guard)
    assert (first.status, second.status, second.replayed) == ("applied", "applied", True)
    assert other.proposals.finish(two, second, by="ann").record == first.seq
    assert at.proposals.finish(one, first, by="alice").ended_by == "ann"
    assert other.state.book.balance("FLUX", "bob") == 500 * 10**8


def test_a_server_that_died_between__is_made_up_for() -> None:
    """The journal has the command, the office was never told."""
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    execution = at.proposals.prepare(made.id, by="alice")
    receipt = at.service.submit(execution.command, guard=execution.guard)
    assert at.proposals.get(made.id).status == "approved"
    no("proposal_closed", lambda: at.proposals.cancel(made.id, by="alice"))
    assert at.proposals.get(made.id).record == receipt.seq


# --- who ------------------------------------------------------------------------------------------------------------


def test_nobody_approves_his_own() -> None:
    at = place()
    made = propose(at, by="olga", actor="operator")
    no("own_approval", lambda: approve(at, made, "olga"))
    no("own_approval", lambda: at.proposals.reject(made.id, by="olga", hash=made.hash))


def test_nobody_approves_what_he_gets() -> None:
    at = place()
    made = propose(at, by="olga", actor="operator", to="ann")
    no("own_approval", lambda: approve(at, made, "ann"))
    assert approve(at, made, "ben", "cleo").status == "approved"


def test_an_account_of_another_name__is_his_own_too() -> None:
    at = place()
    at.person("ann", "approver", account="acme")
    made = propose(at, by="olga", actor="operator", to="acme")
    no("own_approval", lambda: approve(at, made, "ann"))


def test_those_who_share_the_acting_account__watch_over_one_another() -> None:
    at = place()
    for name in ("ann", "alice"):
        at.person(name, "approver", "holder", account="acme")
    at.mint("FLUX", "acme", "500")
    made = propose(at, actor="acme")
    assert approve(at, made, "ann", "ben").status == "approved"


def test_an_approval__needs_the_role_and_the_group() -> None:
    at = place()
    made = propose(at)
    at.person("eve", "operator", "holder")
    at.group("board", "ann", "ben", "cleo", "eve")
    no("forbidden", lambda: approve(at, made, "eve"))
    no("forbidden", lambda: approve(at, made, "dan"))
    no("forbidden", lambda: approve(at, made, "nobody"))


def test_nobody_approves_twice() -> None:
    at = place()
    made = approve(at, propose(at), "ann")
    no("conflict", lambda: approve(at, made, "ann"))
    assert at.proposals.get(made.id).status == "pending"


def test_one_person_in_two_groups__counts_once() -> None:
    at = place(ROLES, {**LARGE, "approvals": [{"group": "board"}, {"group": "risk"}]})
    made = approve(at, propose(at), "ann")
    assert made.status == "pending"
    assert approve(at, made, "ben").status == "approved"


def test_approvals_of_those_who_may_no_longer__do_not_count() -> None:
    for change in (
        lambda at: at.person("ben", "auditor"),
        lambda at: at.group("board", "ann", "cleo"),
        lambda at: at.person("ben", "approver", until=at.clock.now),
    ):
        at = place()
        made = approve(at, propose(at), "ann", "ben")
        change(at)
        assert code(at.proposals.execute(made.id, by="alice")) == "approval_required"
        assert approve(at, at.proposals.get(made.id), "cleo").status == "approved"
        assert code(at.proposals.execute(made.id, by="alice")) == "applied"


def disable(at: Place, name: str) -> None:
    with at.office.write() as t:
        known = t.get(Person, name)
        assert known is not None
        t.put(msgspec.structs.replace(known, disabled=t.now))


def test_somebody_disabled__neither_approves_nor_counts() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    disable(at, "ben")
    disable(at, "cleo")
    no("forbidden", lambda: approve(at, made, "cleo"))
    assert code(at.proposals.execute(made.id, by="alice")) == "approval_required"
    no("forbidden", lambda: at.proposals.execute(made.id, by="ben"))


def test_a_role_that_ends__is_no_label_from_its_second_on() -> None:
    at = place({**ROLES, "who": ["role:holder"]})
    at.person("alice", "holder", until=at.clock.now + 10)
    at.clock.now += 9
    assert code(at.send("alice", "asset.transfer", asset="FLUX", to="bob", amount="1")) == "applied"
    at.clock.now += 1
    assert code(at.send("alice", "asset.transfer", asset="FLUX", to="bob", amount="1")) == "policy_blocked"


def test_somebody_disabled__may_send_nothing() -> None:
    at = place()
    disable(at, "alice")
    assert code(at.send("alice", "asset.transfer", asset="FLUX", to="bob", amount="1")) == "policy_blocked"


def test_who_may_carry_out() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    at.person("mallory", "holder")
    no("forbidden", lambda: at.proposals.execute(made.id, by="mallory"))
    assert code(at.proposals.execute(made.id, by="olga")) == "applied"


def test_a_proposer_who_may_no_longer__makes_it_fall() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    at.person("alice", "auditor")
    assert code(at.proposals.execute(made.id, by="ann")) == "proposal_fallen"
    assert at.proposals.get(made.id).status == "fallen"


def test_a_proposer_who_was_disabled__makes_it_fall() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    disable(at, "alice")
    assert code(at.proposals.execute(made.id, by="ann")) == "policy_blocked"
    assert at.proposals.get(made.id).status == "fallen"


# --- what an approval binds -----------------------------------------------------------------------------------------


def test_an_approval__names_the_exact_hash() -> None:
    at = place()
    made = propose(at)
    wrong = ("0" if made.hash[0] != "0" else "1") + made.hash[1:]
    no("proposal_mismatch", lambda: at.proposals.approve(made.id, by="ann", hash=wrong))
    no("proposal_mismatch", lambda: at.proposals.reject(made.id, by="ann", hash=""))
    assert at.proposals.get(made.id).approvals == ()


def test_the_hash__can_be_worked_out_from_what_is_shown() -> None:
    at = place()
    made = propose(at, note="rent", tolerance_bps=25)
    shown = {
        "command": made.command,
        "expires_at": format_instant(made.expires_at),
        "note": "rent",
        "preview": msgspec.to_builtins(made.preview),
        "proposer": "alice",
        "tolerance_bps": 25,
    }
    assert sha256(canonical(shown)).hexdigest() == made.hash
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


@pytest.mark.parametrize("part", ["amount", "to", "actor", "id"])
def test_approvals__do_not_pass_to_another_command(part: str) -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    execution = at.proposals.prepare(made.id, by="alice")
    other = {"amount": "501", "to": "mallory", "actor": "operator", "id": "alice/other"}[part]
    changed = msgspec.structs.replace(execution.command, **{part: other})
    assert code(at.service.submit(changed, guard=execution.guard)) == "proposal_mismatch"
    assert at.state.book.balance("FLUX", "bob") == 0


def test_a_proposal_changed_in_the_store__loses_its_approvals() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    with at.office.write() as t:
        t.put(msgspec.structs.replace(made, hash="0" * 64))
    assert code(at.proposals.execute(made.id, by="alice")) == "approval_required"


def vault_with_profit(at: Place) -> None:
    """A vault in which alice has 1,000 of 1,000 shares, and whose price rises by what is paid in."""
    for kind, actor, fields in [
        ("vault.create", "operator", {"asset": "FLUX", "profit_unlock_seconds": 0}),
        ("vault.deposit", "alice", {"vault": "FLUX", "assets": "1000"}),
        ("vault.deposit", "operator", {"vault": "FLUX", "assets": "1000"}),
    ]:
        at.service.submit(at.command("setup", kind, actor=actor, **fields))


@pytest.mark.parametrize(
    ("gain", "tolerance", "answer"),
    [
        ("2", 0, "proposal_fallen"),
        ("2", 9, "proposal_fallen"),
        ("2", 10, "applied"),
        ("4", 10, "proposal_fallen"),
        ("0", 0, "applied"),
    ],
)
def test_an_outcome_that_drifts_past_the_tolerance__falls(gain: str, tolerance: int, answer: str) -> None:
    at = place()
    vault_with_profit(at)
    command = at.command("alice", "vault.redeem", vault="FLUX", shares="500")
    made = approve(at, at.proposals.create(command, by="alice", tolerance_bps=tolerance), "ann", "ben")
    if gain != "0":
        at.service.submit(at.command("setup", "vault.add_rewards", actor="operator", vault="FLUX", assets=gain))
    assert code(at.proposals.execute(made.id, by="alice")) == answer
    ended = at.proposals.get(made.id)
    assert ended.status == ("executed" if answer == "applied" else "fallen")
    if answer != "applied":
        assert ended.why.startswith("It has changed: assets was 500, is 50")
        no("proposal_closed", lambda: at.proposals.execute(made.id, by="alice"))
        no("proposal_closed", lambda: approve(at, made, "cleo"))


def test_an_outcome_that_is_refused_now__falls() -> None:
    at = place()
    made = approve(at, propose(at, "9000"), "ann", "ben")
    at.service.submit(at.command("setup", "asset.burn", actor="alice", asset="FLUX", amount="5000"))
    before = at.state.seq
    assert code(at.proposals.execute(made.id, by="alice")) == "proposal_fallen"
    assert at.proposals.get(made.id).why == "It would be refused now: alice holds 5000 FLUX; 9000 are needed."
    assert at.state.seq == before


def test_names_and_instants_that_follow_from_the_moment__do_not_count_as_drift() -> None:
    at = place()
    at.mint("VG", "alice", "1000")
    at.mint("VG", "bob", "1000")
    made = at.proposals.create(at.command("alice", "term.stake", amount="200"), by="alice")
    assert made.preview.made == ("vg-1",)
    approve(at, made, "ann", "ben")
    at.clock.now += HOUR
    at.service.submit(at.command("bob", "term.stake", amount="300"))
    receipt = at.proposals.execute(made.id, by="alice")
    assert code(receipt) == "applied", receipt.error
    assert receipt.result and receipt.result["stake"] == "vg-2"


SEEN = Preview(
    100, 1, "", {"amount": "100", "at": "1970-01-01T00:03:20Z", "n": 5, "to": "x", "own": "v-1"}, (), ("a", "b"),
    ("v-1",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"amount": "101"}, []),
        ({"amount": "99"}, []),
        ({"amount": "101.00000001"}, ["amount was 100, is 101.00000001"]),
        ({"amount": "98.9"}, ["amount was 100, is 98.9"]),
        ({"amount": "-100"}, ["amount was 100, is -100"]),
        ({"at": "1970-01-01T00:03:30Z"}, []),
        ({"at": "1970-01-01T00:03:31Z"}, ["at was 1970-01-01T00:03:20Z, is 1970-01-01T00:03:31Z"]),
        ({"n": 6}, ["n was 5, is 6"]),
        ({"to": "y"}, ["to was x, is y"]),
        ({"own": "v-9"}, []),
        ({"own": "v-8"}, ["own was v-1, is v-8"]),
        ({"more": 1}, ["the result was"]),
    ],
)
def test_drift__is_measured_figure_by_figure(change: dict[str, Any], said: list[str]) -> None:
    now = msgspec.structs.replace(SEEN, at=110, result={**SEEN.result, **change}, made=("v-9",))
    found = differences("asset.transfer", SEEN, now, 100)
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


def test_drift__tells_who_is_newly_concerned() -> None:
    now = msgspec.structs.replace(SEEN, parties=("a", "c"))
    assert differences("asset.transfer", SEEN, now, 100) == ["c is concerned now", "b is no longer concerned"]


def test_drift_from_nothing__is_any_amount() -> None:
    zero = msgspec.structs.replace(SEEN, result={"amount": "0"})
    assert differences("x", zero, msgspec.structs.replace(zero, result={"amount": "0.1"}), 10_000) != []
    deep = msgspec.structs.replace(SEEN, result={"moves": [{"to": "10"}]})
    assert differences("x", deep, msgspec.structs.replace(deep, result={"moves": [{"to": "11"}]}), 100) == [
        "moves[0].to was 10, is 11"
    ]


# --- policies that change meanwhile ---------------------------------------------------------------------------------


def test_policies_that_block_meanwhile__make_it_fall() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    at.install(ROLES, LARGE, {"name": "stop", "action": "block", "counterparties": ["bob"]})
    assert code(at.proposals.execute(made.id, by="alice")) == "policy_blocked"
    assert at.proposals.get(made.id).status == "fallen"


def test_policies_that_want_more_meanwhile__make_it_wait() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    at.install(ROLES, LARGE, {**LARGE, "name": "risk", "approvals": [{"group": "risk"}]})
    assert code(at.proposals.execute(made.id, by="alice")) == "approval_required"
    waiting = at.proposals.get(made.id)
    assert (waiting.status, waiting.needs, waiting.executing_at) == ("pending", {"board": 2, "risk": 1}, 0)
    assert approve(at, waiting, "dan").status == "approved"
    assert code(at.proposals.execute(made.id, by="alice")) == "applied"


def test_policies_that_want_less_meanwhile__let_it_pass() -> None:
    at = place()
    made = propose(at)
    at.install(ROLES)
    assert code(at.proposals.execute(made.id, by="alice")) == "applied"


def test_a_period_used_up_meanwhile__counts_when_it_is_carried_out() -> None:
    day = {"name": "day", "action": "block", "per_period": {"above": "600", "seconds": DAY}}
    at = place(ROLES, LARGE, day)
    first, second = propose(at, "400"), propose(at, "400")
    for made in (first, second):
        approve(at, made, "ann", "ben")
    assert code(at.proposals.execute(first.id, by="alice")) == "applied"
    assert code(at.proposals.execute(second.id, by="alice")) == "policy_blocked"


# --- making ---------------------------------------------------------------------------------------------------------


def test_what_needs_no_approval__is_no_proposal() -> None:
    at = place()
    no("conflict", lambda: propose(at, "100"))


def test_what_is_blocked__is_no_proposal() -> None:
    at = place(ROLES, LARGE, {"name": "stop", "action": "block", "assets": ["FLUX"]})
    no("policy_blocked", lambda: propose(at))


def test_what_its_rule_refuses__is_no_proposal() -> None:
    at = place()
    error = no("insufficient_balance", lambda: propose(at, "10001"))
    assert error.details["available"] == "10000"


@pytest.mark.parametrize(
    "terms",
    [{"note": "x" * 501}, {"note": "a\nb"}, {"tolerance_bps": -1}, {"tolerance_bps": 10_001}, {"expires_in": 0},
     {"expires_in": DAY + 1}],
)  # fmt: skip
def test_terms_that_do_not_fit__are_refused(terms: dict[str, Any]) -> None:
    at = place()
    error = no("malformed", lambda: propose(at, **terms))
    assert error.details["field"] == next(iter(terms))


def test_an_unknown_proposal__is_not_found() -> None:
    at = place()
    for call in (
        lambda: at.proposals.get("x"),
        lambda: at.proposals.approve("x", by="ann", hash=""),
        lambda: at.proposals.cancel("x", by="ann"),
        lambda: at.proposals.execute("x", by="ann"),
    ):
        no("unknown_proposal", call)


# --- ending ---------------------------------------------------------------------------------------------------------


def test_expiry__is_exact() -> None:
    at = place()
    made = approve(at, propose(at, expires_in=100), "ann")
    at.clock.now += 99
    assert at.proposals.expire_due() == 0
    made = approve(at, made, "ben")
    at.clock.now += 1
    for call in (
        lambda: approve(at, made, "cleo"),
        lambda: at.proposals.cancel(made.id, by="alice"),
        lambda: at.proposals.execute(made.id, by="alice"),
    ):
        assert no("proposal_closed", call).details["status"] == "expired"
    assert at.proposals.expire_due() == 1
    assert at.proposals.get(made.id).status == "expired"
    assert at.proposals.expire_due() == 0
    assert at.words().count("proposal.expired") == 1


def test_one_that_is_being_carried_out__does_not_expire_under_the_hand() -> None:
    at = place()
    made = approve(at, propose(at, expires_in=100), "ann", "ben")
    at.clock.now += 99
    execution = at.proposals.prepare(made.id, by="alice")
    at.clock.now += 1
    assert at.proposals.expire_due() == 0
    receipt = at.service.submit(execution.command, guard=execution.guard)
    assert code(receipt) == "proposal_closed"  # its time is over all the same
    assert at.proposals.finish(execution, receipt, by="alice").status == "expired"


def test_a_rejection__ends_it() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    ended = at.proposals.reject(made.id, by="cleo", hash=made.hash, why="not now")
    assert (ended.status, ended.ended_by, ended.why) == ("rejected", "cleo", "not now")
    no("proposal_closed", lambda: at.proposals.execute(made.id, by="alice"))


def test_withdrawing__is_for_proposer_and_operators() -> None:
    at = place()
    made = propose(at)
    no("forbidden", lambda: at.proposals.cancel(made.id, by="ann"))
    assert at.proposals.cancel(made.id, by="alice").status == "cancelled"
    other = propose(at)
    assert at.proposals.cancel(other.id, by="olga", why="mistake").why == "mistake"
    no("proposal_closed", lambda: at.proposals.cancel(other.id, by="olga"))


def test_withdrawing__waits_for_one_that_is_being_carried_out() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    execution = at.proposals.prepare(made.id, by="alice")
    no("conflict", lambda: at.proposals.cancel(made.id, by="alice"))
    no("conflict", lambda: at.proposals.reject(made.id, by="cleo", hash=made.hash))
    at.clock.now += 60
    assert at.proposals.cancel(made.id, by="alice").status == "cancelled"
    assert code(at.service.submit(execution.command, guard=execution.guard)) == "proposal_closed"


def test_an_execution_of_long_ago__does_nothing() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    execution = at.proposals.prepare(made.id, by="alice")
    at.clock.now += 60
    assert code(at.service.submit(execution.command, guard=execution.guard)) == "proposal_closed"
    assert code(at.proposals.execute(made.id, by="alice")) == "applied"


def test_a_store_that_fails__leaves_it_to_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")

    def fail() -> None:
        raise Unavailable("the disk is gone")

    with monkeypatch.context() as broken, pytest.raises(Unavailable):
        broken.setattr(at.service.store, "commit", fail)
        at.proposals.execute(made.id, by="alice")
    assert at.proposals.get(made.id).status == "approved"
    assert code(at.proposals.execute(made.id, by="alice")) == "applied"


def test_an_id_that_the_proposer_used_himself__makes_it_fall() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    own = msgspec.structs.replace(at.command("alice", "asset.burn", asset="FLUX", amount="1"), id=made.command["id"])
    assert code(at.service.submit(own, guard=at.guard.guard)) == "applied"
    assert code(at.proposals.execute(made.id, by="alice")) == "command_id_reused"
    assert at.proposals.get(made.id).status == "fallen"


def test_an_unprepared_execution__does_nothing() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    guard = at.proposals._service_guard
    command = at.command("alice", "asset.transfer", asset="FLUX", to="bob", amount="500")
    assert code(at.service.submit(command, guard=guard)) == "proposal_closed"
    assert at.proposals.get(made.id).status == "approved"


# --- a real database -------------------------------------------------------------------------------------------------


def test_two_servers_on_one_file__pay_once_and_share_limits(tmp_path: Path) -> None:
    """Journal and office in one SQLite file, two servers with threads: no deadlock, one payment, one limit."""
    url, clock = str(tmp_path / "desk.db"), FixedClock(START)
    Service.create(SqliteStore(url, create=True), Genesis(), clock).close()
    one = Place(store=SqliteStore(url), documents=SqliteDocuments(url, create=True), clock=clock,
                groups={"board": ["ann", "ben"]})  # fmt: skip
    for name in ("ann", "ben"):
        one.person(name, "approver")
    one.person("alice", "holder")
    one.mint("FLUX", "alice", "10000")
    one.install(ROLES, LARGE, {"name": "day", "action": "block", "per_period": {"above": "900", "seconds": DAY}})
    two = Place(store=SqliteStore(url), documents=SqliteDocuments(url), clock=clock)
    made = approve(one, propose(one, "500"), "ann")
    two.office.refresh()
    approve(two, made, "ben")
    small = [
        lambda at=at: at.send("alice", "asset.transfer", asset="FLUX", to="dave", amount="50")
        for at in (one, two)
        for _ in range(10)
    ]
    execute = [lambda at=at: at.proposals.execute(made.id, by="alice") for at in (one, two) for _ in range(3)]
    assert set(many(execute)) == {"done"}
    many(small)
    for at in (one, two):
        at.service.catch_up()
        at.office.refresh()
        assert at.state.book.balance("FLUX", "bob") == 500 * 10**8
        assert at.state.book.balance("FLUX", "dave") == 400 * 10**8
        assert at.proposals.get(made.id).status == "executed"
        at.service.close()
        at.office.close()


# --- races ----------------------------------------------------------------------------------------------------------


def many(calls: list[Callable[[], object]]) -> list[str]:
    def outcome(call: Callable[[], object]) -> str:
        try:
            call()
        except HoldfastError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(outcome, calls))


def test_one_person_sending_twenty_approvals_at_once__counts_once() -> None:
    at = place()
    made = propose(at)
    answers = many([lambda: approve(at, made, "ann")] * 20)
    assert sorted(answers) == ["conflict"] * 19 + ["done"]
    assert [given.person for given in at.proposals.get(made.id).approvals] == ["ann"]
    assert at.proposals.get(made.id).status == "pending"


def test_approving_and_declining_at_once__leaves_one_end() -> None:
    for _ in range(10):
        at = place()
        made = propose(at)
        many(
            [
                lambda made=made, at=at: approve(at, made, "ann"),
                lambda made=made, at=at: approve(at, made, "ben"),
                lambda made=made, at=at: at.proposals.reject(made.id, by="cleo", hash=made.hash),
                lambda made=made, at=at: at.proposals.cancel(made.id, by="alice"),
            ]
        )
        ended = at.proposals.get(made.id)
        assert ended.status in ("rejected", "cancelled")
        assert sum(word in ("proposal.rejected", "proposal.cancelled") for word in at.words()) == 1


def test_twenty_executions_at_once__pay_once() -> None:
    at = place()
    made = approve(at, propose(at), "ann", "ben")
    answers = many([lambda: at.proposals.execute(made.id, by="alice")] * 20)
    assert set(answers) == {"done"}
    assert at.state.book.balance("FLUX", "bob") == 500 * 10**8
    assert at.words().count("proposal.executed") == 1


def test_carrying_out_and_withdrawing_at_once__agree() -> None:
    for _ in range(10):
        at = place()
        made = approve(at, propose(at), "ann", "ben")
        many(
            [
                lambda made=made, at=at: at.proposals.execute(made.id, by="alice"),
                lambda made=made, at=at: at.proposals.cancel(made.id, by="alice"),
            ]
        )
        paid = at.state.book.balance("FLUX", "bob") != 0
        assert at.proposals.get(made.id).status == ("executed" if paid else "cancelled")


# --- groups and versions --------------------------------------------------------------------------------------------


def test_groups__hold_known_people_and_stay_while_policies_name_them() -> None:
    at = place()
    no("unknown_person", lambda: set_group(at.office, "board", ["zoe"], by="olga"))
    no("malformed", lambda: set_group(at.office, "Board", [], by="olga"))
    no("malformed", lambda: set_group(at.office, "board", [], by="olga", title="a\nb"))
    made = set_group(at.office, "board", ["ben", "ann", "ben"], by="olga", title="The board")
    assert (made.members, made.title) == (("ann", "ben"), "The board")
    named = groups_named(policies_now(at.office))
    no("conflict", lambda: remove_group(at.office, "board", by="olga", used=named))
    no("unknown_group", lambda: remove_group(at.office, "none", by="olga"))
    remove_group(at.office, "risk", by="olga", used=named)
    assert at.office.get(Group, "risk") is None
    assert at.words()[-2:] == ["group.changed", "group.removed"]


def test_versions__are_counted_kept_and_logged() -> None:
    from holdfast.identity.policies import presets
    from holdfast.identity.policies.installed import install

    at = place()
    one = current(at.office)
    assert one is not None and one.version == 1
    no("policies_changed", lambda: install(at.office, presets.load("open"), by="olga", expected=0))
    two = install(at.office, presets.load("open"), by="olga", expected=1)
    no("malformed", lambda: install(at.office, presets.load("four_eyes"), by="olga"))
    assert [kept.version for kept in history(at.office)] == [1, 2]
    assert (current(at.office) or two).policies == two.policies
    last = list(at.office.log())[-1]
    assert (last.what, last.about, last.details["rules"]) == ("policy.changed", "2", ["roles decide"])


def test_another_server__takes_new_policies_over_once_it_looks() -> None:
    at = place()
    other = at.beside()
    at.install({"name": "stop", "action": "block"})
    other.office.refresh()
    assert code(other.send("alice", "asset.transfer", asset="FLUX", to="bob", amount="1")) == "policy_blocked"
    assert other.guard.version == 2


def test_approve__let_in_by_the_proposer_less_than_a_day_ago__refused() -> None:
    """Whoever invites an approver anew could use the link himself; a day later the true one would have noticed."""
    at = place(ROLES, LARGE)
    at.mint("VG", "alice", "1000")
    first = at.proposals.create(at.command("alice", "term.stake", amount="200"), by="alice")
    with at.office.write() as t:
        t.put(Credentials("ann", let_in_by="alice", let_in_at=t.now))
        t.put(Credentials("ben", let_in_by="cleo", let_in_at=t.now))
    refused("own_approval", lambda: at.proposals.approve(first.id, by="ann", hash=first.hash))
    at.proposals.approve(first.id, by="ben", hash=first.hash)
    at.clock.now += DAY
    again = at.proposals.create(at.command("alice", "term.stake", amount="201"), by="alice")
    at.proposals.approve(again.id, by="ann", hash=again.hash)
