"""Standing instructions: who may give them, what they order and from when on, and that they run as their owner."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from holdfast.errors import PolicyBlocked
from holdfast.identity import standing
from holdfast.identity.policies.directory import Directory
from holdfast.identity.policies.guard import PolicyGuard
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import Policies, Rule
from holdfast.identity.records import Person
from holdfast.identity.roles import Grant
from holdfast.identity.standing import Claim, Instruction, Restake, StopLoss, UnstakeAtMaturity
from holdfast.keeper.due import due
from holdfast.keeper.instructed import affordable, due_standing
from holdfast.protocol import commands
from keeping import finish, ids, journal, keeper_on, loan, office_of, principal, stakes, strategy, to_maturity, told
from support import DAY, START, Desk, refused

ALICE = principal("alice")


def give(desk, office, terms, by=ALICE, **how) -> Instruction:
    return standing.create(office, desk.state, by, terms, **how)


def found(desk, office, at=None, **how):
    return due_standing(desk.state, office.all(Instruction).values(), desk.now if at is None else at, **how)


def log(office):
    return [(entry.what, entry.by, entry.details) for entry in office.log()]


def words(office):
    return [entry.what for entry in office.log()]


# --- giving and ending ------------------------------------------------------------------------------------------------


def test_create__kept_and_told_in_the_log(desk):
    office = office_of(desk, "alice")
    given = give(desk, office, Claim(minimum="5"), until=START + DAY)
    assert given == Instruction(given.id, "alice", "alice", Claim(("fees", "exits"), "5"), START, START + DAY)
    assert standing.of_person(office, "alice") == (given,)
    (entry,) = office.log()
    assert (entry.what, entry.by, entry.about, entry.where) == ("standing.created", "alice", given.id, "192.0.2.7")
    assert entry.details == {
        "account": "alice", "kind": "claim", "until": "2026-01-02T00:00:00Z",
        "sources": ["fees", "exits"], "minimum": "5",
    }  # fmt: skip


def test_create__needs_every_right_that_carrying_it_out_takes(desk):
    office = office_of(desk, "alice")
    narrow = principal("alice", Grant("holder", ("standing.manage", "fee_key.claim")))
    error = refused("forbidden", lambda: give(desk, office, Claim(), by=narrow))
    assert error.details["function"] == "vault.claim"
    give(desk, office, Claim(("fees",)), by=narrow)
    refused("forbidden", lambda: give(desk, office, Claim(("fees",)), by=principal("alice", Grant("auditor"))))
    for terms, function in (
        (Restake(), "term.stake"),
        (UnstakeAtMaturity(), "term.unstake"),
        (StopLoss(ltv_bps=8_000), "leverage.request_close_position"),
        (Claim(("unbonding",)), "leverage.finalize_close_position"),
    ):
        assert refused("forbidden", lambda t=terms: give(desk, office, t, by=narrow)).details["function"] == function
    assert len(standing.of_person(office, "alice")) == 1


@pytest.mark.parametrize(
    ("code", "terms", "how"),
    [
        ("malformed", StopLoss(), {}),
        ("malformed", Claim(("fees", "fees")), {}),
        ("malformed", Claim(), {"until": START}),
        ("unknown_stake", UnstakeAtMaturity("vg-9"), {}),
        ("not_authorized", UnstakeAtMaturity("vg-1"), {}),
        ("unknown_booster", Restake("booster-9"), {}),
        ("not_authorized", Restake("booster-1"), {}),
    ],
)
def test_create__what_cannot_be_meant_is_refused_and_leaves_nothing(desk, code, terms, how):
    stakes(desk, "1000", holder="bob")
    desk.mint("VC", "bob", "1000000")
    desk.ok("booster.stake", "bob")
    office = office_of(desk, "alice")
    refused(code, lambda: give(desk, office, terms, **how))
    assert (standing.of_person(office, "alice"), words(office)) == ((), [])


def test_create__people_who_are_not_there_or_disabled(desk):
    office = office_of(desk, "alice")
    refused("unknown_person", lambda: give(desk, office, Claim(), by=principal("bob")))
    with office.write() as t:
        t.put(replace(office.get(Person, "alice"), disabled=START))
    refused("forbidden", lambda: give(desk, office, Claim()))


def test_create__one_restake_for_an_account_and_fifty_instructions_for_a_person(desk):
    office = office_of(desk, "alice")
    given = give(desk, office, Restake(), until=START + DAY)
    refused("instruction_exists", lambda: give(desk, office, Restake()))
    desk.later(DAY)  # the first one's end has come
    give(desk, office, Restake())
    for _ in range(49):
        give(desk, office, Claim())
    refused("too_many_instructions", lambda: give(desk, office, Claim()))
    standing.end(office, ALICE, office_last(office))
    give(desk, office, Claim())
    assert office.get(Instruction, given.id) is not None


def office_last(office) -> str:
    return list(office.all(Instruction))[-1]


def test_end__by_its_owner_alone(desk):
    office = office_of(desk, "alice", "bob")
    given = give(desk, office, Claim())
    refused("unknown_instruction", lambda: standing.end(office, principal("bob"), given.id))
    refused("unknown_instruction", lambda: standing.end(office, ALICE, "none"))
    refused("forbidden", lambda: standing.end(office, principal("alice", Grant("auditor")), given.id))
    standing.end(office, ALICE, given.id)
    assert standing.of_person(office, "alice") == ()
    assert words(office) == ["standing.created", "standing.ended"]
    assert log(office)[-1][2]["reason"] == "by its owner"


def test_end__at_its_instant(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    to_maturity(desk)
    give(desk, office, UnstakeAtMaturity(), until=desk.now + 1)
    assert len(found(desk, office)) == 1
    desk.later(1)
    assert found(desk, office) == []
    assert finish(keeper_on(desk, office)) == [("keeper/unstake-vg-1", "applied")]  # the keeper's own right
    assert standing.of_person(office, "alice") == ()
    assert log(office)[-1] == (
        "standing.ended", "system",
        {
            "account": "alice", "kind": "unstake_at_maturity", "until": "2026-06-03T00:00:01Z", "stake": None,
            "reason": "its end has come",
        },
    )  # fmt: skip


# --- unstake at maturity ----------------------------------------------------------------------------------------------


def test_unstake__due_at_the_second_of_maturity_as_the_owner_where_keepers_may_not():
    desk = Desk(term={"keeper_unstakes": False})
    stakes(desk, "1000")
    stakes(desk, "1000", holder="bob")
    office = office_of(desk, "alice", "bob")
    given = give(desk, office, UnstakeAtMaturity())
    unlocks_at = desk.state.stakes["vg-1"].unlocks_at
    assert found(desk, office, unlocks_at - 1) == []
    (task,) = found(desk, office, unlocks_at)
    assert task.command == commands.TermUnstake(f"alice/standing-{given.id}-vg-1", "alice", stake="vg-1")
    assert (task.instruction, task.person, task.since) == (given.id, "alice", unlocks_at)
    to_maturity(desk)
    assert due(desk.state, desk.now) == []
    assert finish(keeper_on(desk, office)) == [(task.id, "applied")]
    assert desk.state.stakes["vg-1"].unstaked
    assert not desk.state.stakes["vg-2"].unstaked
    assert desk.balance("VG", "alice") == "1800"


def test_unstake__only_the_stake_that_is_named(desk):
    stakes(desk, "1000", "1000")
    office = office_of(desk, "alice")
    give(desk, office, UnstakeAtMaturity("vg-2"))
    to_maturity(desk)
    assert [task.subject for task in found(desk, office)] == ["vg-2"]


def test_unstake__goes_before_the_keeper_s_own_right(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    given = give(desk, office, UnstakeAtMaturity())
    to_maturity(desk)
    assert finish(keeper_on(desk, office)) == [(f"alice/standing-{given.id}-vg-1", "applied")]
    assert journal(desk) == [(f"alice/standing-{given.id}-vg-1", "applied")]


# --- restake ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paid", [0, 1, 10, 11, 109, 110, 111, 9 * 10**11, 10**18 + 7])
@pytest.mark.parametrize("tax_bps", [0, 1, 1_000, 3_333, 10_000])
def test_affordable__is_the_largest_amount(paid, tax_bps):
    def cost(amount):
        return amount + amount * tax_bps // 10_000

    amount = affordable(paid, tax_bps)
    assert cost(amount) <= paid < cost(amount + 1)


def test_restake__stakes_what_was_paid_out_tax_and_all(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    given = give(desk, office, Restake())
    to_maturity(desk)
    assert found(desk, office) == []
    keeper = keeper_on(desk, office)
    before = desk.units("VG", "alice")
    done = finish(keeper)
    assert done == [("keeper/unstake-vg-1", "applied"), (f"alice/standing-{given.id}-vg-1", "applied")]
    assert desk.state.stakes["vg-2"].amount == affordable(900 * 10**9, 1_000) == 818_181_818_182
    assert desk.units("VG", "alice") == before  # nothing of alice's own was needed, to the last unit
    assert finish(keeper) == []
    assert finish(keeper_on(desk, office)) == []  # a new process learns of it from the journal
    assert len(desk.state.stakes) == 2


def test_restake__with_the_tax_on_top_and_a_booster_while_it_is_active(desk):
    stakes(desk, "2000", "2000")
    desk.mint("VC", "alice", "1000000")
    desk.ok("booster.stake", "alice")
    office = office_of(desk, "alice")
    give(desk, office, Restake("booster-1", tax_on_top=True))
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    desk.ok("term.unstake", "alice", stake="vg-2")
    finish(keeper_on(desk, office))
    assert [(desk.state.stakes[f"vg-{n}"].amount, desk.state.stakes[f"vg-{n}"].booster) for n in (3, 4)] == [
        (1_800 * 10**9, "booster-1"),
        (1_800 * 10**9, None),
    ]


def test_restake__a_booster_that_comes_later_is_not_kept_for_what_was_restaked_before(desk):
    stakes(desk, "2000", "5000")
    desk.mint("VC", "bob", "1000000")
    desk.ok("booster.stake", "bob")
    desk.ok("booster.transfer", "bob", booster="booster-1", to="alice")
    office = office_of(desk, "alice")
    give(desk, office, Restake("booster-1"))
    desk.ok("booster.transfer", "alice", booster="booster-1", to="bob")
    to_maturity(desk, "vg-2")
    finish(keeper_on(desk, office))
    desk.ok("booster.transfer", "bob", booster="booster-1", to="alice")
    to_maturity(desk, "vg-1")
    desk.ok("term.unstake", "alice", stake="vg-1")
    finish(keeper_on(desk, office))  # a new process, which learns of the first one from the journal
    assert [desk.state.stakes[f"vg-{n}"].booster for n in (3, 4)] == [None, "booster-1"]
    finish(keeper_on(desk, office))  # and the next one, for which the command would read otherwise, does nothing twice
    assert len(desk.state.stakes) == 4
    assert all(outcome == "applied" for _, outcome in journal(desk))


def test_restake__not_what_was_paid_out_before_it_was_given_and_later_stakes_too(desk):
    stakes(desk, "1000", "1000")
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    office = office_of(desk, "alice")
    give(desk, office, Restake())
    stakes(desk, "1000")
    stakes(desk, "1000", holder="bob")
    assert found(desk, office) == []
    to_maturity(desk, "vg-4")
    for name, holder in (("vg-2", "alice"), ("vg-3", "alice"), ("vg-4", "bob")):
        desk.ok("term.unstake", holder, stake=name)
    assert sorted(task.subject for task in found(desk, office)) == ["restake vg-2", "restake vg-3"]


def test_restake__a_large_stake_s_payment_goes_back_beside_its_reinvestment(desk):
    stakes(desk, "15000")
    office = office_of(desk, "alice")
    give(desk, office, Restake())
    to_maturity(desk)
    finish(keeper_on(desk, office))
    amounts = [desk.state.stakes[f"vg-{n}"].amount for n in (2, 3)]
    assert amounts == [10_500 * 10**9, affordable(4_050 * 10**9, 1_000)]


def test_restake__one_that_fails_is_told_once_and_done_when_it_can_be(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    given = give(desk, office, Restake())
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    desk.ok("asset.transfer", "alice", asset="VG", to="bob", amount=desk.balance("VG", "alice"))
    keeper = keeper_on(desk, office)
    work = f"alice/standing-{given.id}-vg-1"
    assert told(keeper.step()) == [(work, "held_up")]
    assert told(keeper.step()) == []  # it waits
    keeper._attempts._monotonic.now += 5
    assert told(keeper.step()) == [(work, "held_up")]
    assert told(keeper_on(desk, office).step()) == [(work, "held_up")]
    assert words(office) == ["standing.created", "standing.failed"]
    _, by, details = log(office)[-1]
    assert (by, details["command"], details["code"]) == ("alice", work, "insufficient_balance")
    assert journal(desk) == []
    desk.mint("VG", "alice", "2000")
    keeper._attempts._monotonic.now += 300
    assert told(keeper.step()) == [(work, "applied")]


def test_restake__one_that_was_refused_between_look_and_work_goes_on_after_that_record(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    given = give(desk, office, Restake())
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    work = f"alice/standing-{given.id}-vg-1"
    everything = desk.balance("VG", "alice")
    desk.ok("asset.transfer", "alice", asset="VG", to="bob", amount=everything)
    refused_stake = commands.TermStake(work, "alice", amount="818.181818182")
    seq = desk.service.submit(refused_stake, desk.now).seq
    keeper = keeper_on(desk, office)
    (looked,) = keeper.look().done
    assert (looked.status, looked.code) == ("held_up", "insufficient_balance")
    assert finish(keeper) == [(f"{work}/after-{seq}", "held_up")]
    desk.mint("VG", "alice", "1000")
    (looked,) = keeper_on(desk, office).look().done
    assert looked.status == "due"
    assert finish(keeper_on(desk, office)) == [(f"{work}/after-{seq}", "applied")]
    assert finish(keeper_on(desk, office)) == []
    assert len(desk.state.stakes) == 2


def test_restake__one_that_another_keeper_did_with_other_words_meanwhile_is_done(desk):
    stakes(desk, "1000")
    office = office_of(desk, "alice")
    given = give(desk, office, Restake())
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    other = commands.TermStake(f"alice/standing-{given.id}-vg-1", "alice", amount="500")
    keeper = keeper_on(desk, office)
    submit = keeper._desk.submit
    keeper._desk.submit = lambda work: [desk.service.submit(other, desk.now), submit(work)][1]
    (done,) = keeper.step().done
    assert (done.status, done.code) == ("refused", "command_id_reused")
    desk.mint("VG", "alice", "5000")
    for _ in range(3):
        keeper._attempts._monotonic.now += 300
        assert told(keeper.step()) == []
    assert len(desk.state.stakes) == 2


# --- claims -----------------------------------------------------------------------------------------------------------


def fees(desk) -> None:
    """alice's two keys, and fees in the pool."""
    desk.ok("fee_key.issue", "operator", to="alice", locked_lp=100)
    desk.ok("fee_key.issue", "operator", to="alice", locked_lp=300)
    desk.ok("fee_key.issue", "operator", to="bob", locked_lp=100)
    stakes(desk, "1000", holder="carol")  # 100 of tax: 50 to the keys, 10 and 30 of it alice's


