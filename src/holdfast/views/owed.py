"""What a desk owes to each holder, asset by asset: what is in his account, and what the rules keep for him.

    balance         what his account holds
    term_stakes     open term stakes
    booster_stakes  what is locked for boosters
    exits           requests in an exit queue: shares while pending, assets set aside once claimable; of the request's
                    owner, who alone may claim or cancel it
    position        what a leveraged delegation would pay him if it were settled now, debt and interest repaid
    fee_keys        fees that his keys have earned
    rewards         rewards held back for his resources while he was frozen

The rest of an asset's supply belongs to nobody by name: the treasury, the reserve, fees not yet earned, and what backs
vault shares, which are an asset of their own and owed in that. It is one account here, `@desk`, so that for each asset
everything adds up to the supply.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from holdfast.errors import Corrupt
from holdfast.ledger.chart import is_protocol
from holdfast.protocol import reward_index
from holdfast.protocol.closing import settlement
from holdfast.protocol.leverage import value
from holdfast.protocol.records import Position
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool

DESK = "@desk"
"""The account of what belongs to no holder."""

PARTS = ("balance", "term_stakes", "booster_stakes", "exits", "position", "fee_keys", "rewards")

Parts = dict[str, int]
"""Base units by where they come from; nothing is left out but zeros."""

Owed = dict[str, dict[str, Parts]]
"""Asset -> account -> parts; `@desk` last. Assets without supply are left out."""


def owed(state: State) -> Owed:
    """What is owed to whom, at the desk's present second.

    Units:     base units.
    Rounding:  floor, as the rules pay; the dust is the desk's.
    Raises:    Corrupt where more is owed than there is.
    """
    found: Owed = {code: {} for code, supply in sorted(state.book.issued.items()) if supply}
    for asset, account, part, units in _claims(state):
        if units > 0:
            parts = found.setdefault(asset, {}).setdefault(account, {})
            parts[part] = parts.get(part, 0) + units
    for asset, accounts in found.items():
        rest = state.book.supply(asset) - sum(sum(parts.values()) for parts in accounts.values())
        if rest < 0:
            raise Corrupt(f"{-rest} base units of {asset} more are owed to holders than there are")
        accounts[DESK] = {"balance": rest}
    return found


def _claims(state: State) -> Iterator[tuple[str, str, str, int]]:
    """(asset, account, part, base units) of everything that is some holder's."""
    term, booster = state.parameters.term.asset, state.parameters.booster.asset
    for asset, balances in state.book.balances.items():
        for account, units in balances.items():
            if not is_protocol(account):
                yield asset, account, "balance", units
    for stake in state.stakes.values():
        if not stake.unstaked:
            yield term, stake.owner, "term_stakes", stake.amount
    for locked in state.booster_stakes.values():
        if not locked.unstaked:
            yield booster, locked.owner, "booster_stakes", locked.amount
    for request in state.exits.values():
        if request.status == "pending":
            yield request.share, request.owner, "exits", request.shares
        elif request.status == "claimable":
            yield request.asset, request.owner, "exits", request.assets
    for position in state.positions.values():
        if position.status != "empty":
            yield state.parameters.leverage.asset, position.id, "position", _payout(state, position)
    pool = fee_pool(state)
    for key in state.fee_keys.values():
        yield pool.id, key.owner, "fee_keys", reward_index.claimable(pool, key)
    for held in state.held_rewards.values():
        yield held.asset, state.resources[held.id].owner, "rewards", held.amount


def _payout(state: State, position: Position) -> int:
    """What settling a position now would leave its holder."""
    held = state.book.balance(state.parameters.leverage.debt_asset, position.id)
    return settlement(state, replace(position, proceeds=value(state, position)), held).rest
