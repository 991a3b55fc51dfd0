"""Rolling sums: exact to the second and the base unit, within a batch, across processes, and after any rebuild."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.engine.journal import Receipt, Row
from holdfast.engine.service import Service, Submission
from holdfast.errors import Unavailable
from holdfast.identity import address_book
from holdfast.identity.groups import set_group
from holdfast.identity.policies import guard as guard_module
from holdfast.identity.policies.evaluate import NOTHING_AROUND, Compiled, CompiledPolicies, asker
from holdfast.identity.policies.facts import Facts
from holdfast.identity.policies.rules import convert
from holdfast.identity.policies.usage import Usage, Window, first_after
from holdfast.primitives.asset import format_units
from holdfast.primitives.clock import FixedClock
from holdfast.store.memory import MemoryStore
from offices import Place
from support import Desk

OPEN = {"name": "open", "action": "allow"}


def limit(up_to: str = "100", seconds: int = 60, **fields: Any) -> dict[str, Any]:
    """A rule that blocks what would go above a rolling sum."""
    per = fields.pop("per", "person")
    return {"name": "limit", "action": "block", "commands": ["asset.transfer"],
            "per_period": {"above": up_to, "seconds": seconds, "per": per}, **fields}  # fmt: skip


def place(*rules: dict[str, Any], groups: dict[str, list[str]] | None = None, cooling: int = 86_400) -> Place:
    made = Place(OPEN, *rules, groups=groups, cooling_seconds=cooling)
    for person in ("alice", "bob", "carol"):
        made.person(person, "holder")
        made.mint("FLUX", person, "10000")
    return made


def sent(at: Place, person: str, amount: str, **fields: Any) -> str:
    """How a transfer to dave is answered: applied, or the code of its refusal."""
    receipt = at.send(person, "asset.transfer", asset=fields.pop("asset", "FLUX"), to="dave", amount=amount, **fields)
    return receipt.error.code if receipt.error else receipt.status


# --- the window -----------------------------------------------------------------------------------------------------


def test_a_sum__holds_exactly_the_last_seconds() -> None:
    at = place(limit("100", 60))
    start = at.clock.now
    assert sent(at, "alice", "60") == "applied"
    at.clock.now = start + 30
    assert sent(at, "alice", "40") == "applied"
    assert sent(at, "alice", "0.00000001") == "policy_blocked"
    at.clock.now = start + 59
    assert sent(at, "alice", "0.00000001") == "policy_blocked"
    at.clock.now = start + 60  # now the first one is out
    assert sent(at, "alice", "60.00000001") == "policy_blocked"
    assert sent(at, "alice", "60") == "applied"
    at.clock.now = start + 90
    assert sent(at, "alice", "40.00000001") == "policy_blocked"
    assert sent(at, "alice", "40") == "applied"


def test_a_sum__is_each_persons_own_and_each_assets_own() -> None:
    at = place(limit("100", 60))
    at.mint("RENDER", "alice", "100")
    assert sent(at, "alice", "100") == "applied"
    assert sent(at, "bob", "100") == "applied"
    assert sent(at, "alice", "100", asset="RENDER") == "applied"
    assert sent(at, "bob", "1") == sent(at, "alice", "1") == "policy_blocked"


def test_a_sum_of_everyone__counts_those_the_rule_speaks_for() -> None:
    at = place(limit("100", 60, per="everyone", who=["group:traders"]), groups={"traders": ["alice", "bob"]})
    assert sent(at, "carol", "500") == "applied"
    assert sent(at, "alice", "70") == "applied"
    assert sent(at, "bob", "31") == "policy_blocked"
    assert sent(at, "bob", "30") == "applied"
    assert sent(at, "carol", "500") == "applied"


def test_a_sum_of_an_account__counts_all_who_act_for_it() -> None:
    at = Place(OPEN, limit("100", 60, per="account"))
    at.person("olga", "operator")
    at.person("otto", "operator")
    at.mint("FLUX", "operator", "1000")
    assert sent(at, "olga", "60", actor="operator") == "applied"
    assert sent(at, "otto", "41", actor="operator") == "policy_blocked"
    assert sent(at, "otto", "40", actor="operator") == "applied"


def test_limits_per_command__do_not_narrow_the_sum() -> None:
    """Small pieces count although the rule speaks of large commands only: splitting gains nothing."""
    at = place(limit("100", 60, per_command={"above": "10"}))
    for _ in range(10):
        assert sent(at, "alice", "10") == "applied"
    assert sent(at, "alice", "10") == "applied"  # the rule does not speak of it
    assert sent(at, "alice", "10.1") == "policy_blocked"


def test_refusals__use_nothing_up() -> None:
    at = place(limit("100", 60))
    assert sent(at, "alice", "101") == "policy_blocked"
    at.send("alice", "asset.transfer", asset="FLUX", to="dave", amount="99", actor="nobody")
    assert sent(at, "alice", "100") == "applied"
    assert sent(at, "alice", "0") == "zero_amount"


def test_joining_a_group__counts_what_one_did_before() -> None:
    at = place(limit("100", 60, who=["group:traders"]), groups={"traders": ["bob"]})
    assert sent(at, "bob", "1") == "applied"  # the sums are in use
    assert sent(at, "alice", "80") == "applied"
    set_group(at.office, "traders", ["alice"], by="olga")
    assert sent(at, "alice", "21") == "policy_blocked"
    assert sent(at, "alice", "20") == "applied"


def test_an_allow_up_to__ends_where_its_sum_is_used() -> None:
    at = Place({"name": "day", "action": "allow", "per_period": {"up_to": "100", "seconds": 60}})
    at.person("alice", "holder")
    at.mint("FLUX", "alice", "1000")
    assert sent(at, "alice", "100") == "applied"
    assert sent(at, "alice", "0.00000001") == "policy_blocked"


# --- batches, threads, processes ------------------------------------------------------------------------------------


def commands(at: Place, person: str, amounts: list[str]) -> list[Submission]:
    return [
        Submission(at.command(person, "asset.transfer", asset="FLUX", to="dave", amount=amount), None, at.guard.guard)
        for amount in amounts
    ]


def codes(receipts: list[Receipt]) -> list[str]:
    return [receipt.status if not receipt.error else receipt.error.code for receipt in receipts]


def test_one_batch__each_command_sees_those_before_it() -> None:
    at = place(limit("100", 60))
    receipts = at.service.submit_many(commands(at, "alice", ["60", "50", "40", "1"]))
    assert codes(receipts) == ["applied", "policy_blocked", "applied", "policy_blocked"]


def test_an_atomic_bulk_that_is_refused__uses_nothing_up() -> None:
    at = place(limit("100", 60))
    receipts = at.service.submit_many(commands(at, "alice", ["60", "50"]), atomic=True)
    assert codes(receipts) == ["not_carried_out", "policy_blocked"]
    assert sent(at, "alice", "100") == "applied"


def test_an_atomic_bulk__counts_what_it_made_itself() -> None:
    at = Place(OPEN, {**limit("100", 60), "commands": ["vault.deposit"]})
    at.person("olga", "operator")
    at.mint("FLUX", "operator", "500")
    bulk = [
        Submission(at.command("olga", kind, actor="operator", **fields), None, at.guard.guard)
        for kind, fields in [
            ("vault.create", {"asset": "FLUX"}),
            ("vault.deposit", {"vault": "FLUX", "assets": "90"}),
        ]
    ]
    assert codes(at.service.submit_many(bulk, atomic=True)) == ["applied", "applied"]
    left = at.send("olga", "vault.deposit", actor="operator", vault="FLUX", assets="11")
    assert codes([left]) == ["policy_blocked"]


def test_a_commit_that_fails__uses_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    at = place(limit("100", 60))

    def fail() -> None:
        raise Unavailable("the disk is gone")

    with monkeypatch.context() as broken, pytest.raises(Unavailable):
        broken.setattr(at.service.store, "commit", fail)
        sent(at, "alice", "100")
    assert sent(at, "alice", "100") == "applied"
    assert sent(at, "alice", "1") == "policy_blocked"


def test_fifty_threads__never_pass_the_limit_together() -> None:
    at = place(limit("100", 3_600))
    wanted = [at.command("alice", "asset.transfer", asset="FLUX", to="dave", amount="10") for _ in range(50)]
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda command: at.service.submit(command, guard=at.guard.guard), wanted))
    assert codes(receipts).count("applied") == 10
    assert at.state.book.balance("FLUX", "dave") == 100 * 10**8


def test_two_services_on_one_desk__share_the_limit() -> None:
    at = place(limit("100", 60))
    other = at.beside()
    assert sent(at, "alice", "60") == "applied"
    assert sent(other, "alice", "41") == "policy_blocked"
    assert sent(other, "alice", "40") == "applied"
    assert sent(at, "alice", "1") == "policy_blocked"
    assert sent(at, "bob", "100") == "applied"


def test_a_server_that_starts__reads_what_was_used() -> None:
    at = place(limit("100", 60))
    start = at.clock.now
    sent(at, "alice", "60")
    at.clock.now = start + 30
    sent(at, "alice", "30")
    after = at.beside()
    assert sent(after, "alice", "11") == "policy_blocked"
    at.clock.now = start + 60
    assert sent(after, "alice", "71") == "policy_blocked"
    assert sent(after, "alice", "70") == "applied"


def test_new_policies__know_the_past_of_their_own_period() -> None:
    at = place(limit("100", 60))
    start = at.clock.now
    sent(at, "alice", "50")
    at.clock.now = start + 500
    sent(at, "alice", "50")
    at.install(OPEN, limit("120", 1_000))
    assert sent(at, "alice", "21") == "policy_blocked"
    assert sent(at, "alice", "20") == "applied"


def test_without_policies__everything_is_denied() -> None:
    at = Place()
    at.person("alice", "holder")
    at.mint("FLUX", "alice", "10")
    assert sent(at, "alice", "1") == "policy_blocked"
    assert at.guard.version == 0


# --- against sums done by hand --------------------------------------------------------------------------------------


@given(st.data())
def test_sums__equal_those_counted_by_hand(data: st.DataObject) -> None:
    """Random transfers, seconds and losses of batches; live sums, rebuilt sums and naive sums are the same."""
    desk = Desk()
    for person in ("alice", "bob"):
        desk.mint("FLUX", person, "100000")
    compiled = CompiledPolicies(convert({"rules": [
        {**limit("1", 10, per=per), "name": per} for per in ("person", "everyone", "account")
    ]}))  # fmt: skip
    usage = Usage(compiled, lambda person, account: asker(person), NOTHING_AROUND, lambda: desk.state)
    desk.service.follow(usage)
    done: list[tuple[int, str, int]] = []
    for _ in range(data.draw(st.integers(1, 25))):
        desk.later(data.draw(st.sampled_from([0, 0, 1, 3, 9, 10, 11])))
        person, units = data.draw(st.sampled_from(["alice", "bob"])), data.draw(st.integers(1, 50))
        desk.send("asset.transfer", person, asset="FLUX", to="dave", amount=str(units))
        done.append((desk.now, person, units * 10**8))
        if data.draw(st.integers(0, 3)) == 0:  # a bulk that is taken back
            lost = [desk.command("asset.transfer", person, asset="FLUX", to="dave", amount=amount)
                    for amount in (str(units), "3", "999999")]  # fmt: skip
            refused = desk.service.submit_many([Submission(command, desk.now) for command in lost], atomic=True)
            assert all(receipt.error for receipt in refused)
        if data.draw(st.integers(0, 5)) == 0:
            usage.renew()
        later = data.draw(st.sampled_from([0, 1, 9, 10]))
        rebuilt = Usage(compiled, lambda person, account: asker(person), NOTHING_AROUND, lambda: desk.state)
        rebuilt.load(desk.store, desk.state.seq, desk.state.now)
        for sums in (usage, rebuilt):
            check(sums, compiled, done, desk.now + later)


def check(usage: Usage, compiled: CompiledPolicies, done: list[tuple[int, str, int]], now: int) -> None:
    for own in compiled.rules:
        for person in ("alice", "bob"):
            mine: Callable[[str], bool] = (lambda who: True) if own.name == "everyone" else person.__eq__
            by_hand = sum(units for at, who, units in done if now - 10 < at <= now and mine(who))
            facts = Facts("asset.transfer", person, "FLUX", 8, 1, ("dave",))
            assert usage.used(own, facts, person, now) == by_hand, (own.name, person)


def test_the_journal_is_read_no_further_back_than_the_longest_period() -> None:
    desk = Desk()
    for step in (0, 0, 5, 0, 7):
        desk.later(step)
        desk.mint("FLUX", "alice", "1")
    start = desk.now - 12
    read = [first_after(desk.store, start + edge, 5) for edge in (-1, 0, 4, 5, 11, 12)]
    assert read == [1, 3, 3, 5, 5, 6]
    assert first_after(MemoryStore(), 0, 0) == 1


def test_memory__forgets_what_no_period_holds() -> None:
    at = place(limit("100", 60))
    for _ in range(5):
        sent(at, "alice", "1")
        at.clock.now += 100
    sums = at.guard._usage
    assert len(sums._entries) == 1
    assert sums._windows is not None
    assert [len(window.by_second) for window in sums._windows.values()] == [1]
    at.clock.now += 100
    sent(at, "bob", "1")
    assert sums.knows("bob") and not sums.knows("alice")


def test_a_window__counts_backwards_from_any_second() -> None:
    window = Window()
    for second, units in [(1, 5), (1, 5), (4, 7), (9, 1)]:
        window.add(second, units)
    assert [window.since(edge) for edge in (0, 1, 3, 4, 8, 9)] == [18, 8, 8, 1, 1, 0]
    window.forget(4)
    assert (window.total, window.since(0), len(window.by_second)) == (1, 1, 1)


def test_what_is_taken_back__leaves_the_second_as_it_was() -> None:
    window = Window()
    for second, units in [(1, 5), (1, 6), (2, 7)]:
        window.add(second, units)
    window.take_back(2, 7)
    window.take_back(1, 6)
    assert ([list(own) for own in window.by_second], window.total) == ([[1, 5]], 5)


def test_policies_that_want_no_more_of_the_past__do_not_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    at = place(limit("100", 60))
    sent(at, "alice", "60")

    def rows(after: int = 0, upto: int | None = None) -> Iterator[Row]:
        raise AssertionError("the journal was read")
        yield

    monkeypatch.setattr(at.service.store, "rows", rows)
    at.install(OPEN, limit("70", 30))
    assert sent(at, "alice", "11") == "policy_blocked"
    assert sent(at, "alice", "10") == "applied"


def test_policies_on_other_commands__read_their_own_past() -> None:
    at = place(limit("100", 60))
    at.send("alice", "asset.burn", asset="FLUX", amount="60")
    at.install(OPEN, {**limit("100", 60), "commands": ["asset.transfer", "asset.burn"]})
    assert sent(at, "alice", "41") == "policy_blocked"
    assert sent(at, "alice", "40") == "applied"


def test_a_sum_to_the_address_book__counts_what_went_there_before() -> None:
    at = place(limit("100", 60, counterparties=["address_book"]), cooling=0)
    assert sent(at, "alice", "500") == "applied"
    address_book.add(at.office, "erin", by="olga", label="Erin")
    address_book.confirm(at.office, "erin", by="ann")
    assert at.send("alice", "asset.transfer", asset="FLUX", to="erin", amount="60").status == "applied"
    at.clock.now += 1
    address_book.add(at.office, "dave", by="olga", label="Dave")
    address_book.confirm(at.office, "dave", by="ann")
    assert sent(at, "alice", "40") == "applied"
    assert sent(at, "alice", "1") == "policy_blocked"
    address_book.remove(at.office, "erin", by="olga")
    assert sent(at, "alice", "60") == "applied"
    assert sent(at, "alice", "1") == "policy_blocked"


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, set()),
        ({"who": ["alice"]}, set()),
        ({"who": ["role:holder"]}, {"person", "group"}),
        ({"counterparties": ["bob"]}, set()),
        ({"counterparties": ["bob", "address_book"]}, {"address"}),
        ({"attested": [{"of": "actor", "kind": "kyc"}]}, {"attestation"}),
    ],
)
def test_sums__depend_on_what_their_rules_name(fields: dict[str, Any], kinds: set[str]) -> None:
    assert CompiledPolicies(convert({"rules": [limit("1", 60, **fields)]})).depends == kinds
    assert CompiledPolicies(convert({"rules": [{**OPEN, **fields}]})).depends == set()


def test_a_long_past__is_read_while_the_desk_works_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is read the old policies hold; then nothing of it is missing."""
    monkeypatch.setattr(guard_module, "AT_ONCE", 3)
    monkeypatch.setattr(guard_module, "PART", 2)
    at = place()
    for _ in range(10):
        assert sent(at, "alice", "10") == "applied"
    at.install(OPEN, limit("150", 3_600))
    meanwhile = 0
    for _ in range(2_000):
        if at.guard.version == 2:
            break
        meanwhile += sent(at, "alice", "0.001") == "applied"
        time.sleep(0.001)
    assert at.guard.version == 2
    assert meanwhile > 0
    left = 50 * 10**8 - meanwhile * 10**5
    assert sent(at, "alice", format_units(left + 1, 8)) == "policy_blocked"
    assert sent(at, "alice", format_units(left, 8)) == "applied"


