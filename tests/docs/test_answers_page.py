"""The page of answers names every field that a receipt and the state have, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from documents import ROOT, cells
from test_worked_examples import PROTOCOL_PAGES, examples, run

from holdfast.engine.journal import Receipt

PAGE = (ROOT / "docs" / "reference" / "answers.md").read_text("utf-8")
ONE_OBJECT = {"term_pool", "reserve"}
"""Parts of the state that are one object; the others hold objects by name."""


def section(heading: str) -> str:
    return re.split(r"^#", PAGE.split(f"\n{heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def fields(heading: str) -> set[str]:
    """The fields in the first column of the section's table."""
    rows = [cells(line) for line in section(heading).splitlines() if line.startswith("| `")]
    return {field for row in rows for field in re.findall(r"`([^`]+)`", row[0])}


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    """Receipt and state after every command of every worked example."""
    scenarios = [scenario for page in PROTOCOL_PAGES for scenario, _ in examples(page)]
    return [after for scenario in scenarios for after in run(scenario).values()]


def objects(answers: list[dict[str, Any]], part: str) -> Iterator[dict[str, Any]]:
    for after in answers:
        yield from [after[part]] if part in ONE_OBJECT else after[part].values()


def test_receipt() -> None:
    assert fields("## Receipts") == set(Receipt.__struct_fields__)


def test_state(answers: list[dict[str, Any]]) -> None:
    for after in answers:
        assert fields("## State") == set(after) - (set(Receipt.__struct_fields__) - {"seq", "at"})


@pytest.mark.parametrize("part", re.findall(r"^### (\w+)$", PAGE, re.MULTILINE))
def test_part_of_the_state(part: str, answers: list[dict[str, Any]]) -> None:
    seen = {field for one in objects(answers, part) for field in one}
    assert seen == fields(f"### {part}")
