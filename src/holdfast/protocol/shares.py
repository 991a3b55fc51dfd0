"""Shares of a pool of assets: the arithmetic of ERC-4626 with one virtual share and one virtual asset.

The virtual unit makes the first deposit exactly 1:1 and leaves nothing to gain by donating to an empty vault.
"""

from __future__ import annotations

from msgspec import Struct

from holdfast.primitives.fixed_point import CEIL, Rounding, mul_div


class VaultTotals(Struct, frozen=True, gc=False):
    """What the shares of a vault stand for at one moment, in base units."""

    assets: int
    shares: int


def to_shares(assets: int, totals: VaultTotals, *, rounding: Rounding) -> int:
    """Shares that `assets` are worth.

    Formula:   assets · (total_shares + 1) / (total_assets + 1)
    Units:     base units of the vault's asset -> base units of its share.
    Rounding:  as named: floor when shares are handed out, ceil when they are burned.
    Source:    ERC-4626 convertToShares.
    """
    return mul_div(assets, totals.shares + 1, totals.assets + 1, rounding=rounding)


def to_assets(shares: int, totals: VaultTotals, *, rounding: Rounding) -> int:
    """Assets that `shares` are worth.

    Formula:   shares · (total_assets + 1) / (total_shares + 1)
    Units:     base units of the share -> base units of the vault's asset.
    Rounding:  as named: floor when assets are paid, ceil when they are asked for.
    Source:    ERC-4626 convertToAssets.
    """
    return mul_div(shares, totals.assets + 1, totals.shares + 1, rounding=rounding)


def locked_profit(amount: int, start: int, end: int, now: int) -> int:
    """What is still locked at `now` of `amount` base units that unlock linearly from `start` to `end`.

    Formula:   ceil(amount · (end − now) / (end − start)) for start <= now < end, then 0
    Rounding:  ceil; profit reaches the holders late rather than early.
    Source:    decision I9.
    """
    return mul_div(amount, end - now, end - start, rounding=CEIL) if now < end else 0
