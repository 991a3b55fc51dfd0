"""`holdfast serve` as a process: it starts, says where, answers, and ends in order when it is asked to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from holdfast import bootstrap
from holdfast.entrypoints.http.secret_file import open_to_others, read_secrets
from holdfast.entrypoints.http.serving import close, open_server
from holdfast.errors import Malformed, Unavailable
from holdfast.identity.records import ApiKey, Credentials, Person
from holdfast.identity.roles import Grant
from holdfast.identity.secret_box import SecretBox
from holdfast.identity.tokens import new_token
from holdfast.identity.webhooks import Webhook
from holdfast.primitives.clock import YEAR, system_clock
from holdfast.settings import ServerSettings
from serving import Log

SECONDS = 60
"""How long a start or an end may take on a busy machine."""


class Served(NamedTuple):
    """A running process and what it said when it was ready."""

    process: subprocess.Popen[bytes]
    told: dict[str, Any]
    folder: Path

    @property
    def url(self) -> str:
        return str(self.told["url"])

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=30, **more)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")


Start = Callable[..., Served]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    return kept | {"PYTHONUNBUFFERED": ""} | more


def arguments(*given: str) -> list[str]:
    return [sys.executable, "-m", "holdfast", "serve", *given]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(*given: str, **more: str) -> Served:
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                arguments("--json", "--port", "0", *given),
                cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, env=environment(**more),
            )  # fmt: skip
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (tmp_path / "log").read_text()
        return Served(process, json.loads(line), tmp_path)

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def run(folder: Path, *given: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments(*given), cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip


def operator(served: Served) -> dict[str, str]:
    """Headers of an operator who is put into the office beside the server, as a second process would."""
    office = bootstrap.open_office(str(served.folder / "holdfast.db"), create=False)
    token = new_token("hf")
    with office.write() as t:
        t.put(Person("olga", "Olga", "olga", t.now, grants=(Grant("operator"),)))
        key = ApiKey(token.stored[:16], token.stored, "olga", "tests", ("*",), t.now, system_clock() + YEAR)
        t.put(key)
        t.log("person.added", by="tests", about="olga")
    office.close()
    return {"Authorization": f"Bearer {token.shown}"}


# --- starting ---------------------------------------------------------------------------------------------------------


def test_nothing_set__makes_desk_and_secret_and_answers(start: Start) -> None:
    served = start()
    assert sorted(path.name for path in served.folder.iterdir() if "db" in path.name and "-" not in path.name) == [
        "holdfast.db", "holdfast.db.secret",
    ]  # fmt: skip
    assert (served.folder / "holdfast.db.secret").stat().st_mode & 0o777 == 0o600
    assert served.told["db"] == "holdfast.db"
    port = served.address[1]
    assert served.told["origin"] == f"http://localhost:{port}"
    ready = served.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert served.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert served.end() == 0
    assert "stopped" in served.log and "Traceback" not in served.log


def test_first_start__prints_a_link_that_makes_the_first_operator__once(start: Start) -> None:
    served = start()
    link = served.told["link"]
    origin, _, token = link.partition("/start#")
    assert origin == served.told["origin"] and token.startswith("hfb_")
    assert token not in served.log
    body = {"token": token, "name": "olga", "password": "correct horse battery staple"}
    assert httpx.post(f"{served.url}/v1/bootstrap", json=body, trust_env=False).status_code == 200
    again = httpx.post(f"{served.url}/v1/bootstrap", json=body | {"name": "eve"}, trust_env=False)
    assert (again.status_code, again.json()["code"]) == (401, "link_not_valid")
    assert served.end() == 0
    second = start()
    assert second.told["link"] is None, "there is an operator now"


def test_for_people__it_says_where_and_how_to_begin(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(arguments("--port", "0"), cwd=tmp_path, stdout=out, stderr=err, env=environment())
    try:
        deadline = time.monotonic() + SECONDS
        while b"/start#" not in (tmp_path / "out").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0
    lines = (tmp_path / "out").read_text().splitlines()
    assert re.fullmatch(r"Holdfast serves holdfast\.db on http://127\.0\.0\.1:\d+; Ctrl-C ends it\.", lines[0])
    assert lines[1].startswith("Nobody can sign in yet.")
    assert re.fullmatch(r"  http://localhost:\d+/start#hfb_[\w-]{43}", lines[2])
    log = (tmp_path / "err").read_text()
    assert re.search(r"^20\S+Z info    started url=http://127\.0\.0\.1:\d+ .*db=holdfast\.db", log, re.MULTILINE)


def test_file_environment_and_options__all_count(start: Start, tmp_path: Path) -> None:
    (tmp_path / "holdfast.toml").write_text('log_format = "json"\nhost = "127.0.0.2"\nport = 1\nmetrics = false\n')
    served = start(HOLDFAST_HOST="127.0.0.3", HOLDFAST_DB="other.db")
    assert served.address[0] == "127.0.0.3" and served.told["db"] == "other.db"
    assert served.get("/metrics").status_code == 404
    assert served.end() == 0
    assert [json.loads(line)["event"] for line in served.log.splitlines()] == [
        "started", "request", "stopping", "stopped",
    ]  # fmt: skip


# --- ending -----------------------------------------------------------------------------------------------------------


def test_sigterm__streams_end_and_a_request_in_flight_is_answered(start: Start) -> None:
    served = start()
    headers = operator(served)
    body = json.dumps({"name": "nobody", "password": "wrong wrong wrong"}).encode()
    with (
        httpx.Client(base_url=served.url, trust_env=False, headers=headers, timeout=30) as client,
        client.stream("GET", "/v1/events") as stream,
        socket.create_connection(served.address, timeout=30) as line,
    ):
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        line.sendall(
            b"POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:10])
        )
        time.sleep(0.5)
        served.process.terminate()
        assert b"".join(stream.iter_raw()) is not None, "the stream ends by itself"
        assert served.process.poll() is None, "a request is still in flight"
        with pytest.raises(OSError):
            socket.create_connection(served.address, timeout=1)
        line.sendall(body[10:])
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"sign_in_failed" in answer
    assert served.process.wait(SECONDS) == 0
    assert "Traceback" not in served.log


def test_leaving__readiness_is_503_while_requests_are_still_taken(start: Start) -> None:
    served = start(HOLDFAST_LEAVE_SECONDS="3")
    served.process.terminate()
    deadline = time.monotonic() + 2
    while (ready := served.get("/health/ready")).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (ready.status_code, ready.json()["status"]) == (503, "stopping")
    assert served.get("/health/live").status_code == 200
    assert served.process.wait(SECONDS) == 0


def test_drain__a_request_that_does_not_end_is_cut_off(start: Start) -> None:
    served = start(HOLDFAST_DRAIN_SECONDS="1")
    with socket.create_connection(served.address, timeout=30) as line:
        line.sendall(b"POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        time.sleep(0.3)
        began = time.monotonic()
        assert served.end() == 0
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(("signals", "code"), [([signal.SIGINT], 0), ([signal.SIGTERM, signal.SIGTERM], 0)])
def test_one_ctrl_c__ends_in_order(start: Start, signals: list[int], code: int) -> None:
    served = start()
    for number in signals:
        served.process.send_signal(number)
    assert served.process.wait(SECONDS) == code
    assert "stopped" in served.log


def test_second_ctrl_c__ends_at_once(start: Start) -> None:
    served = start(HOLDFAST_LEAVE_SECONDS="60")
    served.process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + SECONDS
    while "stopping" not in served.log and time.monotonic() < deadline:
        time.sleep(0.02)
    began = time.monotonic()
    assert served.end(signal.SIGINT) == 130
    assert time.monotonic() - began < 10


def test_what_was_answered__is_there_after_it_ended(start: Start) -> None:
    served = start()
    headers = operator(served) | {"Idempotency-Key": "k-1"}
    body = {"type": "asset.mint", "asset": "FLUX", "to": "alice", "amount": "5"}
    answer = httpx.post(f"{served.url}/v1/commands", json=body, headers=headers, trust_env=False)
    assert served.end(signal.SIGKILL) == -9
    desk = bootstrap.open_desk(str(served.folder / "holdfast.db"))
    try:
        assert (desk.head.seq == 1) == (answer.status_code == 200), answer.text
    finally:
        desk.close()


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_port_in_use__is_said_and_no_desk_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run(tmp_path, "--port", str(port))
    assert ended.returncode == 2
    assert f"127.0.0.1 port {port} cannot be used (Address already in use); choose another --port." in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_servers_on_one_port__the_second_gives_up(start: Start) -> None:
    served = start()
    ended = run(served.folder, "--json", "--port", str(served.address[1]))
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"]["code"] == "malformed"
    assert served.get("/health/ready").status_code == 200


def test_a_host_that_is_not_here__is_said(tmp_path: Path) -> None:
    ended = run(tmp_path, "--host", "203.0.113.1", "--port", "0")
    assert ended.returncode == 2
    assert "203.0.113.1 port 0 cannot be used" in ended.stderr
    ended = run(tmp_path, "--host", "no.such.host.invalid", "--port", "0")
    assert ended.returncode == 2 and "Traceback" not in ended.stderr


def test_a_locked_desk__is_said__and_can_be_tried_again(start: Start) -> None:
    served = start()
    assert served.end() == 0
    lock = sqlite3.connect(served.folder / "holdfast.db", isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        ended = run(served.folder, "--port", "0")
    finally:
        lock.close()
    assert ended.returncode == 75, ended.stderr
    assert "(unavailable)" in ended.stderr and "Traceback" not in ended.stderr


def test_another_file_than_a_desk__is_said(tmp_path: Path) -> None:
    (tmp_path / "holdfast.db").write_text("not a desk, but something longer than a header")
    ended = run(tmp_path, "--port", "0")
    assert ended.returncode == 70
    assert "is not a database" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("ab" * 32, 0o644, "others may read it; make it yours alone: chmod 600"),
        ("ab" * 32, 0o660, "others may read it"),
        ("ab" * 31, 0o600, "it must hold 32 random bytes as hex digits"),
        ("", 0o600, "it must hold 32 random bytes as hex digits"),
        ("xy" * 32, 0o600, "it must hold 32 random bytes as hex digits"),
        ("ab" * 32 + "\n" + "cd" * 31, 0o600, "it must hold 32 random bytes as hex digits"),
        ("ä" * 64, 0o600, "it must hold 32 random bytes as hex digits"),
    ],
)
def test_a_secret_file_that_does_not_fit__is_named(tmp_path: Path, content: str, mode: int, said: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(Malformed, match=said):
        read_secrets(ServerSettings(secret_file=str(path)))


def test_a_secret_file_that_cannot_be_read__is_said_with_its_name(tmp_path: Path) -> None:
    ended = run(tmp_path, "--port", "0", HOLDFAST_SECRET_FILE=str(tmp_path))
    assert ended.returncode == 2
    assert str(tmp_path) in ended.stderr and "folder" in ended.stderr and "Traceback" not in ended.stderr
    with pytest.raises(Malformed, match=r"nowhere/secret: cannot use it: there is no such file or folder"):
        read_secrets(ServerSettings(secret_file=str(tmp_path / "nowhere" / "secret")))


@pytest.mark.parametrize(
    ("owner", "mode", "open_"),
    [(0, 0o100440, False), (0, 0o100400, False), (0, 0o100444, True), (0, 0o100460, True), (7, 0o100440, True)],
)
def test_a_secret_that_root_lends_to_a_group__passes(
    monkeypatch: pytest.MonkeyPatch, owner: int, mode: int, open_: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 7)
    file = os.stat_result((mode, 0, 0, 1, owner, 0, 64, 0, 0, 0))
    assert open_to_others(file) is open_


def test_the_secret_stays__through_restarts(tmp_path: Path) -> None:
    settings = ServerSettings(db=str(tmp_path / "desk.db"))
    first = read_secrets(settings)
    assert len(first.current) == 32 and read_secrets(settings) == first == (first.current, ())
    assert [path.name for path in tmp_path.iterdir()] == ["desk.db.secret"]
    assert read_secrets(ServerSettings(db=f"sqlite:{tmp_path}/desk.db")) == first


def test_a_new_secret_on_top__seals_anew_what_the_old_one_sealed(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o600)
    settings = ServerSettings(db=str(tmp_path / "desk.db"), secret_file=str(path))

    def kept(*texts: str) -> tuple[list[str], list[tuple[str, str, dict[str, Any]]]]:
        """What olga's and a webhook's secrets are after a start with these lines in the file."""
        path.write_text("\n".join(texts))
        log = Log()
        server = open_server(settings, log)
        try:
            box = SecretBox(server.secret)
            olga, hook = server.office.get(Credentials, "olga"), server.office.get(Webhook, "w1")
            if olga is None or hook is None:
                with server.office.write() as t:
                    t.put(Credentials("olga", totp=box.seal("JBSWY3DP", "olga")), Credentials("eve"))
                    t.put(Webhook("w1", "https://x", ("*",), (box.seal("whsec_x", "w1"),), "olga", 0))
                return [], log.lines
            assert olga.totp is not None
            assert server.webhooks.keys(hook) == [box.open(hook.secrets[0], "w1")]
            return [box.open(olga.totp, "olga"), box.open(hook.secrets[0], "w1")], log.lines
        finally:
            close(server)

    kept("ab" * 32)
    found, lines = kept("cd" * 32, "ab" * 32)
    assert found == ["JBSWY3DP", "whsec_x"]
    assert lines == [("info", "sealed anew with the first secret in the file", {"records": 2})]
    found, lines = kept("cd" * 32)
    assert (found, lines) == (["JBSWY3DP", "whsec_x"], []), "the old line is not needed any more"
    with pytest.raises(Unavailable):
        kept("ef" * 32, "01" * 32)


def test_settings_that_do_not_fit__are_said_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "holdfast.toml").write_text("prot = 1\n")
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert "holdfast: holdfast.toml: there is no setting prot" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["holdfast.toml"]
