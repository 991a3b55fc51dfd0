"""Keepers at work: everything once, also with several of them; nothing in circles; nothing lost with the desk away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import attesting
from holdfast.engine.audit import verify
from holdfast.engine.journal import answered
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, Unavailable
from holdfast.identity import standing
from holdfast.identity.office import Office
from holdfast.identity.standing import Claim, Restake
from holdfast.keeper import running
from holdfast.keeper.attempts import FIRST_WAIT, LONGEST_WAIT, MOST, Attempts
from holdfast.keeper.desk import ServiceDesk
from holdfast.keeper.due import Duties, due
from holdfast.keeper.loop import Done, Keeper, Step
from holdfast.keeper.running import LONGEST_PAUSE, Pauses, run, run_async
from holdfast.store.documents.memory import MemoryDocuments
from keeping import (
    Watch,
    finish,
    journal,
    keeper_on,
    loan,
    office_of,
    principal,
    stakes,
    strategy,
    to_maturity,
    told,
)
from support import DAY, Desk

PATIENCE = 30


def everything(desk: Desk) -> None:
    """Work of every kind, all of it due at one moment: that to which the desk's clock is set."""
    strategy(desk, cooldown=DAY, window=0)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="60")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="300")
    desk.ok("strategy.deallocate", "operator", strategy="benqi", amount="500")
    attesting.network(desk, epoch_seconds=60 * DAY)
    stakes(desk, *["1000", "15000", "200"] * 20)
    loan(desk, "bob")
    loan(desk, "carol", leverage=4)
    desk.ok("leverage.request_close_position", "carol")
    desk.eras(7 + 84)
    desk.end_era(v1=1_500)
    desk.later(200 * DAY)


def expected(desk: Desk) -> set[str]:
    return {
        "keeper/complete-unwind-1",
        "keeper/settle-FLUX-from-exit-1",
        "keeper/finalize-carol-era-7",
        "keeper/liquidate-bob-era-92",
        *(f"keeper/close-net-epoch-{n}" for n in (1, 2, 3)),
        *(f"keeper/unstake-vg-{n}" for n in range(1, 61)),
    }


# --- one keeper -------------------------------------------------------------------------------------------------------


def test_step__everything_that_is_due_is_done_once_and_nothing_else(desk):
    everything(desk)
    counted = Counter()
    keeper = keeper_on(desk, count=lambda kind, status: counted.update([(kind, status)]))
    done = finish(keeper)
    assert {status for _, status in done} == {"applied"}
    assert {name for name, _ in done} == expected(desk)
    assert journal(desk) == done
    assert counted["unstake", "applied"] == 60
    assert counted["close_epoch", "applied"] == 3
    assert sum(counted.values()) == len(done)
    assert told(keeper.step()) == []
    assert finish(keeper_on(desk)) == []
    desk.check()


