"""Checks in order: the liquid vault and its exit queue (rules 2)."""

from __future__ import annotations

from precedence import UNKNOWN_ASSET, UNKNOWN_VAULT, Break, Case, Change, both, do, drained, frozen, never, unknown

from holdfast.primitives.clock import format_instant
from support import DAY, START, Desk

_LIMIT = "1" + "0" * 27
_BEYOND = "2" + "0" * 27
_CREATE = do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0, deposit_limit=_LIMIT)
_PAUSED = Break("paused", state=do("vault.pause", "operator", vault="FLUX"))


def _given(account: str, amount: str) -> Change:
    return do("asset.mint", "operator", asset="FLUX", to=account, amount=amount)


def _in(account: str, amount: str) -> Change:
    return both(_given(account, amount), do("vault.deposit", account, vault="FLUX", assets=amount))


def _loss(amount: str) -> Change:
    return do("vault.report_loss", "operator", vault="FLUX", assets=amount)


def _reward(amount: str) -> Change:
    return both(_given("operator", amount), do("vault.add_rewards", "operator", vault="FLUX", assets=amount))


def _approved(amount: str) -> Change:
    until = format_instant(START + DAY)
    return do("asset.approve", "alice", asset="vFLUX", spender="bob", amount=amount, expires_at=until)


def _shares_gone(desk: Desk) -> None:
    desk.send("asset.transfer", "alice", asset="vFLUX", to="elsewhere", amount=desk.balance("vFLUX", "alice"))


def _all_shares_issued(desk: Desk) -> None:
    """One base unit stands behind 100 shares; at that rate all shares are bought that the range allows."""
    _loss("99.99999999")(desk)
    share = desk.state.assets["vFLUX"]
    rest = share.text(share.maximum - desk.state.book.supply("vFLUX"))
    both(_given("whale", "1" + "0" * 22), do("vault.mint", "whale", vault="FLUX", shares=rest))(desk)


_OVERFULL = Break("amount_overflow", state=_all_shares_issued, excludes=("exceeds_deposit_limit", "slippage"))
_FOR_ALICE = both(_CREATE, _in("alice", "100"), _in("carol", "100"), _approved("50"))
_NO_ALLOWANCE = Break("insufficient_allowance", state=_approved("0"))
_NO_SHARES = Break("insufficient_balance", state=_shares_gone)
_QUEUED = do("vault.request_redeem", "carol", vault="FLUX", shares="100")


def _portfolio(desk: Desk) -> None:
    both(_CREATE, _in("alice", "100"))(desk)
    desk.ok("vault.create", "operator", asset="vFLUX")
    desk.ok("vault.deposit", "alice", vault="vFLUX", assets="50")


def _share_code_taken(desk: Desk) -> None:
    if "vV" not in desk.state.assets:
        desk.send("asset.create", "operator", asset="vV", decimals=2)


_REQUESTED = both(_CREATE, _in("alice", "100"), do("vault.request_redeem", "alice", vault="FLUX", shares="5"))
_SETTLED = do("vault.settle", "keeper", vault="FLUX")
_NO_REQUEST = (unknown("unknown_request", request="exit-9"), unknown("unknown_request", vault="OTHER"))

