"""Policies, proposals, address book, standing instructions and the audit log over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from serving import House, code, serving
from signed_requests import Signer


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("asset.mint", "operator", asset="FLUX", to="operator", amount="1000")
        made.do("vault.create", "operator", asset="FLUX")
        yield made


def job(client: httpx.Client | Signer, house: House, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    for _ in range(500):
        if told["status"] != "running":
            break
        time.sleep(0.01)
        get = client.get if isinstance(client, httpx.Client) else lambda path: client("GET", path)
        told = get(f"/v1/jobs/{told['id']}").json()
    assert told["status"] == "done", told
    result: dict[str, Any] = told["result"]
    return result


FOUR_EYES = {
    "rules": [
        {"name": "all", "action": "allow"},
        {"name": "big", "action": "require_approvals", "commands": ["asset.transfer"], "per_command": {"above": "100"},
         "approvals": [{"group": "approvers", "count": 1}]},
    ]
}  # fmt: skip
SPEND = {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", "to": "alice", "amount": "500"}


@pytest.fixture
def olga(house: House) -> Signer:
    made = Signer(house, "olga")
    assert made("PUT", "/v1/groups/approvers", {"members": ["paul"]}).status_code == 200
    answer = made("PUT", "/v1/policies", {"policies": FOUR_EYES, "expected": 1})
    assert answer.status_code == 200, answer.text
    return made


def test_approval__from_the_refusal_to_the_one_effect(house: House, olga: Signer) -> None:
    refused = olga("POST", "/v1/commands", SPEND, **{"Idempotency-Key": "s-1"})
    assert (refused.status_code, code(refused)) == (403, "approval_required")
    made = olga("POST", "/v1/proposals", {"command": SPEND, "note": "rent"})
    assert made.status_code == 201, made.text
    name, shown = made.json()["id"], made.json()
    assert shown["needs"] == {"approvers": 1} and shown["command"]["amount"] == "500"
    early = olga("POST", f"/v1/proposals/{name}/execute")
    assert code(early) == "approval_required"
    own = olga("POST", f"/v1/proposals/{name}/approve", {"hash": shown["hash"]})
    assert own.status_code == 403, "nobody approves his own"
    paul = Signer(house, "paul")
    assert code(paul("POST", f"/v1/proposals/{name}/approve", {"hash": "0" * 64})) == "proposal_mismatch"
    approved = paul("POST", f"/v1/proposals/{name}/approve", {"hash": shown["hash"]})
    assert approved.json()["status"] == "approved", approved.text
    done = olga("POST", f"/v1/proposals/{name}/execute")
    assert done.status_code == 200 and done.json()["id"] == f"olga/p-{name}"
    again = olga("POST", f"/v1/proposals/{name}/execute")
    assert again.json()["replayed"] is True
    assert house.state.book.balance("FLUX", "alice") == 500 * 10**8
    seen = house.of("alice").get("/v1/proposals").json()
    assert seen["items"] == [] and house.of("alice").get(f"/v1/proposals/{name}").status_code == 404


def test_approval__outcome_drifted__falls_and_nothing_moves(house: House, olga: Signer) -> None:
    name = olga("POST", "/v1/proposals", {"command": SPEND}).json()["id"]
    shown = house.of("paul").get(f"/v1/proposals/{name}").json()
    Signer(house, "paul")("POST", f"/v1/proposals/{name}/approve", {"hash": shown["hash"]})
    house.do("asset.transfer", "operator", asset="FLUX", to="bob", amount="900")
    answer = olga("POST", f"/v1/proposals/{name}/execute")
    assert code(answer) == "proposal_fallen" and house.state.book.balance("FLUX", "alice") == 0
    assert house.of("paul").get(f"/v1/proposals/{name}").json()["status"] == "fallen"


def test_api_key_without_signature__approves_nothing(house: House, olga: Signer) -> None:
    made = olga("POST", "/v1/proposals", {"command": SPEND}).json()
    answer = house.of("paul").post(f"/v1/proposals/{made['id']}/approve", json={"hash": made["hash"]})
    assert code(answer) == "step_up_required"


def test_policies__wrong_version_or_shape__refused(house: House, olga: Signer) -> None:
    assert code(olga("PUT", "/v1/policies", {"policies": FOUR_EYES, "expected": 1})) == "policies_changed"
    wrong = {"rules": [{"name": "x", "action": "permit"}]}
    answer = house.of("anna").post("/v1/policies/check", json=wrong)
    assert (answer.status_code, code(answer)) == (400, "malformed") and "action" in answer.json()["detail"]
    shown = house.of("paul").get("/v1/policies").json()
    assert shown["version"] == 2 and [rule["name"] for rule in shown["policies"]["rules"]] == ["all", "big"]
    assert len(house.of("paul").get("/v1/policies/history").json()) == 2


def test_simulate_and_back_test(house: House, olga: Signer) -> None:
    deposit = {"type": "vault.deposit", "actor": "operator", "vault": "FLUX", "assets": "10"}
    told = olga("POST", "/v1/policies/simulate", {"command": deposit}).json()
    assert told["decision"]["action"] == "allow"
    report = job(olga, house, olga("POST", "/v1/policies/back-test", {"policies": {"rules": []}}))
    assert report["blocked"] == report["applied"] == house.service.head.seq and report["differences"]


def test_address_book__two_people_and_time(house: House, olga: Signer) -> None:
    entered = olga("PUT", "/v1/address-book/custodian", {"label": "Custodian"}).json()
    assert olga("POST", "/v1/address-book/custodian/confirm", {"added_at": entered["added_at"]}).status_code == 403
    paul = Signer(house, "paul")
    confirmed = paul("POST", "/v1/address-book/custodian/confirm", {"added_at": entered["added_at"]}).json()
    assert confirmed["confirmed_by"] == "paul" and confirmed["usable_from"] > house.clock.now
    assert [entry["id"] for entry in paul("GET", "/v1/address-book").json()] == ["custodian"]
    assert olga("DELETE", "/v1/address-book/custodian").status_code == 204


def test_standing_instructions__mine_alone(house: House) -> None:
    alice, bob = house.of("alice"), house.of("bob")
    made = alice.post("/v1/me/instructions", json={"terms": {"type": "claim", "minimum": "1"}})
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    assert [one["id"] for one in alice.get("/v1/me/instructions").json()] == [name]
    assert bob.get("/v1/me/instructions").json() == [] and bob.delete(f"/v1/me/instructions/{name}").status_code == 404
    assert alice.delete(f"/v1/me/instructions/{name}").status_code == 204


def test_audit__read_export_verify(house: House, olga: Signer) -> None:
    anna = house.of("anna")
    page = anna.get("/v1/audit", params={"limit": 3}).json()
    assert len(page["items"]) == 3 and page["next"]
    more = anna.get("/v1/audit", params={"limit": 3, "cursor": page["next"]}).json()
    assert {item["seq"] for item in more["items"]} != {item["seq"] for item in page["items"]}
    lines = anna.get("/v1/audit/export", params={"format": "ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert len(lines.text.splitlines()) == house.service.head.seq + house.office.head.seq
    assert anna.get("/v1/audit/export", params={"format": "csv"}).text.startswith('"')
    assert " " in anna.get("/v1/audit/export", params={"format": "syslog"}).text
    report = job(anna, house, anna.post("/v1/verify", json={}))
    assert report["ok"] and report["records"] == house.service.head.seq and report["entries"] > 0
    bad = job(anna, house, anna.post("/v1/verify", json={"seq": 1, "digest": "0" * 64}))
    assert not bad["ok"]
    assert house.of("alice").get("/v1/audit").status_code == 403


def test_four_eyes_on_the_rules__an_operator_alone_cannot_loosen_them(house: House, olga: Signer) -> None:
    guarded = FOUR_EYES | {"changes": [{"group": "approvers", "count": 1}]}
    assert "policies" in olga("PUT", "/v1/policies", {"policies": guarded, "expected": 2}).json()
    waits = olga("PUT", "/v1/policies", {"policies": {"rules": []}, "expected": 3}).json()["change"]
    assert house.of("anna").get("/v1/policies").json()["version"] == 3
    group = olga("PUT", "/v1/groups/approvers", {"members": ["olga", "paul"]}).json()["change"]
    assert code(olga("POST", f"/v1/changes/{waits['id']}/approve", {"hash": waits["hash"]})) == "forbidden"
    paul = Signer(house, "paul")
    assert paul("POST", f"/v1/changes/{group['id']}/reject", {"hash": group["hash"]}).json()["status"] == "rejected"
    made = paul("POST", f"/v1/changes/{waits['id']}/approve", {"hash": waits["hash"]})
    assert made.status_code == 200, made.text
    assert house.of("anna").get("/v1/policies").json()["version"] == 4
    assert len(house.of("anna").get("/v1/changes").json()) == 2
