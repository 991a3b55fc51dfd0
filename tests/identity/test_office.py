"""The office: what is written is there at once or never, processes follow each other, and nobody waits to read."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head
from holdfast.errors import Corrupt, Malformed, NoOffice, Unavailable
from holdfast.identity import entries as entries_module
from holdfast.identity.entries import Anchor
from holdfast.identity.kept import Kept, decoded, document, tag_of
from holdfast.identity.office import Office
from holdfast.primitives.clock import FixedClock
from holdfast.store import documents as port
from holdfast.store.documents import Document
from holdfast.store.documents.memory import MemoryDocuments
from store.drawers import DRAWERS

PATIENCE = 30


class Cat(Kept, frozen=True, tag="test.cat"):
    """A kind of record."""

    lives: int = 9


class Dog(Kept, frozen=True, tag="test.dog"):
    """Another one."""

    good: bool = True


class CatAgain(Kept, frozen=True, tag="test.cat"):
    """One that takes the first one's tag."""


@pytest.fixture(params=sorted(DRAWERS))
def drawer(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Any]:
    made = DRAWERS[request.param](tmp_path)
    yield made
    made.close()


def office_in(drawer: Any, now: int = 1_000, **how: Any) -> Office:
    return Office(drawer.open(), FixedClock(now), **how)


def put(office: Office, *records: Kept, log: int = 0) -> None:
    with office.write() as tx:
        tx.put(*records)
        for number in range(log):
            tx.log("cat.fed", by="ann", number=number)


# --- a transaction ----------------------------------------------------------------------------------------------------


def test_write__seen_inside_at_once_and_outside_when_it_is_over(drawer: Any) -> None:
    office = office_in(drawer)
    put(office, Cat("tom"), Dog("rex"))
    with office.write() as tx:
        tx.put(Cat("tom", 8), Cat("kit"))
        tx.delete(Dog, "rex")
        assert (tx.get(Cat, "tom"), tx.get(Dog, "rex"), tx.get(Cat, "none")) == (Cat("tom", 8), None, None)
        assert dict(tx.all(Cat)) == {"tom": Cat("tom", 8), "kit": Cat("kit")}
        assert dict(tx.all(Dog)) == {}
        assert office.get(Cat, "tom") == Cat("tom")
        assert dict(office.all(Dog)) == {"rex": Dog("rex")}
    for opened in (office, office_in(drawer)):
        assert dict(opened.all(Cat)) == {"tom": Cat("tom", 8), "kit": Cat("kit")}
        assert (opened.get(Dog, "rex"), opened.version) == (None, 2)


def test_write__that_raises__leaves_nothing(drawer: Any) -> None:
    office = office_in(drawer)
    put(office, Cat("tom"), log=1)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), office.write() as tx:
            tx.put(Cat("tom", 1), Cat("kit"))
            tx.log("cat.fed", by="ann")
            raise error
    for opened in (office, office_in(drawer)):
        assert dict(opened.all(Cat)) == {"tom": Cat("tom")}
        assert (opened.version, opened.verify()) == (1, 1)
    put(office, Cat("kit"), log=1)
    assert office.verify() == 2


