"""What a keeper may do, and the second or era from which on: nothing a second too early, nothing that is not his."""

from __future__ import annotations

import pytest

import attesting
from holdfast.keeper import health as health_module
from holdfast.keeper.due import Duties, due
from holdfast.keeper.health import Health
from holdfast.keeper.tasks import ID_ROOM, attempt_after, command_id
from holdfast.protocol import commands
from holdfast.protocol.records import Stake
from keeping import ids, loan, stakes, strategy, to_maturity
from support import DAY, START, Desk


def found(desk: Desk, at: int | None = None, **how) -> list[str]:
    return ids(due(desk.state, desk.now if at is None else at, **how))


# --- stakes -----------------------------------------------------------------------------------------------------------


def test_unstake__due_from_the_second_at_which_it_unlocks(desk):
    stakes(desk, "1000")
    unlocks_at = desk.state.stakes["vg-1"].unlocks_at
    assert found(desk, unlocks_at - 1) == []
    (task,) = due(desk.state, unlocks_at)
    assert task.command == commands.TermUnstake("keeper/unstake-vg-1", "keeper", stake="vg-1")
    assert (task.kind, task.since, task.subject, task.once) == ("unstake", unlocks_at, "vg-1", False)
    assert task.why == "alice's stake matured at 2026-06-03T00:00:00Z"


def test_unstake__not_where_the_pool_does_not_let_keepers():
    desk = Desk(term={"keeper_unstakes": False})
    stakes(desk, "1000")
    to_maturity(desk)
    assert found(desk) == []


def test_unstake__not_once_it_was_paid_out(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.ok("term.unstake", "alice", stake="vg-1")
    assert found(desk) == []


def test_unstake__the_oldest_first_and_no_more_than_asked(desk):
    stakes(desk, "100", "5000", "1000", "200")
    to_maturity(desk, "vg-1")  # the smallest amount is locked the longest
    assert found(desk) == [f"keeper/unstake-vg-{n}" for n in (2, 3, 4, 1)]
    assert found(desk, limit=2) == ["keeper/unstake-vg-2", "keeper/unstake-vg-3"]
    passed = frozenset({"keeper/unstake-vg-2", "keeper/unstake-vg-4"})
    assert found(desk, limit=2, passed=passed) == ["keeper/unstake-vg-3", "keeper/unstake-vg-1"]


def test_nothing__without_the_role(desk):
    stakes(desk, "1000")
    loan(desk)
    to_maturity(desk)
    assert found(desk, account="mallory") == []
    desk.ok("role.grant", "operator", account="second", role="keeper")
    (task,) = due(desk.state, desk.now, account="second")
    assert (task.id, task.command.actor) == ("keeper/unstake-vg-1", "second")
    desk.ok("role.revoke", "operator", account="keeper", role="keeper")
    assert found(desk) == []
    desk.end_era(v1=10_000)
    assert Health().look(desk.state) == []
    assert len(Health().look(desk.state, account="second")) == 1


def test_time__an_earlier_second_than_the_desk_s_counts_as_the_desk_s(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.mint("VG", "alice", "1")
    assert found(desk, START) == ["keeper/unstake-vg-1"]


def test_kinds__only_those_asked_for(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    assert found(desk, duties=Duties(kinds=frozenset({"settle", "close_epoch"}))) == []
    assert found(desk, duties=Duties(kinds=frozenset({"unstake"}))) == ["keeper/unstake-vg-1"]


# --- exits ------------------------------------------------------------------------------------------------------------


def test_settle__due_once_idle_assets_fill_the_first_request(desk):
    strategy(desk, cooldown=0, window=0)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="300")
    assert found(desk) == []  # 100 are idle
    desk.ok("strategy.deallocate", "operator", strategy="benqi", amount="199.99999999")
    desk.ok("strategy.complete", "operator", request="unwind-1")
    assert found(desk) == []  # one base unit too little
    desk.ok("strategy.deallocate", "operator", strategy="benqi", amount="0.00000001")
    desk.ok("strategy.complete", "operator", request="unwind-2")
    (task,) = due(desk.state, desk.now)
    assert task.command == commands.VaultSettle("keeper/settle-FLUX-from-exit-1", "keeper", vault="FLUX", limit=1_000)
    assert (task.since, task.subject) == (None, "FLUX")
    assert "exit-1 with 300" in task.why
    desk.ok("vault.settle", "keeper", vault="FLUX")
    assert found(desk) == []


def test_settle__named_after_the_first_that_is_filled_so_new_work_has_a_new_id(desk):
    strategy(desk)
    for _ in range(3):
        desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="10")
    one = Duties(settle_limit=1)
    assert found(desk, duties=one) == ["keeper/settle-FLUX-from-exit-1"]
    desk.ok("vault.settle", "keeper", vault="FLUX", limit=1)
    assert found(desk, duties=one) == ["keeper/settle-FLUX-from-exit-2"]
    desk.ok("vault.cancel_redeem", "alice", request="exit-2")
    assert found(desk, duties=one) == ["keeper/settle-FLUX-from-exit-3"]


def test_settle__requests_that_would_get_nothing_are_passed_over(desk):
    strategy(desk)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="0.00000001")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="50")
    desk.ok("strategy.report", "oracle", strategy="benqi", loss="500")  # a base unit of shares is worth none now
    assert found(desk) == ["keeper/settle-FLUX-from-exit-2"]
    desk.ok("vault.settle", "keeper", vault="FLUX")
    assert (desk.state.exits["exit-1"].status, desk.state.exits["exit-2"].status) == ("pending", "claimable")
    assert found(desk) == []  # what is left can be filled with nothing: no work


