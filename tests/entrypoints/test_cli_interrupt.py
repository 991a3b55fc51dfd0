"""Signals, pipes and full disks: real processes."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scenarios import deposits

PROGRAM = [sys.executable, "-c", "import sys; from holdfast.entrypoints.cli import main; sys.exit(main())"]


def holdfast(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=options.pop("capture_output", True),
        check=options.pop("check", False),
        text=True,
        timeout=60,
        **options,
    )


def verified(db: str) -> str:
    return json.loads(holdfast("verify", "--db", db, "--json").stdout)["head"]["digest"]


def test_run__ctrl_c__keeps_whole_batches_and_goes_on_to_the_same_digest(folder):
    name = deposits(folder / "s.jsonl", 12_000)
    holdfast("run", name, "--db", "whole.db", "--json", check=True)
    running = subprocess.Popen(
        [*PROGRAM, "run", name, "--db", "desk.db", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stderr is not None
    first = running.stdout.readline()  # the first batch is committed, and told
    running.send_signal(signal.SIGINT)
    with running:
        out, err = running.stdout.read(), running.stderr.read()
    assert running.returncode == 130
    document = json.loads(first + out)
    assert document["error"]["code"] == "interrupted"
    assert 0 < len(document["receipts"]) < 12_002
    assert f"after line {len(document['receipts']):,}" in err
    assert "the same command goes on" in err
    assert document["state"]["seq"] == len(document["receipts"])
    assert verified("desk.db") == document["receipts"][-1]["digest"]
    again = json.loads(holdfast("run", name, "--db", "desk.db", "--json", check=True).stdout)
    assert sum(r.get("replayed", False) for r in again["receipts"]) == len(document["receipts"])
    assert verified("desk.db") == verified("whole.db")


def test_run__ctrl_c_while_it_waits_for_stdin__leaves_with_130(folder):
    running = subprocess.Popen(
        [*PROGRAM, "run", "-", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(1.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out)["error"]["code"]) == (130, "interrupted")
    assert "Traceback" not in err


def test_state__reader_goes_away__is_quiet(folder):
    name = deposits(folder / "s.jsonl", 3_000)
    running = subprocess.Popen(
        [*PROGRAM, "run", name, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait(60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["init", "--print-desk"], ["--help"], ["run", "-", "--json"]])
def test_any__stdout_full__is_75_without_a_traceback(folder, arguments):
    with Path("/dev/full").open("w") as full:
        done = holdfast(*arguments, stdout=full, stderr=subprocess.PIPE, input="", capture_output=False)
    assert done.returncode == 75
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_any__stdout_closed__does_its_work(folder):
    subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *PROGRAM, "init", "--db", "desk.db", "--json"], check=True, timeout=60
    )
    assert holdfast("verify", "--db", "desk.db").returncode == 0


def test_run__no_room_for_the_database__is_75_and_goes_on_later(folder):
    name = deposits(folder / "s.jsonl", 8_000)

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

    done = holdfast("run", name, "--db", "desk.db", "--json", preexec_fn=little_room)
    assert done.returncode == 75, done.stderr
    assert "desk.db" in done.stderr
    document = json.loads(done.stdout)
    assert document["error"]["code"] == "unavailable"
    assert json.loads(holdfast("verify", "--db", "desk.db", "--json").stdout)["records"] == len(document["receipts"])
    assert json.loads(holdfast("run", name, "--db", "desk.db", "--json").stdout)["state"]["seq"] == 8_002


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_submit__read_only_database__is_75(folder):
    holdfast("init", "--db", "desk.db", check=True)
    Path("desk.db").chmod(0o444)
    folder.chmod(0o555)
    command = '{"actor":"operator","type":"asset.mint","asset":"FLUX","to":"a","amount":"1"}'
    done = holdfast("submit", command, "--db", "desk.db")
    folder.chmod(0o755)
    assert (done.returncode, "Traceback" in done.stderr) == (75, False), done.stderr
    assert "desk.db" in done.stderr