def test_claim__fees_once_all_keys_together_reach_the_minimum(desk):
    fees(desk)
    office = office_of(desk, "alice")
    given = give(desk, office, Claim(("fees",), "40.000000001"))
    assert found(desk, office) == []
    standing.end(office, ALICE, given.id)
    given = give(desk, office, Claim(("fees",), "40"))
    assert ids(found(desk, office)) == [f"alice/standing-{given.id}-key-1-0", f"alice/standing-{given.id}-key-2-0"]
    finish(keeper_on(desk, office))
    assert desk.balance("VG", "alice") == "40"
    stakes(desk, "1000", holder="carol")
    again = f"alice/standing-{given.id}-key-1-{10 * 10**9}"
    assert (again, "applied") in finish(keeper_on(desk, office))
    assert desk.balance("VG", "alice") == "80"


def test_claim__a_key_that_was_given_away_is_the_new_owner_s(desk):
    fees(desk)
    office = office_of(desk, "alice", "bob")
    give(desk, office, Claim(("fees",)))
    desk.ok("fee_key.transfer", "alice", key="key-1", to="bob")
    assert [task.subject for task in found(desk, office)] == ["key-2"]
    give(desk, office, Claim(("fees",)), by=principal("bob"))
    assert sorted(task.subject for task in found(desk, office)) == ["key-1", "key-2", "key-3"]


