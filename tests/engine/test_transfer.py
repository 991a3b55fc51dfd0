"""Export and import: the same desk bit for bit, or none at all, and the line named that is at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.journals import deposit, funded, story, tell, told
from holdfast.engine.audit import verify
from holdfast.engine.journal import chained
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.engine.transfer import export_journal, import_journal
from holdfast.errors import Corrupt, DeskExists, Malformed, NoDesk
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from support import frozen_copy

Make = Callable[[], JournalStore]


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes empty stores of one kind."""
    opened: list[JournalStore] = []

    def new() -> JournalStore:
        path = str(tmp_path / f"{len(opened)}.db")
        opened.append(MemoryStore() if request.param == "memory" else SqliteStore(path, create=True))
        return opened[-1]

    yield new
    for store in opened:
        store.close()


def exported(store: JournalStore, upto: int | None = None) -> list[bytes]:
    return list(export_journal(store, upto))


def is_refused(make: Make, lines: list[bytes], found: str, line: int | None = None) -> None:
    """The import is refused with these words, and the store holds no desk, and can still take one."""
    store = make()
    with pytest.raises(Malformed, match=found) as caught:
        import_journal(store, iter(lines))
    assert caught.value.details.get("line") == line
    assert store.genesis() is None
    assert list(store.rows()) == []
    assert store.find(["s-1"]) == {}
    whole = exported(told().store)
    assert import_journal(store, whole).seq == len(story())


# --- there and back ---------------------------------------------------------------------------------------------------


def test_export__no_desk__unavailable(make: Make) -> None:
    with pytest.raises(NoDesk, match="no desk here yet"):
        exported(make())


def test_import__of_an_export__bit_for_bit_the_same_desk(make: Make) -> None:
    service = told(make())
    lines = exported(service.store)
    assert len(lines) == len(story()) + 2
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    copy = make()
    assert import_journal(copy, iter(lines)) == service.head
    assert copy.genesis() == service.store.genesis()
    assert list(copy.rows()) == list(service.store.rows())
    assert exported(copy) == lines
    report = verify(copy, expected_head=(service.head.seq, service.head.digest.hex()))
    assert report.ok, report.problems


def test_import__goes_on_as_the_first_desk_would(make: Make) -> None:
    service, copy = told(), make()
    import_journal(copy, exported(service.store))
    other = Service(copy)
    assert frozen_copy(other.state) == frozen_copy(service.state)
    again = story()[3]
    assert other.submit(*again).replayed, "the ids are used there too"
    assert other.submit(deposit(1).command).digest == service.submit(deposit(1).command).digest


def test_import__of_an_empty_desk(make: Make) -> None:
    service, copy = told(commands=[]), make()
    lines = exported(service.store)
    assert len(lines) == 2
    assert import_journal(copy, lines) == service.head
    assert exported(copy) == lines


def test_export__upto__the_desk_as_it_was(make: Make) -> None:
    service = told(make())
    copy = make()
    assert import_journal(copy, exported(service.store, 20)).seq == 20
    assert frozen_copy(Service(copy).state) == frozen_copy(rebuild(service.store, upto=20)[0])
    assert exported(service.store, 10_000) == exported(service.store)
    assert len(exported(service.store, 0)) == 2


def test_export__tells_progress(make: Make) -> None:
    service = told(commands=[])
    funded(service, "alice")
    tell(service, [deposit(number, amount="0.01") for number in range(2_500)])
    out: list[int] = []
    into: list[int] = []
    import_journal(make(), export_journal(service.store, progress=out.append), progress=into.append)
    assert out == into == [1_000, 2_000]


def test_export__a_changed_record__stops_there() -> None:
    service = told()
    store = service.store
    assert isinstance(store, MemoryStore)
    store._rows[9] = store._rows[9]._replace(body=store._rows[9].body.replace(b"1", b"2", 1))
    with pytest.raises(Corrupt, match="record 10 does not match its digest"):
        exported(store)
    del store._rows[9]
    with pytest.raises(Corrupt, match="record 10 is missing: the next one is 11"):
        exported(store)


def test_export__a_body_of_two_lines__stops_there() -> None:
    service = told()
    store = service.store
    assert isinstance(store, MemoryStore)
    body = store._rows[-1].body + b"\n"
    store._rows[-1] = store._rows[-1]._replace(body=body, digest=chained(store._rows[-2].digest, body))
    with pytest.raises(Corrupt, match="does not match"):
        exported(store)


