"""Statements in the pages: reconciled, every amount leading to its record, files for taxes."""

from __future__ import annotations

import csv

import pytest
from browser import Desk, fits, looks
from playwright.sync_api import expect

from serving import House


def test_statement__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "alice", "/statement", "statement")


def test_statement__on_paper(rich_desk: Desk) -> None:
    """An A4 page's width: figures and nothing to press, also for who has chosen dark; what was filtered by is said."""
    page = rich_desk("alice", "/statement?asset=FLUX")
    page.get_by_role("button", name="Dark").click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    fits(page)
    for hidden in (".side", ".top", ".foot", "form.filters", ".tabs", "#export"):
        assert not page.locator(hidden).is_visible(), hidden
    assert page.get_by_text("Holdfast · alice · 2026-01-01").is_visible()
    assert page.get_by_text("Asset: FLUX", exact=True).is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('#moves')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('#moves .scroll')).overflowX") == "visible"


def test_statement_of__looks_for_staff(rich_desk: Desk) -> None:
    looks(rich_desk, "anna", "/statement/@vault:FLUX", "statement-staff")


def test_statement__nothing_yet__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "anna", "/statement/nobody-yet", "statement-empty")


def test_statement__every_line_with_its_balance(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", "/statement")
    expected = rich.of("alice").get("/v1/accounts/alice/statement", params={"limit": 50}).json()["items"]
    rows = page.locator("#moves tbody tr").all_inner_texts()
    assert len(rows) == len(expected)
    assert "5,000" in rows[0]
    expect(page.get_by_text("Reconciled", exact=True)).to_be_visible()


def test_statement__closing_leads_to_the_record_that_made_it(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", "/statement?asset=FLUX")
    last = rich.of("alice").get("/v1/accounts/alice/totals").json()["items"]
    flux = next(one for one in last if one["asset"] == "FLUX")
    page.locator('[data-explains="FLUX"]').click()
    assert page.url.endswith(f"/journal/{flux['last']}")
    expect(page.locator("#postings")).to_be_visible()


def test_statement__filters_and_refusals(rich_desk: Desk) -> None:
    page = rich_desk("alice", "/statement")
    page.get_by_label("Asset").first.fill("VG")
    page.locator("form.filters button").click()
    assert all("VG" in row for row in page.locator("#moves tbody tr").all_inner_texts())
    page.get_by_label("Asset").first.fill("NOPE")
    page.locator("form.filters button").click()
    expect(page.get_by_role("alert")).to_contain_text("NOPE")
    page.goto("/statement?since=2027-01-01T00:00")
    expect(page.get_by_text("No postings")).to_be_visible()


def test_statement__of_the_past(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", "/statement?as_of=2026-01-01T00:30:00Z")
    held = rich.of("alice").get("/v1/accounts/alice", params={"as_of": "2026-01-01T00:30:00Z"}).json()["balances"]
    closing = {link.get_attribute("data-explains"): link.inner_text() for link in page.locator("[data-explains]").all()}
    found = {asset: text.replace(",", "") for asset, text in closing.items() if text != "0"}
    assert found == held
    expect(page.locator(".banner.past")).to_be_visible()


def test_statement__another_account_for_staff_alone(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/statement")
    page.locator("#i-account").fill("bob")
    page.locator("#other button").click()
    expect(page.get_by_text("Account bob")).to_be_visible()
    own = rich_desk("alice", "/statement")
    assert own.locator("#other").count() == 0
    rich_desk.window_of(own).allow("404")
    assert own.goto("/statement/bob").status == 404  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_export__a_years_file(rich_desk: Desk, form: str) -> None:
    page = rich_desk("alice", "/statement", lang="ru")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=form.upper()).click()
    path = waiting.value.path()
    assert waiting.value.suggested_filename == f"statement-alice-2026-12-31.{form}"
    if form == "csv":
        heads, *rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        assert heads[0] == "Дата (UTC)"
        assert len(rows) > 10
    else:
        assert path.read_bytes().startswith({"xlsx": b"PK", "pdf": b"%PDF"}[form])
