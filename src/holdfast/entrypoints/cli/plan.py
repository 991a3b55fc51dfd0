"""`holdfast plan`: the allocation that would earn most, beside the present one; nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server


def plan(
    vault: Annotated[str, typer.Argument(help="The vault to plan for.")],
    buffer: Annotated[int, typer.Option("--buffer-bps", min=0, max=10_000, metavar="BPS", help="What stays idle.")] = 0,
    horizon: Annotated[
        int | None, typer.Option("--horizon-days", min=1, metavar="DAYS", help="A move must pay within them.")
    ] = None,
    least: Annotated[
        int, typer.Option("--min-change-bps", min=0, max=10_000, metavar="BPS", help="Leave smaller changes out.")
    ] = 0,
    limits: Annotated[
        list[str] | None, typer.Option("--limit", metavar="PROTOCOL=BPS", help="At most so much in a protocol.")
    ] = None,
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Show the allocation that would earn most; nothing is kept.

    Each move says what the next unit earned before and would earn after it, what it gains in a year, what it costs and
    when it has paid for itself. To keep the plan and carry it out, submit portfolio.plan and portfolio.rebalance.

    \b
    Examples:
      holdfast plan FLUX --buffer-bps 500
      holdfast plan FLUX --limit BENQI=4000 --horizon-days 30 --json
    """
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.views import restaking

    most = _limits(limits)
    found: Any
    with reached(db, server) as client:
        if client is None:
            with desk(db) as service:
                found = restaking.planned(
                    service.state, vault, buffer_bps=buffer, min_change_bps=least, horizon_days=horizon,
                    protocol_limits_bps=most,
                )  # fmt: skip
        else:
            found = client.quote_plan(
                vault, buffer_bps=buffer, min_change_bps=least, horizon_days=horizon,
                limits=",".join(f"{protocol}={bps}" for protocol, bps in most.items()) or None,
            )  # fmt: skip
    if json:
        emit(found)
    else:
        _print(found["asset"], found, found["present"])


def _limits(given: list[str] | None) -> dict[str, int]:
    """`BENQI=4000` as a protocol and its bps. Raises: Malformed."""
    from holdfast.errors import Malformed

    found: dict[str, int] = {}
    for text in given or ():
        protocol, sign, bps = text.rpartition("=")
        if not sign or not protocol or not (bps.isascii() and bps.isdigit()) or len(bps) > 5 or int(bps) > 10_000:
            raise Malformed(
                f"--limit {text[:40]}: write a protocol and basis points, like BENQI=4000.", field="--limit"
            )
        found[protocol] = int(bps)
    return found


def _print(asset: str, result: dict[str, Any], present: dict[str, Any]) -> None:
    from holdfast.entrypoints.cli.figures import days, grouped, percent, table
    from holdfast.entrypoints.cli.output import console
    from holdfast.entrypoints.cli.words import short

    out = console()
    if not present:
        out.print(f"Vault {result['vault']} has no strategies; strategy.add makes one known to it.")
        return
    moves = {move["strategy"]: move for move in result["moves"]}
    rows = []
    for name, now in present.items():
        move = moves.get(name)
        rate = percent(now["marginal_rate_bps"])
        if move is None:
            rows.append((short(name, 16), grouped(now["deployed"]), "stays", rate, rate, "", "", ""))
            continue
        paid = "" if move["break_even_days"] is None else days(move["break_even_days"])
        rows.append(
            (short(name, 16), grouped(move["from"]), grouped(move["to"]), percent(move["rate_before_bps"]),
             percent(move["rate_after_bps"]), _amount(move["yearly_gain"]), _amount(move["cost"]), paid)
        )  # fmt: skip
    out.print(f"Vault {result['vault']}, amounts in {asset}; the rates are those of the next unit\n")
    out.print(table(("", "holds", "planned", "rate", "then", "a year", "cost", "paid in"), rows))
    gain = result["yearly_gain"]
    out.print(
        f"\nYearly income {_amount(result['yearly_income_before'])}, planned {_amount(result['yearly_income_after'])} "
        f"({'' if gain.startswith('-') else '+'}{_amount(gain)}), moving costs {_amount(result['cost'])}."
    )
    out.print(f"{grouped(result['idle_buffer'])} {asset} stay idle as a buffer. Nothing was kept.")


def _amount(text: str) -> str:
    """An amount to the cent, towards zero, for the table; --json gives it whole."""
    from holdfast.entrypoints.cli.figures import grouped

    sign = "-" if text.startswith("-") else ""
    whole, point, fraction = text.removeprefix("-").partition(".")
    return f"{sign}{grouped(whole)}{point}{fraction[:2]}"
