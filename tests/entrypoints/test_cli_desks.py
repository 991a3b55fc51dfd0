"""The verbs of a desk: init, submit, state, balance, history, snapshot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scenarios import MINT, PAY, VAULT, command, deposits, scenario

from holdfast.primitives import clock
from holdfast.primitives.clock import FixedClock, parse_instant

NOON = "2026-01-01T12:00:00Z"


@pytest.fixture
def db(cli, folder):
    """A desk on which alice got 1000 FLUX, and paid bob 10.5 an hour later."""
    name = scenario(
        folder / "s.jsonl", MINT | {"at": "2026-01-01T00:00:00Z"}, PAY | {"at": "2026-01-01T01:00:00Z"}
    )  # fmt: skip
    assert cli("run", name, "--db", "desk.db").code == 0
    return "desk.db"


@pytest.fixture
def noon(monkeypatch):
    """The system's clock stands at noon of 2026-01-01."""
    fixed = FixedClock(parse_instant(NOON))
    monkeypatch.setattr(clock, "system_clock", fixed)
    return fixed


# --- init -------------------------------------------------------------------------------------------------------


def test_init__makes_one_desk_and_no_second(cli):
    answer = cli("init", "--json", "--name", "Main", "--demo")
    assert answer.code == 0
    assert answer.document["db"] == "holdfast.db"
    assert (answer.document["name"], answer.document["demo"]) == ("Main", True)
    again = cli("init")
    assert again.code == 5
    assert "holdfast.db already" in again.err


def test_init__environment__names_the_default_desk(cli, monkeypatch):
    monkeypatch.setenv("HOLDFAST_DB", "sqlite:other.db")
    assert cli("init").code == 0
    assert Path("other.db").exists()
    assert cli("state").code == 0


def test_init__print_desk__is_the_standard_desk(cli):
    text = cli("init", "--print-desk").out
    Path("desk.toml").write_text(text, encoding="utf-8")
    one = cli("init", "--desk", "desk.toml", "--db", "one.db", "--json").document
    assert one["digest"] == cli("init", "--db", "two.db", "--json").document["digest"]


@pytest.mark.parametrize("url", ["mysql://host/desk", "sqlite:", ":memory:", "", "mysql:", "."])
def test_init__unusable_db__is_2(cli, url):
    assert cli("init", "--db", url).code == 2


def test_init__unusable_name__is_2(cli):
    assert cli("init", "--name", "").code == 2
    assert not Path("holdfast.db").exists()


# --- submit -----------------------------------------------------------------------------------------------------


def test_submit__uses_the_system_clock_but_never_before_the_desk(cli, db, noon):
    assert cli("submit", json.dumps(PAY), "--db", db, "--json").document["at"] == NOON
    noon.now -= 3_600
    assert cli("submit", json.dumps(PAY), "--db", db, "--json").document["at"] == NOON


def test_submit__same_id_again__is_replayed(cli, db, noon):
    first = cli("submit", json.dumps(PAY | {"id": "p"}), "--db", db, "--json").document
    noon.now += 60
    second = cli("submit", json.dumps(PAY | {"id": "p"}), "--db", db, "--json").document
    assert second.pop("replayed")
    assert second == first


@pytest.mark.parametrize(
    ("fields", "code", "word"),
    [
        ({"amount": "1e3"}, 2, "amount"),
        ({"colour": "red"}, 2, "colour"),
        ({"type": "asset.fly"}, 2, "asset.fly"),
        ({"type": "asset.mint"}, 3, "admin"),
        ({"actor": "@term:VG"}, 3, "protocol account"),
        ({"asset": "NOPE"}, 4, "NOPE"),
        ({"id": "line-1"}, 5, "record 1"),
        ({"amount": "5000"}, 6, "989.5"),
        ({"at": "2025-01-01T00:00:00Z"}, 6, "already"),
    ],
)
def test_submit__refused__leaves_with_the_code_of_its_class(cli, db, fields, code, word):
    answer = cli("submit", json.dumps(PAY | fields), "--db", db)
    assert (answer.code, answer.out) == (code, "")
    assert word in answer.err
    document = cli("submit", json.dumps(PAY | {"id": "x"} | fields), "--db", db, "--json").document
    assert word in document["error"]["message"]


def test_submit__preview__keeps_nothing(cli, db):
    answer = cli("submit", "--preview", json.dumps(PAY), "--db", db, "--json")
    assert (answer.code, answer.document["status"]) == (0, "applied")
    assert cli("submit", "--preview", json.dumps(PAY | {"amount": "5000"}), "--db", db).code == 6
    assert cli("state", "--db", db, "--json").document["seq"] == 2


