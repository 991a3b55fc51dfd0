"""Pages that are open while the desk goes on: figures change by themselves, also after the connection was gone."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from browser import Desk
from confirming import agree
from plain import Plain
from playwright.sync_api import Browser, Page, Route, expect
from signing import App

from serving import House, serving


@pytest.fixture
def funded(house: House) -> House:
    house.do("asset.mint", "operator", asset="CSPR", to="alice", amount="1000")
    house.do("asset.mint", "operator", asset="CSPR", to="bob", amount="1000")
    return house


def live(page: Page) -> None:
    """Wait for the stream: before it is there nothing is told."""
    expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "on")


def at_first(page: Page, pattern: str, act: Callable[[Route], None]) -> None:
    """Do something with the first request that fits, and let all others through.

    The route stays: one that is taken away while a page loads can leave the page's other requests without an answer.
    """
    waiting = [act]
    page.route(pattern, lambda route: waiting.pop()(route) if waiting else route.continue_())


def hold(page: Page, pattern: str) -> list[Route]:
    """Keep back the first request that fits: it is in the list once it was made."""
    held: list[Route] = []
    at_first(page, pattern, held.append)
    return held


def until(page: Page, held: list[Route]) -> None:
    """Wait until the browser has asked for what is held back."""
    for _ in range(150):
        if held:
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing was asked for")


def answer(route: Route, made: httpx.Response, text: str) -> None:
    """Give the browser this text for a page that the server made."""
    told = {name: value for name, value in made.headers.items() if name not in ("content-length", "set-cookie")}
    route.fulfill(status=made.status_code, headers=told, body=text)


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_anothers_transfer__changes_the_open_page(desk: Desk, funded: House, lang: str) -> None:
    page = desk("alice", "/statement", lang=lang)
    live(page)
    page.evaluate("window.untouched = true")
    closing = page.locator('[data-explains="CSPR"]')
    before = closing.inner_text()
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    expect(closing).not_to_have_text(before)
    assert "".join(filter(str.isdigit, closing.inner_text())) == "1250"
    assert page.evaluate("window.untouched") is True  # it was not loaded anew
    expect(page.locator("#moves tbody tr")).to_have_count(2)


def test_what_happens_before_the_stream_is_there__is_not_missed(desk: Desk, funded: House) -> None:
    """The stream begins behind the record that the page was made at, however late it is opened."""
    page = desk.window("alice").context.new_page()
    held = hold(page, "**/v1/events*")
    page.goto("/statement")
    until(page, held)
    assert page.locator('[data-explains="CSPR"]').inner_text() == "1,000"
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    held[0].continue_()
    expect(page.locator('[data-explains="CSPR"]')).to_have_text("1,250")


def test_a_second_tab__older_than_what_the_first_was_told(desk: Desk, funded: House) -> None:
    """One tab has the stream for all: what it was told before another page could listen is not missed there."""
    first = desk("alice", "/statement")
    live(first)
    second = first.context.new_page()
    held = hold(second, "**/statement")
    second.evaluate(f"location.href = '{funded.url}/statement'")
    until(second, held)
    older = Plain(funded, "alice").go("/statement").answer
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    expect(first.locator('[data-explains="CSPR"]')).to_have_text("1,250")
    answer(held[0], older, older.text)
    expect(second.locator('[data-explains="CSPR"]')).to_have_text("1,250")


def test_a_session_that_another_tab_renewed__no_form_here_grows_old(desk: Desk, funded: House) -> None:
    """Whoever confirms in one tab has a new token: forms in the others have it too once something happened."""
    funded.do("vault.create", "operator", asset="CSPR")
    page, app = desk("alice", "/vaults/CSPR"), App(funded, "alice")
    page.get_by_label("Pay in").fill("5")
    before = page.locator("#form-vault-deposit [name=csrf]").input_value()
    other = page.context.new_page()
    other.goto("/do/me.recovery")
    other.get_by_role("button", name="Review").click()
    agree(other, app)
    other.locator(".codes").wait_for()
    page.bring_to_front()
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    expect(page.locator("#form-vault-deposit [name=csrf]")).not_to_have_value(before)
    page.get_by_role("button", name="Review").first.click()
    page.get_by_role("dialog").get_by_text("Exactly what is sent").wait_for()
    assert not page.get_by_text("This page had grown old").count()


def test_somebody_else_signed_in_in_another_tab__the_page_is_wholly_theirs(desk: Desk, funded: House) -> None:
    """A form of one person is never sent in the name of another."""
    page = desk("alice", "/statement")
    live(page)
    desk.sign_in(page.context, "bob")
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    expect(page.locator(".who-name")).to_have_text("Bob")
    assert page.locator('[data-explains="CSPR"]').inner_text() == "750"


def test_a_record_that_the_server_has_not__the_stream_begins_anew(desk: Desk, funded: House) -> None:
    """Another server behind the same address may not have come as far as the one that made the page."""
    window = desk.window("alice")
    window.allow(r"status of 404")
    page = window.context.new_page()

    made = Plain(funded, "alice").go("/statement").answer
    ahead = re.sub(r'data-seq="[0-9]+"', 'data-seq="900"', made.text)
    at_first(page, "**/statement", lambda route: answer(route, made, ahead))
    page.goto("/statement")
    live(page)
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    expect(page.locator('[data-explains="CSPR"]')).to_have_text("1,250")


def test_a_page_of_the_past__stays(desk: Desk, funded: House) -> None:
    funded.later(60)
    page = desk("alice", "/statement?as_of=2026-01-01T00:00:00Z")
    live(page)
    funded.do("asset.transfer", "bob", asset="CSPR", amount="250", to="alice")
    page.wait_for_timeout(1_500)
    assert page.locator('[data-explains="CSPR"]').inner_text() == "1,000"


def test_the_connection_is_gone_and_comes_back__what_was_missed_is_there(browser: Browser, tmp_path: Path) -> None:
    """Nothing had come yet when it went: there is no event to go on behind, and all the same nothing is missed."""
    with Line() as line, serving(f"sqlite:{tmp_path / 'desk.db'}", origin=f"http://localhost:{line.port}") as house:
        line.to = int(house.url.rpartition(":")[2])
        house.url = f"http://localhost:{line.port}"
        desk = Desk(browser, house)
        house.do("asset.mint", "operator", asset="CSPR", to="alice", amount="1000")
        page = desk("alice", "/statement")
        desk.window_of(page).allow(r"ERR_|Failed to load resource|Failed to fetch")
        live(page)
        line.cut()
        expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "off")
        expect(page.locator("[data-live-text]")).to_have_text("Offline: trying again")
        house.do("asset.mint", "operator", asset="CSPR", amount="5", to="alice")
        page.wait_for_timeout(1_000)
        assert page.locator('[data-explains="CSPR"]').inner_text() == "1,000"
        line.mend()
        expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "on", timeout=20_000)
        expect(page.locator('[data-explains="CSPR"]')).to_have_text("1,005")
        house.do("asset.mint", "operator", asset="CSPR", amount="5", to="alice")
        expect(page.locator('[data-explains="CSPR"]')).to_have_text("1,010")
        desk.close()


class Line:
    """A line between browser and server that can be cut."""

    def __init__(self) -> None:
        self.to = 0
        self._whole = True
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Line:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections, and every new one at once."""
        self._whole = False
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.to))
                for one, other in ((near, far), (far, near)):
                    self._open.add(one)
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while part := one.recv(65_536):
                other.sendall(part)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        self._open.discard(one)
        one.close()


def test_what_one_reads_and_unfolds__stays_when_figures_change(desk: Desk, funded: House) -> None:
    page = desk("anna", "/audit?source=journal")
    live(page)
    page.locator("#entries summary").last.click()
    funded.do("asset.transfer", "bob", asset="CSPR", amount="5", to="alice")
    page.evaluate("document.activeElement.blur()")
    funded.do("asset.transfer", "bob", asset="CSPR", amount="6", to="alice")
    expect(page.locator("#entries tbody tr")).to_have_count(4)
