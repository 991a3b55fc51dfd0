"""The words of a policy: one struct per rule, and the strict reading of a policy file (TOML or JSON).

A rule says for whom it speaks (`who`), of which commands, accounts, assets and counterparties, above or up to which
amounts, and what then happens: `allow`, `block`, or `require_approvals` of so many people of a group. All conditions
of a rule must hold. What a set of rules comes to is decided in `evaluate`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from holdfast.errors import Malformed
from holdfast.errors.base import Detail
from holdfast.identity.roles import ROLES
from holdfast.primitives.asset import AMOUNT_PATTERN
from holdfast.primitives.clock import DAY
from holdfast.protocol.commands import COMMANDS
from holdfast.wire import codec
from holdfast.wire.reasons import hint_at, reason_of

ADDRESS_BOOK = "address_book"
"""Among counterparties: every account with a confirmed entry in the address book, once its cooling time is over."""

ANY = "*"

Action = Literal["allow", "block", "require_approvals"]
Amount = Annotated[str, Meta(pattern=AMOUNT_PATTERN, max_length=100, description='whole tokens as text, like "1000.5"')]
RuleName = Annotated[str, Meta(pattern=r"\A[ -~]{1,80}\Z", description="a name of 1..80 printable ASCII characters")]
GroupName = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9][a-z0-9._-]{0,31}\Z",
        description="a group's name, 1..32 lower-case letters, digits or . _ -",
    ),
]
Seconds = Annotated[int, Meta(ge=1, le=366 * DAY, description="seconds, 1..31,622,400 (366 days)")]
Word = Annotated[str, Meta(pattern=r"\A[!-~]{1,140}\Z", description="printable ASCII without blanks")]
Words = Annotated[tuple[Word, ...], Meta(min_length=1, max_length=1_000, description='a list, like ["alice", "bob"]')]
Many = Annotated[int, Meta(ge=1, le=100, description="a whole number, 1..100")]
Delay = Annotated[int, Meta(ge=0, le=366 * DAY, description="seconds, 0..31,622,400 (366 days)")]

_PERSON = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z").match
_GROUP = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,31}\Z").match
_ACCOUNT = re.compile(r"\A[A-Za-z0-9._:-]{1,128}\Z").match
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`\Z")


class Trouble(NamedTuple):
    """What is wrong at a field of policies: a sentence, and a stable reason with the word or bounds it is about."""

    field: str
    said: str
    reason: str
    word: str = ""
    bounds: dict[str, Detail] | None = None

    def refusal(self) -> Malformed:
        """As a refusal."""
        word = {"word": self.word} if self.word else {}
        return Malformed(f"{self.said}.", **{**(self.bounds or {}), **word, "field": self.field, "reason": self.reason})


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of what a policy file consists of."""


class PerCommand(_Part, frozen=True):
    """Limits on one command's amount: the rule matches above `above`, and up to and with `up_to`."""

    above: Amount | UnsetType = UNSET
    up_to: Amount | UnsetType = UNSET


class PerPeriod(_Part, frozen=True):
    """Limits on a rolling sum: this command's amount and those of the last `seconds` that the rule speaks of.

    A command at second t counts for t <= now < t + seconds. `per` says whose commands are summed.
    """

    seconds: Seconds
    above: Amount | UnsetType = UNSET
    up_to: Amount | UnsetType = UNSET
    per: Literal["person", "account", "everyone"] = "person"


class Attested(_Part, frozen=True):
    """What must be attested of the acting account, or of the counterparty; with `lacking`, what must be missing."""

    of: Literal["actor", "counterparty"]
    kind: Word
    jurisdictions: Words = (ANY,)
    lacking: bool = False


class Need(_Part, frozen=True):
    """So many different people of a group."""

    group: GroupName
    count: Many = 1


class Rule(_Part, frozen=True):
    """One rule. `who` holds people, `group:NAME`, `role:NAME` or `*`; `commands` holds types or globs."""

    name: RuleName
    action: Action
    who: Words = (ANY,)
    commands: Words = (ANY,)
    accounts: Words = (ANY,)
    assets: Words = (ANY,)
    counterparties: Words = (ANY,)
    per_command: PerCommand | UnsetType = UNSET
    per_period: PerPeriod | UnsetType = UNSET
    attested: tuple[Attested, ...] = ()
    approvals: tuple[Need, ...] = ()


