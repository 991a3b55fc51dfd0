"""Followers of a desk whose store fails at the worst moment: each record is told once, and by nobody's delay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from test_following import Ears, mint

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Row
from holdfast.engine.rebuild import fold_row
from holdfast.engine.service import Service
from holdfast.errors import Unavailable
from holdfast.store.memory import MemoryStore


class Flaky:
    """A store whose reading is cut off once behind a number of records, or whose commit happens but is not heard of."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.cut_behind: int | None = None
        self.cut_commit = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        left = self.cut_behind
        for row in self._store.rows(after, upto):
            if left is not None:
                if left == 0:
                    self.cut_behind = None
                    raise Unavailable("the connection was lost")
                left -= 1
            yield row

    def commit(self) -> None:
        self._store.commit()
        if self.cut_commit:
            self.cut_commit = False
            raise Unavailable("it may have happened")


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    Service.create(made, Genesis())
    return made


def test_reading_on_is_cut_off__what_was_told_halfway_is_taken_back(store: MemoryStore) -> None:
    flaky = Flaky(store)
    here, there = Service(flaky), Service(store)
    ears = Ears()
    here.follow(ears)
    for number in range(5):
        there.submit(mint(f"m-{number}").command)
    for row in store.rows():  # the state knows them already; those who follow are told by a second reading
        fold_row(here.state, here.head.digest, row)
        here.head = type(here.head)(row.seq, row.digest)
    flaky.cut_behind = 3
    with pytest.raises(Unavailable):
        here.catch_up()
    here.catch_up()
    assert ears.known == [f"m-{number}" for number in range(5)]


def test_commit_in_doubt_that_happened__whoever_follows_from_then_on_is_told_once(store: MemoryStore) -> None:
    flaky = Flaky(store)
    service, before, after = Service(flaky), Ears(), Ears()
    service.follow(before)
    service.submit(mint("m-1").command)
    flaky.cut_commit = True
    with pytest.raises(Unavailable):
        service.submit(mint("m-2").command)
    assert service.state.seq == 2
    service.follow(after)
    service.submit(mint("m-3").command)
    assert before.known == ["m-1", "m-2", "m-3"] and after.known == ["m-3"]
