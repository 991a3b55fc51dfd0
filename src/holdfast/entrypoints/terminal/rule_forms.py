"""Policies as a form: every rule's fields as texts that somebody edits, and what he typed as policies again.

Nothing typed is lost: what is no number stays text, and the API says at which rule and field it does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.language import Language
from holdfast.entrypoints.terminal.visit import Values

ANY = "*"
LISTS = ("who", "commands", "accounts", "assets", "counterparties")
UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
ACTIONS = ("allow", "require_approvals", "block")
PERS = ("person", "account", "everyone")

DEFAULTS: dict[str, Any] = {"cooling_seconds": 86_400, "expires_seconds": 259_200, "tolerance_bps": 0, "changes": []}
"""What settings are where nothing is said of them."""

MOST_RULES = 60
"""Rules that the form takes; more are edited as text."""

_WHOLE = re.compile(r"[0-9]{1,15}")

Rule = dict[str, Any]


class Draft:
    """Policies while somebody edits them: rules in their order, and the settings, all as texts."""

    def __init__(self, rules: list[Rule], settings: dict[str, Any]) -> None:
        self.rules = rules
        self.settings = settings

    def move(self, at: int, by: int) -> int:
        """Move a rule up or down by one; where it stands then."""
        to = at + by
        if 0 <= at < len(self.rules) and 0 <= to < len(self.rules):
            self.rules[at], self.rules[to] = self.rules[to], self.rules[at]
            return to
        return at

    def add(self) -> int:
        """An empty rule at the end; where it stands."""
        self.rules.append(rule_texts({"name": "", "action": "require_approvals"}) | {"open": "1"})
        return len(self.rules) - 1

    def remove(self, at: int) -> None:
        """Take a rule out."""
        if 0 <= at < len(self.rules):
            del self.rules[at]


def draft_of(document: Mapping[str, Any]) -> Draft:
    """The form of some policies."""
    settings: dict[str, Any] = {"tolerance_bps": str(document.get("tolerance_bps", 0))}
    for name in ("cooling", "expires"):
        settings |= _time(name, document.get(f"{name}_seconds", DEFAULTS[f"{name}_seconds"]))
    settings["changes"] = _needs(document.get("changes"))
    return Draft([rule_texts(rule) for rule in document.get("rules") or ()], settings)


def rule_texts(rule: Mapping[str, Any]) -> Rule:
    """The form of one rule."""
    texts: Rule = {"name": rule.get("name", ""), "action": rule.get("action", "allow"), "open": ""}
    for field in LISTS:
        words = rule.get(field) or [ANY]
        texts[field] = "" if words == [ANY] else " ".join(words)
    once, period = rule.get("per_command") or {}, rule.get("per_period") or {}
    texts |= {f"once_{name}": once.get(name, "") for name in ("above", "up_to")}
    texts |= {f"period_{name}": period.get(name, "") for name in ("above", "up_to")}
    texts |= _time("period", period.get("seconds", 86_400)) | {"period_per": period.get("per", "person")}
    texts["approvals"] = _needs(rule.get("approvals"))
    texts["attested"] = [
        {"of": one["of"], "kind": one["kind"], "lacking": "yes" if one.get("lacking") else "",
         "places": "" if one.get("jurisdictions", [ANY]) == [ANY] else " ".join(one["jurisdictions"])}
        for one in rule.get("attested") or ()
    ]  # fmt: skip
    return texts


def _time(name: str, seconds: int) -> dict[str, str]:
    unit, length = next((one for one in UNITS if seconds % one[1] == 0), UNITS[-1])
    return {f"{name}_n": str(seconds // length), f"{name}_unit": unit}


def _needs(needs: Any) -> list[dict[str, str]]:
    return [{"group": one["group"], "count": str(one.get("count", 1))} for one in needs or ()]


# --- what was typed ---------------------------------------------------------------------------------------------------


def typed_draft(values: Values, language: Language) -> Draft:
    """The form as it came back. Fields of rule 3 begin with `r3.`, rows of approvals with `r3.approvals0.`."""
    count = min(_number(values.text("rules")), MOST_RULES + 1)
    rules = [_typed_rule(values, f"r{number}.", language) for number in range(count)]
    names = ("cooling_n", "cooling_unit", "expires_n", "expires_unit", "tolerance_bps")
    settings: dict[str, Any] = {name: values.text(f"s.{name}") for name in names}
    settings["changes"] = _rows(values, "s.changes", ("group", "count"))
    return Draft(rules, settings)


def _typed_rule(values: Values, at: str, language: Language) -> Rule:
    names = ("name", "action", "open", *LISTS, "period_n", "period_unit", "period_per")
    rule: Rule = {name: values.text(at + name) for name in names}
    for name in ("once_above", "once_up_to", "period_above", "period_up_to"):
        rule[name] = plain(language, values.text(at + name))
    rule["approvals"] = _rows(values, f"{at}approvals", ("group", "count"))
    rule["attested"] = _rows(values, f"{at}attested", ("kind", "of", "places", "lacking"))
    return rule


def _rows(values: Values, at: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of which the first field is filled in; the others are those that stand there empty to be used."""
    found = []
    for number in range(100):
        if f"{at}{number}.{names[0]}" not in values:
            break
        row = {name: values.text(f"{at}{number}.{name}") for name in names}
        if row[names[0]]:
            found.append(row)
    return found


