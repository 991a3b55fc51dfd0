"""`holdfast audit`, and what `verify` and `copy` do where there is an office."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import postgres
from entrypoints.conftest import Cli
from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.identity.kept import Kept
from holdfast.primitives.clock import FixedClock
from holdfast.store import sqlite
from holdfast.wire import codec
from support import START


class Bird(Kept, frozen=True, tag="test.bird"):
    """A record."""


@pytest.fixture
def made(folder: Path) -> Path:
    """desk.db: three entries, and two records that they go before."""
    clock = FixedClock(START)
    desk = bootstrap.create_desk("desk.db", Genesis(), clock=clock)
    office = bootstrap.open_office("desk.db", clock, lambda: desk.head, gate=desk.lock)
    for number in range(3):
        clock.now += 60
        with office.write() as tx:
            tx.put(Bird(f"b{number}"))
            tx.log("session.opened", by="ann", about="=1+1\n", where="10.0.0.1", factor="passkey")
        if number:
            actor = ("operator", "bob")[number - 1]
            desk.submit(codec.command("asset.mint", f"zoe/{number}", actor, asset="FLUX", to="bob", amount="1"))
    office.close()
    desk.close()
    return folder


def tampered(statement: str) -> None:
    db = sqlite.connect("desk.db")
    db.execute(statement)
    db.close()


@pytest.mark.usefixtures("made")
def test_log__a_table_of_both_sources(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    answer = cli("audit", "log", "--db", "desk.db")
    lines = [line.split() for line in answer.out.splitlines()]
    assert lines[0] == ["seq", "time", "who", "what", "about", "where", "outcome"]
    assert lines[2] == ["log", "1", "2026-01-01", "00:01", "ann", "session.opened", "=1+1\\u000a", "10.0.0.1", "done"]
    assert lines[4] == ["1", "2026-01-01", "00:02", "zoe", "asset.mint", "operator", "applied"]
    assert lines[6] == ["2", "2026-01-01", "00:03", "zoe", "asset.mint", "bob", "not_authorized"]
    assert lines[7] == ["5", "entries."]


@pytest.mark.usefixtures("made")
def test_log__the_newest_and_what_is_asked_for(cli: Cli) -> None:
    def shown(*asked: str) -> list[tuple[str, int]]:
        answer = cli("audit", "log", "--db", "desk.db", "--json", *asked)
        documents = [json.loads(line) for line in answer.out.splitlines()]
        return [(document["source"], document["seq"]) for document in documents]

    everything = [("log", 1), ("log", 2), ("journal", 1), ("log", 3), ("journal", 2)]
    assert shown() == shown("--all") == everything
    assert shown("--last", "2") == everything[-2:]
    assert shown("--who", "zoe", "--last", "1") == [("journal", 2)]
    assert shown("--what", "session.") == shown("--source", "log") == [("log", 1), ("log", 2), ("log", 3)]
    assert shown("--about", "operator") == [("journal", 1)]
    assert shown("--since", "2026-01-01T00:03:00Z") == everything[3:]
    assert shown("--until", "2026-01-01T00:01:00Z", "--all") == everything[:1]
    assert cli("audit", "log", "--db", "desk.db", "--who", "nobody").out == "No entries.\n"


@pytest.mark.usefixtures("made")
def test_log__options_that_say_nothing__malformed(cli: Cli) -> None:
    for asked in (("--source", "both"), ("--since", "yesterday"), ("--until", "2026")):
        answer = cli("audit", "log", "--db", "desk.db", *asked)
        assert (answer.code, answer.out) == (2, "")
        assert asked[0] in answer.err
    assert cli("audit", "export", "--db", "desk.db", "--format", "xml").code == 2
    assert cli("audit", "log", "--db", "none.db").code == 4


def test_log__a_desk_without_an_office__its_journal(cli: Cli) -> None:
    desk = bootstrap.create_desk("plain.db", Genesis())
    desk.submit(codec.command("asset.mint", "m", "operator", asset="FLUX", to="bob", amount="1"))
    desk.close()
    assert json.loads(cli("audit", "log", "--db", "plain.db", "--json").out)["who"] == "operator"
    assert "Log head" not in cli("verify", "--db", "plain.db").out
    assert "log" not in cli("verify", "--db", "plain.db", "--json").document


@pytest.mark.usefixtures("made")
def test_export__each_format_to_stdout_and_to_a_file(cli: Cli) -> None:
    rows = list(csv.reader(io.StringIO(cli("audit", "export", "--db", "desk.db", "--format", "csv").out)))
    assert (len(rows), rows[1][5]) == (6, "'=1+1\\u000a")
    assert len(cli("audit", "export", "--db", "desk.db", "--format", "syslog", "--who", "zoe").out.splitlines()) == 2
    answer = cli("audit", "export", "--db", "desk.db", "-o", "audit.ndjson")
    assert answer.err == "Wrote 5 entries to audit.ndjson.\n"
    text = Path("audit.ndjson").read_text()
    assert text == cli("audit", "export", "--db", "desk.db").out
    assert json.loads(text.splitlines()[0])["about"] == "=1+1\n"
    assert cli("audit", "export", "--db", "desk.db", "-o", "audit.ndjson").code == 2
    answer = cli("audit", "export", "--db", "desk.db", "--format", "csv", "-o", "audit.ndjson", "--force")
    assert answer.err == "Wrote 5 entries to audit.ndjson.\n"


@pytest.mark.usefixtures("made")
def test_verify__the_log_as_well(cli: Cli) -> None:
    answer = cli("verify", "--db", "desk.db")
    assert answer.code == 0
    head = answer.out.splitlines()[-1].removeprefix("Log head ")
    assert head.startswith("3:")
    assert cli("verify", "--db", "desk.db", "--log-head", head).code == 0
    document = cli("verify", "--db", "desk.db", "--json").document
    assert document["log"] == {"ok": True, "seq": 3, "digest": head[2:], "problem": ""}
    assert document["ok"] is True
    assert cli("verify", "--db", "desk.db", "--log-head", "3").code == 2


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        (["UPDATE office_log SET body = replace(body, 'ann', 'eve') WHERE seq = 2"], "entry 2 of the log was changed"),
        (["UPDATE office_log SET body = CAST(replace(body, 'ann', 'eve') AS BLOB) WHERE seq = 2"],
         "entry 2 of the log does not match its digest"),
        (["DELETE FROM office_log WHERE seq = 2"], "entry 2 of the log is missing"),
        (["DELETE FROM office_log WHERE seq = 3"], "entry 3 of the log is missing"),
        (["DELETE FROM office_head"], "does not say where it stands"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("made")
def test_verify__a_log_that_was_touched__leaves_with_70_and_names_the_entry(
    cli: Cli, statements: list[str], names: str
) -> None:
    for statement in statements:
        tampered(statement)
    answer = cli("verify", "--db", "desk.db")
    assert (answer.code, answer.out) == (70, "")
    assert names in answer.err
    assert "audit log is not as it was written" in answer.err
    document = cli("verify", "--db", "desk.db", "--json").document
    assert (document["ok"], document["problems"], names in document["log"]["problem"]) == (False, [], True)


@pytest.mark.usefixtures("made")
def test_verify__a_log_cut_off_or_gone__told_against_a_noted_head(cli: Cli) -> None:
    head = cli("verify", "--db", "desk.db").out.splitlines()[-1].removeprefix("Log head ")
    tampered("DELETE FROM office_log WHERE seq = 3")
    tampered("UPDATE office_head SET seq = 2, digest = (SELECT digest FROM office_log WHERE seq = 2)")
    assert cli("verify", "--db", "desk.db").code == 0
    answer = cli("verify", "--db", "desk.db", "--log-head", head)
    assert answer.code == 70
    assert "entry 3 of the log is missing" in answer.err
    tampered("DELETE FROM desk WHERE key = 'office'")
    answer = cli("verify", "--db", "desk.db", "--log-head", head)
    assert answer.code == 70
    assert "the audit log is missing" in answer.err


@pytest.mark.usefixtures("made")
def test_verify__a_journal_written_anew__the_log_tells(cli: Cli) -> None:
    """The journal alone is in order; the records that the log names are others."""
    tampered("DELETE FROM journal")
    answer = cli("verify", "--db", "desk.db")
    assert answer.code == 70
    assert "entry 3 of the log was written at record 1, which the journal does not have" in answer.err


@pytest.mark.usefixtures("made")
def test_copy__carries_the_office_along(cli: Cli) -> None:
    there = postgres.new_desk()
    try:
        answer = cli("copy", "--from", "desk.db", "--to", there)
        assert "With its office: 3 records, 3 log entries." in answer.out
        back = cli("copy", "--from", there, "--to", "back.db", "--json").document
        assert back["office"]["seq"] == 3
        one, two = bootstrap.open_documents("desk.db"), bootstrap.open_documents("back.db")
        assert one.head() == two.head()
        assert list(one.changed_since(0)) == list(two.changed_since(0))
        assert list(one.log(0)) == list(two.log(0))
        one.close()
        two.close()
        assert cli("verify", "--db", "back.db").out == cli("verify", "--db", "desk.db").out
        assert cli("copy", "--from", "desk.db", "--to", there).code == 5
    finally:
        postgres.drop(there)


@pytest.mark.parametrize("table", ["journal", "office_log"])
@pytest.mark.usefixtures("made")
def test_copy__of_what_is_broken__none_and_a_second_attempt_works(cli: Cli, table: str) -> None:
    there = postgres.new_desk()
    tampered(f"UPDATE {table} SET body = CAST(body || ' ' AS BLOB) WHERE seq = 2")  # noqa: S608
    try:
        assert cli("copy", "--from", "desk.db", "--to", there).code == 70
        assert cli("state", "--db", there).code == 4
        assert cli("copy", "--from", "desk.db", "--to", "new.db").code == 70
        assert not Path("new.db").exists()
        tampered(f"UPDATE {table} SET body = CAST(rtrim(body) AS BLOB) WHERE seq = 2")  # noqa: S608
        assert cli("copy", "--from", "desk.db", "--to", there).code == 0
        assert cli("verify", "--db", there).out == cli("verify", "--db", "desk.db").out
    finally:
        postgres.drop(there)
