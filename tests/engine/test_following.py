"""Guards, followers, and bulks of which all commands count or none."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.engine.following import Recorded
from holdfast.engine.genesis import Genesis
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service, Submission
from holdfast.errors import Forbidden, Unavailable
from holdfast.protocol.indexes import branched
from holdfast.store.memory import MemoryStore
from holdfast.views.state import whole
from holdfast.wire.codec import command


class Ears:
    """A follower that remembers what it was told."""

    def __init__(self) -> None:
        self.known: list[str] = []
        self.heard: list[Recorded] = []
        self.drops = 0

    def taken(self, record: Recorded) -> None:
        self.heard.append(record)

    def settled(self) -> None:
        self.known += [record.command.id for record in self.heard]
        self.heard.clear()

    def dropped(self) -> None:
        self.drops += 1
        self.heard.clear()


@pytest.fixture
def service() -> Service:
    return Service.create(MemoryStore(), Genesis())


def mint(name: str, amount: str = "100", actor: str = "operator", asset: str = "FLUX") -> Submission:
    return Submission(command("asset.mint", name, actor, asset=asset, to="alice", amount=amount))


def send(name: str, amount: str, to: str = "bob") -> Submission:
    return Submission(command("asset.transfer", name, "alice", asset="FLUX", to=to, amount=amount))


def forbid(*_: Any) -> None:
    raise Forbidden("not today", rule="closed")


def test_guard__refuses__nothing_is_recorded_and_the_id_stays_free(service: Service) -> None:
    answer = service.submit(mint("m-1").command, guard=forbid)
    assert answer.error and answer.error.code == "forbidden" and answer.error.details == {"rule": "closed"}
    assert not answer.seq and service.head.seq == 0
    assert service.submit(mint("m-1").command).status == "applied"


def test_guard__replayed_command__is_not_asked(service: Service) -> None:
    service.submit(mint("m-1").command)
    again = service.submit(mint("m-1").command, guard=forbid)
    assert again.replayed and again.status == "applied"


def test_guard__sees_what_was_decided_before_it_in_the_same_batch(service: Service) -> None:
    seen: list[int] = []

    def look(state: Any, _command: Any, _now: int, answer: Any) -> None:
        seen.append(state.book.balance("FLUX", "alice"))
        assert answer.postings[0].amount == 100 * 10**8

    service.submit_many([mint(f"m-{n}")._replace(guard=look) for n in range(3)])
    assert seen == [0, 100 * 10**8, 200 * 10**8]


def test_guard__bug_in_it__nothing_is_kept(service: Service) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        service.submit_many([mint("m-1"), mint("m-2")._replace(guard=broken)])
    assert service.state.seq == service.head.seq == 0


def test_follower__told_of_refusals_too_and_in_order(service: Service) -> None:
    ears = Ears()
    service.follow(ears)
    service.submit_many([mint("m-1"), send("t-1", "500"), send("t-2", "5")])
    assert ears.known == ["m-1", "t-1", "t-2"]
    service.unfollow(ears)
    service.submit(mint("m-2").command)
    assert ears.known == ["m-1", "t-1", "t-2"]


def test_follower__commit_fails__told_that_it_has_not_happened(service: Service, monkeypatch: Any) -> None:
    ears = Ears()
    service.follow(ears)

    def full() -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(service.store, "commit", full)
        with pytest.raises(Unavailable):
            service.submit(mint("m-1").command)
    assert ears.known == [] and ears.drops == 1
    service.submit(mint("m-1").command)
    assert ears.known == ["m-1"]


def test_follower__commit_that_failed_and_stands__told_with_the_next_one(service: Service, monkeypatch: Any) -> None:
    ears = Ears()
    service.follow(ears)
    really = service.store.commit

    def cut() -> None:
        really()
        raise Unavailable("the line went dead")

    with monkeypatch.context() as broken:
        broken.setattr(service.store, "commit", cut)
        with pytest.raises(Unavailable):
            service.submit(mint("m-1").command)
    service.submit(mint("m-2").command)
    assert ears.known == ["m-1", "m-2"]


def test_follower__another_service_writes__told_by_catching_up() -> None:
    store = MemoryStore()
    first, ears = Service.create(store, Genesis()), Ears()
    first.follow(ears)
    second = Service(store)
    second.submit_many([mint("m-1"), send("t-1", "500")])
    first.catch_up()
    assert ears.known == ["m-1", "t-1"]
    first.submit(mint("m-2").command)
    assert ears.known == ["m-1", "t-1", "m-2"]


def test_atomic__one_refused__none_is_carried_out_and_no_id_is_used(service: Service) -> None:
    ears = Ears()
    service.follow(ears)
    bulk = [mint("m-1"), send("t-1", "60"), send("t-2", "60")]
    codes = [answer.error.code for answer in service.submit_many(bulk, atomic=True) if answer.error]
    assert codes == ["not_carried_out", "not_carried_out", "insufficient_balance"]
    assert service.head.seq == 0 and service.state.book.balances == {} and ears.known == []
    assert [answer.status for answer in service.submit_many(bulk)] == ["applied", "applied", "rejected"]


def test_atomic__all_possible__one_commit_and_the_same_journal_as_one_by_one(service: Service) -> None:
    ears = Ears()
    service.follow(ears)
    bulk = [mint("m-1"), send("t-1", "60"), send("t-2", "40")]
    assert [answer.status for answer in service.submit_many(bulk, atomic=True)] == ["applied"] * 3
    other = Service.create(MemoryStore(), Genesis())
    for submission in bulk:
        other.submit(submission.command)
    assert service.head == other.head and whole(service.state) == whole(other.state)
    assert ears.known == ["m-1", "t-1", "t-2"]
    again = service.submit_many(bulk, atomic=True)
    assert all(answer.replayed for answer in again) and service.head.seq == 3


def test_atomic__guard_refuses_one__none(service: Service) -> None:
    answers = service.submit_many([mint("m-1"), mint("m-2")._replace(guard=forbid)], atomic=True)
    assert [answer.error.code for answer in answers if answer.error] == ["not_carried_out", "forbidden"]
    assert service.head.seq == 0


def test_atomic__first_answer_was_a_refusal__refused_as_a_whole(service: Service) -> None:
    service.submit(send("t-1", "60").command)
    answers = service.submit_many([mint("m-1"), send("t-1", "60")], atomic=True)
    assert [answer.error.code for answer in answers if answer.error] == ["not_carried_out", "insufficient_balance"]
    assert service.head.seq == 1


def test_branch__goes_its_own_way_in_every_table_and_index(service: Service) -> None:
    service.submit_many(
        [
            mint("m-1", "20000", asset="VG"),
            Submission(command("term.stake", "s-1", "alice", amount="5000")),
            mint("m-2"),
            Submission(command("vault.create", "v-1", "operator", asset="FLUX")),
            Submission(command("vault.deposit", "d-1", "alice", vault="FLUX", assets="100")),
        ]
    )
    before = whole(service.state)
    branch = service.state.branch()
    assert whole(branch) == before
    branch.stakes.clear()
    branch.vaults.clear()
    branch.book.balances["FLUX"].clear()
    branch.indexes.maturities.remove("vg-1", service.state.stakes["vg-1"].unlocks_at)
    branch.indexes.claims.clear()
    branch.indexes.contributions.scores["net"] = {}
    assert whole(service.state) == before
    state, _, broken = rebuild(service.store)
    assert broken is None and state.indexes.maturities == service.state.indexes.maturities
    assert branched(state.indexes.contributions) == state.indexes.contributions
