"""Sample journals: one story through all products, refusals among it, and as many deposits as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt, Row, chained
from holdfast.engine.ports import JournalStore
from holdfast.engine.service import Service, Submission
from holdfast.primitives.clock import format_instant
from holdfast.store.memory import MemoryStore
from holdfast.wire import codec
from support import DAY, START

Step = tuple[int, str, str, dict[str, Any]]

_CURVE = [["0", 800], ["5", 500]]
_FEBRUARY = "2026-02-01T00:00:00Z"

_DAY_0: list[tuple[str, str, dict[str, Any]]] = [
    ("asset.mint", "operator", {"asset": "FLUX", "to": "alice", "amount": "1000"}),
    ("asset.mint", "operator", {"asset": "FLUX", "to": "bob", "amount": "7.5"}),
    ("vault.create", "operator", {"asset": "FLUX"}),
    ("vault.deposit", "alice", {"vault": "FLUX", "assets": "1000"}),
    ("vault.deposit", "bob", {"vault": "FLUX", "assets": "8"}),  # refused: he has 7.5
    ("vault.mint", "bob", {"vault": "FLUX", "shares": "5"}),
    ("asset.mint", "operator", {"asset": "FLUX", "to": "operator", "amount": "200"}),
    ("vault.add_rewards", "operator", {"vault": "FLUX", "assets": "100"}),
    ("vault.pause", "alice", {"vault": "FLUX"}),  # refused: no operator
    ("asset.approve", "alice", {"asset": "vFLUX", "spender": "bob", "amount": "50", "expires_at": _FEBRUARY}),
    ("vault.redeem", "bob", {"vault": "FLUX", "shares": "20", "owner": "alice"}),
    ("vault.request_redeem", "alice", {"vault": "FLUX", "shares": "100"}),
    ("asset.mint", "operator", {"asset": "VG", "to": "alice", "amount": "20000"}),
    ("asset.mint", "operator", {"asset": "VC", "to": "alice", "amount": "1000000"}),
    ("booster.stake", "alice", {}),
    ("term.stake", "alice", {"amount": "15000", "booster": "booster-1"}),
    ("term.stake", "bob", {"amount": "99"}),  # refused: below the minimum
    ("fee_key.issue", "operator", {"to": "dora", "locked_lp": 2_000}),
    ("asset.transfer", "alice", {"asset": "VG", "to": "bob", "amount": "1000"}),
    ("fee_key.claim", "dora", {"key": "key-1"}),
    ("validator.register", "operator", {"validator": "v1", "commission_bps": 500}),
    ("asset.mint", "operator", {"asset": "CSPR", "to": "operator", "amount": "100000"}),
    ("leverage.provide_reserve", "operator", {"amount": "100000"}),
    ("asset.mint", "operator", {"asset": "CSPR", "to": "carol", "amount": "100"}),
    ("leverage.open_position", "carol", {"deposit": "100", "leverage": 5, "validator": "v1"}),
    ("role.grant", "operator", {"role": "keeper", "account": "erin"}),
    ("asset.set_authorized", "operator", {"asset": "FLUX", "account": "mallory", "authorized": False}),
]  # fmt: skip
_DAY_1: list[tuple[str, str, dict[str, Any]]] = [
    ("vault.settle", "erin", {"vault": "FLUX"}),
    ("vault.claim", "alice", {"request": "exit-1"}),
    ("network.end_era", "oracle", {"era": 1, "rewards": {"v1": "12.5"}}),
    ("leverage.request_close_position", "carol", {}),
    *[("network.end_era", "oracle", {"era": era, "rewards": {}}) for era in range(2, 9)],
    ("leverage.finalize_close_position", "carol", {}),
]
_DAY_60: list[tuple[str, str, dict[str, Any]]] = [
    ("term.unstake", "alice", {"stake": "vg-1"}),
    ("vault.redeem", "alice", {"vault": "FLUX", "shares": "880"}),
    ("treasury.spend", "operator", {"asset": "VG", "to": "frank", "amount": "1", "memo": "fees"}),
    (
        "strategy.add",
        "operator",
        {"vault": "FLUX", "strategy": "s", "protocol": "P", "cap": "9", "yield_curve": _CURVE},
    ),
    ("strategy.set_yield", "oracle", {"strategy": "s", "yield_curve": [["0", 700]]}),
    ("strategy.set_cap", "operator", {"strategy": "s", "cap": "3"}),
    ("strategy.allocate", "keeper", {"vault": "FLUX", "strategy": "s", "amount": "2"}),
    ("strategy.report", "oracle", {"strategy": "s", "gain": "0.5"}),
    ("strategy.deallocate", "keeper", {"strategy": "s", "amount": "1"}),
    ("strategy.complete", "keeper", {"request": "unwind-1"}),
    ("portfolio.plan", "keeper", {"vault": "FLUX", "buffer_bps": 100}),
    ("portfolio.rebalance", "keeper", {"vault": "FLUX"}),
    ("strategy.disable", "operator", {"strategy": "s"}),
]
REFUSED = 3
"""Commands of the story that the rules refuse."""


def story() -> list[Submission]:
    """Fifty-odd commands over 60 days."""
    steps: Iterator[Step] = (
        (START + day * DAY + number, *command)
        for day, commands in ((0, _DAY_0), (1, _DAY_1), (60, _DAY_60))
        for number, command in enumerate(commands)
    )
    return [
        codec.decode({"id": f"s-{number}", "at": format_instant(at), "actor": actor, "type": kind, **fields})
        for number, (at, kind, actor, fields) in enumerate(steps, 1)
    ]


def told(store: JournalStore | None = None, commands: list[Submission] | None = None) -> Service:
    """A new desk that has been told the story (or other commands), in lots of seven."""
    service = Service.create(MemoryStore() if store is None else store, Genesis())
    tell(service, story() if commands is None else commands)
    return service


def tell(service: Service, commands: list[Submission]) -> list[Receipt]:
    return [r for start in range(0, len(commands), 7) for r in service.submit_many(commands[start : start + 7])]


def funded(service: Service, *holders: str) -> None:
    """A FLUX vault, and 1,000 FLUX for each holder."""
    service.submit(codec.command("vault.create", "create", "operator", asset="FLUX"))
    for holder in holders:
        command = codec.command("asset.mint", f"fund-{holder}", "operator", asset="FLUX", to=holder, amount="1000")
        assert service.submit(command).status == "applied"


def deposit(number: int, holder: str = "alice", amount: str = "1") -> Submission:
    """Deposit number so-and-so; its id is d-<number>."""
    return Submission(codec.command("vault.deposit", f"d-{number}", holder, vault="FLUX", assets=amount))


def rechained(rows: list[Row], start: int, root: bytes) -> list[Row]:
    """The rows with all digests from index `start` on computed anew, as a forger would."""
    digest = rows[start - 1].digest if start else root
    for index in range(start, len(rows)):
        digest = chained(digest, rows[index].body)
        rows[index] = rows[index]._replace(digest=digest)
    return rows
