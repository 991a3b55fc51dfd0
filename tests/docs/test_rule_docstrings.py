"""What the reference is written from: every rule says what it checks and what it posts."""

from __future__ import annotations

import re

import pytest
from documents import ROOT, tables_after

from holdfast.engine.machine import RULES, Rule
from holdfast.errors import ERRORS
from holdfast.ledger import chart
from holdfast.protocol.arguments import Command
from holdfast.views.rules import read_docstring

RULE = pytest.mark.parametrize(("kind", "rule"), RULES.items(), ids=[str(kind.__struct_config__.tag) for kind in RULES])


def checks_of(rule: Rule) -> list[str]:
    """The codes among the checks, in order; what stands in brackets explains them."""
    plain = re.sub(r"\([^)]*\)", "", read_docstring(rule.answer).sections["Checks"])
    return [] if plain.startswith("none") else [code.strip(" .") for code in plain.split("->")]


@RULE
def test_rule_says_what_it_checks_and_posts(kind: type[Command], rule: Rule) -> None:
    told = read_docstring(rule.answer)
    assert told.summary.endswith(".")
    assert {"Checks", "Postings"} <= told.sections.keys()


@RULE
def test_command_has_a_sentence(kind: type[Command], rule: Rule) -> None:
    assert read_docstring(kind).summary.endswith(".")


@RULE
def test_every_check_is_an_error(kind: type[Command], rule: Rule) -> None:
    assert [code for code in checks_of(rule) if code not in ERRORS] == []


@RULE
def test_every_error_that_a_rule_raises_itself_is_among_its_checks(kind: type[Command], rule: Rule) -> None:
    """By name: a class that the rule's own body raises. What it calls is for the precedence tables."""
    names = {error.__name__: code for code, error in ERRORS.items()}
    raised = {names[name] for name in rule.answer.__code__.co_names if name in names}
    assert raised <= set(checks_of(rule))


@RULE
def test_accounts_of_the_postings_are_on_the_chart(kind: type[Command], rule: Rule) -> None:
    accounts = set(re.findall(r"@([a-z]+)", read_docstring(rule.answer).sections["Postings"]))
    known = {name for name in vars(chart) if callable(getattr(chart, name))} | {chart.ISSUANCE[1:]}
    assert accounts <= known


def test_protocol_pages_show_the_checks_of_every_command_in_order() -> None:
    shown = {}
    for page in (ROOT / "docs" / "protocols").glob("*.md"):
        text = page.read_text("utf-8")
        if "<!-- checks -->" in text:
            for command, checks in tables_after(text, text.index("<!-- checks -->")).rows:
                shown[command.strip("`")] = re.findall(r"`([^`]+)`", checks)
    told = {str(kind.__struct_config__.tag): checks_of(rule) for kind, rule in RULES.items()}
    assert shown == {name: checks for name, checks in told.items() if not name.startswith("role.")}


def test_every_refusal_is_some_rules_check() -> None:
    """A refusal that no rule names is dead, or undocumented; those of the doors in front of the desk are told there."""
    of_the_service = {"no_desk", "not_found", "rejected", "time_reversed"}
    named = {code for rule in RULES.values() for code in checks_of(rule)} | {"not_authorized"}
    refusals = {code for code, error in ERRORS.items() if error.status in {403, 404, 422}}
    refusals -= {code for code, error in ERRORS.items() if error.__module__ == "holdfast.errors.service"}
    assert refusals - named == of_the_service
