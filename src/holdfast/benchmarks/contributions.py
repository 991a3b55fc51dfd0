"""Contribution networks: reports taken in beside the bare signature check, and the end of a large epoch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from holdfast.benchmarks.measure import rate
from holdfast.engine import machine
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service, Submission
from holdfast.primitives.clock import format_instant
from holdfast.primitives.signatures import report_message
from holdfast.protocol import commands
from holdfast.protocol.records import Resource
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from holdfast.wire import codec

HOUR = 3_600
FULL = (10_000, 10_000, 10_000)


class Signed:
    """Signed reports, each of a resource of its own, as commands."""

    def __init__(self, number: int) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        key = Ed25519PrivateKey.generate()
        self.key = key.public_key()
        self.public_key = self.key.public_bytes_raw().hex()
        self.messages = [report_message("net", f"r-{i}", 0, HOUR, *FULL, 1) for i in range(number)]
        self.signatures = [key.sign(message) for message in self.messages]

    def raw(self) -> float:
        """Bare ed25519 checks a second, one after another."""

        def work() -> None:
            for message, signature in zip(self.messages, self.signatures, strict=True):
                self.key.verify(signature, message)

        return rate(len(self.messages), work)

    def ingested(self, path: Path) -> float:
        """Reports a second from JSON into a desk on SQLite, 1,000 to a commit, each signature checked."""
        service = _desk(SqliteStore(str(path), create=True), self.public_key)
        _registered(service, len(self.messages))
        begin, end = format_instant(0), format_instant(HOUR)
        lines = [
            codec.encode(commands.DepinReport(f"p-{i}", "probe", f"r-{i}", begin, end, *FULL, 1, signature.hex()))
            for i, signature in enumerate(self.signatures)
        ]

        def work() -> None:
            for start in range(0, len(lines), 1_000):
                service.submit_many([codec.decode({**line, "at": end}) for line in lines[start : start + 1_000]])

        try:
            found = rate(len(lines), work)
            if len(service.state.indexes.contributions.scores["net"]) != len(lines):
                raise RuntimeError("not every report was counted")
            return found
        finally:
            service.close()


def close_seconds(resources: int) -> float:
    """Seconds to decide, record and apply the end of an epoch in which so many resources of as many owners scored.

    Every other one stakes its rewards in a vault.
    """
    service = _desk(MemoryStore(), "0" * 64)
    state, score = service.state, HOUR * 10**18
    for i in range(resources):
        vault = "FLUX" if i % 2 else None
        state.put(
            Resource(f"r-{i}", "net", f"owner-{i}", "gpu", "gpu", 10**6, vault, 1, score * (i % 97 + 1), ((0, HOUR),))
        )
    command = commands.DepinCloseEpoch("close", "keeper", "net")
    preview = machine.decide(state, command, HOUR)
    if len(preview.postings) < resources:
        raise RuntimeError("not everybody was paid")
    start = time.perf_counter()
    receipt = service.submit_many([Submission(command, HOUR)])[0]
    taken = time.perf_counter() - start
    if receipt.status != "applied":
        raise RuntimeError("the epoch did not close")
    return taken


def _desk(store: MemoryStore | SqliteStore, public_key: str) -> Service:
    service = Service.create(store, Genesis())
    network: dict[str, Any] = {"network": "net"}
    emission: dict[str, Any] = {"reward_asset": "FLUX", "epoch_seconds": HOUR, "emission_per_epoch": "1000000"}
    for number, (kind, fields) in enumerate(
        (
            ("vault.create", {"asset": "FLUX"}),
            ("asset.mint", {"asset": "FLUX", "to": "operator", "amount": "1000000"}),
            ("depin.add_network", network | emission),
            ("depin.add_attestor", network | {"attestor": "probe", "public_key": public_key}),
            ("depin.fund", network | {"amount": "1000000"}),
        )
    ):
        service.submit(codec.command(kind, f"set-up-{number}", "operator", **fields))
    return service


def _registered(service: Service, number: int) -> None:
    for start in range(0, number, 1_000):
        service.submit_many(
            [
                Submission(commands.DepinRegisterResource(f"g-{i}", f"owner-{i}", "net", "gpu", "1", "gpu", f"r-{i}"))
                for i in range(start, min(start + 1_000, number))
            ]
        )
