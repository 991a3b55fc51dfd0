"""The answer of `holdfast quote exit`: every way out of a vault for one holder."""

from __future__ import annotations

from typing import Any

import typer

from holdfast.entrypoints.cli.figures import days, grouped, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.entrypoints.cli.words import minute
from holdfast.primitives.clock import DAY, parse_instant
from holdfast.protocol.checks import require_vault
from holdfast.views import quote_answers


def answer(db: str | None, server: str | None, vault: str, shares: str | None, holder: str, *, json: bool) -> None:
    """Read the desk and print every route. Raises: as `exit_plan.routes`; Malformed where the holder has no way."""
    from holdfast.entrypoints.cli.remote import reached

    with reached(db, server) as client:
        found: Any = (
            _on_desk(db, vault, shares, holder)
            if client is None
            else client.quote_exit(vault=vault, shares=shares, holder=holder)
        )
    if json:
        emit(found)
    else:
        _print(found)


def _on_desk(db: str | None, vault: str, shares: str | None, holder: str) -> dict[str, Any]:
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.quote import units_of

    with desk(db) as service:
        state = service.state
        share = state.assets[require_vault(state, vault).share]
        units = None if shares is None else units_of(share, shares, "SHARES")
        wanted, found = quote_answers.ways_out(state, vault, holder, units)
        return quote_answers.ways_out_object(state, vault, holder, wanted, found)


def _print(found: dict[str, Any]) -> None:
    out = console()
    held = f"{grouped(found['shares'])} {found['share']} of " if found["shares"] != "0" else ""
    out.print(
        f"Ways out of vault {found['vault']} for {held}{found['holder']}, at record {found['seq']:,}, "
        f"{minute(found['at'])}\n"
    )
    rows = [
        (
            str(number),
            f"{route['route']} {route['request']}" if route["request"] else route["route"],
            grouped(route["assets"]),
            grouped(route["fee"]),
            _when(route, parse_instant(found["at"])),
        )
        for number, route in enumerate(found["routes"], 1)
    ]
    out.print(table(("", "route", f"{found['asset']} paid", "fee", "when"), rows, left=(0, 1, 4)))
    out.print("\nWhat decides it:\n")
    for number, route in enumerate(found["routes"], 1):
        for place, reason in enumerate(route["decided_by"]):
            typer.echo(f"{number if place == 0 else '':>2}  {_readable(reason)}")
    out.print(
        "\nTimes are estimates: keepers must settle, and ask strategies for what is missing; a payment now is exact."
    )


def _when(route: dict[str, Any], now: int) -> str:
    if not route["possible"]:
        return "not possible now"
    if route["ready_at"] is None:
        return "cannot be told"
    seconds = parse_instant(route["ready_at"]) - now
    if seconds <= 0:
        return "at the next settle" if "queue" in route["route"] else "now"
    return f"{minute(route['ready_at'])} ({days(-(-seconds // DAY))})"


def _readable(reason: str) -> str:
    """Instants to the minute."""
    import textwrap

    words = [minute(word.rstrip(",:")) + word[len(word.rstrip(",:")) :] for word in reason.split(" ")]
    return "\n    ".join(textwrap.wrap(" ".join(words), 74))
