"""The answer of `holdfast quote vault`: of totals that are supposed, or of a vault on a desk."""

from __future__ import annotations

from holdfast.entrypoints.cli.figures import grouped, reader, table
from holdfast.entrypoints.cli.output import console, emit
from holdfast.protocol.shares import VaultTotals
from holdfast.views import quote_answers, quotes
from holdfast.views.quote_answers import Subject, supposed

__all__ = ["answer", "on_desk", "supposed"]


def on_desk(db: str | None, name: str, holder: str | None) -> Subject:
    """A vault as it stands on a desk at the desk's present second. Raises: UnknownVault, Unavailable."""
    from holdfast.entrypoints.cli.desk import desk

    with desk(db) as service:
        return quote_answers.on_desk(service.state, name, holder)


def answer(subject: Subject, assets: int | None, shares: int | None, *, json: bool) -> None:
    """Print the quote."""
    later = VaultTotals(subject.totals.assets + subject.locked, subject.totals.shares)
    if json:
        emit(quote_answers.vault(subject, assets, shares))
        return
    rounds = [_lines(subject, totals, assets, shares) for totals in (subject.totals, later)]
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
        quote, given = (
            quotes.for_assets(totals, assets, sole=subject.sole),
            f"{grouped(subject.asset.text(assets))} {code}",
        )
        found.append((f"depositing {given} mints", quote.deposit_or_redeem, share, "down", "deposit"))
        found.append((f"withdrawing {given} burns", quote.withdraw_or_mint, share, "up", "withdraw"))
    if shares is not None:
        quote, given = quotes.for_shares(totals, shares), f"{grouped(subject.asset.text(shares))} {share}"
        found.append((f"redeeming {given} pays", quote.deposit_or_redeem, code, "down", "redeem"))
        found.append((f"minting {given} takes", quote.withdraw_or_mint, code, "up", "mint"))
    return found
