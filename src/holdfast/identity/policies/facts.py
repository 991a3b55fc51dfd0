"""What a command means to a policy: its asset, its amount, and who is on the other side.

The table `MEANINGS` holds one line for every type of command. An amount is what the command moves, or what it permits
to be moved (an allowance, a cap). Amounts that the command does not state are read from its outcome's postings and
records; both are in the journal, so that sums over the past come out the same as they did then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET, Struct

from holdfast.errors import HoldfastError
from holdfast.identity.policies import measures as m
from holdfast.identity.policies.measures import Effects
from holdfast.ledger.posting import Posting
from holdfast.protocol import commands
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State


class Facts(Struct, frozen=True, gc=False):
    """What policies see of a command.

    `amount` is in base units of `asset`; None where the command has none, or with `unknown` where it cannot be told
    (its rule refuses it): then every rule that restricts matches, and none that allows.
    `counterparties` are all people's accounts besides the actor's that it names, debits or credits.
    """

    type: str
    actor: str
    asset: str = ""
    decimals: int = 0
    amount: int | None = None
    counterparties: tuple[str, ...] = ()
    unknown: bool = False


class Meaning(Struct, frozen=True):
    """How to read one type of command.

    `asset` finds its asset's code, `measure` its amount from command, state and effects. `amounts` are the arguments
    that the amount is made of; `bounds` are arguments that look like amounts and move nothing, with the reason.
    """

    asset: Callable[[State, Any], str] = m.no_asset
    measure: m.Measure | None = None
    amounts: tuple[str, ...] = ()
    bounds: dict[str, str] = {}


_LIMIT = "a limit on the price, not money"
_SIZE = "a limit on what others may do"


def _stated(field: str, asset: Callable[[State, Any], str] = m.of_asset, **bounds: str) -> Meaning:
    """A command whose amount stands in one argument."""
    return Meaning(asset, m.stated(field), (field,), bounds)


MEANINGS: dict[type[Command], Meaning] = {
    commands.RoleGrant: Meaning(),
    commands.RoleRevoke: Meaning(),
    commands.AssetCreate: Meaning(m.of_asset),
    commands.AssetMint: _stated("amount"),
    commands.AssetBurn: _stated("amount"),
    commands.AssetBurnFrom: _stated("amount"),
    commands.AssetTransfer: _stated("amount"),
    commands.AssetTransferFrom: _stated("amount"),
    commands.AssetApprove: _stated("amount"),
    commands.AssetSetAdmin: Meaning(m.of_asset),
    commands.AssetSetAuthorized: Meaning(m.of_asset),
    commands.AssetClawback: _stated("amount"),
    commands.FaucetDrip: _stated("amount"),
    commands.VaultCreate: Meaning(m.of_asset, bounds={"deposit_limit": _SIZE}),
    commands.VaultPause: Meaning(m.of_vault),
    commands.VaultUnpause: Meaning(m.of_vault),
    commands.VaultDeposit: _stated("assets", m.of_vault, min_shares=_LIMIT),
    commands.VaultMint: Meaning(m.of_vault, m.into("@vault:"), ("shares",), {"max_assets": _LIMIT}),
    commands.VaultWithdraw: _stated("assets", m.of_vault, max_shares=_LIMIT),
    commands.VaultRedeem: Meaning(m.of_vault, m.paid("@vault:"), ("shares",), {"min_assets": _LIMIT}),
    commands.VaultAddRewards: _stated("assets", m.of_vault),
    commands.VaultReportLoss: _stated("assets", m.of_vault),
    commands.VaultRequestRedeem: Meaning(m.of_vault, m.quoted, ("shares",)),
    commands.VaultSettle: Meaning(m.of_vault, m.into("@exits:")),
    commands.VaultClaim: Meaning(m.of_exit, m.paid("@exits:")),
    commands.VaultCancelRedeem: Meaning(m.of_exit),
    commands.TermStake: _stated("amount", m.of_term),
    commands.TermUnstake: Meaning(m.of_term, m.paid("@term:")),
    commands.BoosterStakeCommand: Meaning(m.of_booster, m.into("@boosters:")),
    commands.BoosterUnstake: Meaning(m.of_booster, m.paid("@boosters:")),
    commands.BoosterTransfer: Meaning(m.of_booster),
    commands.FeeKeyIssue: Meaning(m.of_term),
    commands.FeeKeyClaim: Meaning(m.of_term, m.paid("@fees:")),
    commands.FeeKeyTransfer: Meaning(m.of_term),
    commands.BuybackSetPrice: Meaning(m.of_booster, bounds={"vg_per_vc": "a price, not money"}),
    commands.BuybackSell: _stated("vc", m.of_booster, min_vg=_LIMIT),
    commands.TreasurySpend: _stated("amount"),
    commands.ValidatorRegister: Meaning(
        m.of_leverage, bounds={"minimum_delegation": _SIZE, "maximum_delegation": _SIZE}
    ),
    commands.ValidatorSetActive: Meaning(m.of_leverage),
    commands.LeverageProvideReserve: _stated("amount", m.of_leverage),
    commands.LeverageWithdrawReserve: _stated("amount", m.of_leverage),
    commands.LeverageOpenPosition: Meaning(m.of_leverage, m.exposure, ("deposit",)),
    commands.LeverageRequestClosePosition: Meaning(m.of_leverage, m.into("@unbonding:")),
    commands.LeverageFinalizeClosePosition: Meaning(m.of_leverage, m.paid("@unbonding:")),
    commands.LeverageLiquidate: Meaning(m.of_leverage, m.into("@unbonding:")),
    commands.NetworkEndEra: Meaning(m.of_leverage, m.issued_and_burned, ("rewards",)),
    commands.StrategyAdd: _stated("cap", m.of_vault, yield_curve="a rate by size, not money"),
    commands.StrategySetYield: Meaning(m.of_strategy, bounds={"yield_curve": "a rate by size, not money"}),
    commands.StrategySetCap: _stated("cap", m.of_strategy),
    commands.StrategyAllocate: _stated("amount", m.of_vault),
    commands.StrategyDeallocate: _stated("amount", m.of_strategy),
    commands.StrategyComplete: Meaning(m.of_unwind, m.out_of("@strategy:")),
    commands.StrategyReport: Meaning(m.of_strategy, m.gain_or_loss, ("gain", "loss")),
    commands.StrategyDisable: Meaning(m.of_strategy),
    commands.PortfolioPlan: Meaning(m.of_vault),
    commands.PortfolioRebalance: Meaning(m.of_vault, m.into("@strategy:")),
    commands.DepinAddNetwork: _stated("emission_per_epoch", m.of_reward),
    commands.DepinAddAttestor: Meaning(m.of_network),
    commands.DepinRemoveAttestor: Meaning(m.of_network),
    commands.DepinFund: _stated("amount", m.of_network),
    commands.DepinRegisterResource: Meaning(m.of_network),
    commands.DepinReport: Meaning(m.of_resource),
    commands.DepinCloseEpoch: Meaning(m.of_network, m.out_of("@depin:")),
}
"""How each command is read; a test insists that none is missing and that every argument with an amount is named."""


def facts(state: State, command: Command, effects: Effects | None) -> Facts:
    """What policies see of a command; `effects` is its outcome, or None where its rule refuses it.

    Of the state only what never changes again is read (an asset's decimals, a vault's asset), so that the facts of a
    journal record come out the same at any later state.
    """
    meaning = MEANINGS[type(command)]
    asset = meaning.asset(state, command)
    known = state.assets.get(asset)
    amount, unknown = None, False
    if meaning.measure is not None:
        try:
            amount = None if known is None else meaning.measure(known, command, effects)
        except HoldfastError:
            amount = None
        unknown = amount is None
    return Facts(
        type(command).__struct_config__.tag,  # type: ignore[arg-type]
        command.actor,
        asset,
        0 if known is None else known.decimals,
        amount,
        others(command, () if effects is None else effects.postings),
        unknown,
    )


def others(command: Command, postings: Iterable[Posting]) -> tuple[str, ...]:
    """People's accounts besides the actor's that a command names, or that its postings debit or credit."""
    actor = command.actor
    found: dict[str, None] = {}
    for field in command.holders:
        account = getattr(command, field)
        if account is not UNSET and account != actor:
            found[account] = None
    for posting in postings:
        for account in (posting.debit, posting.credit):
            if account[0] != "@" and account != actor:
                found[account] = None
    return tuple(found)


def person_of(command: Command) -> str:
    """Who sent a command: the part of its id before the first `/`; without one, its actor."""
    person, slash, _ = command.id.partition("/")
    return person if slash else command.actor
