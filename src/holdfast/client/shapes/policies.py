# fmt: off
"""Answers of the API, as first met in policies.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class PerCommand(TypedDict):
    """Limits on one command's amount: the rule matches above `above`, and up to and with `up_to`."""

    above: NotRequired[str]
    up_to: NotRequired[str]


class PerPeriod(TypedDict):
    """Limits on a rolling sum: this command's amount and those of the last `seconds` that the rule speaks of.

    A command at second t counts for t <= now < t + seconds. `per` says whose commands are summed.
    """

    seconds: int
    above: NotRequired[str]
    up_to: NotRequired[str]
    per: NotRequired[Literal["account", "everyone", "person"]]


class Attested(TypedDict):
    """What must be attested of the acting account, or of the counterparty; with `lacking`, what must be missing."""

    of: Literal["actor", "counterparty"]
    kind: str
    jurisdictions: NotRequired[list[str]]
    lacking: NotRequired[bool]


class Need(TypedDict):
    """So many different people of a group."""

    group: str
    count: NotRequired[int]


class Rule(TypedDict):
    """One rule. `who` holds people, `group:NAME`, `role:NAME` or `*`; `commands` holds types or globs."""

    name: str
    action: Literal["allow", "block", "require_approvals"]
    who: NotRequired[list[str]]
    commands: NotRequired[list[str]]
    accounts: NotRequired[list[str]]
    assets: NotRequired[list[str]]
    counterparties: NotRequired[list[str]]
    per_command: NotRequired[PerCommand]
    per_period: NotRequired[PerPeriod]
    attested: NotRequired[list[Attested]]
    approvals: NotRequired[list[Need]]


class Policies(TypedDict):
    """A set of rules and what goes with it.

    `cooling_seconds`: from an address's confirmation until it counts; `expires_seconds`: how long a proposal may wait;
    `tolerance_bps`: how far the figures of a proposal's outcome may move until it is carried out. `changes`: who must
    approve changes of these policies and of the groups that they name. `groups` serve a file that is tried out without
    people's records; a server has its own.
    """

    rules: NotRequired[list[Rule]]
    cooling_seconds: NotRequired[int]
    expires_seconds: NotRequired[int]
    tolerance_bps: NotRequired[int]
    changes: NotRequired[list[Need]]
    groups: NotRequired[dict[str, list[str]]]


class InForce(TypedDict):
    """The policies in force; version 0 where there are none and everything is denied."""

    version: int
    by: str
    at: int
    policies: Policies


class ChangesChange(TypedDict):
    """A change that waits. `about` is `policies` or a group's name, `before` the hash of what it was made from."""

    kind: Literal["change"]
    id: str
    subject: Literal["group", "policies"]
    about: str
    document: dict[str, Any]
    hash: str
    before: str
    by: str
    at: int
    expires_at: int
    needs: dict[str, int]
    status: NotRequired[Literal["cancelled", "done", "fallen", "pending", "rejected"]]
    approvals: NotRequired[list[str]]
    ended_by: NotRequired[str]
    ended_at: NotRequired[int]
    why: NotRequired[str]


class PoliciesMade(TypedDict):
    """The policies now in force, or the change that waits for approval."""

    policies: NotRequired[InForce | None]
    change: NotRequired[ChangesChange | None]


class Preset(TypedDict):
    """Policies to start from."""

    name: str
    about: str
    policies: Policies


class Decision(TypedDict):
    """What rules say of a command: `rules` are those that decided it, `approvals` so many people by group."""

    action: Literal["allow", "block", "require_approvals"]
    rules: NotRequired[list[str]]
    approvals: NotRequired[dict[str, int]]
    reasons: NotRequired[list[str]]


class Spoken(TypedDict):
    """One rule's word on a command: whether it matches; `why` says which condition is the first that does not hold.

    `condition` is the rule's field for it; `person` where the asker is disabled, for whom no rule speaks.
    """

    rule: str
    action: str
    matches: bool
    why: NotRequired[str]
    condition: NotRequired[str]


class Simulation(TypedDict):
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
    counterparties: list[str]
    decision: Decision
    rules: list[Spoken]
    refused: NotRequired[str | None]
    message: NotRequired[str | None]
    result: NotRequired[dict[str, Any] | None]


class Job(TypedDict):
    """A piece of work: how far it is, and what came of it."""

    id: str
    kind: str
    by: str
    status: NotRequired[Literal["done", "failed", "running"]]
    progress: NotRequired[int]
    total: NotRequired[int]
    result: NotRequired[Any]
    error: NotRequired[dict[str, Any] | None]


class Group(TypedDict):
    """A group by its name."""

    kind: Literal["group"]
    id: str
    members: NotRequired[list[str]]
    title: NotRequired[str]


class GroupMade(TypedDict):
    """The group as it is now, or the change that waits for approval."""

    group: NotRequired[Group | None]
    change: NotRequired[ChangesChange | None]
