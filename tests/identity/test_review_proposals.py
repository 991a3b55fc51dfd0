"""A proposal that was carried out is never shown as anything else, whatever died in between."""

from __future__ import annotations

import pytest
from test_proposals import approve, no, place, propose

from holdfast.identity.proposal_records import EXECUTING_SECONDS
from offices import Place


@pytest.fixture
def at() -> Place:
    return place()


def carried_out_but_not_noted(at: Place) -> tuple[str, str, int]:
    made = approve(at, propose(at), "ann", "ben")
    execution = at.proposals.prepare(made.id, by="alice")
    receipt = at.service.submit(execution.command, guard=execution.guard)
    assert isinstance(receipt.seq, int)
    return made.id, made.hash, receipt.seq


def test_died_between__declined_later__it_was_carried_out(at: Place) -> None:
    name, digest, seq = carried_out_but_not_noted(at)
    at.clock.now += EXECUTING_SECONDS + 1
    no("proposal_closed", lambda: at.proposals.reject(name, by="ann", hash=digest))
    found = at.proposals.get(name)
    assert (found.status, found.record) == ("executed", seq)


def test_died_between__its_time_is_over__it_was_carried_out(at: Place) -> None:
    name, _, seq = carried_out_but_not_noted(at)
    at.clock.now = at.proposals.get(name).expires_at + EXECUTING_SECONDS + 1
    at.proposals.expire_due()
    found = at.proposals.get(name)
    assert (found.status, found.record) == ("executed", seq)
    assert at.words().count("proposal.executed") == 1 and "proposal.expired" not in at.words()


def test_died_between__carried_out_again_too_late__it_was_carried_out(at: Place) -> None:
    name, _, seq = carried_out_but_not_noted(at)
    at.clock.now = at.proposals.get(name).expires_at + EXECUTING_SECONDS + 1
    no("proposal_closed", lambda: at.proposals.execute(name, by="alice"))
    at.proposals.expire_due()
    assert at.proposals.get(name).record == seq
