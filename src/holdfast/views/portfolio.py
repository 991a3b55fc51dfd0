"""Everything of one account in one answer: what it holds, what is locked for it, and what it can claim now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol import liquid_vault
from holdfast.protocol.shares import to_assets
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool
from holdfast.views import items
from holdfast.views import state as views
from holdfast.views.listing import Listing

View = dict[str, Any]

MOST = 1_000
"""Things of one kind that are shown, the newest; the lists have all of them."""


def portfolio(state: State, listing: Listing, account: str) -> View:
    """What is open of an account: finished stakes, closed exits and used boosters are left out.

    Units:     text in whole tokens.
    Rounding:  a vault's shares are worth floor(shares · (total_assets + 1) / (total_shares + 1)), all of them all.
    """
    cut: list[str] = []

    def some(table: str, item: Callable[[State, Any], View], wanted: Callable[[Any], bool]) -> list[View]:
        records = getattr(state, table)
        newest = (name for name in listing.tables[table].newest(account) if wanted(records[name]))
        kept = list(islice(newest, MOST + 1))
        if len(kept) > MOST:
            cut.append(table)
        return [{"id": name, **item(state, records[name])} for name in reversed(kept[:MOST])]

    position = state.positions.get(account)
    found: View = {
        **items.account(state, account, listing.tables["allowances"].of(account)),
        "vaults": _vaults(state, account),
        "stakes": some("stakes", views.stake, lambda one: not one.unstaked),
        "booster_stakes": some("booster_stakes", views.booster_stake, lambda one: not one.unstaked),
        "boosters": some("boosters", items.booster, lambda one: one.status == "active"),
        "fee_keys": some("fee_keys", views.fee_key, lambda _: True),
        "position": None if position is None else {"id": account, **views.position(state, position)},
        "exits": some("exits", views.exit_request, lambda one: one.status in ("pending", "claimable")),
        "resources": some("resources", items.Resources(), lambda _: True),
    }
    found["claimable"] = list(_claimable(state, found))
    found["cut"] = cut
    return found


def _vaults(state: State, account: str) -> list[View]:
    """Shares held, and what redeeming them would pay if the vault has enough idle."""
    found = []
    for vault in state.vaults.values():
        shares = state.book.balance(vault.share, account)
        if shares:
            totals = liquid_vault.totals(state, vault, state.now)
            worth = totals.assets if shares == totals.shares else to_assets(shares, totals, rounding=FLOOR)
            found.append(
                {
                    "id": vault.id,
                    "asset": vault.asset,
                    "share": vault.share,
                    "shares": state.assets[vault.share].text(shares),
                    "assets": state.assets[vault.asset].text(worth),
                }
            )
    return found


def _claimable(state: State, found: View) -> Iterable[View]:
    """What a command of the account's brings now, with that command."""
    term, booster = state.parameters.term.asset, state.parameters.booster.asset
    for one in found["stakes"]:
        if one["status"] == "matured":
            yield _claim("stake", one, term, one["withdraw_amount"], "term.unstake", stake=one["id"])
    for one in found["booster_stakes"]:
        if one["status"] == "matured":
            yield _claim("booster_stake", one, booster, one["amount"], "booster.unstake", stake=one["id"])
    for one in found["exits"]:
        if one["status"] == "claimable":
            asset = state.vaults[one["vault"]].asset
            yield _claim("exit", one, asset, one["assets"], "vault.claim", vault=one["vault"], request=one["id"])
    for one in found["fee_keys"]:
        if one["claimable"] != "0":
            yield _claim("fee_key", one, fee_pool(state).id, one["claimable"], "fee_key.claim", key=one["id"])
    position = found["position"]
    if position is not None and position["can_finalize"]:
        asset, command = state.parameters.leverage.asset, "leverage.finalize_close_position"
        yield _claim("position", position, asset, position["value"], command)


def _claim(kind: str, one: View, asset: str, amount: str, command: str, **fields: str) -> View:
    return {"kind": kind, "id": one["id"], "asset": asset, "amount": amount, "command": {"type": command, **fields}}
