"""Keepers on the desk of the tests: time set by hand, work set up in a line each."""

from __future__ import annotations

from typing import Any

from holdfast.engine.journal import answered
from holdfast.identity.office import Office
from holdfast.identity.principal import Principal, access
from holdfast.identity.records import Person
from holdfast.identity.roles import Grant
from holdfast.keeper.desk import ServiceDesk
from holdfast.keeper.loop import Keeper, Step
from holdfast.keeper.tasks import Task
from holdfast.store.documents.memory import MemoryDocuments
from support import DAY, START, Desk

HOLDER = (Grant("holder"),)


class Watch:
    """Seconds that only go on, set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def keeper_on(desk: Desk, office: Office | None = None, **how: Any) -> Keeper:
    """A keeper whose clock, and the desk's, is the hand-set one."""
    desk.service._clock = lambda: desk.now
    how.setdefault("monotonic", Watch())
    guard = how.pop("guard_of", lambda task: None)
    return Keeper(ServiceDesk(desk.service, guard), office, lambda: desk.now, **how)


def office_of(desk: Desk, *people: str, grants: tuple[Grant, ...] = HOLDER) -> Office:
    """An office with these holders, whose accounts are named like them."""
    office = Office(MemoryDocuments(), lambda: desk.now, lambda: desk.service.head)
    with office.write() as t:
        t.put(*(Person(name, name, name, t.now, grants=grants) for name in people))
    return office


def principal(name: str, *grants: Grant) -> Principal:
    return Principal(name, name, access(grants or HOLDER, START), address="192.0.2.7")


def finish(keeper: Keeper, most: int = 50) -> list[tuple[str, str]]:
    """Steps until nothing is left: ids and statuses of what was done."""
    found = []
    for _ in range(most):
        step = keeper.step()
        found += told(step)
        if not step.more:
            return found
    raise AssertionError(f"still more to do after {most} steps: {found[-3:]}")


def told(step: Step) -> list[tuple[str, str]]:
    return [(done.command, done.status) for done in step.done]


def ids(tasks: list[Task]) -> list[str]:
    return [task.id for task in tasks]


def journal(desk: Desk) -> list[tuple[str, str]]:
    """Ids and outcomes of all records that keepers made, in order."""
    found = [answered(row) for row in desk.store.rows()]
    return [
        (entry.command.id, "refused" if entry.error else "applied")
        for entry in found
        if not entry.command.id.startswith("t-")
    ]


def stakes(desk: Desk, *amounts: str, holder: str = "alice") -> None:
    """Term stakes of a holder: below 10,000 VG they pay out without a reinvestment."""
    for amount in amounts:
        desk.mint("VG", holder, str(2 * int(amount)))
        desk.ok("term.stake", holder, amount=amount)


def to_maturity(desk: Desk, stake: str = "vg-1") -> None:
    """The very second at which a stake unlocks."""
    desk.now = desk.state.stakes[stake].unlocks_at


def strategy(desk: Desk, cooldown: int = 15 * DAY, window: int = 2 * DAY) -> None:
    """A vault of which 1,000 FLUX are alice's, all but 100 of them deployed."""
    desk.vault(("alice", "1000"))
    desk.ok(
        "strategy.add", "operator", vault="FLUX", strategy="benqi", protocol="benqi", yield_curve=[["0", 700]],
        cap="1000000", cooldown_seconds=cooldown, redemption_window_seconds=window,
    )  # fmt: skip
    desk.ok("strategy.allocate", "operator", vault="FLUX", strategy="benqi", amount="900")


def loan(desk: Desk, holder: str = "bob", leverage: int = 5) -> None:
    """A position of 1,000 CSPR, borrowed up to the leverage, at v1."""
    if "v1" not in desk.state.validators:
        desk.lender()
    desk.open(holder, "1000", leverage)
