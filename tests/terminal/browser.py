"""A real Chromium on a served desk: what the tests of the pages share.

    def test_something(desk_page: Open) -> None:
        page = desk_page("alice", "/vaults", lang="ru", width=360)

A page fails its test on a CSP violation, an error in the console, an uncaught exception, or a request to anywhere else.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from serving import House, serving

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SCREENSHOTS = Path(__file__).parents[2] / "screenshots"

WIDE, NARROW = 1280, 360

COOKIE = "__Host-holdfast"

PATIENCE = 15_000  # milliseconds: what a page may take on a busy machine before a test gives up on it
expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving_pages(db: str, **settings: Any) -> Iterator[House]:
    """A house that a browser can use: passkeys and origins need its real address."""
    port = free_port()
    with serving(db, port=port, origin=f"http://localhost:{port}", **settings) as house:
        house.url = house.server.origin
        yield house


def has_chromium() -> bool:
    """Whether there is a Chromium to open pages with."""
    if shutil.which("chromium"):
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


@contextmanager
def chromium() -> Iterator[Browser]:
    """One headless Chromium: Debian's where it is there, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        yield browser
        browser.close()


class Watched:
    """A browser window with everything that went wrong in it."""

    def __init__(self, context: BrowserContext, house: House) -> None:
        self.context = context
        self.house = house
        self.troubles: list[str] = []
        self.allowed: list[str] = []
        context.on("page", self.watch)

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page."""
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def allow(self, pattern: str) -> None:
        """Let errors pass that a test makes on purpose: a status that it asks for, say."""
        self.allowed.append(pattern)

    def check(self) -> None:
        """Fail where anything went wrong that was not allowed."""
        found = [one for one in self.troubles if not any(re.search(pattern, one) for pattern in self.allowed)]
        assert not found, "\n".join(found)

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.troubles.append(f"console {kind}: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.house.url + "/", "data:")):
            self.troubles.append(f"request to {url}")


class Desk:
    """Opens pages of a house as its people."""

    def __init__(self, browser: Browser, house: House) -> None:
        self.browser = browser
        self.house = house
        self.windows: list[Watched] = []

    def window(
        self, person: str = "", *, lang: str = "en", width: int = WIDE, dark: bool = False, **more: Any
    ) -> Watched:
        """A window of somebody who is signed in, or of nobody."""
        context = self.browser.new_context(
            base_url=self.house.url, locale={"en": "en-GB", "ru": "ru-RU"}[lang], timezone_id="Europe/Berlin",
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", **more,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        if person:
            self.sign_in(context, person)
        watched = Watched(context, self.house)
        self.windows.append(watched)
        return watched

    def sign_in(self, context: BrowserContext, person: str) -> None:
        """Give a window the cookie of a new session. A __Host- cookie has no domain, which only Chromium's own way
        of setting cookies can say."""
        page = context.new_page()
        value = {"name": COOKIE, "value": self.house.session(person), "url": self.house.url, "path": "/"}
        done = context.new_cdp_session(page).send(
            "Network.setCookie", value | {"secure": True, "httpOnly": True, "sameSite": "Strict"}
        )
        assert done["success"]
        page.close()

    def __call__(self, person: str, path: str, **how: Any) -> Page:
        """A page as somebody sees it."""
        page = self.window(person, **how).context.new_page()
        page.goto(path, wait_until="load")
        return page

    def window_of(self, page: Page) -> Watched:
        """The window that a page is in."""
        return next(one for one in self.windows if one.context == page.context)

    def close(self) -> None:
        """Close all windows and look what went wrong in them."""
        for one in self.windows:
            one.context.close()
        windows, self.windows = self.windows, []
        for one in windows:
            one.check()


Open = Callable[..., Page]


def accessible(page: Page, *, but: tuple[str, ...] = ()) -> None:
    """Fail where axe finds something against WCAG 2.2 AA; `but` are rules that a test leaves out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        """async (but) => {
            const rules = Object.fromEntries(but.map((name) => [name, { enabled: false }]));
            const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
            const only = { type: "tag", values };
            const { violations } = await axe.run(document, { runOnly: only, rules, resultTypes: ["violations"] });
            const told = (node) => node.html.slice(0, 200) + "\\n    " + (node.any[0]?.message ?? node.failureSummary);
            return violations.map((one) => one.id + ": " + one.help + "\\n  "
                + one.nodes.slice(0, 5).map(told).join("\\n  "));
        }""",
        list(but),
    )
    assert not found, f"{page.url}\n" + "\n".join(found)


def fits(page: Page) -> None:
    """Fail where the page is wider than its window: it would have to be moved sideways to be read."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def shot(page: Page, name: str) -> None:
    """Keep a picture of the whole page for looking, where `HOLDFAST_TEST_SHOTS` is set: it takes a while."""
    if not os.environ.get("HOLDFAST_TEST_SHOTS"):
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def looks(desk: Desk, person: str, path: str, name: str, prepare: Callable[[Page], None] | None = None) -> None:
    """A page in both languages, at both widths, light and dark: it fits, is accessible, and its picture is kept."""
    for lang, dark_on_phones in (("en", False), ("ru", True)):
        page = desk(person, path, lang=lang)
        if prepare is not None:
            prepare(page)
        for width, dark in ((WIDE, False), (NARROW, dark_on_phones)):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.wait_for_timeout(100)
            fits(page)
            accessible(page)
            shot(page, f"{name}-{lang}-{width}{'-dark' if dark else ''}")
        page.context.close()
