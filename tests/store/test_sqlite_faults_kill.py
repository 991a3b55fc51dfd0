"""A process killed at every statement (R1, R2, R3): answers stand, batches are whole, a retry has one effect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.journals import funded, told
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service
from holdfast.store.sqlite import SqliteStore
from store.killed import BATCHES, DONE
from support import frozen_copy

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The folder of desks, and how many there are; the last one was not killed."""
    folder = tmp_path_factory.mktemp("killed")
    told_of = subprocess.run(
        [sys.executable, str(TESTS / "store" / "killed.py"), str(folder)],
        check=True, timeout=90, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    found = json.loads(told_of.stdout)
    assert found["status"] == DONE
    return folder, found["desks"]


def uninterrupted() -> Service:
    service = told(commands=[])
    funded(service, "alice", "bob")
    for batch in BATCHES:
        service.submit_many(batch)
    return service


def test_killed_at_every_statement__nothing_answered_is_lost_nothing_is_half_done(killed: tuple[Path, int]) -> None:
    folder, desks = killed
    assert desks > 50, "the hook does not see every statement"
    whole = uninterrupted()
    bounds = {0, 1, 2, 3, *(3 + sum(map(len, BATCHES[:n])) for n in range(len(BATCHES) + 1))}
    ends: set[int] = set()
    for number in range(1, desks + 1):
        facts = _facts(folder / f"{number}.answers")
        store = SqliteStore(str(folder / f"{number}.db"), create=True)
        answered = [fact for fact in facts if "seq" in fact]
        for fact in answered:
            assert store.row(fact["seq"]).digest.hex() == fact["digest"], f"desk {number}: {fact} is lost"
        assert store.genesis() or not facts, f"desk {number} was made, and is gone"
        if not store.genesis():
            service = Service.create(store, Genesis())
        else:
            report = verify(store)
            assert report.ok, (number, report.problems)
            service = Service(store)
        assert service.corruption is None
        assert service.head.seq in bounds, f"desk {number}: half of a batch is there"
        ends.add(service.head.seq)
        _sent_again(service, {fact["id"]: fact for fact in answered})
        assert service.head == whole.head, f"desk {number}: a retry had another effect"
        assert frozen_copy(service.state) == frozen_copy(whole.state)
        service.close()
    assert ends == bounds, "some states between batches were never seen"


def _facts(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _sent_again(service: Service, answered: dict[str, dict[str, Any]]) -> None:
    """All commands again under their ids, twice; first answers stand."""
    funded(service, "alice", "bob")
    for _ in range(2):
        for batch in BATCHES:
            for receipt in service.submit_many(batch):
                first = answered.setdefault(
                    receipt.id, {"seq": receipt.seq, "digest": receipt.digest, "status": receipt.status}
                )
                assert (receipt.seq, receipt.digest, receipt.status) == (
                    first["seq"],
                    first["digest"],
                    first["status"],
                )
