"""Tokens of SEP-41's shape, with allowances, freezing, clawback and a transfer tax (rules 1), and the faucet (4.6)."""

from __future__ import annotations

from msgspec import UNSET

from holdfast.errors import (
    AllowanceExpired,
    DecimalsTooLarge,
    NotAuthorized,
    TaxRateTooHigh,
)
from holdfast.ledger.posting import Posting, burn, mint, nonzero
from holdfast.primitives.asset import MAX_DECIMALS
from holdfast.primitives.clock import parse_instant
from holdfast.primitives.fixed_point import FLOOR, bps_of
from holdfast.protocol import commands, tax
from holdfast.protocol.checks import (
    given_or,
    require_admin,
    require_amount,
    require_asset,
    require_balance,
    require_free_code,
    require_issued_by_people,
    require_thawed,
    spend_allowance,
)
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Allowance, Asset, Freeze
from holdfast.protocol.state import State


def create(state: State, c: commands.AssetCreate, now: int) -> Outcome:
    """Create an asset whose admin is the creator.

    Checks:    decimals_too_large -> asset_exists -> tax_rate_too_high
    Postings:  none.
    Source:    SEP-41; protocols 1.
    """
    if c.decimals > MAX_DECIMALS:
        raise DecimalsTooLarge(f"decimals is {c.decimals}; at most {MAX_DECIMALS} are possible.", field="decimals")
    require_free_code(state, c.asset)
    rate = 0 if c.transfer_tax_bps is UNSET else c.transfer_tax_bps
    highest = state.parameters.asset_limits.maximum_transfer_tax_bps
    if rate > highest:
        raise TaxRateTooHigh(f"transfer_tax_bps is {rate}; at most {highest} are allowed.", field="transfer_tax_bps")
    asset = Asset(
        c.asset,
        c.decimals,
        "i128" if c.range is UNSET else c.range,
        given_or(c.name, c.asset),
        given_or(c.symbol, c.asset),
        c.actor,
        rate,
    )
    return Outcome(
        records=(asset,),
        events=({"type": "asset.created", "asset": c.asset, "decimals": c.decimals, "admin": c.actor},),
        result={"asset": c.asset},
    )


def issue(state: State, c: commands.AssetMint, now: int) -> Outcome:
    """Mint to a holder.

    Checks:    unknown_asset -> not_authorized (not the admin) -> zero_amount -> account_frozen -> amount_overflow
    Postings:  @issuance -> to
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_admin(asset, c.actor)
    require_amount(amount)
    require_thawed(state, asset.id, c.to)
    return _minted(asset, c.to, amount)


def drip(state: State, c: commands.FaucetDrip, now: int) -> Outcome:
    """Mint test units to the actor, on a demo desk.

    Checks:    not_authorized (no demo desk) -> unknown_asset -> not_authorized (issued by a protocol)
               -> zero_amount -> account_frozen -> amount_overflow
    Postings:  @issuance -> actor
    """
    if not state.demo:
        raise NotAuthorized("The faucet works on demo desks only (desk.demo = true).")
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_issued_by_people(asset)
    require_amount(amount)
    require_thawed(state, asset.id, c.actor)
    return _minted(asset, c.actor, amount)


def destroy(state: State, c: commands.AssetBurn, now: int) -> Outcome:
    """Burn one's own units.

    Checks:    unknown_asset -> not_authorized (issued by a protocol) -> zero_amount -> account_frozen
               -> insufficient_balance
    Postings:  actor -> @issuance
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_issued_by_people(asset)
    require_amount(amount)
    require_thawed(state, asset.id, c.actor)
    require_balance(state, asset, c.actor, amount)
    return _burned(asset, c.actor, amount, "asset.burned")


def destroy_from(state: State, c: commands.AssetBurnFrom, now: int) -> Outcome:
    """Burn another's units within his allowance.

    Checks:    unknown_asset -> not_authorized (issued by a protocol) -> zero_amount -> account_frozen
               -> insufficient_allowance -> insufficient_balance
    Postings:  from -> @issuance
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_issued_by_people(asset)
    require_amount(amount)
    require_thawed(state, asset.id, c.from_)
    allowance = spend_allowance(state, asset, c.from_, c.actor, amount, now)
    require_balance(state, asset, c.from_, amount)
    return _burned(asset, c.from_, amount, "asset.burned", allowance)


def clawback(state: State, c: commands.AssetClawback, now: int) -> Outcome:
    """Burn a holder's units, frozen or not.

    Checks:    unknown_asset -> not_authorized (not the admin) -> zero_amount -> insufficient_balance
    Postings:  from -> @issuance
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_admin(asset, c.actor)
    require_amount(amount)
    require_balance(state, asset, c.from_, amount)
    return _burned(asset, c.from_, amount, "asset.clawed_back")


