"""What the documents show of a terminal is what a terminal shows (see `console`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from console import agrees, steps, tidy, type_in
from documents import PAGES, ROOT, blocks, name

SESSIONS = [page for page in PAGES if blocks(page, "console")]


@pytest.mark.parametrize("page", SESSIONS, ids=name)
def test_console_session(page: Path, tmp_path: Path) -> None:
    for step in steps(page):
        real = type_in(step.typed, tmp_path)
        assert agrees(step.shown, real), f"{name(page)}:{step.line}: `{step.typed}` shows\n{tidy(real)}"


def test_the_readme_and_the_start_page_have_sessions() -> None:
    assert {ROOT / "README.md", ROOT / "docs" / "start.md"} <= set(SESSIONS)


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ("one\ntwo", "one  \ntwo\n\n", True),
        ("one\n...\nfour", "one\ntwo\nthree\nfour", True),
        ("one\n...\nfour", "one\nfour", True),
        ("...", "", True),
        ("digest ...", "digest 5f1c", True),
        ("digest ...", "digest 5f1c\nmore", False),
        ("one", "two", False),
        ("", "unexpected", False),
        ("expected", "", False),
    ],
)
def test_what_agrees(shown: str, real: str, same: bool) -> None:
    assert agrees(shown, real) is same