# --- unwinds ----------------------------------------------------------------------------------------------------------


def test_complete__due_when_the_cooldown_ends_and_closed_when_the_window_was_missed(desk):
    strategy(desk)
    desk.ok("strategy.deallocate", "operator", strategy="benqi", amount="100")
    ready = START + 15 * DAY
    assert found(desk, ready - 1) == []
    (task,) = due(desk.state, ready)
    assert task.command == commands.StrategyComplete("keeper/complete-unwind-1", "keeper", request="unwind-1")
    assert task.since == ready
    assert task.why == "the cooldown of benqi has ended; it can be taken until 2026-01-18T00:00:00Z"
    (last,) = due(desk.state, ready + 2 * DAY - 1)
    assert "can be taken" in last.why
    (missed,) = due(desk.state, ready + 2 * DAY)
    assert "was missed" in missed.why and missed.id == task.id
    desk.later(17 * DAY)
    assert desk.ok("strategy.complete", "keeper", request="unwind-1")["missed"] is True
    assert found(desk) == []


def test_complete__the_window_that_closes_first_comes_first(desk):
    strategy(desk)
    desk.ok(
        "strategy.add", "operator", vault="FLUX", strategy="suzaku", protocol="suzaku", yield_curve=[["0", 500]],
        cap="1000", cooldown_seconds=DAY,
    )  # fmt: skip
    desk.ok("strategy.allocate", "operator", vault="FLUX", strategy="suzaku", amount="50")
    desk.ok("strategy.deallocate", "operator", strategy="suzaku", amount="50")  # no window: it can wait for ever
    for _ in range(2):
        desk.ok("strategy.deallocate", "operator", strategy="benqi", amount="10")
        desk.later(DAY)
    order = ["keeper/complete-unwind-2", "keeper/complete-unwind-3", "keeper/complete-unwind-1"]
    assert found(desk, START + 16 * DAY) == order
    assert found(desk, START + 17 * DAY) == [order[1], order[2], order[0]]  # the first one has been missed by then


# --- epochs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epoch", "grace", "closes"),
    [(3_600, 0, 3_600), (3_600, 300, 3_900), (3_600, 10_000, 3_960), (86_400, 300, 86_700), (7, 300, 7)],
)
def test_close_epoch__due_after_its_end_and_the_time_for_late_reports(desk, epoch, grace, closes):
    attesting.network(desk, epoch_seconds=epoch)
    duties = Duties(epoch_grace_seconds=grace)
    assert found(desk, START + closes - 1, duties=duties) == []
    (task,) = due(desk.state, START + closes, duties=duties)
    assert task.command == commands.DepinCloseEpoch("keeper/close-net-epoch-1", "keeper", network="net")
    assert (task.since, task.subject) == (START + closes, "net")


def test_close_epoch__each_has_an_id_of_its_own(desk):
    attesting.network(desk)
    desk.later(3 * 3_600)
    seen = []
    while names := found(desk, duties=Duties(epoch_grace_seconds=0)):
        seen += names
        desk.ok("depin.close_epoch", "keeper", network="net")
    assert seen == ["keeper/close-net-epoch-1", "keeper/close-net-epoch-2", "keeper/close-net-epoch-3"]


# --- positions --------------------------------------------------------------------------------------------------------


def test_finalize__anybody_s_only_past_the_grace(desk):
    loan(desk)
    desk.ok("leverage.request_close_position", "bob")
    desk.eras(7 + 83)
    assert found(desk) == []  # complete since era 7, but bob's own affair
    desk.no("not_authorized", "leverage.finalize_close_position", "keeper", holder="bob")
    desk.later(60)
    desk.end_era()
    (task,) = due(desk.state, desk.now)
    work = commands.LeverageFinalizeClosePosition("keeper/finalize-bob-era-7", "keeper", holder="bob")
    assert (task.command, task.since) == (work, desk.now)
    desk.ok("leverage.finalize_close_position", "keeper", holder="bob")
    assert found(desk) == []


