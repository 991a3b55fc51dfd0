"""Time never goes back (R8): whatever the clock does, the journal's time is monotone and no period is shortened."""

from __future__ import annotations

import pytest

from engine.journals import rechained, story, tell, told
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis, root
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service, Submission
from holdfast.errors import Corrupt
from holdfast.primitives.clock import FixedClock, format_instant, parse_instant
from holdfast.store.memory import MemoryStore
from holdfast.wire import codec
from support import DAY, START


def ticking() -> tuple[Service, FixedClock]:
    clock = FixedClock(START)
    service = Service.create(MemoryStore(), Genesis(), clock)
    for asset, amount in (("VG", "100000"), ("FLUX", "100")):
        send(service, "asset.mint", "operator", asset=asset, to="alice", amount=amount)
    return service, clock


def send(service: Service, kind: str, actor: str, **fields: object) -> object:
    answer = service.submit(codec.command(kind, f"c-{service.head.seq}", actor, **fields))
    assert answer.status == "applied", answer.error
    return answer


def times(service: Service) -> list[int]:
    return [row.at for row in service.store.rows()]


def test_clock__stepped_back__the_desk_stays_where_it_was() -> None:
    service, clock = ticking()
    clock.now = START + 50
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    clock.now = START - 10 * DAY
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    clock.now = START + 51
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    assert times(service)[-4:] == [START + 50, START + 50, START + 50, START + 51]
    assert verify(service.store).ok


def test_clock__frozen__commands_go_on_at_the_same_second() -> None:
    service, _ = ticking()
    for _ in range(10):
        send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    assert set(times(service)) == {START}
    assert verify(service.store).ok


def test_clock__stepped_back_over_a_restart__time_goes_on_from_the_journal() -> None:
    service, clock = ticking()
    clock.now = START + DAY
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    again = Service(service.store, FixedClock(START - 30 * DAY))
    send(again, "asset.burn", "alice", asset="FLUX", amount="1")
    assert times(again)[-2:] == [START + DAY, START + DAY]


def test_clock__none__the_desk_s_present_second() -> None:
    service = told()
    now = service.state.now
    send(service, "asset.mint", "operator", asset="FLUX", to="alice", amount="1")
    assert service.state.now == now
    fresh = Service.create(MemoryStore(), Genesis())
    send(fresh, "asset.mint", "operator", asset="FLUX", to="alice", amount="1")
    assert times(fresh) == [0]


def test_period__is_not_shortened_by_any_clock() -> None:
    service, clock = ticking()
    answer = send(service, "term.stake", "alice", amount="1000")
    unlocks_at = parse_instant(answer.result["unlocks_at"])  # type: ignore[attr-defined]
    assert unlocks_at == service.state.stakes["vg-1"].unlocks_at > START + 30 * DAY
    steps = (START, unlocks_at - 1, START - 1_000 * DAY, unlocks_at - 1, unlocks_at - DAY)
    for refused, now in enumerate(steps):
        clock.now = now
        answer = service.submit(codec.command("term.unstake", f"u-{refused}", "alice", stake="vg-1"))
        assert answer.error.code == "not_matured", f"paid out at {now}, locked until {unlocks_at}"  # type: ignore[union-attr]
        assert answer.error.details["unlocks_at"] == format_instant(unlocks_at)  # type: ignore[union-attr]
    assert service.state.stakes["vg-1"].unlocks_at == unlocks_at
    assert times(service) == sorted(times(service))
    clock.now = unlocks_at
    send(service, "term.unstake", "alice", stake="vg-1")
    assert verify(service.store).ok


def test_clock__jumped_ahead_and_back__nothing_starts_before_the_jump() -> None:
    service, clock = ticking()
    clock.now = START + 400 * DAY
    send(service, "asset.burn", "alice", asset="FLUX", amount="1")
    clock.now = START + DAY
    send(service, "term.stake", "alice", amount="1000")
    stake = service.state.stakes["vg-1"]
    assert stake.staked_at == START + 400 * DAY, "a period began before the desk's present second"
    assert stake.unlocks_at == stake.staked_at + stake.period_days * DAY
    clock.now = stake.unlocks_at - 1
    answer = service.submit(codec.command("term.unstake", "u", "alice", stake="vg-1"))
    assert answer.error.code == "not_matured"  # type: ignore[union-attr]


def test_at__before_the_present_second__time_reversed_and_nothing_recorded() -> None:
    service = told()
    command = codec.command("asset.mint", "late", "operator", asset="FLUX", to="alice", amount="1")
    answers = service.submit_many([Submission(command, service.state.now - 1), Submission(command, service.state.now)])
    assert answers[0].error.code == "time_reversed"  # type: ignore[union-attr]
    assert answers[1].status == "applied"
    assert times(service) == sorted(times(service))


def test_preview__at_a_past_second__time_reversed() -> None:
    service = told()
    answer = service.preview(story()[0].command, 5)
    assert answer.error.code == "time_reversed"  # type: ignore[union-attr]


def test_journal__whose_time_goes_back__stops_the_desk_and_is_named() -> None:
    service = told()
    store = service.store
    assert isinstance(store, MemoryStore)
    row = store._rows[34]
    early = store._rows[33].at - 5
    body = row.body.replace(b'"at":%d' % row.at, b'"at":%d' % early, 1)
    store._rows[34] = row._replace(at=early, body=body)
    rechained(store._rows, 34, root(store.genesis() or b""))
    assert verify(store).problems[0] == "record 35 lies before the one before it in time"
    _, head, broken = rebuild(store)
    assert head.seq == 34
    assert "record 35 lies before" in str(broken)
    with pytest.raises(Corrupt):
        tell(Service(store), story()[:1])