def document_of(draft: Draft) -> dict[str, Any]:
    """The policies that a form stands for; whether they fit says the API."""
    settings = draft.settings
    given: dict[str, Any] = {
        "cooling_seconds": _seconds(settings["cooling_n"], settings["cooling_unit"]),
        "expires_seconds": _seconds(settings["expires_n"], settings["expires_unit"]),
        "tolerance_bps": _whole(settings["tolerance_bps"] or "0"),
        "changes": _counted(settings["changes"]),
    }
    own = {name: value for name, value in given.items() if value != DEFAULTS[name]}
    return {"rules": [_rule(rule) for rule in draft.rules], **own}


def _rule(texts: Rule) -> dict[str, Any]:
    rule: dict[str, Any] = {"name": texts["name"], "action": texts["action"]}
    rule |= {field: re.split(r"[\s,]+", texts[field].strip(" ,")) for field in LISTS if texts[field].strip(" ,")}
    if once := {name: texts[f"once_{name}"] for name in ("above", "up_to") if texts[f"once_{name}"]}:
        rule["per_command"] = once
    if period := {name: texts[f"period_{name}"] for name in ("above", "up_to") if texts[f"period_{name}"]}:
        seconds = _seconds(texts["period_n"], texts["period_unit"])
        rule["per_period"] = {**period, "seconds": seconds, "per": texts["period_per"] or "person"}
    if texts["attested"]:
        rule["attested"] = [_attested(one) for one in texts["attested"]]
    if texts["approvals"] and texts["action"] == "require_approvals":
        rule["approvals"] = _counted(texts["approvals"])
    return rule


def _attested(row: dict[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {"of": row["of"] or "actor", "kind": row["kind"]}
    if row["places"]:
        wanted["jurisdictions"] = re.split(r"[\s,]+", row["places"])
    return wanted | ({"lacking": True} if row["lacking"] else {})


def _counted(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"group": row["group"], "count": _whole(row["count"] or "1")} for row in rows]


def _seconds(number: str, unit: str) -> Any:
    length = dict(UNITS).get(unit, 1)
    return int(number) * length if _WHOLE.fullmatch(number) else number


def _whole(text: str) -> Any:
    return int(text) if _WHOLE.fullmatch(text) else text


def _number(text: str) -> int:
    return int(text) if _WHOLE.fullmatch(text) else 0


# --- where something is wrong -----------------------------------------------------------------------------------------

_FIELD = re.compile(r"rules\[(?P<rule>[0-9]+)\](?:\.(?P<field>[a-z_]+))?(?:\[[0-9]+\])?(?:\.(?P<part>[a-z_]+))?")


def wrong_at(field: str) -> tuple[int, str]:
    """Which rule (counted from 0; -1 for none) and which of its fields a refusal of the API is about."""
    if not (found := _FIELD.match(field)):
        return -1, field
    name, part = found["field"] or "", found["part"] or ""
    if name in ("per_command", "per_period"):
        name = (
            {"per_command": "once", "per_period": "period"}[name] + "_" + (part if part in ("above", "up_to") else "n")
        )
        name = "once_above" if name == "once_n" else name
    return int(found["rule"]), name
