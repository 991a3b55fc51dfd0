"""An auditor's day: he signs in, explains a number down to its postings, verifies everything, exports it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import NARROW, WIDE, Desk, accessible, fits, serving_pages, shot
from playwright.sync_api import Browser, Page, expect
from signing import PASSWORD, App

from rich_desk import furnish
from serving import House

WORDS = {
    "en": {
        "audit": "Audit", "statement": "Statement",
        "compare": "Compare with what was there before", "verify": "Verify now", "good": "Everything is in order.",
        "menu": "Menu", "chain": "The record's bytes",
    },
    "ru": {
        "audit": "Аудит", "statement": "Выписка",
        "compare": "Сравнить с тем, что было", "verify": "Проверить сейчас", "good": "Всё в порядке.",
        "menu": "Меню", "chain": "Байты записи",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, App]]:
    with serving_pages(f"sqlite:{tmp_path_factory.mktemp('audited') / 'desk.db'}") as house:
        furnish(house)
        yield house, App(house, "anna")


@pytest.mark.parametrize(("lang", "width"), [("en", WIDE), ("ru", NARROW), ("ru", WIDE), ("en", NARROW)])
def test_journey(browser: Browser, audited: tuple[House, App], lang: str, width: int, tmp_path: Path) -> None:
    house, app = audited
    desk, word = Desk(browser, house), WORDS[lang]
    page = desk("", "/sign-in", lang=lang, width=width)
    sign_in(page, app)
    look(page, f"journey-auditor-1-{lang}-{width}")

    if width == NARROW:
        page.locator("summary", has_text=word["menu"]).click()
    page.get_by_role("link", name=word["audit"], exact=True).click()
    page.get_by_role("link", name=word["statement"], exact=True).click()
    page.locator("#i-account").fill("alice")
    page.locator("#other button").click()
    shown = page.locator('[data-explains="VG"]')
    assert "".join(filter(str.isdigit, shown.inner_text())) == "72950"
    look(page, f"journey-auditor-2-{lang}-{width}")

    shown.click()
    explained(page, house, word)
    look(page, f"journey-auditor-3-{lang}-{width}")

    page.goto("/audit/verify")
    page.get_by_role("button", name=word["verify"]).click()
    expect(page.get_by_text(word["good"])).to_be_visible()
    expect(page.locator("#job")).to_contain_text(house.service.head.digest.hex())
    look(page, f"journey-auditor-4-{lang}-{width}")

    exported(page, house, tmp_path)
    desk.close()


def sign_in(page: Page, app: App) -> None:
    page.locator("main input[name=name]").fill("anna")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.locator("input[name=code]").fill(app.code())
    page.locator("main form button").first.click()
    expect(page.locator(".who-name")).to_have_text("Anna")


def explained(page: Page, house: House, word: dict[str, str]) -> None:
    """The number's record: postings that make it, the rule, what changed, the digest that anybody can make again."""
    seq = int(page.url.rpartition("/")[2])
    told = house.of("anna").get(f"/v1/journal/{seq}").json()
    assert page.locator("#postings tbody tr").count() == len(told["postings"])
    page.get_by_role("link", name=word["compare"]).click()
    expect(page.locator("#changed table").first).to_be_visible()
    page.get_by_text(word["chain"], exact=True).click()
    body, previous = page.locator("#chain pre").inner_text(), page.locator("#chain dd code").first.inner_text()
    digest = hashlib.sha256(bytes.fromhex(previous) + body.encode()).hexdigest()
    assert page.locator("#chain dd code").last.inner_text() == digest == told["digest"]


def exported(page: Page, house: House, folder: Path) -> None:
    """The log, the journal and a statement as files."""
    page.goto("/audit")
    with page.expect_download() as waiting:
        page.locator("a[download][href*='format=ndjson']").click()
    waiting.value.save_as(folder / "audit.ndjson")
    items = [json.loads(line) for line in (folder / "audit.ndjson").read_text().splitlines()]
    assert sum(one["source"] == "journal" for one in items) == house.state.seq
    page.goto("/journal")
    with page.expect_download() as waiting:
        page.locator("a[download][href^='/v1/journal/export']").click()
    waiting.value.save_as(folder / "journal.ndjson")
    assert len((folder / "journal.ndjson").read_text().splitlines()) == house.state.seq + 2
    page.goto("/statement/alice")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    waiting.value.save_as(folder / "alice.csv")
    rows = list(csv.reader((folder / "alice.csv").read_text("utf-8-sig").splitlines()))
    assert rows[-1][1] == "closing"


def look(page: Page, name: str) -> None:
    fits(page)
    accessible(page)
    shot(page, name)
