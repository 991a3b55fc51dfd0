"""`holdfast quote`: calculators; nothing is written anywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.engine.genesis import Genesis
from holdfast.entrypoints.cli.options import Database, Json, Server
from holdfast.errors import HoldfastError, Malformed, UnknownAsset
from holdfast.protocol.records import Asset

Desk = Annotated[
    str | None, typer.Option(metavar="DESK.toml", help="A desk file with other parameters.", show_default=False)
]


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
    from holdfast.entrypoints.cli import quote_term

    genesis = load_desk(desk)
    p = genesis.parameters.term
    asset = known_asset(genesis, p.asset)
    if amount is None:
        quote_term.answer_amounts(p, asset, boosted=booster, json=json)
        return
    units = units_of(asset, amount, "AMOUNT")
    quote_term.answer_chain(p, asset, units, boosted=booster, json=json)


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
    from holdfast.entrypoints.cli import quote_leverage

    genesis = load_desk(desk)
    p = genesis.parameters.leverage
    asset = known_asset(genesis, p.asset)
    units = units_of(asset, deposit, "DEPOSIT")
    steps = range(1, p.maximum_leverage + 1) if times is None else (times,)
    quote_leverage.answer(p, asset, units, steps, slash, json=json)


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


def exit_(
    vault: Annotated[str, typer.Argument(help="The vault to leave.")],
    shares: Annotated[str | None, typer.Argument(help="Whole shares; all that the holder has without.")] = None,
    holder: Annotated[str, typer.Option(help="Who leaves.", show_default=False)] = ...,  # type: ignore[assignment]
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Every way out of a vault: what it pays, what it costs, when, and what decides it.

    At once, in part, by the queue, after profit has unlocked; and what the holder's own requests allow. The desk is
    only read; its time is that of its last record.

    \b
    Examples:
      holdfast quote exit FLUX 500 --holder alice
      holdfast quote exit FLUX --holder alice --db desk.db --json
    """
    from holdfast.entrypoints.cli import quote_exit

    quote_exit.answer(db, server, vault, shares, holder, json=json)


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
