"""The page on policies says of every command what the code says."""

from __future__ import annotations

import re

import pytest
from documents import ROOT, tables_after

from holdfast.identity.policies.facts import MEANINGS
from holdfast.identity.policies.presets import PRESETS
from holdfast.identity.policies.rules import Rule
from holdfast.protocol.commands import COMMANDS

TEXT = (ROOT / "docs" / "reference" / "policies.md").read_text("utf-8")


def amounts() -> dict[str, str]:
    """What the page says of each command's amount."""
    table = tables_after(TEXT, TEXT.index("## What counts as a command's amount"))
    rows = [(re.findall(r"`([a-z_.]+)`", row[0]), row[2]) for row in table.rows]
    found = [(name, amount) for names, amount in rows for name in names]
    assert len(found) == len(dict(found)), "a command stands twice"
    return dict(found)


def test_every_command_stands_on_the_page() -> None:
    assert amounts().keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_amount_is_said_where_there_is_none(name: str) -> None:
    assert (amounts()[name] == "none") is (MEANINGS[COMMANDS[name]].measure is None)


def test_every_field_of_a_rule_stands_on_the_page() -> None:
    table = tables_after(TEXT, TEXT.index("## A rule"))
    assert [row[0].strip("`") for row in table.rows] == list(Rule.__struct_fields__)


def test_every_preset_is_named() -> None:
    assert all(f"`{name}`" in TEXT for name in PRESETS)
