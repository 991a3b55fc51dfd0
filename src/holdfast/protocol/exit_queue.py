"""The exit queue of a vault: request, settle first in first out, claim or cancel (rules 2)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from holdfast.errors import NotAuthorized, RequestNotClaimable, RequestNotPending, UnknownRequest
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn
from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol import commands, liquid_vault
from holdfast.protocol.checks import (
    given_or,
    require_amount,
    require_balance,
    require_thawed,
    require_vault,
    spend_allowance,
)
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Exit, Record
from holdfast.protocol.shares import VaultTotals, to_assets
from holdfast.protocol.state import State


def request_redeem(state: State, c: commands.VaultRequestRedeem, now: int) -> Outcome:
    """Put shares into escrow and quote them at the present rate.

    Checks:    unknown_vault -> zero_amount -> insufficient_allowance -> insufficient_balance -> zero_assets
    Postings:  owner -> @exits (shares)
    Formula:   quote = floor(shares · (total_assets + 1) / (supply + 1))
    Source:    ERC-7540 requestRedeem; decision I2.
    """
    vault = require_vault(state, c.vault)
    asset, share = state.assets[vault.asset], state.assets[vault.share]
    shares = share.units(c.shares)
    owner = given_or(c.owner, c.actor)
    require_amount(shares, "shares")
    allowance = () if owner == c.actor else spend_allowance(state, share, owner, c.actor, shares, now)
    require_balance(state, share, owner, shares)
    quote = to_assets(shares, liquid_vault.totals(state, vault, now), rounding=FLOOR)
    liquid_vault.require_assets(quote)
    request = Exit(
        f"exit-{len(state.exits) + 1}",
        vault.id, asset.id, share.id, owner, given_or(c.receiver, owner), shares, quote, "pending",
    )  # fmt: skip
    result = {"request": request.id, "shares": share.text(shares), "assets": asset.text(quote)}
    return Outcome(
        postings=(Posting(share.id, owner, chart.exits(vault.id), shares),),
        records=(request, *allowance),
        events=({"type": "vault.redeem_requested", "vault": vault.id, "owner": owner, **result},),
        result=result,
    )


def settle(state: State, c: commands.VaultSettle, now: int) -> Outcome:
    """Fill requests in their order, whole or not at all, up to the first that idle assets cannot fill.

    Checks:    unknown_vault
    Postings:  for each filled: @exits -> @issuance (shares), @vault -> @exits (assets); the last share sweeps
    Formula:   assets = min(quote, floor(shares · (total_assets + 1) / (supply + 1))) at that moment;
               a request that would get 0 is passed over
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    limit = None if isinstance(c.limit, UnsetType) else c.limit
    idle, totals = state.idle(vault), liquid_vault.totals(state, vault, now)
    filled: list[Exit] = []
    for request in map(state.exits.__getitem__, state.indexes.pending.get(vault.id, ())):
        if limit is not None and len(filled) == limit:
            break
        assets = min(request.assets, to_assets(request.shares, totals, rounding=FLOOR))
        if assets == 0:
            continue
        if assets > idle:
            break
        filled.append(_with_status(request, "claimable", assets))
        idle -= assets
        totals = VaultTotals(totals.assets - assets, totals.shares - request.shares)
    postings: list[Posting] = []
    events: list[Event] = []
    for request in filled:
        postings.append(burn(request.share, chart.exits(vault.id), request.shares))
        postings.append(Posting(asset.id, chart.vault(vault.id), chart.exits(vault.id), request.assets))
        text = asset.text(request.assets)
        events.append({"type": "vault.exit_filled", "vault": vault.id, "request": request.id, "assets": text})
    records: tuple[Record, ...] = tuple(filled)
    if filled and totals.shares == 0:
        swept, cleared, swept_events = liquid_vault.sweep(state, vault, idle)
        postings += swept
        records += cleared
        events += swept_events
    settled = sum(request.assets for request in filled)
    return Outcome(tuple(postings), records, tuple(events), {"filled": len(filled), "assets": asset.text(settled)})


def claim(state: State, c: commands.VaultClaim, now: int) -> Outcome:
    """Pay what was set aside for a request to its receiver.

    Checks:    unknown_request -> not_authorized (not the owner) -> request_not_claimable -> account_frozen
    Postings:  @exits -> receiver (assets)
    """
    request = _owned(state, c)
    if request.status != "claimable":
        raise RequestNotClaimable(f"{request.id} is {request.status}.", request=request.id, status=request.status)
    require_thawed(state, request.asset, request.receiver)
    text = state.assets[request.asset].text(request.assets)
    result = {"request": request.id, "assets": text}
    return Outcome(
        postings=(Posting(request.asset, chart.exits(request.vault), request.receiver, request.assets),),
        records=(_with_status(request, "claimed", request.assets),),
        events=({"type": "vault.exit_claimed", "vault": request.vault, "receiver": request.receiver, **result},),
        result=result,
    )


def cancel(state: State, c: commands.VaultCancelRedeem, now: int) -> Outcome:
    """Give a pending request's shares back to its owner.

    Checks:    unknown_request -> not_authorized (not the owner) -> request_not_pending
    Postings:  @exits -> owner (shares)
    """
    request = _owned(state, c)
    if request.status != "pending":
        raise RequestNotPending(f"{request.id} is {request.status}.", request=request.id, status=request.status)
    result = {"request": request.id, "shares": state.assets[request.share].text(request.shares)}
    return Outcome(
        postings=(Posting(request.share, chart.exits(request.vault), request.owner, request.shares),),
        records=(_with_status(request, "cancelled", 0),),
        events=({"type": "vault.exit_cancelled", "vault": request.vault, "owner": request.owner, **result},),
        result=result,
    )


def _owned(state: State, c: commands.VaultClaim | commands.VaultCancelRedeem) -> Exit:
    request = state.exits.get(c.request)
    if request is None or (c.vault is not UNSET and c.vault != request.vault):
        raise UnknownRequest(f"There is no exit request {c.request} here.", request=c.request)
    if request.owner != c.actor:
        raise NotAuthorized(f"{request.id} belongs to {request.owner}.", request=request.id)
    return request


def _with_status(request: Exit, status: str, assets: int) -> Exit:
    return Exit(
        request.id, request.vault, request.asset, request.share, request.owner, request.receiver,
        request.shares, assets, status,  # type: ignore[arg-type]
    )  # fmt: skip
