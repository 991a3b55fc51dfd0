"""`holdfast verify`, `export` and `import`."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest
from scenarios import MINT, PAY, VAULT, scenario


@pytest.fixture
def db(cli, folder):
    """A desk of three records."""
    assert cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", "desk.db").code == 0
    return "desk.db"


def head(cli, db):
    found = cli("verify", "--db", db, "--json").document["head"]
    return f"{found['seq']}:{found['digest']}"


def test_verify__whole__says_the_head(cli, db):
    answer = cli("verify", "--db", db)
    assert answer.code == 0
    assert f"Head {head(cli, db)}" in answer.out
    assert cli("verify", "--db", db, "--head", head(cli, db).upper()).code == 0


def test_verify__cut_off__is_told_by_a_head_noted_elsewhere(cli, db):
    noted = head(cli, db)
    with sqlite3.connect(db) as tampered:
        tampered.execute("DELETE FROM journal WHERE seq = 3")
    tampered.close()
    answer = cli("verify", "--db", db, "--head", noted)
    assert answer.code == 70
    assert "record 3 is missing" in answer.err


def test_verify__changed_record__is_70_and_named_everywhere(cli, db):
    with sqlite3.connect(db) as tampered:
        tampered.execute(
            "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'bob', 'bib') AS BLOB) WHERE seq = 2"
        )
    tampered.close()
    answer = cli("verify", "--db", db, "--json")
    assert (answer.code, answer.document["ok"]) == (70, False)
    assert "record 2" in answer.document["problems"][0]
    assert "record 2" in cli("state", "--db", db).err
    assert cli("submit", '{"actor":"a","type":"booster.stake"}', "--db", db).code == 70
    assert cli("export", "--db", db, "-o", "out.ndjson").code == 70
    assert not Path("out.ndjson").exists()
    assert not Path("out.ndjson.part").exists()


def test_history__record_changed_with_an_sql_tool__is_70(cli, db):
    with sqlite3.connect(db) as tampered:
        tampered.execute("UPDATE journal SET body = replace(body, 'bob', 'bib') WHERE seq = 2")
    tampered.close()
    answer = cli("history", "alice", "--db", db)
    assert answer.code == 70
    assert "record 2" in answer.err


@pytest.mark.parametrize("noted", ["1", "x:y", "1:abc", ":" + "0" * 64, "-1:" + "0" * 64])
def test_verify__head_of_another_shape__is_2(cli, db, noted):
    assert cli("verify", "--db", db, f"--head={noted}").code == 2


def test_export__import__is_the_same_desk_bit_for_bit(cli, db):
    assert cli("export", "--db", db, "-o", "out.ndjson").code == 0
    answer = cli("import", "out.ndjson", "--db", "copy.db", "--json")
    assert answer.code == 0
    assert head(cli, "copy.db") == head(cli, db)
    assert cli("export", "--db", "copy.db").out == Path("out.ndjson").read_text(encoding="utf-8")


def test_export__file_there__is_not_written_over_unless_forced(cli, db):
    Path("out.ndjson").write_text("mine")
    answer = cli("export", "--db", db, "-o", "out.ndjson")
    assert (answer.code, Path("out.ndjson").read_text()) == (2, "mine")
    assert cli("export", "--db", db, "-o", "out.ndjson", "--force").code == 0
    assert cli("export", "--db", db, "-o", "absent/out.ndjson").code == 2
    assert cli("export", "--db", db, "-o", ".", "--force").code == 2


def test_export__upto__ends_there(cli, db):
    cli("export", "--db", db, "--upto", "2", "-o", "two.ndjson")
    assert cli("import", "two.ndjson", "--db", "two.db", "--json").document["head"]["seq"] == 2


def test_import__stdin(cli, db):
    text = cli("export", "--db", db).out
    assert cli("import", "-", "--db", "copy.db", stdin=text.encode()).code == 0


def test_import__unusable__is_2_and_leaves_no_file(cli, db):
    text = cli("export", "--db", db).out
    Path("cut.ndjson").write_text("".join(text.splitlines(keepends=True)[:-1]))
    Path("changed.ndjson").write_text(text.replace('"bob"', '"bib"'))
    Path("other.ndjson").write_text('{"hello": 1}\n')
    Path("packed.ndjson").write_bytes(gzip.compress(text.encode()))
    Path("empty.ndjson").touch()
    for name in ("cut", "changed", "other", "packed", "empty", "absent"):
        answer = cli("import", f"{name}.ndjson", "--db", "copy.db", "--json")
        assert (answer.code, answer.document["error"]["code"]) == (2, "malformed")
        assert f"{name}.ndjson" in answer.err
        assert not list(Path().glob("copy.db*"))


def test_import__desk_there__is_5_and_untouched(cli, db):
    before = head(cli, db)
    Path("out.ndjson").write_text(cli("export", "--db", db).out)
    assert cli("import", "out.ndjson", "--db", db).code == 5
    assert head(cli, db) == before
