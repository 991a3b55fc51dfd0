"""Proofs in the pages: a day's roots, one's own proof that the script accepts, keys for sealed amounts."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Desk, looks, serving_pages
from playwright.sync_api import Browser, expect
from signing import App

from holdfast.identity.proof_days import ProofDay
from holdfast.primitives.clock import DAY
from rich_desk import furnish
from serving import House

FIRST = "2026-01-01"
SCRIPT = Path(__file__).parents[2] / "scripts" / "check_inclusion.py"


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A rich desk on the day after."""
    with serving_pages(f"sqlite:{tmp_path_factory.mktemp('proved') / 'desk.db'}") as house:
        furnish(house)
        house.later(DAY)
        end = time.monotonic() + 20
        while house.office.get(ProofDay, FIRST) is None:
            assert time.monotonic() < end, "no roots were published"
            time.sleep(0.05)
        yield house


@pytest.fixture
def proved_desk(browser: Browser, proved: House) -> Iterator[Desk]:
    opened = Desk(browser, proved)
    yield opened
    opened.close()


def test_proofs__looks(proved_desk: Desk) -> None:
    looks(proved_desk, "alice", "/proofs", "proofs")


def test_day__looks(proved_desk: Desk) -> None:
    looks(proved_desk, "alice", f"/proofs/{FIRST}", "proofs-day")


def test_none_yet__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "olga", "/proofs", "proofs-none")


def test_my_proof__holds_by_the_script(proved_desk: Desk, tmp_path: Path) -> None:
    page = proved_desk("alice", "/proofs")
    page.get_by_role("link", name=FIRST).click()
    expect(page.locator("#sums")).to_contain_text("4,066.66666667")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download roots").click()
    waiting.value.save_as(tmp_path / "roots.json")
    row = page.locator("#sums tr", has_text="FLUX").first
    with page.expect_download() as waiting:
        row.get_by_role("link", name="Download my proof").click()
    assert waiting.value.suggested_filename == f"proof-{FIRST}-FLUX.json"
    waiting.value.save_as(tmp_path / "proof.json")
    command = [sys.executable, SCRIPT, "proof.json", "roots.json", "alice"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_as_of_before_the_day_was_over__not_there(proved_desk: Desk) -> None:
    page = proved_desk("alice", "/proofs?as_of=2026-01-01T12:00:00Z")
    expect(page.get_by_text("No day has been published yet")).to_be_visible()


def test_a_day_that_was_not_published__says_so(proved_desk: Desk) -> None:
    page = proved_desk("alice", "/proofs")
    proved_desk.window_of(page).allow("404")
    assert page.goto("/proofs/2020-01-01").status == 404  # type: ignore[union-attr]


def test_my_key__given_with_a_factor(desk: Desk, house: House) -> None:
    app = App(house, "alice")
    page = desk("alice", "/proofs", lang="ru", width=360)
    page.get_by_text("Передать открытый ключ").click()
    page.locator("#disclosure input[name='f.public_key']").fill("85" * 32)
    page.locator("#disclosure form.act button[type=submit]").click()
    page.locator("dialog input[name=code]").fill(app.code())
    page.locator("dialog .commit").click()
    expect(page.get_by_text("Теперь ваши суммы запечатываются")).to_be_visible()
    assert house.of("alice").get("/v1/me/disclosure-key").json()["key"]["public_key"] == "85" * 32