class Policies(_Part, frozen=True):
    """A set of rules and what goes with it.

    `cooling_seconds`: from an address's confirmation until it counts; `expires_seconds`: how long a proposal may wait;
    `tolerance_bps`: how far the figures of a proposal's outcome may move until it is carried out. `changes`: who must
    approve changes of these policies and of the groups that they name. `groups` serve a file that is tried out without
    people's records; a server has its own.
    """

    rules: Annotated[tuple[Rule, ...], Meta(max_length=1_000)] = ()
    cooling_seconds: Delay = DAY
    expires_seconds: Seconds = 3 * DAY
    tolerance_bps: Annotated[int, Meta(ge=0, le=10_000, description="basis points, 0..10,000")] = 0
    changes: tuple[Need, ...] = ()
    groups: dict[GroupName, tuple[Word, ...]] = {}


def read(data: bytes, source: str, *, groups: Iterable[str] | None = None) -> Policies:
    """The policies that a file holds: JSON where it begins with `{`, else TOML; `source` names it in messages.

    Raises: Malformed that names each rule and field that does not fit.
    """
    try:
        text = data.decode("utf-8-sig")
        document = codec.parse_json(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except UnicodeDecodeError:
        raise Malformed(f"{source}: not UTF-8 text; save the file as UTF-8.", file=source) from None
    except Malformed as error:
        raise Malformed(f"{source}: {error.message}.", file=source) from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Malformed(f"{source}: not TOML: {error}.", file=source) from None
    try:
        return convert(document, groups=groups)
    except Malformed as error:
        raise Malformed(f"{source}: {error.message}", **{**error.details, "file": source}) from None


def convert(document: Any, *, groups: Iterable[str] | None = None) -> Policies:
    """The policies that plain data stands for; `groups` are those known besides the document's own.

    Raises: Malformed that names each rule and field that does not fit.
    """
    if not isinstance(document, dict):
        raise Malformed("Policies are a table with `rules`, a list of rules.")
    problems: list[Trouble] = []
    listed = document.get("rules", [])
    rules: list[Rule] = []
    if not isinstance(listed, list | tuple):
        problems.append(Trouble("rules", "rules: write a list of tables, [[rules]] once for each", "not_rules"))
        listed = []
    for number, given in enumerate(listed):
        try:
            rules.append(msgspec.convert(given, Rule, strict=True))
        except msgspec.ValidationError as error:
            problems.append(_explained(f"rules[{number}]", _label(number, given), str(error)))
    try:
        rest = msgspec.convert({**document, "rules": []}, Policies, strict=True)
    except msgspec.ValidationError as error:
        rest = Policies()
        problems.append(_explained("", "", str(error)))
    found = msgspec.structs.replace(rest, rules=tuple(rules))
    if not problems:
        problems += check(found, groups=groups)
    if problems:
        first = problems[0]
        message = first.said if len(problems) == 1 else "\n  ".join(["", *(one.said for one in problems[:20])])
        raise first._replace(said=message).refusal()
    return found


def check(policies: Policies, *, groups: Iterable[str] | None = None) -> list[Trouble]:
    """What is wrong with policies beyond their shape, in the order of the rules.

    Group names are checked where `groups` is given or the policies name groups of their own.
    """
    known = None if groups is None and not policies.groups else {*(groups or ()), *policies.groups}
    problems: list[Trouble] = []
    names: set[str] = set()
    for number, rule in enumerate(policies.rules):
        where, label = f"rules[{number}]", f"rule {number + 1} ({rule.name!r})"
        if rule.name in names:
            problems.append(Trouble(f"{where}.name", f"{label}: name: another rule has this name", "same_name"))
        names.add(rule.name)
        problems += [
            one._replace(field=f"{where}.{one.field}", said=f"{label}: {one.field}: {one.said}")
            for one in _check_rule(rule, known)
        ]
    problems += [one._replace(said=f"changes: {one.said}") for one in _check_needs("changes", policies.changes, known)]
    for group, members in policies.groups.items():
        for person in members:
            if not _PERSON(person):
                said = f"groups.{group}: {person[:60]!r} is no person's name"
                problems.append(Trouble(f"groups.{group}", said, "no_person", person[:60]))
    return problems


def kinds_of(rule: Rule) -> tuple[str, ...]:
    """The command types that a rule speaks of, in the order of the reference."""
    return tuple(kind for kind in COMMANDS if any(fnmatchcase(kind, glob) for glob in rule.commands))


def _check_rule(rule: Rule, groups: set[str] | None) -> Iterator[Trouble]:
    for word in rule.who:
        yield from _check_who(word, groups)
    for glob in rule.commands:
        if not any(fnmatchcase(kind, glob) for kind in COMMANDS):
            said = f"{glob[:60]!r} fits no command; see the list of commands"
            yield Trouble("commands", said, "no_command", glob[:60])
    for field, accounts in (("accounts", rule.accounts), ("counterparties", rule.counterparties)):
        for account in accounts:
            if account != ANY and not _ACCOUNT(account):
                said = f"{account[:60]!r} is no account; write letters, digits or . _ : -"
                yield Trouble(field, said, "no_account", account[:60])
    if ADDRESS_BOOK in rule.accounts:
        yield Trouble("accounts", f"{ADDRESS_BOOK} is for counterparties", "book_for_counterparties")
    for field in ("per_command", "per_period"):
        limits = getattr(rule, field)
        if limits is not UNSET:
            yield from _check_limits(field, limits)
    yield from _check_approvals(rule, groups)


def _check_who(word: str, groups: set[str] | None) -> Iterator[Trouble]:
    kind, colon, name = word.partition(":")
    if not colon:
        if word != ANY and not _PERSON(word):
            said = f"{word[:60]!r} is no person's name; write a name, group:NAME, role:NAME or *"
            yield Trouble("who", said, "no_person", word[:60])
    elif kind == "role":
        if name not in ROLES:
            yield Trouble("who", f"there is no role {name[:60]!r}; there are {', '.join(ROLES)}", "no_role", name[:60])
    elif kind != "group" or not _GROUP(name):
        yield Trouble("who", f"{word[:60]!r}: write a name, group:NAME, role:NAME or *", "no_person", word[:60])
    elif groups is not None and name not in groups:
        yield Trouble("who", f"there is no group {name!r}", "no_group", name)


def _check_limits(field: str, limits: PerCommand | PerPeriod) -> Iterator[Trouble]:
    if limits.above is UNSET and limits.up_to is UNSET:
        yield Trouble(field, "state above or up_to, or both", "no_limits")
    elif not (limits.above is UNSET or limits.up_to is UNSET) and not _less(limits.above, limits.up_to):
        yield Trouble(field, f"nothing is above {limits.above} and up to {limits.up_to}", "empty_limits")


def _check_approvals(rule: Rule, groups: set[str] | None) -> Iterator[Trouble]:
    if (rule.action == "require_approvals") != bool(rule.approvals):
        if rule.approvals:
            said = f"only require_approvals takes them; the action is {rule.action}"
            yield Trouble("approvals", said, "needless_approvals")
        else:
            said = 'state who must approve, like [{group = "treasurers", count = 2}]'
            yield Trouble("approvals", said, "no_approvals")
    yield from _check_needs("approvals", rule.approvals, groups)


def _check_needs(field: str, needs: tuple[Need, ...], groups: set[str] | None) -> Iterator[Trouble]:
    named = [need.group for need in needs]
    for group in dict.fromkeys(named):
        if named.count(group) > 1:
            yield Trouble(field, f"group {group!r} is named twice", "group_twice", group)
        if groups is not None and group not in groups:
            yield Trouble(field, f"there is no group {group!r}", "no_group", group)


def _less(small: str, large: str) -> bool:
    """Whether one amount is below another, exactly."""

    def digits(text: str) -> tuple[int, str]:
        whole, _, fraction = text.partition(".")
        return int(whole), fraction.rstrip("0")

    return digits(small) < digits(large)


def _label(number: int, given: Any) -> str:
    name = given.get("name") if isinstance(given, dict) else None
    return f"rule {number + 1} ({name[:60]!r})" if isinstance(name, str) else f"rule {number + 1}"


def _explained(where: str, label: str, said: str) -> Trouble:
    """msgspec's finding with the rule and the field named first."""
    path = found["path"] if (found := _PATH.search(said)) else ""
    what = said[: found.start()] if found else said
    if path == "action":
        what = f"{what}; write allow, block or require_approvals"
    field = ".".join(part for part in (where, path) if part)
    named = ": ".join(part for part in (label, path) if part)
    bounds = reason_of(hint_at(Rule if where else Policies, path) if path else None)
    return Trouble(field or "rules", f"{named or 'policies'}: {what}", str(bounds["reason"]), bounds=bounds)
