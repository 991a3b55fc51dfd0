"""`holdfast proof`: roots, proofs, and the check, on desk files and on PostgreSQL, now and as of the past."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scenarios import MINT, PAY, VAULT, scenario

import postgres
from holdfast.entrypoints import check_inclusion

KEY = "0123456789abcdef" * 4


@pytest.fixture
def desk(cli, folder):
    """A desk of three records, and a secret in `key`."""
    assert cli("run", scenario(folder / "s.jsonl", MINT, PAY, VAULT), "--db", "desk.db").code == 0
    (folder / "key").write_text(KEY + "\n", "utf-8")
    return folder


def made(cli, *more):
    """(proof of bob, roots), as documents and as files."""
    proof = cli("proof", "make", "bob", "--asset", "FLUX", "--secret", "key", "--db", "desk.db", "--json", *more)
    roots = cli("proof", "root", "--secret", "key", "--db", "desk.db", "--json", *more)
    assert (proof.code, roots.code) == (0, 0)
    Path("proof.json").write_text(proof.out, "utf-8")
    Path("roots.json").write_text(roots.out, "utf-8")
    return proof.document, roots.document


@pytest.mark.parametrize("more", [(), ("--at", "2"), ("--day", "2026-12-31"), ("--at", "2", "--day", "2025-01-01")])
def test_proof__made_and_checked__holds(cli, desk, more):
    proof, roots = made(cli, *more)
    assert proof["seq"] == roots["seq"] == (2 if "--at" in more else 3)
    assert roots["day"] == (more[-1] if "--day" in more else roots["at"][:10])
    answer = cli("proof", "check", "proof.json", "roots.json")
    assert (answer.code, answer.err) == (0, "")
    assert "The proof holds: bob is owed " in answer.out
    assert cli("proof", "check", "proof.json", "roots.json", "--json").document["ok"] is True
    assert check_inclusion.main(["proof.json", "roots.json", "bob"]) == 0


def test_check__of_another_day__six_and_why(cli, desk):
    made(cli, "--day", "2026-01-01")
    Path("old.json").write_bytes(Path("roots.json").read_bytes())
    made(cli, "--day", "2026-01-02")
    answer = cli("proof", "check", "proof.json", "old.json", "--json")
    assert answer.code == 6
    assert answer.document["problem"] == "day: the proof is for 2026-01-02, the published roots are for 2026-01-01"
    assert "does not hold: day" in cli("proof", "check", "proof.json", "old.json").err
    assert check_inclusion.main(["proof.json", "old.json"]) == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "holdfast inclusion 1"}', "\xff", '{"a": 1, "a": 2}'])
def test_check__no_documents__malformed_and_names_the_file(cli, desk, content):
    made(cli)
    Path("bad.json").write_text(content, "latin-1")
    for given in (("bad.json", "roots.json"), ("proof.json", "bad.json")):
        answer = cli("proof", "check", *given)
        assert answer.code == 2
        assert "bad.json" in answer.err
    assert cli("proof", "check", "missing.json", "roots.json").code == 2


def test_check__proof_on_stdin(cli, desk):
    made(cli)
    assert cli("proof", "check", "-", "roots.json", stdin=Path("proof.json").read_bytes()).code == 0


def test_make__who_is_owed_nothing__not_found(cli, desk):
    given = ("--secret", "key", "--db", "desk.db")
    assert cli("proof", "make", "zoe", "--asset", "FLUX", *given).code == 4
    assert cli("proof", "make", "bob", "--asset", "NONE", *given).code == 4
    assert "is nobody's" not in cli("proof", "make", "@desk", "--asset", "FLUX", *given).err


def test_root__a_short_or_missing_secret__malformed(cli, desk):
    Path("short").write_text("secret\n", "utf-8")
    answer = cli("proof", "root", "--secret", "short", "--db", "desk.db")
    assert answer.code == 2
    assert "32 are the least" in answer.err
    assert "secret\n" not in answer.err
    assert cli("proof", "root", "--secret", "missing", "--db", "desk.db").code == 2
    assert cli("proof", "root", "--db", "desk.db").code == 2
    assert cli("proof", "root", "--secret", "key", "--db", "desk.db", "--day", "monday").code == 2


def test_root__as_a_table(cli, desk):
    answer = cli("proof", "root", "--secret", "key", "--db", "desk.db")
    assert answer.code == 0
    assert "record 3" in answer.out
    assert "FLUX" in answer.out


def test_root__on_postgres__is_that_of_the_file(cli, desk):
    url = postgres.new_desk()
    try:
        assert cli("copy", "--from", "desk.db", "--to", url).code == 0
        _, roots = made(cli)
        assert cli("proof", "root", "--secret", "key", "--db", url, "--json").document == roots
    finally:
        postgres.drop(url)


def test_script__is_the_one_beside_the_project_and_runs_alone(cli, desk):
    made(cli)
    Path("check_inclusion.py").write_text(cli("proof", "script").out, "utf-8")
    beside = Path(__file__).parents[2] / "scripts" / "check_inclusion.py"
    assert Path("check_inclusion.py").read_bytes() == beside.read_bytes()
    command = [sys.executable, "-I", "-S", "check_inclusion.py", "proof.json", "roots.json"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    proof = json.loads(Path("proof.json").read_text("utf-8"))
    Path("proof.json").write_text(json.dumps({**proof, "account": "zoe"}), "utf-8")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
