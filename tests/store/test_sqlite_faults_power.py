"""Power loss (R1, R3): whatever the disk makes of unsynced writes, no answered command is lost, nothing half-done."""

from __future__ import annotations

from random import Random
from typing import Any

import apsw
import pytest

from engine.journals import deposit, funded, told
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.service import Service, Submission
from holdfast.errors import HoldfastError
from holdfast.store import sqlite as sqlite_module
from holdfast.store.sqlite import SqliteStore
from store.storm import PATH, Disk
from support import frozen_copy

CUTS = 4
"""Power cuts that one desk lives through."""


class Lost(AssertionError):
    """A promise was broken."""


class Voyage:
    """One desk on one disk through several power cuts; keeps what was answered, and what was asked."""

    def __init__(self, seed: int, synchronous: str | None = None) -> None:
        self.rng = Random(seed)
        self.synchronous = synchronous
        self.disk = Disk()
        self.answered: dict[str, Receipt] = {}
        self.unanswered: list[Submission] = []
        self.told: list[Submission] = []
        self.created = False
        self.count = 0

    def sail(self) -> None:
        for _ in range(CUTS):
            self.disk.cut_at = (
                self.disk.operations + self.rng.choice((3, 10, 30, 60, 120, 250)) + self.rng.randrange(30)
            )
            try:
                self._work()
            except (HoldfastError, apsw.Error):
                if not self.disk.dead:
                    raise
            self.disk = self.disk.after_cut(self.rng)
            self._check()

    def _open(self) -> SqliteStore:
        store = SqliteStore(PATH, create=True, connect=self.disk.connect)
        if self.synchronous:
            store._db.execute(f"PRAGMA synchronous = {self.synchronous}")
        store._db.execute(f"PRAGMA wal_autocheckpoint = {self.rng.choice((2, 10, 50))}")
        return store

    def _service(self, store: SqliteStore) -> Service:
        if store.genesis() is None:
            if self.created:
                raise Lost("the desk is gone")
            service = Service.create(store, Genesis())
        else:
            service = Service(store)
        self.created = True
        return service

    def _work(self) -> None:
        """Until the power goes."""
        service = self._service(self._open())
        while True:
            if service.head.seq < 3:
                funded(service, "alice", "bob")
            self.unanswered = [self._next() for _ in range(self.rng.choice((1, 1, 2, 5, 20)))]
            for submission, receipt in zip(self.unanswered, service.submit_many(self.unanswered), strict=True):
                self.answered[submission.command.id] = receipt
            self.told += self.unanswered
            self.unanswered = []
            chance = self.rng.randrange(12)
            if chance == 0:
                service.save_snapshot()
            elif chance == 1:
                service.close()
                service = self._service(self._open())

    def _next(self) -> Submission:
        self.count += 1
        return deposit(self.count, self.rng.choice(("alice", "bob")), self.rng.choice(("0.5", "0.01", "100000")))

    def _check(self) -> None:
        """Everything answered is there, nothing is half-done, the file is sound, and a retry has one effect."""
        service = self._service(self._open())
        if service.corruption:
            raise Lost(f"the desk is corrupt: {service.corruption}")
        db: Any = service.store._db  # type: ignore[attr-defined]
        if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Lost("the file is damaged")
        report = verify(service.store)
        if not report.ok:
            raise Lost(str(report.problems))
        for receipt in self.answered.values():
            if service.head.seq < receipt.seq or service.store.row(receipt.seq).digest.hex() != receipt.digest:
                raise Lost(f"{receipt.id} was answered, and is not there")
        there = set(service.store.find([submission.command.id for submission in self.unanswered]))
        if there and len(there) < len(self.unanswered):
            raise Lost(f"half of a batch is there: {there}")
        funded(service, "alice", "bob")
        for _ in range(2):
            for submission in self.unanswered:
                self.answered[submission.command.id] = service.submit(*submission)
        self.told += self.unanswered
        self.unanswered = []
        whole = told(commands=[])
        funded(whole, "alice", "bob")
        whole.submit_many(self.told)
        if whole.head != service.head or frozen_copy(whole.state) != frozen_copy(service.state):
            raise Lost("a retry had another effect than the first sending")
        service.close()


pytestmark = pytest.mark.usefixtures("quiet_disk")


@pytest.fixture(autouse=True)
def small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of ids is written often, and is in the storm too."""
    monkeypatch.setattr(sqlite_module, "RECENT_IDS", 8)
    monkeypatch.setattr(sqlite_module, "IDS_PER_LOT", 5)


@pytest.mark.parametrize("block", range(10))
def test_power_cuts__no_acknowledged_command_is_lost(block: int) -> None:
    for seed in range(block * 12, block * 12 + 12):
        voyage = Voyage(seed)
        try:
            voyage.sail()
        except Lost as lost:
            pytest.fail(f"seed {seed}: {lost}")


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_power_cuts__without_full_syncs__something_is_lost(synchronous: str) -> None:
    """The simulation has teeth: it finds the loss that synchronous=FULL prevents."""
    lost = 0
    for seed in range(12):
        try:
            Voyage(seed, synchronous).sail()
        except (Lost, HoldfastError):
            lost += 1
    assert lost > 3


def test_power_cuts__on_a_disk_whose_syncs_lie__something_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.storm._File.xSync", lambda self, flags: self.disk.step("sync", self.name))
    lost = 0
    for seed in range(12):
        try:
            Voyage(seed).sail()
        except (Lost, HoldfastError):
            lost += 1
    assert lost > 3
