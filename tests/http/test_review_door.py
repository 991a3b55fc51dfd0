"""Before there is a request: headers that come twice, what is no HTTP, heads that are too large or do not come."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from holdfast.entrypoints.http import answers
from holdfast.entrypoints.http.connections import MOST_HEAD, Connection, Slow
from serving import House, code, serving


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path_factory.mktemp('door') / 'desk.db'}", head_seconds=1) as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1000")
        yield made


# --- headers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("Authorization", "", "Bearer hf_nothing"),
        ("Idempotency-Key", "twice-1", "twice-2"),
        ("Content-Type", "application/json", "application/json"),
        ("Holdfast-Step-Up", "a", "b"),
        ("holdfast-nonce", "a", "b"),
        ("Origin", "http://localhost", "https://evil.example"),
        ("Sec-Fetch-Site", "same-origin", "cross-site"),
    ],
)
def test_header_that_means_one_thing__twice__refused(house: House, name: str, first: str, second: str) -> None:
    key, head = house.key("alice"), house.service.head.seq
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": f"once-{name}"}
    given[name] = first or given[name]
    headers = [*given.items(), (name, second)]
    body = b'{"type":"vault.deposit","vault":"FLUX","assets":"1"}'
    answer = house.nobody.post("/v1/commands", content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (400, "malformed")
    assert answer.json()["details"]["field"] == name.lower()
    assert house.service.head.seq == head
    page = house.nobody.get("/vaults", headers=[("Accept", "text/html"), (name, first), (name, second)])
    assert (page.status_code, code(page)) == (400, "malformed"), "the pages too"


def test_lists_and_cookies__may_come_in_several_lines(house: House) -> None:
    session, tag = house.session("alice"), house.of("alice").get("/v1/vaults").headers["etag"]
    cookies = [("Cookie", "theme=dark"), ("Cookie", f"__Host-holdfast={session}"), ("Cookie", "language=ru")]
    tags = [("If-None-Match", '"other"'), ("If-None-Match", tag), ("If-None-Match", '"another"')]
    answer = house.nobody.get("/v1/vaults", headers=[*cookies, *tags])
    assert answer.status_code == 304
    page = house.nobody.get("/vaults", headers=[("Accept", "text/html"), *cookies])
    assert page.status_code == 200 and "FLUX" in page.text


# --- what is no request -----------------------------------------------------------------------------------------------


def raw(house: House) -> socket.socket:
    host, port = house.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def everything(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass  # it closed while more was on its way to it
    return found


def test_no_http__answered_with_the_headers_of_every_answer(house: House) -> None:
    for text in (
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"\x16\x03\x01\x00",
    ):
        with raw(house) as connection:
            connection.sendall(text)
            head, _, body = everything(connection).partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert lines[0] == b"http/1.1 400 bad request", text
        for name, value in (*answers.GUARDED, (b"content-type", answers.PROBLEM), (b"connection", b"close")):
            assert b"%s: %s" % (name, value.lower()) in lines, (text, name)
        assert httpx.Response(400, content=body).json()["code"] == "malformed"


HIDDEN = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
"""A request inside of another one's body, for whoever sees that body's end elsewhere."""


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ((b"Content-Length: 4", b"Transfer-Encoding: chunked"), b"0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked", b"Content-Length: 4"), b"0\r\n\r\n"),
        ((b"Content-Length: 0", b"Content-Length: 5"), b"aaaaa"),
        ((b"Content-Length: 2, 2",), b"{}"),
        ((b"Content-Length: +2",), b"{}"),
        ((b"Content-Length: 0x2",), b"{}"),
        ((b"Transfer-Encoding: xchunked",), b"0\r\n\r\n"),
        ((b"Transfer-Encoding: identity",), b""),
        ((b"Transfer-Encoding: chunked, identity",), b"0\r\n\r\n"),
        ((b"Transfer-Encoding : chunked",), b"0\r\n\r\n"),
        ((b"X-A: 1", b" Transfer-Encoding: chunked"), b"0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked",), b"2 \r\n{}\r\n0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked",), b"2\n{}\n0\n\n"),
        ((b"Transfer-Encoding: chunked",), b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ((b"X-A: 1\rTransfer-Encoding: chunked",), b"0\r\n\r\n"),
        ((b"X-A: 1\x00",), b""),
    ],
    ids=repr,
)
def test_body_whose_end_can_be_seen_in_two_places__refused_and_closed(
    house: House, lines: tuple[bytes, ...], body: bytes
) -> None:
    """Where a proxy sees one request and the server two, the second is somebody else's."""
    head = b"POST /v1/sign-in/password HTTP/1.1", b"Host: x", b"Content-Type: application/json", *lines, b"", b""
    with raw(house) as connection:
        connection.sendall(b"\r\n".join(head) + body + HIDDEN)
        found = everything(connection)
    assert found.startswith(b"HTTP/1.1 400") and found.count(b"HTTP/1.1 ") == 1


