"""The feed over HTTP: everything once and in order, resumed at any point; ended with the session, key or server."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from holdfast.engine.following import Recorded
from holdfast.engine.journal import recorded_answer
from holdfast.entrypoints.http.feed import LINE
from holdfast.entrypoints.http.routes import events
from holdfast.identity.records import ApiKey, Person, Where
from holdfast.views.activity import activity, seen_by
from serving import STAFF, House, code, serving
from support import DAY


class Event(NamedTuple):
    id: int
    type: str
    data: Any


class Stream:
    """A client of the feed: reads events as a browser does."""

    def __init__(self, house: House, token: str, *, after: int | None = None, last: int | None = None) -> None:
        self._client = house.client(token)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        parameters = {} if after is None else {"after": after}
        self._sent = self._client.build_request("GET", "/v1/events", params=parameters, headers=headers)
        self.answer = self._client.send(self._sent, stream=True)
        self.last_id = last
        self.comments = 0
        self._lines = self.answer.iter_lines()

    def __enter__(self) -> Stream:
        assert self.answer.status_code == 200, self.answer.read()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.answer.close()
        self._client.close()

    def __iter__(self) -> Iterator[Event]:
        """Events until the stream ends; `last_id` is what a browser would come again with."""
        fields: dict[str, str] = {}
        end = time.monotonic() + 40
        for line in self._lines:
            assert time.monotonic() < end, "events are missing: nothing but heartbeats"
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                if "id" in fields:
                    self.last_id = int(fields["id"])
                if "data" in fields:
                    yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                fields = {}

    def take(self, count: int) -> list[Event]:
        found = []
        if count:
            for event in self:
                found.append(event)
                if len(found) == count:
                    break
        return found


def expected(house: House, accounts: frozenset[str] | None = None, after: int = 0) -> list[Event]:
    """What the journal says that somebody may see."""
    found = []
    for row in house.service.store.rows(after=after):
        item = activity(Recorded(row, *recorded_answer(row)))
        told = seen_by(item, accounts)
        if told is not None:
            found.append(Event(row.seq, item.type, json.loads(json.dumps(told, default=encoded))))
    return found


def encoded(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def busy(house: House, count: int = 5) -> None:
    for _ in range(count):
        for holder in ("alice", "bob", "carol"):
            house.do("faucet.drip", holder, asset="FLUX", amount="1")
        house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="0.5")
        assert house.send("asset.burn", "carol", asset="FLUX", amount="1000000").status == "rejected"


def test_replay__everything_for_staff__what_touched_him_for_a_holder(house: House) -> None:
    busy(house)
    everything = expected(house)
    for person in STAFF:
        with Stream(house, house.key(person), after=0) as stream:
            assert stream.take(len(everything)) == everything
    for person in ("alice", "bob"):
        own = expected(house, frozenset((person,)))
        assert 0 < len(own) < len(everything)
        with Stream(house, house.key(person), after=0) as stream:
            assert stream.take(len(own)) == own


def test_holder__sees_of_anothers_command_only_the_postings_that_touched_him(house: House) -> None:
    busy(house, 1)
    with Stream(house, house.key("bob"), after=0) as stream:
        own = stream.take(2)
    assert own[1].data["postings"] == [{"asset": "FLUX", "direction": "in", "units": "50000000"}]
    assert not {"actor", "id", "events", "result"} & own[1].data.keys()


def test_live__told_as_they_happen(house: House) -> None:
    with Stream(house, house.key("olga")) as stream:
        before = house.state.seq
        busy(house)
        assert stream.take(25) == expected(house, after=before)


def test_resume__behind_any_record(house: House) -> None:
    busy(house, 3)
    everything = expected(house)
    token = house.key("olga")
    for after in range(len(everything) + 1):
        with Stream(house, token, last=after) as stream:
            assert stream.take(len(everything) - after) == everything[after:]
        with Stream(house, token, after=0, last=after) as stream:  # the header counts first
            assert stream.take(len(everything) - after) == everything[after:]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 17, "１"])
def test_resume__not_a_record__malformed(house: House, last: str) -> None:
    headers = [(b"last-event-id", last.encode())]
    assert code(house.of("olga").get("/v1/events", headers=headers)) == "malformed"


def test_resume__behind_a_record_that_is_not_there__unknown_record(house: House) -> None:
    assert code(house.of("olga").get("/v1/events?after=1000")) == "unknown_record"
    assert code(house.of("olga").get("/v1/events", headers={"Last-Event-ID": "1000"})) == "unknown_record"


def test_nobody__unauthenticated_and_without_a_role__forbidden(house: House) -> None:
    assert code(house.nobody.get("/v1/events")) == "unauthenticated"
    assert code(house.of("nora").get("/v1/events")) == "forbidden"


def test_load__cut_off_again_and_again__none_lost_none_doubled(house: House) -> None:
    """Three writers, and readers that are cut off at random points and come again with the last id they saw."""
    stop, chance = threading.Event(), random.Random(7)
    found: dict[str, list[Event]] = {"olga": [], "alice": [], "bob": []}
    total = 600

    def write(number: int) -> None:
        for count in range(total // 3):
            house.service.submit(drip(f"w-{number}-{count}", ("alice", "bob", "carol")[(number + count) % 3]))

    def read(person: str, token: str) -> None:
        last = 0
        while not stop.is_set() or last < house.state.seq:
            with Stream(house, token, last=last) as stream:
                for _ in range(chance.randint(1, 60)):
                    event = next(iter(stream), None)
                    if event is None:
                        break
                    found[person].append(event)
                    last = event.id
                    if last == house.state.seq and stop.is_set():
                        break
            if person != "olga" and stop.is_set():
                own = expected(house, frozenset((person,)))
                if last >= own[-1].id:
                    return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    readers = [threading.Thread(target=read, args=(person, house.key(person)), daemon=True) for person in found]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="0.5")  # something last for everybody
    for thread in readers:
        thread.join(60)
        assert not thread.is_alive(), {person: len(seen) for person, seen in found.items()}
    assert len(expected(house)) == total + 1
    for person, seen in found.items():
        assert seen == expected(house, None if person == "olga" else frozenset((person,))), person


def drip(name: str, holder: str) -> Any:
    from holdfast.wire import codec

    return codec.command("faucet.drip", name, holder, asset="FLUX", amount="1")


def test_slow_reader__falls_behind_and_reads_on_from_the_journal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for one stream is bounded; beyond that it comes from the journal: everything, once, in order."""
    from holdfast.engine.service import Submission
    from holdfast.entrypoints.http import feed

    monkeypatch.setattr(feed, "LINE", 10)
    assert LINE == 5_000
    opened: list[object] = []
    real = feed.Feed.open
    monkeypatch.setattr(feed.Feed, "open", lambda *given: opened.append(given) or real(*given))
    count = 20_000
    with Stream(house, house.key("olga"), after=0) as stream:
        for start in range(0, count, 1_000):
            lot = [Submission(drip(f"s-{start}-{number}", "alice")) for number in range(1_000)]
            house.service.submit_many(lot)
        seen = [event.id for event in stream.take(count)]
    assert seen == list(range(1, count + 1))
    assert len(opened) > 1, "it never fell behind"


