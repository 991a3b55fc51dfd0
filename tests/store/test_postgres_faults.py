"""Desks on PostgreSQL when connections break, servers die, commits are doubtful, and others are in the way."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

import postgres
from engine.journals import deposit, funded, told
from holdfast.benchmarks.postgres_server import USER, Server
from holdfast.engine.audit import verify
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, NoDesk, Unavailable
from holdfast.store.postgres import PostgresStore
from support import frozen_copy

PATIENCE = 30


@pytest.fixture
def url() -> Iterator[str]:
    made = postgres.new_desk()
    yield made
    postgres.drop(made)


@pytest.fixture(autouse=True)
def closed_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test leaves open is closed."""
    connect, made = PostgresStore._connect, []

    def kept(store: PostgresStore) -> Any:
        made.append(connect(store))
        return made[-1]

    monkeypatch.setattr(PostgresStore, "_connect", kept)
    yield
    for db in made:
        db.close()


def service_at(url: str) -> Service:
    service = told(PostgresStore(url, create=True), commands=[])
    funded(service, "alice", "bob")
    return service


def terminate(url: str, store: Any) -> None:
    """The server ends the store's connection, as an administrator or a failover does."""
    with postgres.admin(url) as db:
        pid = store._db.info.backend_pid
        db.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def kinds(answer: Any) -> tuple[Any, ...]:
    return answer.status, answer.seq, answer.digest