@pytest.mark.parametrize("step", ["begin", "put", "append", "commit"])
def test_write__the_store_fails__memory_as_before_and_the_next_works(
    drawer: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = drawer.open()
    office = Office(documents, FixedClock(1))
    put(office, Cat("tom"), log=1)
    told: list[Any] = []
    office.watch(told.append)
    with monkeypatch.context() as patch:
        patch.setattr(documents, step, lambda *given: (_ for _ in ()).throw(Unavailable("full")))
        with pytest.raises(Unavailable, match="full"):
            put(office, Cat("tom", 1), log=2)
    assert (office.get(Cat, "tom"), office.version, office.head.seq, told) == (Cat("tom"), 1, 1, [])
    put(office, Cat("tom", 2), log=1)
    assert (office.get(Cat, "tom"), office.version, office.verify()) == (Cat("tom", 2), 2, 2)


def test_write__a_commit_that_happened_and_was_not_answered__found_by_the_next(
    drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = drawer.open()
    office = Office(documents, FixedClock(1))
    put(office, Cat("tom"), log=1)
    commit = documents.commit

    def cut_off() -> None:
        commit()
        raise Unavailable("the connection was lost")

    with monkeypatch.context() as patch:
        patch.setattr(documents, "commit", cut_off)
        with pytest.raises(Unavailable):
            put(office, Cat("tom", 1), log=1)
    assert office.get(Cat, "tom") == Cat("tom")
    assert office.refresh()
    assert office.get(Cat, "tom") == Cat("tom", 1)
    put(office, Cat("tom", 2), log=1)
    assert (office.version, office.verify()) == (3, 3)


def test_write__of_nothing__no_version(drawer: Any) -> None:
    office = office_in(drawer)
    with office.write() as tx:
        tx.delete(Cat, "none")
    assert office.version == 0


def test_write__inside_of_a_write__refused_and_the_outer_one_rolled_back() -> None:
    office = bootstrap.memory_office()
    with pytest.raises(RuntimeError, match="inside of"), office.write() as tx:
        tx.put(Cat("tom"))
        put(office, Cat("kit"))
    assert dict(office.all(Cat)) == {}
    put(office, Cat("kit"))


def test_transaction__after_its_end__refused() -> None:
    office = bootstrap.memory_office()
    with office.write() as tx:
        tx.put(Cat("tom"))
    for call in (
        lambda: tx.get(Cat, "tom"),
        lambda: tx.all(Cat),
        lambda: tx.put(Cat("kit")),
        lambda: tx.delete(Cat, "tom"),
        lambda: tx.log("cat.fed", by="ann"),
    ):
        with pytest.raises(RuntimeError, match="over"):
            call()


@pytest.mark.parametrize("odd", ["", "x" * 201, "a\nb", "a\x00b", "a\u202eb", "\ud800"])
def test_put__an_id_that_not_every_store_keeps__malformed(odd: str) -> None:
    office = bootstrap.memory_office()
    with pytest.raises(Malformed):
        put(office, Cat(odd))
    assert office.version == 0


# --- reading ----------------------------------------------------------------------------------------------------------


def test_all__a_view_stays_as_it_was_and_cannot_be_changed() -> None:
    office = bootstrap.memory_office()
    put(office, *(Cat(str(n)) for n in range(50)))
    view, again = office.all(Cat), iter(office.all(Cat))
    next(again)
    put(office, Cat("3", 1), Cat("more"))
    with office.write() as tx:
        tx.delete(Cat, "7")
    assert (len(view), view["3"], "7" in view) == (50, Cat("3"), True)
    assert len(list(again)) == 49
    assert len(office.all(Cat)) == 50
    with pytest.raises(TypeError):
        view["x"] = Cat("x")  # type: ignore[index]


def test_all__in_the_order_of_making__in_every_process_and_after_a_change(drawer: Any) -> None:
    office, other = office_in(drawer), office_in(drawer)
    put(office, Cat("c"), Cat("a"))
    other.refresh()
    put(other, Cat("b"))
    put(office, Cat("a", 1))
    other.refresh()
    for opened in (office, other, office_in(drawer)):
        assert list(opened.all(Cat)) == ["c", "a", "b"]


def test_get_and_all__while_others_write__never_wait_and_never_break(drawer: Any) -> None:
    office, other = office_in(drawer), office_in(drawer)
    put(office, *(Cat(str(n)) for n in range(20)))
    stop = threading.Event()

    counts = [0, 0]

    def read(place: int) -> None:
        while not stop.is_set():
            lives = {cat.lives for cat in office.all(Cat).values()}
            office.get(Cat, "3")
            counts[place] += 1
            assert len(lives) <= 1, "half of a transaction"

    def on(place: int, so_many: int) -> bool:
        end, wanted = time.monotonic() + PATIENCE, counts[place] + so_many
        while counts[place] < wanted and time.monotonic() < end:
            time.sleep(0.001)
        return counts[place] >= wanted

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read, place) for place in range(2)]
        follower = threads.submit(lambda: [other.refresh() for _ in iter(stop.is_set, True)])
        for number in range(40):
            put(office if number % 2 else other, *(Cat(str(n), number) for n in range(20)))
        with office.write():  # a writer that takes its time, and nobody waits for him
            went_on = [on(place, 100) for place in range(2)]
            assert other.refresh() in (True, False)
        stop.set()
        for reader in readers:
            reader.result(PATIENCE)
        assert went_on == [True, True]
        follower.result(PATIENCE)