def test_resume__ahead_of_the_feed__what_was_seen_is_not_told_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may know more than this server has told yet: it saw it on another one, or a moment ago."""
    from holdfast.entrypoints.http import feed

    monkeypatch.setattr(feed, "FEW", -1)
    monkeypatch.setattr(feed, "PACE", 0.5)
    busy(house, 2)
    head = house.state.seq
    assert house.server.feed.seq == 0, "the feed was to be behind"
    with Stream(house, house.key("olga"), last=head - 3) as one, Stream(house, house.key("olga"), last=head) as other:
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
        assert [event.id for event in one.take(4)] == [head - 2, head - 1, head, head + 1]
        assert [event.id for event in other.take(1)] == [head + 1]


def test_heartbeat__a_comment_and_the_record_to_resume_from(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    busy(house, 1)
    with Stream(house, house.key("bob"), after=0) as stream:
        own = stream.take(2)
        house.do("faucet.drip", "carol", asset="FLUX", amount="1")  # nothing to bob
        for line in stream._lines:
            stream.comments += line.startswith(":")
            if line == f"id: {house.state.seq}":
                break
        assert stream.comments
    assert own[-1].id < house.state.seq


def ended(stream: Stream, seconds: float = 5) -> bool:
    """Whether the stream ends by itself soon."""

    def read() -> None:
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, RuntimeError):  # closed under its hands below
            list(stream)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def test_session_ends__its_streams_end_at_once_and_no_other(house: House) -> None:
    first, second = house.session("alice"), house.session("alice")
    with Stream(house, first) as one, Stream(house, second) as other:
        house.server.sessions.end("alice", first.partition(".")[0], Where())
        assert ended(one)
        assert not ended(other, 0.3)


def test_api_key_revoked__its_streams_end_at_once(house: House) -> None:
    token, kept = house.key("alice"), house.key("alice")
    with Stream(house, token) as one, Stream(house, kept) as other:
        key = next(key for key in house.office.all(ApiKey).values() if key.person == "alice")
        with house.office.write() as t:
            t.delete(ApiKey, key.id)
            t.log("api_key.revoked", by="alice", about=key.id)
        assert ended(one)
        assert not ended(other, 0.3)


def test_person_disabled__all_his_streams_end_at_once(house: House) -> None:
    import msgspec

    with Stream(house, house.session("alice")) as one, Stream(house, house.key("alice")) as other:
        with house.office.write() as t:
            alice = t.get(Person, "alice")
            assert alice is not None
            t.put(msgspec.structs.replace(alice, disabled=t.now))
            t.log("person.disabled", by="olga", about="alice")
        assert ended(one)
        assert ended(other)


def test_session_idle__its_streams_end_with_the_next_heartbeat(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    with Stream(house, house.session("alice")) as stream:
        house.later(DAY)
        assert ended(stream)


def test_server_stops__streams_end_and_it_does_not_wait_for_them(tmp_path: Path) -> None:
    patience = 60
    with serving(f"sqlite:{tmp_path / 'desk.db'}", drain_seconds=patience) as house:
        stream = Stream(house, house.key("olga"), after=0)
        began = time.monotonic()
    assert time.monotonic() - began < patience, "it would have waited for all of this, and then cut the stream off"
    assert ended(stream)
    stream.close()


def test_client_gone__its_stream_is_forgotten(house: House) -> None:
    for _ in range(3):
        with Stream(house, house.key("olga"), after=0):
            assert len(house.server.feed) == 1
        waited(lambda: len(house.server.feed) == 0)
    assert not house.server.endings._open


def waited(done: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_too_many_streams__too_many_requests(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.entrypoints.http import endings

    monkeypatch.setattr(endings, "MOST_OF_ONE", 2)
    token = house.key("alice")
    with Stream(house, token), Stream(house, token):
        answer = house.of("alice").get("/v1/events")
        assert code(answer) == "too_many_requests"
        assert answer.headers["retry-after"] == "30"
        with Stream(house, house.key("bob")):
            assert len(house.server.feed) == 3


def test_many_streams__a_record_is_encoded_once_for_all_of_an_audience(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from holdfast.entrypoints.http import frames

    made: list[int] = []
    real = frames.frame
    monkeypatch.setattr(frames, "frame", lambda item, audience: made.append(item.seq) or real(item, audience))
    token = house.key("olga")
    streams = [Stream(house, token) for _ in range(40)]
    before = house.state.seq
    busy(house, 2)
    for stream in streams:
        assert stream.take(10) == expected(house, after=before)
    assert len(made) == len(set(made)) == 10
    for stream in streams:
        stream.close()


def test_headers__of_a_stream_that_nobody_keeps(house: House) -> None:
    with Stream(house, house.key("olga"), after=0) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream"
        assert stream.answer.headers["cache-control"] == "no-store"
        assert stream.answer.headers["x-accel-buffering"] == "no"


def test_postgres__another_servers_records_are_told_too(tmp_path: Path) -> None:
    import postgres

    url = postgres.new_desk()
    try:
        secret = str(tmp_path / "secret")
        with (
            serving(url, secret_file=secret) as one,
            serving(url, secret_file=secret, clock=one.clock, people=False) as two,
        ):
            with Stream(one, one.key("olga"), after=0) as stream:
                for number in range(5):
                    two.service.submit(drip(f"two-{number}", "alice"))
                    one.service.submit(drip(f"one-{number}", "bob"))
                seen = stream.take(10)
            assert seen == expected(one)
    finally:
        postgres.drop(url)
