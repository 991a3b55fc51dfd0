"""History cannot be changed unnoticed (R6): whatever is done to the file, `verify` names the record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from engine.journals import deposit, funded, rechained, story, tell, told
from holdfast.engine import genesis as genesis_module
from holdfast.engine.audit import PROBLEMS_TOLD, Report, verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Row
from holdfast.engine.service import Service
from holdfast.errors import Corrupt
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from support import frozen_copy

STORY = len(story())
TARGET = 16
"""The record that most tests tamper with: alice's term stake of 15,000 VG."""


class Told:
    """A desk in a file that was told the story, and a second connection that does what no program should."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        service = told(SqliteStore(self.path, create=True))
        self.copy, self.head = frozen_copy(service.state), service.head
        self.root = genesis_module.root(service.store.genesis() or b"")
        service.save_snapshot()
        service.close()
        self.db = sqlite3.connect(self.path, isolation_level=None)

    def rows(self) -> list[Row]:
        return [Row(*row) for row in self.db.execute("SELECT seq, at, id, body, digest FROM journal ORDER BY seq")]

    def write(self, rows: list[Row]) -> None:
        self.db.execute("DELETE FROM journal")
        self.db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", rows)

    def edit(self, seq: int, old: bytes, new: bytes) -> Row:
        """A row whose body was edited; the text must be there."""
        row = self.rows()[seq - 1]
        assert old in row.body, row.body
        return row._replace(body=row.body.replace(old, new))

    def verify(self, *, noted: bool = False) -> Report:
        store = SqliteStore(self.path)
        try:
            return verify(store, expected_head=(self.head.seq, self.head.digest.hex()) if noted else None)
        finally:
            store.close()

    def stops_writing(self) -> None:
        """Reads work, from the last good record; commands are turned away, and nothing is stored (R7)."""
        before = self.rows()
        service = Service(SqliteStore(self.path))
        assert service.state.seq <= self.head.seq
        for _ in range(2):
            with pytest.raises(Corrupt):
                service.submit(deposit(99).command)
        assert service.preview(deposit(99).command).status in {"applied", "rejected"}
        assert service.state.seq <= self.head.seq
        service.close()
        assert self.rows() == before


@pytest.fixture
def file(tmp_path: Path) -> Told:
    return Told(tmp_path / "desk.db")


def test_untouched__nothing_is_found(file: Told) -> None:
    report = file.verify(noted=True)
    assert report.ok, report.problems
    assert report.snapshots == 1


# --- one record -------------------------------------------------------------------------------------------------------


def test_edit__body__names_the_record(file: Told) -> None:
    for seq in (1, TARGET, STORY):
        row = file.rows()[seq - 1]
        file.db.execute("UPDATE journal SET body = ? WHERE seq = ?", (row.body.replace(b"1", b"2", 1), seq))
        before = f"record {seq - 1}" if seq > 1 else "the genesis"
        assert file.verify().problems[0] == f"record {seq} does not match its digest: it was changed, or {before} was"
        file.db.execute("DELETE FROM snapshot")  # it is good, but hides the rest from the opening
        file.stops_writing()
        file.db.execute("UPDATE journal SET body = ? WHERE seq = ?", (row.body, seq))
    assert file.verify().ok


def test_edit__every_single_record__is_named(file: Told) -> None:
    for row in file.rows():
        middle = len(row.body) // 2
        flipped = row.body[:middle] + bytes([row.body[middle] ^ 1]) + row.body[middle + 1 :]
        file.db.execute("UPDATE journal SET body = ? WHERE seq = ?", (flipped, row.seq))
        problems = file.verify().problems
        assert problems[0].startswith(f"record {row.seq} "), problems
        file.db.execute("UPDATE journal SET body = ? WHERE seq = ?", (row.body, row.seq))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b'"amount":"15000"', b'"amount":"15001"', "outcome.postings[0][3] is 15000000000000, and should be 15001"),
        (b'"VG","alice","@term:VG",15000000000000', b'"VG","alice","@term:VG",1', "outcome.postings[0][3] is 1, and"),
        (b'"VG","alice","@term:VG"', b'"VG","bob","@term:VG"', 'outcome.postings[0][1] is "bob", and should be'),
        (b'"unlocks_at":"2026', b'"unlocks_at":"2025', "outcome.events"),
    ],
)  # fmt: skip
def test_edit__body_and_every_digest__the_rules_say_otherwise(file: Told, old: bytes, new: bytes, found: str) -> None:
    rows = file.rows()
    rows[TARGET - 1] = file.edit(TARGET, old, new)
    file.write(rechained(rows, TARGET - 1, file.root))
    problem = file.verify().problems[0]
    assert problem.startswith(f"record {TARGET} is not what the rules decide: {found}"), problem


def test_edit__body_and_its_own_digest__that_record_and_the_next_are_named(file: Told) -> None:
    rows = file.rows()
    rows[TARGET - 1] = file.edit(TARGET, b'"amount":"15000"', b'"amount":"15001"')
    file.write([*rechained(rows[:TARGET], TARGET - 1, file.root), *rows[TARGET:]])
    problems = file.verify().problems
    assert problems[0].startswith(f"record {TARGET} is not what the rules decide")
    assert problems[1].startswith(f"record {TARGET + 1} does not match its digest")
    file.db.execute("DELETE FROM snapshot")
    file.stops_writing()


def test_edit__written_otherwise_with_the_same_meaning__is_named(file: Told) -> None:
    rows = file.rows()
    rows[TARGET - 1] = file.edit(TARGET, b'"rules":1', b'"rules": 1')
    file.write(rechained(rows, TARGET - 1, file.root))
    assert "it is written otherwise than this program writes it" in file.verify().problems[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"seq":16}', b'{"rules":1,"command":{"type":"no"}}',
     b'{"rules":1,"command":{"id":"s-16","actor":"alice","type":"term.stake","amount":"1e3"}}'],
)  # fmt: skip
def test_edit__bodies_that_are_no_record__named_and_nothing_raised(file: Told, body: bytes) -> None:
    rows = file.rows()
    rows[TARGET - 1] = rows[TARGET - 1]._replace(body=body)
    file.write(rechained(rows, TARGET - 1, file.root))
    problem = file.verify().problems[0]
    assert problem.startswith(f"record {TARGET} "), problem
    file.db.execute("DELETE FROM snapshot")
    file.stops_writing()


@pytest.mark.parametrize(
    ("column", "value"),
    [("at", 0), ("at", 10**12), ("at", "soon"), ("id", "another"), ("id", 7), ("body", "text"), ("body", 5),
     ("digest", b""), ("digest", "x"), ("digest", 1)],
)  # fmt: skip
def test_edit__a_column_beside_the_body__names_the_record(file: Told, column: str, value: object) -> None:
    file.db.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (value, TARGET))  # noqa: S608
    problems = file.verify().problems
    assert problems[0].startswith(f"record {TARGET} "), problems
    if column != "id":  # which only the audit compares with the body
        file.db.execute("DELETE FROM snapshot")
        file.stops_writing()


def test_edit__a_refusal_into_an_effect__is_named(file: Told) -> None:
    refused = next(row for row in file.rows() if b'"error"' in row.body)
    applied = next(row for row in file.rows() if b'"vault.deposit"' in row.body and b'"outcome"' in row.body)
    start = applied.body.index(b'"outcome"')
    rows = file.rows()
    cut = refused.body[: refused.body.index(b'"error"')]
    rows[refused.seq - 1] = refused._replace(body=cut + applied.body[start:])
    file.write(rechained(rows, refused.seq - 1, file.root))
    problem = file.verify().problems[0]
    assert problem.startswith(f"record {refused.seq} is not what the rules decide: outcome should not be there"), (
        problem
    )


# --- the order --------------------------------------------------------------------------------------------------------


def test_delete__names_the_missing_record(file: Told) -> None:
    file.db.execute("DELETE FROM journal WHERE seq = ?", (TARGET,))
    assert file.verify().problems[0] == f"record {TARGET} is missing: record {TARGET + 1} stands in its place"
    file.db.execute("DELETE FROM snapshot")
    file.stops_writing()


def test_delete__and_close_the_gap__names_the_first_that_moved(file: Told) -> None:
    rows = file.rows()
    del rows[TARGET - 1]
    moved = [row._replace(seq=seq) for seq, row in enumerate(rows, 1)]
    file.write(moved)
    assert file.verify().problems[0].startswith(f"record {TARGET} does not match its digest")
    file.write(rechained(moved, TARGET - 1, file.root))
    assert file.verify().problems[0].startswith(f"record {TARGET} is not what the rules decide: seq is {TARGET + 1}")


def test_delete__the_first__is_named(file: Told) -> None:
    file.db.execute("DELETE FROM journal WHERE seq = 1")
    assert file.verify().problems[0] == "record 1 is missing: record 2 stands in its place"


def test_insert__names_the_record(file: Told) -> None:
    rows = file.rows()
    extra = rows[TARGET - 1]._replace(id="again")
    longer = [row._replace(seq=seq) for seq, row in enumerate([*rows[:TARGET], extra, *rows[TARGET:]], 1)]
    file.write(longer)
    assert file.verify().problems[0].startswith(f"record {TARGET + 1} does not match its digest")
    file.write(rechained(longer, TARGET, file.root))
    assert file.verify().problems[0].startswith(f"record {TARGET + 1} is kept under the command id 'again'")


def test_swap__names_the_first_of_the_two(file: Told) -> None:
    rows = file.rows()
    one, other = rows[TARGET - 1], rows[TARGET]
    rows[TARGET - 1], rows[TARGET] = other._replace(seq=TARGET), one._replace(seq=TARGET + 1)
    file.write(rows)
    assert file.verify().problems[0].startswith(f"record {TARGET} does not match its digest")
    file.write(rechained(rows, TARGET - 1, file.root))
    assert file.verify().problems[0].startswith(f"record {TARGET} ")


def test_renumber__names_the_gap(file: Told) -> None:
    file.db.execute("UPDATE journal SET seq = 1000 WHERE seq = ?", (TARGET,))
    problems = file.verify().problems
    assert problems[0] == f"record {TARGET} is missing: record {TARGET + 1} stands in its place"
    assert f"record {STORY + 1} is missing: record 1000 stands in its place" in problems


def test_id__used_twice__is_named(file: Told) -> None:
    rows = file.rows()
    rows[-1] = rows[-1]._replace(id=rows[0].id)
    file.write(rows)
    assert file.verify().problems[0] == f"record {STORY} uses the command id 's-1', which record 1 used"


# --- the end and the beginning --------------------------------------------------------------------------------------


def test_truncate__caught_against_a_noted_head(file: Told) -> None:
    file.db.execute("DELETE FROM snapshot")
    file.db.execute("DELETE FROM journal WHERE seq > 30")
    assert file.verify().ok, "a shorter journal is sound in itself"
    assert file.verify(noted=True).problems == (
        f"record 31 is missing: the journal was noted to reach record {STORY}, and ends at record 30",
    )


def test_truncate__a_snapshot_beyond_the_end_tells_too(file: Told) -> None:
    file.db.execute("DELETE FROM journal WHERE seq > 30")
    assert file.verify().problems == (f"the snapshot at record {STORY} lies beyond the journal's end, record 30",)


def test_truncate__behind_a_snapshot__stops_writing_and_reading_goes_on(file: Told) -> None:
    """What was answered is gone; going on would give its numbers away a second time."""
    file.db.execute("DELETE FROM journal WHERE seq > 30")
    service = Service(SqliteStore(file.path))
    assert service.head.seq == 30
    assert service.state.seq == 30
    with pytest.raises(Corrupt, match=f"ends at record 30, and record {STORY} was there"):
        service.submit(*deposit(1))
    service.close()
    assert len(file.rows()) == 30


def test_truncate__to_nothing__caught(file: Told) -> None:
    file.db.execute("DELETE FROM journal")
    file.db.execute("DELETE FROM snapshot")
    assert file.verify(noted=True).problems[0].startswith("record 1 is missing: the journal was noted to reach")


def test_fork__another_history_with_the_same_number__caught_against_a_noted_head(file: Told) -> None:
    other = told(MemoryStore(), commands=[])
    commands = story()
    changed = commands[0].command
    commands[0] = commands[0]._replace(command=msgspec.structs.replace(changed, amount="1001"))
    tell(other, commands)
    assert other.head.seq == STORY
    file.db.execute("DELETE FROM snapshot")
    file.write(list(other.store.rows()))
    assert file.verify().ok, "the forger's history is a possible one"
    problem = file.verify(noted=True).problems[0]
    assert problem.startswith(f"record {STORY} is not the one noted elsewhere: its digest is {other.head.digest.hex()}")


@pytest.mark.parametrize("change", [{"name": "x"}, {"demo": True}], ids=["name", "demo"])
def test_genesis__changed__the_first_record_does_not_stand_on_it(file: Told, change: dict[str, object]) -> None:
    forged = msgspec.structs.replace(Genesis(), **change).encoded()
    file.db.execute("UPDATE desk SET value = ? WHERE key = 'genesis'", (forged,))
    problem = "record 1 does not match its digest: it was changed, or the genesis was"
    assert file.verify().problems[0] == problem


@pytest.mark.parametrize("stored", [b"", b"{}", b"no JSON", b'{"name":7}'])
def test_genesis__unreadable__is_reported(file: Told, stored: bytes) -> None:
    file.db.execute("UPDATE desk SET value = ? WHERE key = 'genesis'", (stored,))
    assert file.verify().problems[0].startswith(("the genesis: ", "record 1 does not match"))


def test_genesis__of_an_empty_journal__caught_against_the_noted_root(tmp_path: Path) -> None:
    service = told(MemoryStore(), commands=[])
    noted = service.head.digest.hex()
    other = Service.create(MemoryStore(), Genesis(name="another"))
    assert verify(service.store, expected_head=(0, noted)).ok
    assert verify(other.store, expected_head=(0, noted)).problems[0].startswith("record 0 is not the one noted")


# --- what follows from the journal ------------------------------------------------------------------------------------


def sealed(parts: list[bytes]) -> list[bytes]:
    """A snapshot's parts with a seal that fits, as a forger would make it."""
    return [*parts, msgspec.json.encode({"type": "seal", "digest": sha256(b"".join(parts)).hexdigest()})]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda part: part.replace(b'"carol":', b'"mallory":'), "its balance of mallory in"),
        (lambda part: part.replace(b'"used"', b'"active"'), "its boosters booster-1"),
        (lambda part: part.replace(b'"now":', b'"now":1'), "its position or its supplies"),
    ],
    ids=["balance", "record", "time"],
)  # fmt: skip
def test_snapshot__forged__is_named(file: Told, change: Callable[[bytes], bytes], found: str) -> None:
    store = SqliteStore(file.path)
    kept = store.snapshot(STORY)
    assert kept is not None
    parts = list(kept.parts)[:-1]
    assert [change(part) for part in parts] != parts
    store.save_snapshot(kept.head, iter(sealed([change(part) for part in parts])))
    store.close()
    problem = file.verify().problems[0]
    assert problem.startswith(f"the snapshot at record {STORY}: {found}"), problem


