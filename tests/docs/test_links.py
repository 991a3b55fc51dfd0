"""Links lead somewhere: files exist, anchors are there, nothing is only reachable by guessing."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import PAGES, ROOT, anchors, links, name


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    broken = []
    for target, line in links(page):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, fragment = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or ROOT not in (there, *there.parents):
            broken.append(f"{name(page)}:{line}: {target} does not exist")
        elif fragment and fragment not in anchors(there):
            broken.append(f"{name(page)}:{line}: {target} has no such anchor")
    assert not broken, "\n" + "\n".join(broken)


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for target, _ in links(page) if not target.startswith("https://"))
        waiting += [there for target in targets if (there := (page.parent / target).resolve()).suffix == ".md"]
    assert [name(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_has_one_title_at_its_top(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_fences_are_closed(page: Path) -> None:
    assert sum(line.startswith("```") for line in page.read_text("utf-8").splitlines()) % 2 == 0
