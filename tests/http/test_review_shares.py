"""What one person asks for leaves room for the next; and a store that failed is not used again."""

from __future__ import annotations

import ast
import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.entrypoints.http import moments, readers, routes
from holdfast.entrypoints.http.jobs import EACH as EACH_JOBS
from holdfast.entrypoints.http.moments import EACH, WAITING
from holdfast.entrypoints.http.readers import Readers, Shares
from holdfast.errors import Corrupt, TooManyRequests, Unavailable, UnknownRecord
from serving import House, code, serving


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        for _ in range(40):
            made.do("faucet.drip", "alice", asset="FLUX", amount="1")
        yield made


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Past states come once this is set."""
    gate, built = threading.Event(), moments.state_at

    def slow(*given: Any) -> Any:
        assert gate.wait(60)
        return built(*given)

    monkeypatch.setattr(moments, "state_at", slow)
    yield gate
    gate.set()


def until(house: House, condition: Callable[[], bool]) -> None:
    """Wait for something that comes about on the server's loop."""
    for _ in range(6_000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come about")


def test_past_moments__one_person_has_his_share_and_others_theirs(house: House, held: threading.Event) -> None:
    building = house.server.moments._building
    alice, bob = house.of("alice"), house.of("bob")

    def ask(client: httpx.Client, seq: int) -> httpx.Response:
        return client.get(f"/v1/me/portfolio?as_of={seq}")

    with ThreadPoolExecutor(40) as pool:
        first = [pool.submit(ask, alice, seq) for seq in range(1, EACH + 1)]
        until(house, lambda: len(building) == EACH)
        refused = ask(alice, 20)
        assert (refused.status_code, code(refused)) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) == refused.json()["details"]["retry_after"] >= 1
        same = [pool.submit(ask, alice, 1) for _ in range(5)]  # the same moment again costs nothing
        other = pool.submit(ask, bob, 25)
        until(house, lambda: len(building) == EACH + 1)
        shared = pool.submit(ask, alice, 25)  # nor does one that somebody else waits for
        held.set()
        answers = [one.result() for one in (*first, *same, other, shared)]
    assert [one.status_code for one in answers] == [200] * len(answers)
    assert ask(alice, 20).status_code == 200, "and later he may ask again"
    assert EACH < WAITING


