"""`holdfast depin`: presets, node lists, spools and a resource's page, on desks of their own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from attesting import public_key, signed
from conftest import Cli
from holdfast import bootstrap
from holdfast.engine import audit
from holdfast.engine.genesis import Genesis
from holdfast.primitives.clock import format_instant
from holdfast.wire import codec
from networks.flux_samples import node, real, written

NODES = (node(1), node(2), node(3, tier="NIMBUS"), node(4, last_confirmed_height=200))


@pytest.fixture
def began(folder: Path) -> int:
    """A desk whose network's first epoch began an hour ago; when."""
    service = bootstrap.create_desk("desk.db", Genesis())
    start = int(time.time()) - 3_600
    network = {"network": "net"}
    setting = {"reward_asset": "FLUX", "epoch_seconds": 1_800, "emission_per_epoch": "100"}
    resource = network | {"kind": "gpu", "unit": "gpu", "capacity": "1"}
    for number, (kind, actor, fields) in enumerate(
        (
            ("vault.create", "operator", {"asset": "FLUX"}),
            ("asset.mint", "operator", {"asset": "FLUX", "to": "operator", "amount": "1000"}),
            ("depin.add_network", "operator", network | setting),
            ("depin.add_attestor", "operator", network | {"attestor": "probe", "public_key": public_key("probe")}),
            ("depin.fund", "operator", network | {"amount": "1000"}),
            ("depin.register_resource", "alice", resource | {"resource": "card", "vault": "FLUX"}),
        )
    ):
        receipt = service.submit(codec.command(kind, f"set-up-{number}", actor, **fields), start)
        assert receipt.status == "applied", receipt.error
    service.close()
    return start


def line(start: int, end: int, sequence: int, resource: str = "card", **more: Any) -> str:
    fields = signed("net", resource, start, end, sequence=sequence)
    made = {"id": f"{resource}-{sequence}", "actor": "probe", "type": "depin.report", **fields, **more}
    return json.dumps(made) + "\n"


def ingested(cli: Cli, *files: str) -> dict[str, Any]:
    answer = cli("depin", "ingest", *files, "--db", "desk.db", "--json")
    assert answer.code == 0, answer.err
    document: dict[str, Any] = answer.document
    document.pop("seq")
    return document


def close(cli: Cli) -> Any:
    command = '{"actor": "keeper", "type": "depin.close_epoch", "network": "net"}'
    return cli("submit", command, "--db", "desk.db", "--json").document


def counts(applied: int = 0, replayed: int = 0, refused: int = 0, waiting: int = 0, **reasons: int) -> dict[str, Any]:
    return {
        "applied": applied, "replayed": replayed, "refused": refused, "waiting": waiting,
        "reasons": {name.replace("_", " "): number for name, number in reasons.items()},
    }  # fmt: skip


# --- ingest ---------------------------------------------------------------------------------------------------------


def test_ingest__a_spool_sent_twice_and_grown__each_report_counts_once(cli: Cli, began: int) -> None:
    spool = Path("spool.ndjson")
    spool.write_text(line(began, began + 600, 1) + line(began + 600, began + 900, 2))
    assert ingested(cli, "spool.ndjson") == counts(applied=2)
    assert ingested(cli, "spool.ndjson") == counts(replayed=2)
    with spool.open("a") as stream:
        stream.write(line(began + 900, began + 1_800, 3))
    assert ingested(cli, "spool.ndjson") == counts(applied=1, replayed=2)
    assert audit.verify(bootstrap.open_store("desk.db")).ok