def test_kinds__are_read_when_they_are_asked_for(drawer: Any) -> None:
    put(office_in(drawer), Cat("tom"), Dog("rex"))
    late = office_in(drawer)
    office = office_in(drawer)
    put(office, Cat("tom", 3), Cat("kit"))
    with office.write() as tx:
        tx.delete(Dog, "rex")
    assert late.refresh()
    assert dict(late.all(Cat)) == {"tom": Cat("tom", 3), "kit": Cat("kit")}
    assert late.get(Dog, "rex") is None


def test_kinds__two_of_one_tag__a_programs_error() -> None:
    office = bootstrap.memory_office()
    office.all(Cat)
    with pytest.raises(TypeError, match="two kinds"):
        office.all(CatAgain)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"kind":"test.dog","id":"a"}',
        b'{"kind":"test.cat","id":"b"}',
        b'{"kind":"test.cat","id":"a","soul":1}',
        b'{"kind":"test.cat"}',
    ],
)
def test_kinds__a_body_that_is_none__corrupt(body: bytes) -> None:
    documents = MemoryDocuments()
    documents.begin()
    documents.put([Document("test.cat", "a", body, 1)])
    documents.commit()
    office = Office(documents, FixedClock())
    for _ in range(2):
        with pytest.raises(Corrupt, match="'a'"):
            office.get(Cat, "a")


def test_documents__round_trip() -> None:
    kept = document(Cat("tom", 4), 7)
    assert kept == Document("test.cat", "tom", b'{"kind":"test.cat","id":"tom","lives":4}', 7)
    assert decoded(Cat, "tom", kept.body or b"") == Cat("tom", 4)
    assert tag_of(Dog) == "test.dog"


# --- several processes ------------------------------------------------------------------------------------------------


def test_refresh__takes_over_what_others_wrote(drawer: Any) -> None:
    one, two = office_in(drawer), office_in(drawer)
    put(one, Cat("tom"), Dog("rex"), log=1)
    assert two.get(Cat, "tom") is None
    assert two.refresh()
    assert not two.refresh()
    assert (two.get(Cat, "tom"), two.version, two.head.seq) == (Cat("tom"), 1, 1)
    with one.write() as tx:
        tx.delete(Cat, "tom")
    assert two.refresh()
    assert two.get(Cat, "tom") is None


def test_write__catches_up_first__so_nothing_is_lost_between_two_offices(drawer: Any) -> None:
    def live(office: Office) -> None:
        for _ in range(30):
            with office.write() as tx:
                cat = tx.get(Cat, "tom") or Cat("tom", 0)
                tx.put(Cat("tom", cat.lives + 1))
                tx.log("cat.born_again", by="ann")

    offices = [office_in(drawer) for _ in range(3)]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(live, office) for office in (*offices, offices[0])]:
            done.result(PATIENCE)
    for office in offices:
        office.refresh()
        assert (office.get(Cat, "tom"), office.verify(), office.version) == (Cat("tom", 120), 120, 120)


