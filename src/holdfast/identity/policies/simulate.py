"""Trying policies out on one command: what would be decided, and of every rule whether it speaks and if not, why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from holdfast.engine import machine
from holdfast.errors import HoldfastError
from holdfast.identity.policies.evaluate import (
    NOTHING_AROUND,
    Asker,
    Compiled,
    CompiledPolicies,
    Decision,
    Surroundings,
    evaluate,
)
from holdfast.identity.policies.facts import Facts, facts
from holdfast.identity.policies.rules import kinds_of
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State


class Spoken(Struct, frozen=True):
    """One rule's word on a command: whether it matches; `why` says which condition is the first that does not hold.

    `condition` is the rule's field for it; `person` where the asker is disabled, for whom no rule speaks.
    """

    rule: str
    action: str
    matches: bool
    why: str = ""
    condition: str = ""


class Simulation(Struct, frozen=True):
    """What policies would say of a command now.

    `amount` is in whole tokens of `asset`; `unknown` where the command has one that cannot be told. `refused` is the
    code with which the desk would refuse it anyhow.
    """

    person: str
    type: str
    actor: str
    asset: str
    amount: str | None
    unknown: bool
    counterparties: tuple[str, ...]
    decision: Decision
    rules: tuple[Spoken, ...]
    refused: str | None = None
    message: str | None = None
    result: dict[str, Any] | None = None


def simulate(
    policies: CompiledPolicies, state: State, command: Command, who: Asker, around: Surroundings = NOTHING_AROUND,
    now: int | None = None,
) -> Simulation:  # fmt: skip
    """Decide a command and explain it; nothing is kept. `now` is the state's second unless stated."""
    moment = state.now if now is None else now
    outcome, error = None, None
    try:
        outcome = machine.decide(state, command, moment)
    except HoldfastError as refusal:
        error = refusal
    found = facts(state, command, outcome)
    decision = evaluate(policies, found, who, around, moment)
    spoken = tuple(
        Spoken(rule.name, rule.rule.action, not why, why, condition)
        for rule in policies.rules
        for condition, why in [next(_failing(rule, found, who, around, moment), ("", ""))]
    )
    return Simulation(
        who.person,
        found.type,
        found.actor,
        found.asset,
        amount_text(state, found),
        found.unknown,
        found.counterparties,
        decision,
        spoken,
        None if error is None else error.code,
        None if error is None else error.message,
        None if outcome is None else outcome.result,
    )


def amount_text(state: State, found: Facts) -> str | None:
    """The amount of facts in whole tokens, if there is one."""
    return None if found.amount is None else state.assets[found.asset].text(found.amount)


def why_not(rule: Compiled, found: Facts, who: Asker, around: Surroundings, now: int) -> str:
    """The first condition of a rule that does not hold, in words; empty where all do."""
    return next(_failing(rule, found, who, around, now), ("", ""))[1]


def _failing(rule: Compiled, found: Facts, who: Asker, around: Surroundings, now: int) -> Iterator[tuple[str, str]]:
    own = rule.rule
    if who.barred:
        yield "person", f"speaks for nobody who is disabled, as {who.person} is"
    if found.type not in kinds_of(own):
        yield "commands", f"speaks of {_some(own.commands)}, not of {found.type}"
    if rule.who is not None and rule.who.isdisjoint(who.labels):
        yield "who", f"speaks for {_some(own.who)}, not for {who.person}"
    if rule.assets is not None and found.asset not in rule.assets:
        yield "assets", f"speaks of {_some(own.assets)}, not of {found.asset or 'no asset'}"
    if rule.accounts is not None and found.actor not in rule.accounts:
        yield "accounts", f"speaks of the accounts {_some(own.accounts)}, not of {found.actor}"
    if not rule.meets(found, around, now):
        others = _some(found.counterparties) if found.counterparties else "nobody"
        yield "counterparties", f"wants a counterparty among {_some(own.counterparties)}; it is {others}"
    if not rule.is_attested(found, around, now):
        kinds = _some(tuple(("no " if wanted.lacking else "") + wanted.kind for wanted in own.attested))
        yield "attested", f"wants {kinds} attested as it says"
    if rule.limits is not None and not rule.fits(found):
        yield "per_command", f"wants an amount {rule.limits.words()}"
    if rule.period_limits is not None and not rule.fits_period(found, who.person, around, now):
        seconds = 0 if rule.period is None else rule.period.seconds
        yield "per_period", f"wants a sum {rule.period_limits.words()} in {seconds:,} s"


def _some(words: tuple[str, ...]) -> str:
    shown = ", ".join(words[:4])
    return shown if len(words) <= 4 else f"{shown} and {len(words) - 4} more"
