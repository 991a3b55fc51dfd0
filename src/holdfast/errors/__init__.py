"""Everything that can go wrong, as one tree.

    HoldfastError              code, message, details
    ├─ Malformed               400  exit 2    not of the stated shape; nothing is stored
    ├─ NotAuthorized           403  exit 3    this actor may not do this
    ├─ NotFound                404  exit 4    unknown_asset, unknown_vault, …
    ├─ Conflict                409  exit 5    command_id_reused, desk_exists
    ├─ Rejected                422  exit 6    a rule says no: one class per reason
    ├─ Unauthenticated         401  exit 3    nobody is signed in
    ├─ Forbidden               403  exit 3    refused at the door: not granted, blocked by policy
    ├─ TooManyRequests         429  exit 75   wait, then try again
    ├─ Unavailable             503  exit 75   retry with the same id
    └─ Corrupt                 500  exit 70   broken invariant, chain or replay: writing stops

A class's docstring is the sentence that the reference prints: what happened and what to do about it.
Codes are stable; they are listed, with status and exit code, in `docs/reference/errors.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors.base import *


class NoDesk(NotFound, code="no_desk"):
    """There is no desk at this place. Check the path or URL, or make one with `holdfast init`."""


class UnknownAsset(NotFound, code="unknown_asset"):
    """There is no asset of this code."""


class UnknownVault(NotFound, code="unknown_vault"):
    """There is no vault of this name."""


class UnknownStake(NotFound, code="unknown_stake"):
    """There is no stake of this id."""


class UnknownBooster(NotFound, code="unknown_booster"):
    """There is no booster of this id."""


class UnknownKey(NotFound, code="unknown_key"):
    """There is no fee key of this id."""


class UnknownValidator(NotFound, code="unknown_validator"):
    """There is no validator of this name."""


class UnknownRequest(NotFound, code="unknown_request"):
    """There is no exit request of this id, or not in the vault named."""


class NoPosition(NotFound, code="no_position"):
    """This holder has no open position."""


class TimeReversed(Rejected, code="time_reversed"):
    """`at` lies before the desk's present time. Time never goes back; use the same second or a later one."""


class AmountOverflow(Rejected, code="amount_overflow"):
    """The amount, or a result, lies outside the asset's range (u64, i128 or u512)."""


class AccountFrozen(Rejected, code="account_frozen"):
    """The account is frozen for this asset. Its admin must lift the freeze first; what is due waits."""


class LastOperator(Rejected, code="last_operator"):
    """A desk needs an operator. Grant the role to another account first."""


class ZeroAmount(Rejected, code="zero_amount"):
    """The amount is 0. State one above 0."""


class InsufficientBalance(Rejected, code="insufficient_balance"):
    """The account holds less than this needs (amount and tax)."""


class InsufficientAllowance(Rejected, code="insufficient_allowance"):
    """The owner has approved less than this needs, or the approval has expired."""


class AllowanceExpired(Rejected, code="allowance_expired"):
    """An allowance above 0 needs an `expires_at` in the future."""


class DecimalsTooLarge(Rejected, code="decimals_too_large"):
    """An asset has at most 18 decimals."""


class AssetExists(Rejected, code="asset_exists"):
    """An asset of this code exists already."""


class TaxRateTooHigh(Rejected, code="tax_rate_too_high"):
    """A transfer tax is at most 2,000 bps."""


class VaultExists(Rejected, code="vault_exists"):
    """A vault of this name exists already."""


class TaxedAsset(Rejected, code="taxed_asset"):
    """An asset with a transfer tax cannot be vaulted: it would move untaxed as its vToken."""


class FeeTooHigh(Rejected, code="fee_too_high"):
    """A performance fee is at most 2,000 bps."""


class Paused(Rejected, code="paused"):
    """The vault takes no deposits at present. Exits stay open."""


class Insolvent(Rejected, code="insolvent"):
    """The vault has shares but no assets; a deposit would be lost to them. Wait until rewards bring some back."""


class ExceedsDepositLimit(Rejected, code="exceeds_deposit_limit"):
    """The deposit would lift the vault above its limit."""


class ZeroShares(Rejected, code="zero_shares"):
    """The amount is too small: it would give no share. Send more."""


