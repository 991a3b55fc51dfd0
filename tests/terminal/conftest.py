"""One Chromium for the tests of a module; a served desk with something of everything for each module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Desk, chromium, has_chromium, serving_pages
from playwright.sync_api import Browser

from receiving import Receiver
from rich_desk import furnish
from serving import House


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: while it is open, no other test of the process can run an event loop.

    Where there is none the tests of pages are left out, unless they are required (CI).
    """
    if not has_chromium() and os.environ.get("HOLDFAST_TEST_BROWSER") != "required":
        pytest.skip("no Chromium here: apt install chromium, or .venv/bin/playwright install chromium")
    with chromium() as opened:
        yield opened


@pytest.fixture
def house_settings() -> dict[str, Any]:
    """Settings of the server of one test; a module that needs others has a fixture of this name."""
    return {}


@pytest.fixture
def house(tmp_path: Path, house_settings: dict[str, Any]) -> Iterator[House]:
    """An empty demo desk of one test."""
    with serving_pages(f"sqlite:{tmp_path / 'desk.db'}", **house_settings) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A program that takes the records that webhooks send."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with something of everything; the tests of a module share it and only read."""
    with serving_pages(f"sqlite:{tmp_path_factory.mktemp('rich') / 'desk.db'}") as running:
        furnish(running)
        yield running


@pytest.fixture
def desk(browser: Browser, house: House) -> Iterator[Desk]:
    """Opens pages of the empty desk; fails where anything went wrong in them."""
    opened = Desk(browser, house)
    yield opened
    opened.close()


@pytest.fixture
def rich_desk(browser: Browser, rich: House) -> Iterator[Desk]:
    """Opens pages of the rich desk; fails where anything went wrong in them."""
    opened = Desk(browser, rich)
    yield opened
    opened.close()