def test_step__nothing_is_due_a_second_before(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.now -= 1
    keeper = keeper_on(desk)
    assert keeper.step() == Step(())
    desk.now += 1
    assert told(keeper.step()) == [("keeper/unstake-vg-1", "applied")]


def test_step__one_commit_however_much_is_due(desk, monkeypatch):
    stakes(desk, *["1000"] * 30)
    to_maturity(desk)
    commits = []
    commit = desk.store.commit
    monkeypatch.setattr(desk.store, "commit", lambda: commits.append(1) or commit())
    keeper = keeper_on(desk)
    assert len(keeper.step().done) == 30
    assert len(commits) == 1
    keeper.step()
    assert len(commits) == 1  # nothing due, nothing written


def test_step__no_more_than_so_many_at_once_and_says_that_there_is_more(desk):
    stakes(desk, *["1000"] * 25)
    to_maturity(desk)
    keeper = keeper_on(desk, at_once=10)
    assert [(len(step.done), step.more) for step in (keeper.step() for _ in range(4))] == [
        (10, True),
        (10, True),
        (5, True),
        (0, False),
    ]


def test_step__standing_instructions_and_the_keeper_s_work_share_a_step(desk):
    stakes(desk, *["1000"] * 20, holder="bob")
    stakes(desk, *["1000"] * 20)
    office = office_of(desk, "alice")
    standing.create(office, desk.state, principal("alice"), standing.UnstakeAtMaturity())
    to_maturity(desk)
    step = keeper_on(desk, office, at_once=10).step()
    assert Counter(done.task.kind for done in step.done) == {"unstake": 5, "unstake_at_maturity": 5}
    assert step.more


def test_look__tells_and_changes_nothing(desk):
    everything(desk)
    desk.freeze("VG", "alice")
    desk.mint("VG", "dave", "2000")
    desk.ok("term.stake", "dave", amount="1000")
    desk.later(200 * DAY)
    keeper = keeper_on(desk)
    before = desk.store.head()
    looked = keeper.look()
    statuses = Counter((done.task.kind, done.status, done.code) for done in looked.done)
    assert statuses["unstake", "held_up", "account_frozen"] == 60
    assert statuses["unstake", "due", ""] == 1
    assert statuses["liquidate", "due", ""] == 1
    assert keeper.look() == looked
    assert desk.store.head() == before
    assert ("keeper/unstake-vg-61", "applied") in finish(keeper)


def test_step__time_that_steps_back_changes_nothing(desk):
    stakes(desk, "1000", "100")
    to_maturity(desk)
    keeper = keeper_on(desk)
    assert told(keeper.step()) == [("keeper/unstake-vg-1", "applied")]
    seen, desk.now = desk.now, desk.now - 100 * DAY
    assert told(keeper.step()) == []
    assert desk.state.now == seen
    to_maturity(desk, "vg-2")
    assert told(keeper.step()) == [("keeper/unstake-vg-2", "applied")]
    assert verify(desk.store).ok


def test_step__kinds_that_are_not_its_duty_are_left(desk):
    everything(desk)
    done = finish(keeper_on(desk, duties=Duties(kinds=frozenset({"settle", "liquidate"}))))
    assert sorted(done) == [("keeper/liquidate-bob-era-92", "applied"), ("keeper/settle-FLUX-from-exit-1", "applied")]


# --- refusals ---------------------------------------------------------------------------------------------------------


class Meddling(ServiceDesk):
    """Something happens between the look and the work."""

    def __init__(self, service: Service, meddle: Callable[[], object]) -> None:
        super().__init__(service)
        self.meddle: Callable[[], object] | None = meddle

    def submit(self, work):
        if self.meddle is not None:
            self.meddle()
            self.meddle = None
        return super().submit(work)


def test_refused__waits_goes_on_after_that_record_and_only_when_it_can_pass(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.service._clock = lambda: desk.now
    watch = Watch()
    meddling = Meddling(desk.service, lambda: desk.freeze("VG", "alice"))
    keeper = Keeper(meddling, None, lambda: desk.now, monotonic=watch)
    (done,) = keeper.step().done
    assert (done.status, done.code, done.command) == ("refused", "account_frozen", "keeper/unstake-vg-1")
    seq = done.receipt.seq
    head = desk.store.head()
    asked = []
    for _ in range(600):
        asked += [(watch.now, *name) for name in told(keeper.step())]
        watch.now += 1
    assert {name for _, *name in asked if name != [f"keeper/unstake-vg-1/after-{seq}", "held_up"]} == set()
    at = [second for second, *_ in asked]
    gaps = [later - earlier for earlier, later in zip([0, *at], at, strict=False)]
    assert gaps == [5, 10, 20, 40, 80, 160]
    assert desk.store.head() == head  # nothing was sent for it
    desk.freeze("VG", "alice", thaw=True)
    watch.now += LONGEST_WAIT
    assert told(keeper.step()) == [(f"keeper/unstake-vg-1/after-{seq}", "applied")]
    assert told(keeper.step()) == []


def test_refused__a_keeper_that_knows_nothing_of_it_finds_the_same_next_id(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.service._clock = lambda: desk.now
    meddling = Meddling(desk.service, lambda: desk.freeze("VG", "alice"))
    seq = Keeper(meddling, None, lambda: desk.now).step().done[0].receipt.seq
    desk.freeze("VG", "alice", thaw=True)
    fresh = keeper_on(desk)
    assert told(fresh.step()) == [("keeper/unstake-vg-1", "refused")]  # the first answer again, not recorded twice
    assert told(fresh.step()) == [(f"keeper/unstake-vg-1/after-{seq}", "applied")]
    assert [name for name, _ in journal(desk)] == ["keeper/unstake-vg-1", f"keeper/unstake-vg-1/after-{seq}"]


def test_refused__an_id_that_somebody_else_used_is_passed_over(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    desk.post({**desk.fields("asset.mint", "operator", asset="VG", to="x", amount="1"), "id": "keeper/unstake-vg-1"})
    seq = desk.state.seq
    keeper = keeper_on(desk)
    (done,) = keeper.step().done
    assert (done.status, done.code) == ("refused", "command_id_reused")
    keeper._attempts._monotonic.now += FIRST_WAIT
    assert told(keeper.step()) == [(f"keeper/unstake-vg-1/after-{seq}", "applied")]


def test_futile__a_settlement_that_filled_nothing_is_followed_by_another(desk):
    strategy(desk)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="50")
    desk.service._clock = lambda: desk.now
    loss = Meddling(desk.service, lambda: desk.ok("vault.report_loss", "operator", vault="FLUX", assets="80"))
    watch = Watch()
    keeper = Keeper(loss, None, lambda: desk.now, monotonic=watch)
    (done,) = keeper.step().done
    assert (done.status, done.receipt.result["filled"]) == ("applied", 0)
    assert told(keeper.step()) == []
    desk.reward("100")
    watch.now += FIRST_WAIT
    (done,) = keeper.step().done
    assert (done.command, done.receipt.result["filled"]) == (
        f"keeper/settle-FLUX-from-exit-1/after-{journal_seq(desk, 'keeper/settle-FLUX-from-exit-1')}",
        1,
    )


def journal_seq(desk: Desk, name: str) -> int:
    return next(row.seq for row in desk.store.rows() if row.id == name)


def test_held_up__those_before_do_not_hide_those_behind(desk):
    stakes(desk, *["1000"] * 30, holder="eve")
    stakes(desk, "1000")
    to_maturity(desk)
    desk.freeze("VG", "eve")
    keeper = keeper_on(desk, at_once=10)
    done = finish(keeper)
    assert [name for name, status in done if status == "applied"] == ["keeper/unstake-vg-31"]
    assert Counter(status for _, status in done) == {"held_up": 30, "applied": 1}


def test_attempts__forgets_the_oldest_and_never_grows_without_end(desk, monkeypatch):
    monkeypatch.setattr("holdfast.keeper.attempts.MOST", 3)
    assert MOST == 100_000
    stakes(desk, *["1000"] * 5)
    to_maturity(desk)
    attempts = Attempts(Watch())
    tasks = due(desk.state, desk.now)
    for task in tasks:
        attempts.held_up(task)
    assert attempts.passed() == {task.id for task in tasks[2:]}


# --- several keepers --------------------------------------------------------------------------------------------------


def test_two_keepers__on_one_desk__everything_once(shared_shelf):
    desk = Desk(store=shared_shelf.open())
    everything(desk)
    papers = MemoryDocuments()
    desk_office = office_of(desk, "alice")
    with (office := Office(papers, lambda: desk.now)).write() as t:
        t.put(*desk_office.all(standing.Person).values())
    standing.create(office, desk.state, principal("alice"), Restake())
    standing.create(office, desk.state, principal("alice"), Claim())
    keepers, services = [], []
    for _ in range(2):
        service = Service(shared_shelf.open(), lambda: desk.now)
        services.append(service)
        papers_of_its_own = Office(papers, lambda: desk.now)
        keepers.append(Keeper(ServiceDesk(service), papers_of_its_own, lambda: desk.now, at_once=7))
    barrier = threading.Barrier(2)
    done: list[list[tuple[str, str]]] = [[], []]

    def work(number: int) -> None:
        for _ in range(50):
            barrier.wait(PATIENCE)  # every step of both begins at the same moment
            done[number] += told(keepers[number].step())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    assert not any(thread.is_alive() for thread in threads)
    entries = [answered(row) for row in services[0].store.rows()]
    made = [entry for entry in entries if not entry.command.id.startswith("t-")]
    ids = [entry.command.id for entry in made]
    assert len(ids) == len(set(ids))
    assert [entry.command.id for entry in made if entry.error] == []
    assert {name for name in ids if name.startswith("keeper/")} == expected(desk)
    assert Counter(entry.command.__struct_config__.tag for entry in made)["term.stake"] == 60  # one for each payment
    assert Counter(entry.command.__struct_config__.tag for entry in made)["vault.claim"] == 2
    applied = [name for names in done for name, status in names if status == "applied"]
    assert sorted(applied) == sorted(ids)  # and each was told as done by one of them alone
    assert all(names for names in done)
    assert [keeper.step() for keeper in keepers] == [Step(()), Step(())]
    assert verify(services[1].store).ok


def test_two_keepers__the_second_starts_later_and_finds_nothing(shared_shelf):
    desk = Desk(store=shared_shelf.open())
    everything(desk)
    first, second = (
        Keeper(ServiceDesk(Service(shared_shelf.open(), lambda: desk.now)), None, lambda: desk.now) for _ in range(2)
    )
    assert {name for name, _ in finish(first)} == expected(desk)
    assert finish(second) == []


# --- a desk that is away ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [False, True])
def test_unavailable__the_commit_in_doubt_is_asked_for_again_and_done_once(desk, monkeypatch, kept):
    stakes(desk, "1000", "1000")
    to_maturity(desk)
    keeper = keeper_on(desk)
    commit, failures = desk.store.commit, [Unavailable("gone")]

    def failing() -> None:
        if failures:
            error = failures.pop()
            if kept:
                commit()
            raise error
        commit()

    monkeypatch.setattr(desk.store, "commit", failing)
    with pytest.raises(Unavailable):
        keeper.step()
    again = finish(keeper)
    assert again == ([] if kept else [("keeper/unstake-vg-1", "applied"), ("keeper/unstake-vg-2", "applied")])
    assert journal(desk) == [("keeper/unstake-vg-1", "applied"), ("keeper/unstake-vg-2", "applied")]


class Scripted:
    """A keeper whose steps are given: errors are raised."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)
        self.done = threading.Event()

    def step(self) -> Step:
        step = self.steps.pop(0) if self.steps else Step(())
        if not self.steps:
            self.done.set()
        if isinstance(step, BaseException):
            raise step
        return step


def test_pauses__none_while_there_is_more_then_the_interval_and_longer_in_trouble(monkeypatch):
    monkeypatch.setattr(running, "jittered", lambda seconds: seconds)
    pauses = Pauses(5)
    assert pauses.after(Step((), more=True)) == 0
    assert pauses.after(Step(())) == 5
    assert [pauses.after_trouble() for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    assert pauses.after(Step(())) == 5
    assert pauses.after_trouble() == 5
    slow = Pauses(600)
    assert [slow.after_trouble(), slow.after_trouble()] == [600, 600]
    assert LONGEST_PAUSE == 60


def test_pauses__are_a_little_uneven():
    drawn = {running.jittered(10) for _ in range(50)}
    assert len(drawn) > 10
    assert 9 <= min(drawn) <= max(drawn) <= 11


def test_run__survives_a_desk_that_is_away_and_stops_when_told(monkeypatch):
    monkeypatch.setattr(running, "jittered", lambda seconds: seconds / 1_000)
    keeper = Scripted(Unavailable("away"), Unavailable("still"), Step((), more=True), Step(()))
    stop, heard, troubles = threading.Event(), [], []
    thread = threading.Thread(
        target=run,
        args=(keeper, stop),
        kwargs={"interval": 5, "tell": heard.append, "trouble": lambda error, pause: troubles.append((error, pause))},
    )
    thread.start()
    assert keeper.done.wait(PATIENCE)
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert [(error.message, pause) for error, pause in troubles] == [("away", 0.005), ("still", 0.01)]
    assert heard[:2] == [Step((), more=True), Step(())]


def test_run__ends_on_a_corrupt_desk():
    keeper = Scripted(Step(()), Corrupt("record 7"))
    with pytest.raises(Corrupt, match="record 7"):
        run(keeper, threading.Event(), interval=0)
    assert keeper.steps == []


def test_step__a_desk_that_takes_no_commands_is_said_at_the_look(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    keeper = keeper_on(desk)
    desk.service.corruption = Corrupt("record 3 was changed")
    with pytest.raises(Corrupt, match="record 3"):
        keeper.step()


# --- on an event loop -------------------------------------------------------------------------------------------------


def test_run_async__never_holds_the_loop_up_and_ends_its_step():
    class Slow(Scripted):
        go, ended = threading.Event(), False

        def step(self) -> Step:
            self.done.set()
            self.ended = self.go.wait(PATIENCE)
            return Step(())

    async def story() -> None:
        keeper, stop = Slow(), asyncio.Event()
        work = asyncio.create_task(run_async(keeper, stop, interval=60))
        while not keeper.done.is_set():
            await asyncio.sleep(0.001)
        stop.set()
        for _ in range(10):
            await asyncio.sleep(0.001)
            assert not work.done(), "it ends its step"
        keeper.go.set()  # a step that held the loop up would wait for this in vain
        await work
        assert keeper.ended

    asyncio.run(story())


def test_run_async__stops_at_once_between_two_steps():
    async def story() -> None:
        keeper, stop = Scripted(Step(())), asyncio.Event()
        work = asyncio.create_task(run_async(keeper, stop, interval=100 * PATIENCE))
        while not keeper.done.is_set():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(work, PATIENCE)  # the next step would come a hundred times later

    asyncio.run(story())


@pytest.mark.parametrize("error", [None, Corrupt("broken")])
def test_run_async__cancelled__waits_for_the_step_that_has_begun(error):
    class Slow(Scripted):
        ended = False

        def step(self) -> Step:
            self.done.set()
            time.sleep(0.1)
            self.ended = True
            if error is not None:
                raise error
            return Step(())

    async def story() -> bool:
        keeper = Slow()
        work = asyncio.create_task(run_async(keeper, asyncio.Event(), interval=60))
        while not keeper.done.is_set():
            await asyncio.sleep(0.001)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return keeper.ended

    assert asyncio.run(story())


def test_run_async__corrupt_ends_it():
    with pytest.raises(Corrupt):
        asyncio.run(run_async(Scripted(Step((), more=True), Corrupt("broken")), asyncio.Event(), interval=0))


def test_done__says_what_was_sent(desk):
    stakes(desk, "1000")
    to_maturity(desk)
    (done,) = keeper_on(desk).step().done
    assert isinstance(done, Done)
    assert done.receipt.id == done.command == done.task.id
    assert done.receipt.result["paid"] == "900"
