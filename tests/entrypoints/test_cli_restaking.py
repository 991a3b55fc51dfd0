"""`quote exit`, `plan` and `strategy presets`: what a holder and a keeper see before they act."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.conftest import Cli

DAY = 86_400
COMMANDS: list[dict[str, Any]] = [
    {"at": "2026-01-01T00:00:00Z", "actor": "operator", "type": "asset.mint", "asset": "FLUX", "to": "alice",
     "amount": "1000"},
    {"actor": "operator", "type": "asset.mint", "asset": "FLUX", "to": "bob", "amount": "500"},
    {"actor": "operator", "type": "vault.create", "asset": "FLUX"},
    {"actor": "alice", "type": "vault.deposit", "vault": "FLUX", "assets": "1000"},
    {"actor": "bob", "type": "vault.deposit", "vault": "FLUX", "assets": "500"},
    {"actor": "operator", "type": "strategy.add", "vault": "FLUX", "strategy": "benqi", "protocol": "BENQI",
     "yield_curve": [["0", 800], ["250", 500]], "cap": "1000", "cooldown_seconds": 15 * DAY,
     "redemption_window_seconds": 2 * DAY},
    {"actor": "operator", "type": "strategy.add", "vault": "FLUX", "strategy": "suzaku", "protocol": "Suzaku",
     "yield_curve": [["0", 700], ["400", 300]], "cap": "1000", "cooldown_seconds": 14 * DAY, "move_cost_bps": 5},
    {"actor": "keeper", "type": "portfolio.plan", "vault": "FLUX", "buffer_bps": 1_000},
    {"actor": "keeper", "type": "portfolio.rebalance", "vault": "FLUX"},
    {"actor": "oracle", "type": "strategy.report", "strategy": "benqi", "gain": "10"},
    {"actor": "bob", "type": "vault.request_redeem", "vault": "FLUX", "shares": "120"},
    {"actor": "keeper", "type": "strategy.deallocate", "strategy": "benqi", "amount": "300"},
]  # fmt: skip


@pytest.fixture
def desk(folder: Path, cli: Cli) -> Cli:
    """A desk on which 1,350 of 1,500 are deployed, 300 of them on their way back, and bob has queued 120."""
    Path("scenario.jsonl").write_text("".join(json.dumps(command) + "\n" for command in COMMANDS), "utf-8")
    assert cli("run", "scenario.jsonl", "--db", "desk.db").code == 0
    return cli


def routes(cli: Cli, *arguments: str) -> dict[str, dict[str, Any]]:
    answer = cli("quote", "exit", *arguments, "--db", "desk.db", "--json")
    assert answer.code == 0, answer.err
    return {route["route"]: route for route in answer.document["routes"]}


def test_quote_exit__less_than_is_free__at_once(desk: Cli) -> None:
    found = routes(desk, "FLUX", "30", "--holder", "alice")
    assert (found["instant"]["possible"], found["instant"]["assets"], found["instant"]["fee"]) == (True, "30", "0")
    assert "part now, rest queued" not in found


def test_quote_exit__more_than_is_free__every_route_with_what_decides_it(desk: Cli) -> None:
    found = routes(desk, "FLUX", "500", "--holder", "alice")
    assert list(found) == ["instant", "part now, rest queued", "queue", "wait for profit"]
    assert not found["instant"]["possible"]
    assert found["instant"]["decided_by"] == ["150 FLUX idle, 120 of it quoted to pending requests; 500 are needed"]
    assert (found["queue"]["assets"], found["queue"]["ready_at"]) == ("500", "2026-01-16T00:00:00Z")
    assert found["queue"]["decided_by"] == [
        "150 FLUX idle",
        "1 request ahead for 120",
        "suzaku could bring 400 on 2026-01-15T00:00:00Z if asked now",
        "unwind-1 of benqi brings 300 on 2026-01-16T00:00:00Z, to be collected before 2026-01-18T00:00:00Z",
        "paid is the lower of this quote and the value when it is filled",
    ]
    assert found["part now, rest queued"]["decided_by"][0] == "30 FLUX at once for 30 vFLUX"
    assert (found["wait for profit"]["assets"], found["wait for profit"]["ready_at"]) == (
        "503.33333333", "2026-01-16T00:00:00Z",
    )  # fmt: skip


def test_quote_exit__a_request_of_ones_own__can_wait_or_be_cancelled_and_then_claimed(desk: Cli) -> None:
    found = routes(desk, "FLUX", "--holder", "bob")
    assert (found["stay queued"]["request"], found["stay queued"]["assets"]) == ("exit-1", "120")
    assert found["stay queued"]["decided_by"] == ["150 FLUX idle", "filled at the next settle"]
    assert found["cancel request"]["shares"] == "120"
    settle = '{"actor": "keeper", "type": "vault.settle", "vault": "FLUX", "at": "2026-01-01T00:00:00Z"}'
    assert desk("submit", settle, "--db", "desk.db").code == 0
    assert routes(desk, "FLUX", "--holder", "bob")["claim"]["assets"] == "120"


def test_quote_exit__the_quoted_routes__are_what_the_commands_then_give(desk: Cli) -> None:
    found = routes(desk, "FLUX", "500", "--holder", "alice")
    request = {"actor": "alice", "type": "vault.request_redeem", "vault": "FLUX", "shares": "500",
               "at": "2026-01-01T00:00:00Z"}  # fmt: skip
    answer = desk("submit", json.dumps(request), "--db", "desk.db", "--json", "--preview")
    assert answer.document["result"]["assets"] == found["queue"]["assets"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("NOPE", "1", "--holder", "alice"), 4, "unknown_vault"),
        (("FLUX", "0", "--holder", "alice"), 6, "zero_amount"),
        (("FLUX", "1000.5", "--holder", "alice"), 6, "insufficient_balance"),
        (("FLUX", "1.000000001", "--holder", "alice"), 2, "malformed"),
        (("FLUX", "--holder", "nobody"), 2, "malformed"),
        (("FLUX", "1"), 2, "usage"),
    ],
)
def test_quote_exit__nothing_to_quote__says_why(desk: Cli, arguments: tuple[str, ...], code: int, error: str) -> None:
    answer = desk("quote", "exit", *arguments, "--db", "desk.db", "--json")
    assert (answer.code, answer.document["error"]["code"]) == (code, error)


def test_quote_exit__as_a_table__fits_80_columns(desk: Cli) -> None:
    text = desk("quote", "exit", "FLUX", "--holder", "bob", "--db", "desk.db").out
    assert max(map(len, text.splitlines())) <= 80
    assert "cancel request exit-1" in text and "suzaku could bring 400 on 2026-01-15 00:00 if asked now" in text


def test_plan__beside_the_present_allocation__keeps_nothing(desk: Cli) -> None:
    before = desk("state", "--db", "desk.db", "--json").document
    answer = desk("plan", "FLUX", "--buffer-bps", "1000", "--db", "desk.db")
    assert answer.code == 0 and max(map(len, answer.out.splitlines())) <= 80
    rows = [line.split() for line in answer.out.splitlines()]
    assert ["benqi", "660", "700", "5", "%", "5", "%", "2", "0", "0", "days"] in rows
    assert desk("state", "--db", "desk.db", "--json").document == before
    whole = desk("plan", "FLUX", "--limit", "BENQI=1000", "--db", "desk.db", "--json").document
    assert {move["strategy"]: move["to"] for move in whole["moves"]}["benqi"] == "139"
    assert whole["present"]["suzaku"]["deployed"] == "400"


def test_plan__limits_and_vaults_that_are_none__say_what_is_wrong(desk: Cli) -> None:
    for limit in ("BENQI", "=5", "BENQI=", "BENQI=10001", "BENQI=-1", "BENQI=1.5"):
        answer = desk("plan", "FLUX", "--limit", limit, "--db", "desk.db")
        assert (answer.code, "--limit" in answer.err) == (2, True)
    assert desk("plan", "NOPE", "--db", "desk.db").code == 4
    create = '{"actor": "operator", "type": "vault.create", "asset": "RENDER", "at": "2026-01-01T00:00:00Z"}'
    desk("submit", create, "--db", "desk.db")
    assert "has no strategies" in desk("plan", "RENDER", "--db", "desk.db").out


def test_state__as_tables__shows_strategies_and_what_is_on_its_way_home(desk: Cli) -> None:
    text = desk("state", "--db", "desk.db").out
    rows = [line.split() for line in text.splitlines()]
    assert max(map(len, text.splitlines())) <= 80
    assert ["benqi", "FLUX", "960", "300", "1000", "5%"] in rows
    assert ["unwind-1", "benqi", "300", "2026-01-16", "00:00", "2026-01-18", "00:00", "cooling"] in rows


def test_strategy_presets__state_waiting_times_and_a_command_that_is_applied(desk: Cli) -> None:
    text = desk("strategy", "presets").out
    assert max(map(len, text.splitlines())) <= 80
    assert "Facts as of 2026-09" in text
    command = desk("strategy", "presets", "suzaku").out.splitlines()[-1]
    added = json.loads(command) | {"strategy": "another", "at": "2026-01-01T00:00:00Z"}
    assert added["cooldown_seconds"] == 14 * DAY and "redemption_window_seconds" not in added
    assert desk("submit", json.dumps(added), "--db", "desk.db").code == 0
    known = desk("strategy", "presets", "--json").document
    assert known["presets"]["benqi"]["arguments"]["redemption_window_seconds"] == 2 * DAY
    assert desk("strategy", "presets", "lido").code == 2
