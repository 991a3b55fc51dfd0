"""A snapshot is only a shortcut: with, without and with a bad one the state is the same; a past state is its fold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.journals import deposit, story, tell, told
from holdfast.engine import rebuild as rebuild_module
from holdfast.engine import snapshot
from holdfast.engine.journal import Head
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.errors import Corrupt
from holdfast.protocol import invariants
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from support import frozen_copy


def kept(service: Service) -> list[bytes]:
    """The parts of the one snapshot that the memory store keeps, open to changes."""
    store = service.store
    assert isinstance(store, MemoryStore)
    return store._snapshots[-1][1]


def snapped(at: int = 30) -> tuple[Service, Service]:
    """The story told on two desks; the second kept a snapshot after so many commands."""
    plain, other = told(), told(commands=story()[:at])
    other.save_snapshot()
    tell(other, story()[at:])
    assert other.head == plain.head
    return plain, other


def test_rebuild__from_a_snapshot__the_same_state_and_head(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, other = snapped()
    folded: list[int] = []
    fold_row = rebuild_module.fold_row

    def counted(state: object, previous: bytes, row: object) -> None:
        folded.append(row.seq)  # type: ignore[attr-defined]
        fold_row(state, previous, row)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuild_module, "fold_row", counted)
    again = Service(other.store)
    assert folded[0] == 31, "the snapshot was not used"
    assert frozen_copy(again.state) == frozen_copy(plain.state)
    assert (again.head, again.state.now, again.state.seq) == (plain.head, plain.state.now, plain.state.seq)
    assert list(invariants.broken(again.state)) == []


def test_rebuild__snapshot_at_every_record__the_same_state_and_the_same_next_decisions() -> None:
    commands = story()
    whole = told()
    for at in range(1, len(commands) + 1):
        service = told(commands=commands[:at])
        service.save_snapshot()
        again = Service(service.store)
        assert frozen_copy(again.state) == frozen_copy(service.state), at
        tell(again, commands[at:])
        assert again.head == whole.head, f"a desk opened from the snapshot at {at} went another way"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts.clear(),
        lambda parts: parts.pop(),
        lambda parts: parts.pop(0),
        lambda parts: parts.pop(2),
        lambda parts: parts.insert(1, parts[1]),
        lambda parts: parts.reverse(),
        lambda parts: parts.__setitem__(1, parts[1].replace(b"1", b"2", 1)),
        lambda parts: parts.__setitem__(1, parts[1].replace(b'"alice"', b'"mallory"')),
        lambda parts: parts.__setitem__(0, b"{}"),
        lambda parts: parts.__setitem__(0, b"\x00\xff"),
        lambda parts: parts.__setitem__(-1, b'{"type":"seal","digest":""}'),
    ],
    ids=["none", "no seal", "no position", "one missing", "one twice", "reversed", "digit", "name", "empty", "bytes",
         "seal"],
)  # fmt: skip
def test_rebuild__from_a_spoilt_snapshot__the_same_state(spoil: Callable[[list[bytes]], None]) -> None:
    plain, other = snapped()
    spoil(kept(other))
    again = Service(other.store)
    assert frozen_copy(again.state) == frozen_copy(plain.state)
    assert again.head == plain.head
    assert again.corruption is None


def test_rebuild__from_a_snapshot_of_another_journal__the_same_state() -> None:
    plain, other = snapped()
    store = other.store
    assert isinstance(store, MemoryStore)
    store._snapshots = [(Head(30, bytes(32)), kept(other))]
    assert frozen_copy(Service(store).state) == frozen_copy(plain.state)


def test_rebuild__from_a_snapshot_beyond_the_end__the_same_state() -> None:
    plain, other = snapped()
    store = other.store
    assert isinstance(store, MemoryStore)
    store._snapshots = [(Head(10_000, plain.head.digest), kept(other))]
    state, head, broken = rebuild(store, upto=20_000)
    assert broken is None
    assert (head, frozen_copy(state)) == (plain.head, frozen_copy(plain.state))


def test_rebuild__without_a_snapshot_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _, other = snapped()
    monkeypatch.setattr(other.store, "snapshot", lambda upto: pytest.fail("a snapshot was asked for"))
    assert rebuild(other.store, use_snapshot=False)[1] == other.head


def test_save__while_corrupt__nothing_is_kept() -> None:
    service = told()
    service.corruption = Corrupt("so it is")
    service.save_snapshot()
    assert service.store.snapshot(10**6) is None


def test_parts__are_small_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "PART_SIZE", 3)
    service = told()
    parts = list(snapshot.dump(service.state))
    assert len(parts) > 15
    again = snapshot.load(service.genesis, iter(parts))
    assert frozen_copy(again) == frozen_copy(service.state)
    assert list(snapshot.dump(again)) == parts
    snapshot.compare(service.state, iter(parts))


def test_compare__another_state__says_where() -> None:
    service = told()
    parts = list(snapshot.dump(service.state))
    tell(service, [deposit(1, "bob", "0.5")])
    with pytest.raises(Corrupt, match="position"):
        snapshot.compare(service.state, iter(parts))


# --- as of any past record or second --------------------------------------------------------------------------------


@pytest.mark.parametrize("with_snapshots", [False, True])
def test_rebuild__as_of_any_record__the_fold_up_to_it(tmp_path: Path, with_snapshots: bool) -> None:
    service = told(SqliteStore(str(tmp_path / "desk.db"), create=True), commands=[])
    copies, times = [frozen_copy(service.state)], [0]
    for number, submission in enumerate(story()):
        service.submit(*submission)
        copies.append(frozen_copy(service.state))
        times.append(service.state.now)
        if with_snapshots and number in {9, 19, 33}:
            service.save_snapshot()
    for seq in reversed(range(len(copies))):
        state, head, broken = rebuild(service.store, upto=seq)
        assert broken is None
        assert frozen_copy(state) == copies[seq]
        assert (state.seq, state.now, head.seq) == (seq, times[seq], seq)
    for second in sorted({*times, *(at - 1 for at in times if at), *(at + 1 for at in times)}):
        seq = max(number for number, at in enumerate(times) if at <= second)
        state, head, broken = rebuild(service.store, until=second)
        assert broken is None
        assert head.seq == seq
        assert frozen_copy(state) == copies[seq]
    service.close()


def test_rebuild__live_state__is_the_fold_at_any_moment() -> None:
    service = told(commands=[])
    for submission in story():
        service.submit(*submission)
        state, head, _ = rebuild(service.store)
        assert head == service.head
        assert frozen_copy(state) == frozen_copy(service.state)


def test_snapshot__is_plain_json() -> None:
    for part in snapshot.dump(told().state):
        assert isinstance(msgspec.json.decode(part), dict)
