"""Streams that should have ended, and answers that outlive what they were given for."""

from __future__ import annotations

import time
from typing import Any

import pytest
from msgspec import structs
from test_events import Stream

from holdfast.entrypoints.http.routes import events
from holdfast.identity.records import ApiKey, Person
from holdfast.identity.roles import Grant
from serving import House, code
from support import DAY


def ends_within(stream: Stream, house: House, seconds: float) -> bool:
    """Whether the stream ends although something happens all the time."""
    end = time.monotonic() + seconds
    for _ in stream:
        if time.monotonic() > end:
            return False
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.2)


def test_grant_that_ends__its_stream_ends_too(house: House, quick: None) -> None:
    house.add("tim", Grant("auditor", until=house.clock.now + DAY))
    with Stream(house, house.key("tim")) as stream:
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
        assert stream.take(1)
        house.later(DAY + 1)
        assert ends_within(stream, house, 5)


def test_session_that_ends__its_busy_stream_ends_too(house: House, quick: None) -> None:
    token = house.session("olga")
    with Stream(house, token) as stream:
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
        assert stream.take(1)
        house.later(16 * 60)  # an operator's session ends after 15 idle minutes
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
        assert ends_within(stream, house, 5)


def test_api_key_that_ends__not_taken_a_second_longer(house: House) -> None:
    house.add("ada", "holder")
    client = house.client(house.key("ada"))
    key = next(key for key in house.office.all(ApiKey).values() if key.person == "ada")
    house.clock.now = key.expires - 1
    assert client.get("/v1/me/portfolio").status_code == 200
    house.clock.now = key.expires
    assert code(client.get("/v1/me/portfolio")) == "unauthenticated"


def test_grant_that_ends__not_used_a_second_longer(house: House) -> None:
    house.add("tom", Grant("auditor", until=house.clock.now + 100))
    client = house.client(house.key("tom"))
    house.later(99)
    assert client.get("/v1/accounts").status_code == 200
    house.later(1)
    assert code(client.get("/v1/accounts")) == "forbidden"


def test_head_of_the_feed__answered_and_over(house: House) -> None:
    client = house.client(house.key("olga"))
    client.timeout = 3
    assert client.head("/v1/events").status_code == 200
    assert len(house.server.feed) == 0


def test_disabled_while_the_key_was_looked_up__not_remembered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look and the remembering are two moments: what happens between them counts."""
    house.add("eve", "holder")
    client, authenticate = house.client(house.key("eve")), house.server.api_keys.authenticate

    def slow(*given: Any) -> Any:
        who = authenticate(*given)
        with house.office.write() as t:
            person = t.get(Person, "eve")
            assert person is not None
            t.put(structs.replace(person, disabled=t.now))
        return who

    monkeypatch.setattr(house.server.api_keys, "authenticate", slow)
    assert client.get("/v1/me/portfolio").status_code == 200  # it was asked before
    monkeypatch.undo()
    assert code(client.get("/v1/me/portfolio")) == "unauthenticated"
