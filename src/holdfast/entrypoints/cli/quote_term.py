"""The answer of `holdfast quote term`: a table over amounts with its curve, or one stake and its reinvestments."""

from __future__ import annotations

from holdfast.entrypoints.cli.figures import days, grouped, percent, reader, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.protocol.parameters import TermParameters
from holdfast.protocol.records import Asset
from holdfast.views import quote_answers, quotes
from holdfast.views.quote_answers import Pair

STEPS = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)
"""Twelve amounts in a decade, about evenly far apart on a logarithmic scale (the E12 series)."""


def answer_amounts(p: TermParameters, asset: Asset, *, boosted: bool, json: bool) -> None:
    """Print the table over amounts."""
    quoted = quote_answers.over_amounts(p, asset)
    emit(quote_answers.term_amounts(p, asset, quoted)) if json else _print_amounts(p, asset, quoted, boosted=boosted)


def answer_chain(p: TermParameters, asset: Asset, amount: int, *, boosted: bool, json: bool) -> None:
    """Print one stake and what follows from it."""
    chain = quotes.term_chain(p, asset, amount, boosted=boosted)
    other = quotes.term(p, asset, amount, boosted=not boosted)
    emit(quote_answers.term_chain(asset, chain, other)) if json else _print_chain(p, asset, chain, other)


def _print_amounts(p: TermParameters, asset: Asset, quoted: list[Pair], *, boosted: bool) -> None:
    out, text = console(), reader(asset)
    out.print(f"What a {asset.id} stake means, by its amount (the tax is paid on top)\n")
    rows = [
        (text(a.amount), str(a.period_days), str(b.period_days), text(a.cost), text(a.paid),
         _or_dash(text(a.reinvest_amount)))
        for a, b in quoted
    ]  # fmt: skip
    out.print(table(("amount", "days", "with booster", "total cost", "paid at the end", "reinvested"), rows, left=()))
    threshold = asset.units(p.auto_reinvest_from)
    below = next((a for a, _ in quoted if a.amount == threshold - 10**asset.decimals), None)
    at = next((a for a, _ in quoted if a.amount == threshold), None)
    if below and at:
        out.print(
            f"\nThe cliff: {text(below.amount)} {asset.id} are locked for {days(below.period_days)}, {text(at.amount)} "
            f"for {days(at.period_days)}.\nFrom there on the base period is {p.auto_reinvest_base_days} days instead "
            f"of {p.base_days}, and {percent(p.reinvest_bps)} of the stake\nis staked again when it unlocks.\n"
        )
    out.print("\n".join(_curve(p, asset)))
    out.print(f"\n`holdfast quote term 15000{' --booster' * boosted}` follows one stake through its reinvestments.")


def _or_dash(text: str) -> str:
    return "-" if text == "0" else text


def _curve(p: TermParameters, asset: Asset) -> list[str]:
    """The period over four decades of amounts as lines of text: `*` without, `o` with a booster."""
    least = asset.units(p.minimum_stake)
    amounts = [least * step * 10**decade // 10 for decade in range(4) for step in STEPS] + [least * 10_000]
    amounts = [amount for amount in amounts if amount + amount * p.tax_bps // 10_000 <= asset.maximum]
    low, high, lines = p.minimum_days, p.maximum_days, 11
    grid = [[" "] * len(amounts) for _ in range(lines)]
    for sign, boosted in (("o", True), ("*", False)):
        for column, amount in enumerate(amounts):
            period = quotes.term(p, asset, amount, boosted=boosted).period_days
            grid[(high - period) * (lines - 1) // max(high - low, 1)][column] = sign
    drawn = [
        f"{high - number * (high - low) // (lines - 1):5} |{''.join(row).rstrip()}" for number, row in enumerate(grid)
    ]
    names = "".join(grouped(asset.text(amount)).ljust(12) for amount in amounts[::12])
    return [
        " days",
        *drawn,
        "      +" + "-" * len(amounts),
        "       " + names.rstrip(),
        f"       {asset.id} staked, ten times as much at each mark; * without, o with a booster",
    ]


def _print_chain(p: TermParameters, asset: Asset, chain: quotes.Chain, other: quotes.TermQuote) -> None:
    out, text, first = console(), reader(asset), chain.links[0].quote
    out.print(f"Staking {text(first.amount)} {asset.id} {'with' if first.boosted else 'without'} a booster\n")
    rows = [
        ("period", days(first.period_days), f"{other.period_days} {'without' if first.boosted else 'with'} a booster"),
        ("tax on top", text(first.stake_tax), percent(p.tax_bps)),
        ("total cost", text(first.cost), "what the staker must have"),
        ("unstaking pays", text(first.paid), f"{text(first.withdraw_amount)} less {text(first.unstake_tax)} tax"),
        ("staked again", text(first.reinvest_amount), percent(p.reinvest_bps) if first.reinvest_amount else "below "
         f"{grouped(p.auto_reinvest_from)}: none"),
    ]  # fmt: skip
    out.print(table(("", asset.id, ""), rows, left=(0, 2)))
    if len(chain.links) > 1:
        out.print("\nIf each stake is unstaked on the day it unlocks:\n")
        links = [
            (str(number), f"day {link.starts_day}", str(link.quote.period_days), f"day {link.unlocks_day}",
             text(link.quote.amount), text(link.quote.paid), _or_dash(text(link.quote.reinvest_amount)))
            for number, link in enumerate(chain.links, 1)
        ]  # fmt: skip
        out.print(table(("stake", "from", "days", "unlocks", "amount", "paid", "staked again"), links))
        if not chain.complete:
            out.print(f"... and so on: only the first {len(chain.links)} are shown.")
        else:
            out.print(f"\n{text(chain.paid)} {asset.id} are paid in all by day {chain.links[-1].unlocks_day}.")
