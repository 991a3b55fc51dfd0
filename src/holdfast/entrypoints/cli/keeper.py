"""`holdfast keeper`: does what is due on a desk, once or for as long as it runs."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json

if TYPE_CHECKING:
    from holdfast.engine.service import Service
    from holdfast.identity.office import Office
    from holdfast.keeper.desk import ServiceDesk
    from holdfast.keeper.due import Duties
    from holdfast.keeper.loop import Done, Keeper, Step

SHOWN_AT_ONCE = 100_000
"""Tasks that a dry run looks at."""


def keeper(
    db: Database = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, show it, and end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is due now; do nothing.")] = False,
    interval: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds between two looks.")] = 5,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="KIND", help="Do only this; several times for several.")
    ] = None,
    epoch_grace: Annotated[
        int,
        typer.Option(
            min=0, max=2**40, help="Seconds that an epoch stays open for late reports; at most a tenth of it."
        ),
    ] = 300,
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="The account with the role keeper.")] = (
        "keeper"
    ),
    json: Json = False,
) -> None:
    """Do what is due: stakes, exits, epochs, positions, instructions.

    It acts as the account keeper, and for a standing instruction as the holder who gave it. Any number may run, also
    beside servers: each piece of work has an id, and the desk does it once. What cannot be done waits, longer and
    longer, until it can. Ctrl-C ends it after the step that has begun; nothing is lost, the next one goes on.

    \b
    Kinds: complete, close_epoch, settle, finalize, liquidate, unstake;
           of standing instructions: stop_loss, claim, unstake_at_maturity, restake.

    \b
    Examples:
      holdfast keeper --dry-run
      holdfast keeper --once --json
      holdfast keeper --db 'postgresql://holdfast@db1/vaults?desk=main' --interval 2
    """
    from holdfast.errors import Malformed

    if json and not (once or dry_run):
        raise Malformed("--json: one document tells of one look; add --once or --dry-run.", field="--json")
    _work(db, account, _duties(only, epoch_grace), None if once or dry_run else interval, dry_run=dry_run, json=json)


def _work(db: str | None, account: str, duties: Duties, interval: float | None, *, dry_run: bool, json: bool) -> None:
    """One look, or as many as there is time for."""
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.keeper.loop import AT_ONCE, Keeper
    from holdfast.primitives.clock import system_clock

    with desk(db, system_clock) as service, ExitStack() as opened, _stopped_by_signals() as stop:
        _say_who(service, account)
        office, place = _office(service, db, opened)
        most = SHOWN_AT_ONCE if dry_run else AT_ONCE
        at_work = Keeper(place, office, system_clock, account=account, duties=duties, at_once=most)
        if interval is not None:
            _keep_on(at_work, stop, interval)
        else:
            _show(list(at_work.look().done) if dry_run else _once(at_work, stop), service, json=json)


_WORDS = {
    "due": "due",
    "applied": "carried out",
    "replayed": "done before",
    "refused": "refused",
    "held_up": "waiting",
}


def _duties(only: list[str] | None, epoch_grace: int) -> Duties:
    from holdfast.errors import Malformed
    from holdfast.keeper.due import ALL_KINDS, Duties

    kinds = frozenset(kind for kind in ALL_KINDS if only is None or kind in only)
    for name in only or ():
        if name not in kinds:
            raise Malformed(f"--only {name[:40]}: write one of {', '.join(sorted(ALL_KINDS))}.", field="--only")
    return Duties(kinds, epoch_grace)


def _say_who(service: Service, account: str) -> None:
    from holdfast.entrypoints.cli.output import say

    if not service.state.has_role(account, "keeper"):
        say(f"{account} does not hold the role keeper on this desk; only standing instructions are carried out.")


def _office(service: Service, db: str | None, opened: ExitStack) -> tuple[Office | None, ServiceDesk]:
    """The office of the desk, where it has one; its policies stand before what the keeper does for a person."""
    from holdfast import bootstrap
    from holdfast.errors import NoOffice
    from holdfast.identity.policies.directory import Directory
    from holdfast.identity.policies.guard import PolicyGuard
    from holdfast.keeper.desk import ServiceDesk

    try:
        office = bootstrap.open_office(
            db, journal_head=lambda: service.head, gate=service.lock, create=False
        )  # fmt: skip
    except NoOffice:
        return None, ServiceDesk(service)
    opened.callback(office.close)
    policies = PolicyGuard(service, office, Directory(office))
    opened.callback(policies.close)
    return office, ServiceDesk(service, lambda task: policies.guard if task.person else None)


def _once(at_work: Keeper, stop: Event) -> list[Done]:
    """Step after step until nothing is left that can be done now."""
    done: list[Done] = []
    while not stop.is_set():
        step = at_work.step()
        done += step.done
        if not step.more:
            break
    return done


def _keep_on(at_work: Keeper, stop: Event, interval: float) -> None:
    """Run until a signal comes; a line for everything that was done, and for what stands in its way."""
    from holdfast.entrypoints.cli.output import say
    from holdfast.errors import Unavailable
    from holdfast.keeper.running import run
    from holdfast.primitives.clock import format_instant, system_clock

    counts: Counter[str] = Counter()
    told: set[tuple[str, str]] = set()

    def tell(step: Step) -> None:
        for done in step.done:
            counts[done.status] += 1
            if (done.task.id, done.code) not in told:
                told.add((done.task.id, done.code))
                print(
                    f"{format_instant(system_clock())} {done.task.kind} {done.task.subject}: {_came(done)}", flush=True
                )
        if len(told) > SHOWN_AT_ONCE:
            told.clear()

    def trouble(error: Unavailable, pause: float) -> None:
        say(f"holdfast: {error.message} Trying again in {pause:.0f} s.")

    say(f"Looking every {interval:g} s; Ctrl-C ends it.")
    try:
        run(at_work, stop, interval=interval, tell=tell, trouble=trouble)
    finally:
        say(f"Stopped. {counts['applied']:,} tasks were carried out.")


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """An event that Ctrl-C and SIGTERM set, so that a step is brought to its end; a second signal acts at once."""
    stop = Event()

    def handle(number: int, frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        Thread(target=stop.set).start()  # not here: the thread that was interrupted may hold the event's own lock

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _came(done: Done) -> str:
    """What came of a task, in words."""
    from holdfast.entrypoints.cli.words import Told, happened, visible

    if done.receipt is not None and done.status in {"applied", "replayed"}:
        how = "record" if done.status == "applied" else "done before, record"
        return visible(f"{how} {done.receipt.seq}: {happened(Told(done.receipt))}")
    if done.status == "due":
        return visible(f"due: {done.task.why}")
    how = "refused" if done.status == "refused" else "waits"
    return visible(f"{how}: {done.message} ({done.code})")


def _show(found: list[Done], service: Service, *, json: bool) -> None:
    """What was due and what came of it."""
    from holdfast.entrypoints.cli.columns import Columns
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.words import minute, short, visible
    from holdfast.primitives.clock import format_instant

    if json:
        emit({"tasks": [_object(done) for done in found], "seq": service.state.seq})
        return
    if not found:
        print("Nothing is due.")
        return
    rows = [
        (
            done.task.kind,
            short(visible(done.task.subject), 24),
            "" if done.task.since is None else minute(format_instant(done.task.since)),
            _came(done),
        )
        for done in found
    ]
    print(Columns("task", "about", "due since", "what came of it", wrap_last=True).page(rows))
    counts = Counter(_WORDS[done.status] for done in found)
    print(", ".join(f"{counts[word]:,} {word}" for word in dict.fromkeys(_WORDS.values()) if counts[word]) + ".")


def _object(done: Done) -> dict[str, Any]:
    """A task and what came of it, for programs."""
    from holdfast.primitives.clock import format_instant

    task = done.task
    seq = done.receipt.seq if done.receipt is not None else None
    return {
        "kind": task.kind,
        "id": done.command,
        "actor": task.command.actor,
        "about": task.subject,
        "why": task.why,
        "since": None if task.since is None else format_instant(task.since),
        "instruction": task.instruction or None,
        "person": task.person or None,
        "status": done.status,
        "code": done.code or None,
        "message": done.message or None,
        "seq": seq or None,
    }
