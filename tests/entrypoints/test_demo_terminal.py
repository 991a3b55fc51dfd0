"""The demo's last act: the web terminal with people who can sign in, until Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from holdfast.entrypoints.cli import demo_people


def read_until(leader: int, wanted: str, seconds: float = 90) -> str:
    """What the program has written to its terminal, once it holds this text."""
    text, end = "", time.monotonic() + seconds
    while wanted not in text:
        assert time.monotonic() < end, text[-2_000:]
        try:
            text += os.read(leader, 65_536).decode("utf-8", "replace")
        except OSError:
            break
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_demo__somebody_is_there__everybody_can_sign_in_as_everybody_does(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "holdfast", "demo", "--dir", str(tmp_path / "demo"), "--port", "0"],
        stdin=follower, stdout=follower, stderr=subprocess.DEVNULL, env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip
    os.close(follower)
    try:
        shown = read_until(leader, "The codes change")
        url = re.search(r"http://localhost:\d+", shown)
        assert url, shown[-2_000:]
        for name, _, roles in demo_people.PEOPLE:
            code = re.findall(rf"\b{name} +(\d{{6}})", shown)[-1]
            with httpx.Client(base_url=url[0], trust_env=False, timeout=20) as client:
                given = {"name": name, "password": demo_people.PASSWORD}
                opened = client.post("/v1/sign-in/password", json=given).json()
                client.headers["Authorization"] = f"Bearer {opened['token']}"
                full = client.post("/v1/sign-in/code", json={"code": code})
                assert full.status_code == 200, (name, full.text)
                client.headers["Authorization"] = f"Bearer {full.json()['token']}"
                assert tuple(client.get("/v1/me").json()["person"]["roles"]) == roles
                if name == "paul":
                    assert [one["status"] for one in client.get("/v1/proposals").json()["items"]] == ["pending"]
        page = httpx.get(f"{url[0]}/sign-in", trust_env=False)
        assert page.status_code == 200 and "<form" in page.text
        program.send_signal(signal.SIGINT)
        read_until(leader, "serve it again")
        assert program.wait(30) == 0
    finally:
        program.kill()
        program.wait()
        os.close(leader)
