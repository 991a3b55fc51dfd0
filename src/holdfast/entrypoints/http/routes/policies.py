"""Policies: what is in force, what would be, what would have been."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.jobs import Job, UnknownJob
from holdfast.entrypoints.http.routes.commands import read
from holdfast.entrypoints.http.routes.proposals import Approved, Declined, Withdrawn
from holdfast.entrypoints.http.routing import SIGNED_IN, delete, get, post, put
from holdfast.errors import (
    Conflict,
    OwnApproval,
    PoliciesChanged,
    ProposalClosed,
    ProposalMismatch,
    StepUpRequired,
    TooManyRequests,
    UnknownCommand,
    UnknownGroup,
    UnknownPerson,
    UnknownProposal,
)
from holdfast.identity.groups import Group
from holdfast.identity.policies import installed, presets, rules
from holdfast.identity.policies.back_test import Report, back_test
from holdfast.identity.policies.changes import Change
from holdfast.identity.policies.evaluate import Asker, CompiledPolicies, Surroundings
from holdfast.identity.policies.installed import PolicySet
from holdfast.identity.policies.rules import Policies
from holdfast.identity.policies.simulate import Simulation, simulate
from holdfast.identity.policies.usage import with_sums
from holdfast.identity.principal import authorise
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State
from holdfast.wire import codec

Rules = Annotated[dict[str, Any], Meta(description="policies as in the TOML files of `holdfast policy`")]


class InForce(Struct, frozen=True):
    """The policies in force; version 0 where there are none and everything is denied."""

    version: int
    by: str
    at: int
    policies: Policies


class PoliciesMade(Struct, frozen=True, omit_defaults=True):
    """The policies now in force, or the change that waits for approval."""

    policies: InForce | None = None
    change: Change | None = None


class GroupMade(Struct, frozen=True, omit_defaults=True):
    """The group as it is now, or the change that waits for approval."""

    group: Group | None = None
    change: Change | None = None


class WantedPolicies(Struct, frozen=True, forbid_unknown_fields=True):
    """New policies in place of the version that was read."""

    policies: Rules
    expected: Annotated[int, Meta(ge=0)]


class Trial(Struct, frozen=True, forbid_unknown_fields=True):
    """A command to be judged, as `person` (left out: the caller) would send it; by `policies`, or those in force."""

    command: dict[str, Any]
    policies: Rules | None = None
    person: Annotated[str, Meta(max_length=128)] = ""


class BackTest(Struct, frozen=True, forbid_unknown_fields=True):
    """Policies to be tried on the whole journal, or those in force; differences after record `after`."""

    policies: Rules | None = None
    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class Preset(Struct, frozen=True):
    """Policies to start from."""

    name: str
    about: str
    policies: Policies


class WantedGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """A group's people."""

    members: Annotated[tuple[str, ...], Meta(max_length=1_000)]
    title: Annotated[str, Meta(max_length=100)] = ""


_ENDS = (UnknownProposal, ProposalClosed, ProposalMismatch, OwnApproval, Conflict, UnknownPerson)

_ALLOW_ALL = {"rules": [{"name": "all", "action": "allow"}]}


@get("/v1/policies", "policy.read", returns=InForce)
async def policies(call: Call) -> InForce:
    """Show the policies in force."""
    found = installed.current(call.server.office)
    return InForce(0, "", 0, Policies()) if found is None else _shown(found)


@put("/v1/policies", "policy.edit", body=WantedPolicies, returns=PoliciesMade, step_up=True,
     errors=(PoliciesChanged, StepUpRequired), example={"policies": _ALLOW_ALL, "expected": 1})  # fmt: skip
async def change_policies(call: Call) -> PoliciesMade:
    """Put other policies in force; the version that was read must still be the one in force.

    Where the present ones want approval of a change, the change is proposed and waits.
    """
    wanted = parsed(call.body.policies)

    def install() -> PolicySet | Change:
        return call.server.changes.set_policies(
            wanted, by=call.who.person, expected=call.body.expected, where=call.address
        )

    made = await asyncio.to_thread(install)
    return PoliciesMade(change=made) if isinstance(made, Change) else PoliciesMade(_shown(made))


@get("/v1/policies/history", "policy.read", returns=list[InForce])
async def policy_history(call: Call) -> list[InForce]:
    """List every version that was in force, the first one first."""
    return [_shown(found) for found in installed.history(call.server.office)]


@get("/v1/policies/presets", "policy.read", returns=list[Preset])
async def policy_presets(call: Call) -> list[Preset]:
    """List policies to start from."""
    return [Preset(name, about, presets.load(name)) for name, about in presets.PRESETS.items()]


@post("/v1/policies/check", "policy.read", body=dict, returns=Policies, example=_ALLOW_ALL)
async def check_policies(call: Call) -> Policies:
    """Read policies and say what is wrong with them; nothing is kept."""
    return parsed(call.body)


@post("/v1/policies/simulate", "policy.read", body=Trial, returns=Simulation, errors=(UnknownCommand, UnknownPerson),
      example={"command": {"type": "vault.deposit", "vault": "FLUX", "assets": "10"}})  # fmt: skip
async def simulate_policies(call: Call) -> Simulation:
    """Say what policies would make of one command, rule by rule: of mine, or with desk.read of anybody's."""
    server, given = call.server, call.body
    person = given.person or call.who.person
    command = read(call, dict(given.command), "simulate") if person == call.who.person else _of(call, person)
    guard, tried, sums = server.policies, None, server.policies.around
    if given.policies is not None:
        tried = CompiledPolicies(parsed(given.policies))
        sums = await _sums(call, tried)

    def look(state: State) -> Simulation:
        now = max(state.now, server.office.now())
        if tried is not None:
            return simulate(tried, state, command, guard.who(person, now), sums, now)
        guard.take_over()  # what was put in force since the last command
        return simulate(guard.policies, state, command, guard.who(person, now), guard.around, now)

    return await server.judging(look)


