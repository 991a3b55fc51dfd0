"""The project's pages as tests read them: blocks, headings, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

FENCE = re.compile(r"^```(?P<kind>[\w-]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<target>[^()\s]+)\)|!\[[^\]]*\]\((?P<image>[^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="(?P<id>[^"]+)"></a>')


class Block(NamedTuple):
    """A fenced block, and the line where it begins."""

    kind: str
    text: str
    line: int


class Table(NamedTuple):
    """A table: its head, its rows, and the line where it begins."""

    head: list[str]
    rows: list[list[str]]
    line: int


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, kind: str) -> list[Block]:
    text = page.read_text("utf-8")
    found = (Block(m["kind"], m["text"], text.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(text))
    return [block for block in found if block.kind == kind]


def prose(page: Path) -> str:
    """The page without its blocks; the lines keep their numbers."""
    return FENCE.sub(lambda m: "\n" * m[0].count("\n"), page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """Every fragment that the page can be entered at."""
    text, found = prose(page), set[str]()
    for heading in HEADING.finditer(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["text"])
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number, candidate = 0, slug
        while candidate in found:
            number += 1
            candidate = f"{slug}-{number}"
        found.add(candidate)
    return found | {m["id"] for m in ANCHOR.finditer(text)}


def links(page: Path) -> Iterator[tuple[str, int]]:
    """Every link and image of the page with its line."""
    text = prose(page)
    for m in LINK.finditer(text):
        yield m["target"] or m["image"], text.count("\n", 0, m.start()) + 1


def cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def tables_after(text: str, position: int) -> Table:
    """The first table that begins behind `position`."""
    lines = text.splitlines()
    at = text.count("\n", 0, position)
    while not lines[at].startswith("|"):
        at += 1
    start, rows = at, []
    while at < len(lines) and lines[at].startswith("|"):
        rows.append(cells(lines[at]))
        at += 1
    return Table(rows[0], rows[2:], start + 1)
