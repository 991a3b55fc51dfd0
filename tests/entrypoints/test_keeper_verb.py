"""`holdfast keeper`: what it shows, what it does, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import postgres
from holdfast import bootstrap
from holdfast.engine.journal import answered
from holdfast.errors import Unavailable
from holdfast.identity import standing
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import Policies, Rule
from holdfast.identity.principal import Principal, access
from holdfast.identity.records import Person
from holdfast.identity.roles import Grant
from holdfast.identity.standing import Restake
from holdfast.keeper.loop import Keeper
from holdfast.primitives.clock import format_instant

PROGRAM = [sys.executable, "-c", "import sys; from holdfast.entrypoints.cli import main; sys.exit(main())"]
PATIENCE = 60
HOLDER = (Grant("holder"),)


def scenario(folder: Path, *, stakes: int = 2, frozen: bool = False) -> str:
    """Commands of the year 2020: what they began is over by now."""
    lines = [
        {"actor": "operator", "type": "asset.mint", "asset": "VG", "to": "alice", "amount": "1000000"},
        *({"actor": "alice", "type": "term.stake", "amount": "1000"} for _ in range(stakes)),
        {
            "actor": "operator", "type": "depin.add_network", "network": "flux", "reward_asset": "FLUX",
            "epoch_seconds": 10_000_000_000, "emission_per_epoch": "5",
        },
    ]  # fmt: skip
    if frozen:
        freeze = {"type": "asset.set_authorized", "asset": "VG", "account": "alice", "authorized": False}
        lines.append({"actor": "operator", **freeze})
    at = {"at": "2020-01-01T00:00:00Z"}
    name = folder / "s.jsonl"
    name.write_text("".join(json.dumps({"id": f"s-{n}", **at, **line}) + "\n" for n, line in enumerate(lines)))
    return str(name)


def made(db: str) -> list[tuple[str, str, str]]:
    """Id, actor and outcome of every record that is not the scenario's."""
    store = bootstrap.open_store(db)
    found = [answered(row) for row in store.rows()]
    store.close()
    return [
        (entry.command.id, entry.command.actor, "refused" if entry.error else "applied")
        for entry in found
        if not entry.command.id.startswith("s-")
    ]


def test_dry_run__shows_what_is_due_and_does_nothing(cli, folder):
    cli("run", scenario(folder), "--db", "desk.db")
    answer = cli("keeper", "--db", "desk.db", "--dry-run")
    assert answer.code == 0
    head, rule, first, *rest = answer.out.splitlines()
    assert head.split() == ["task", "about", "due", "since", "what", "came", "of", "it"]
    assert set(rule) == {"─"}
    assert first.split()[:4] == ["unstake", "vg-1", "2020-06-02", "00:00"]
    assert rest[-1] == "2 due."
    assert made("desk.db") == []


def test_once__does_it_and_the_second_time_there_is_nothing(cli, folder):
    cli("run", scenario(folder), "--db", "desk.db")
    answer = cli("keeper", "--db", "desk.db", "--once")
    assert answer.code == 0
    assert "record 5: stake vg-1, paid 900, tax 100" in answer.out
    assert answer.out.splitlines()[-1] == "2 carried out."
    assert made("desk.db") == [(f"keeper/unstake-vg-{n}", "keeper", "applied") for n in (1, 2)]
    assert cli("keeper", "--db", "desk.db", "--once").out == "Nothing is due.\n"
    assert cli("verify", "--db", "desk.db").code == 0


def test_once__json__one_document(cli, folder):
    cli("run", scenario(folder, stakes=1), "--db", "desk.db")
    due = cli("keeper", "--db", "desk.db", "--dry-run", "--json").document
    assert (due["seq"], due["tasks"][0]["status"], due["tasks"][0]["seq"]) == (3, "due", None)
    document = cli("keeper", "--db", "desk.db", "--once", "--json").document
    assert document == {
        "tasks": [
            {
                "kind": "unstake", "id": "keeper/unstake-vg-1", "actor": "keeper", "about": "vg-1",
                "why": "alice's stake matured at 2020-06-02T00:00:00Z", "since": "2020-06-02T00:00:00Z",
                "instruction": None, "person": None, "status": "applied", "code": None, "message": None, "seq": 4,
            }
        ],
        "seq": 4,
    }  # fmt: skip


