"""What somebody who asks for much does to everybody else: sign-ins, long work, past moments, bodies that never end."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.entrypoints.http import moments, parsing
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.jobs import MOST_RUNNING
from holdfast.errors import TooManyRequests, Unavailable
from holdfast.identity import passwords
from holdfast.identity.policies import installed, rules
from holdfast.store.sqlite import SqliteStore
from serving import House, code, serving


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db", trusted_proxies=("127.0.0.1/32",)) as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1000")
        yield made


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that comes about in the server."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


class Gate:
    """Something in the server that hangs until the test lets it go; it counts those that hang."""

    def __init__(self) -> None:
        self.open, self.waiting = threading.Event(), 0

    def __call__(self) -> None:
        self.waiting += 1
        assert self.open.wait(60), "whoever waits for this waits in vain"


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def test_flood_of_sign_ins__commands_do_not_wait_for_them(
    house: House, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    """Passwords are checked slowly, for everybody who asks; the desk's work has its own threads."""

    def slow(*_: Any) -> bool:
        gate()
        return False

    monkeypatch.setattr(passwords, "check_password", slow)

    def guess(number: int) -> None:
        headers = {"X-Forwarded-For": f"198.51.{number // 200}.{number % 200 + 1}"}
        with httpx.Client(base_url=house.url, timeout=90, trust_env=False, headers=headers) as client:
            client.post("/v1/sign-in/password", json={"name": f"nobody{number}", "password": "wrong password here"})

    flood = [threading.Thread(target=guess, args=(number,)) for number in range(40)]
    for thread in flood:
        thread.start()
    try:
        until(lambda: house.server._proving == 40)
        alice, body = house.of("alice"), {"type": "vault.deposit", "vault": "FLUX", "assets": "0.1"}
        for number in range(20):
            answer = alice.post("/v1/commands", json=body, headers={"Idempotency-Key": f"k-{number}"})
            assert answer.status_code == 200
        assert house.server._proving == 40, "all of it while every sign-in waited"
        assert 0 < gate.waiting < 40
    finally:
        gate.open.set()
        for thread in flood:
            thread.join()


def test_long_work__views_of_the_past_and_streams_go_on(house: House, gate: Gate) -> None:
    def work(_: Any) -> str:
        gate()
        return "done"

    async def start(number: int) -> None:
        house.server.jobs.start("back-test", f"p{number}", 1, work)

    loop = house.server.feed._loop
    for number in range(4):
        future = asyncio.run_coroutine_threadsafe(start(number), loop)
        try:
            future.result(30)
        except TooManyRequests:
            assert number >= MOST_RUNNING
    until(lambda: gate.waiting == MOST_RUNNING)
    olga = house.of("olga")
    for _ in range(20):
        assert olga.get("/v1/accounts?as_of=1").status_code == 200
        assert olga.get("/v1/accounts").status_code == 200
    assert {job.status for job in house.server.jobs._jobs.values()} == {"running"}


def test_state_lost_by_a_failed_commit__read_anew_away_from_the_loop(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a long journal takes long: whoever needs nothing of it is answered meanwhile."""
    service, loop, server = house.server.service, house.server.feed._loop, house.server
    opened = service._open
    for look in (lambda: server.reading(lambda state: state.seq), lambda: server.moments.look("", lambda m: m.head)):
        gate = Gate()

        def slow(*given: Any, gate: Gate = gate) -> Any:
            gate()
            return opened(*given)

        async def ask(look: Callable[[], Awaitable[Any]] = look) -> Any:
            with service.lock:
                service._state = None
            return await look()

        monkeypatch.setattr(service, "_open", slow)
        asked = asyncio.run_coroutine_threadsafe(ask(), loop)
        until(lambda gate=gate: gate.waiting == 1)  # type: ignore[misc]
        for _ in range(20):
            assert house.nobody.get("/health/live").status_code == 200
        assert not asked.done()
        gate.open.set()
        assert asked.result(30) is not None


def test_store_that_hangs__a_command_to_confirm_does_not_hold_the_loop(
    house: House, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    found = SqliteStore.find

    def slow(self: Any, ids: Any) -> Any:
        gate()
        return found(self, ids)

    monkeypatch.setattr(SqliteStore, "find", slow)
    body = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}
    alice = house.signed_in("alice")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: alice.post("/v1/commands", json=body, headers={"Idempotency-Key": "t-1"}))
        until(lambda: gate.waiting == 1)
        for _ in range(20):
            assert house.nobody.get("/health/live").status_code == 200
        assert not answer.done()
        gate.open.set()
        assert code(answer.result()) == "step_up_required"


def test_many_past_moments__so_many_are_waited_for_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment is built one after another; nobody queues hundreds of them in front of everybody else."""
    for _ in range(40):
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
    built, gate, begun = moments.state_at, threading.Event(), []

    def slow(*given: Any) -> Any:
        begun.append(given)
        assert gate.wait(60)
        return built(*given)

    monkeypatch.setattr(moments, "state_at", slow)
    people = [house.of(name) for name in ("alice", "bob", "olga", "paul", "anna", "kira")]

    def ask(seq: int) -> int:
        return people[seq % len(people)].get(f"/v1/vaults?as_of={seq}").status_code

    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(ask, seq) for seq in range(1, 41)]
        refused = [next(done).result() for done in [as_completed(asked)] for _ in range(40 - moments.WAITING)]
        assert set(refused) <= {429, 503} and 503 in refused
        assert len(begun) == 1, "one after another"
        gate.set()
        answers = [one.result() for one in asked]
    assert answers.count(200) == len(begun) == moments.WAITING