def test_a_past_that_cannot_be_read_now__is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "AT_ONCE", 3)
    at = place()
    for _ in range(10):
        sent(at, "alice", "10")
    whole = at.service.store.rows

    def fail(after: int = 0, upto: int | None = None) -> Iterator[Row]:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(at.service.store, "rows", fail)
    at.install(OPEN, limit("150", 3_600))
    assert sent(at, "alice", "1") == "applied"
    while at.guard._reader is not None:
        time.sleep(0.001)
    monkeypatch.setattr(at.service.store, "rows", whole)
    sent(at, "alice", "1")
    while at.guard._reader is not None:
        time.sleep(0.001)
    assert at.guard.version == 2
    assert sent(at, "alice", "49") == "policy_blocked"
    assert sent(at, "alice", "48") == "applied"


def test_people_who_did_nothing__move_no_sums() -> None:
    at = place(limit("100", 60, who=["role:holder"]))
    sent(at, "alice", "60")
    sums = at.guard._usage
    sent(at, "alice", "1")
    windows = sums._windows
    at.person("zoe", "holder")
    assert sent(at, "alice", "1") == "applied" and sums._windows is windows
    at.person("alice", "holder", "oracle")
    assert sent(at, "alice", "39") == "policy_blocked" and sums._windows is not windows


def test_a_rule_without_a_period__has_used_nothing() -> None:
    compiled = CompiledPolicies(convert({"rules": [OPEN]}))
    usage = Usage(compiled, lambda person, account: asker(person), NOTHING_AROUND, lambda: Desk().state)
    found: Compiled = compiled.rules[0]
    assert usage.used(found, Facts("asset.transfer", "alice", "FLUX", 8, 5), "alice", 0) == 0


def test_the_clock__is_the_journals() -> None:
    """A clock that is set back neither frees what was used nor shortens a period."""
    at = place(limit("100", 60))
    sent(at, "alice", "100")
    at.clock.now -= 1_000
    assert sent(at, "alice", "1") == "policy_blocked"
    assert isinstance(at.service, Service) and isinstance(at.clock, FixedClock)