def test_finalize__a_liquidated_one_when_it_is_complete(desk):
    loan(desk)
    desk.end_era(v1=1_000)
    desk.ok("leverage.liquidate", "carol", holder="bob")
    desk.eras(6)
    assert found(desk) == []
    desk.end_era()
    assert found(desk) == ["keeper/finalize-bob-era-8"]


def test_liquidate__from_the_exact_threshold_on():
    desk = Desk(leverage={"liquidation_threshold_bps": 8_500})
    loan(desk)  # 5,000 of which 4,000 are borrowed: at 8,500 bps the value is 4,705.88…
    desk.end_era(v1=588)  # 4,706 are left
    health = Health()
    assert health.look(desk.state) == []
    assert health.finished
    desk.end_era({"v1": "0"}, v1=1)  # 4,705.5294 are left
    (task,) = health.look(desk.state)
    assert task.command == commands.LeverageLiquidate("keeper/liquidate-bob-era-2", "keeper", holder="bob")
    desk.ok("leverage.liquidate", "keeper", holder="bob")
    assert health.look(desk.state) == []


def test_liquidate__found_once_is_due_until_it_is_done(desk):
    loan(desk)
    desk.end_era(v1=2_000)
    health = Health()
    assert ids(health.look(desk.state)) == ids(health.look(desk.state)) == ["keeper/liquidate-bob-era-1"]
    desk.end_era({"v1": "1000"})
    assert health.look(desk.state) == []  # a reward has saved it


def test_liquidate__a_part_of_the_positions_at_each_look_and_all_once_an_era(desk, monkeypatch):
    desk.lender()
    for number in range(10):
        desk.open(f"h-{number}", "1000", 5 if number in {0, 7, 9} else 1)
    looked = []
    really = health_module.is_healthy
    monkeypatch.setattr(
        health_module, "is_healthy", lambda state, position: looked.append(position.id) or really(state, position)
    )
    desk.end_era(v1=2_000)
    health = Health()
    assert ids(health.look(desk.state, part=4)) == ["keeper/liquidate-h-0-era-1"]
    assert not health.finished
    assert len(health.look(desk.state, part=4)) == 2
    assert len(health.look(desk.state, part=4)) == 3
    assert health.finished
    looked.clear()
    assert len(health.look(desk.state, part=4)) == 3
    assert sorted(looked) == ["h-0", "h-7", "h-9"]  # idle: only what was found is looked at again
    desk.end_era()
    looked.clear()
    for _ in range(3):
        health.look(desk.state, part=4)
    assert set(looked) == {f"h-{number}" for number in range(10)}


# --- ids --------------------------------------------------------------------------------------------------------------


def test_ids__long_names_are_cut_and_stay_apart():
    long = "x" * 120
    one, two = command_id("keeper", f"close-{long}1-epoch-1"), command_id("keeper", f"close-{long}2-epoch-1")
    assert len(one) == len(two) == ID_ROOM
    assert one != two
    assert one.startswith("keeper/close-xxx")
    assert command_id("keeper", "unstake-vg-1") == "keeper/unstake-vg-1"


def test_ids__the_next_attempt_is_named_after_the_answer(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    (task,) = due(desk.state, desk.now)
    again = attempt_after(task, 57)
    assert again == commands.TermUnstake("keeper/unstake-vg-1/after-57", "keeper", stake="vg-1")
    attesting.network(desk, name="n" * 128)
    desk.later(2 * 3_600)
    (closing, _) = due(desk.state, desk.now)
    assert len(attempt_after(closing, 10**16 - 1).id) <= 128


# --- work -------------------------------------------------------------------------------------------------------------


class Counting(dict):
    """A table that counts what is looked at."""

    looked = 0

    def __getitem__(self, key):
        self.looked += 1
        return super().__getitem__(key)

    def values(self):
        raise AssertionError("looked through all records")

    items = __iter__ = keys = values


def test_work__a_hundred_thousand_stakes_that_are_not_due_are_not_looked_at(desk):
    loan(desk)
    for number in range(1, 100_001):
        unlocks_at = START + 90 * DAY if number > 99_997 else START + 180 * DAY
        desk.state.put(Stake(f"vg-{number}", "alice", 10**11, START, 90, None, 0, unlocks_at))
    state = desk.state
    for name in ("stakes", "positions", "exits", "fee_keys", "unwinds"):
        setattr(state, name, Counting(getattr(state, name)))
    assert due(state, START + 90 * DAY - 1) == []
    assert state.stakes.looked == 0
    assert len(due(state, START + 90 * DAY)) == 3
    assert state.stakes.looked == 3
    assert state.positions.looked == state.exits.looked == 0
