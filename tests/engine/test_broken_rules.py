"""A rule of ours that is wrong (R5, R7): nothing of it is stored, writing stops, and the desk can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journals import deposit, funded, story, tell, told
from holdfast.engine import machine
from holdfast.engine.audit import verify
from holdfast.engine.ports import JournalStore
from holdfast.engine.service import Service, Submission
from holdfast.errors import Corrupt
from holdfast.ledger.posting import Posting
from holdfast.protocol.commands import AssetBurn
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Stake
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from holdfast.wire import codec
from support import DAY, START, frozen_copy

STAKE = Stake("vg-9", "alice", 10**12, START, 90, None, 0, START + 90 * DAY)

WRONG = {
    "a stake that nothing was paid for": (Outcome(records=(STAKE,)), "claims_equal_balances"),
    "a payment out of the pool that no stake gave up": (
        Outcome(postings=(Posting("VG", "@term:VG", "alice", 5),), records=(STAKE,)),
        "claims_equal_balances",
    ),
    "a payment into the pool that is nobody's": (
        Outcome(postings=(Posting("CSPR", "@issuance", "@delegated:CSPR", 5),)),
        "claims_equal_balances",
    ),
    "debt tokens without a debt": (
        Outcome(postings=(Posting("mCSPR", "@issuance", "alice", 5),)),
        "claims_equal_balances",
    ),
    "more than there is": (Outcome(postings=(Posting("FLUX", "bob", "alice", 10**30),)), "bob would hold"),
    "nothing at all": (Outcome(postings=(Posting("FLUX", "bob", "alice", 0),)), "a posting of 0 FLUX"),
    "less than nothing": (Outcome(postings=(Posting("FLUX", "bob", "alice", -5),)), "a posting of -5 FLUX"),
    "the second posting only": (
        Outcome(postings=(Posting("FLUX", "bob", "alice", 5), Posting("FLUX", "nobody", "alice", 5))),
        "nobody would hold",
    ),
}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JournalStore]:
    made = MemoryStore() if request.param == "memory" else SqliteStore(str(tmp_path / "desk.db"), create=True)
    yield made
    made.close()


@pytest.mark.parametrize("wrong", WRONG)
def test_submit__a_rule_that_breaks_the_books__nothing_stored_and_writing_stops(
    store: JournalStore, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    outcome, found = WRONG[wrong]
    service = told(store, commands=story()[:20])
    before, head = frozen_copy(service.state), service.head
    monkeypatch.setitem(machine.RULES, AssetBurn, machine.Rule(lambda state, command, now: outcome))
    monkeypatch.setattr(machine, "_require_in_range", lambda state, outcome: None)
    burn = codec.command("asset.burn", "burn", "alice", asset="FLUX", amount="1")
    with pytest.raises(Corrupt, match=found):
        service.submit_many([deposit(1, "bob", "0.1"), Submission(burn)])
    assert store.head() == service.head == head, "a command beside it was stored, and not answered"
    assert frozen_copy(service.state) == before
    for _ in range(2):
        with pytest.raises(Corrupt, match=found):
            service.submit(deposit(2, "bob", "0.1").command)
    assert service.preview(deposit(2, "bob", "0.1").command).status == "applied", "reads work"
    assert store.find(["d-1", "d-2", "burn"]) == {}
    again = Service(store)
    assert again.corruption is None, "what was stored is sound; a program without the fault can go on"
    assert again.submit(deposit(1, "bob", "0.1").command).status == "applied"
    monkeypatch.undo()
    assert verify(store).ok


def test_preview__changes_nothing(store: JournalStore) -> None:
    service = told(store, commands=[])
    funded(service, "alice")
    for submission in story():
        before, head = frozen_copy(service.state), service.head
        service.preview(*submission)
        assert (frozen_copy(service.state), service.head, store.head()) == (before, head, head)
        tell(service, [submission])