def _of(call: Call, person: str) -> Command:
    """The command as somebody else would send it, for his own account unless it says otherwise."""
    authorise(call.who, "desk.read")
    directory = call.server.policies.directory
    if directory.asker(person, call.server.office.now()) == Asker(person, frozenset({person})):
        raise UnknownPerson(f"There is no person {person[:60]}.", person=person[:60], field="person")
    given = {"actor": directory.account(person), **call.body.command, "id": f"{person}/simulate"}
    return codec.decode(given).command


async def _sums(call: Call, compiled: CompiledPolicies) -> Surroundings:
    """What these policies would have counted so far, read from the journal beside the desk's work."""
    server = call.server
    state, head = await server.reading(lambda state: (state, server.service.head.seq))

    def load(store: JournalStore) -> Surroundings:
        return with_sums(
            compiled, store, state, lambda person, _: server.policies.who(person, server.office.now()),
            server.policies.around, upto=head, now=server.office.now(),
        )  # fmt: skip

    return await server.readers.read(load)


@post("/v1/policies/back-test", "policy.read", body=BackTest, returns=Job, status=202,
      errors=(TooManyRequests,), example={"policies": _ALLOW_ALL})  # fmt: skip
async def back_test_policies(call: Call) -> Job:
    """Try policies on everything that has happened; the job's result lists what would have gone otherwise.

    It tells of every account, so it needs `desk.read` too.
    """
    server, given = call.server, call.body
    authorise(call.who, "desk.read")
    wanted = installed.policies_now(server.office) if given.policies is None else parsed(given.policies)

    def who(person: str, account: str, state: State) -> Asker:
        return server.policies.who(person, server.office.now())

    def run(progress: Any) -> Report:
        return server.readers.with_store(
            lambda store: back_test(
                store, wanted, who=who, around=server.policies.around, after=given.after, limit=given.limit,
                progress=progress,
            )
        )  # fmt: skip

    return server.jobs.start("back-test", call.who.person, server.feed.seq, run)


@get("/v1/jobs/{job}", SIGNED_IN, returns=Job, errors=(UnknownJob,))
async def job(call: Call) -> Job:
    """Say how far long work of mine is, and what came of it."""
    return call.server.jobs.get(call.path["job"], call.who.person)


@get("/v1/groups", "policy.read", returns=list[Group])
async def groups(call: Call) -> list[Group]:
    """List the groups of approvers."""
    return list(call.server.office.all(Group).values())


@put("/v1/groups/{group}", "policy.edit", body=WantedGroup, returns=GroupMade, step_up=True,
     errors=(UnknownPerson, StepUpRequired), example={"members": []})  # fmt: skip
async def set_group(call: Call) -> GroupMade:
    """Make a group, or put other people into it; where policies name it and want approval, the change waits."""
    given: WantedGroup = call.body

    def put_() -> Group | Change:
        return call.server.changes.set_group(
            call.path["group"], given.members, by=call.who.person, title=given.title, where=call.address
        )

    made = await asyncio.to_thread(put_)
    return GroupMade(change=made) if isinstance(made, Change) else GroupMade(made)


@delete("/v1/groups/{group}", "policy.edit", step_up=True, errors=(UnknownGroup, Conflict, StepUpRequired))
async def remove_group(call: Call) -> None:
    """Remove a group that no policy names."""
    remove = call.server.changes.remove_group
    await asyncio.to_thread(remove, call.path["group"], by=call.who.person, where=call.address)


@get("/v1/changes", "policy.read", returns=list[Change])
async def changes(call: Call) -> list[Change]:
    """List changes of policies and groups that were proposed, the newest first."""
    return list(reversed(call.server.office.all(Change).values()))  # type: ignore[call-overload]


@post("/v1/changes/{change}/approve", "proposal.approve", body=Approved, returns=Change, step_up=True,
      errors=(StepUpRequired, *_ENDS), example={"hash": "0" * 64})  # fmt: skip
async def approve_change(call: Call) -> Change:
    """Approve exactly this change; with the last approval that is needed it is made."""
    approve = call.server.changes.approve
    return await asyncio.to_thread(
        approve, call.path["change"], by=call.who.person, hash=call.body.hash, where=call.address
    )


@post("/v1/changes/{change}/reject", "proposal.approve", body=Declined, returns=Change, errors=_ENDS,
      example={"hash": "0" * 64, "why": "no"})  # fmt: skip
async def reject_change(call: Call) -> Change:
    """Decline a change, which ends it."""
    reject, given = call.server.changes.reject, call.body
    return await asyncio.to_thread(
        reject, call.path["change"], by=call.who.person, hash=given.hash, why=given.why, where=call.address
    )


@post("/v1/changes/{change}/cancel", "policy.edit", body=Withdrawn, returns=Change, errors=_ENDS, example={})
async def cancel_change(call: Call) -> Change:
    """Withdraw one's own change."""
    cancel = call.server.changes.cancel
    return await asyncio.to_thread(
        cancel, call.path["change"], by=call.who.person, why=call.body.why, where=call.address
    )


def parsed(given: dict[str, Any]) -> Policies:
    """Policies as they came in a body. Raises: Malformed that names the rule."""
    return rules.convert(given)


def _shown(found: PolicySet) -> InForce:
    return InForce(found.version, found.by, found.at, found.policies)
