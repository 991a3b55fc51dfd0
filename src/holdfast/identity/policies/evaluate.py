"""What a set of rules comes to for one command. Pure: no clock, no store, nothing kept.

    nothing matches                 -> block (deny by default)
    a `block` matches               -> block, whatever else matches
    a `require_approvals` matches   -> approvals: of each group named the largest number named
    else an `allow` matches         -> allow

A rule that restricts (`block`, `require_approvals`) matches where any counterparty does, a rule that allows only where
every one does. An amount that cannot be told is above every limit to the first, and within none to the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import UNSET, Struct, UnsetType

from holdfast.identity.policies.facts import Facts
from holdfast.identity.policies.rules import ADDRESS_BOOK, ANY, Attested, PerPeriod, Policies, Rule, kinds_of
from holdfast.protocol.commands import COMMANDS


class Asker(Struct, frozen=True):
    """Who is asking, as rules see it: `labels` are `*`, the name, and all of `role:NAME` and `group:NAME`.

    For who is `barred` (disabled) no rule speaks; what he did before still counts in sums.
    """

    person: str
    labels: frozenset[str]
    barred: bool = False


def asker(person: str, *, roles: Iterable[str] = (), groups: Iterable[str] = ()) -> Asker:
    """The asker of this name with these roles and groups."""
    labels = (ANY, person, *(f"role:{role}" for role in roles), *(f"group:{group}" for group in groups))
    return Asker(person, frozenset(labels))


class Surroundings(NamedTuple):
    """What rules ask beyond the command: each is given what it needs and the second.

    `in_book(account, asset, now)`: has a usable entry in the address book.
    `attested(account, kind, jurisdictions, now)`: is attested, in one of the jurisdictions.
    `used(rule, facts, person, now)`: base units that the rule's period holds already, this command not among them.
    """

    in_book: Callable[[str, str, int], bool] = lambda account, asset, now: False
    attested: Callable[[str, str, tuple[str, ...], int], bool] = lambda account, kind, jurisdictions, now: False
    used: Callable[[Compiled, Facts, str, int], int] = lambda rule, facts, person, now: 0


NOTHING_AROUND = Surroundings()
"""No address book, no attestations, nothing used."""


class Decision(Struct, frozen=True):
    """What rules say of a command: `rules` are those that decided it, `approvals` so many people by group."""

    action: Literal["allow", "block", "require_approvals"]
    rules: tuple[str, ...] = ()
    approvals: dict[str, int] = {}
    reasons: tuple[str, ...] = ()


DENIED = Decision("block", reasons=("no rule allows it",))
"""What a command gets of which no rule speaks."""


class Limits:
    """The bounds `above` and `up_to` in base units, for any number of decimals."""

    __slots__ = ("_above", "_texts", "_up_to")

    def __init__(self, above: str | UnsetType, up_to: str | UnsetType) -> None:
        self._texts = (above, up_to)
        self._above: dict[int, int] = {}
        self._up_to: dict[int, int] = {}

    def hold(self, units: int, decimals: int) -> bool:
        """Whether an amount is above the one and up to the other.

        Formula: units > floor(above · 10^decimals) and units <= floor(up_to · 10^decimals), which for whole units is
                 the same as with the exact bounds
        """
        above, up_to = self._texts
        if above is not UNSET:
            bound = self._above.get(decimals)
            if bound is None:
                bound = self._above[decimals] = scaled(above, decimals)
            if units <= bound:
                return False
        if up_to is not UNSET:
            bound = self._up_to.get(decimals)
            if bound is None:
                bound = self._up_to[decimals] = scaled(up_to, decimals)
            if units > bound:
                return False
        return True

    def words(self) -> str:
        """The bounds as people read them."""
        above, up_to = self._texts
        parts = ["" if above is UNSET else f"above {above}", "" if up_to is UNSET else f"up to {up_to}"]
        return " and ".join(part for part in parts if part)


def scaled(text: str, decimals: int) -> int:
    """floor(text · 10^decimals) of an amount in whole tokens."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction[:decimals].ljust(decimals, "0"))


