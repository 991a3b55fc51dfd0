"""Everything that can go wrong, as one tree.

    HoldfastError              code, message, details
    ├─ Malformed               400  exit 2    not of the stated shape; nothing is stored
    ├─ NotAuthorized           403  exit 3    this actor may not do this
    ├─ NotFound                404  exit 4    unknown_asset, unknown_vault, …
    ├─ Conflict                409  exit 5    command_id_reused, desk_exists
    ├─ Rejected                422  exit 6    a rule says no: one class per reason
    ├─ Unavailable             503  exit 75   retry with the same id
    └─ Corrupt                 500  exit 70   broken invariant, chain or replay: writing stops

A class's docstring is the sentence that the reference prints: what happened and what to do about it.
Codes are stable; they are listed, with status and exit code, in `docs/reference/errors.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

Detail = str | int | None


class HoldfastError(Exception):
    """Base of all errors: a stable `code`, a sentence for people, and details for programs."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, **details: Detail) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


# --- the caller's fault, not recorded ---------------------------------------------------------------------------


class Malformed(HoldfastError):
    """The command is not of the documented shape. Correct the field that the message names; nothing was stored."""

    code, status, exit_code = "malformed", 400, 2


class UnknownCommand(Malformed):
    """There is no command of this type. See the list of commands."""

    code = "unknown_command"


class Conflict(HoldfastError):
    """The request contradicts what is there already."""

    code, status, exit_code = "conflict", 409, 5


class CommandIdReused(Conflict):
    """This id was used for another command. Choose a new id; the first command's effect stands."""

    code = "command_id_reused"


class DeskExists(Conflict):
    """There is a desk here already, with other settings. Use another file, or leave --desk out."""

    code = "desk_exists"


class Unavailable(HoldfastError):
    """The store cannot be written now (locked, read-only, full). Nothing was done; retry with the same id."""

    code, status, exit_code = "unavailable", 503, 75


class Corrupt(HoldfastError):
    """The journal or an invariant is broken. Writing has stopped; run `holdfast verify` and restore from a copy."""

    code, status, exit_code = "corrupt", 500, 70


# --- refusals: recorded in the journal --------------------------------------------------------------------------


class Refusal(HoldfastError):
    """A well-formed command that the rules refuse; it uses its id up and becomes a journal record."""


class NotAuthorized(Refusal):
    """This actor may not do this: a role, an ownership or the asset's admin is missing."""

    code, status, exit_code = "not_authorized", 403, 3


class NotFound(Refusal):
    """There is no such thing on this desk."""

    code, status, exit_code = "not_found", 404, 4


class UnknownAsset(NotFound):
    """There is no asset of this code."""

    code = "unknown_asset"


class UnknownVault(NotFound):
    """There is no vault of this name."""

    code = "unknown_vault"


class UnknownStake(NotFound):
    """There is no stake of this id."""

    code = "unknown_stake"


class UnknownBooster(NotFound):
    """There is no booster of this id."""

    code = "unknown_booster"


class UnknownKey(NotFound):
    """There is no fee key of this id."""

    code = "unknown_key"


class UnknownValidator(NotFound):
    """There is no validator of this name."""

    code = "unknown_validator"


class UnknownRequest(NotFound):
    """There is no exit request of this id, or not in the vault named."""

    code = "unknown_request"


class NoPosition(NotFound):
    """This holder has no open position."""

    code = "no_position"


class Rejected(Refusal):
    """A rule says no. The desk is unchanged."""

    code, status, exit_code = "rejected", 422, 6


class TimeReversed(Rejected):
    """`at` lies before the desk's present time. Time never goes back; use the same second or a later one."""

    code = "time_reversed"


class AmountOverflow(Rejected):
    """The amount, or a result, lies outside the asset's range (u64, i128 or u512)."""

    code = "amount_overflow"


class AccountFrozen(Rejected):
    """The account is frozen for this asset. Its admin must lift the freeze first; what is due waits."""

    code = "account_frozen"


class LastOperator(Rejected):
    """A desk needs an operator. Grant the role to another account first."""

    code = "last_operator"


class ZeroAmount(Rejected):
    """The amount is 0. State one above 0."""

    code = "zero_amount"


class InsufficientBalance(Rejected):
    """The account holds less than this needs (amount and tax)."""

    code = "insufficient_balance"


class InsufficientAllowance(Rejected):
    """The owner has approved less than this needs, or the approval has expired."""

    code = "insufficient_allowance"


class AllowanceExpired(Rejected):
    """An allowance above 0 needs an `expires_at` in the future."""

    code = "allowance_expired"


class DecimalsTooLarge(Rejected):
    """An asset has at most 18 decimals."""

    code = "decimals_too_large"


class AssetExists(Rejected):
    """An asset of this code exists already."""

    code = "asset_exists"


class TaxRateTooHigh(Rejected):
    """A transfer tax is at most 2,000 bps."""

    code = "tax_rate_too_high"


class VaultExists(Rejected):
    """A vault of this name exists already."""

    code = "vault_exists"


