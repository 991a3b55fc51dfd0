"""Every page that has a past: it says that one looks at it, keeps it in its links, and lets nobody act."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits
from playwright.sync_api import Page, expect

from holdfast.entrypoints.terminal.pages import PUBLIC
from holdfast.entrypoints.terminal.rendering import FOLDER
from holdfast.entrypoints.terminal.screens import PAGES

MOMENT = "2026-01-01T00:30:00Z"

NOT_ON_THE_DESK = ("/do/", "/receipt", "/enrol", "/sign-in", "/start")
"""Pages of forms and of signing in."""


def whole(template: str) -> bool:
    """Whether it is a page and no part of one."""
    return (FOLDER / template).read_text("utf-8").startswith("{% extends")


def pages() -> list[str]:
    found = [one for one in PAGES if one.method == "GET" and one.past and "{" not in one.path and one.needs != PUBLIC]
    return sorted(one.path for one in found if not one.path.startswith(NOT_ON_THE_DESK) and whole(one.template))


def seen_by(desk: Desk, path: str, **how: object) -> Page | None:
    """The page as the first who may see it."""
    for person in ("olga", "alice", "anna", "paul"):
        page = desk.window(person, **how).context.new_page()  # type: ignore[arg-type]
        desk.window_of(page).allow(r"status of 403")
        answer = page.goto(f"{path}?as_of={MOMENT}", wait_until="load")
        if answer is not None and answer.status == 200:
            return page
        page.context.close()
    return None


@pytest.mark.parametrize("path", pages())
def test_the_past__is_said_and_nothing_can_be_done(rich_desk: Desk, path: str) -> None:
    page = seen_by(rich_desk, path)
    assert page is not None, "nobody may see it"
    expect(page.locator(".banner.past")).to_be_visible()
    assert "as_of" in page.url
    free = page.evaluate(
        """() => [...document.querySelectorAll('main form[method=post]')]
            .flatMap((form) => [...form.querySelectorAll('button')])
            .filter((one) => !one.disabled && !one.hidden && one.type !== 'button').map((one) => one.outerHTML)"""
    )
    assert free == []
    lost = page.evaluate(
        """() => [...document.querySelectorAll('nav.side a')].map((one) => one.getAttribute('href'))
            .filter((one) => !one.includes('as_of='))"""
    )
    assert lost == []
    page.locator(".banner.past a").click()
    expect(page.locator(".banner.past")).to_have_count(0)
    assert "as_of" not in page.url


@pytest.mark.parametrize("path", pages())
def test_the_past__on_a_phone_in_russian(rich_desk: Desk, path: str) -> None:
    page = seen_by(rich_desk, path, lang="ru", width=360)
    assert page is not None
    expect(page.locator(".banner.past")).to_contain_text("Вы смотрите на прошлое")
    fits(page)
    accessible(page)


def test_picker__leads_to_the_moment_and_keeps_filters(rich_desk: Desk) -> None:
    page = rich_desk("alice", "/statement?asset=FLUX")
    page.get_by_label("As of (UTC)").fill("2026-01-01T00:30:00")
    page.locator("form.as-of button").click()
    expect(page.locator(".banner.past")).to_be_visible()
    assert "asset=FLUX" in page.url
    assert page.locator('[data-explains="FLUX"]').inner_text() == "4,000"


def test_picker__a_moment_to_come__refused_in_words(rich_desk: Desk) -> None:
    page = rich_desk("alice", "/")
    rich_desk.window_of(page).allow("404")
    assert page.goto("/?as_of=2030-01-01T00:00:00Z").status == 404  # type: ignore[union-attr]
    expect(page.get_by_role("main")).to_contain_text("2030")


def present_only() -> list[str]:
    """Pages of the navigation that know nothing but the present."""
    found = [one for one in PAGES if one.method == "GET" and one.nav and not one.past and "{" not in one.path]
    return sorted(one.path for one in found if whole(one.template))


@pytest.mark.parametrize("path", present_only())
def test_present_only__never_called_the_past__and_the_picked_moment_is_not_lost(rich_desk: Desk, path: str) -> None:
    page = seen_by(rich_desk, path)
    assert page is not None, "nobody may see it"
    expect(page.locator(".banner.past")).to_have_count(0)
    expect(page.locator(".banner.present")).to_contain_text(
        f"This page shows the present: it has no past. Other pages show {MOMENT}."
    )
    assert page.locator("#as-of").input_value() == "2026-01-01T00:30"
    assert f"as_of={MOMENT.replace(':', '%3A')}" in str(page.locator("nav.side a").first.get_attribute("href"))
    page.locator(".banner.present a").click()
    expect(page.locator(".banner.present")).to_have_count(0)
    assert "as_of" not in page.url


def test_language_and_colours__keep_the_moment_and_the_filters(rich_desk: Desk) -> None:
    page = rich_desk("alice", f"/statement?asset=FLUX&as_of={MOMENT}")
    page.get_by_role("button", name="Русский").click()
    expect(page.locator(".banner.past")).to_contain_text("Вы смотрите на прошлое")
    page.get_by_role("button", name="Тёмная").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator(".banner.past")).to_be_visible()
    assert "asset=FLUX" in page.url
