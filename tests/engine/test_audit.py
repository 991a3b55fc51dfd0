"""`verify` on sound journals: it agrees with the live desk, on every vector and on the whole story."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.journals import REFUSED, deposit, funded, story, tell, told
from holdfast.engine import audit, machine
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError, NoDesk
from holdfast.protocol.commands import COMMANDS
from holdfast.store.memory import MemoryStore
from holdfast.wire import codec
from support import frozen_copy

VECTORS = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))


def test_verify__no_desk__unavailable() -> None:
    with pytest.raises(NoDesk, match="no desk here yet"):
        verify(MemoryStore())


def test_verify__empty_journal__nothing_wrong() -> None:
    service = told(commands=[])
    report = verify(service.store, expected_head=(0, service.store.head().digest.hex()))
    assert report.ok, report.problems
    assert (report.records, report.seq) == (0, 0)


def test_story__is_what_it_says() -> None:
    service = told(commands=[])
    receipts = tell(service, story())
    assert [r.error for r in receipts if r.status == "rejected"] != []
    assert sum(r.status == "rejected" for r in receipts) == REFUSED
    assert len({type(s.command) for s in story()}) > len(COMMANDS) // 2


def test_verify__story__agrees_with_the_live_desk() -> None:
    service = told()
    report = verify(service.store, expected_head=(service.head.seq, service.head.digest.hex()))
    assert report.ok, report.problems
    assert report.records == report.seq == len(story())
    assert (report.applied, report.refused) == (len(story()) - REFUSED, REFUSED)
    assert report.digest == service.head.digest.hex()


def test_verify__every_record_as_noted_head__nothing_wrong() -> None:
    service = told()
    for row in service.store.rows():
        assert verify(service.store, expected_head=(row.seq, row.digest.hex().upper())).ok


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_verify__each_vector__nothing_wrong(path: Path) -> None:
    for vector in json.loads(path.read_text("utf-8")):
        service = Service.create(MemoryStore(), Genesis())
        for number, fields in enumerate(vector["commands"], 1):
            _send(service, fields, number)
        report = verify(service.store)
        assert report.ok, (vector["name"], report.problems)
        state, head, broken = rebuild(service.store)
        assert broken is None
        assert frozen_copy(state) == frozen_copy(service.state), vector["name"]
        assert head == service.head


def _send(service: Service, fields: object, number: int) -> Receipt | None:
    try:
        command, at, _ = codec.decode(fields, default_id=f"line-{number}")
    except HoldfastError:
        return None
    return service.submit(command, at)


def test_verify__tells_progress() -> None:
    service = told(commands=[])
    funded(service, "alice")
    tell(service, [deposit(number, amount="0.01") for number in range(2_500)])
    told_of: list[int] = []
    assert verify(service.store, progress=told_of.append).ok
    assert told_of == [1_000, 2_000]


def test_verify__checks_everything_in_between_and_ever_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    service = told(commands=[])
    funded(service, "alice")
    tell(service, [deposit(number, amount="0.01") for number in range(300)])
    looked: list[int] = []
    everything = audit.invariants.broken

    def watched(state: object) -> list[str]:
        looked.append(state.seq)  # type: ignore[attr-defined]
        return list(everything(state))  # type: ignore[arg-type]

    monkeypatch.setattr(audit.invariants, "broken", watched)
    monkeypatch.setattr(audit, "FULL_CHECK_EVERY", 100)
    assert verify(service.store).ok
    assert looked == [1, 10, 100, 200, 300, 302]


def test_verify__rules_of_another_version__names_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    service = told()
    monkeypatch.setattr(machine, "RULES_VERSION", 2)
    report = verify(service.store)
    assert report.problems[0] == "record 1 was decided by version 1 of the rules; this program knows version 2"


def test_verify__a_rule_that_decides_otherwise_now__names_the_first_record_it_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = told()
    deposit_type = type(codec.command("vault.deposit", "x", "a", vault="V", assets="1"))
    create = machine.RULES[type(codec.command("vault.create", "x", "a", asset="V"))]
    monkeypatch.setitem(machine.RULES, deposit_type, machine.Rule(lambda *_: machine.Outcome()))
    report = verify(service.store)
    assert report.problems[0].startswith("record 4 is not what the rules decide: outcome.postings")
    assert create


def test_verify__a_broken_invariant__is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    service = told()
    monkeypatch.setattr(audit.invariants, "broken", lambda state: iter(["conservation: so and so"]))
    report = verify(service.store)
    assert report.problems == ("after record 1: conservation: so and so",)


def test_verify__changes_nothing() -> None:
    service = told()
    before, head = frozen_copy(service.state), service.store.head()
    rows = list(service.store.rows())
    verify(service.store)
    assert (frozen_copy(service.state), service.store.head(), list(service.store.rows())) == (before, head, rows)
