"""What a person does at the end of a form: review, confirm with a code where one is wanted, wait for the receipt."""

from __future__ import annotations

import re

from playwright.sync_api import Page
from signing import App

QUICK = "htmx:(afterRequest|sendAbort)"
"""What htmx logs where a newer request of what shows while somebody types replaces one."""


def agree(page: Page, app: App | None = None, name: str = "Confirm") -> None:
    """Confirm what is shown, in the dialog or on a page of its own; what comes then is the test's."""
    within = page.locator("#dialog form.confirm, main form.confirm").first
    button = within.get_by_role("button", name=name, exact=True)
    button.wait_for()
    if app is not None and within.locator("#step-up-code").count():
        within.locator("#step-up-code").fill(app.code())
    button.click()


def confirm(page: Page, app: App | None = None) -> None:
    """As `agree`, and wait for the receipt of something that was done."""
    agree(page, app)
    page.wait_for_url(re.compile("/receipt/"))
    assert page.get_by_role("heading", name="Done").is_visible()


def sent(page: Page, app: App | None = None) -> None:
    """Send the form that the page is, and confirm."""
    page.get_by_role("button", name="Review").click()
    confirm(page, app)
