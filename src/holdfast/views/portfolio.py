"""Everything of one account in one answer: what it holds, what is locked for it, and what it can claim now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec

from holdfast.engine import machine
from holdfast.errors import Refusal
from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol import commands, liquid_vault
from holdfast.protocol.arguments import Command
from holdfast.protocol.shares import to_assets
from holdfast.protocol.state import State
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
    """What a command of the account's would pay now, with that command; none that would be refused."""
    account = found["account"]
    claim = {"id": "claim", "actor": account}
    for one in found["stakes"]:
        if one["status"] == "matured":
            yield from _claim(state, "stake", one["id"], commands.TermUnstake(**claim, stake=one["id"]), account)
    for one in found["booster_stakes"]:
        if one["status"] == "matured":
            unstake = commands.BoosterUnstake(**claim, stake=one["id"])
            yield from _claim(state, "booster_stake", one["id"], unstake, account)
    for one in found["exits"]:
        if one["status"] == "claimable":
            command = commands.VaultClaim(**claim, vault=one["vault"], request=one["id"])
            yield from _claim(state, "exit", one["id"], command, one["receiver"])
    for one in found["fee_keys"]:
        if one["claimable"] != "0":
            yield from _claim(state, "fee_key", one["id"], commands.FeeKeyClaim(**claim, key=one["id"]), account)
    if found["position"] is not None and found["position"]["can_finalize"]:
        yield from _claim(state, "position", account, commands.LeverageFinalizeClosePosition(**claim), account)


def _claim(state: State, kind: str, name: str, command: Command, receiver: str) -> Iterable[View]:
    """The claim, or nothing where the rule refuses the command. `amount` is what its postings bring the receiver."""
    try:
        outcome = machine.decide(state, command, state.now)
    except Refusal:
        return
    fields = msgspec.to_builtins(command)
    told = {key: value for key, value in fields.items() if key not in ("id", "actor")}
    asset = state.assets[_paid_in(state, kind, name)]
    paid = sum(one.amount for one in outcome.postings if (one.asset, one.credit) == (asset.id, receiver))
    yield {"kind": kind, "id": name, "asset": asset.id, "amount": asset.text(paid), "command": told}


def _paid_in(state: State, kind: str, name: str) -> str:
    p = state.parameters
    if kind == "exit":
        return state.exits[name].asset
    return {"booster_stake": p.booster.asset, "position": p.leverage.asset}.get(kind, p.term.asset)
