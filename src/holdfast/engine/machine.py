"""`decide` and `apply`: the deterministic state machine, and the only table that says which rule answers a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from holdfast.errors import AccountFrozen, AmountOverflow, Corrupt, HoldfastError, Malformed, NotAuthorized
from holdfast.ledger.chart import ISSUANCE
from holdfast.primitives.asset import TOLD
from holdfast.protocol import (
    assets,
    boosters,
    buyback,
    closing,
    commands,
    delegation,
    depin,
    depin_epochs,
    exit_queue,
    fee_keys,
    invariants,
    leverage,
    liquid_vault,
    portfolio,
    reserve,
    roles,
    strategies,
    term_staking,
    vault_profit,
)
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

RULES_VERSION = 1
"""Of the rules as a whole; a change that decides any command otherwise gets the next number."""


class Rule(Struct, frozen=True):
    """Who may ask, and what answers."""

    answer: Callable[[State, Any, int], Outcome]
    roles: tuple[str, ...] = ()
    ignores_freeze: bool = False


_OPERATOR, _ORACLE, _KEEPER = ("operator",), ("oracle",), ("keeper",)
_RUNS = ("operator", "keeper")

RULES: dict[type[Command], Rule] = {
    commands.RoleGrant: Rule(roles.grant, _OPERATOR),
    commands.RoleRevoke: Rule(roles.revoke, _OPERATOR),
    commands.AssetCreate: Rule(assets.create, _OPERATOR),
    commands.AssetMint: Rule(assets.issue),
    commands.AssetBurn: Rule(assets.destroy),
    commands.AssetBurnFrom: Rule(assets.destroy_from),
    commands.AssetTransfer: Rule(assets.transfer),
    commands.AssetTransferFrom: Rule(assets.transfer_from),
    commands.AssetApprove: Rule(assets.approve),
    commands.AssetSetAdmin: Rule(assets.set_admin),
    commands.AssetSetAuthorized: Rule(assets.set_authorized),
    commands.AssetClawback: Rule(assets.clawback, ignores_freeze=True),
    commands.FaucetDrip: Rule(assets.drip),
    commands.VaultCreate: Rule(liquid_vault.create, _OPERATOR),
    commands.VaultPause: Rule(liquid_vault.pause, _OPERATOR),
    commands.VaultUnpause: Rule(liquid_vault.unpause, _OPERATOR),
    commands.VaultDeposit: Rule(liquid_vault.deposit),
    commands.VaultMint: Rule(liquid_vault.mint_shares),
    commands.VaultWithdraw: Rule(liquid_vault.withdraw),
    commands.VaultRedeem: Rule(liquid_vault.redeem),
    commands.VaultAddRewards: Rule(vault_profit.add_rewards, _RUNS),
    commands.VaultReportLoss: Rule(vault_profit.report_loss, _OPERATOR),
    commands.VaultRequestRedeem: Rule(exit_queue.request_redeem),
    commands.VaultSettle: Rule(exit_queue.settle, _KEEPER),
    commands.VaultClaim: Rule(exit_queue.claim),
    commands.VaultCancelRedeem: Rule(exit_queue.cancel),
    commands.TermStake: Rule(term_staking.stake),
    commands.TermUnstake: Rule(term_staking.unstake),
    commands.BoosterStakeCommand: Rule(boosters.stake),
    commands.BoosterUnstake: Rule(boosters.unstake),
    commands.BoosterTransfer: Rule(boosters.transfer),
    commands.FeeKeyIssue: Rule(fee_keys.issue, _OPERATOR),
    commands.FeeKeyClaim: Rule(fee_keys.claim),
    commands.FeeKeyTransfer: Rule(fee_keys.transfer),
    commands.BuybackSetPrice: Rule(buyback.set_price, _ORACLE),
    commands.BuybackSell: Rule(buyback.sell),
    commands.TreasurySpend: Rule(buyback.spend, _OPERATOR),
    commands.ValidatorRegister: Rule(delegation.register, _OPERATOR),
    commands.ValidatorSetActive: Rule(delegation.set_active, _OPERATOR),
    commands.LeverageProvideReserve: Rule(reserve.provide, _OPERATOR),
    commands.LeverageWithdrawReserve: Rule(reserve.withdraw, _OPERATOR),
    commands.LeverageOpenPosition: Rule(leverage.open_position),
    commands.LeverageRequestClosePosition: Rule(closing.request_close),
    commands.LeverageFinalizeClosePosition: Rule(closing.finalize),
    commands.LeverageLiquidate: Rule(closing.liquidate),
    commands.NetworkEndEra: Rule(delegation.end_era, _ORACLE),
    commands.StrategyAdd: Rule(strategies.add, _OPERATOR),
    commands.StrategySetYield: Rule(strategies.set_yield, _ORACLE),
    commands.StrategySetCap: Rule(strategies.set_cap, _OPERATOR),
    commands.StrategyAllocate: Rule(strategies.allocate, _RUNS),
    commands.StrategyDeallocate: Rule(strategies.deallocate, _RUNS),
    commands.StrategyComplete: Rule(strategies.complete, _RUNS),
    commands.StrategyReport: Rule(strategies.report, _ORACLE),
    commands.StrategyDisable: Rule(strategies.disable, _OPERATOR),
    commands.PortfolioPlan: Rule(portfolio.plan, _RUNS),
    commands.PortfolioRebalance: Rule(portfolio.rebalance, _RUNS),
    commands.DepinAddNetwork: Rule(depin.add_network, _OPERATOR),
    commands.DepinAddAttestor: Rule(depin.add_attestor, _OPERATOR),
    commands.DepinRemoveAttestor: Rule(depin.remove_attestor, _OPERATOR),
    commands.DepinFund: Rule(depin.fund, _OPERATOR),
    commands.DepinRegisterResource: Rule(depin.register_resource),
    commands.DepinReport: Rule(depin.report),
    commands.DepinCloseEpoch: Rule(depin_epochs.close_epoch, _KEEPER),
}


def decide(state: State, command: Command, now: int) -> Outcome:
    """What the command does at this state and second; changes nothing.

    Order:   protocol counterparties and role (not_authorized) -> the rule's own checks -> the ledger
             (account_frozen, amount_overflow of a result).
    Raises:  a Refusal, or Malformed for an amount with more digits than its asset has.
    """
    rule = RULES[type(command)]
    _require_people(command)
    if rule.roles and not state.has_role(command.actor, *rule.roles):
        raise NotAuthorized(
            f"{command.actor} lacks the role {' or '.join(rule.roles)}.", actor=command.actor, role=rule.roles[0]
        )
    try:
        outcome = rule.answer(state, command, now)
    except (Malformed, AmountOverflow) as error:
        raise _with_field(error, command) from None
    if state.indexes.frozen and not rule.ignores_freeze:
        _require_no_frozen(state, outcome)
    _require_in_range(state, outcome)
    return outcome


def apply(state: State, outcome: Outcome, seq: int, now: int) -> None:
    """Make the outcome part of the state, as journal record `seq`.

    Raises: Corrupt where an invariant that the change touches no longer holds; the state is then unusable.
    """
    state.fold(seq, now, outcome.postings, outcome.records)
    for problem in invariants.touched(state, outcome.postings, outcome.records):
        raise Corrupt(f"record {seq} would break {problem}")


def _with_field(error: HoldfastError, command: Command) -> HoldfastError:
    """An error about an amount, with the argument that holds it named."""
    amount = error.details.get("amount")
    if amount is None or "field" in error.details:
        return error
    for name, attribute in zip(command.__struct_encode_fields__, command.__struct_fields__, strict=True):
        for place, text in _texts(name, getattr(command, attribute)):
            if text[:TOLD] == amount:
                kept = error.details if isinstance(error, Malformed) else {}  # what is recorded stays as it always was
                return type(error)(f"{place}: {error.message}", **{**kept, "field": place})
    return error


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The texts in an argument, each with its place."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        yield from ((f"{name}.{key}", text) for key, text in value.items() if isinstance(text, str))
    elif isinstance(value, tuple):
        yield from ((f"{name}[{number}]", step[0]) for number, step in enumerate(value))


def _require_people(command: Command) -> None:
    if command.actor[0] == "@":
        raise NotAuthorized(f"{command.actor} is a protocol account; nobody acts as one.", actor=command.actor)
    for field in command.holders:
        value = getattr(command, field)
        if isinstance(value, str) and value[0] == "@":
            raise NotAuthorized(f"{value} is a protocol account and cannot be named here.", field=field.rstrip("_"))


def _require_no_frozen(state: State, outcome: Outcome) -> None:
    for posting in outcome.postings:
        for account in (posting.debit, posting.credit):
            if state.is_frozen(posting.asset, account):
                raise AccountFrozen(f"{account} is frozen for {posting.asset}.", asset=posting.asset, account=account)


def _require_in_range(state: State, outcome: Outcome) -> None:
    """Every balance is part of the supply, so only what is issued can leave the range."""
    issued: dict[str, int] = {}
    for posting in outcome.postings:
        if posting.debit == ISSUANCE:
            code = posting.asset
            supply = issued[code] = issued.get(code, state.book.supply(code)) + posting.amount
            if supply > state.assets[code].maximum:
                asset = state.assets[code]
                raise AmountOverflow(f"The supply of {code} would leave its range, {asset.range}.", asset=code)
