"""`holdfast depin show`: a resource's page."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Everything, Json, Server

SHOWN = 10
"""Reports and rewards that are listed, the latest, unless all are asked for."""


def show(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="The resource's id.")],
    db: Database = None,
    server: Server = None,
    everything: Everything = False,
    json: Json = False,
) -> None:
    """Show a resource: its reports, its score, what it was paid and will be, and why.

    The expected reward is what it would get if the network's epoch closed now.

    \b
    Examples:
      holdfast depin show alice-gpu
      holdfast depin show alice-gpu --json | jq '.rewards[-1]'
    """
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import advance, emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.views.contribution_page import resource_page

    page: Any
    with reached(db, server) as client:
        if client is None:
            with desk(db) as service, advance("read", service.head.seq, least=100_000) as shown:
                page = resource_page(service.store, service.state, resource, shown)
        else:
            page = client.resource(resource)
    if json:
        emit(page)
    else:
        _print(page, everything=everything)


def _print(page: dict[str, Any], *, everything: bool) -> None:
    from holdfast.entrypoints.cli.figures import percent
    from holdfast.entrypoints.cli.output import console
    from holdfast.entrypoints.cli.words import visible

    out = console()
    asset, vault = page["reward_asset"], page["vault"]
    out.print(
        visible(f"{page['resource']}: {page['capacity']} {page['unit']} of {page['kind']}, owned by {page['owner']}")
    )
    out.print(
        f"network {page['network']}, epoch {page['epoch']}, rewards {f'staked in vault {vault}' if vault else 'paid'}\n"
    )
    share = percent(page["share_bps"])
    seconds = f"{page['reported_seconds']:,}"
    if page["score"] == "0":
        out.print("Nothing counts in this epoch yet, so no reward is expected.")
    else:
        out.print(f"Expected now: {page['expected_reward']} {asset}. {share} of all scores, {seconds} s reported.")
    if page["held"] != "0":
        out.print(f"{page['held']} {asset} wait in the network's account: the owner was frozen when they were due.")
    _reports(page["reports"], everything=everything)
    _rewards(page, everything=everything)


def _latest(lines: list[Any], *, everything: bool) -> tuple[list[Any], str]:
    if everything or len(lines) <= SHOWN:
        return lines, ""
    return lines[-SHOWN:], f", the latest {SHOWN}"


def _reports(reports: list[dict[str, Any]], *, everything: bool) -> None:
    from holdfast.entrypoints.cli.figures import percent, table
    from holdfast.entrypoints.cli.output import console
    from holdfast.entrypoints.cli.words import minute

    out = console()
    listed, which = _latest(reports, everything=everything)
    out.print(f"\n{len(reports):,} reports{which}")
    rows = [
        (
            str(r["seq"]), minute(r["from"]), minute(r["to"]), percent(r["uptime_bps"]), percent(r["quality_bps"]),
            percent(r["availability_bps"]), "counted" if r["counted"] else "refused",
        )
        for r in listed
    ]  # fmt: skip
    if rows:
        out.print(table(("seq", "from", "to", "up", "quality", "available", ""), rows, left=(1, 2, 6)))
    for r in listed:
        if not r["counted"]:
            out.print(f"  {r['seq']}: {r['why']}")


def _rewards(page: dict[str, Any], *, everything: bool) -> None:
    from holdfast.entrypoints.cli.figures import percent, table
    from holdfast.entrypoints.cli.output import console

    out = console()
    listed, which = _latest(page["rewards"], everything=everything)
    out.print(f"\nEarned {page['earned']} {page['reward_asset']} in all{which}")
    rows = []
    for r in listed:
        late = f"{r['paid_late']} late" if r["paid_late"] != "0" else ""
        rows.append((str(r["epoch"]), percent(r["share_bps"]), r["shared_out"], r["reward"], r["how"], late))
    if rows:
        out.print(table(("epoch", "share of scores", "shared out", "reward", "how", ""), rows, left=(0, 4, 5)))