def test_submit__file_stdin_and_at(cli, db):
    Path("c.json").write_text(json.dumps(PAY, indent=2), encoding="utf-8")
    answer = cli("submit", "--file", "c.json", "--at", NOON, "--db", db, "--json")
    assert answer.document["at"] == NOON
    assert cli("submit", "--file", "-", "--db", db, stdin=json.dumps(PAY).encode()).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["{}", "--file", "c.json"],
        ["{"],
        ["[1]"],
        ["--file", "absent.json"],
        ["--file", "."],
        ['{"at": "2026-01-01T00:00:00Z"}', "--at", NOON],
        [json.dumps(PAY), "--at", "noon"],
        ["\udcff"],
    ],
)
def test_submit__no_command__is_2(cli, db, arguments):
    answer = cli("submit", "--db", db, "--json", *arguments)
    assert answer.code == 2
    assert answer.document["error"]["code"] == "malformed"


def test_submit__shown__names_record_and_result(cli, db):
    answer = cli("submit", json.dumps(VAULT | {"id": "v"}), "--at", NOON, "--db", db)
    assert "vault.create applied as record 3 at 2026-01-01 12:00" in answer.out
    assert "share vFLUX" in answer.out


# --- state, balance ---------------------------------------------------------------------------------------------


def test_state__at__is_the_desk_at_that_record_or_second(cli, db):
    full = cli("state", "--db", db, "--json").document
    assert cli("state", "--db", db, "--json", "--at", "2").document == full
    first = cli("state", "--db", db, "--json", "--at", "1").document
    assert first["balances"] == {"alice": {"FLUX": "1000"}}
    between = cli("state", "--db", db, "--json", "--at", "2026-01-01T00:59:59Z").document
    assert between == first | {"at": "2026-01-01T00:59:59Z"}
    later = cli("state", "--db", db, "--json", "--at", "2090-01-01T00:00:00Z").document
    assert later == full | {"at": later["at"]}
    assert full["at"] < later["at"] < "2090"  # the future is the present by the clock
    assert cli("state", "--db", db, "--json", "--at", "0").document["balances"] == {}


def test_state__at_an_instant__has_locks_as_they_stood(cli, folder):
    stake = command("term.stake", "alice", amount="1000")
    day = "2026-01-01T00:00:00Z"
    later = MINT | {"at": "2027-01-01T00:00:00Z"}
    name = scenario(folder / "s.jsonl", MINT | {"asset": "VG", "amount": "5000", "at": day}, stake, later)
    cli("run", name, "--db", "desk.db")
    seen = [
        cli("state", "--db", "desk.db", "--json", "--at", at).document["stakes"]["vg-1"]["status"]
        for at in (day, "2026-06-02T23:59:59Z", "2026-06-03T00:00:00Z")
    ]
    assert seen == ["locked", "locked", "matured"]


@pytest.mark.parametrize(("at", "code"), [("3", 4), ("9" * 30, 4), ("yesterday", 2), ("2026-01-01", 2), ("-1", 2)])
def test_state__at_no_moment__is_refused(cli, db, at, code):
    assert cli("state", "--db", db, f"--at={at}").code == code


def test_state__table__leaves_empty_tables_out(cli, db):
    out = cli("state", "--db", db).out
    assert "Balances (2)" in out
    assert "Validators" not in out
    assert cli("init", "--db", "new.db").code == 0
    assert "Nothing is here yet." in cli("state", "--db", "new.db").out


def test_state__many_rows_and_long_names__are_cut_to_80_columns(cli, folder):
    keys = [f"01{number:064x}" for number in range(300)]
    reserve = [command("leverage.provide_reserve", amount="999999.123456789")]
    lines = [
        command("asset.mint", asset="CSPR", to=key, amount=f"{1234567}.{number:09}1"[:17])
        for number, key in enumerate(keys)
    ]
    lines += [command("asset.mint", asset="CSPR", to="operator", amount="1000000"), *reserve]
    lines += [command("validator.register", validator=f"v{key}", commission_bps=1234) for key in keys[:30]]
    lines += [
        command("leverage.open_position", key, deposit="1234.123456789", leverage=2, validator=f"v{keys[0]}")
        for key in keys[:30]
    ]
    name = scenario(folder / "s.jsonl", *lines)
    cli("run", name, "--db", "desk.db")
    out = cli("state", "--db", "desk.db").out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "… 10 more; --all" in out
    assert out.count("2468.246913578") == 20
    assert keys[0] not in out
    everything = cli("state", "--db", "desk.db", "--all").out
    assert everything.count("2468.246913578") == 30
    assert all(len(line) <= 80 for line in everything.splitlines())


