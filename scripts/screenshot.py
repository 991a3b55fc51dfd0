"""Make the README's picture of the web terminal: the demo's desk, with Alice signed in. Run: make screenshot."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from holdfast.entrypoints.cli import demo_people
from holdfast.entrypoints.cli.app import run
from holdfast.entrypoints.http import serving
from holdfast.entrypoints.http.logs import server_log
from holdfast.settings import ServerSettings

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "terminal.png"
WIDTH, HEIGHT = 1280, 860
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main() -> None:
    """Play the demo in a folder of its own, sign in, and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        run(["demo", "--dir", folder, "--no-terminal"])
        listener = serving.bind(ServerSettings(port=0))
        settings = ServerSettings(
            db=f"{folder}/desk.db", name="Holdfast demo", port=listener.getsockname()[1], drain_seconds=1
        )
        server = serving.open_server(settings, server_log("text", "error"))
        alice = next(one for one in demo_people.admit(server) if one.name == "alice")
        with serving.Running(server, listener), sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
            page.goto(f"{server.origin}/sign-in")
            page.get_by_label("Name").fill("alice")
            page.get_by_label("Password").fill(demo_people.PASSWORD)
            page.get_by_role("button", name="Go on").click()
            page.get_by_label("Code of your authenticator app").fill(alice.code(time.time()))
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url(f"{server.origin}/")
            page.wait_for_timeout(1_500)
            page.screenshot(path=IMAGE)
            browser.close()
    print(IMAGE)


if __name__ == "__main__":
    main()