def raw(house: House, text: bytes) -> socket.socket:
    host, port = house.url.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)), timeout=10)
    made.sendall(text)
    return made


def posting(path: str, size: int) -> bytes:
    lines = f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {size}", "", ""
    return "\r\n".join(lines).encode()


def test_requests__leave_no_circles_of_garbage(house: House) -> None:
    """What refers to itself stays until somebody looks over all there is, which costs a fifth of a server's time."""
    deposit = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
    alice = house.client(house.key("alice"))
    assert alice.get("/v1/me").status_code == 200
    gc.collect()
    gc.disable()
    try:
        before = calls()
        for number in range(10):
            assert alice.get("/v1/vaults/FLUX").status_code == 200
            key = {"Idempotency-Key": f"circle-{number}"}
            assert alice.post("/v1/commands", json=deposit, headers=key).status_code == 200
            assert alice.get("/v1/vaults/NONE").status_code == 404
        until(lambda: calls() <= before + 1)
    finally:
        gc.enable()


def calls() -> int:
    """Requests that are still in memory."""
    return sum(isinstance(one, Call) for one in gc.get_objects())


def test_body_that_never_comes__given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "BODY_SECONDS", 0.5)
    with raw(house, posting("/v1/sign-in/password", 99) + b'{"name":') as connection:
        answer = connection.recv(4_096)
    assert answer.startswith(b"HTTP/1.1 400")


def test_large_body_of_nobody__refused_before_it_is_read(house: House) -> None:
    with raw(house, posting("/v1/commands/bulk", 8_000_000) + b"x" * 300_000) as connection:
        answer = connection.recv(4_096)
    assert answer.startswith(b"HTTP/1.1 401")


def test_body_cut_off__has_no_effect(house: House) -> None:
    token = house.session("alice")
    head = f"POST /v1/sign-out HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 20\r\n\r\n"
    raw(house, head.encode()).close()
    time.sleep(0.3)
    assert house.client(token).get("/v1/me").status_code == 200


def test_store_out_of_reach__outsiders_are_not_told_where_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> bool:
        raise Unavailable("postgresql://holdfast@10.1.2.3/ledger: the connection was lost", place="postgresql://…")

    monkeypatch.setattr(house.office, "refresh", gone)
    answer = house.nobody.get("/v1/vaults")
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert "10.1.2.3" not in answer.text and "postgresql" not in answer.text
    assert any("10.1.2.3" in str(fields) for _, _, fields in house.log.lines)


def test_sums_of_policies_to_be_worked_out__not_on_the_loop(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, usage = house.server.feed._loop, house.server.policies._usage
    threads: list[str] = []
    monkeypatch.setattr(type(usage), "used", lambda *_: threads.append(threading.current_thread().name) or 0)
    monkeypatch.setattr(type(usage), "at_hand", False)
    text = b"""
    [[rules]]
    name = "daily"
    commands = ["vault.*"]
    action = "block"
    [rules.per_period]
    seconds = 86400
    above = "5000"
    per = "person"
    [[rules]]
    name = "all"
    action = "allow"
    """
    installed.install(house.office, rules.read(text, "test.toml"), by="olga")
    body = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
    assert house.of("alice").post("/v1/commands/preview", json=body).status_code == 200
    assert house.of("olga").post("/v1/policies/simulate", json={"command": body}).status_code == 200
    assert loop.is_running() and threads and "holdfast-server" not in threads