def test_claim__exits_when_they_are_filled_and_reach_the_minimum(desk):
    strategy(desk)
    office = office_of(desk, "alice")
    given = give(desk, office, Claim(("exits",), "50"))
    for shares in ("30", "19.99999999"):
        desk.ok("vault.request_redeem", "alice", vault="FLUX", shares=shares)
    assert found(desk, office) == []
    keeper = keeper_on(desk, office)
    assert finish(keeper) == [("keeper/settle-FLUX-from-exit-1", "applied")]
    assert found(desk, office) == []
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="0.00000001", receiver="bob")
    done = finish(keeper)
    assert done[0] == ("keeper/settle-FLUX-from-exit-3", "applied")
    assert sorted(done[1:]) == [(f"alice/standing-{given.id}-exit-{n}", "applied") for n in (1, 2, 3)]
    assert (desk.balance("FLUX", "alice"), desk.balance("FLUX", "bob")) == ("49.99999999", "0.00000001")
    assert desk.state.indexes.holdings.claimable == {}


def test_claim__an_unbonding_position_when_it_is_asked_for_and_complete(desk):
    loan(desk, "alice")
    desk.ok("leverage.request_close_position", "alice")
    office = office_of(desk, "alice")
    give(desk, office, Claim())
    given = give(desk, office, Claim(("unbonding",)))
    desk.eras(6)
    assert found(desk, office) == []
    desk.end_era()
    assert ids(found(desk, office)) == [f"alice/standing-{given.id}-era-7"]
    finish(keeper_on(desk, office))
    assert desk.balance("CSPR", "alice") == "1000"


