"""`holdfast quote`: calculators; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from holdfast.engine.genesis import Genesis
from holdfast.entrypoints.cli.figures import days, grouped, percent, table
from holdfast.entrypoints.cli.options import Database, Json
from holdfast.entrypoints.cli.output import console, emit
from holdfast.errors import HoldfastError, Malformed, UnknownAsset
from holdfast.protocol.parameters import LeverageParameters, TermParameters
from holdfast.protocol.records import Asset
from holdfast.views import quotes

Desk = Annotated[
    str | None, typer.Option(metavar="DESK.toml", help="A desk file with other parameters.", show_default=False)
]

STEPS = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)
"""Twelve amounts in a decade, about evenly far apart on a logarithmic scale (the E12 series)."""


def term(
    amount: Annotated[str | None, typer.Argument(help="Whole tokens; without it, a table over amounts.")] = None,
    booster: Annotated[bool, typer.Option("--booster", help="With a booster.")] = False,
    desk: Desk = None,
    json: Json = False,
) -> None:
    """Period, tax and payout of a term stake.

    \b
    Examples:
      holdfast quote term                    a table over amounts, and the curve
      holdfast quote term 15000 --booster    one stake and its reinvestments
    """
    genesis = load_desk(desk)
    p = genesis.parameters.term
    asset = known_asset(genesis, p.asset)
    if amount is None:
        quoted = _over_amounts(p, asset)
        emit(_amounts_object(p, asset, quoted)) if json else _print_amounts(p, asset, quoted, boosted=booster)
        return
    units = units_of(asset, amount, "AMOUNT")
    chain = quotes.term_chain(p, asset, units, boosted=booster)
    other = quotes.term(p, asset, units, boosted=not booster)
    emit(_chain_object(asset, chain, other)) if json else _print_chain(p, asset, chain, other)


def leverage(
    deposit: Annotated[str, typer.Argument(help="Whole tokens of one's own.")] = "100",
    times: Annotated[int | None, typer.Option("--leverage", min=1, help="Only this leverage.")] = None,
    slash: Annotated[
        int | None, typer.Option(min=0, max=10_000, metavar="BPS", help="What is left of it then.")
    ] = None,
    desk: Desk = None,
    json: Json = False,
) -> None:
    """Debt, loan-to-value and health of a leveraged delegation.

    \b
    Examples:
      holdfast quote leverage 100
      holdfast quote leverage 100 --leverage 5 --slash 600
    """
    genesis = load_desk(desk)
    p = genesis.parameters.leverage
    asset = known_asset(genesis, p.asset)
    units = units_of(asset, deposit, "DEPOSIT")
    steps = range(1, p.maximum_leverage + 1) if times is None else (times,)
    quoted = [quotes.leverage(p, asset, units, step) for step in steps]
    hit = [] if slash is None else [quotes.slashed(p, quote, slash) for quote in quoted]
    if json:
        emit(_leverage_object(p, asset, quoted, hit))
    else:
        _print_leverage(p, asset, quoted, hit)


def vault(
    assets: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Shares for these assets.")] = None,
    shares: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Assets for these shares.")] = None,
    total_assets: Annotated[str, typer.Option(metavar="AMOUNT", help="What all shares stand for now.")] = "0",
    total_shares: Annotated[str, typer.Option(metavar="AMOUNT", help="All shares there are.")] = "0",
    locked: Annotated[str, typer.Option(metavar="AMOUNT", help="Profit that has still to unlock.")] = "0",
    asset: Annotated[str, typer.Option(metavar="CODE", help="The asset, for its decimals.")] = "FLUX",
    desk: Desk = None,
    vault: Annotated[str | None, typer.Option(metavar="NAME", help="Read the totals of this vault on --db.")] = None,
    db: Database = None,
    holder: Annotated[str | None, typer.Option(help="With --vault: what this holder can do at most.")] = None,
    json: Json = False,
) -> None:
    """Shares for assets and assets for shares.

    The totals are those that the options state, or with --vault those of a vault on the desk --db, which is only read.

    \b
    Examples:
      holdfast quote vault --total-assets 1500 --total-shares 1000 --assets 10
      holdfast quote vault --db demo/desk.db --vault FLUX --shares 10 --holder alice
    """
    from holdfast.entrypoints.cli import quote_vault

    if vault is None and (db is not None or holder is not None):
        raise Malformed("--db and --holder go with --vault NAME: say which vault to read.", field="--vault")
    if vault is not None:
        subject = quote_vault.on_desk(db, vault, holder)
    else:
        token = known_asset(load_desk(desk), asset)
        subject = quote_vault.supposed(
            token,
            units_of(token, total_assets, "--total-assets"),
            units_of(token, total_shares, "--total-shares"),
            units_of(token, locked, "--locked"),
        )
    one = subject.asset.text(10**subject.asset.decimals) if assets is None and shares is None else None
    wanted = [
        None if text is None else units_of(subject.asset, text, option)
        for text, option in ((assets or one, "--assets"), (shares or one, "--shares"))
    ]
    quote_vault.answer(subject, wanted[0], wanted[1], json=json)


def load_desk(path: str | None) -> Genesis:
    """The desk file's genesis, or the standard one. Raises: Malformed."""
    if path is None:
        return Genesis()
    from holdfast.entrypoints.cli.desk import read_desk_file

    return read_desk_file(path)


