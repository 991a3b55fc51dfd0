"""Standing instructions: what a holder orders once, and the keeper carries out as the holder whenever it comes due.

An instruction gives no right: its commands are the person's own, with his account as actor, decided by the rights,
rules and policies of the moment. It ends at its instant, when its owner ends it, and waits while its owner may not do
himself what it orders.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from holdfast.errors import (
    Forbidden,
    InstructionExists,
    Malformed,
    NotAuthorized,
    TooManyInstructions,
    UnknownBooster,
    UnknownInstruction,
    UnknownPerson,
    UnknownStake,
)
from holdfast.identity.office import Kept, Office, Transaction
from holdfast.identity.principal import Principal, access, authorise
from holdfast.identity.records import Person
from holdfast.primitives.clock import format_instant
from holdfast.protocol.arguments import Amount, Name
from holdfast.protocol.state import State

Source = Literal["fees", "exits", "unbonding"]

MOST = 50
"""Instructions that one person can have in force."""


class Claim(Struct, frozen=True, tag="claim", forbid_unknown_fields=True):
    """Collect what is ready once all of it in one asset is at least `minimum` whole tokens.

    `fees` are those of the account's fee keys, `exits` filled exit requests, `unbonding` the account's own position
    when its unbonding is complete; to finalize that costs the debt token that was borrowed.
    """

    sources: Annotated[tuple[Source, ...], Meta(min_length=1, max_length=3)] = ("fees", "exits")
    minimum: Amount = "0"


class Restake(Struct, frozen=True, tag="restake", forbid_unknown_fields=True):
    """Stake again what a stake of the account has paid out, whoever unstaked it.

    What is staked, and the tax on it, is together what was paid out; with `tax_on_top` the whole payment is staked and
    the tax comes out of the account. A booster is used while it is active.
    """

    booster: Name | None = None
    tax_on_top: bool = False


class UnstakeAtMaturity(Struct, frozen=True, tag="unstake_at_maturity", forbid_unknown_fields=True):
    """Unstake when a stake matures: the one named, or all of the account's."""

    stake: Name | None = None


class StopLoss(Struct, frozen=True, tag="stop_loss", forbid_unknown_fields=True):
    """Request the close of the leveraged position when its loan-to-value reaches, or its health falls to, a bound.

    Both are compared exactly, not as they are shown: debt with interest · 10,000 >= ltv_bps · value, and value ·
    threshold <= health_bps · debt with interest.
    """

    ltv_bps: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    health_bps: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


Terms = Claim | Restake | UnstakeAtMaturity | StopLoss

_CLAIMS: dict[Source, str] = {
    "fees": "fee_key.claim",
    "exits": "vault.claim",
    "unbonding": "leverage.finalize_close_position",
}


class Instruction(Kept, frozen=True, tag="standing"):
    """An instruction in force. `stakes` and `stakes_before` say which stakes there were when it was given.

    `failure` is how its last run failed that did: the work and the code.
    """

    id: str
    person: str
    account: str
    terms: Terms
    created: int
    until: int | None = None
    stakes: tuple[str, ...] = ()
    stakes_before: int = 0
    failure: str = ""

    def in_force(self, now: int) -> bool:
        """Whether it is to be carried out at this second; at its last instant it has ended."""
        return self.until is None or now < self.until


def kind_of(terms: Terms) -> str:
    """The word for a kind of instruction: `claim`, `restake`, `unstake_at_maturity`, `stop_loss`."""
    return str(terms.__struct_config__.tag)


def functions_of(terms: Terms) -> tuple[str, ...]:
    """The command types that carrying out these terms takes."""
    if isinstance(terms, Claim):
        return tuple(_CLAIMS[source] for source in terms.sources)
    if isinstance(terms, Restake):
        return ("term.stake",)
    return ("term.unstake",) if isinstance(terms, UnstakeAtMaturity) else ("leverage.request_close_position",)


def create(office: Office, state: State, by: Principal, terms: Terms, *, until: int | None = None) -> Instruction:
    """Give an instruction for one's own account. `state` is read at one moment: hold the desk's lock.

    Checks:  forbidden (standing.manage, and every command that it takes) -> malformed -> unknown_person
             -> unknown_stake, unknown_booster, not_authorized (another's) -> too_many_instructions
             -> instruction_exists (a second `restake` for an account would stake twice)
    """
    authorise(by, "standing.manage")
    for function in functions_of(terms):
        authorise(by, function)
    _require_sense(terms)
    with office.write() as t:
        if until is not None and until <= t.now:
            raise Malformed("until: state an instant in the future.", field="until", reason="not_in_future")
        person = t.get(Person, by.person)
        if person is None:
            raise UnknownPerson(f"There is no person {by.person}.", person=by.person)
        _require_own(state, person.account, terms)
        _require_room(t, person, terms)
        given = Instruction(_new_id(t), person.id, person.account, terms, t.now, until)
        if isinstance(terms, Restake):
            mine = state.indexes.holdings.stakes(person.account)
            known = tuple(name for name in mine if not state.stakes[name].unstaked)
            given = replace(given, stakes=known, stakes_before=len(state.stakes))
        t.put(given)
        t.log("standing.created", by=by.person, about=given.id, where=by.address, **_told(given))
    return given