def test_head_that_has_no_end__refused_long_before_it_fills_the_memory(house: House) -> None:
    with raw(house) as connection:
        connection.sendall(b"GET /v1/vaults HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        try:
            while sent < 64 * MOST_HEAD:
                connection.sendall(b"X-%06d: %s\r\n" % (sent, b"y" * 8_000))
                sent += 8_000
        except ConnectionError:
            pass  # it has been closed: nothing more is read
        found = everything(connection)
    assert sent < 64 * MOST_HEAD or found, "it was read to its end"
    assert b"x-content-type-options" in found.lower() or not found
    assert found.startswith(b"HTTP/1.1 431") or not found


def endless(connection: socket.socket, text: bytes) -> int:
    """Send the same again and again; how often, until the server has closed."""
    for sent in range(64):
        try:
            connection.sendall(text * (MOST_HEAD // len(text)))
        except ConnectionError:
            return sent
    return 64


def test_trailers_without_end__refused(house: House) -> None:
    head = b"POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for start, again in ((b"2\r\n{}\r\n0\r\n", b"X-%06d: yyyy\r\n" % 1), (b"2\r\n{}\r\n0\r\nX-One: ", b"y")):
        with raw(house) as connection:
            connection.sendall(head + start)
            assert endless(connection, again) < 64


def test_head_behind_a_request_that_is_being_answered__refused_when_it_has_no_end(house: House) -> None:
    """A stream takes hours: what comes on its connection meanwhile is kept too."""
    with raw(house) as connection:
        token = house.key("alice")
        connection.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /v1/vaults HTTP/1.1\r\nX-One: ")
        assert endless(connection, b"y") < 64


@pytest.mark.parametrize("size", [1, 100, 65_536])
def test_body_in_chunks_of_any_usual_size__is_taken(house: House, size: int) -> None:
    body = b'{"name":"nobody","password":"' + b"x" * (3_000 if size == 1 else 60_000) + b'"}'

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]

    answer = house.nobody.post("/v1/sign-in/password", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413, 422) and answer.headers["content-type"] == "application/problem+json"


# --- heads that do not come -------------------------------------------------------------------------------------------


def test_slow_heads__closed__others_are_not(house: House) -> None:
    """Nothing at all, half a head, one byte now and then, and half a second head: each is closed. Idle is not slow."""
    starts = {
        "nothing": b"",
        "half": b"GET /health/live HTTP/1.1\r\nHost: x\r\n",
        "second": b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\n",
    }
    idle, drops, over = raw(house), raw(house), threading.Event()
    idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(65_536).startswith(b"HTTP/1.1 200")
    drops.sendall(b"GET /health/live HTTP/1.1\r\nX-Slow: ")

    def drip() -> None:
        try:
            while not over.wait(0.2):
                drops.sendall(b"y")
        except OSError:
            over.set()

    thread = threading.Thread(target=drip)
    thread.start()
    for name, text in starts.items():
        with raw(house) as connection:
            connection.sendall(text)
            found = everything(connection)  # it would wait for 30 seconds
        assert found.count(b"HTTP/1.1 200") == (name == "second"), name
    assert everything(drops) == b""
    over.set()
    thread.join()
    idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(65_536).startswith(b"HTTP/1.1 200"), "a connection between two requests stays"
    idle.close()
    drops.close()


def test_body_that_takes_longer_than_a_head_may__is_taken(house: House) -> None:
    """The head is there in time; how long the body may take is the door's to say."""
    with raw(house) as connection:
        connection.sendall(b"POST /v1/sign-in/wallet/options HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n"
                           b"Content-Type: application/json\r\n\r\n{")  # fmt: skip
        threading.Event().wait(2.5)
        connection.sendall(b'"address":"GX"}')
        assert b"bad_address" in connection.recv(65_536)


class _Still(Connection):
    """A connection that nothing comes on."""

    def __init__(self, cycle: object = None) -> None:
        self.cycle = cycle  # type: ignore[assignment]
        self.timeout_keep_alive_task = None
        self.closed = False
        self.scope = getattr(cycle, "scope", None)
        self.transport = self  # type: ignore[assignment]

    def close(self) -> None:
        self.closed = True


class _Over:
    response_complete, scope = True, None


def test_slow__counts_from_when_the_head_was_first_missing() -> None:
    slow, new, old = Slow(5), _Still(), _Still(_Over())
    assert slow.close([new, old], 100.0) == 0
    assert slow.close([new, old], 104.9) == 0
    old.cycle = _Over()  # type: ignore[assignment]  # another request was answered meanwhile
    assert slow.close([new, old], 105.0) == 1 and new.closed and not old.closed
    assert slow.close([old], 109.9) == 0
    assert slow.close([old], 110.0) == 1


def test_setting__one_to_six_hundred_seconds(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path}/desk.db", head_seconds=600) as house:
        assert house.nobody.get("/health/live").status_code == 200
