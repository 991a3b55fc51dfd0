"""Measure the web terminal in headless Chromium: weight and time of the first page, and paging in a long journal.

Run: make bench-terminal. Each time is the median of several loads with an empty cache.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import statistics
import tempfile
import time
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from holdfast.engine.service import Submission
from holdfast.entrypoints.cli import demo_people
from holdfast.entrypoints.cli.app import run
from holdfast.entrypoints.http import serving
from holdfast.entrypoints.http.logs import server_log
from holdfast.settings import ServerSettings
from holdfast.wire import codec

LOADS = 7
ROWS = 100_000
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()):
            run(["demo", "--dir", folder, "--no-terminal"])
        listener = serving.bind(ServerSettings(port=0))
        settings = ServerSettings(db=f"{folder}/desk.db", port=listener.getsockname()[1], drain_seconds=1, keeper=False)
        server = serving.open_server(settings, server_log("text", "error"))
        people = {one.name: one for one in demo_people.admit(server)}
        with serving.Running(server, listener), sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            _first(browser, f"{server.origin}/sign-in", "sign-in", None)
            holder = _signed_in(browser, server.origin, people["alice"])
            _first(browser, f"{server.origin}/", "overview of a holder", holder)
            auditor = _signed_in(browser, server.origin, people["anna"])
            _page(auditor, f"{server.origin}/journal", "journal, some 100 records")
            for start in range(0, ROWS, 1_000):
                lot = [
                    Submission(codec.command("faucet.drip", f"b-{start + n}", "alice", asset="FLUX", amount="1"))
                    for n in range(1_000)
                ]
                server.service.submit_many(lot)
            _page(auditor, f"{server.origin}/journal", f"journal, {ROWS:,} records")
            _page(auditor, f"{server.origin}/audit", f"audit log, {ROWS:,} items")
            browser.close()


def _signed_in(browser: Browser, origin: str, person: demo_people.Ready) -> BrowserContext:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    page.get_by_label("Name").fill(person.name)
    page.get_by_label("Password").fill(demo_people.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Code of your authenticator app").fill(person.code(time.time()))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{origin}/")
    page.close()
    return context


def _first(browser: Browser, url: str, name: str, signed_in: BrowserContext | None) -> None:
    """A load with nothing in the cache: bytes over the wire, and milliseconds until everything is there and listens."""
    times, weights = [], []
    for _ in range(LOADS):
        context = browser.new_context(storage_state=signed_in.storage_state() if signed_in else None)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        got: list[float] = []

        def loaded(event: dict[str, Any], got: list[float] = got) -> None:
            got.append(event["encodedDataLength"])

        devtools.on("Network.loadingFinished", loaded)
        page.goto(url, wait_until="load")
        times.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
        weights.append(sum(got))
        context.close()
    weight, took = statistics.median(weights) / 1_000, statistics.median(times)
    print(f"{name:32} {weight:7.1f} kB (at most 100)   interactive after {took:6.0f} ms (at most 1,000)")


def _page(context: BrowserContext, url: str, name: str) -> None:
    page, times = context.new_page(), []
    for _ in range(LOADS):
        page.goto(url, wait_until="load")
        times.append(page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd"))
    page.close()
    print(f"{name:32} {statistics.median(times):6.0f} ms to the whole page")


if __name__ == "__main__":
    main()