def transfer(state: State, c: commands.AssetTransfer, now: int) -> Outcome:
    """Send one's own units.

    Checks:    unknown_asset -> zero_amount -> account_frozen -> insufficient_balance
    Postings:  actor -> to (amount − tax); the tax as in `tax.collect`
    Formula:   tax = floor(amount · transfer_tax_bps / 10,000), taken out of the amount
    Source:    SEP-41; decision V5.
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_amount(amount)
    require_thawed(state, asset.id, c.actor, c.to)
    require_balance(state, asset, c.actor, amount)
    return _transferred(state, asset, c.actor, c.to, amount)


def transfer_from(state: State, c: commands.AssetTransferFrom, now: int) -> Outcome:
    """Send another's units within his allowance, which is charged the whole amount.

    Checks:    unknown_asset -> zero_amount -> account_frozen -> insufficient_allowance -> insufficient_balance
    Postings:  as `transfer`
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_amount(amount)
    require_thawed(state, asset.id, c.from_, c.to)
    allowance = spend_allowance(state, asset, c.from_, c.actor, amount, now)
    require_balance(state, asset, c.from_, amount)
    return _transferred(state, asset, c.from_, c.to, amount, allowance)


def approve(state: State, c: commands.AssetApprove, now: int) -> Outcome:
    """Replace what a spender may move; 0 clears it.

    Checks:    unknown_asset -> allowance_expired (an amount above 0 without a future `expires_at`)
    Postings:  none.
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    expires_at = 0 if c.expires_at is UNSET else parse_instant(c.expires_at)
    if amount and expires_at <= now:
        raise AllowanceExpired("expires_at must lie in the future for an allowance above 0.", field="expires_at")
    allowance = Allowance(f"{asset.id}/{c.actor}/{c.spender}", amount, expires_at if amount else 0)
    event = {
        "type": "asset.approved",
        "asset": asset.id,
        "owner": c.actor,
        "spender": c.spender,
        "amount": asset.text(amount),
    }
    return Outcome(records=(allowance,), events=(event,), result={"amount": asset.text(amount)})


def set_admin(state: State, c: commands.AssetSetAdmin, now: int) -> Outcome:
    """Hand an asset's administration over.

    Checks:    unknown_asset -> not_authorized (not the admin)
    Postings:  none.
    """
    asset = require_asset(state, c.asset)
    require_admin(asset, c.actor)
    after = Asset(asset.id, asset.decimals, asset.range, asset.name, asset.symbol, c.admin, asset.transfer_tax_bps)
    return Outcome(
        records=(after,),
        events=({"type": "asset.admin_changed", "asset": asset.id, "from": asset.admin, "admin": c.admin},),
        result={"asset": asset.id, "admin": c.admin},
    )


def set_authorized(state: State, c: commands.AssetSetAuthorized, now: int) -> Outcome:
    """Freeze or thaw an account for an asset.

    Checks:    unknown_asset -> not_authorized (not the admin)
    Postings:  none.
    """
    asset = require_asset(state, c.asset)
    require_admin(asset, c.actor)
    kind = "asset.account_thawed" if c.authorized else "asset.account_frozen"
    return Outcome(
        records=(Freeze(f"{asset.id}/{c.account}", not c.authorized),),
        events=({"type": kind, "asset": asset.id, "account": c.account},),
        result={"asset": asset.id, "account": c.account, "authorized": c.authorized},
    )


def _minted(asset: Asset, to: str, amount: int) -> Outcome:
    text = asset.text(amount)
    return Outcome(
        postings=(mint(asset.id, to, amount),),
        events=({"type": "asset.minted", "asset": asset.id, "to": to, "amount": text},),
        result={"amount": text},
    )


def _burned(asset: Asset, source: str, amount: int, kind: str, allowance: tuple[Allowance, ...] = ()) -> Outcome:
    text = asset.text(amount)
    return Outcome(
        postings=(burn(asset.id, source, amount),),
        records=allowance,
        events=({"type": kind, "asset": asset.id, "from": source, "amount": text},),
        result={"amount": text},
    )


def _transferred(
    state: State, asset: Asset, source: str, to: str, amount: int, allowance: tuple[Allowance, ...] = ()
) -> Outcome:
    due = bps_of(amount, asset.transfer_tax_bps, rounding=FLOOR)
    taxed = tax.collect(state, asset, source, due)
    event = {
        "type": "asset.transferred",
        "asset": asset.id,
        "from": source,
        "to": to,
        "amount": asset.text(amount),
        "tax": taxed.text,
    }
    return Outcome(
        postings=(*nonzero(Posting(asset.id, source, to, amount - due)), *taxed.postings),
        records=(*allowance, *taxed.records),
        events=(event, *taxed.events),
        result={"amount": asset.text(amount - due), "tax": taxed.text},
    )