CASES = [
    Case(
        "vault.create",
        "operator",
        {"asset": "FLUX", "vault": "V", "deposit_limit": "100", "performance_fee_bps": 2_000},
        exists=(UNKNOWN_ASSET,),
        amounts=("deposit_limit",),
        checks=(
            Break("vault_exists", state=do("vault.create", "operator", asset="RENDER", vault="V")),
            Break("asset_exists", state=_share_code_taken),
            Break("taxed_asset", {"asset": "VG"}),
            Break("fee_too_high", {"performance_fee_bps": 2_001}),
        ),
    ),
    Case("vault.pause", "operator", {"vault": "FLUX"}, _CREATE, exists=(UNKNOWN_VAULT,)),
    Case("vault.unpause", "operator", {"vault": "FLUX"}, _CREATE, exists=(UNKNOWN_VAULT,)),
    Case(
        "vault.deposit",
        "alice",
        {"vault": "FLUX", "assets": "5", "min_shares": "5", "receiver": "bob"},
        both(_CREATE, _in("carol", "100"), _given("alice", "10")),
        exists=(UNKNOWN_VAULT,),
        amounts=("assets", "min_shares"),
        checks=(
            Break("zero_amount", {"assets": "0"}),
            _PAUSED,
            Break("insolvent", state=_loss("100")),
            Break("exceeds_deposit_limit", {"assets": _BEYOND}),
            drained("FLUX", "alice"),
            Break("zero_shares", {"assets": "0.00000001"}, _reward("100"), excludes=("insolvent",)),
            Break("slippage", {"min_shares": "5.00000001"}),
            frozen("FLUX", "alice"),
            _OVERFULL,
        ),
    ),
    Case(
        "vault.mint",
        "alice",
        {"vault": "FLUX", "shares": "5", "max_assets": "5", "receiver": "bob"},
        both(_CREATE, _in("carol", "100"), _given("alice", "10")),
        exists=(UNKNOWN_VAULT,),
        amounts=("shares", "max_assets"),
        checks=(
            Break("zero_amount", {"shares": "0"}),
            _PAUSED,
            Break("insolvent", state=_loss("100")),
            Break("exceeds_deposit_limit", {"shares": _BEYOND}),
            drained("FLUX", "alice"),
            never("zero_assets"),
            Break("slippage", {"max_assets": "4.99999999"}),
            frozen("FLUX", "alice"),
            _OVERFULL,
        ),
    ),
    Case(
        "vault.withdraw",
        "bob",
        {"vault": "FLUX", "assets": "5", "owner": "alice", "receiver": "carol", "max_shares": "50"},
        _FOR_ALICE,
        exists=(UNKNOWN_VAULT,),
        amounts=("assets", "max_shares"),
        checks=(
            Break("zero_amount", {"assets": "0"}),
            _NO_ALLOWANCE,
            _NO_SHARES,
            never("zero_shares"),
            Break("slippage", {"max_shares": "4.99999999"}),
            Break("insufficient_liquidity", state=both(_QUEUED, _loss("96"))),
            frozen("FLUX", "carol"),
        ),
    ),
    Case(
        "vault.redeem",
        "bob",
        {"vault": "FLUX", "shares": "5", "owner": "alice", "receiver": "carol", "min_assets": "1"},
        _FOR_ALICE,
        exists=(UNKNOWN_VAULT,),
        amounts=("shares", "min_assets"),
        checks=(
            Break("zero_amount", {"shares": "0"}),
            _NO_ALLOWANCE,
            _NO_SHARES,
            Break("zero_assets", state=_loss("200")),
            Break("slippage", {"min_assets": "5.00000001"}),
            Break("insufficient_liquidity", state=both(_QUEUED, _loss("98"))),
            frozen("FLUX", "carol"),
        ),
    ),
    Case(
        "vault.add_rewards",
        "operator",
        {"vault": "FLUX", "assets": "5"},
        both(_CREATE, _in("alice", "100"), _given("operator", "10")),
        exists=(UNKNOWN_VAULT,),
        amounts=("assets",),
        checks=(
            Break("zero_amount", {"assets": "0"}),
            Break("no_shares", state=do("vault.redeem", "alice", vault="FLUX", shares="100")),
            drained("FLUX", "operator"),
            frozen("FLUX", "operator"),
        ),
    ),
    Case(
        "vault.report_loss",
        "operator",
        {"vault": "FLUX", "assets": "5"},
        _portfolio,
        exists=(UNKNOWN_VAULT,),
        amounts=("assets",),
        checks=(
            Break("not_authorized", {"vault": "vFLUX"}),
            Break("zero_amount", {"assets": "0"}),
            Break("insufficient_liquidity", state=_loss("96")),
        ),
    ),
    Case(
        "vault.request_redeem",
        "bob",
        {"vault": "FLUX", "shares": "5", "owner": "alice", "receiver": "carol"},
        _FOR_ALICE,
        exists=(UNKNOWN_VAULT,),
        amounts=("shares",),
        checks=(
            Break("zero_amount", {"shares": "0"}),
            _NO_ALLOWANCE,
            _NO_SHARES,
            Break("zero_assets", state=_loss("200")),
        ),
    ),
    Case(
        "vault.settle",
        "keeper",
        {"vault": "FLUX", "limit": 1},
        _REQUESTED,
        exists=(UNKNOWN_VAULT,),
        arguments=(),
    ),
    Case(
        "vault.claim",
        "alice",
        {"request": "exit-1", "vault": "FLUX"},
        both(_REQUESTED, _SETTLED),
        exists=_NO_REQUEST,
        checks=(
            Break("not_authorized", {"actor": "bob"}),
            Break("request_not_claimable", state=do("vault.claim", "alice", request="exit-1")),
            frozen("FLUX", "alice"),
        ),
    ),
    Case(
        "vault.cancel_redeem",
        "alice",
        {"request": "exit-1", "vault": "FLUX"},
        _REQUESTED,
        exists=_NO_REQUEST,
        checks=(Break("not_authorized", {"actor": "bob"}), Break("request_not_pending", state=_SETTLED)),
    ),
]