def test_ingest__what_cannot_be_counted_yet__waits_and_counts_later(cli: Cli, began: int) -> None:
    now = int(time.time())
    Path("next.ndjson").write_text(line(began + 1_800, began + 2_400, 5))
    Path("future.ndjson").write_text(line(now + 500, now + 600, 6))
    Path("new.ndjson").write_text(line(began, began + 60, 1, "later-card"))
    Path("stranger.ndjson").write_text(line(began, began + 60, 1, actor="stranger"))
    before = ingested(cli, "next.ndjson", "future.ndjson", "new.ndjson", "stranger.ndjson")
    assert (before["waiting"], before["applied"], before["refused"]) == (4, 0, 0)
    assert sorted(before["reasons"].values()) == [1, 1, 1, 1]
    assert close(cli)["status"] == "applied"
    assert ingested(cli, "next.ndjson") == counts(applied=1)


def test_ingest__what_never_counts__is_refused_with_its_reason(cli: Cli, began: int) -> None:
    Path("s").write_text(
        line(began, began + 600, 1) + line(began, began + 600, 2) + line(began + 600, began + 700, 1, id="again")
        + line(began - 60, began, 3) + line(began + 600, began + 700, 4, uptime_bps=9_999)
    )  # fmt: skip
    found = ingested(cli, "s")
    assert found["reasons"] == {
        "bad_interval (duplicate)": 1, "bad_interval (overlap)": 1, "bad_interval (stale)": 1, "bad_signature": 1,
    }  # fmt: skip
    assert (found["applied"], found["refused"]) == (1, 4)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("{", "not JSON"),
        ('{"id": "x", "actor": "a", "type": "asset.burn", "asset": "VG", "amount": "1"}', "not asset.burn"),
        ('{"id": "x", "actor": "probe", "type": "depin.report", "resource": "card"}', "missing"),
    ],
)
def test_ingest__a_line_that_is_no_report__exit_2_names_it(cli: Cli, began: int, second: str, said: str) -> None:
    Path("s").write_text(line(began, began + 600, 1) + second + "\n")
    answer = cli("depin", "ingest", "s", "--db", "desk.db")
    assert answer.code == 2
    assert "s, line 2" in answer.err and said in answer.err


def test_ingest__with_an_instant__exit_2(cli: Cli, began: int) -> None:
    Path("s").write_text(line(began, began + 600, 1, at=format_instant(began + 600)))
    assert cli("depin", "ingest", "s", "--db", "desk.db").code == 2


def test_ingest__for_people__one_line_and_reasons(cli: Cli, began: int) -> None:
    Path("s").write_text(line(began, began + 600, 1))
    answer = cli("depin", "ingest", "s", "--db", "desk.db")
    assert answer.out == "1 reports counted, 0 were there already, 0 refused, 0 wait.\n"


# --- show -----------------------------------------------------------------------------------------------------------


def test_show__after_two_epochs__reports_rewards_and_why(cli: Cli, began: int) -> None:
    Path("s").write_text(line(began, began + 900, 1) + line(began, began + 10, 2))
    ingested(cli, "s")
    page = cli("depin", "show", "card", "--db", "desk.db", "--json").document
    assert (page["expected_reward"], page["share_bps"], page["reported_seconds"]) == ("100", 10_000, 900)
    assert [report["counted"] for report in page["reports"]] == [True, False]
    close(cli)
    page = cli("depin", "show", "card", "--db", "desk.db", "--json").document
    assert (page["earned"], page["expected_reward"], page["epoch"]) == ("100", "0", 2)
    [reward] = page["rewards"]
    assert {name: reward[name] for name in ("epoch", "reward", "shared_out", "share_bps", "how", "paid_late")} == {
        "epoch": 1, "reward": "100", "shared_out": "100", "share_bps": 10_000, "how": "staked", "paid_late": "0",
    }  # fmt: skip
    shown = cli("depin", "show", "card", "--db", "desk.db")
    assert "Earned 100 FLUX" in shown.out and "already" in shown.out
    assert all(len(row) <= 80 for row in shown.out.splitlines())


