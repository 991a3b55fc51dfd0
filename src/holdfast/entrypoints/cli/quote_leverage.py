"""The answer of `holdfast quote leverage`: a row for each leverage, and what a slash leaves."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.entrypoints.cli.figures import grouped, percent, reader, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.protocol.parameters import LeverageParameters
from holdfast.protocol.records import Asset
from holdfast.views import quote_answers, quotes


def answer(
    p: LeverageParameters, asset: Asset, deposit: int, steps: Iterable[int], slash: int | None, *, json: bool
) -> None:
    """Print the quote."""
    quoted = [quotes.leverage(p, asset, deposit, step) for step in steps]
    hit = [] if slash is None else [quotes.slashed(p, quote, slash) for quote in quoted]
    emit(quote_answers.leverage(p, asset, quoted, hit)) if json else _print_leverage(p, asset, quoted, hit)


def _print_leverage(
    p: LeverageParameters, asset: Asset, quoted: list[quotes.LeverageQuote], hit: list[quotes.SlashQuote]
) -> None:
    out, text = console(), reader(asset)
    least = grouped(p.minimum_delegation)
    out.print(f"Delegating {text(quoted[0].deposit)} {asset.id} of one's own, the rest borrowed\n")
    rows = [
        (f"{q.leverage}x", text(q.total), text(q.debt), percent(q.ltv_bps), percent(q.health_bps),
         ("yes" if q.meets_minimum else f"no: under {least}") if q.within_limits else "no: leverage",
         percent(q.liquidating_slash_bps, "never"))
        for q in quoted
    ]  # fmt: skip
    columns = ("", "total", "debt", "LTV", "health", "can open", "liquidated at a loss of")
    out.print(table(columns, rows, left=(0, 5)))
    out.print(
        f"\nHealth is value times {percent(p.liquidation_threshold_bps)} over debt; at 100 % and below anyone may "
        f"liquidate.\nThe network takes delegations of {least} {asset.id} and more."
    )
    if p.borrow_rate_bps:
        out.print(f"\nInterest at {percent(p.borrow_rate_bps)} a year on the debt:\n")
        carry = [(f"{q.leverage}x", text(q.debt), text(q.interest_per_year)) for q in quoted]
        out.print(table(("", "debt", f"{asset.id} a year"), carry))
    if hit:
        out.print(f"\nAfter a slash of {percent(hit[0].slash_bps)}:\n")
        after = [
            (f"{q.leverage}x", text(s.value), percent(s.ltv_bps), "liquidated" if s.liquidated else "stands",
             text(s.repaid), text(s.rest), text(s.bad_debt))
            for q, s in zip(quoted, hit, strict=True)
        ]  # fmt: skip
        out.print(table(("", "value", "LTV", "", "repaid", "to the holder", "bad debt"), after, left=(0, 3)))