def test_once__what_cannot_be_done_waits_and_leaves_no_record(cli, folder):
    cli("run", scenario(folder, frozen=True), "--db", "desk.db")
    answer = cli("keeper", "--db", "desk.db", "--once")
    assert answer.code == 0
    assert "waits: alice is frozen for VG. (account_frozen)" in " ".join(answer.out.split())
    assert answer.out.splitlines()[-1] == "2 waiting."
    assert made("desk.db") == []


def test_only__these_kinds(cli, folder):
    cli("run", scenario(folder), "--db", "desk.db")
    assert cli("keeper", "--db", "desk.db", "--once", "--only", "settle", "--only", "claim").out == "Nothing is due.\n"
    wrong = cli("keeper", "--db", "desk.db", "--once", "--only", "settle", "--only", "stake")
    assert wrong.code == 2
    assert "--only stake: write one of claim, close_epoch" in wrong.err


def test_epoch_grace__how_long_an_epoch_waits_for_late_reports(cli, folder):
    name = folder / "s.jsonl"
    began = int(time.time()) - 1_005
    line = {
        "actor": "operator", "type": "depin.add_network", "network": "flux", "reward_asset": "FLUX",
        "epoch_seconds": 1_000, "emission_per_epoch": "5",
        "at": format_instant(began),
    }  # fmt: skip
    name.write_text(json.dumps({"id": "s-1", **line}) + "\n")
    cli("run", str(name), "--db", "desk.db")
    assert cli("keeper", "--db", "desk.db", "--once").out == "Nothing is due.\n"
    cli("keeper", "--db", "desk.db", "--once", "--epoch-grace", "0")
    assert made("desk.db") == [("keeper/close-flux-epoch-1", "keeper", "applied")]


def test_account__without_the_role_it_says_so_and_does_nothing(cli, folder):
    cli("run", scenario(folder), "--db", "desk.db")
    answer = cli("keeper", "--db", "desk.db", "--once", "--account", "second")
    assert answer.out == "Nothing is due.\n"
    assert "second does not hold the role keeper on this desk" in answer.err
    grant = '{"id": "s-x", "actor": "operator", "type": "role.grant", "account": "second", "role": "keeper"}'
    assert cli("submit", grant, "--db", "desk.db").code == 0
    cli("keeper", "--db", "desk.db", "--once", "--account", "second")
    assert made("desk.db")[0] == ("keeper/unstake-vg-1", "second", "applied")


def test_json__needs_a_single_look(cli, folder):
    cli("init", "--db", "desk.db")
    answer = cli("keeper", "--db", "desk.db", "--json")
    assert answer.code == 2
    assert answer.document["error"]["details"]["field"] == "--json"


def test_no_desk__is_4(cli):
    assert cli("keeper", "--db", "none.db", "--once").code == 4


def office_of(db: str) -> None:
    """An office beside the desk: alice, who restakes, and policies that let roles decide."""
    service, office = bootstrap.open_desk(db), bootstrap.open_office(db)
    with office.write() as t:
        t.put(Person("alice", "Alice", "alice", t.now, grants=HOLDER))
    install(office, Policies(rules=(Rule(name="roles decide", action="allow"),)), by="ops")
    standing.create(office, service.state, Principal("alice", "alice", access(HOLDER, 0)), Restake())
    office.close()
    service.close()


def test_once__standing_instructions_as_their_owner(cli, folder):
    cli("run", scenario(folder, stakes=1), "--db", "desk.db")
    office_of("desk.db")
    document = cli("keeper", "--db", "desk.db", "--once", "--json").document
    unstake, restake = document["tasks"]
    assert (unstake["actor"], restake["actor"], restake["person"], restake["kind"]) == (
        "keeper", "alice", "alice", "restake",
    )  # fmt: skip
    assert restake["id"] == f"alice/standing-{restake['instruction']}-vg-1"
    assert cli("keeper", "--db", "desk.db", "--dry-run").out == "Nothing is due.\n"
    assert cli("keeper", "--db", "desk.db", "--once").out == "Nothing is due.\n"
    assert len(made("desk.db")) == 2


def test_once__policies_stand_before_what_it_does_for_a_person(cli, folder):
    cli("run", scenario(folder, stakes=1), "--db", "desk.db")
    office_of("desk.db")
    office = bootstrap.open_office("desk.db")
    rules = (Rule(name="roles decide", action="allow"), Rule(name="no", action="block", commands=("term.stake",)))
    install(office, Policies(rules=rules), by="ops")
    office.close()
    answer = cli("keeper", "--db", "desk.db", "--once")
    assert "(policy_blocked)" in answer.out
    assert answer.out.splitlines()[-1] == "1 carried out, 1 refused."
    assert made("desk.db") == [("keeper/unstake-vg-1", "keeper", "applied")]