def test_every_route_that_looks_at_a_past_moment__says_who_asks() -> None:
    """By a route that does not somebody could take all places."""
    forgotten = []
    for path in Path(routes.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "look":
                first = node.args[0] if node.args else None
                present = isinstance(first, ast.Constant) and first.value == ""
                told = any(word.arg == "by" for word in node.keywords)
                if not (present or told or ast.unparse(node.func.value).endswith("gathered")):
                    forgotten.append(f"{path.name}:{node.lineno}")
    assert forgotten == []


@pytest.mark.parametrize("path", ["/v1/me/earnings?as_of=7", "/v1/me/proofs/2025-12-31/FLUX"])
def test_looking_back__one_person_has_his_share(house: House, path: str) -> None:
    places = house.server.looking_back
    with places.place("alice", 1), places.place("alice", 2), places.place("alice", 3):
        assert (code(refused := house.of("alice").get(path)), refused.headers["retry-after"]) == (
            "too_many_requests",
            "2",
        )
        assert house.of("bob").get(path).status_code != 429
    assert house.of("alice").get(path).status_code != 429


def test_exports__one_person_has_his_share(house: House) -> None:
    anna, olga = house.of("anna"), house.of("olga")
    places = house.server.exporting
    with places.place("anna", 1), places.place("anna", 2):
        for path in ("/v1/journal/export", "/v1/audit/export", "/v1/accounts/alice/export"):
            refused = anna.get(path)
            assert (refused.status_code, code(refused)) == (429, "too_many_requests"), path
            assert refused.headers["retry-after"]
            assert olga.get(path).status_code == 200, path
    assert anna.get("/v1/journal/export").status_code == 200
    assert places._taken == {}


def test_shares__the_same_thing_once__and_in_all_so_many() -> None:
    shares = Shares(most=3, each=2, retry_after=7)
    with shares.place("a", 1), shares.place("a", 1), shares.place("a", 2):
        with pytest.raises(TooManyRequests) as refused, shares.place("a", 3):
            pass
        assert refused.value.details["retry_after"] == 7
        with shares.place("b", 1), pytest.raises(TooManyRequests), shares.place("c", 1):
            pass
    with shares.place("c", 1):
        pass


def test_jobs__results_of_one_do_not_push_out_those_of_others(house: House) -> None:
    jobs = house.server.jobs

    def start(by: str) -> str:
        async def begin() -> str:
            return jobs.start("back-test", by, 1, lambda _: "done").id

        made = on_loop(house, begin())
        until(house, lambda: jobs.get(made, by).status == "done")
        return made

    bobs = start("bob")
    made = [start("alice") for _ in range(60)]
    assert jobs.get(bobs, "bob").result == "done"
    assert sum(one.by == "alice" for one in jobs._jobs.values()) == EACH_JOBS
    assert jobs.get(made[-1], "alice").result == "done"


def on_loop(house: House, work: Coroutine[Any, Any, Any]) -> Any:
    """Do something on the server's loop."""
    return asyncio.run_coroutine_threadsafe(work, house.server.feed._loop).result(30)


# --- stores that failed -----------------------------------------------------------------------------------------------


class Store:
    """A store that says whether it is closed, and notices two who use it at once."""

    def __init__(self) -> None:
        self.closed, self.busy = False, False

    def work(self, gate: threading.Event | None = None) -> str:
        assert not self.busy and not self.closed
        self.busy = True
        if gate is not None:
            assert gate.wait(30)
        self.busy = False
        return "done"

    def close(self) -> None:
        assert not self.busy, "closed in the middle of its work"
        self.closed = True


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    made: list[Store] = []

    def open_store(_: str) -> Store:
        made.append(Store())
        return made[-1]

    monkeypatch.setattr(readers.bootstrap, "open_store", open_store)
    return made


def raising(error: BaseException) -> Callable[[Any], Any]:
    def work(_: Any) -> Any:
        raise error

    return work


@pytest.mark.parametrize("error", [Unavailable("x"), Corrupt("x"), OSError("x"), ValueError("x"), KeyboardInterrupt()])
def test_look_that_failed__its_store_is_closed_and_another_opened(stores: list[Store], error: BaseException) -> None:
    pool = Readers("memory:")
    with pytest.raises(type(error)):
        pool.with_store(raising(error))
    assert pool.with_store(lambda store: store.work()) == "done"  # type: ignore[attr-defined]
    assert [one.closed for one in stores] == [True, False]
    pool.close()


def test_look_that_was_refused__its_store_is_good(stores: list[Store]) -> None:
    pool = Readers("memory:")
    with pytest.raises(UnknownRecord):
        pool.with_store(raising(UnknownRecord("x")))
    pool.with_store(lambda store: store.work())  # type: ignore[attr-defined]
    assert len(stores) == 1
    pool.close()
    assert stores[0].closed


def test_lent_store__failed_in_the_middle__not_used_again(stores: list[Store]) -> None:
    async def run() -> None:
        pool = Readers("memory:")
        with pytest.raises(OSError, match="lost"):
            async with pool.lent() as lent:
                assert await lent.run(lent.store.work) == "done"  # type: ignore[attr-defined]
                await lent.run(lambda: raising(OSError("lost"))(None))
        assert [one.closed for one in stores] == [True]
        async with pool.lent() as lent:
            await lent.run(lent.store.work)  # type: ignore[attr-defined]
        async with pool.lent():
            pass
        assert [one.closed for one in stores] == [True, False], "one that came to its end is used again"
        await asyncio.to_thread(pool.close)

    asyncio.run(run())


def test_lent_store__sent_away_in_the_middle__closed_once_its_thread_is_done(stores: list[Store]) -> None:
    async def run() -> None:
        pool, gate, inside = Readers("memory:"), threading.Event(), asyncio.Event()

        async def export() -> None:
            async with pool.lent() as lent:
                inside.set()
                await lent.run(lambda: lent.store.work(gate))  # type: ignore[attr-defined]

        task = asyncio.create_task(export())
        await inside.wait()
        while not stores[0].busy:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not stores[0].closed and not pool._idle, "a thread still works on it: nobody gets it, nobody closes it"
        gate.set()
        while not stores[0].closed:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(pool.close)

    asyncio.run(run())


def test_export_whose_store_fails__the_next_one_is_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that broke in the middle of an export is not what the next reader gets."""
    server, anna = house.server, house.of("anna")
    lines = len(anna.get("/v1/journal/export").text.splitlines())
    store = server.readers._idle[-1]
    kept, rows = list(server.readers._idle), type(store).rows

    def broken(self: Any, *given: Any) -> Any:
        for number, row in enumerate(rows(self, *given)):
            if number == 20:
                raise Unavailable("the connection was lost")
            yield row

    monkeypatch.setattr(type(store), "rows", broken)
    assert anna.get("/v1/audit/export").status_code == 503
    assert not [one for one in kept if one in server.readers._idle and one is store]
    monkeypatch.undo()
    assert len(anna.get("/v1/journal/export").text.splitlines()) == lines


def test_export_that_nobody_waits_for__is_not_read_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.entrypoints.http.routes import audit

    house.of("anna").get("/v1/journal/export")
    read, gate, seen = audit._lot, threading.Event(), []

    def lot(lines: Any) -> bytes:
        seen.append(1)
        if len(seen) > 1:
            assert gate.wait(30)
        return read(lines)

    monkeypatch.setattr(audit, "LOT", 1)
    monkeypatch.setattr(audit, "_lot", lot)
    with house.client(house.key("anna")).stream("GET", "/v1/journal/export") as answer:
        assert next(answer.iter_raw())
    until(house, lambda: len(seen) > 1)
    left, connections = house.server.exporting._taken, house.running._uvicorn.server_state.connections
    assert left
    until(house, lambda: all(one.cycle.response_complete for one in list(connections)))  # it has gone
    gate.set()
    until(house, lambda: not left)
    assert len(seen) < house.service.head.seq