class ZeroAssets(Rejected, code="zero_assets"):
    """The amount is too small: it would pay nothing. Send more."""


class Slippage(Rejected, code="slippage"):
    """The rate has moved past the bound given. Preview again and send a new bound."""


class InsufficientLiquidity(Rejected, code="insufficient_liquidity"):
    """Less is free now than this asks. Ask for less, or use the exit queue (`vault.request_redeem`)."""


class NoShares(Rejected, code="no_shares"):
    """The vault has no shares, so rewards would belong to nobody. Deposit first."""


class RequestNotClaimable(Rejected, code="request_not_claimable"):
    """The exit request is not claimable: still pending, cancelled or claimed already."""


class RequestNotPending(Rejected, code="request_not_pending"):
    """Only a pending exit request can be cancelled."""


class BelowMinimumStake(Rejected, code="below_minimum_stake"):
    """The amount is below the smallest stake."""


class BoosterNotActive(Rejected, code="booster_not_active"):
    """The booster is used or expired."""


class AlreadyUnstaked(Rejected, code="already_unstaked"):
    """This stake has been paid out already."""


class NotMatured(Rejected, code="not_matured"):
    """The stake is still locked; the details name the instant at which it unlocks."""


class NothingToClaim(Rejected, code="nothing_to_claim"):
    """The key has no unclaimed fees at present."""


class NoPrice(Rejected, code="no_price"):
    """The oracle has set no price yet."""


class StalePrice(Rejected, code="stale_price"):
    """The oracle's price is too old. Wait for the next one."""


class ValidatorExists(Rejected, code="validator_exists"):
    """A validator of this name is registered already."""


class ValidatorInactive(Rejected, code="validator_inactive"):
    """The validator takes no new delegations at present. Choose another."""


class LeverageOutOfRange(Rejected, code="leverage_out_of_range"):
    """Leverage is a whole number from 1 to the desk's highest."""


class PositionExists(Rejected, code="position_exists"):
    """This holder has an open position; one per holder. Close it first."""


class BelowMinimumDelegation(Rejected, code="below_minimum_delegation"):
    """Deposit times leverage is below the smallest delegation that the network or this validator takes."""


class AboveMaximumDelegation(Rejected, code="above_maximum_delegation"):
    """Deposit times leverage is above the largest delegation that this validator takes."""


class LtvExceeded(Rejected, code="ltv_exceeded"):
    """Debt over value would exceed the desk's highest loan-to-value."""


class InsufficientReserve(Rejected, code="insufficient_reserve"):
    """The reserve cannot lend this much and keep its minimum liquid. Use less leverage, or wait."""


class ReserveBelowMinimum(Rejected, code="reserve_below_minimum"):
    """The withdrawal would leave less than the minimum liquid in the reserve."""


class EraOutOfOrder(Rejected, code="era_out_of_order"):
    """Eras end one after another: only the present era + 1 can end."""


class PositionNotActive(Rejected, code="position_not_active"):
    """The position is not active: its close has been requested already."""


class PositionNotUnbonding(Rejected, code="position_not_unbonding"):
    """The position is not unbonding: request its close first."""


class UnbondingNotComplete(Rejected, code="unbonding_not_complete"):
    """The unbonding still takes eras; the details name the era from which it can be finalized."""


class InsufficientDebtToken(Rejected, code="insufficient_debt_token"):
    """The holder must return as much mCSPR as was borrowed; nothing is lost while it waits."""


class PositionHealthy(Rejected, code="position_healthy"):
    """The position is above its liquidation threshold."""


from holdfast.errors.restaking import *  # noqa: E402 - the reference lists errors in the order of their making
from holdfast.errors.service import *  # noqa: E402


def all_errors() -> Iterator[type[HoldfastError]]:
    """Every error class with a code of its own, branch by branch in the order of these files."""
    seen: set[str] = set()
    stack: list[type[HoldfastError]] = [HoldfastError]
    while stack:
        error = stack.pop(0)
        if error.code not in seen and error is not HoldfastError and error is not Refusal:
            seen.add(error.code)
            yield error
        stack = error.__subclasses__() + stack


ERRORS: dict[str, type[HoldfastError]] = {error.code: error for error in all_errors()}
