"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WRITTEN_BY = (
    "<!-- Written by `python -m holdfast.docs` from the code. Do not edit; edit the code and run `make docs`. -->"
)

RULES_PAGES = {
    "1": "assets",
    "2": "liquid-vault",
    "3": "term-staking",
    "4": "leveraged-delegation",
    "5": "restaking",
    "6": "depin",
}
"""Where the rules of each number of the protocol pages stand: `protocols 3.4` is section 3.4 of term staking."""

DECISION_PAGES = {"V": "term-staking", "M": "leveraged-delegation", "I": "liquid-vault"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines]


def page(title: str, *parts: str | Sequence[str]) -> str:
    """A generated page: its title, and parts with an empty line between any two."""
    texts = [part if isinstance(part, str) else "\n".join(part) for part in parts]
    return "\n\n".join([f"# {title}", WRITTEN_BY, *texts]) + "\n"


def anchor(heading: str) -> str:
    """The fragment that a heading is reached by: lower case, blanks to hyphens, other signs dropped."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def linked_sources(text: str) -> str:
    """Text in which `decision V9`, `decisions V1–V5` and `protocols 3.4` lead to where they are explained."""
    text = re.sub(
        r"\b([VMI])(\d{1,2})\b",
        lambda found: f"[{found[0]}](../decisions/{DECISION_PAGES[found[1]]}.md#{found[0].lower()})",
        text,
    )
    return re.sub(
        r"\bprotocols (\d)((?:\.\d)?)",
        lambda found: f"[rules {found[1]}{found[2]}](../protocols/{RULES_PAGES[found[1]]}.md)",
        text,
    )
