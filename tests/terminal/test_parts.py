"""The parts that pages are made of: a page with each of them, for looking, and what the scripts make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Desk, looks, serving_pages
from playwright.sync_api import Browser

from holdfast.entrypoints.terminal import application, rendering
from holdfast.entrypoints.terminal.pages import PUBLIC, page
from holdfast.entrypoints.terminal.screens import PAGES
from holdfast.entrypoints.terminal.visit import Visit
from support import DAY, START


@page("/parts", "parts_of_the_tests.html", title="overview.title", needs=PUBLIC, past=False)
async def parts(visit: Visit) -> dict[str, Any]:
    """Every part once."""
    days = [f"2026-01-{day:02}T00:00:00Z" for day in range(1, 11)]
    rates = [f"1.0{day}" for day in range(1, 11)]
    return {"days": days, "rates": rates, "nets": [None, *rates[:-1]]}


@pytest.fixture
def parts_desk(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with the page of all parts."""
    monkeypatch.setattr(rendering, "FOLDER", [rendering.FOLDER, Path(__file__).parent])
    monkeypatch.setattr(application, "PAGES", (*PAGES, parts))
    with serving_pages(f"sqlite:{tmp_path / 'desk.db'}") as house:
        opened = Desk(browser, house)
        yield opened
        opened.close()


def test_parts__look(parts_desk: Desk) -> None:
    looks(parts_desk, "", "/parts", "parts")


def test_charts__are_drawn_and_are_tables(parts_desk: Desk) -> None:
    page = parts_desk("", "/parts")
    page.locator("#rate canvas").wait_for()
    page.locator("#curve canvas").wait_for()
    page.locator("#rate summary").click()
    assert page.locator("#rate details tbody tr").count() == 10
    assert page.locator("#rate details tbody tr").nth(1).inner_text().split("\t")[1:] == [
        "1.02\xa0FLUX",
        "1.01\xa0FLUX",
    ]
    drawn = page.evaluate("""() => {
        const canvas = document.querySelector("#rate canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value, at) => at % 4 === 3 && value > 0);
    }""")
    assert drawn


def test_moments__in_the_persons_time_zone__countdowns_by_the_servers_clock(parts_desk: Desk) -> None:
    page = parts_desk("", "/parts", lang="ru")
    assert START % DAY == 0
    page.locator("#when time[title]").wait_for()
    assert "01:00" in page.locator("#when").inner_text()  # Berlin
    assert page.locator("#when time").get_attribute("title") == "2026-01-01 00:00 UTC"
    assert page.locator("#soon").inner_text() in ("через 1 д 0 ч", "через 1 д 1 ч")
    assert page.locator("#over").inner_text() == "over"
