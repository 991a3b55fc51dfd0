"""Readers follow the writers of a desk on PostgreSQL within a tenth of a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

import postgres
from engine.journals import deposit, funded, told
from holdfast.engine.service import Service
from holdfast.store import postgres_watch
from holdfast.store.postgres import NOTIFY_SECONDS, PostgresStore
from support import frozen_copy

PATIENCE = 30


@pytest.fixture
def url() -> Iterator[str]:
    made = postgres.new_desk()
    yield made
    postgres.drop(made)


class Follower:
    """A service that catches up whenever the watch says so, and notes when it had seen what."""

    def __init__(self, url: str) -> None:
        self.store = PostgresStore(url)
        self.service = Service(self.store)
        self.seen: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        for head in self.store.watch(self.service.head.seq, self._stop):
            before = self.service.head.seq
            self.service.catch_up()
            assert self.service.head.seq >= head.seq
            self.seen.update((seq, time.monotonic()) for seq in range(before + 1, self.service.head.seq + 1))

    def wait(self, seq: int) -> None:
        until = time.monotonic() + PATIENCE
        while seq not in self.seen:
            assert time.monotonic() < until, f"never saw record {seq}"
            time.sleep(0.002)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        self.store.close()


def test_watch__a_quiet_desk__most_records_are_seen_at_once(url: str) -> None:
    with closing(PostgresStore(url, create=True)) as store:
        service = told(store, commands=[])
        funded(service, "alice")
        with closing(Follower(url)) as follower:
            delays = []
            for number in range(5):
                time.sleep(0.15)  # so that the follower sleeps
                answer = service.submit(deposit(number).command)
                done = time.monotonic()
                follower.wait(int(answer.seq))
                delays.append(follower.seen[int(answer.seq)] - done)
            assert sorted(delays)[2] < 0.1, delays
            assert frozen_copy(follower.service.state) == frozen_copy(service.state)


def test_watch__a_busy_desk__the_last_record_is_seen_although_words_are_saved(url: str) -> None:
    with closing(PostgresStore(url, create=True)) as store:
        service = told(store, commands=[])
        funded(service, "alice")
        with closing(Follower(url)) as follower:
            for number in range(60):
                last = int(service.submit(deposit(number).command).seq)
            done = time.monotonic()
            follower.wait(last)
            assert follower.seen[last] - done < postgres_watch.ASLEEP_SECONDS
            assert follower.service.head == service.head


def test_watch__its_connection_is_cut__goes_on(url: str) -> None:
    with closing(PostgresStore(url, create=True)) as store:
        service = told(store, commands=[])
        funded(service, "alice")
        with closing(Follower(url)) as follower:
            time.sleep(0.1)
            with postgres.admin(url) as db:
                db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'holdfast' AND pid <> pg_backend_pid()"
                )
            answer = service.submit(deposit(1).command)
            follower.wait(int(answer.seq))


def test_words__are_given_at_least_while_readers_look_by_themselves() -> None:
    assert NOTIFY_SECONDS + postgres_watch.LOOK_SECONDS < postgres_watch.AWAKE_SECONDS <= 0.1