class TaxedAsset(Rejected):
    """An asset with a transfer tax cannot be vaulted: it would move untaxed as its vToken."""

    code = "taxed_asset"


class FeeTooHigh(Rejected):
    """A performance fee is at most 2,000 bps."""

    code = "fee_too_high"


class Paused(Rejected):
    """The vault takes no deposits at present. Exits stay open."""

    code = "paused"


class Insolvent(Rejected):
    """The vault has shares but no assets; a deposit would be lost to them. Wait until rewards bring some back."""

    code = "insolvent"


class ExceedsDepositLimit(Rejected):
    """The deposit would lift the vault above its limit."""

    code = "exceeds_deposit_limit"


class ZeroShares(Rejected):
    """The amount is too small: it would give no share. Send more."""

    code = "zero_shares"


class ZeroAssets(Rejected):
    """The amount is too small: it would pay nothing. Send more."""

    code = "zero_assets"


class Slippage(Rejected):
    """The rate has moved past the bound given. Preview again and send a new bound."""

    code = "slippage"


class InsufficientLiquidity(Rejected):
    """Less is free now than this asks. Ask for less, or use the exit queue (`vault.request_redeem`)."""

    code = "insufficient_liquidity"


class NoShares(Rejected):
    """The vault has no shares, so rewards would belong to nobody. Deposit first."""

    code = "no_shares"


class RequestNotClaimable(Rejected):
    """The exit request is not claimable: still pending, cancelled or claimed already."""

    code = "request_not_claimable"


class RequestNotPending(Rejected):
    """Only a pending exit request can be cancelled."""

    code = "request_not_pending"


class BelowMinimumStake(Rejected):
    """The amount is below the smallest stake."""

    code = "below_minimum_stake"


class BoosterNotActive(Rejected):
    """The booster is used or expired."""

    code = "booster_not_active"


class AlreadyUnstaked(Rejected):
    """This stake has been paid out already."""

    code = "already_unstaked"


class NotMatured(Rejected):
    """The stake is still locked; the details name the instant at which it unlocks."""

    code = "not_matured"


class NothingToClaim(Rejected):
    """The key has no unclaimed fees at present."""

    code = "nothing_to_claim"


class NoPrice(Rejected):
    """The oracle has set no price yet."""

    code = "no_price"


class StalePrice(Rejected):
    """The oracle's price is too old. Wait for the next one."""

    code = "stale_price"


class ValidatorExists(Rejected):
    """A validator of this name is registered already."""

    code = "validator_exists"


class ValidatorInactive(Rejected):
    """The validator takes no new delegations at present. Choose another."""

    code = "validator_inactive"


class LeverageOutOfRange(Rejected):
    """Leverage is a whole number from 1 to the desk's highest."""

    code = "leverage_out_of_range"


class PositionExists(Rejected):
    """This holder has an open position; one per holder. Close it first."""

    code = "position_exists"


class BelowMinimumDelegation(Rejected):
    """Deposit times leverage is below the smallest delegation that the network or this validator takes."""

    code = "below_minimum_delegation"


class AboveMaximumDelegation(Rejected):
    """Deposit times leverage is above the largest delegation that this validator takes."""

    code = "above_maximum_delegation"


class LtvExceeded(Rejected):
    """Debt over value would exceed the desk's highest loan-to-value."""

    code = "ltv_exceeded"


class InsufficientReserve(Rejected):
    """The reserve cannot lend this much and keep its minimum liquid. Use less leverage, or wait."""

    code = "insufficient_reserve"


class ReserveBelowMinimum(Rejected):
    """The withdrawal would leave less than the minimum liquid in the reserve."""

    code = "reserve_below_minimum"


class EraOutOfOrder(Rejected):
    """Eras end one after another: only the present era + 1 can end."""

    code = "era_out_of_order"


class PositionNotActive(Rejected):
    """The position is not active: its close has been requested already."""

    code = "position_not_active"


class PositionNotUnbonding(Rejected):
    """The position is not unbonding: request its close first."""

    code = "position_not_unbonding"


class UnbondingNotComplete(Rejected):
    """The unbonding still takes eras; the details name the era from which it can be finalized."""

    code = "unbonding_not_complete"


class InsufficientDebtToken(Rejected):
    """The holder must return as much mCSPR as was borrowed; nothing is lost while it waits."""

    code = "insufficient_debt_token"


class PositionHealthy(Rejected):
    """The position is above its liquidation threshold."""

    code = "position_healthy"


def all_errors() -> Iterator[type[HoldfastError]]:
    """Every error class with a code of its own, in the order of this file."""
    seen: set[str] = set()
    stack: list[type[HoldfastError]] = [HoldfastError]
    while stack:
        error = stack.pop(0)
        if error.code not in seen and error is not HoldfastError and error is not Refusal:
            seen.add(error.code)
            yield error
        stack = error.__subclasses__() + stack


ERRORS: dict[str, type[HoldfastError]] = {error.code: error for error in all_errors()}
