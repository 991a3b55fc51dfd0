"""Attestations, and measures against a holder's money with their reasons, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from attesting import key_of, public_key
from holdfast.engine.journal import unrecorded
from holdfast.errors import Forbidden
from holdfast.identity import measures
from holdfast.identity.attestation_statements import message
from holdfast.identity.measures import GIVEN_UP_SECONDS, LOST_SECONDS, Measure
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import convert
from holdfast.identity.principal import Access, Principal
from holdfast.keeper.desk import ServiceDesk
from holdfast.primitives.clock import DAY
from holdfast.wire import codec
from serving import House, code, serving
from signed_requests import Signer
from support import START

WHY = {"asset": "FLUX", "account": "bob", "reason": "order of a court", "reference": "case-17"}
UNITS = 10**8


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1000")
        made.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
        yield made


@pytest.fixture
def olga(house: House) -> Signer:
    return Signer(house, "olga")


def policies(house: House, *rules: dict[str, Any]) -> None:
    install(house.office, convert({"rules": list(rules)}), by="olga")


def entries(house: House, beginning: str) -> list[Any]:
    return [entry for entry in house.office.log() if entry.what.startswith(beginning)]


def held(house: House, account: str = "bob") -> int:
    return house.state.book.balance("FLUX", account)


# --- attestations -----------------------------------------------------------------------------------------------------


def statement(house: House, **more: Any) -> dict[str, Any]:
    claim = {"account": "bob", "kind": "kyc", "jurisdiction": "DE", "valid_from": START, "valid_until": START + DAY,
             "reference": "ref-9"}  # fmt: skip
    whole = {"format": "holdfast attestation 1", "desk": house.server.desk_id, "provider": "acme", "id": "s-1",
             "action": "attest", "claim": claim} | more  # fmt: skip
    text = json.dumps(whole)
    return {"provider": "acme", "statement": text, "signature": key_of("acme").sign(message(text)).hex()}


def test_attestation__required_by_a_rule__pays_only_while_it_lasts(house: House, olga: Signer) -> None:
    wanted = {"of": "counterparty", "kind": "kyc", "jurisdictions": ["DE"]}
    policies(house, {"name": "known", "action": "allow", "commands": ["asset.transfer"], "attested": [wanted]})
    alice, pay = Signer(house, "alice"), {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}

    def paid(key: str) -> int:
        return alice("POST", "/v1/commands", pay, **{"Idempotency-Key": key}).status_code

    assert paid("p-1") == 403
    key = {"title": "ACME KYC", "public_key": public_key("acme"), "kinds": ["kyc"]}
    assert olga("PUT", "/v1/attestation-providers/acme", key).status_code == 200
    taken = house.of("olga").post("/v1/attestations/statements", json=statement(house))
    assert taken.status_code == 200, taken.text
    name = taken.json()["attestation"]["id"]
    assert paid("p-2") == 200
    again = house.of("olga").post("/v1/attestations/statements", json=statement(house))
    assert (again.status_code, code(again)) == (409, "statement_used")
    changed = statement(house, id="s-2")
    changed["statement"] = changed["statement"].replace("bob", "eve")
    assert code(house.of("olga").post("/v1/attestations/statements", json=changed)) == "bad_statement"
    house.clock.now = START + DAY - 1
    assert paid("p-3") == 200
    house.clock.now = START + DAY
    assert paid("p-4") == 403
    assert [one["id"] for one in house.of("bob").get("/v1/me/attestations").json()] == [name]
    assert house.of("alice").get("/v1/me/attestations").json() == []


def test_attestation__recorded_by_hand__needs_a_proof_and_is_revoked_at_once(house: House, olga: Signer) -> None:
    given = {"provider": "notary", "claim": {"account": "bob", "kind": "residence", "jurisdiction": "FR",
             "valid_from": START, "valid_until": None, "reference": "n-1"}}  # fmt: skip
    assert code(house.of("olga").post("/v1/attestations", json=given)) == "step_up_required"
    assert house.of("paul").post("/v1/attestations", json=given).status_code == 403
    made = olga("POST", "/v1/attestations", given)
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    assert house.of("anna").get("/v1/attestations", params={"account": "bob"}).json()["items"][0]["id"] == name
    ended = house.of("olga").post(f"/v1/attestations/bob/{name}/revoke", json={"why": "moved"})
    assert ended.json()["revoked_by"] == "olga"
    assert (
        code(house.of("olga").post("/v1/attestations/bob/nothing/revoke", json={"why": "x"})) == "unknown_attestation"
    )
    assert [entry.what for entry in entries(house, "attestation.")] == ["attestation.recorded", "attestation.revoked"]


@pytest.mark.parametrize("field", ["reference", "jurisdiction", "kind", "account"])
def test_attestation__that_tells_more_than_it_may__malformed(house: House, olga: Signer, field: str) -> None:
    claim = {"account": "bob", "kind": "kyc", "jurisdiction": "DE", "valid_from": 0, "valid_until": None,
             "reference": "n-1"} | {field: "Bob Miller, 1 Long Street"}  # fmt: skip
    answer = olga("POST", "/v1/attestations", {"provider": "notary", "claim": claim})
    assert answer.status_code == 400 and answer.json()["details"]["field"] == f"claim.{field}"


def test_attestations__in_pages(house: House, olga: Signer) -> None:
    for account in ("a", "b", "c"):
        claim = {"account": account, "kind": "kyc", "jurisdiction": "*", "valid_from": 0, "valid_until": None,
                 "reference": "n-1"}  # fmt: skip
        olga("POST", "/v1/attestations", {"provider": "notary", "claim": claim})
    first = house.of("anna").get("/v1/attestations", params={"limit": 2}).json()
    rest = house.of("anna").get("/v1/attestations", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["account"] for one in first["items"] + rest["items"]] == ["a", "b", "c"] and rest["next"] is None


# --- measures ---------------------------------------------------------------------------------------------------------


def test_freeze__with_a_reason__logged_before_and_after_under_the_commands_id(house: House, olga: Signer) -> None:
    done = olga("POST", "/v1/compliance/freeze", WHY, **{"Idempotency-Key": "f-1"})
    assert done.status_code == 200, done.text
    assert done.json()["id"] == "olga/f-1"
    before, after = entries(house, "measure.")
    assert (before.what, after.what) == ("measure.intended", "measure.done")
    assert before.about == after.about == "olga/f-1" and before.by == "olga"
    assert before.details["reason"] == "order of a court" and before.details["reference"] == "case-17"
    record = done.json()["seq"]
    assert before.journal.seq < record <= after.journal.seq and after.details["record"] == record
    assert house.send("asset.transfer", "bob", asset="FLUX", to="alice", amount="1").status == "rejected"
    again = olga("POST", "/v1/compliance/freeze", WHY, **{"Idempotency-Key": "f-1"})
    assert again.headers["idempotency-replayed"] == "true" and len(entries(house, "measure.")) == 2
    other = olga("POST", "/v1/compliance/freeze", WHY | {"reason": "another"}, **{"Idempotency-Key": "f-1"})
    assert (other.status_code, code(other)) == (409, "command_id_reused")
    thawed = olga("POST", "/v1/compliance/thaw", WHY | {"reason": "lifted"}, **{"Idempotency-Key": "f-2"})
    assert thawed.status_code == 200
    assert house.send("asset.transfer", "bob", asset="FLUX", to="alice", amount="1").status == "applied"
    shown = house.of("anna").get("/v1/compliance/measures", params={"account": "bob"}).json()["items"]
    assert [(one["measure"], one["reason"], one["status"]) for one in shown] == [
        ("freeze", "order of a court", "done"), ("thaw", "lifted", "done"),
    ]  # fmt: skip


def test_clawback__burns_and_a_refusal_is_told_too(house: House, olga: Signer) -> None:
    done = olga("POST", "/v1/compliance/clawback", WHY | {"amount": "400"}, **{"Idempotency-Key": "c-1"})
    assert done.status_code == 200 and held(house) == 600 * UNITS
    more = olga("POST", "/v1/compliance/clawback", WHY | {"amount": "601"}, **{"Idempotency-Key": "c-2"})
    assert code(more) == "insufficient_balance" and held(house) == 600 * UNITS
    last = entries(house, "measure.")[-1]
    assert (last.what, last.details["code"]) == ("measure.refused", "insufficient_balance")
    assert last.details["record"] == more.json()["receipt"]["seq"]


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_measure__without_a_reason__refused(house: House, olga: Signer, reason: str | None) -> None:
    given = {name: value for name, value in (WHY | {"reason": reason}).items() if value is not None}
    answer = olga("POST", "/v1/compliance/freeze", given, **{"Idempotency-Key": "f-1"})
    assert answer.status_code == 400 and answer.json()["details"]["field"] == "reason"
    assert entries(house, "measure.") == [] and house.send(
        "asset.transfer", "bob", asset="FLUX", to="alice", amount="1").status == "applied"  # fmt: skip


RAW = [
    {"type": "asset.set_authorized", "asset": "FLUX", "account": "bob", "authorized": False},
    {"type": "asset.set_authorized", "asset": "FLUX", "account": "bob", "authorized": True},
    {"type": "asset.clawback", "asset": "FLUX", "from": "bob", "amount": "1"},
]


@pytest.mark.parametrize("raw", RAW, ids=["freeze", "thaw", "clawback"])
def test_raw_command__single_bulk_and_proposal__sent_where_a_reason_belongs(
    house: House, olga: Signer, raw: dict[str, Any]
) -> None:
    seq = house.service.head.seq
    single = olga("POST", "/v1/commands", raw, **{"Idempotency-Key": "r-1"})
    assert (single.status_code, code(single)) == (400, "reason_required")
    assert single.json()["details"]["route"].startswith("/v1/compliance/")
    drip = {"type": "faucet.drip", "asset": "FLUX", "amount": "1"}
    atomic = {"mode": "atomic", "commands": [{"id": "b-1", **drip}, {"id": "b-2", **raw}]}
    assert code(olga("POST", "/v1/commands/bulk", atomic)) == "reason_required"
    assert house.service.head.seq == seq
    loose = olga("POST", "/v1/commands/bulk", atomic | {"mode": "independent"}).json()
    assert [one["status"] for one in loose["receipts"]] == ["applied", "rejected"]
    assert loose["receipts"][1]["error"]["code"] == "reason_required"
    assert held(house) == 1000 * UNITS and house.service.head.seq == seq + 1
    assert olga("PUT", "/v1/groups/board", {"members": ["paul"]}).status_code == 200
    policies(house, {"name": "two", "action": "require_approvals", "approvals": [{"group": "board"}]})
    assert code(olga("POST", "/v1/proposals", {"command": raw})) == "reason_required"
    assert olga("POST", "/v1/commands/preview", raw).status_code == 200


def test_measure__under_four_eyes__by_a_proposal_with_a_note(house: House, olga: Signer) -> None:
    assert olga("PUT", "/v1/groups/board", {"members": ["paul"]}).status_code == 200
    policies(house, {"name": "two", "action": "require_approvals", "commands": ["asset.clawback"],
                     "approvals": [{"group": "board"}]})  # fmt: skip
    refused = olga("POST", "/v1/compliance/clawback", WHY | {"amount": "5"}, **{"Idempotency-Key": "c-1"})
    assert code(refused) == "approval_required" and held(house) == 1000 * UNITS
    assert entries(house, "measure.")[-1].details["code"] == "approval_required"
    made = olga("POST", "/v1/proposals", {"command": RAW[2] | {"amount": "5"}, "note": "order of a court"}).json()
    paul = Signer(house, "paul")
    assert paul("POST", f"/v1/proposals/{made['id']}/approve", {"hash": made["hash"]}).status_code == 200
    done = olga("POST", f"/v1/proposals/{made['id']}/execute")
    assert done.status_code == 200, done.text
    assert held(house) == 995 * UNITS
    created = entries(house, "proposal.created")[0].details
    assert (created["note"], created["command"]) == ("order of a court", done.json()["id"])


def test_measure__needs_grant_and_proof(house: House) -> None:
    headers = {"Idempotency-Key": "f-1"}
    for person in ("paul", "anna", "alice", "otto", "nora"):
        assert house.of(person).post("/v1/compliance/freeze", json=WHY, headers=headers).status_code == 403
    bare = house.of("olga").post("/v1/compliance/freeze", json=WHY, headers=headers)
    assert code(bare) == "step_up_required"
    session = house.signed_in("olga").post("/v1/compliance/freeze", json=WHY, headers=headers)
    assert code(session) == "step_up_required" and session.json()["details"]["request"]
    assert entries(house, "measure.") == []


def test_measure__blocked_by_policies__tried_again_for_another_reason(house: House, olga: Signer) -> None:
    policies(house, {"name": "never", "action": "block"})
    key = {"Idempotency-Key": "f-1"}
    assert code(olga("POST", "/v1/compliance/freeze", WHY, **key)) == "policy_blocked"
    policies(house, {"name": "all", "action": "allow"})
    assert olga("POST", "/v1/compliance/freeze", WHY | {"reason": "better"}, **key).status_code == 200
    assert [entry.what for entry in entries(house, "measure.")] == [
        "measure.intended", "measure.refused", "measure.intended", "measure.done",
    ]  # fmt: skip


def test_measure__of_which_nothing_more_was_heard__told_by_the_journal(house: House) -> None:
    """As if the server had died between the reason and the outcome."""
    olga = Principal("olga", "olga", Access({}, ()))
    sent, never = (
        codec.command("asset.clawback", f"olga/{key}", "operator", asset="FLUX", from_="bob", amount="7")
        for key in ("sent", "never")
    )
    for command in (sent, never):
        measures.intend(house.office, olga, command, reason="order")
    house.service.submit(sent)
    answers = ServiceDesk(house.service).answered
    assert measures.settle_lost(house.office, answers) == 0
    house.later(LOST_SECONDS)
    assert measures.settle_lost(house.office, answers) == 1
    house.later(GIVEN_UP_SECONDS)
    assert measures.settle_lost(house.office, answers) == 1 and measures.settle_lost(house.office, answers) == 0
    found = house.office.all(Measure)
    assert (found["olga/sent"].status, found["olga/sent"].record) == ("done", house.service.head.seq)
    assert (found["olga/never"].status, found["olga/never"].code) == ("refused", "not_carried_out")
    measures.settle(house.office, unrecorded("olga/sent", Forbidden("late")))
    assert house.office.all(Measure)["olga/sent"].status == "done"


# --- what is frozen ---------------------------------------------------------------------------------------------------


def frozen(house: House, **query: Any) -> list[tuple[str, str, str | None]]:
    answer = house.of("anna").get("/v1/compliance/frozen", params=query)
    assert answer.status_code == 200, answer.text
    return [
        (one["asset"], one["account"], one["measure"] and one["measure"]["reason"]) for one in answer.json()["items"]
    ]


def test_frozen__with_the_reason_of_the_measure_that_holds__now_and_in_the_past(house: House, olga: Signer) -> None:
    house.do("asset.set_authorized", "operator", asset="VG", account="alice", authorized=False)
    olga("POST", "/v1/compliance/freeze", WHY, **{"Idempotency-Key": "f-1"})
    first = house.service.head.seq
    olga("POST", "/v1/compliance/thaw", WHY | {"reason": "lifted"}, **{"Idempotency-Key": "f-2"})
    assert frozen(house) == [("VG", "alice", None)]
    olga("POST", "/v1/compliance/freeze", WHY | {"reason": "again"}, **{"Idempotency-Key": "f-3"})
    assert frozen(house) == [("FLUX", "bob", "again"), ("VG", "alice", None)]
    assert frozen(house, account="bob") == [("FLUX", "bob", "again")]
    assert frozen(house, account="nobody") == []
    assert frozen(house, as_of=str(first)) == [("FLUX", "bob", "order of a court"), ("VG", "alice", None)]
    assert frozen(house, as_of=str(first - 2)) == []
    assert house.of("alice").get("/v1/compliance/frozen").status_code == 403


def test_frozen__refused_measures_are_no_reason(house: House, olga: Signer) -> None:
    policies(house, {"name": "never", "action": "block"})
    assert code(olga("POST", "/v1/compliance/freeze", WHY, **{"Idempotency-Key": "f-1"})) == "policy_blocked"
    house.do("asset.set_authorized", "operator", asset="FLUX", account="bob", authorized=False)
    assert frozen(house) == [("FLUX", "bob", None)]


def test_frozen_and_measures__in_pages_from_either_end(house: House, olga: Signer) -> None:
    for number, account in enumerate(("c", "a", "b")):
        body = WHY | {"account": account, "reason": account}
        assert olga("POST", "/v1/compliance/freeze", body, **{"Idempotency-Key": f"f-{number}"}).status_code == 200

    def paged(path: str, **query: Any) -> list[list[str]]:
        pages, cursor = [], None
        while True:
            given = {"limit": 2, **query} | ({} if cursor is None else {"cursor": cursor})
            answer = house.of("anna").get(path, params=given).json()
            pages.append([one["account"] for one in answer["items"]])
            if (cursor := answer["next"]) is None:
                return pages

    assert paged("/v1/compliance/frozen") == [["a", "b"], ["c"]]
    assert paged("/v1/compliance/measures") == [["c", "a"], ["b"]]
    assert paged("/v1/compliance/measures", newest_first="true") == [["b", "a"], ["c"]]
    assert paged("/v1/compliance/measures", newest_first="true", account="c") == [["c"]]
