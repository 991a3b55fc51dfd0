"""The whole desk as one object: the shape of `holdfast state --json` and of the conformance vectors."""

from __future__ import annotations

from typing import Any

from holdfast.ledger import chart
from holdfast.primitives.clock import format_instant
from holdfast.protocol import liquid_vault, reward_index
from holdfast.protocol.interest import debt_with_interest, owed
from holdfast.protocol.leverage import health_factor_bps, ltv_bps, value
from holdfast.protocol.records import Allowance, Asset, BoosterStake, Exit, FeeKey, Position, Stake, Validator, Vault
from holdfast.protocol.reserve import reserve
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool
from holdfast.views import contributions, restaking

View = dict[str, Any]


def whole(state: State) -> View:
    """All views at once. Amounts are text in whole tokens, instants text, everything else whole numbers."""
    return {
        "seq": state.seq,
        "at": format_instant(state.now),
        "era": state.era,
        "balances": balances(state),
        "supply": supply(state),
        "assets": {code: asset(record) for code, record in state.assets.items()},
        "roles": {role.id: list(role.accounts) for role in state.roles.values()},
        "vaults": {name: vault(state, record) for name, record in state.vaults.items()},
        "exits": {name: exit_request(state, record) for name, record in state.exits.items()},
        "stakes": {name: stake(state, record) for name, record in state.stakes.items()},
        "boosters": {b.id: {"owner": b.owner, "status": b.status, "stake": b.stake} for b in state.boosters.values()},
        "booster_stakes": {name: booster_stake(state, record) for name, record in state.booster_stakes.items()},
        "fee_keys": {name: fee_key(state, record) for name, record in state.fee_keys.items()},
        "positions": {name: position(state, record) for name, record in state.positions.items()},
        "reserve": reserve_view(state),
        "validators": {name: validator(state, record) for name, record in state.validators.items()},
        "strategies": {name: restaking.strategy(state, record) for name, record in state.strategies.items()},
        "unwinds": {name: restaking.unwind(state, record) for name, record in state.unwinds.items()},
        "plans": restaking.plans(state),
        "term_pool": term_pool(state),
        "networks": contributions.networks(state),
        "resources": contributions.resources(state),
        "allowances": [allowance(state, record) for record in state.allowances.values() if live(state, record)],
        "frozen": sorted(state.indexes.frozen),
    }


def balances(state: State) -> dict[str, dict[str, str]]:
    """Balances by account and asset, zero balances left out; accounts and assets in order."""
    found: dict[str, dict[str, str]] = {}
    for code, accounts in sorted(state.book.balances.items()):
        text = state.assets[code].text
        for account, units in accounts.items():
            found.setdefault(account, {})[code] = text(units)
    return dict(sorted(found.items()))


def supply(state: State) -> dict[str, str]:
    """What exists of each asset, assets without any left out."""
    return {code: state.assets[code].text(units) for code, units in sorted(state.book.issued.items()) if units}


def asset(record: Asset) -> View:
    """A token's facts (SEP-41: decimals, name, symbol, admin)."""
    return {
        "decimals": record.decimals,
        "range": record.range,
        "name": record.name,
        "symbol": record.symbol,
        "admin": record.admin,
        "transfer_tax_bps": record.transfer_tax_bps,
    }


def live(state: State, record: Allowance) -> bool:
    """Whether an allowance still lets its spender move something."""
    return record.amount > 0 and state.now < record.expires_at


def allowance(state: State, record: Allowance) -> View:
    """What a spender may move of an owner's units, and until when (SEP-41)."""
    code, owner, spender = record.id.split("/")
    return {
        "asset": code,
        "owner": owner,
        "spender": spender,
        "amount": state.assets[code].text(record.amount),
        "expires_at": format_instant(record.expires_at),
    }


def vault(state: State, record: Vault) -> View:
    """A vault at the desk's present second."""
    text = state.assets[record.asset].text
    totals = liquid_vault.totals(state, record, state.now)
    return {
        "asset": record.asset,
        "share": record.share,
        "total_assets": text(totals.assets),
        "total_shares": text(totals.shares),
        "idle": text(state.idle(record)),
        "deployed": text(state.deployed(record)),
        "owed_to_treasury": text(record.owed),
        "locked_profit": text(liquid_vault.locked(record, state.now)),
        "pending_exits": text(state.indexes.quoted.get(record.id, 0)),
        "deposit_limit": None if record.deposit_limit is None else text(record.deposit_limit),
        "profit_unlock_seconds": record.profit_unlock_seconds,
        "performance_fee_bps": record.performance_fee_bps,
        "paused": record.paused,
    }


def exit_request(state: State, record: Exit) -> View:
    """A request in an exit queue."""
    return {
        "vault": record.vault,
        "owner": record.owner,
        "receiver": record.receiver,
        "shares": state.assets[record.share].text(record.shares),
        "assets": state.assets[record.asset].text(record.assets),
        "status": record.status,
    }


