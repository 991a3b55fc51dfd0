"""Many callers, services and processes on one desk: one order of events, one effect per id, no answer too early."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from engine.journals import deposit, funded, told
from holdfast.engine import service as service_module
from holdfast.engine.audit import verify
from holdfast.engine.journal import Receipt
from holdfast.engine.service import MAX_BATCH, Service
from holdfast.errors import Corrupt, Unavailable
from support import frozen_copy

HERE = Path(__file__).parent
PATIENCE = 30
"""Seconds after which a test calls a thread lost."""


def all_at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """The answers of calls that start together, each in its own thread."""
    calls = list(calls)
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, call) for call in calls]]


def opened(shelf: Any) -> Service:
    service = told(shelf.open(), commands=[])
    funded(service, "alice", "bob")
    return service


# --- one id -----------------------------------------------------------------------------------------------------------


def test_one_id__many_threads__one_effect_and_one_answer(shelf: Any) -> None:
    service = opened(shelf)
    answers = all_at_once([lambda: service.submit(deposit(1).command)] * 16)
    assert len({(answer.seq, answer.digest, answer.status) for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert service.state.book.balance("FLUX", "alice") == 999 * 10**8
    assert verify(shelf.open()).ok


def test_one_id__two_bodies_at_once__one_effect_the_other_refused(shelf: Any) -> None:
    service = opened(shelf)
    answers = all_at_once(
        [lambda amount=amount: service.submit(deposit(1, amount=amount).command) for amount in ("1", "2") * 8]
    )
    applied = [answer for answer in answers if answer.status == "applied"]
    refused = [answer for answer in answers if answer.status != "applied"]
    assert len({answer.digest for answer in applied}) == 1
    assert {answer.error.code for answer in refused} == {"command_id_reused"}
    assert len(applied) == len(refused) == 8
    assert service.head.seq == 4


def test_one_id__many_services_on_one_desk__one_effect(shared_shelf: Any) -> None:
    opened(shared_shelf)
    services = [Service(shared_shelf.open()) for _ in range(6)]
    answers = all_at_once([lambda one=one: one.submit(deposit(1).command) for one in services for _ in range(3)])
    assert len({answer.digest for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert shared_shelf.open().head().seq == 4


# --- group commit -----------------------------------------------------------------------------------------------------


class GatedCommit:
    """A store whose commits wait to be let through, and which writes down what happens in which order."""

    def __init__(self, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.arrived, self.gate = Event(), Event()
        self.log: list[str] = []
        self.sizes: list[int] = []
        append, commit = store.append, store.commit

        def counted(rows: Any) -> None:
            self.sizes.append(len(rows))
            append(rows)

        def gated() -> None:
            self.arrived.set()
            assert self.gate.wait(PATIENCE)
            commit()
            self.log.append("committed")

        monkeypatch.setattr(store, "append", counted)
        monkeypatch.setattr(store, "commit", gated)


def waiting(service: Service, count: int) -> None:
    """Until so many callers stand in line."""
    while len(service._line) < count:
        Event().wait(0.001)


def test_group_commit__nobody_is_answered_before_it_and_all_who_wait_share_the_next(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened(shelf)
    gated = GatedCommit(service.store, monkeypatch)
    answers: list[Receipt] = []

    def send(number: int) -> None:
        answers.append(service.submit(deposit(number).command))
        gated.log.append("answered")

    first = Thread(target=send, args=(0,))
    first.start()
    assert gated.arrived.wait(PATIENCE)
    others = [Thread(target=send, args=(number,)) for number in range(1, 21)]
    for thread in others:
        thread.start()
    waiting(service, 20)
    assert answers == [], "answered before the commit"
    if shelf.shared:
        assert shelf.open().head().seq == 3, "another connection sees what is not committed"
    gated.gate.set()
    for thread in [first, *others]:
        thread.join(PATIENCE)
    assert gated.sizes == [1, 20], "twenty who waited share one commit"
    assert len(answers) == 21
    assert gated.log.index("committed") == 0
    assert "answered" not in gated.log[: gated.log.index("committed")]
    assert {answer.status for answer in answers} == {"applied"}
    assert verify(shelf.open()).ok


def test_group_commit__fails__nobody_is_told_that_it_worked(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = opened(shelf)
    gated = GatedCommit(service.store, monkeypatch)
    passing = service.store.commit

    def failing() -> None:
        gated.arrived.set()
        assert gated.gate.wait(PATIENCE)
        raise Unavailable("the disk is full")

    monkeypatch.setattr(service.store, "commit", failing)
    told_of: list[object] = []

    def send(number: int) -> None:
        try:
            told_of.append(service.submit(deposit(number).command))
        except Unavailable as error:
            told_of.append(error.code)

    threads = [Thread(target=send, args=(number,)) for number in range(8)]
    threads[0].start()
    assert gated.arrived.wait(PATIENCE)
    for thread in threads[1:]:
        thread.start()
    waiting(service, 7)
    gated.gate.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert told_of == ["unavailable"] * 8
    assert service.head.seq == service.store.head().seq == 3
    monkeypatch.setattr(service.store, "commit", passing)
    assert [service.submit(deposit(number).command).replayed for number in range(8)] == [False] * 8


def test_line__longer_than_a_batch__all_are_answered(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "MAX_BATCH", 3)
    assert MAX_BATCH > 3
    service = opened(shelf)
    gated = GatedCommit(service.store, monkeypatch)
    answers: list[Receipt] = []
    threads = [
        Thread(target=lambda number=number: answers.append(service.submit(deposit(number).command)))
        for number in range(17)
    ]
    threads[0].start()
    assert gated.arrived.wait(PATIENCE)
    for thread in threads[1:]:
        thread.start()
    waiting(service, 16)
    gated.gate.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(answers) == 17
    assert gated.sizes == [1, 3, 3, 3, 3, 3, 1]


def test_line__a_caller_leaves__the_others_are_answered(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = opened(shelf)
    gated = GatedCommit(service.store, monkeypatch)
    answers: list[Receipt] = []
    first = Thread(target=lambda: answers.append(service.submit(deposit(1).command)))
    first.start()
    assert gated.arrived.wait(PATIENCE)
    patient = Thread(target=lambda: answers.append(service.submit(deposit(3).command)), daemon=True)

    class Interrupted:
        def acquire(self) -> None:
            """The one who stands first in line presses Ctrl-C when his turn has come."""
            patient.start()
            waiting(service, 2)
            gated.gate.set()
            first.join(PATIENCE)
            raise KeyboardInterrupt

        def release(self) -> None:
            """His turn."""

    make = service_module._Waiting.__init__

    def made(self: Any, submission: Any) -> None:
        make(self, submission)
        if submission.command.id == "d-2":
            self.turn = Interrupted()

    monkeypatch.setattr(service_module._Waiting, "__init__", made)
    with pytest.raises(KeyboardInterrupt):
        service.submit(deposit(2).command)
    patient.join(PATIENCE)
    assert not patient.is_alive(), "the next in line waits for one who has left"
    assert [answer.id for answer in answers] == ["d-1", "d-3"]
    assert service.submit(deposit(4).command).status == "applied"


# --- several services -------------------------------------------------------------------------------------------------


def test_two_services__each_sees_what_the_other_wrote_before_it_decides(shared_shelf: Any) -> None:
    one = opened(shared_shelf)
    other = Service(shared_shelf.open())
    for number in range(20):
        answer = (one, other)[number % 2].submit(deposit(number, amount="100").command)
        assert answer.status == ("applied" if number < 10 else "rejected"), "spent more than there was"
    other.catch_up()
    one.catch_up()
    assert one.head == other.head
    assert frozen_copy(one.state) == frozen_copy(other.state)
    assert verify(shared_shelf.open()).ok


def test_two_services__the_journal_is_cut_behind_the_back_of_one__corrupt(shared_shelf: Any) -> None:
    one = opened(shared_shelf)
    one.submit(deposit(1).command)
    store = shared_shelf.open()
    shared_shelf.cut(4)
    with pytest.raises(Corrupt, match="ends at record 3 but was seen at record 4"):
        one.submit(deposit(2).command)
    with pytest.raises(Corrupt):
        one.submit(deposit(3).command)
    assert store.head().seq == 3


def test_many_services_in_threads__one_order_without_gaps(shared_shelf: Any) -> None:
    opened(shared_shelf)
    services = [Service(shared_shelf.open()) for _ in range(4)]

    def work(worker: int) -> list[Receipt]:
        return [services[worker].submit(deposit(worker * 100 + n, amount="10").command) for n in range(30)]

    answers = [a for some in all_at_once([lambda w=w: work(w) for w in range(4)]) for a in some]
    assert sorted(answer.seq for answer in answers) == list(range(4, 124))
    assert sum(answer.status == "applied" for answer in answers) == 100, "alice had 1,000 FLUX"
    report = verify(shared_shelf.open())
    assert report.ok, report.problems
    for service in services:
        service.catch_up()
        assert service.head.digest.hex() == report.digest


def test_many_processes__one_order_without_gaps__shared_ids_take_effect_once(shared_shelf: Any) -> None:
    opened(shared_shelf)
    command = [sys.executable, str(HERE / "submitter.py"), shared_shelf.path]
    workers = [subprocess.Popen([*command, str(worker)], stdout=subprocess.PIPE) for worker in range(3)]
    told_of = [[json.loads(line) for line in worker.communicate(timeout=60)[0].splitlines()] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert all(len(lines) == 60 for lines in told_of)
    fresh = [line for lines in told_of for line in lines if not line["replayed"]]
    assert sorted(line["seq"] for line in fresh) == list(range(4, 4 + 3 * 40 + 20))
    shared: dict[str, set[str]] = {}
    for line in (line for lines in told_of for line in lines if line["id"].startswith("d-shared")):
        shared.setdefault(line["id"], set()).add(line["digest"])
    assert len(shared) == 20
    assert all(len(digests) == 1 for digests in shared.values())
    report = verify(shared_shelf.open())
    assert report.ok, report.problems
    assert report.records == 3 + 3 * 40 + 20