# --- files that are no good -------------------------------------------------------------------------------------------


def test_import__where_there_is_a_desk__desk_exists(make: Make) -> None:
    store = make()
    service = told(store)
    with pytest.raises(DeskExists):
        import_journal(store, exported(service.store))
    assert store.head() == service.head


@pytest.mark.parametrize(
    "first", [b"", b"\n", b"{}\n", b"hello\n", b"\xff\n", b'{"holdfast":"ledger"}\n', b"[" * 9_999]
)
def test_import__no_journal__line_1(make: Make, first: bytes) -> None:
    lines = exported(told().store)
    is_refused(make, [first, *lines[1:]], "line 1: not the first line of a journal", line=1)


def test_import__no_lines_at_all__line_1(make: Make) -> None:
    is_refused(make, [], "line 1: not the first line of a journal", line=1)


def test_import__another_form__line_1(make: Make) -> None:
    lines = exported(told().store)
    is_refused(make, [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]], "form 2; this", line=1)


def test_import__an_unreadable_genesis__line_1(make: Make) -> None:
    lines = exported(told().store)
    is_refused(make, [lines[0].replace(b'"name":', b'"nome":'), *lines[1:]], "line 1: the desk's genesis", line=1)


def test_import__cut_off__is_noticed(make: Make) -> None:
    lines = exported(told().store)
    for kept in (1, 2, 20, len(lines) - 1):
        is_refused(make, lines[:kept], f"cut off after record {kept - 1}")


def test_import__cut_within_a_line__names_it(make: Make) -> None:
    lines = exported(told().store)
    is_refused(make, [*lines[:20], lines[20][:-9]], "line 21: not a record", line=21)
    is_refused(make, [*lines[:-1], lines[-1][:-9]], f"line {len(lines)}: not the last line", line=len(lines))


def test_import__changed__names_the_line(make: Make) -> None:
    lines = exported(told().store)
    changed = [*lines[:20], lines[20].replace(b'"at":', b'"at":1', 1), *lines[21:]]
    is_refused(make, changed, "line 21: record 20 does not match its digest", line=21)
    genesis = [lines[0].replace(b'"demo":false', b'"demo":true'), *lines[1:]]
    is_refused(make, genesis, "line 2: record 1 does not match its digest", line=2)


def test_import__a_line_missing_doubled_or_swapped__names_it(make: Make) -> None:
    lines = exported(told().store)
    is_refused(make, [*lines[:20], *lines[21:]], "line 21: record 20 belongs here, not 21", line=21)
    is_refused(make, [*lines[:20], lines[19], *lines[20:]], "line 21: record 20 belongs here, not 19", line=21)
    is_refused(make, [*lines[:20], lines[21], lines[20], *lines[22:]], "line 21: record 20 belongs", line=21)
    is_refused(make, [*lines[:20], b"\n", *lines[20:]], "line 21: not a record", line=21)


def test_import__the_head_of_another_journal__names_the_line(make: Make) -> None:
    lines, other = exported(told().store), exported(told(commands=story()[:30]).store)
    is_refused(make, [*lines[:20], lines[-1]], "line 21: the journal should end with record", line=21)
    is_refused(make, [*lines[:-1], other[-1]], "should end with record 30", line=len(lines))
    forged = b'{"head":{"seq":%d,"digest":"%s"}}\n' % (len(story()), b"0" * 64)
    is_refused(make, [*lines[:-1], forged], "that record has another digest", line=len(lines))


def test_import__more_behind_the_head__names_the_line(make: Make) -> None:
    lines = exported(told().store)
    is_refused(make, [*lines, lines[-1]], "the journal ended in line", line=len(lines) + 1)
    assert import_journal(make(), [*lines, b"\n", b" \n"]).seq == len(story())


def test_import__interrupted__no_desk(make: Make) -> None:
    def interrupted() -> Iterator[bytes]:
        yield from exported(told().store)[:20]
        raise KeyboardInterrupt

    store = make()
    with pytest.raises(KeyboardInterrupt):
        import_journal(store, interrupted())
    assert store.genesis() is None
    assert import_journal(store, exported(told().store)).seq == len(story())
