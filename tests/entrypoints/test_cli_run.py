"""`holdfast run`: lines to receipts, in memory and on SQLite."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from scenarios import MINT, PAY, VAULT, command, deposits, scenario

from holdfast.wire import codec

HUGE = "9" * 80


def test_run__json__receipts_and_state(cli, folder):
    answer = cli("run", scenario(folder / "s.jsonl", MINT | {"id": "m"}, PAY | {"id": "p"}), "--json")
    assert (answer.code, answer.err) == (0, "")
    assert [(r["id"], r["seq"], r["status"]) for r in answer.document["receipts"]] == [
        ("m", 1, "applied"),
        ("p", 2, "applied"),
    ]
    assert answer.document["state"]["balances"] == {"alice": {"FLUX": "989.5"}, "bob": {"FLUX": "10.5"}}
    assert set(answer.document) == {"receipts", "state"}


def test_run__missing_id__is_the_line_number_and_blank_lines_count(cli, folder):
    name = scenario(folder / "s.jsonl", MINT, "", "  ", PAY, MINT | {"id": ""}, MINT | {"id": 7}, "[1]", '"x"')
    receipts = cli("run", name, "--json").document["receipts"]
    assert [(r["id"], r["status"], r.get("seq")) for r in receipts] == [
        ("line-1", "applied", 1),
        ("line-4", "applied", 2),
        ("line-5", "rejected", None),
        ("line-6", "rejected", None),
        ("line-7", "rejected", None),
        ("line-8", "rejected", None),
    ]
    assert {r["error"]["code"] for r in receipts[2:]} == {"malformed"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "not JSON"),
        ('{"amount": NaN}', "NaN is no JSON number"),
        ('{"id": "a", "id": "b"}', "given twice"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_run__line_that_is_not_json__ends_with_2_and_keeps_what_ran(cli, folder, line, said):
    name = scenario(folder / "s.jsonl", MINT, line, PAY)
    answer = cli("run", name, "--db", "desk.db", "--json")
    assert answer.code == 2
    assert f"{name}, line 2" in answer.err
    assert said in answer.err
    assert "up to line 1" in answer.err
    assert len(answer.document["receipts"]) == 1
    assert answer.document["error"]["details"] == {"file": name, "line": 2}
    assert cli("state", "--db", "desk.db", "--json").document["seq"] == 1


def test_run__line_that_is_not_utf8__ends_with_2(cli, folder):
    Path("s.jsonl").write_bytes(json.dumps(MINT).encode() + b'\n{"id": "\xff"}\n')
    answer = cli("run", "s.jsonl")
    assert answer.code == 2
    assert "s.jsonl, line 2: not UTF-8 text" in answer.err


def test_run__byte_order_mark_and_crlf__are_read(cli, folder):
    Path("s.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(MINT).encode() + b"\r\n\r\n" + json.dumps(PAY).encode())
    receipts = cli("run", "s.jsonl", "--json").document["receipts"]
    assert [r["id"] for r in receipts] == ["line-1", "line-3"]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1e3", "malformed"),
        ("-1", "malformed"),
        ("0.0000000001", "malformed"),
        ("NaN", "malformed"),
        ("01", "malformed"),
        ("١", "malformed"),
        (5, "malformed"),
        (None, "malformed"),
        ("\ud800", "malformed"),
        (HUGE, "amount_overflow"),
        ("1" * 5_000, "amount_overflow"),
    ],
)
def test_run__bad_amount__is_refused_by_name(cli, folder, amount, code):
    (receipt,) = cli("run", scenario(folder / "s.jsonl", MINT | {"amount": amount}), "--json").document["receipts"]
    assert receipt["error"]["code"] == code


def test_run__integer_of_5000_digits__is_a_malformed_receipt_and_the_run_goes_on(cli, folder):
    long = json.dumps(command("fee_key.issue", to="alice", locked_lp=0)).replace(": 0", ": " + "9" * 5_000)
    first, second = cli("run", scenario(folder / "s.jsonl", long, MINT), "--json").document["receipts"]
    assert (first["error"]["code"], first["error"]["details"]["field"]) == ("malformed", "locked_lp")
    assert second["status"] == "applied"


def test_run__line_beyond_all_bounds__is_one_sentence(cli, folder, monkeypatch):
    monkeypatch.setattr(codec, "MAX_LINE", 100)
    answer = cli("run", scenario(folder / "s.jsonl", MINT, MINT | {"to": "a" * 200}))
    assert answer.code == 2
    assert "s.jsonl, line 2: more than 100 bytes are too long for one command. Each line" in answer.err


def test_run__file_whose_making_was_broken_off__becomes_the_desk(cli, folder):
    """A disk that was full leaves a file without tables; the same command goes on from there."""
    with sqlite3.connect("desk.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
    db.close()
    assert Path("desk.db").stat().st_size > 0
    assert cli("run", scenario(folder / "s.jsonl", MINT), "--db", "desk.db").code == 0
    assert cli("verify", "--db", "desk.db").code == 0


def test_run__position_that_lost_everything__is_shown(cli, folder):
    """Its loan-to-value is null."""
    name = scenario(
        folder / "s.jsonl",
        MINT | {"asset": "CSPR"},
        command("validator.register", validator="v1", commission_bps=0),
        command("leverage.open_position", "alice", deposit="500", leverage=1, validator="v1"),
        command("network.end_era", "oracle", era=1, rewards={}, slashes={"v1": 10_000}),
    )
    assert cli("run", name).code == 0
    assert cli("run", name, "--json").document["state"]["positions"]["alice"]["ltv_bps"] is None


def test_run__half_surrogate_pair_in_a_key__is_malformed(cli, folder):
    (receipt,) = cli("run", scenario(folder / "s.jsonl", MINT | {"\ud800": 1}), "--json").document["receipts"]
    assert receipt["error"]["code"] == "malformed"


def test_run__stdin__is_read(cli):
    assert cli("run", "-", stdin=json.dumps(MINT).encode()).code == 0
    assert "stdin, line 1" in cli("run", "-", stdin=b"x").err


def test_run__empty_scenario__is_done(cli, folder):
    Path("s.jsonl").touch()
    assert cli("run", "s.jsonl", "--json").document["receipts"] == []
    assert "no commands" in cli("run", "s.jsonl").out


def test_run__db_again__is_replayed_and_changes_nothing(cli, folder):
    name = scenario(folder / "s.jsonl", MINT, PAY, PAY | {"amount": "5000"})
    first = cli("run", name, "--db", "desk.db", "--json").document
    second = cli("run", name, "--db", "sqlite:desk.db", "--json").document
    assert [r.pop("replayed") for r in second["receipts"]] == [True, True, True]
    assert second == first
    assert "3 replayed" in cli("run", name, "--db", "desk.db").out


def test_run__memory_and_sqlite__give_the_same_digests(cli, folder):
    name = deposits(folder / "s.jsonl", 2_500)
    assert cli("run", name, "--json").document == cli("run", name, "--db", "desk.db", "--json").document


def test_run__desk_file__makes_the_desk_and_must_fit_the_one_there(cli, folder):
    Path("desk.toml").write_text('[roles]\noperator = ["boss"]\n[[assets]]\ncode = "FLUX"\nadmin = "boss"\n')
    name = scenario(folder / "s.jsonl", MINT | {"actor": "boss"})
    for _ in range(2):
        answer = cli("run", name, "--desk", "desk.toml", "--db", "desk.db", "--json")
        assert answer.document["receipts"][0]["status"] == "applied"
    Path("desk.toml").write_text("[tax]\nbuyback_bps = 1\n")
    other = cli("run", name, "--desk", "desk.toml", "--db", "desk.db", "--json")
    assert (other.code, other.document["error"]["code"]) == (5, "desk_exists")
    assert cli("run", name, "--db", "desk.db").code == 0


def test_run__table__fits_80_columns_and_takes_no_markup(cli, folder):
    evil = command("treasury.spend", asset="FLUX", to="x", amount="1", memo="[bold]\u202e\x1b[31m")
    key = "01" + "ab" * 32
    name = scenario(
        folder / "s.jsonl", MINT, MINT | {"to": key}, VAULT, PAY, evil, command("[red]x\x1b[31m\u202e"), {"type": "[/]"}
    )
    answer = cli("run", name)
    assert answer.code == 0
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out
    assert "[red]" in answer.out
    assert "7 commands: 4 applied, 3 rejected, 2 of them not recorded." in answer.out
    assert key in "".join(answer.out.split())


def test_run__long__shows_refusals_and_with_all_everything(cli, folder):
    name = deposits(folder / "s.jsonl", 500)
    answer = cli("run", name)
    assert answer.out.count("zero_amount") == 5
    assert "497 receipts are not shown; --all" in answer.out
    everything = cli("run", name, "--all").out
    assert everything.count("vault.deposit") == 500
    assert all(len(line) <= 80 for line in everything.splitlines())
