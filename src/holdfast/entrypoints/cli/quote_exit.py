"""The answer of `holdfast quote exit`: every way out of a vault for one holder."""

from __future__ import annotations

from typing import Any

import typer

from holdfast.entrypoints.cli.figures import days, grouped, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.entrypoints.cli.words import minute
from holdfast.primitives.clock import DAY, format_instant
from holdfast.protocol.checks import require_vault
from holdfast.protocol.records import Asset
from holdfast.views import quote_answers
from holdfast.views.exit_plan import Route


def answer(db: str | None, vault: str, shares: str | None, holder: str, *, json: bool) -> None:
    """Read the desk and print every route. Raises: as `exit_plan.routes`; Malformed where the holder has no way."""
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.quote import units_of

    with desk(db) as service:
        state = service.state
        record = require_vault(state, vault)
        share, asset = state.assets[record.share], state.assets[record.asset]
        units = None if shares is None else units_of(share, shares, "SHARES")
        wanted, found = quote_answers.ways_out(state, vault, holder, units)
        if json:
            emit(quote_answers.ways_out_object(state, vault, holder, wanted, found))
            return
        facts = {"vault": vault, "holder": holder, "shares": share.text(wanted), "seq": state.seq, "now": state.now}
    _print(asset, share, facts, found)


def _print(asset: Asset, share: Asset, facts: dict[str, Any], found: list[Route]) -> None:
    out = console()
    title = f"{grouped(facts['shares'])} {share.id} of {facts['holder']}" if facts["shares"] != "0" else facts["holder"]
    out.print(f"Ways out of vault {facts['vault']} for {title}, at record {facts['seq']:,}, ", end="")
    out.print(f"{minute(format_instant(facts['now']))}\n")
    rows = [
        (
            str(number),
            f"{route.kind} {route.request}" if route.request else route.kind,
            grouped(asset.text(route.assets)),
            grouped(asset.text(route.fee)),
            _when(route, facts["now"]),
        )
        for number, route in enumerate(found, 1)
    ]
    out.print(table(("", "route", f"{asset.id} paid", "fee", "when"), rows, left=(0, 1, 4)))
    out.print("\nWhat decides it:\n")
    for number, route in enumerate(found, 1):
        for place, reason in enumerate(route.decided_by):
            typer.echo(f"{number if place == 0 else '':>2}  {_readable(reason)}")
    out.print(
        "\nTimes are estimates: keepers must settle, and ask strategies for what is missing; a payment now is exact."
    )


def _when(route: Route, now: int) -> str:
    if not route.possible:
        return "not possible now"
    if route.ready_at is None:
        return "cannot be told"
    seconds = route.ready_at - now
    if seconds <= 0:
        return "at the next settle" if "queue" in route.kind else "now"
    return f"{minute(format_instant(route.ready_at))} ({days(-(-seconds // DAY))})"


def _readable(reason: str) -> str:
    """Instants to the minute."""
    import textwrap

    words = [minute(word.rstrip(",:")) + word[len(word.rstrip(",:")) :] for word in reason.split(" ")]
    return "\n    ".join(textwrap.wrap(" ".join(words), 74))
