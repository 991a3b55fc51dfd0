"""`holdfast network`: real validators into desks and scenarios, and the whole recorded auction run end to end."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from holdfast import bootstrap
from holdfast.engine import audit
from holdfast.engine.genesis import Genesis
from holdfast.entrypoints.cli import main
from holdfast.networks.casper.auction import read_auction
from holdfast.networks.casper.records import Auction
from holdfast.networks.casper.rewards import EraInfo, delegators_by_validator, read_era_info
from holdfast.networks.casper.scenario import holder_id, prefix_length
from holdfast.protocol.leverage import value
from holdfast.protocol.state import State
from networks import casper_samples as samples


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HOLDFAST_DB", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("v1.json").write_bytes(samples.text(samples.envelope("auction_state", samples.state_v1())))
    Path("v2.json.gz").write_bytes(gzip.compress(samples.text({"auction_state": samples.state_v2()})))
    allocations = (samples.paid(samples.ANNA, 100), samples.paid(samples.ANNA, 50, delegator=samples.DORA))
    Path("era.json").write_bytes(samples.text({"era_summary": samples.era_summary(*allocations, era=4)}))


@pytest.fixture
def db() -> str:
    bootstrap.create_desk("desk.db", Genesis()).close()
    return "desk.db"


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def state_of(db: str) -> State:
    service = bootstrap.open_desk(db)
    try:
        return service.state
    finally:
        service.close()


def test_import__onto_a_desk__registers_commission_limits_and_activity(
    capsys: pytest.CaptureFixture[str], db: str
) -> None:
    told = answered(capsys, "network", "import", "v2.json.gz", "--db", db)
    assert (told["registered"], told["inactive"], told["skipped"], told["era"]) == (2, 1, 0, 9)
    validators = state_of(db).validators
    anna, bert = validators[samples.ANNA], validators[samples.BERT]
    assert (anna.commission_bps, anna.active, bert.commission_bps, bert.active) == (1_000, True, 0, False)
    assert (anna.minimum_delegation, anna.maximum_delegation) == (250 * 10**9, 10**18)


def test_import__at_an_instant__happens_then_and_never_before_the_desk(
    capsys: pytest.CaptureFixture[str], db: str
) -> None:
    answered(capsys, "network", "import", "v2.json.gz", "--db", db, "--at", "2026-01-02T00:00:00Z")
    assert state_of(db).now == 1_767_312_000
    late = ("network", "import", "v1.json", "--db", db, "--at", "2026-01-01T00:00:00Z")
    assert answered(capsys, *late, code=6)["error"]["code"] == "time_reversed"
    assert main(["network", "import", "v1.json", "--db", db, "--at", "yesterday"]) == 2
    assert samples.CARL not in state_of(db).validators


def test_import__a_second_time__skips_what_is_there(capsys: pytest.CaptureFixture[str], db: str) -> None:
    answered(capsys, "network", "import", "v2.json.gz", "--db", db)
    told = answered(capsys, "network", "import", "v1.json", "--db", db)
    assert (told["registered"], told["inactive"], told["skipped"]) == (1, 0, 2)
    seq = told["seq"]
    again = answered(capsys, "network", "import", "v1.json", "--db", db)
    assert (again["registered"], again["skipped"], again["seq"]) == (0, 3, seq)
    assert state_of(db).validators[samples.ANNA].minimum_delegation == 250 * 10**9


def test_import__for_people__says_what_was_done(capsys: pytest.CaptureFixture[str], db: str) -> None:
    assert main(["network", "import", "v1.json", "--db", db]) == 0
    text = capsys.readouterr().out
    assert "3 validators are registered now, 1 of them inactive; 0 were there already." in text
    assert max(map(len, text.splitlines())) <= 80


def test_import__by_somebody_without_the_role__changes_nothing(capsys: pytest.CaptureFixture[str], db: str) -> None:
    error = answered(capsys, "network", "import", "v1.json", "--db", db, "--actor", "mallory", code=3)["error"]
    assert error["code"] == "not_authorized"
    assert state_of(db).seq == 0


def test_import__as_a_scenario__runs_on_the_desk_it_comes_with(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--scenario", "all.jsonl", "--desk-out", "all.toml", "--era-info", "era.json")
    told = answered(capsys, "network", "import", "v1.json", *options)
    assert (told["commands"], told["rewards"], told["inactive"]) == (3 + 2 * 3 + 1 + 1, "0.00000005", 1)
    assert len(Path("all.jsonl").read_text().splitlines()) == told["commands"]
    ran = answered(capsys, "run", "all.jsonl", "--desk", "all.toml")
    assert [receipt for receipt in ran["receipts"] if receipt["status"] != "applied"] == []
    assert (ran["state"]["era"], len(ran["state"]["positions"])) == (1, 3)


def test_import__a_file_that_is_there__is_kept_unless_forced(capsys: pytest.CaptureFixture[str]) -> None:
    Path("all.toml").write_text("mine")
    options = ("--scenario", "all.jsonl", "--desk-out", "all.toml")
    assert main(["network", "import", "v1.json", *options]) == 2
    assert "all.toml exists already" in capsys.readouterr().err
    assert not Path("all.jsonl").exists()
    assert Path("all.toml").read_text() == "mine"
    assert main(["network", "import", "v1.json", *options, "--force"]) == 0
    assert "minimum_delegation" in Path("all.toml").read_text()
    assert sorted(path.name for path in Path().glob("*.part")) == []


def test_import__era_info_of_another_era__is_remarked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("era.json").write_bytes(samples.text({"era_summary": samples.era_summary(era=2)}))
    assert main(["network", "import", "v1.json", "--scenario", "all.jsonl", "--era-info", "era.json"]) == 0
    assert "is of era 2" in capsys.readouterr().err


def broken(**changes: Any) -> bytes:
    document = samples.state_v1()
    document["bids"][0]["bid"].update(changes)
    return samples.text({"auction_state": document})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json", ["bad.json", "not JSON"]),
        (b"{}", ["bad.json"]),
        (broken(staked_amount="1e9"), ["bad.json", "bids[0]", "staked_amount"]),
        (broken(delegation_rate=101), ["bad.json", "bids[0]", "delegation_rate"]),
        (b'{"error": {"code": -32000}}', ["bad.json", "$.error"]),
    ],
)
@pytest.mark.parametrize("verb", ["show", "import"])
def test_network__an_unusable_document__names_file_and_field(
    capsys: pytest.CaptureFixture[str], db: str, verb: str, content: bytes, words: list[str]
) -> None:
    Path("bad.json").write_bytes(content)
    assert main(["network", verb, "bad.json", *(["--db", db] if verb == "import" else [])]) == 2
    error = capsys.readouterr().err
    assert [word for word in words if word not in error] == []


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("import", "nowhere.json"), 2, "nowhere.json"),
        (("import", "v1.json", "--db", "nowhere.db"), 4, "nowhere.db"),
        (("import", "v1.json", "--era-info", "era.json"), 2, "--scenario"),
        (("import", "v1.json", "--desk-out", "all.toml"), 2, "--scenario"),
        (("import", "v1.json", "--scenario", "no/such/folder.jsonl"), 2, "no/such/folder.jsonl"),
        (("import", "v1.json", "--scenario", "all.jsonl", "--era-info", "v1.json"), 2, "v1.json"),
        (("show", "nowhere.json"), 2, "nowhere.json"),
    ],
)
def test_network__unusable_input__names_it(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, word: str
) -> None:
    assert main(["network", *arguments]) == code
    assert word in capsys.readouterr().err
    assert not Path("all.jsonl").exists()


def test_show__a_document__lists_validators_by_stake(capsys: pytest.CaptureFixture[str]) -> None:
    told = answered(capsys, "network", "show", "v1.json")
    assert [v["validator"] for v in told["validators"]] == [samples.ANNA, samples.BERT, samples.CARL]
    assert told["validators"][0] | {"total_stake": "0.0000015", "delegators": 2} == told["validators"][0]
    assert told["weights"] == {"era": 6, "checked": 2, "mismatches": []}
    assert main(["network", "show", "v1.json"]) == 0
    text = capsys.readouterr().out
    assert "2 of 2 weights of era 6" in text
    assert max(map(len, text.splitlines())) <= 80


def test_scenario__the_recorded_auction__runs_whole_on_sqlite(capsys: pytest.CaptureFixture[str]) -> None:
    """27,533 commands: every real delegation opens, era 1 pays what it paid, values grow pro rata, all verifies."""
    file, era = samples.real("auction_info_era7724_v1.json.gz"), samples.real("era_info_7723_v1.json.gz")
    options = ("--scenario", "all.jsonl", "--desk-out", "all.toml", "--era-info", str(era))
    told = answered(capsys, "network", "import", str(file), *options)
    assert (told["commands"], told["delegation_count"], told["skipped"]) == (27_533, 12_349, 0)
    assert main(["run", "all.jsonl", "--desk", "all.toml", "--db", "all.db"]) == 0
    assert "27,533 commands: 27,533 applied" in capsys.readouterr().out
    service = bootstrap.open_desk("all.db")
    auction, info = read_auction(file), read_era_info(era)
    assert grown_pro_rata(service.state, auction, info) == 12_349
    report = audit.verify(service.store, expected_head=(27_533, service.head.digest.hex()))
    service.close()
    assert (report.ok, report.records, report.refused) == (True, 27_533, 0)


def grown_pro_rata(state: State, auction: Auction, info: EraInfo) -> int:
    """How many positions are worth exactly floor(stake · (pool + rewards) / pool)."""
    assert state.era == 1
    rewards, prefix, count = delegators_by_validator(info), prefix_length(auction), 0
    for validator in auction.validators:
        pool, reward = validator.total_stake - validator.stake, rewards.get(validator.key, 0)
        found = state.validators[validator.key]
        assert (found.pool_assets, found.active) == (pool + (reward if pool else 0), validator.active)
        for delegation in validator.delegations:
            position = state.positions[holder_id(delegation.delegator, validator.key, prefix)]
            assert (position.status, position.equity, position.debt) == ("active", delegation.stake, 0)
            assert value(state, position) == delegation.stake * (pool + reward) // pool
            count += 1
    return count
