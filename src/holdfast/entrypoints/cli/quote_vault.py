"""The answer of `holdfast quote vault`: of totals that are supposed, or of a vault on a desk."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.entrypoints.cli.figures import grouped, reader, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.primitives.clock import format_instant
from holdfast.protocol import liquid_vault, vault_limits
from holdfast.protocol.checks import require_vault
from holdfast.protocol.records import Asset
from holdfast.protocol.shares import VaultTotals
from holdfast.views import quotes


class Subject(Struct, frozen=True):
    """The vault that a quote is about; `limits` are one holder's, in base units, `of` says where it was read."""

    asset: Asset
    share: str
    totals: VaultTotals
    locked: int
    of: dict[str, Any] = {}
    limits: dict[str, int] = {}


def supposed(asset: Asset, total_assets: int, total_shares: int, locked: int) -> Subject:
    """A vault with the totals that were given."""
    return Subject(asset, f"v{asset.id}", VaultTotals(total_assets, total_shares), locked)


def on_desk(db: str | None, name: str, holder: str | None) -> Subject:
    """A vault as it stands on a desk at the desk's present second. Raises: UnknownVault, Unavailable."""
    from holdfast.entrypoints.cli.desk import desk

    with desk(db) as service:
        state = service.state
        vault = require_vault(state, name)
        limits = (
            vault_limits.max_deposit, vault_limits.max_mint, vault_limits.max_withdraw, vault_limits.max_redeem
        )  # fmt: skip
        return Subject(
            state.assets[vault.asset],
            vault.share,
            liquid_vault.totals(state, vault, state.now),
            liquid_vault.locked(vault, state.now),
            {"vault": name, "seq": state.seq, "at": format_instant(state.now)},
            {} if holder is None else {limit.__name__: limit(state, name, holder, state.now) for limit in limits},
        )


def answer(subject: Subject, assets: int | None, shares: int | None, *, json: bool) -> None:
    """Print the quote."""
    later = VaultTotals(subject.totals.assets + subject.locked, subject.totals.shares)
    rounds = [_lines(subject, totals, assets, shares) for totals in (subject.totals, later)]
    if json:
        emit(_object(subject, rounds))
        return
    out, text = console(), reader(subject.asset)
    where = f"Vault {subject.of['vault']} at record {subject.of['seq']}" if subject.of else "A vault"
    stands = f"{text(subject.totals.shares)} {subject.share} stand for {text(subject.totals.assets)} {subject.asset.id}"
    out.print(f"{where}: {stands}.\n")
    columns = ["", "gives", "", "rounded"]
    rows = [[what, text(units), code, rounding] for what, units, code, rounding, _ in rounds[0]]
    if subject.locked:
        columns.insert(2, "once unlocked")
        rows = [[*row[:2], text(then[1]), *row[2:]] for row, then in zip(rows, rounds[1], strict=True)]
    out.print(table(columns, rows, left=(0, len(columns) - 2, len(columns) - 1)))
    if subject.locked:
        out.print(f"\n{text(subject.locked)} {subject.asset.id} of profit have still to unlock.")
    if subject.limits:
        named = {"max_deposit": subject.asset.id, "max_mint": subject.share, "max_withdraw": subject.asset.id,
                 "max_redeem": subject.share}  # fmt: skip
        out.print("\nAt most, for this holder now:\n")
        most = [(name, text(units), named[name]) for name, units in subject.limits.items()]
        out.print(table(("", "amount", ""), most, left=(0, 2)))


Line = tuple[str, int, str, str, str]
"""What is done, the result, its asset, its rounding, and its name in JSON."""


def _lines(subject: Subject, totals: VaultTotals, assets: int | None, shares: int | None) -> list[Line]:
    found: list[Line] = []
    code, share = subject.asset.id, subject.share
    if assets is not None:
        quote, given = quotes.for_assets(totals, assets), f"{grouped(subject.asset.text(assets))} {code}"
        found.append((f"depositing {given} mints", quote.deposit_or_redeem, share, "down", "deposit"))
        found.append((f"withdrawing {given} burns", quote.withdraw_or_mint, share, "up", "withdraw"))
    if shares is not None:
        quote, given = quotes.for_shares(totals, shares), f"{grouped(subject.asset.text(shares))} {share}"
        found.append((f"redeeming {given} pays", quote.deposit_or_redeem, code, "down", "redeem"))
        found.append((f"minting {given} takes", quote.withdraw_or_mint, code, "up", "mint"))
    return found


def _object(subject: Subject, rounds: list[list[Line]]) -> dict[str, Any]:
    text = subject.asset.text
    now, then = ({name: text(units) for _, units, _, _, name in lines} for lines in rounds)
    return {
        **subject.of,
        "asset": subject.asset.id,
        "share": subject.share,
        "total_assets": text(subject.totals.assets),
        "total_shares": text(subject.totals.shares),
        "locked_profit": text(subject.locked),
        "now": now,
        "once_unlocked": then,
        **{name: text(units) for name, units in subject.limits.items()},
    }