def test_snapshot__a_part_taken_out_and_sealed_anew__is_named(file: Told) -> None:
    store = SqliteStore(file.path)
    kept = store.snapshot(STORY)
    assert kept is not None
    parts = list(kept.parts)[:-1]
    store.save_snapshot(kept.head, iter(sealed([*parts[:1], *parts[2:]])))
    store.close()
    assert file.verify().problems == (f"the snapshot at record {STORY}: balances or records are missing in it",)


@pytest.mark.parametrize("sql", ["DELETE FROM snapshot WHERE part = 1", "UPDATE snapshot SET body = x'00'",
                                 "UPDATE snapshot SET body = 5", "UPDATE snapshot SET digest = x'00'"])  # fmt: skip
def test_snapshot__damaged__is_reported_and_never_raises(file: Told, sql: str) -> None:
    file.db.execute(sql)
    problems = file.verify().problems
    assert len(problems) == 1
    assert problems[0].startswith(f"the snapshot at record {STORY}: "), problems


@pytest.mark.parametrize(
    "sql", ["DELETE FROM command_ids WHERE id = 's-5'", "UPDATE command_ids SET seq = 3 WHERE id = 's-5'"]
)
def test_command_ids__changed__names_the_record_whose_id_could_be_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.setattr("holdfast.store.sqlite.RECENT_IDS", 4)
    monkeypatch.setattr("holdfast.store.sqlite.IDS_PER_LOT", 10)
    file = Told(tmp_path / "ids.db")
    assert file.verify().ok
    file.db.execute(sql)
    where = "record 3" if "UPDATE" in sql else "nowhere"
    assert file.verify().problems == (f"record 5: the index of command ids leads its id 's-5' to {where}",)


