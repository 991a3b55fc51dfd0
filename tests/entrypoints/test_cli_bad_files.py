"""What is not there, not ours, locked or damaged: one clear line, the right code, no traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from scenarios import MINT, scenario

from holdfast.store import sqlite as store

READERS = [["state"], ["balance", "a"], ["history", "a"], ["verify"], ["export"], ["snapshot"], ["submit", "{}"]]


def _foreign() -> None:
    with sqlite3.connect("desk.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()


def _text() -> None:
    Path("desk.db").write_text("this is no database, only words " * 40)


def _folder() -> None:
    Path("desk.db").mkdir()


def _empty() -> None:
    Path("desk.db").touch()


def _absent() -> None:
    return


UNUSABLE = {
    "absent": (_absent, 4),
    "empty": (_empty, 4),
    "foreign": (_foreign, 70),
    "text": (_text, 70),
    "folder": (_folder, 2),
}


@pytest.mark.parametrize("verb", READERS, ids=lambda verb: verb[0])
@pytest.mark.parametrize("kind", UNUSABLE)
def test_desk__unusable__names_the_file(cli, kind, verb):
    make, code = UNUSABLE[kind]
    make()
    command = [word if word != "{}" else '{"actor":"a","type":"booster.stake"}' for word in verb]
    answer = cli(*command, "--db", "desk.db", *(["--json"] if verb[0] != "export" else []))
    assert answer.code == code
    assert "desk.db" in answer.err
    if verb[0] != "export":
        assert answer.document["error"]["message"]


def test_desk__foreign_file__is_left_as_it_was(cli, folder):
    _foreign()
    before = Path("desk.db").read_bytes()
    assert cli("init", "--db", "desk.db").code == 70
    assert cli("run", scenario(folder / "s.jsonl", MINT), "--db", "desk.db").code == 70
    assert Path("desk.db").read_bytes() == before


def test_desk__truncated__is_70(cli, folder):
    cli("run", scenario(folder / "s.jsonl", *[MINT] * 200), "--db", "desk.db")
    whole = Path("desk.db").read_bytes()
    Path("desk.db").write_bytes(whole[: len(whole) // 2])
    for verb in (["state"], ["verify"], ["history", "alice"]):
        answer = cli(*verb, "--db", "desk.db")
        assert answer.code == 70
        assert "desk.db" in answer.err


def test_desk__locked_by_another__is_75_to_write_and_open_to_read(cli, folder, monkeypatch):
    monkeypatch.setattr(store, "BUSY_SECONDS", 0)
    name = scenario(folder / "s.jsonl", MINT)
    cli("run", name, "--db", "desk.db")
    other = sqlite3.connect("desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = cli("run", scenario(folder / "t.jsonl", MINT | {"id": "x"}), "--db", "desk.db", "--json")
        assert answer.code == 75
        assert answer.document["error"]["code"] == "unavailable"
        assert "another process" in answer.err
        assert cli("state", "--db", "desk.db", "--json").document["seq"] == 1
    finally:
        other.close()


@pytest.mark.parametrize("name", ["absent.jsonl", ".", "absent/s.jsonl", "a" * 300])
def test_scenario__unusable__is_2(cli, name):
    answer = cli("run", name, "--json")
    assert answer.code == 2
    assert name in answer.document["error"]["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"name = \n", "line 1"),
        (b"[desk]\nnaem = 'x'\n", "line 2: [desk] has no key naem; it takes name, demo, standard_assets"),
        (b"\n[stakes]\n", "line 2: there is no table [stakes]; a desk file has desk, assets, roles"),
        (b"\n\xff\n", "line 2: not UTF-8"),
    ],
)
def test_desk_file__unusable__is_2_and_makes_no_desk(cli, text, said):
    Path("desk.toml").write_bytes(text)
    for verb in (["init"], ["run", "-"]):
        answer = cli(*verb, "--desk", "desk.toml", "--db", "desk.db", "--json")
        assert answer.code == 2
        assert "desk.toml" in answer.err
        assert said in answer.document["error"]["message"]
    assert not Path("desk.db").exists()
    assert cli("init", "--desk", "absent.toml").code == 2


@pytest.mark.parametrize(
    "line", [["fly"], ["state", "--colour"], ["run"], ["quote"], [], ["balance"], ["export", "--upto", "x"]]
)
def test_usage__wrong__is_2_with_the_way_to_help(cli, line):
    answer = cli(*line)
    assert answer.code == 2
    assert "--help" in answer.err


def test_usage__wrong_with_json__is_an_object_too(cli):
    assert cli("state", "--colour", "--json").document["error"]["code"] == "usage"