def test_once__on_postgresql(cli, folder):
    place = postgres.new_desk()
    try:
        cli("run", scenario(folder), "--db", place)
        assert cli("keeper", "--db", place, "--once").out.splitlines()[-1] == "2 carried out."
        assert cli("keeper", "--db", place, "--once").out == "Nothing is due.\n"
    finally:
        postgres.drop(place)


# --- for as long as it runs -------------------------------------------------------------------------------------------


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "keeper", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_running__does_what_is_due_and_ends_cleanly_when_told(cli, folder, number):
    cli("run", scenario(folder), "--db", "desk.db")
    running = started("--db", "desk.db", "--interval", "0.1")
    with running:
        first = [running.stdout.readline(), running.stdout.readline()]
        running.send_signal(number)
        out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    assert [line.split(maxsplit=1)[1].strip() for line in first] == [
        "unstake vg-1: record 5: stake vg-1, paid 900, tax 100",
        "unstake vg-2: record 6: stake vg-2, paid 900, tax 100",
    ]
    assert (out, err.splitlines()[-1]) == ("", "Stopped. 2 tasks were carried out.")
    assert "Traceback" not in err
    assert cli("verify", "--db", "desk.db").code == 0


def test_running__takes_up_what_comes_due_while_it_runs(cli, folder):
    cli("run", scenario(folder, stakes=0), "--db", "desk.db")
    running = started("--db", "desk.db", "--interval", "0.1")
    with running:
        assert running.stderr.readline().startswith("Looking every 0.1 s")
        cli("submit", '{"id": "s-9", "actor": "alice", "type": "term.stake", "amount": "1000"}', "--db", "desk.db")
        stake = '{"id": "s-10", "actor": "operator", "type": "vault.create", "asset": "FLUX"}'
        cli("submit", stake, "--db", "desk.db")
        for line in (
            {"type": "asset.mint", "asset": "FLUX", "to": "alice", "amount": "10", "actor": "operator"},
            {"type": "vault.deposit", "vault": "FLUX", "assets": "10", "actor": "alice"},
            {"type": "vault.request_redeem", "vault": "FLUX", "shares": "4", "actor": "alice"},
        ):
            cli("submit", json.dumps({"id": f"s-{line['type']}", **line}), "--db", "desk.db")
        line = running.stdout.readline()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=PATIENCE)
    assert "settle FLUX" in line
    assert "filled 1, assets 4" in line
    assert running.returncode == 0


def test_running__several_processes_on_one_desk_do_everything_once(cli, folder):
    cli("run", scenario(folder, stakes=600), "--db", "desk.db")
    running = [started("--db", "desk.db", "--once") for _ in range(3)]
    outs = [process.communicate(timeout=PATIENCE) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outs
    records = made("desk.db")
    assert Counter(name for name, *_ in records) == Counter({f"keeper/unstake-vg-{n}": 1 for n in range(1, 601)})
    assert {outcome for *_, outcome in records} == {"applied"}
    assert cli("verify", "--db", "desk.db").code == 0


def test_running__a_desk_that_is_away_is_waited_for(cli, folder, monkeypatch):
    cli("run", scenario(folder, stakes=1), "--db", "desk.db")
    failures = [Unavailable("The desk is away.")]
    step = Keeper.step

    def failing(self):
        if failures:
            raise failures.pop()
        signal.raise_signal(signal.SIGINT)
        return step(self)

    monkeypatch.setattr(Keeper, "step", failing)
    answer = cli("keeper", "--db", "desk.db", "--interval", "0.1")
    assert answer.code == 0
    assert "holdfast: The desk is away. Trying again in 0 s." in answer.err
    assert len(made("desk.db")) == 1  # the step that had begun was brought to its end
    assert threading.active_count() >= 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_running__a_second_signal_acts_at_once(cli, folder, monkeypatch):
    cli("run", scenario(folder, stakes=1), "--db", "desk.db")

    def stubborn(self):
        signal.raise_signal(signal.SIGINT)
        for _ in range(1_000):
            time.sleep(0.01)
            signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")

    monkeypatch.setattr(Keeper, "step", stubborn)
    assert cli("keeper", "--db", "desk.db").code == 130