def known_asset(genesis: Genesis, code: str) -> Asset:
    """The asset of this code. Raises: UnknownAsset."""
    found = genesis.state().assets.get(code)
    if found is None:
        raise UnknownAsset(f"There is no asset {code} on this desk.", asset=code)
    return found


def units_of(asset: Asset, text: str, field: str) -> int:
    """Base units of what was typed; the refusal names the argument."""
    try:
        return asset.units(text)
    except HoldfastError as error:
        raise type(error)(f"{field}: {error.message}", field=field) from None


Pair = tuple[quotes.TermQuote, quotes.TermQuote]


def _over_amounts(p: TermParameters, asset: Asset) -> list[Pair]:
    """Quotes without and with a booster, over amounts with both sides of the threshold among them."""
    least, threshold, one = asset.units(p.minimum_stake), asset.units(p.auto_reinvest_from), 10**asset.decimals
    small = [least * times for times in (1, 5, 10, 50)]
    large = [threshold - one, threshold, threshold * 3 // 2, threshold * 5, threshold * 10, threshold * 100]
    most = asset.maximum * 10_000 // (10_000 + p.tax_bps)
    amounts = sorted({amount for amount in small + large if least <= amount <= most})
    return [(quotes.term(p, asset, a), quotes.term(p, asset, a, boosted=True)) for a in amounts]


def _amounts_object(p: TermParameters, asset: Asset, quoted: list[Pair]) -> dict[str, Any]:
    rows = []
    for plain, boosted in quoted:
        row = _term_object(asset, plain)
        row["period_days_with_booster"] = boosted.period_days
        rows.append(row)
    return {"asset": asset.id, "auto_reinvest_from": p.auto_reinvest_from, "amounts": rows}


def _term_object(asset: Asset, quote: quotes.TermQuote) -> dict[str, Any]:
    return {
        "amount": asset.text(quote.amount),
        "booster": quote.boosted,
        "period_days": quote.period_days,
        "tax": asset.text(quote.stake_tax),
        "total_cost": asset.text(quote.cost),
        "auto_reinvest": quote.reinvest_amount > 0,
        "reinvest_amount": asset.text(quote.reinvest_amount),
        "withdraw_amount": asset.text(quote.withdraw_amount),
        "unstake_tax": asset.text(quote.unstake_tax),
        "paid": asset.text(quote.paid),
    }


def _chain_object(asset: Asset, chain: quotes.Chain, other: quotes.TermQuote) -> dict[str, Any]:
    first = chain.links[0].quote
    links = [
        {"starts_day": link.starts_day, "unlocks_day": link.unlocks_day}
        | {k: v for k, v in _term_object(asset, link.quote).items() if number == 0 or k not in ("tax", "total_cost")}
        for number, link in enumerate(chain.links)
    ]
    name = "period_days_without_booster" if first.boosted else "period_days_with_booster"
    return {
        "asset": asset.id,
        **_term_object(asset, first),
        name: other.period_days,
        "unlocks_day": first.period_days,
        "chain": links,
        "chain_complete": chain.complete,
        "chain_paid": asset.text(chain.paid),
    }


def _print_amounts(p: TermParameters, asset: Asset, quoted: list[Pair], *, boosted: bool) -> None:
    out, text = console(), _text_of(asset)
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


def _text_of(asset: Asset) -> Callable[[int], str]:
    """Base units of this asset as people read them."""
    return lambda units: grouped(asset.text(units))


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
    out, text, first = console(), _text_of(asset), chain.links[0].quote
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


def _leverage_object(
    p: LeverageParameters, asset: Asset, quoted: list[quotes.LeverageQuote], hit: list[quotes.SlashQuote]
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for number, quote in enumerate(quoted):
        row: dict[str, Any] = {
            "leverage": quote.leverage,
            "total_staked": asset.text(quote.total),
            "debt": asset.text(quote.debt),
            "ltv_bps": quote.ltv_bps,
            "health_factor_bps": quote.health_bps,
            "within_limits": quote.within_limits,
            "meets_minimum_delegation": quote.meets_minimum,
            "liquidated_at_value": asset.text(quote.liquidated_at),
            "liquidating_slash_bps": quote.liquidating_slash_bps,
            "interest_per_year": asset.text(quote.interest_per_year),
        }
        if hit:
            after = hit[number]
            row["after_slash"] = {
                "slash_bps": after.slash_bps,
                "value": asset.text(after.value),
                "ltv_bps": after.ltv_bps,
                "health_factor_bps": after.health_bps,
                "liquidated": after.liquidated,
                "repaid": asset.text(after.repaid),
                "fee": asset.text(after.fee),
                "paid": asset.text(after.rest),
                "bad_debt": asset.text(after.bad_debt),
            }
        rows.append(row)
    return {
        "asset": asset.id,
        "deposit": asset.text(quoted[0].deposit),
        "minimum_delegation": p.minimum_delegation,
        "borrow_rate_bps": p.borrow_rate_bps,
        "quotes": rows,
    }


def _print_leverage(
    p: LeverageParameters, asset: Asset, quoted: list[quotes.LeverageQuote], hit: list[quotes.SlashQuote]
) -> None:
    out, text = console(), _text_of(asset)
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
