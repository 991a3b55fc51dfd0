"""The command line on desks on PostgreSQL; and `holdfast copy` between any two stores."""

from __future__ import annotations

import sqlite3
import sys
from itertools import product

import pytest
from scenarios import MINT, PAY, VAULT, scenario

import postgres
from holdfast import bootstrap


@pytest.fixture
def url():
    made = postgres.new_desk()
    yield made
    postgres.drop(made)


@pytest.fixture
def other_url():
    made = postgres.new_desk()
    yield made
    postgres.drop(made)


def test_verbs__work_as_on_a_file(cli, folder, url):
    assert cli("state", "--db", url).code == 4
    assert cli("init", "--db", url, "--name", "Main").code == 0
    assert cli("init", "--db", url).code == 5
    first = cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", url, "--json")
    assert first.code == 0
    again = cli("run", "s.jsonl", "--db", url, "--json")
    assert [receipt["replayed"] for receipt in again.document["receipts"]] == [True] * 3
    assert cli("snapshot", "--db", url, "--json").document["seq"] == 3
    assert cli("balance", "bob", "--db", url, "--json").code == 0
    assert cli("history", "bob", "--db", url).code == 0
    assert cli("state", "--db", url, "--at", "1").code == 0
    report = cli("verify", "--db", url, "--json").document
    assert (report["ok"], report["records"], report["snapshots"]) == (True, 3, 1)


def test_run__without_a_desk__makes_one_with_the_digests_of_a_file(cli, folder, url):
    scenario(folder / "s.jsonl", MINT, PAY, VAULT)
    answers = [cli("run", "s.jsonl", "--db", db, "--json").document for db in (url, "desk.db")]
    assert answers[0] == answers[1]


def test_export_and_import__to_postgres_and_back(cli, folder, url):
    cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", "desk.db")
    cli("export", "--db", "desk.db", "-o", "desk.ndjson")
    made = cli("import", "desk.ndjson", "--db", url)
    assert made.code == 0
    assert cli("import", "desk.ndjson", "--db", url).code == 5
    assert cli("export", "--db", url, "-o", "again.ndjson").code == 0
    assert (folder / "again.ndjson").read_bytes() == (folder / "desk.ndjson").read_bytes()


def test_import__of_a_broken_journal__no_desk(cli, folder, url):
    cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", "desk.db")
    cli("export", "--db", "desk.db", "-o", "desk.ndjson")
    lines = (folder / "desk.ndjson").read_bytes().splitlines(keepends=True)
    (folder / "cut.ndjson").write_bytes(b"".join(lines[:-1]))
    answer = cli("import", "cut.ndjson", "--db", url)
    assert answer.code == 2
    assert "cut off after record 3" in answer.err
    assert cli("state", "--db", url).code == 4
    assert cli("import", "desk.ndjson", "--db", url).code == 0


@pytest.mark.parametrize(("source", "target"), list(product(("file", "postgres"), repeat=2)))
def test_copy__between_any_two_stores__bit_for_bit(cli, folder, url, other_url, source, target):
    place = {"file": "desk.db", "postgres": url}[source]
    new = {"file": "copy.db", "postgres": other_url}[target]
    cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", place)
    answer = cli("copy", "--from", place, "--to", new, "--json")
    assert answer.code == 0
    one, other = bootstrap.open_store(place), bootstrap.open_store(new)
    assert one.genesis() == other.genesis()
    assert list(one.rows()) == list(other.rows())
    assert answer.document["head"] == {"seq": 3, "digest": other.head().digest.hex()}
    one.close()
    other.close()
    assert cli("verify", "--db", new).code == 0
    assert cli("copy", "--from", place, "--to", new).code == 5, "there is a desk now"
    assert "Head 3:" in cli("verify", "--db", new).out


