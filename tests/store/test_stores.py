"""What every store must do: one suite for all of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.journals import deposit, funded, story, tell, told
from holdfast.engine import genesis as genesis_module
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head, Row, chained
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service, Submission
from holdfast.errors import Corrupt, DeskExists, NoDesk, Unavailable
from holdfast.wire import codec
from support import START, frozen_copy

GENESIS = Genesis(name="of the store suite").encoded()
ROOT = genesis_module.root(GENESIS)


def rows(count: int, start: int = 1, digest: bytes = ROOT) -> list[Row]:
    """Rows that chain, of bodies that no desk would write."""
    made: list[Row] = []
    for seq in range(start, start + count):
        body = b'{"seq":%d}' % seq
        digest = chained(digest, body)
        made.append(Row(seq, 1_000 + seq, f"id-{seq}", body, digest))
    return made


def write(store: Any, some: list[Row]) -> None:
    store.begin()
    store.append(some)
    store.commit()


# --- a desk of its own ------------------------------------------------------------------------------------------------


def test_empty__has_no_genesis(shelf: Any) -> None:
    assert shelf.open().genesis() is None
    with pytest.raises(NoDesk, match="no desk here yet"):
        Service(shelf.open())


def test_create__twice__desk_exists_and_nothing_changes(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    with pytest.raises(DeskExists):
        store.create(Genesis(name="another").encoded())
    assert store.genesis() == GENESIS
    with pytest.raises(DeskExists):
        shelf.open().create(GENESIS, rows(2))
    assert shelf.open().head() == Head(0, ROOT)


def test_create__with_records__all_are_there(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS, iter(rows(5)))
    assert list(store.rows()) == rows(5)
    assert store.head() == Head(5, rows(5)[-1].digest)
    assert store.find(["id-3", "id-9"]) == {"id-3": 3}


def test_create__with_records_that_fail__no_desk(shelf: Any) -> None:
    def broken_off() -> Any:
        yield from rows(3)
        raise Corrupt("so far and no further")

    store = shelf.open()
    with pytest.raises(Corrupt, match="so far"):
        store.create(GENESIS, broken_off())
    for opened in (store, shelf.open()):
        assert opened.genesis() is None
        assert list(opened.rows()) == []
        assert opened.find(["id-1"]) == {}
    store.create(GENESIS, rows(2))
    assert store.head().seq == 2


def test_genesis__comes_back_byte_for_byte(shelf: Any) -> None:
    shelf.open().create(GENESIS)
    assert shelf.open().genesis() == GENESIS
    assert type(shelf.open().genesis()) is bytes


# --- records ------------------------------------------------------------------------------------------------------


def test_head__of_an_empty_journal__is_the_root(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    assert store.head() == store.begin() == Head(0, ROOT)
    store.rollback()


def test_commit__keeps_rows_as_they_were(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    write(store, rows(3))
    write(store, rows(2, 4, rows(3)[-1].digest))
    for opened in (store, shelf.open()):
        assert list(opened.rows()) == rows(5)
        assert opened.head() == Head(5, rows(5)[-1].digest)
        assert all(type(row) is Row and type(row.body) is bytes and type(row.digest) is bytes for row in opened.rows())


def test_append__in_parts__one_commit(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    store.begin()
    for row in rows(4):
        store.append([row])
    store.commit()
    assert list(shelf.open().rows()) == rows(4)


def test_rollback__nothing_is_kept(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    write(store, rows(2))
    store.begin()
    store.append(rows(2, 3, rows(2)[-1].digest))
    store.rollback()
    store.rollback()
    assert list(store.rows()) == rows(2)
    assert store.head().seq == 2
    assert store.find(["id-2", "id-3"]) == {"id-2": 2}
    write(store, rows(3, 3, rows(2)[-1].digest))
    assert list(store.rows()) == rows(5)


def test_begin__after_a_lost_transaction__starts_anew(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    store.begin()
    store.append(rows(1))
    store.rollback()
    assert store.begin() == Head(0, ROOT)
    store.commit()
    assert list(store.rows()) == []


@pytest.mark.parametrize(
    ("after", "upto", "expected"),
    [(0, None, range(1, 8)), (3, None, range(4, 8)), (0, 3, range(1, 4)), (2, 5, range(3, 6)), (7, None, ()),
     (7, 7, ()), (9, 12, ()), (5, 99, range(6, 8)), (5, 2, ())],
)  # fmt: skip
def test_rows__ranges(shelf: Any, after: int, upto: int | None, expected: Any) -> None:
    store = shelf.open()
    store.create(GENESIS, rows(7))
    assert [row.seq for row in store.rows(after=after, upto=upto)] == list(expected)


def test_row__one_record_or_corrupt(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS, rows(3))
    assert store.row(2) == rows(3)[1]
    for missing in (0, 4, -1):
        with pytest.raises(Corrupt, match=f"record {missing} is missing"):
            store.row(missing)


def test_find__many_ids_of_any_characters(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS)
    odd = ["'", '"', "a b", "~", "[1]", "%", "\\", "x" * 128]
    digest = ROOT
    made = []
    for seq, command_id in enumerate(odd, 1):
        digest = chained(digest, b"{}")
        made.append(Row(seq, 1, command_id, b"{}", digest))
    write(store, made)
    for opened in (store, shelf.open()):
        assert opened.find([*odd, "none"]) == {command_id: seq for seq, command_id in enumerate(odd, 1)}
        assert opened.find([]) == {}
        assert opened.find(["A B", " a b", "X" * 128]) == {}


# --- snapshots ----------------------------------------------------------------------------------------------------


def test_snapshot__the_newest_that_is_not_too_new(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS, rows(9))
    assert store.snapshot(9) is None
    for seq in (3, 6):
        store.save_snapshot(Head(seq, rows(9)[seq - 1].digest), iter([b"part one of %d" % seq, b"two"]))
    for upto, seq in ((9, 6), (6, 6), (5, 3), (3, 3)):
        found = shelf.open().snapshot(upto)
        assert found.head == Head(seq, rows(9)[seq - 1].digest)
        assert list(found.parts) == [b"part one of %d" % seq, b"two"]
    assert store.snapshot(2) is None


def test_snapshot__of_a_record_again__replaces_the_first(shelf: Any) -> None:
    store = shelf.open()
    store.create(GENESIS, rows(3))
    head = store.head()
    store.save_snapshot(head, iter([b"a", b"b", b"c"]))
    store.save_snapshot(head, iter([b"d"]))
    assert list(shelf.open().snapshot(3).parts) == [b"d"]


def test_snapshot__that_fails_half_way__leaves_the_one_before(shelf: Any) -> None:
    def parts() -> Any:
        yield b"new"
        raise Corrupt("the state cannot be written")

    store = shelf.open()
    store.create(GENESIS, rows(3))
    store.save_snapshot(store.head(), iter([b"old"]))
    with pytest.raises(Corrupt):
        store.save_snapshot(store.head(), parts())
    assert list(shelf.open().snapshot(3).parts) == [b"old"]
    write(store, rows(1, 4, rows(3)[-1].digest))


# --- under a service ------------------------------------------------------------------------------------------------


def test_story__opened_again__same_state_and_digest(shelf: Any) -> None:
    service = told(shelf.open())
    again = Service(shelf.open())
    assert again.head == service.head
    assert frozen_copy(again.state) == frozen_copy(service.state)
    assert verify(shelf.open()).ok


def test_story__same_digest_on_every_store(shelf: Any) -> None:
    assert told(shelf.open()).head == told().head


def test_ids__sent_again_after_reopening__replayed_with_the_first_answer(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    first = tell(service, story())
    again = Service(shelf.open())
    for number, submission in enumerate(story()):
        answer = again.submit(submission.command, submission.at)
        assert answer.replayed
        assert (answer.seq, answer.digest, answer.status) == (
            first[number].seq,
            first[number].digest,
            first[number].status,
        )
    assert again.head == service.head


def test_submit__commit_fails__journal_and_state_as_before_and_the_next_works(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shelf.open()
    service = told(store, commands=[])
    funded(service, "alice", "bob")
    before, head = frozen_copy(service.state), service.head
    shelf.failing_commits(monkeypatch, store, [Unavailable("no room"), KeyboardInterrupt(), OSError("gone")])
    for error in (Unavailable, KeyboardInterrupt, OSError):
        with pytest.raises(error):
            service.submit_many([deposit(1), deposit(2, "bob")])
        assert frozen_copy(service.state) == before
        assert service.head == store.head() == head
        assert store.find(["d-1", "d-2"]) == {}
    receipts = service.submit_many([deposit(1), deposit(2, "bob")])
    assert [(r.status, r.seq, r.replayed) for r in receipts] == [("applied", 4, False), ("applied", 5, False)]
    assert verify(shelf.open()).ok


def test_submit__append_fails__as_a_failing_commit(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shelf.open()
    service = told(store, commands=[])
    funded(service, "alice")
    head = service.head
    with monkeypatch.context() as patch:
        patch.setattr(store, "append", lambda rows: (_ for _ in ()).throw(Unavailable("full")))
        with pytest.raises(Unavailable, match="full"):
            service.submit(deposit(1).command)
    assert service.head == store.head() == head
    assert service.submit(deposit(1).command).status == "applied"
    assert verify(shelf.open()).ok


def test_submit__the_lock_cannot_be_had__nothing_done_and_the_state_is_kept(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shelf.open()
    service = told(store, commands=[])
    funded(service, "alice")
    state = service.state
    with monkeypatch.context() as patch:
        patch.setattr(store, "begin", lambda ids: (_ for _ in ()).throw(Unavailable("locked")))
        with pytest.raises(Unavailable, match="locked"):
            service.submit(deposit(1).command)
    assert service.state is state, "a whole journal was read again for a lock that was busy"
    assert service.submit(deposit(1).command).status == "applied"


def test_submit__stale_at__time_reversed_and_not_recorded(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    mint = codec.command("asset.mint", "m-1", "operator", asset="FLUX", to="alice", amount="1")
    late = codec.command("asset.mint", "m-2", "operator", asset="FLUX", to="alice", amount="1")
    assert service.submit(mint, START).status == "applied"
    refused = service.submit(late, START - 1)
    assert refused.status == "rejected"
    assert refused.error.code == "time_reversed"  # type: ignore[union-attr]
    assert service.head.seq == 1
    assert shelf.open().find(["m-2"]) == {}
    assert service.submit(late, START).status == "applied"  # the id was not used up


def test_submit__malformed_uses_no_id_up__a_refusal_does(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    funded(service, "alice")
    fine = codec.command("vault.deposit", "x", "alice", vault="FLUX", assets="0.000000001")
    answer = service.submit(fine)
    assert answer.error.code == "malformed"  # type: ignore[union-attr]
    assert service.head.seq == 2
    much = codec.command("vault.deposit", "x", "alice", vault="FLUX", assets="5000")
    first = service.submit(much)
    assert first.error.code == "insufficient_balance"  # type: ignore[union-attr]
    second = Service(shelf.open()).submit(much)
    assert second.replayed
    assert second.error == first.error
    assert Service(shelf.open()).submit(deposit(1).command).seq == 4


def test_submit__id_with_another_body__refused_and_not_recorded(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    funded(service, "alice")
    assert service.submit(deposit(1).command).status == "applied"
    other = codec.command("vault.deposit", "d-1", "alice", vault="FLUX", assets="2")
    for sent in ([Submission(other)], [Submission(other), Submission(other), deposit(1)]):
        answers = Service(shelf.open()).submit_many(sent)
        assert answers[0].error.code == "command_id_reused"  # type: ignore[union-attr]
    assert answers[-1].replayed
    assert shelf.open().head().seq == 3


def test_submit_many__the_same_id_twice_in_a_batch__one_effect(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    funded(service, "alice")
    first, second, third = service.submit_many([deposit(1), deposit(1), deposit(2)])
    assert (first.replayed, second.replayed) == (False, True)
    assert (first.seq, second.seq, third.seq) == (3, 3, 4)
    assert service.state.book.balance("FLUX", "alice") == 998 * 10**8


def test_rebuild__any_past_record__the_fold_up_to_it(shelf: Any) -> None:
    service = told(shelf.open(), commands=[])
    copies = [frozen_copy(service.state)]
    for submission in story():
        service.submit(*submission)
        copies.append(frozen_copy(service.state))
    for seq, copy in enumerate(copies):
        store = shelf.open()
        state, head, broken = rebuild(store, upto=seq)
        store.close()
        assert (state.seq, head.seq, broken) == (seq, seq, None)
        assert frozen_copy(state) == copy