class Compiled:
    """One rule, ready to be asked often."""

    __slots__ = (
        "accounts", "assets", "attested", "book", "counterparties", "index", "limits", "name", "period",
        "period_limits", "plain", "restricts", "rule", "who",
    )  # fmt: skip

    def __init__(self, index: int, rule: Rule) -> None:
        self.index = index
        self.rule = rule
        self.name = rule.name
        self.restricts = rule.action != "allow"
        self.who = _unless_any(rule.who)
        self.accounts = _unless_any(rule.accounts)
        self.assets = _unless_any(rule.assets)
        self.counterparties = _unless_any(rule.counterparties)
        self.book = ADDRESS_BOOK in rule.counterparties
        self.attested = rule.attested
        one, many = rule.per_command, rule.per_period
        self.limits = None if isinstance(one, UnsetType) else Limits(one.above, one.up_to)
        self.period: PerPeriod | None = None if isinstance(many, UnsetType) else many
        self.period_limits = None if self.period is None else Limits(self.period.above, self.period.up_to)
        self.plain = self.counterparties is None and not self.attested

    def selects(self, facts: Facts, labels: frozenset[str], around: Surroundings, now: int) -> bool:
        """Whether all conditions but the amounts hold, the command's type aside."""
        if self.who is not None and self.who.isdisjoint(labels):
            return False
        if self.assets is not None and facts.asset not in self.assets:
            return False
        if self.accounts is not None and facts.actor not in self.accounts:
            return False
        return self.plain or (self.meets(facts, around, now) and self.is_attested(facts, around, now))

    def meets(self, facts: Facts, around: Surroundings, now: int) -> bool:
        """Whether the counterparties are those that the rule speaks of."""
        wanted = self.counterparties
        if wanted is None:
            return True
        if not facts.counterparties:
            return False
        found = (
            account in wanted or (self.book and around.in_book(account, facts.asset, now))
            for account in facts.counterparties
        )
        return any(found) if self.restricts else all(found)

    def is_attested(self, facts: Facts, around: Surroundings, now: int) -> bool:
        """Whether everything that the rule wants attested is, or is missing where it says so."""
        return all(self._attested(wanted, facts, around, now) for wanted in self.attested)

    def _attested(self, wanted: Attested, facts: Facts, around: Surroundings, now: int) -> bool:
        accounts = (facts.actor,) if wanted.of == "actor" else facts.counterparties
        if not accounts:
            return False
        found = (
            around.attested(account, wanted.kind, wanted.jurisdictions, now) != wanted.lacking for account in accounts
        )
        return any(found) if self.restricts else all(found)

    def fits(self, facts: Facts) -> bool:
        """Whether the command's own amount is within the rule's limits."""
        if self.limits is None:
            return True
        return self._within(self.limits, facts, 0)

    def fits_period(self, facts: Facts, person: str, around: Surroundings, now: int) -> bool:
        """Whether the rolling sum, this command's amount included, is within the rule's limits."""
        if self.period_limits is None:
            return True
        used = 0 if facts.amount is None else around.used(self, facts, person, now)
        return self._within(self.period_limits, facts, used)

    def _within(self, limits: Limits, facts: Facts, used: int) -> bool:
        if facts.amount is None:
            return facts.unknown and self.restricts
        return limits.hold(used + facts.amount, facts.decimals)


class CompiledPolicies:
    """A set of rules sorted by the command types that they speak of.

    `periods` are those with a rolling sum, `longest` the longest of these in seconds; `depends` names the kinds of
    records whose change may sort the past of these sums anew.
    """

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.rules = tuple(Compiled(index, rule) for index, rule in enumerate(policies.rules))
        by_type: dict[str, list[Compiled]] = {kind: [] for kind in COMMANDS}
        for compiled in self.rules:
            for kind in kinds_of(compiled.rule):
                by_type[kind].append(compiled)
        self.by_type = {kind: tuple(found) for kind, found in by_type.items()}
        self.periods = {kind: tuple(rule for rule in own if rule.period) for kind, own in self.by_type.items()}
        self.longest = max((rule.period.seconds for rule in self.rules if rule.period), default=0)
        self.depends = frozenset(kind for rule in self.rules if rule.period for kind in _depends(rule))


def evaluate(
    policies: CompiledPolicies, facts: Facts, who: Asker, around: Surroundings = NOTHING_AROUND, now: int = 0
) -> Decision:
    """What the rules say of a command; see the table at the top of this module."""
    return decide(matching(policies, facts, who, around, now))


def matching(
    policies: CompiledPolicies, facts: Facts, who: Asker, around: Surroundings = NOTHING_AROUND, now: int = 0
) -> list[Compiled]:
    """The rules whose conditions all hold, in their order."""
    if who.barred:
        return []
    labels, asset, actor = who.labels, facts.asset, facts.actor
    found = []
    for rule in policies.by_type[facts.type]:
        if rule.who is not None and rule.who.isdisjoint(labels):
            continue
        if rule.assets is not None and asset not in rule.assets:
            continue
        if rule.accounts is not None and actor not in rule.accounts:
            continue
        if rule.limits is not None and not rule.fits(facts):
            continue
        if not rule.plain and not (rule.meets(facts, around, now) and rule.is_attested(facts, around, now)):
            continue
        if rule.period is None or rule.fits_period(facts, who.person, around, now):
            found.append(rule)
    return found


def decide(found: list[Compiled]) -> Decision:
    """What rules that match come to together."""
    if not found:
        return DENIED
    blocking = [rule.name for rule in found if rule.rule.action == "block"]
    if blocking:
        return Decision("block", tuple(blocking), reasons=tuple(f"{name!r} blocks it" for name in blocking))
    approving = [rule for rule in found if rule.rule.action == "require_approvals"]
    if approving:
        return _approvals(approving)
    return Decision("allow", tuple([rule.name for rule in found]))


def _approvals(rules: list[Compiled]) -> Decision:
    """All that rules want together: of the same group the largest number, of several groups each its own."""
    needs: dict[str, int] = {}
    reasons = []
    for rule in rules:
        for need in rule.rule.approvals:
            needs[need.group] = max(needs.get(need.group, 0), need.count)
        wants = " and ".join(f"{need.count} of {need.group}" for need in rule.rule.approvals)
        reasons.append(f"{rule.name!r} wants approval by {wants}")
    return Decision("require_approvals", tuple(rule.name for rule in rules), needs, tuple(reasons))


def _depends(rule: Compiled) -> Iterator[str]:
    """The kinds of records that decide what counts in a rule's sum, besides the journal."""
    for word in rule.who or ():
        if ":" in word:
            yield "person"
            yield "group"
    if rule.book:
        yield "address"
    if rule.attested:
        yield "attestation"


def _unless_any(words: tuple[str, ...]) -> frozenset[str] | None:
    return None if ANY in words else frozenset(words)