@pytest.mark.parametrize("target", ["file", "postgres"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM journal WHERE seq = 2", "record 2 is missing"),
        ("UPDATE journal SET body = body || ' ' WHERE seq = 2", "record 2"),
        ("UPDATE journal SET digest = zeroblob(32) WHERE seq = 3", "record 3"),
    ],
)
def test_copy__of_a_broken_journal__nothing_there(cli, folder, url, target, damage, said):
    new = {"file": "copy.db", "postgres": url}[target]
    cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", "desk.db")
    with sqlite3.connect("desk.db") as tampered:
        tampered.execute(damage)
    tampered.close()
    answer = cli("copy", "--from", "desk.db", "--to", new)
    assert answer.code == 70
    assert said in answer.err
    assert cli("state", "--db", new).code == 4
    assert not (folder / "copy.db").exists()


def test_copy__from_nowhere__no_desk_and_nothing_made(cli, folder):
    assert cli("copy", "--from", "missing.db", "--to", "copy.db").code == 4
    assert list(folder.iterdir()) == []


def test_url__secrets_are_never_shown(cli, folder):
    for url in (
        "postgresql://me:s3cret@127.0.0.1:1/db",
        "postgresql://me:s3cret@127.0.0.1:1/db?desk=NO",
        "postgresql://me:s3cret@127.0.0.1:1/db?nonsense=s3cret",
        "postgresql://me:s3cret@127.0.0.1:1/db#main",
        "postgresql://me:s3cret@[127.0.0.1/db",
        "postgresql:/me:s3cret@127.0.0.1:1/db",
        "mysql://me:s3cret@127.0.0.1:1/db",
    ):
        answer = cli("state", "--db", url, "--json")
        assert answer.code in (2, 4, 75)
        assert "s3cret" not in answer.out + answer.err


@pytest.mark.parametrize("desk", ["", "Main", "pg_desk", "public", "information_schema", "a-b", "a;b", "1a", "a" * 49])
def test_url__a_desk_that_is_no_name__malformed(cli, folder, desk):
    answer = cli("init", "--db", f"postgresql://127.0.0.1:1/db?desk={desk}")
    assert answer.code == 2
    assert "a desk's name" in answer.err


@pytest.mark.parametrize("desk", ["order", "user", "_1", "a" * 48])
def test_url__a_desk_named_like_a_word_of_sql__works(cli, folder, desk):
    url = f"{postgres.database()}&desk={desk}"
    try:
        assert cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", url).code == 0
        assert cli("tables", "--db", url).code == 0
        assert cli("snapshot", "--db", url).code == 0
        assert cli("verify", "--db", url).code == 0
    finally:
        with postgres.admin(url) as db:
            db.execute(f'DROP SCHEMA IF EXISTS "{desk}" CASCADE'.encode())


def test_driver__not_installed__says_how_to_get_it(cli, folder, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("holdfast.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("holdfast.store.postgres", None, raising=False)
    monkeypatch.delattr("holdfast.store.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    answer = cli("state", "--db", "postgresql://127.0.0.1:1/db")
    assert answer.code == 2
    assert "pip install 'holdfast[postgres]'" in answer.err


def test_tables__on_postgres__amounts_that_sql_adds(cli, folder, url):
    assert cli("tables", "--db", url).code == 4
    cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", url)
    assert cli("tables", "--db", url, "--json").document == {"seq": 3, "dropped": False}
    assert "stand at record 3" in cli("tables", "--db", url, "--rebuild").out + cli("tables", "--db", url).err
    with postgres.admin(url) as db:
        db.execute(f"SET search_path = {postgres.schema_of(url)}".encode())
        assert db.execute("SELECT DISTINCT sum(amount) FROM balance GROUP BY asset").fetchall() == [(0,)]
        assert cli("tables", "--db", url, "--drop", "--json").document["dropped"] is True
        assert db.execute("SELECT to_regclass('balance')").fetchone() == (None,)
    assert cli("verify", "--db", url).code == 0
