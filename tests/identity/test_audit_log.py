"""The audit log: no edit goes unseen, no typed text forges a line, both sources come in one order."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Row, chained
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, Malformed
from holdfast.identity import audit_log, entries
from holdfast.identity.audit_exports import COLUMNS, FORMATS, export, printable
from holdfast.identity.audit_log import Position, Query, items, page, position
from holdfast.identity.entries import LogEntry
from holdfast.identity.office import Office
from holdfast.primitives.clock import FixedClock
from holdfast.store.documents import LOG_ROOT, LogHead, LogRow
from holdfast.store.documents.memory import MemoryDocuments
from holdfast.wire import codec

START = 1_000_000


class Beside:
    """A desk and its office in memory, with one clock."""

    def __init__(self) -> None:
        self.clock = FixedClock(START)
        self.desk: Service = bootstrap.memory_desk(Genesis(), clock=self.clock)
        self.documents = MemoryDocuments()
        self.office = Office(self.documents, self.clock, lambda: self.desk.head)

    def log(self, what: str = "session.opened", by: str = "ann", **said: Any) -> None:
        self.clock.now += 1
        with self.office.write() as tx:
            tx.log(what, by=by, **said)

    def mint(self, command_id: str, actor: str = "operator", to: str = "bob") -> None:
        self.clock.now += 1
        self.desk.submit(codec.command("asset.mint", command_id, actor, asset="FLUX", to=to, amount="1"))

    def verify(self, **how: Any) -> int:
        return entries.verify(self.documents, self.desk.store, **how)

    def all(self, **wanted: Any) -> list[tuple[str, int]]:
        return [(item.source, item.seq) for item, _ in items(self.documents, self.desk.store, Query(**wanted))]

    # what somebody with the database does behind the program's back

    @property
    def rows(self) -> list[LogRow]:
        return self.documents._rows

    def rewrite(self, start: int = 1) -> None:
        """Digests, numbers and head as they should be for what is there now, from this entry on."""
        digest = self.rows[start - 2].digest if start > 1 else LOG_ROOT
        for seq in range(start, len(self.rows) + 1):
            row = self.rows[seq - 1]
            body = msgspec.json.encode(msgspec.structs.replace(entries.read(row), seq=seq))
            digest = chained(digest, body)
            self.rows[seq - 1] = LogRow(seq, row.at, body, digest)
        self.mend_head()

    def mend_head(self) -> None:
        last = self.rows[-1] if self.rows else LogHead()
        self.documents._head = self.documents.head()._replace(seq=last.seq, digest=last.digest)

    def change(self, seq: int, /, **fields: Any) -> None:
        row = self.rows[seq - 1]
        body = msgspec.json.encode(msgspec.structs.replace(entries.read(row), **fields))
        self.rows[seq - 1] = row._replace(body=body, at=fields.get("at", row.at))


@pytest.fixture
def beside() -> Beside:
    """Six entries, with a record of the journal behind every other one."""
    made = Beside()
    for number in range(6):
        made.log(number=number)
        if number % 2:
            made.mint(f"ann/k{number}")
    return made


# --- tampering --------------------------------------------------------------------------------------------------------


def test_verify__an_untouched_log__its_length(beside: Beside) -> None:
    told: list[int] = []
    assert beside.verify(progress=told.append) == beside.office.verify(journal=beside.desk.store) == 6
    assert entries.verify(MemoryDocuments()) == 0


def edit(beside: Beside) -> None:
    beside.change(3, by="eve")


def edit_and_digest(beside: Beside) -> None:
    """The entry's own digest is right again; the next one's is not."""
    beside.change(3, by="eve")
    beside.rows[2] = beside.rows[2]._replace(digest=chained(beside.rows[1].digest, beside.rows[2].body))


def delete(beside: Beside) -> None:
    del beside.rows[2]


def delete_and_renumber(beside: Beside) -> None:
    del beside.rows[2]
    for at, row in enumerate(beside.rows[2:], 2):
        beside.rows[at] = row._replace(seq=at + 1)


def insert(beside: Beside) -> None:
    beside.rows.insert(2, beside.rows[2])


def swap(beside: Beside) -> None:
    rows = beside.rows
    rows[2], rows[3] = rows[3]._replace(seq=3), rows[2]._replace(seq=4)


def text_for_bytes(beside: Beside) -> None:
    beside.rows[2] = beside.rows[2]._replace(body=beside.rows[2].body.decode())  # type: ignore[arg-type]


def first_entry(beside: Beside) -> None:
    del beside.rows[0]


def back_in_time(beside: Beside) -> None:
    beside.change(3, at=5)
    beside.rewrite(3)


def column_of_time(beside: Beside) -> None:
    beside.rows[2] = beside.rows[2]._replace(at=beside.rows[2].at + 1)


def column_of_number(beside: Beside) -> None:
    beside.change(3, seq=4)
    row, before = beside.rows[2], beside.rows[1]
    beside.rows[2] = row._replace(digest=chained(before.digest, row.body))


def no_entry(beside: Beside) -> None:
    body = b"{}"
    beside.rows[2] = beside.rows[2]._replace(body=body, digest=chained(beside.rows[1].digest, body))


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (edit, "entry 3 of the log does not match its digest"),
        (edit_and_digest, "entry 4 of the log does not match its digest"),
        (delete, "entry 3 of the log is missing: entry 4"),
        (delete_and_renumber, "entry 3 of the log does not match"),
        (insert, "entry 4 of the log is missing: entry 3"),
        (swap, "entry 3 of the log does not match"),
        (text_for_bytes, "entry 3 of the log was changed"),
        (first_entry, "entry 1 of the log is missing"),
        (back_in_time, "entry 3 of the log lies before"),
        (column_of_time, "entry 3 of the log says that it is entry 3 at"),
        (column_of_number, "entry 3 of the log says that it is entry 4"),
        (no_entry, "entry 3 of the log cannot be read"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_verify__names_the_entry_that_was_touched(beside: Beside, tamper: Callable[[Beside], None], names: str) -> None:
    tamper(beside)
    with pytest.raises(Corrupt, match=names):
        beside.verify()


def test_verify__cut_off__told_by_the_head_and_against_one_noted_elsewhere(beside: Beside) -> None:
    noted = (6, beside.rows[5].digest.hex())
    earlier = (4, beside.rows[3].digest.hex().upper())
    assert beside.verify(expect=noted) == beside.verify(expect=earlier) == 6
    assert beside.verify(expect=(0, LOG_ROOT.hex())) == 6
    del beside.rows[4:]
    with pytest.raises(Corrupt, match="entry 5 of the log is missing: it should end with entry 6"):
        beside.verify()
    beside.mend_head()
    assert beside.verify() == 4, "the head mended, it looks whole by itself"
    assert beside.verify(expect=earlier) == 4
    with pytest.raises(Corrupt, match="entry 5 of the log is missing: it was noted to reach entry 6"):
        beside.verify(expect=noted)


def test_verify__cut_off_to_nothing(beside: Beside) -> None:
    noted = (6, beside.rows[5].digest.hex())
    beside.rows.clear()
    with pytest.raises(Corrupt, match="entry 1 of the log is missing"):
        beside.verify()
    beside.documents._head = LogHead(beside.documents.head().version)
    assert beside.verify() == 0
    with pytest.raises(Corrupt, match="entry 1 of the log is missing: it was noted"):
        beside.verify(expect=noted)


def test_verify__written_anew_from_one_entry_on__told_against_a_head_noted_elsewhere(beside: Beside) -> None:
    noted = (6, beside.rows[5].digest.hex())
    beside.change(3, by="eve")
    beside.rewrite(3)
    assert beside.verify() == 6
    with pytest.raises(Corrupt, match="entry 6 of the log is not the one noted elsewhere"):
        beside.verify(expect=noted)
    with pytest.raises(Corrupt, match="entry 0 of the log is not the one noted"):
        beside.verify(expect=(0, "00" * 32))


def test_verify__the_head_changed(beside: Beside) -> None:
    beside.documents._head = beside.documents.head()._replace(digest=b"\x00" * 32)
    with pytest.raises(Corrupt, match="entry 6 of the log is not the one that the office notes"):
        beside.verify()


def test_verify__a_journal_that_is_not_the_one_it_was_written_beside(beside: Beside) -> None:
    other = Beside()
    for number in range(3):
        other.mint(f"eve/{number}")
    with pytest.raises(Corrupt, match="entry 3 of the log was written at another record 1"):
        entries.verify(beside.documents, other.desk.store)
    with pytest.raises(Corrupt, match="entry 3 of the log was written at record 1, which the journal does not have"):
        entries.verify(beside.documents, Beside().desk.store)
    renamed = bootstrap.memory_desk(Genesis(name="another"))
    with pytest.raises(Corrupt, match="entry 1 of the log was written at another record 0"):
        entries.verify(beside.documents, renamed.store)
    assert entries.verify(beside.documents) == 6, "without a journal nothing is compared with it"


def test_verify__a_journal_cut_short__the_log_tells(beside: Beside) -> None:
    store: Any = beside.desk.store
    beside.log()
    store._rows.pop()
    with pytest.raises(Corrupt, match="entry 7 of the log was written at record 3, which the journal does not have"):
        beside.verify()


def test_verify__anchors_that_go_back(beside: Beside) -> None:
    beside.change(5, journal=entries.read(beside.rows[0]).journal)
    beside.rewrite(5)
    with pytest.raises(Corrupt, match="entry 5 of the log names an earlier record"):
        beside.verify()
    beside.change(5, journal=None)
    beside.rewrite(5)
    with pytest.raises(Corrupt, match="entry 5 of the log names an earlier record"):
        beside.verify()


# --- one order --------------------------------------------------------------------------------------------------------


ORDER = [("log", 1), ("log", 2), ("journal", 1), ("log", 3), ("log", 4), ("journal", 2), ("log", 5), ("log", 6),
         ("journal", 3)]  # fmt: skip


def test_items__log_and_journal_in_the_order_in_which_they_happened(beside: Beside) -> None:
    assert beside.all() == ORDER


def test_items__clocks_play_no_part(beside: Beside) -> None:
    beside.clock.now += 100
    beside.log()
    beside.clock.now = START
    beside.mint("ann/late")
    assert beside.all() == [*ORDER, ("log", 7), ("journal", 4)]


def test_items__either_source_alone(beside: Beside) -> None:
    both = [item for item, _ in items(beside.documents, beside.desk.store)]
    assert [item for item, _ in items(beside.documents, None)] == [item for item in both if item.source == "log"]
    assert [item for item, _ in items(None, beside.desk.store)] == [item for item in both if item.source == "journal"]
    assert [item for item, _ in items(None, None)] == []


def test_record__whose_it_is(beside: Beside) -> None:
    for command_id, actor, who in (
        ("zoe/a/b", "operator", "zoe"),
        ("plain", "operator", "operator"),
        ("/x", "carl", "carl"),
        ("x/", "carl", "carl"),
    ):
        beside.mint(command_id, actor)
        item, _ = list(items(None, beside.desk.store))[-1]
        assert (item.who, item.about, item.what, item.details["id"]) == (who, actor, "asset.mint", command_id)
        assert item.outcome == ("applied" if actor == "operator" else "not_authorized")
        assert item.digest == beside.desk.head.digest.hex()
    assert item.details == {"id": "x/", "asset": "FLUX", "to": "bob", "amount": "1"}


def test_entry__its_outcome_is_what_it_says_else_done(beside: Beside) -> None:
    beside.log("sign_in.refused", outcome="wrong_password", count=3)
    *_, before, last = [item for item, _ in items(beside.documents, beside.desk.store)]
    assert (before.source, last.outcome, last.details, last.journal) == ("journal", "wrong_password", {"count": 3}, 3)
    assert next(items(beside.documents, None))[0].outcome == "done"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"who": "ann"}, 9),
        ({"who": "an"}, 0),
        ({"what": "session."}, 6),
        ({"what": "asset.mint"}, 3),
        ({"what": "mint"}, 0),
        ({"about": "operator"}, 3),
        ({"source": "log"}, 6),
        ({"source": "journal"}, 3),
        ({"since": START + 1}, 9),
        ({"since": START + 9}, 1),
        ({"since": START + 10}, 0),
        ({"until": START}, 0),
        ({"until": START + 1}, 1),
        ({"until": START + 99}, 9),
        ({"since": START + 4, "until": START + 6}, 3),
        ({"since": START + 4, "until": START + 6, "source": "log"}, 2),
        ({"since": START + 6, "until": START + 4}, 0),
    ],
)
def test_query__what_is_wanted__the_same_from_either_end(beside: Beside, wanted: Any, expected: int) -> None:
    found = beside.all(**wanted)
    assert len(found) == expected
    assert found == [pair for pair in ORDER if pair in found]
    query = Query(**wanted)
    newest = page(beside.documents, beside.desk.store, query).items
    assert [(item.source, item.seq) for item in newest] == found[::-1]
    for start, stop in ((wanted.get("since"), wanted.get("until")),):
        for item in newest:
            assert start is None or item.at >= start
            assert stop is None or item.at <= stop


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10])
@pytest.mark.parametrize("wanted", [{}, {"what": "session."}, {"since": START + 3, "until": START + 8}])
def test_page__by_page__everything_once_and_in_order(
    beside: Beside, newest_first: bool, limit: int, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "WINDOW", 2)
    seen: list[tuple[str, int]] = []
    cursor, pages, query = None, 0, Query(**wanted)
    while True:
        found, cursor = page(
            beside.documents, beside.desk.store, query, limit=limit, cursor=cursor, newest_first=newest_first
        )
        assert len(found) <= limit
        seen += [(item.source, item.seq) for item in found]
        pages += 1
        if cursor is None:
            break
        assert pages < 20
    expected = beside.all(**wanted)
    assert seen == (expected[::-1] if newest_first else expected)


def test_page__newest_first__what_comes_in_between_moves_nothing(beside: Beside) -> None:
    first = page(beside.documents, beside.desk.store, Query(), limit=4)
    beside.log()
    beside.mint("ann/new")
    second = page(beside.documents, beside.desk.store, Query(), limit=5, cursor=first.next)
    assert [(item.source, item.seq) for item in [*first.items, *second.items]] == ORDER[::-1]


def test_page__that_finds_little__comes_with_what_it_has_and_goes_on(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "LOOKED_AT", 2)
    seen, cursor, lengths = [], None, []
    while True:
        found, cursor = page(beside.documents, beside.desk.store, Query(source="journal", about="operator"),
                             limit=5, cursor=cursor)  # fmt: skip
        seen += [item.seq for item in found]
        lengths.append(len(found))
        if cursor is None:
            break
    assert (seen, lengths) == ([3, 2, 1], [2, 1])


@pytest.mark.parametrize("odd", ["", "1", "1.", ".1", "-1.2", "1.2.3", "1.2\n", "a.b", "²." + "1", "1" * 19 + ".1"])
def test_position__not_one_that_a_page_came_with__malformed(odd: str) -> None:
    with pytest.raises(Malformed):
        position(odd)
    assert position("12.34") == Position(12, 34)
    assert Position(12, 34).text() == "12.34"


def test_rows_that_hold_nothing__corrupt() -> None:
    for body in (b"", b"[]", b'{"command":{}}', b'{"command":{"type":"x","id":"y"}}', b"\xff"):
        with pytest.raises(Corrupt, match="record 7"):
            audit_log.of_record(Row(7, 0, "x", body, b""))
    with pytest.raises(Corrupt, match="entry 7"):
        audit_log.of_entry(LogRow(7, 0, b"{}", b""))


# --- exports ----------------------------------------------------------------------------------------------------------

FORGERIES = [
    "ann\n<109>1 2026-01-01T00:00:00Z - holdfast - role.granted",
    'x"\r\n"log","99","eve',
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "\u202eevil\u2066\u200f\u061c",
    "\x1b[2J\x07\x00\x7f",
    '"] [forged@1 who="eve"',
    "\\u202e \\n back\\slash",
    "tab\there, comma; semicolon",
    "\ufeff\u200b\U000e0001\ue000",
    "zoë 猫 🙂",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "\u00a0@x", "=cmd|' /C calc'!A0"]


def typed(text: str) -> list[audit_log.Item]:
    """Items in which this text stands wherever people type."""
    made = Beside()
    made.log("sign_in.refused", by=text, about=text, where=text, outcome=text, name=text, **{"a b": [text]})
    made.mint("ann/k", to="bob")
    found = [item for item, _ in items(made.documents, made.desk.store)]
    return [*found, msgspec.structs.replace(found[1], who=text, details={text: text, "memo": text})]


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("text", FORGERIES + FORMULAS)
def test_export__whatever_was_typed__one_printable_line_to_an_item(form: str, text: str) -> None:
    lines = list(export(typed(text), form))
    assert len(lines) == 3 + (form == "csv")
    for line in lines:
        shown = line.decode()
        ending = "\r\n" if form == "csv" else "\n"
        assert shown.endswith(ending)
        assert shown[: -len(ending)].isprintable(), repr(shown)
        assert len(shown.splitlines()) == 1


@pytest.mark.parametrize("text", FORGERIES + FORMULAS)
def test_ndjson__a_parser_gives_back_what_was_typed(text: str) -> None:
    found = typed(text)
    read = [json.loads(line) for line in export(found, "ndjson")]
    for item, document in zip(found, read, strict=True):
        assert tuple(document) == COLUMNS
        assert {**document, "at": item.at} == msgspec.structs.asdict(item)
    assert read[0]["at"] == "1970-01-12T13:46:41Z"


@pytest.mark.parametrize("text", FORGERIES + FORMULAS)
def test_csv__every_field_in_its_column_and_none_a_formula(text: str) -> None:
    found = typed(text)
    written = b"".join(export(found, "csv")).decode()
    heading, *rows = list(csv.reader(io.StringIO(written, newline="")))
    assert tuple(heading) == COLUMNS
    assert [row[:2] for row in rows] == [["log", "1"], ["journal", "1"], ["journal", "1"]]
    for row, item in zip(rows, found, strict=True):
        for name, cell in zip(COLUMNS, row, strict=True):
            assert cell.strip()[:1] not in {*"=+-@＝＋－＠\t\r"}, cell
            if name in ("who", "about", "where", "outcome"):
                assert cell.removeprefix("'") == printable(getattr(item, name))
        assert json.loads(row[8]) == item.details


@pytest.mark.parametrize("text", FORMULAS)
def test_csv__a_formula_begins_with_an_apostrophe(text: str) -> None:
    _, line, *_ = export(typed(text), "csv")
    assert line.decode().split('","')[3].startswith("'")


HEAD = re.compile(
    r"<(?P<pri>10[89])>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?P<host>[!-~]{1,255}) holdfast - (?P<id>[!-~]{1,32}) "
    r'\[holdfast@32473(?P<data>(?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+)\] (?P<said>.*)\n'
)
"""RFC 5424 with the structured data that we write."""


@pytest.mark.parametrize("text", FORGERIES + FORMULAS)
def test_syslog__reads_as_rfc_5424_with_the_values_that_were_typed(text: str) -> None:
    found = typed(text)
    for item, line in zip(found, export(found, "syslog"), strict=True):
        match = HEAD.fullmatch(line.decode())
        assert match, line
        data = re.findall(r' ([a-z]+)="((?:[^"\\\]]|\\.)*)"', match["data"])
        assert [name for name, _ in data] == [name for name in COLUMNS if name not in ("at", "details")]
        values = {name: re.sub(r"\\(.)", r"\1", value) for name, value in data}
        assert values["who"] == printable(item.who)
        assert match["id"] == item.what
        assert match["pri"] == ("109" if item.outcome in ("applied", "done") else "108")
        assert json.loads(match["said"]) == item.details


def test_syslog__a_host_and_words_that_are_no_tokens() -> None:
    beside = Beside()
    beside.log("x y\n" + "z" * 50)
    found = [item for item, _ in items(beside.documents, None)]
    (line,) = FORMATS["syslog"](found, host="log host\n")  # type: ignore[call-arg, operator]
    assert b" log_host_ holdfast - x_y_" + b"z" * 28 + b" [" in line
    assert b" - holdfast - " in next(iter(FORMATS["syslog"](found, host="")))  # type: ignore[call-arg, operator]


def test_printable__two_texts_never_look_the_same() -> None:
    assert printable("a\u202eb") == "a\\u202eb"
    assert printable("a\\u202eb") == "a\\\\u202eb"
    assert printable("\U000e0001") == "\\U000e0001"
    assert printable("zoë 猫") == "zoë 猫"


def test_export__another_format__malformed() -> None:
    with pytest.raises(Malformed, match="csv, ndjson, syslog"):
        export([], "xml")


def test_entries__no_field_but_those_documented() -> None:
    assert LogEntry.__struct_fields__ == ("seq", "at", "what", "by", "about", "where", "details", "journal")
    row = entries.row(LogEntry(1, 2, "x", "y"), LOG_ROOT)
    assert row.body == b'{"seq":1,"at":2,"what":"x","by":"y"}'
    assert row.digest == chained(LOG_ROOT, row.body)