# --- much at once -----------------------------------------------------------------------------------------------------


def test_everything_broken__the_report_stays_short(tmp_path: Path) -> None:
    service = told(MemoryStore(), commands=[])
    funded(service, "alice")
    tell(service, [deposit(number, amount="0.01") for number in range(300)])
    store = service.store
    assert isinstance(store, MemoryStore)
    store._rows = [row._replace(digest=bytes(32)) for row in store._rows]
    report = verify(store)
    assert report.problems[0].startswith("record 1 does not match")
    assert len(report.problems) == PROBLEMS_TOLD + 1
    assert report.problems[-1] == f"and {302 - PROBLEMS_TOLD} more"
    assert report.records == 302


def test_forged_outcome__that_overdraws__opening_stops_before_it_and_reads_work(file: Told) -> None:
    rows = file.rows()
    rows[TARGET - 1] = file.edit(TARGET, b'"VG","alice","@fees:VG"', b'"VG","nobody","@fees:VG"')
    file.write(rechained(rows, TARGET - 1, file.root))
    file.db.execute("DELETE FROM snapshot")
    file.stops_writing()
    service = Service(SqliteStore(file.path))
    assert service.corruption is not None
    sound = told(commands=story()[: TARGET - 1])
    assert frozen_copy(service.state) == frozen_copy(sound.state), "the broken record was taken over in part"
    assert service.head == sound.head
    service.close()


def test_store_that_breaks_while_it_is_read__reported_after_the_last_good_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = told()
    rows = list(service.store.rows())

    def torn(after: int = 0, upto: int | None = None) -> object:
        yield from rows[:20]
        raise Corrupt("the file is damaged")

    monkeypatch.setattr(service.store, "rows", torn)
    report = verify(service.store)
    assert report.problems == ("after record 20 the journal cannot be read: the file is damaged",)
    assert report.records == 20
