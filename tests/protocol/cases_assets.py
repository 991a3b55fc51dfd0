"""Checks in order: roles, assets, faucet (rules 0, 1, 4.6)."""

from __future__ import annotations

from precedence import UNKNOWN_ASSET, Break, Case, Change, both, do, drained, frozen, full, new_admin

from holdfast.primitives.clock import format_instant
from support import DAY, START, Desk

_LATER = format_instant(START + DAY)
_ZERO = Break("zero_amount", {"amount": "0"})
_BY_PROTOCOL = Break("not_authorized", {"asset": "mCSPR"})


def _held(*accounts: str) -> Change:
    return both(*(do("asset.mint", "operator", asset="FLUX", to=account, amount="10") for account in accounts))


def _approved(amount: str) -> Change:
    return do("asset.approve", "alice", asset="FLUX", spender="bob", amount=amount, expires_at=_LATER)


_NO_ALLOWANCE = Break("insufficient_allowance", state=_approved("0"))


def _no_demo(desk: Desk) -> None:
    desk.state.demo = False


def _taken(desk: Desk) -> None:
    desk.ok("asset.create", "operator", asset="NEW", decimals=2)


CASES = [
    Case("role.grant", "operator", {"role": "keeper", "account": "alice"}),
    Case(
        "role.revoke",
        "operator",
        {"role": "operator", "account": "operator"},
        do("role.grant", "operator", role="operator", account="root"),
        checks=(Break("last_operator", state=do("role.revoke", "operator", role="operator", account="root")),),
    ),
    Case(
        "asset.create",
        "operator",
        {"asset": "NEW", "decimals": 8, "transfer_tax_bps": 2_000},
        checks=(
            Break("decimals_too_large", {"decimals": 19}),
            Break("asset_exists", state=_taken),
            Break("tax_rate_too_high", {"transfer_tax_bps": 2_001}),
        ),
    ),
    Case(
        "asset.mint",
        "operator",
        {"asset": "FLUX", "to": "alice", "amount": "5"},
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(new_admin("FLUX"), _ZERO, frozen("FLUX", "alice"), full("FLUX")),
    ),
    Case(
        "asset.burn",
        "alice",
        {"asset": "FLUX", "amount": "5"},
        _held("alice"),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(_BY_PROTOCOL, _ZERO, frozen("FLUX", "alice"), drained("FLUX", "alice")),
    ),
    Case(
        "asset.burn_from",
        "bob",
        {"asset": "FLUX", "from": "alice", "amount": "5"},
        both(_held("alice"), _approved("5")),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(_BY_PROTOCOL, _ZERO, frozen("FLUX", "alice"), _NO_ALLOWANCE, drained("FLUX", "alice")),
    ),
    Case(
        "asset.clawback",
        "operator",
        {"asset": "FLUX", "from": "alice", "amount": "5"},
        _held("alice"),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(new_admin("FLUX"), _ZERO, drained("FLUX", "alice")),
    ),
    Case(
        "asset.transfer",
        "alice",
        {"asset": "FLUX", "to": "bob", "amount": "5"},
        _held("alice"),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(_ZERO, frozen("FLUX", "alice"), frozen("FLUX", "bob"), drained("FLUX", "alice")),
    ),
    Case(
        "asset.transfer_from",
        "bob",
        {"asset": "FLUX", "from": "alice", "to": "carol", "amount": "5"},
        both(_held("alice"), _approved("5")),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(
            _ZERO,
            frozen("FLUX", "alice"),
            frozen("FLUX", "carol"),
            _NO_ALLOWANCE,
            drained("FLUX", "alice"),
        ),
    ),
    Case(
        "asset.approve",
        "alice",
        {"asset": "FLUX", "spender": "bob", "amount": "5", "expires_at": _LATER},
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(Break("allowance_expired", {"expires_at": format_instant(START)}),),
    ),
    Case(
        "asset.set_admin",
        "operator",
        {"asset": "FLUX", "admin": "alice"},
        exists=(UNKNOWN_ASSET,),
        checks=(new_admin("FLUX"),),
    ),
    Case(
        "asset.set_authorized",
        "operator",
        {"asset": "FLUX", "account": "alice", "authorized": False},
        exists=(UNKNOWN_ASSET,),
        checks=(new_admin("FLUX"),),
    ),
    Case(
        "faucet.drip",
        "alice",
        {"asset": "FLUX", "amount": "5"},
        exists=(Break("not_authorized", state=_no_demo), UNKNOWN_ASSET),
        amounts=("amount",),
        checks=(_BY_PROTOCOL, _ZERO, frozen("FLUX", "alice"), full("FLUX")),
        demo=True,
    ),
]