def test_balance__account__and_asset(cli, db):
    assert cli("balance", "bob", "--db", db, "--json").document["balances"] == {"FLUX": "10.5"}
    assert cli("balance", "alice", "--db", db, "--json", "--at", "1").document["balances"] == {"FLUX": "1000"}
    assert cli("balance", "bob", "--asset", "VG", "--db", db, "--json").document["balances"] == {"VG": "0"}
    assert cli("balance", "bob", "--asset", "NOPE", "--db", db).code == 4
    assert "989.5" in cli("balance", "alice", "--db", db).out
    assert "holds nothing" in cli("balance", "nobody", "--db", db).out


def test_balance__frozen__is_said(cli, db):
    freeze = command("asset.set_authorized", asset="FLUX", account="bob", authorized=False)
    assert cli("submit", json.dumps(freeze), "--db", db).code == 0
    assert cli("balance", "bob", "--db", db, "--json").document["frozen"] == ["FLUX"]
    assert "frozen" in cli("balance", "bob", "--db", db).out


# --- history ----------------------------------------------------------------------------------------------------


def lines(answer):
    return [json.loads(line) for line in answer.out.splitlines()]


def test_history__json__has_every_posting_with_the_balance_after_it(cli, db):
    got, paid = lines(cli("history", "alice", "--db", db, "--json"))
    assert got == {
        "seq": 1, "at": "2026-01-01T00:00:00Z", "id": "line-1", "type": "asset.mint", "actor": "operator",
        "asset": "FLUX", "direction": "in", "amount": "1000", "counterparty": "@issuance", "balance": "1000",
    }  # fmt: skip
    assert (paid["direction"], paid["counterparty"], paid["balance"]) == ("out", "bob", "989.5")


def test_history__last_balances__are_those_of_the_state(cli, folder):
    cli("run", deposits(folder / "s.jsonl", 300), "--db", "desk.db")
    state = cli("state", "--db", "desk.db", "--json").document
    for account, held in state["balances"].items():
        last = {line["asset"]: line["balance"] for line in lines(cli("history", account, "--db", "desk.db", "--json"))}
        assert last == held
    issued = {
        line["asset"]: line["balance"] for line in lines(cli("history", "@issuance", "--db", "desk.db", "--json"))
    }
    assert issued == {code: f"-{amount}" for code, amount in state["supply"].items()}


def test_history__filters__keep_the_running_balance(cli, db):
    (paid,) = lines(cli("history", "alice", "--db", db, "--json", "--since", "2026-01-01T01:00:00Z"))
    assert (paid["amount"], paid["balance"]) == ("10.5", "989.5")
    (got,) = lines(cli("history", "alice", "--db", db, "--json", "--until", "2026-01-01T00:59:59Z"))
    assert got["seq"] == 1
    assert lines(cli("history", "alice", "--db", db, "--json", "--asset", "VG")) == []
    assert cli("history", "alice", "--db", db, "--since", "noon").code == 2


def test_history__asset_created_later__has_its_decimals(cli, db):
    for made in (
        command("asset.create", asset="TOK", decimals=2), command("asset.mint", asset="TOK", to="alice", amount="1.25"),
        command("asset.transfer", "alice", asset="TOK", to="alice", amount="1"),
    ):  # fmt: skip
        assert cli("submit", json.dumps(made), "--db", db).code == 0
    last = lines(cli("history", "alice", "--db", db, "--json", "--asset", "TOK"))
    assert (last[0]["direction"], last[0]["amount"], last[0]["balance"]) == ("in", "1.25", "1.25")
    assert last[-1]["balance"] == "1.25"


def test_history__table(cli, db):
    out = cli("history", "alice", "--db", db).out
    assert "-10.5" in out
    assert "alice: 2 postings." in out
    assert "no postings" in cli("history", "nobody", "--db", db).out


def test_snapshot__is_kept_and_used(cli, db):
    assert cli("snapshot", "--db", db, "--json").document["seq"] == 2
    assert cli("state", "--db", db, "--json").document["balances"]["bob"] == {"FLUX": "10.5"}
    assert cli("verify", "--db", db, "--json").document["snapshots"] == 1