def end(office: Office, by: Principal, instruction: str) -> None:
    """End one of one's own instructions at once.

    Raises: Forbidden, UnknownInstruction (also where it is another's).
    """
    authorise(by, "standing.manage")
    with office.write() as t:
        found = t.get(Instruction, instruction)
        if found is None or found.person != by.person:
            raise UnknownInstruction(f"You have no standing instruction {instruction[:100]}.")
        t.delete(Instruction, found.id)
        t.log("standing.ended", by=by.person, about=found.id, where=by.address, **_told(found), reason="by its owner")


def of_person(office: Office, person: str) -> tuple[Instruction, ...]:
    """A person's instructions, the oldest first; those whose end has come are gone once the keeper has seen it."""
    return tuple(found for found in office.all(Instruction).values() if found.person == person)


def lapse(office: Office) -> int:
    """Take away the instructions whose end has come; how many."""
    now = office.now()
    if all(found.in_force(now) for found in office.all(Instruction).values()):
        return 0
    with office.write() as t:
        over = [found for found in t.all(Instruction).values() if not found.in_force(t.now)]
        for found in over:
            t.delete(Instruction, found.id)
            t.log("standing.ended", by="system", about=found.id, **_told(found), reason="its end has come")
    return len(over)


def hindrance(office: Office, instruction: Instruction, function: str) -> str | None:
    """Why the instruction's owner may not do now himself what it orders; None if he may."""
    person = office.get(Person, instruction.person)
    if person is None or person.disabled is not None:
        return f"{instruction.person} is disabled."
    if person.account != instruction.account:
        return f"{instruction.person} no longer has the account {instruction.account}."
    if function not in access(person.grants, office.now()).functions:
        return f"{instruction.person} lacks {function}."
    return None


def failed(office: Office, instruction: str, command: str, code: str, message: str) -> bool:
    """Log that a run failed, once for each piece of work and code in a row; whether it was logged now.

    `command` is the id of the work's command, so that the entry and the journal can be laid side by side.
    """
    failure = f"{command} {code}"
    found = office.get(Instruction, instruction)
    if found is None or found.failure == failure:
        return False
    with office.write() as t:
        found = t.get(Instruction, instruction)
        if found is None or found.failure == failure:
            return False
        t.put(replace(found, failure=failure))
        t.log(
            "standing.failed", by=found.person, about=found.id, where="keeper",
            command=command, code=code, message=message, account=found.account, kind=kind_of(found.terms),
        )  # fmt: skip
    return True


def _require_sense(terms: Terms) -> None:
    if isinstance(terms, StopLoss) and terms.ltv_bps is None and terms.health_bps is None:
        raise Malformed("A stop_loss needs ltv_bps, health_bps or both.", field="terms.ltv_bps")
    if isinstance(terms, Claim) and len(set(terms.sources)) != len(terms.sources):
        raise Malformed("sources: name each once.", field="terms.sources")


def _require_own(state: State, account: str, terms: Terms) -> None:
    """The stake or booster that the terms name is the account's."""
    if isinstance(terms, UnstakeAtMaturity) and terms.stake is not None:
        stake = state.stakes.get(terms.stake)
        if stake is None:
            raise UnknownStake(f"There is no stake {terms.stake}.", stake=terms.stake)
        if stake.owner != account:
            raise NotAuthorized(f"{stake.id} belongs to {stake.owner}.", stake=stake.id)
    if isinstance(terms, Restake) and terms.booster is not None:
        booster = state.boosters.get(terms.booster)
        if booster is None:
            raise UnknownBooster(f"There is no booster {terms.booster}.", booster=terms.booster)
        if booster.owner != account:
            raise NotAuthorized(f"{booster.id} belongs to {booster.owner}.", booster=booster.id)


def _require_room(t: Transaction, person: Person, terms: Terms) -> None:
    if person.disabled is not None:
        raise Forbidden(f"{person.id} is disabled.", function="standing.manage")
    given: Iterable[Instruction] = [found for found in t.all(Instruction).values() if found.in_force(t.now)]
    if sum(found.person == person.id for found in given) >= MOST:
        raise TooManyInstructions(f"{person.id} has {MOST} standing instructions, which is the most.", most=MOST)
    if isinstance(terms, Restake):
        for found in given:
            if found.account == person.account and isinstance(found.terms, Restake):
                raise InstructionExists(f"{found.id} restakes for {person.account} already.", instruction=found.id)


def _new_id(t: Transaction) -> str:
    """An id that no instruction ever had: the ids of commands are made from it."""
    while t.get(Instruction, found := secrets.token_hex(5)) is not None:
        pass
    return found


def _told(instruction: Instruction) -> dict[str, Any]:
    """What log entries say of an instruction."""
    terms = {name: getattr(instruction.terms, name) for name in instruction.terms.__struct_fields__}
    until = None if instruction.until is None else format_instant(instruction.until)
    return {"account": instruction.account, "kind": kind_of(instruction.terms), "until": until, **terms}
