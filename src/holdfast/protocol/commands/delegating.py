"""Commands on validators, the reserve, leveraged positions and eras."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from holdfast.protocol.arguments import Amount, Bps, Command, Holder, Integer, Name


class ValidatorRegister(Command, frozen=True, tag="validator.register"):
    """Make a validator known, with its commission and its own limits on a delegation."""

    validator: Name
    commission_bps: Bps
    minimum_delegation: Amount | UnsetType = UNSET
    maximum_delegation: Amount | UnsetType = UNSET


class ValidatorSetActive(Command, frozen=True, tag="validator.set_active"):
    """Say whether a validator takes new delegations."""

    validator: Name
    active: bool


class LeverageProvideReserve(Command, frozen=True, tag="leverage.provide_reserve"):
    """Pay into the reserve that positions borrow from."""

    amount: Amount


class LeverageWithdrawReserve(Command, frozen=True, tag="leverage.withdraw_reserve"):
    """Take out of the reserve what is not needed to stay liquid."""

    amount: Amount


class LeverageOpenPosition(Command, frozen=True, tag="leverage.open_position"):
    """Delegate a deposit, multiplied by borrowing from the reserve."""

    deposit: Amount
    leverage: Integer
    validator: Name


class LeverageRequestClosePosition(Command, frozen=True, tag="leverage.request_close_position"):
    """Start unbonding one's position."""


class LeverageFinalizeClosePosition(Command, frozen=True, tag="leverage.finalize_close_position"):
    """Settle a position whose unbonding is complete."""

    holder: Holder | UnsetType = UNSET


class LeverageLiquidate(Command, frozen=True, tag="leverage.liquidate"):
    """Start unbonding a position that is past its threshold."""

    holder: Holder


class NetworkEndEra(Command, frozen=True, tag="network.end_era"):
    """Report the end of an era: rewards (net of commission) and slashes by validator."""

    era: Integer
    rewards: dict[Name, Amount]
    slashes: dict[Name, Bps] | UnsetType = UNSET