@pytest.mark.parametrize(("minimum", "units"), [("0", 0), ("1.5", 15), ("1.55", 16), ("1.50", 15), ("2", 20)])
def test_claim__digits_that_an_asset_lacks_round_the_minimum_up(minimum, units):
    from holdfast.keeper.instructed import _units

    assert _units(minimum, 1) == units


# --- stop-loss --------------------------------------------------------------------------------------------------------


def test_stop_loss__from_the_exact_loan_to_value_on(desk):
    loan(desk, "alice")  # 4,000 owed on 5,000: 8,000 bps
    office = office_of(desk, "alice")
    exact = give(desk, office, StopLoss(ltv_bps=8_000))
    give(desk, office, StopLoss(ltv_bps=8_001))
    (task,) = found(desk, office)
    assert task.command == commands.LeverageRequestClosePosition(f"alice/standing-{exact.id}-era-0", "alice")
    desk.end_era({"v1": "0.000000001"})  # 7,999.99…, shown as 8,000: not reached
    assert desk.view("positions", "alice", "ltv_bps") == 8_000
    assert found(desk, office) == []


def test_stop_loss__from_the_exact_health_on(desk):
    loan(desk, "alice")  # 5,000 · 8,500 / 4,000 = 10,625
    office = office_of(desk, "alice")
    give(desk, office, StopLoss(health_bps=10_624))
    assert found(desk, office) == []
    given = give(desk, office, StopLoss(health_bps=10_625))
    assert [task.instruction for task in found(desk, office)] == [given.id]
    desk.end_era({"v1": "0.000000001"})
    assert desk.view("positions", "alice", "health_factor_bps") == 10_625
    assert found(desk, office) == []


