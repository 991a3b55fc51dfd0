"""Gains and losses of a liquid vault: the only ways in which its share price moves (rules 2)."""

from __future__ import annotations

from holdfast.errors import InsufficientLiquidity, NoShares
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn, nonzero
from holdfast.primitives.fixed_point import CEIL, FLOOR, bps_of, divide
from holdfast.protocol import commands
from holdfast.protocol.checks import require_amount, require_balance, require_issued_by_people, require_vault
from holdfast.protocol.liquid_vault import locked, with_lock
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Vault
from holdfast.protocol.state import State


def add_rewards(state: State, c: commands.VaultAddRewards, now: int) -> Outcome:
    """Pay rewards in; less the performance fee they join what is still locked.

    Checks:    unknown_vault -> zero_amount -> no_shares -> insufficient_balance -> account_frozen
    Postings:  actor -> @treasury (fee), actor -> @vault (rest)
    Formula:   fee = floor(assets · performance_fee_bps / 10,000); the lock as in `lock_more`
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    assets = asset.units(c.assets)
    require_amount(assets, "assets")
    if state.book.supply(vault.share) == 0:
        raise NoShares(f"Vault {vault.id} has no shares; rewards would belong to nobody.", vault=vault.id)
    require_balance(state, asset, c.actor, assets)
    fee = bps_of(assets, vault.performance_fee_bps, rounding=FLOOR)
    rest = assets - fee
    after = lock_more(vault, rest, now)
    result = {"assets": asset.text(rest), "fee": asset.text(fee)}
    return Outcome(
        postings=nonzero(
            Posting(asset.id, c.actor, chart.treasury(asset.id), fee),
            Posting(asset.id, c.actor, chart.vault(vault.id), rest),
        ),
        records=() if after == vault else (after,),
        events=({"type": "vault.rewarded", "vault": vault.id, **result},),
        result=result,
    )


def lock_more(vault: Vault, assets: int, now: int) -> Vault:
    """The vault after `assets` more of profit were locked.

    Formula:   amount' = locked(now) + assets, start' = now,
               period' = ceil((locked(now) · (end − now) + assets · profit_unlock_seconds) / amount')
    Units:     base units and seconds.
    Rounding:  ceil; profit reaches the holders late rather than early.
    """
    still = locked(vault, now)
    amount = still + assets
    weighted = still * max(vault.locked_until - now, 0) + assets * vault.profit_unlock_seconds
    period = divide(weighted, amount, rounding=CEIL) if amount else 0
    return with_lock(vault, amount, now, now + period) if period else with_lock(vault, 0, 0, 0)


def report_loss(state: State, c: commands.VaultReportLoss, now: int) -> Outcome:
    """Write assets off: first out of locked profit, whose curve keeps its end.

    Checks:    unknown_vault -> not_authorized (issued by a protocol) -> zero_amount
               -> insufficient_liquidity (beyond the idle assets)
    Postings:  @vault -> @issuance
    Formula:   locked' = locked(now) − min(locked(now), assets), start' = now
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    assets = asset.units(c.assets)
    require_issued_by_people(asset)
    require_amount(assets, "assets")
    idle = state.idle(vault)
    if idle < assets:
        raise InsufficientLiquidity(
            f"Vault {vault.id} has {asset.text(idle)} {asset.id} idle; a loss of {asset.text(assets)} is more.",
            vault=vault.id,
            available=asset.text(idle),
            needed=asset.text(assets),
        )
    still = locked(vault, now)
    left = still - min(still, assets)
    after = with_lock(vault, left, now, vault.locked_until) if left else with_lock(vault, 0, 0, 0)
    return Outcome(
        postings=(burn(asset.id, chart.vault(vault.id), assets),),
        records=() if after == vault else (after,),
        events=({"type": "vault.loss_reported", "vault": vault.id, "assets": asset.text(assets)},),
        result={"assets": asset.text(assets)},
    )