class Proxy:
    """Passes bytes on between a client and a server, until `cut` says so of what goes either way."""

    def __init__(self, folder: str, port: int) -> None:
        self._server = f"{folder}/.s.PGSQL.{port}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut: Callable[[str, bytes], str] = lambda direction, data: "pass"
        self._sockets: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._sockets += [client, server]
            for direction, source, target in (("up", client, server), ("down", server, client)):
                threading.Thread(target=self._pump, args=(direction, source, target), daemon=True).start()

    def _pump(self, direction: str, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65_536)) and self.cut(direction, data) == "pass":
                target.sendall(data)
        self._shut(source)
        self._shut(target)

    @staticmethod
    def _shut(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in self._sockets:
            self._shut(one)
            one.close()


@pytest.fixture
def proxied() -> Iterator[tuple[Service, Proxy, str]]:
    """A service whose connection goes through a proxy, and the URL beside it."""
    straight = postgres.new_desk()
    with postgres.admin(straight) as db:
        host, port = db.info.host, db.info.port
    proxy = Proxy(host, port)
    target = f"postgresql://{USER}@127.0.0.1:{proxy.port}/postgres?sslmode=disable"
    service = service_at(f"{target}&desk={postgres.schema_of(straight)}")
    yield service, proxy, straight
    proxy.close()
    postgres.drop(straight)


needs_own_server = pytest.mark.skipif(
    bool(postgres.named()), reason="HOLDFAST_TEST_POSTGRES names a server; this test reaches into one of its own"
)


# --- connections that break -------------------------------------------------------------------------------------------


def test_cut__between_commands__nobody_notices(url: str) -> None:
    service = service_at(url)
    for number in range(3):
        terminate(url, service.store)
        assert service.submit(deposit(number).command).status == "applied"
    terminate(url, service.store)
    assert service.store.head().seq == 6
    terminate(url, service.store)
    assert len(list(service.store.rows())) == 6
    assert verify(service.store).ok


@pytest.mark.parametrize("moment", ["append", "commit"])
def test_cut__while_the_lock_is_held__unavailable_and_nothing_kept(
    url: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    service = service_at(url)
    before = frozen_copy(service.state)
    store: Any = service.store
    inner = getattr(store, moment)

    def cut(*given: Any) -> None:
        terminate(url, store)
        inner(*given)

    with monkeypatch.context() as patch:
        patch.setattr(store, moment, cut)
        with pytest.raises(Unavailable):
            service.submit(deposit(1).command)
    assert store.head().seq == 3
    assert frozen_copy(service.state) == before
    assert kinds(service.submit(deposit(1).command))[:2] == ("applied", 4)
    assert verify(store).ok


@needs_own_server
@pytest.mark.parametrize("reached", [False, True])
def test_cut__around_the_commit__the_same_id_gives_one_effect(
    proxied: tuple[Service, Proxy, str], reached: bool
) -> None:
    service, proxy, straight = proxied
    service.submit(deposit(1).command)
    cutting = threading.Event()

    def cut(direction: str, data: bytes) -> str:
        if direction == "up" and b"COMMIT\0" in data:
            cutting.set()
        return "cut" if cutting.is_set() and not (reached and direction == "up") else "pass"

    proxy.cut = cut
    with pytest.raises(Unavailable):
        service.submit(deposit(2).command)
    proxy.cut = lambda direction, data: "pass"
    watcher = PostgresStore(straight)
    until = time.monotonic() + PATIENCE
    while reached and watcher.head().seq < 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert watcher.head().seq == (5 if reached else 4)
    again = service.submit(deposit(2).command)
    assert (again.seq, again.replayed) == (5, reached)
    assert again.digest == watcher.row(5).digest.hex()
    assert service.state.book.balance("FLUX", "alice") == 998 * 10**8
    assert service.submit(deposit(3).command).seq == 6
    assert verify(watcher).ok
    watcher.close()


def test_commit__cancelled_while_it_waits_for_a_standby__unavailable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL says COMMIT with a warning then: done here, and perhaps nowhere else."""
    if postgres.named():
        pytest.skip("HOLDFAST_TEST_POSTGRES names a server; this test changes settings")
    service = service_at(url)
    with postgres.admin(url) as db:
        db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nowhere'")
        db.execute("SELECT pg_reload_conf()")
    try:
        wait_for(lambda: setting(url, "synchronous_standby_names") == "nowhere")
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(service.submit, deposit(1).command)
            cancel_when_waiting(url)
            with pytest.raises(Unavailable, match="not safe yet"):
                sent.result(PATIENCE)
            again = pool.submit(service.submit, deposit(1).command)
            time.sleep(0.2)
            assert not again.done(), "the first answer was given again before it was safe"
            reset(url)
            assert again.result(PATIENCE).replayed
    finally:
        reset(url)
    assert service.head.seq == 4


def setting(url: str, name: str) -> str:
    with postgres.admin(url) as db:
        found = db.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return found[0] if found else ""


def reset(url: str) -> None:
    with postgres.admin(url) as db:
        db.execute("ALTER SYSTEM RESET synchronous_standby_names")
        db.execute("SELECT pg_reload_conf()")


def cancel_when_waiting(url: str) -> None:
    with postgres.admin(url) as db:
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_for(lambda: db.execute(waiting).fetchone() is not None)
        db.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


# --- others in the way ------------------------------------------------------------------------------------------------


def test_lock__held_by_another_for_too_long__unavailable_then_works(url: str) -> None:
    service = service_at(url)
    other = PostgresStore(url)
    other.begin()
    service.store._db.execute("SET lock_timeout = '50ms'")  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="being written by another process"):
        service.submit(deposit(1).command)
    other.rollback()
    assert service.submit(deposit(1).command).status == "applied"
    other.close()


def test_lock__its_holder_dies__the_next_goes_on(url: str) -> None:
    service = service_at(url)
    other = PostgresStore(url)
    other.begin()
    other.append(list(service.store.rows(after=2)))
    terminate(url, other)
    assert service.submit(deposit(1).command).seq == 4
    with pytest.raises(Unavailable, match="connection was lost"):
        other.commit()
    other.rollback()
    assert other.begin().seq == 4
    other.close()


def test_head__moved_without_the_journal__corrupt(url: str) -> None:
    service = service_at(url)
    with postgres.admin(url) as db:
        db.execute(f"SET search_path = {postgres.schema_of(url)}".encode())
        db.execute("UPDATE head SET seq = seq + 1")
    with pytest.raises(Corrupt, match="ends at record 3, and its head is noted as record 4"):
        service.submit(deposit(1).command)
    assert service.store.head().seq == 3


def test_head__moved_while_locked__nothing_is_appended(url: str) -> None:
    """Whatever goes wrong with the lock: the statement that appends asks where the head is."""
    service = service_at(url)
    store: Any = service.store
    head = store.begin()
    store._locked = head._replace(seq=head.seq - 1)
    store.append([row._replace(seq=4, id="x") for row in store.rows(after=2)])
    with pytest.raises(Corrupt, match="was moved while it was locked"):
        store.commit()
    store.rollback()
    assert store.head().seq == 3


def test_synchronous_commit__turned_off_meanwhile__unavailable(url: str) -> None:
    service = service_at(url)
    store: Any = service.store
    store._db.execute("SET synchronous_commit = off")
    with pytest.raises(Unavailable, match="synchronous_commit is off"):
        service.submit(deposit(1).command)
    assert store.head().seq == 3


def test_synchronous_commit__off_for_the_role__turned_on_by_the_store(url: str) -> None:
    off = f"{url}&options=-c%20synchronous_commit%3Doff"
    service = service_at(off)
    assert service.store._db.execute("SHOW synchronous_commit").fetchone() == ("on",)  # type: ignore[attr-defined]
    assert service.submit(deposit(1).command).status == "applied"


# --- places that are none ---------------------------------------------------------------------------------------------


def test_open__no_desk_there__no_desk(url: str) -> None:
    with pytest.raises(NoDesk):
        PostgresStore(url)


def test_open__no_such_database__no_desk() -> None:
    base = postgres.new_desk()
    with pytest.raises(NoDesk, match='database "nowhere" does not exist'):
        PostgresStore(base.replace("/postgres?", "/nowhere?"))


def test_open__tables_of_another_program__corrupt_and_untouched(url: str) -> None:
    with postgres.admin(url) as db:
        db.execute(f"CREATE SCHEMA {postgres.schema_of(url)}".encode())
        db.execute(f"CREATE TABLE {postgres.schema_of(url)}.journal (seq int)".encode())
    for create in (False, True):
        with pytest.raises(Corrupt, match="another program's tables"):
            PostgresStore(url, create=create)


def test_open__of_a_newer_holdfast__corrupt(url: str) -> None:
    service_at(url).close()
    with postgres.admin(url) as db:
        db.execute(f"SET search_path = {postgres.schema_of(url)}".encode())
        db.execute("UPDATE desk SET value = '99' WHERE key = 'version'")
    with pytest.raises(Corrupt, match="written by a newer Holdfast"):
        PostgresStore(url)


def test_open__a_column_is_missing__corrupt(url: str) -> None:
    service_at(url).close()
    with postgres.admin(url) as db:
        db.execute(f"ALTER TABLE {postgres.schema_of(url)}.journal DROP COLUMN body".encode())
    with pytest.raises(Corrupt, match="does not hold a usable desk"):
        list(PostgresStore(url).rows())


def test_create__by_two_at_once__one_desk(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: PostgresStore(url, create=True), range(4)))
    assert [store.genesis() for store in stores] == [None] * 4
    for store in stores:
        store.close()


@needs_own_server
def test_role__without_rights__unavailable_and_says_so(url: str) -> None:
    service_at(url).close()
    role = "reader_of_a_desk"
    desk = postgres.schema_of(url)
    with postgres.admin(url) as db:
        db.execute(f"CREATE ROLE {role} LOGIN".encode())
    mine = url.replace(f"{USER}@", f"{role}@")
    try:
        with pytest.raises(Unavailable, match="this role may not"):
            PostgresStore(mine)
        with pytest.raises(Unavailable, match="this role may not"):
            PostgresStore(f"{mine}_new", create=True)
        with postgres.admin(url) as db:
            db.execute(f"GRANT USAGE ON SCHEMA {desk} TO {role}".encode())
            db.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {desk} TO {role}".encode())
        service = Service(PostgresStore(mine))
        assert service.head.seq == 3
        assert verify(service.store).ok, "reading is allowed"
        with pytest.raises(Unavailable, match="this role may not"):
            service.submit(deposit(1).command)
        service.close()
    finally:
        with postgres.admin(url) as db:
            db.execute(f"DROP OWNED BY {role}".encode())
            db.execute(f"DROP ROLE {role}".encode())


def test_url__the_password_is_never_shown() -> None:
    with pytest.raises(Unavailable) as caught:
        PostgresStore("postgresql://me:s3cret@127.0.0.1:1/db?password=s3cret&desk=a")
    assert "s3cret" not in str(caught.value)
    assert "postgresql://me@127.0.0.1:1/db?desk=a" in str(caught.value)


@needs_own_server
def test_password__wrong__unavailable_right__works(url: str) -> None:
    service_at(url).close()
    with postgres.admin(url) as db:
        host_based = Path(db.execute("SHOW hba_file").fetchone()[0])  # type: ignore[index]
        before = host_based.read_text("utf-8")
        host_based.write_text(f"host all known 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
        db.execute("CREATE ROLE known LOGIN SUPERUSER PASSWORD 'right'")
        db.execute("SELECT pg_reload_conf()")
        port, desk = db.info.port, postgres.schema_of(url)
    try:
        wait_for(lambda: rejected(f"postgresql://known:wrong@127.0.0.1:{port}/postgres?desk={desk}"))
        store = PostgresStore(f"postgresql://known:right@127.0.0.1:{port}/postgres?desk={desk}")
        assert store.head().seq == 3
        store.close()
    finally:
        host_based.write_text(before, "utf-8")
        with postgres.admin(url) as db:
            db.execute("DROP ROLE known")
            db.execute("SELECT pg_reload_conf()")


def rejected(url: str) -> bool:
    """Whether the server refuses the login (it may not have read its rules yet)."""
    try:
        PostgresStore(url).close()
    except Unavailable as error:
        assert "password authentication failed" in error.message
        assert "wrong" not in error.message
        return True
    return False


# --- servers that die -------------------------------------------------------------------------------------------------


@needs_own_server
def test_server__killed_and_restarted__no_acknowledged_command_lost() -> None:
    with Server(postgres.new_folder()) as server:
        url = server.url(desk="killed")
        service = service_at(url)
        answered: dict[str, str] = {}
        unanswered: list[int] = []
        for round_ in range(2):
            stop = threading.Event()

            def work(first: int = round_ * 100_000, stop: threading.Event = stop) -> None:
                for number in range(first, first + 100_000):
                    if stop.is_set():
                        return
                    try:
                        answer = service.submit(deposit(number, amount="0.001").command)
                    except Unavailable:
                        unanswered.append(number)
                        return
                    answered[answer.id] = str(answer.digest)

            worker = threading.Thread(target=work)
            worker.start()
            wait_for(lambda n=50 * (round_ + 1): len(answered) >= n)  # type: ignore[misc]
            server.kill()
            worker.join(PATIENCE)
            with pytest.raises(Unavailable):
                service.submit(deposit(-1).command)
            server.start()
        report = verify(PostgresStore(url))
        assert report.ok, report.problems
        kept = {row.id: row.digest.hex() for row in service.store.rows()}
        assert {name: kept.get(name) for name in answered} == answered
        assert len(unanswered) == 2
        for number in unanswered:
            again = service.submit(deposit(number, amount="0.001").command)
            assert again.replayed == (again.id in kept)
        assert verify(PostgresStore(url)).ok


def test_server__out_of_connections__unavailable() -> None:
    if postgres.named():
        pytest.skip("HOLDFAST_TEST_POSTGRES names a server; this test wants a small one")
    with Server(postgres.new_folder(), max_connections="5", superuser_reserved_connections="0") as server:
        url = server.url(desk="small")
        service = service_at(url)
        others = []
        with pytest.raises(Unavailable, match="cannot be reached"):
            for _ in range(20):
                others.append(psycopg.connect(server.url()))
                PostgresStore(url).close()
        assert service.submit(deposit(1).command).status == "applied"
        for other in others:
            other.close()


def test_fsync__off__refused() -> None:
    if postgres.named():
        pytest.skip("HOLDFAST_TEST_POSTGRES names a server; this test wants another")
    with (
        Server(postgres.new_folder(), fsync="off") as server,
        pytest.raises(Unavailable, match="fsync = off"),
    ):
        PostgresStore(server.url(desk="risky"), create=True)