def test_stop_loss__closes_once_and_again_the_next_position(desk):
    loan(desk, "alice")
    office = office_of(desk, "alice")
    given = give(desk, office, StopLoss(ltv_bps=8_000))
    keeper = keeper_on(desk, office)
    assert finish(keeper) == [(f"alice/standing-{given.id}-era-0", "applied")]
    assert desk.state.positions["alice"].status == "unbonding"
    desk.eras(7)
    desk.ok("leverage.finalize_close_position", "alice")
    loan(desk, "alice", leverage=2)
    assert finish(keeper) == []  # 5,000 bps
    desk.end_era(v1=4_000)
    assert finish(keeper) == [(f"alice/standing-{given.id}-era-7", "applied")]


def test_stop_loss__none_without_debt(desk):
    loan(desk, "alice", leverage=1)
    office = office_of(desk, "alice")
    give(desk, office, StopLoss(ltv_bps=1, health_bps=1_000_000))
    desk.end_era(v1=10_000)
    assert found(desk, office) == []


def test_stop_loss__comes_before_everything_else(desk):
    fees(desk)
    loan(desk, "alice")
    office = office_of(desk, "alice")
    give(desk, office, Claim())
    give(desk, office, StopLoss(ltv_bps=8_000))
    assert [task.kind for task in found(desk, office)] == ["stop_loss", "claim", "claim"]