def test_show__frozen_owner__held_then_paid_late(cli: Cli, began: int) -> None:
    freeze = {"actor": "operator", "type": "asset.set_authorized", "asset": "FLUX", "account": "alice"}
    Path("s").write_text(line(began, began + 900, 1))
    ingested(cli, "s")
    cli("submit", json.dumps({**freeze, "authorized": False}), "--db", "desk.db")
    close(cli)
    page = cli("depin", "show", "card", "--db", "desk.db", "--json").document
    assert (page["held"], page["rewards"][0]["how"]) == ("100", "held")
    cli("submit", json.dumps({**freeze, "authorized": True}), "--db", "desk.db")
    close(cli)
    page = cli("depin", "show", "card", "--db", "desk.db", "--json").document
    assert (page["held"], page["earned"], page["rewards"][1]["paid_late"]) == ("0", "100", "100")


def test_show__unknown_resource__exit_4(cli: Cli, began: int) -> None:
    assert cli("depin", "show", "nope", "--db", "desk.db").code == 4


# --- import and preset ----------------------------------------------------------------------------------------------


def test_import__flux__registers_live_nodes_once(cli: Cli, folder: Path) -> None:
    bootstrap.create_desk("desk.db", Genesis()).close()
    name = written(folder / "list.json", *NODES)
    first = cli("depin", "import", name, "--db", "desk.db", "--json").document
    assert (first["networks"], first["registered"], first["lapsed"], first["misranked"]) == (3, 3, 1, [])
    assert first["next"] == {"CUMULUS": f"{1:064x}:0", "NIMBUS": f"{3:064x}:0"}
    again = cli("depin", "import", name, "--db", "desk.db", "--json").document
    assert (again["networks"], again["registered"], again["skipped"]) == (0, 0, 3)
    shown = cli("depin", "import", name, "--db", "desk.db")
    assert "gives 4 of 4 published ranks" in shown.out


def test_import__flux_as_a_scenario__runs(cli: Cli, folder: Path) -> None:
    name = written(folder / "list.json", *NODES)
    assert cli("depin", "import", name, "--scenario", "flux.jsonl").code == 0
    state = cli("run", "flux.jsonl", "--json").document["state"]
    assert (len(state["networks"]), len(state["resources"])) == (3, 3)
    assert cli("depin", "import", name, "--scenario", "flux.jsonl").code == 2
    assert cli("depin", "import", name, "--scenario", "flux.jsonl", "--force").code == 0


def test_import__without_the_role__nothing_is_done(cli: Cli, folder: Path) -> None:
    bootstrap.create_desk("desk.db", Genesis()).close()
    name = written(folder / "list.json", *NODES)
    assert cli("depin", "import", name, "--db", "desk.db", "--actor", "bob").code == 3
    assert cli("state", "--db", "desk.db", "--json").document["resources"] == {}


def test_import__real_list_and_real_performance(cli: Cli) -> None:
    bootstrap.create_desk("desk.db", Genesis()).close()
    flux = real("viewdeterministicfluxnodelist-2026-09-30-subset.json")
    found = cli("depin", "import", flux, "--db", "desk.db", "--json").document
    assert (found["registered"], found["misranked"]) == (15, [])
    pool = cli("depin", "import", "--rocketpool", real("rocketpool_node_performance.json.gz"), "--json").document
    assert (pool["nodes"], pool["rewarded"], pool["paid"]) == (270, 270, "1000")


@pytest.mark.parametrize(
    "arguments", [(), ("a.json", "--rocketpool", "b.json"), ("absent.json",), ("--rocketpool", "no")]
)
def test_import__no_file_or_two__exit_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli("depin", "import", *arguments).code == 2


@pytest.mark.parametrize(("name", "number"), [("flux", 3), ("render", 2), ("generic", 1)])
def test_preset__runs(cli: Cli, name: str, number: int) -> None:
    Path("networks.jsonl").write_text(cli("depin", "preset", name).out)
    answer = cli("run", "networks.jsonl", "--json").document
    assert [receipt["status"] for receipt in answer["receipts"]] == ["applied"] * number
    assert cli("depin", "preset", "helium").code == 2
