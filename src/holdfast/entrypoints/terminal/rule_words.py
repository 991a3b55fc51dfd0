"""Policies in words: a rule as one sentence of the visitor's language, and what differs between two sets of rules.

Rules are read as the API gives them, plain data; nothing here decides what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from holdfast.entrypoints.terminal.figures import amount
from holdfast.entrypoints.terminal.language import Language, has, say
from holdfast.entrypoints.terminal.rule_forms import DEFAULTS

ANY, BOOK = "*", "address_book"
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

Rule = Mapping[str, Any]


class Speaker(Protocol):
    """Who is spoken to."""

    language: Language


class RuleWords:
    """Rules in one language."""

    def __init__(self, visit: Speaker) -> None:
        self.language = visit.language

    def _t(self, key: str, **values: object) -> str:
        return say(self.language, f"policies.{key}", **values)

    def sentence(self, rule: Rule) -> str:
        """A whole rule: what happens, to which commands, by whom, under which conditions."""
        values = {
            "commands": self.commands(rule.get("commands")), "who": self.who(rule.get("who")),
            "conditions": "".join(f", {condition}" for condition in self.conditions(rule)),
        }  # fmt: skip
        action = rule.get("action", "")
        if action == "require_approvals":
            return self._t("rule_approvals", approvals=self.needs(rule.get("approvals", ())), **values)
        return self._t("rule_allow" if action == "allow" else "rule_block", **values)

    def who(self, words: Iterable[str] | None) -> str:
        """For whom a rule speaks."""
        return self._joined(words, self._t("anybody"), self._somebody)

    def _somebody(self, word: str) -> str:
        kind, colon, name = word.partition(":")
        if not colon:
            return word
        if kind == "role":
            name = say(self.language, f"roles.{name}") if has(self.language, f"roles.{name}") else name
        return self._t(f"by_{kind}", name=name) if kind in ("role", "group") else word

    def commands(self, words: Iterable[str] | None) -> str:
        """Which commands a rule speaks of."""
        return self._joined(words, self._t("everything"), self.command)

    def command(self, kind: str) -> str:
        """One command or pattern, with its name where it has one."""
        key = f"commands.{kind}"
        return self._t("quoted", text=say(self.language, key)) if has(self.language, key) else kind

    def conditions(self, rule: Rule) -> list[str]:
        """The conditions beside who and which command."""
        found = []
        for field in ("accounts", "assets", "counterparties"):
            words = list(rule.get(field) or ())
            if words and ANY not in words:
                found.append(self._t(f"cond_{field}", words=self._joined(words, "", self._account)))
        if limits := rule.get("per_command"):
            found.append(self._t("cond_once", limits=self._limits(limits)))
        if period := rule.get("per_period"):
            time, per = self.duration(period.get("seconds", 0)), self._t("per_" + period.get("per", "person"))
            found.append(self._t("cond_period", limits=self._limits(period), time=time, per=per))
        found += [self._attested(wanted) for wanted in rule.get("attested") or ()]
        return found

    def _account(self, word: str) -> str:
        return self._t("the_book") if word == BOOK else word

    def _limits(self, limits: Mapping[str, Any]) -> str:
        above, up_to = (amount(self.language, limits.get(name, "")) for name in ("above", "up_to"))
        if above and up_to:
            return self._t("limits_both", above=above, up_to=up_to)
        return self._t("limits_above", above=above) if above else self._t("limits_up_to", up_to=up_to)

    def _attested(self, wanted: Mapping[str, Any]) -> str:
        places = [place for place in wanted.get("jurisdictions") or () if place != ANY]
        where = self._t("attested_in", places=", ".join(places)) if places else ""
        key = f"attested_{wanted.get('of', 'actor')}" + ("_lacking" if wanted.get("lacking") else "")
        return self._t(key, kind=wanted.get("kind", ""), where=where)

    def needs(self, needs: Iterable[Mapping[str, Any]] | Mapping[str, int] | None) -> str:
        """Approvals: so many of each group."""
        if isinstance(needs, Mapping):
            needs = [{"group": group, "count": count} for group, count in needs.items()]
        parts = [self._t("need", n=_count(need.get("count", 1)), group=need.get("group", "")) for need in needs or ()]
        return ", ".join(parts) or self._t("nobody")

    def duration(self, seconds: Any) -> str:
        """A time in the largest unit that divides it; what is no number (yet) as it is."""
        for unit, length in _UNITS if isinstance(seconds, int) else ():
            if seconds % length == 0:
                return self._t(f"n_{unit}s", n=seconds // length)
        return str(seconds)

    def fails(self, spoken: Mapping[str, Any], rule: Rule, found: Mapping[str, Any]) -> str:
        """Which condition of a rule does not hold for a simulated command, and what it is instead."""
        condition = str(spoken.get("condition") or "")
        if not condition or not has(self.language, f"policies.fails_{condition}"):
            return str(spoken.get("why", ""))
        others = ", ".join(found.get("counterparties") or ()) or self._t("nobody_there")
        values = {
            "person": found.get("person", ""), "kind": self.command(str(found.get("type", ""))),
            "asset": found.get("asset") or self._t("no_asset"), "actor": found.get("actor", ""), "others": others,
            "amount": amount(self.language, found.get("amount") or "–"), "who": self.who(rule.get("who")),
            "commands": self.commands(rule.get("commands")),
        }  # fmt: skip
        wanted = self.conditions({condition: rule.get(condition)}) if rule.get(condition) else []
        return self._t(f"fails_{condition}", wanted="; ".join(wanted), **values)

    def _joined(self, words: Iterable[str] | None, every: str, one: Any) -> str:
        listed = list(words or ())
        return every if not listed or ANY in listed else ", ".join(one(word) for word in listed)


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


class Piece(Struct, frozen=True):
    """One rule in a comparison. `place` and `before` are its numbers, from 1; `fields` those that differ."""

    kind: str
    name: str
    rule: dict[str, Any]
    then: dict[str, Any] | None = None
    place: int = 0
    before: int = 0
    fields: tuple[str, ...] = ()


class Difference(Struct, frozen=True):
    """Two sets of policies beside each other: every rule, and the settings that differ."""

    pieces: tuple[Piece, ...]
    settings: tuple[tuple[str, Any, Any], ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.settings and all(piece.kind == "same" for piece in self.pieces)


def differing(base: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What of `base` is otherwise in `new`, rule by rule in the new order; removed rules stand where they stood."""
    old_rules, new_rules = list(base.get("rules") or ()), list(new.get("rules") or ())
    old = {rule["name"]: (number, rule) for number, rule in enumerate(old_rules, 1)}
    names = {rule["name"] for rule in new_rules}
    order = [rule["name"] for rule in old_rules if rule["name"] in names]
    kept = [rule["name"] for rule in new_rules if rule["name"] in old]
    pieces: list[Piece] = []
    for number, rule in enumerate(new_rules, 1):
        name = rule["name"]
        if name not in old:
            pieces.append(Piece("added", name, rule, None, number))
            continue
        before, then = old[name]
        fields = tuple(field for field in {**then, **rule} if _plain(then.get(field)) != _plain(rule.get(field)))
        moved = order.index(name) != kept.index(name)
        kind = "changed" if fields else "moved" if moved else "same"
        pieces.append(Piece(kind, name, rule, then, number, before, fields))
    for number, rule in enumerate(old_rules, 1):
        if rule["name"] not in names:
            gone = Piece("removed", rule["name"], rule, rule, 0, number)
            pieces.insert(min(number - 1, len(pieces)), gone)
    settings = tuple(
        (name, then, now)
        for name, default in DEFAULTS.items()
        if (then := base.get(name, default)) != (now := new.get(name, default))
    )
    return Difference(tuple(pieces), settings)


def _plain(value: Any) -> Any:
    """What is left out and what stands for everything are the same."""
    return None if value in (None, [], [ANY], "") else value