def test_write__seen_by_a_refresh_with_more_before_it_ends__the_newer_stays(
    drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a commit and its showing another process commits, and another thread takes over both."""
    documents = drawer.open()
    office, other = Office(documents, FixedClock(1)), office_in(drawer)
    put(office, Cat("tom"))
    commit = documents.commit

    def overtaken() -> None:
        monkeypatch.setattr(documents, "commit", commit)
        commit()
        put(other, Cat("tom", 2), log=1)
        assert office.refresh()

    monkeypatch.setattr(documents, "commit", overtaken)
    put(office, Cat("tom", 1), Cat("kit"), log=1)
    assert dict(office.all(Cat)) == {"tom": Cat("tom", 2), "kit": Cat("kit")}
    assert office.version == 3
    put(office, Cat("tom", 3), log=1)
    assert (office.get(Cat, "tom"), office.verify()) == (Cat("tom", 3), 3)


def test_follower__behind_the_forgotten_deletions__reads_everything_anew(
    drawer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "PURGE_EVERY", 4)
    monkeypatch.setattr(port, "TOMBSTONES_KEPT", 2)
    one, two = office_in(drawer), office_in(drawer)
    put(one, Cat("tom"), Cat("kit"), Dog("rex"))
    two.all(Cat)
    two.refresh()
    with one.write() as tx:
        tx.delete(Cat, "tom")
        tx.delete(Dog, "rex")
    for lives in range(6):
        put(one, Cat("kit", lives))
    told: list[Any] = []
    two.watch(told.append)
    assert two.refresh()
    assert dict(two.all(Cat)) == {"kit": Cat("kit", 5)}
    assert two.get(Dog, "rex") is None
    assert {("test.cat", "tom"), ("test.dog", "rex")} <= told[0]


def test_refresh__a_store_that_has_gone_back__corrupt(tmp_path: Any) -> None:
    documents = MemoryDocuments()
    office = Office(documents, FixedClock())
    put(office, Cat("tom"), log=1)
    before = documents.head(), list(documents.changed_since(0)), list(documents.log(0))
    put(office, Cat("kit"), log=1)
    documents.restore(*before)
    with pytest.raises(Corrupt, match="at version 1, and was seen at version 2"):
        office.refresh()
    with pytest.raises(Corrupt), office.write():
        pass


def test_write__a_log_that_another_one_has_taken_the_place_of__corrupt() -> None:
    documents, other = MemoryDocuments(), MemoryDocuments()
    office = Office(documents, FixedClock())
    put(office, Cat("tom"), log=2)
    put(Office(other, FixedClock(7)), Cat("tom"), log=2)
    documents.restore(other.head(), other.changed_since(0), other.log(0))
    with pytest.raises(Corrupt, match="not the one that was seen"):
        put(office, Cat("kit"), log=1)


def test_watch__told_of_each_commit_and_each_refresh_once_with_no_lock_held(drawer: Any) -> None:
    one, two = office_in(drawer), office_in(drawer)
    told: dict[str, list[Any]] = {"one": [], "two": []}
    one.watch(told["one"].append)
    two.watch(told["two"].append)
    one.watch(lambda keys: put(one, Dog("rex")) if ("test.cat", "tom") in keys else None)
    put(one, Cat("tom"), Cat("kit"))
    with one.write() as tx:
        tx.delete(Cat, "kit")
    assert told["one"] == [
        {("test.cat", "tom"), ("test.cat", "kit")}, {("test.dog", "rex")}, {("test.cat", "kit")}
    ]  # fmt: skip
    assert told["two"] == []
    two.refresh()
    assert told["two"] == [{("test.cat", "tom"), ("test.cat", "kit"), ("test.dog", "rex")}]
    with pytest.raises(ValueError, match="x"), one.write() as tx:
        tx.put(Cat("never"))
        raise ValueError("x")
    assert len(told["one"]) == 3


def test_watch__told_of_what_a_failing_write_took_over(drawer: Any) -> None:
    one, two = office_in(drawer), office_in(drawer)
    told: list[Any] = []
    two.watch(told.append)
    put(one, Cat("tom"))
    with pytest.raises(ValueError, match="x"), two.write():
        raise ValueError("x")
    assert told == [{("test.cat", "tom")}]
    assert two.get(Cat, "tom") == Cat("tom")


def test_watch__a_watcher_that_fails__changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    office = bootstrap.memory_office()
    told: list[Any] = []
    office.watch(lambda keys: 1 // 0)
    office.watch(told.append)
    with caplog.at_level(logging.ERROR):
        put(office, Cat("tom"))
    assert (told, office.get(Cat, "tom")) == ([{("test.cat", "tom")}], Cat("tom"))
    assert "a watcher of the office failed" in caplog.text


# --- the log ----------------------------------------------------------------------------------------------------------


def test_log__an_entry_as_it_was_said(drawer: Any) -> None:
    head = Head(4, b"\x01" * 32)
    office = office_in(drawer, 1_700, journal_head=lambda: head)
    with office.write() as tx:
        tx.log("role.granted", by="ann", about="bob", where="10.0.0.1", role="oracle", until=None, functions=["a", "b"])
    (entry,) = office_in(drawer).log()
    assert (entry.seq, entry.at, entry.what, entry.by, entry.about, entry.where) == (
        1, 1_700, "role.granted", "ann", "bob", "10.0.0.1",
    )  # fmt: skip
    assert entry.details == {"role": "oracle", "until": None, "functions": ["a", "b"]}
    assert entry.journal == Anchor(4, "01" * 32)


def test_log__time_never_goes_back__also_between_processes(drawer: Any) -> None:
    one, two = office_in(drawer, 2_000), office_in(drawer, 1_500)
    put(one, log=1)
    with two.write() as tx:
        assert tx.now == 2_000
        tx.log("x", by="y")
    assert [entry.at for entry in two.log()] == [2_000, 2_000]
    assert two.now() == 1_500


def test_log__the_journal_named_never_goes_back__also_between_processes(drawer: Any) -> None:
    heads = [Head(7, b"\x07" * 32), Head(5, b"\x05" * 32)]
    ahead = office_in(drawer, journal_head=lambda: heads[0])
    behind = office_in(drawer, journal_head=lambda: heads[1])
    put(ahead, log=1)
    put(behind, log=1)
    heads[1] = Head(8, b"\x08" * 32)
    put(behind, log=1)
    assert [entry.journal and entry.journal.seq for entry in ahead.log()] == [7, 7, 8]
    assert ahead.verify() == 3


def test_log__without_a_journal_head__the_desk_beside_it_is_asked(tmp_path: Any) -> None:
    url = str(tmp_path / "desk.db")
    with pytest.raises(NoOffice):
        desk = bootstrap.create_desk(url, Genesis())
        bootstrap.open_office(url, create=False)
    office = bootstrap.open_office(url, FixedClock(1))
    put(office, log=1)
    (entry,) = office.log()
    assert entry.journal == Anchor(0, desk.head.digest.hex())
    assert office.verify(journal=desk.store) == 1
    office.close()
    desk.close()


@pytest.mark.parametrize("given", [1.5, {"a": 1}, [1], object(), 2**63, b"x"])
def test_log__a_detail_of_another_kind__a_programs_error(given: Any) -> None:
    office = bootstrap.memory_office()
    with pytest.raises(TypeError, match="odd"), office.write() as tx:
        tx.log("x", by="y", odd=given)
    assert office.version == 0


def test_log__long_texts_are_cut_and_odd_ones_kept() -> None:
    office = bootstrap.memory_office()
    with office.write() as tx:
        tx.log("x", by="y" * 5_000, name="\ud800\u202e\n", many=["z"] * 500)
    (entry,) = office.log()
    assert len(entry.by) == entries_module.TEXT_LENGTH
    assert entry.details["name"] == "?\u202e\n"
    assert entry.details["many"] == ["z"] * 100 + ["… and 400 more"]


# --- the gate ---------------------------------------------------------------------------------------------------------


def test_gate__held_from_the_beginning_of_a_write_to_its_end() -> None:
    events: list[str] = []

    @contextmanager
    def gate() -> Iterator[None]:
        events.append("in")
        yield
        events.append("out")

    class Gate:
        def __enter__(self) -> None:
            self.held = gate()
            self.held.__enter__()

        def __exit__(self, *how: Any) -> None:
            self.held.__exit__(None, None, None)

    documents = MemoryDocuments()
    for name in ("begin", "commit"):
        real = getattr(documents, name)
        setattr(documents, name, lambda real=real, name=name: (events.append(name), real())[1])
    office = Office(documents, FixedClock(), gate=Gate())
    office.watch(lambda keys: events.append("told"))
    put(office, Cat("tom"))
    assert events == ["in", "begin", "commit", "out", "told"]


def test_gate__the_services_lock__a_busy_desk_and_an_office_in_one_process_do_not_starve(tmp_path: Any) -> None:
    """While one thread holds the file's lock again and again for moments, every write of the office gets its turn."""
    desk = bootstrap.create_desk(str(tmp_path / "desk.db"), Genesis())
    office = bootstrap.open_office(str(tmp_path / "desk.db"), journal_head=lambda: desk.head, gate=desk.lock)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            with desk.lock:
                desk.store.begin()
                time.sleep(0.005)
                desk.store.rollback()

    worker = threading.Thread(target=busy)
    worker.start()
    try:
        for number in range(30):
            put(office, Cat(str(number)), log=1)
    finally:
        stop.set()
        worker.join()
    assert office.verify(journal=desk.store) == 30
    office.close()
    desk.close()