def lock_status(state: State, unlocks_at: int, *, unstaked: bool) -> str:
    """`locked`, `matured` (from `unlocks_at` on) or `unstaked`."""
    if unstaked:
        return "unstaked"
    return "matured" if state.now >= unlocks_at else "locked"


def stake(state: State, record: Stake) -> View:
    """A term stake with its status and the seconds until it unlocks."""
    text = state.assets[state.parameters.term.asset].text
    return {
        "owner": record.owner,
        "amount": text(record.amount),
        "staked_at": format_instant(record.staked_at),
        "unlocks_at": format_instant(record.unlocks_at),
        "period_days": record.period_days,
        "status": lock_status(state, record.unlocks_at, unstaked=record.unstaked),
        "seconds_left": 0 if record.unstaked else max(record.unlocks_at - state.now, 0),
        "booster": record.booster,
        "auto_reinvest": record.auto_reinvest,
        "reinvest_amount": text(record.reinvest_amount),
        "withdraw_amount": text(record.withdraw_amount),
    }


def booster_stake(state: State, record: BoosterStake) -> View:
    """What was locked for a booster."""
    return {
        "owner": record.owner,
        "amount": state.assets[state.parameters.booster.asset].text(record.amount),
        "unlocks_at": format_instant(record.unlocks_at),
        "status": lock_status(state, record.unlocks_at, unstaked=record.unstaked),
        "booster": record.booster,
    }


def fee_key(state: State, record: FeeKey) -> View:
    """A fee key and what it can claim now."""
    pool = fee_pool(state)
    text = state.assets[pool.id].text
    return {
        "owner": record.owner,
        "tier": record.tier,
        "locked_lp": record.locked_lp,
        "weight": str(record.weight),
        "claimable": text(max(reward_index.claimable(pool, record), 0)),
        "paid": text(record.paid),
    }


def position(state: State, record: Position) -> View:
    """A leveraged position; a closed one is `empty` and has nothing but what its holder left owing."""
    p = state.parameters.leverage
    text = state.assets[p.asset].text
    worth, debt = value(state, record), debt_with_interest(state, record)
    claimable = record.claimable_era
    return {
        "status": record.status,
        "equity": text(record.equity),
        "debt": text(record.debt),
        "interest": text(owed(state, record)),
        "value": text(worth),
        "ltv_bps": ltv_bps(debt, worth),
        "health_factor_bps": health_factor_bps(debt, worth, p.liquidation_threshold_bps),
        "leverage": record.leverage,
        "validator": record.validator or None,
        "opened_era": record.opened_era,
        "claimable_era": claimable,
        "eras_left": None if claimable is None else max(claimable - state.era, 0),
        "can_finalize": claimable is not None and state.era >= claimable,
        "liquidated": record.liquidator is not None,
        "bad_debt": text(record.bad_debt),
        "unreturned_debt_token": text(record.unreturned),
    }


def reserve_view(state: State) -> View:
    """The reserve, and what closed positions left owing to it."""
    asset_ = state.assets.get(state.parameters.leverage.asset)
    if asset_ is None:
        return {}
    now = reserve(state)
    return {
        "liquid": asset_.text(now.liquid),
        "lent": asset_.text(now.lent),
        "capacity": asset_.text(now.capacity),
        "minimum": asset_.text(now.minimum),
        "available": asset_.text(now.available),
        "withdrawable": asset_.text(now.withdrawable),
        "bad_debt": asset_.text(sum(record.bad_debt for record in state.positions.values())),
    }


def validator(state: State, record: Validator) -> View:
    """A validator and the desk's pool there."""
    text = state.assets[state.parameters.leverage.asset].text
    return {
        "commission_bps": record.commission_bps,
        "active": record.active,
        "pool_assets": text(record.pool_assets),
        "pool_shares": text(record.pool_shares),
        "minimum_delegation": None if record.minimum_delegation is None else text(record.minimum_delegation),
        "maximum_delegation": None if record.maximum_delegation is None else text(record.maximum_delegation),
    }


def term_pool(state: State) -> View:
    """Term staking as a whole: counts over the open stakes, totals from the book."""
    p = state.parameters.term
    asset_ = state.assets.get(p.asset)
    if asset_ is None:
        return {}
    open_stakes = [record for record in state.stakes.values() if not record.unstaked]
    return {
        "total_staked": asset_.text(state.book.balance(asset_.id, chart.term(asset_.id))),
        "active_stakes": len(open_stakes),
        "stakers": len({record.owner for record in open_stakes}),
        "active_with_booster": sum(record.booster is not None for record in open_stakes),
        "active_auto_reinvest": sum(record.auto_reinvest for record in open_stakes),
    }