# --- as the owner -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"disabled": START}, "alice is disabled"),
        ({"grants": ()}, "lacks fee_key.claim"),
        ({"grants": (Grant("holder", ("vault.*",)),)}, "lacks fee_key.claim"),
        ({"grants": (Grant("holder", until=START),)}, "lacks fee_key.claim"),
        ({"account": "other"}, "no longer has the account alice"),
    ],
)
def test_owner__who_may_not_himself_has_nothing_done(desk, change, why):
    fees(desk)
    office = office_of(desk, "alice")
    give(desk, office, Claim(("fees",)))
    with office.write() as t:
        t.put(replace(office.get(Person, "alice"), **change))
    keeper = keeper_on(desk, office)
    (first, _) = keeper.step().done
    assert (first.status, first.code) == ("held_up", "forbidden")
    assert why in first.message
    assert journal(desk) == []
    assert words(office) == ["standing.created", *["standing.failed"] * 2]  # two keys, one entry each


def test_owner__policies_stop_an_instruction_as_they_stop_him(desk):
    fees(desk)
    office = office_of(desk, "alice")
    given = give(desk, office, Claim(("fees",)))
    install(office, Policies(rules=(Rule(name="no", action="block", commands=("fee_key.claim",)),)), by="ops")
    policies = PolicyGuard(desk.service, office, Directory(office))
    keeper = keeper_on(desk, office, guard_of=lambda task: policies.guard if task.person else None)
    step = keeper.step()
    assert {(done.status, done.code) for done in step.done} == {("refused", PolicyBlocked.code)}
    assert journal(desk) == []
    assert log(office)[-1][2]["code"] == PolicyBlocked.code
    install(office, Policies(rules=(Rule(name="yes", action="allow"),)), by="ops")
    keeper._attempts._monotonic.now += 5
    assert told(keeper.step()) == [
        (f"alice/standing-{given.id}-key-1-0", "applied"),
        (f"alice/standing-{given.id}-key-2-0", "applied"),
    ]


def test_owner__one_ended_between_look_and_work_is_not_carried_out(desk):
    fees(desk)
    office = office_of(desk, "alice")
    given = give(desk, office, Claim(("fees",)))
    keeper = keeper_on(desk, office)
    stale = keeper._in_office()
    standing.end(office, ALICE, given.id)
    keeper._instructions = lambda: stale
    assert {(done.status, done.code) for done in keeper.step().done} == {("held_up", "forbidden")}
    assert journal(desk) == []


def test_work__only_the_accounts_of_instructions_are_looked_at(desk):
    stakes(desk, "1000", "1000")
    stakes(desk, *["100"] * 50, holder="bob")
    office = office_of(desk, "alice")
    give(desk, office, UnstakeAtMaturity())
    give(desk, office, Restake())
    give(desk, office, Claim())
    looked = []

    class Counting(dict):
        def __getitem__(self, key):
            looked.append(key)
            return super().__getitem__(key)

        def get(self, key, default=None):
            looked.append(key)
            return super().get(key, default)

        def values(self):
            raise AssertionError("looked through all records")

        items = __iter__ = keys = values

    for name in ("stakes", "exits", "fee_keys", "positions"):
        setattr(desk.state, name, Counting(getattr(desk.state, name)))
    assert found(desk, office, START + 180 * DAY) != []
    assert set(looked) == {"vg-1", "vg-2"}
