"""`holdfast agent`: measures a contributor's machine and keeps signed reports until a desk takes them."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Json, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from holdfast.agent.config import Config
    from holdfast.agent.loop import Agent

EXAMPLE = """\
network = "generic"           # the contribution network, and what is registered there
resource = "my-cpu"
kind = "cpu"                  # what is measured: gpu, cpu, storage, bandwidth, memory or node
capacity = "4"                # as registered: GPUs, cores, GB, Mbit/s, GiB or nodes
attestor = "my-agent"         # who signs

key = "agent.key"             # made on the first run; names are seen from this file's folder
spool = "reports.ndjson"
interval_seconds = 60         # one report each
sample_seconds = 5            # one look each
path = "/"                    # storage: where it lies

# [epoch]                     # optional: then no report lies across the end of one of the network's epochs
# started_at = "2026-01-01T00:00:00Z"
# seconds = 86400
"""


def agent(
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Its configuration.")] = "agent.toml",
    once: Annotated[bool, typer.Option("--once", help="Stop after one report.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many reports.", show_default=False)] = None,
    interval: Annotated[
        int | None, typer.Option(min=1, max=86_400, help="Seconds to a report.", show_default=False)
    ] = None,
    server: Server = None,
    example: Annotated[bool, typer.Option("--example", help="Print a configuration to start from.")] = False,
    json: Json = False,
) -> None:
    """Measure this machine and sign a report of it at every interval.

    Reports go to the spool file, a line each, on disk before the next is made; `holdfast depin ingest` takes them into
    a desk. With --server they are sent there as well, each counted once; what cannot be sent now is sent later. The API
    key's person must have the attestor's name as account. The signing key is made on the first run and never leaves its
    file; register the public key that is printed. No agent, no reports; no reports, no rewards. Ctrl-C keeps the time
    since the last report, too.

    \b
    Examples:
      holdfast agent --example > agent.toml
      holdfast agent --once --interval 10
      holdfast agent --config /etc/holdfast/agent.toml
      HOLDFAST_API_KEY_FILE=api.key holdfast agent --server https://desk.example.org
    """
    if example:
        print(EXAMPLE, end="")
        return
    facts = _run(config, interval, 1 if once else count, server)
    if json:
        from holdfast.entrypoints.cli.output import emit

        emit(facts)


def _run(config: str, interval: int | None, count: int | None, server: str | None) -> dict[str, Any]:
    """The agent's life; what it did."""
    import time

    import msgspec

    from holdfast.agent.config import read_config
    from holdfast.agent.keys import open_key
    from holdfast.agent.loop import Agent
    from holdfast.agent.measure import prober
    from holdfast.agent.spool import Spool
    from holdfast.entrypoints.cli.output import say
    from holdfast.primitives.clock import system_clock

    settings = read_config(config)
    if interval is not None:
        settings = msgspec.structs.replace(settings, interval_seconds=interval)
    probe = prober(settings)
    key, made = open_key(settings.key)
    say(f"{'New key' if made else 'Key'} of {settings.attestor}: {key.public_key}")
    spool = Spool(settings.spool)
    with _status(settings) as show, _terminated(), _sending(server, settings) as kept:
        running = Agent(settings, key, spool, probe, clock=system_clock, sleep=time.sleep, show=show, kept=kept)
        try:
            running.run(count)
        finally:
            spool.close()
            say(f"\n{running.reports:,} reports are kept in {settings.spool}.")
    return {"reports": running.reports, "spool": settings.spool, "public_key": key.public_key}


@contextmanager
def _sending(server: str | None, settings: Config) -> Iterator[Callable[[], None]]:
    """What is called after each report: with a server it is sent, and when all is over once more."""
    from holdfast.agent.outbox import Courier, Outbox
    from holdfast.entrypoints.cli.output import say
    from holdfast.entrypoints.cli.remote import reached

    with reached(None, server, database=False) as client:
        if client is None:
            yield lambda: None
            return
        from holdfast.entrypoints.cli.reporting import hand_over

        def take(report: dict[str, Any]) -> str | None:
            handed = hand_over(client, report)
            return handed.waits or None

        outbox = Outbox(settings.spool, take)
        courier = Courier(outbox, lambda told: say(f"\nholdfast: {told}"))
        try:
            yield courier.wake
        finally:
            courier.close()
            say(f"\n{outbox.sent:,} reports were sent.")


@contextmanager
def _status(settings: Config) -> Iterator[Callable[[Agent], None]]:
    """One line on a terminal, written over with every look; elsewhere a line for every report."""
    terminal, kept = sys.stderr.isatty(), 0

    def show(running: Agent) -> None:
        nonlocal kept
        text = f"{settings.resource}: {running.told}; {running.reports:,} reports kept"
        clean = "".join(c for c in text if c.isprintable())
        if terminal:
            print(f"\r\x1b[2K{clean[:100]}", end="", file=sys.stderr, flush=True)
        elif running.reports != kept:
            kept = running.reports
            print(clean, file=sys.stderr, flush=True)

    yield show


@contextmanager
def _terminated() -> Iterator[None]:
    """A service manager's SIGTERM ends the agent as Ctrl-C does."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
