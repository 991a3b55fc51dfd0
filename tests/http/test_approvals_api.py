"""The inbox of approvals, and proposals and changes as they stand now, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from serving import House, code, serving
from signed_requests import Signer

FOUR_EYES = {
    "rules": [
        {"name": "all", "action": "allow"},
        {"name": "big", "action": "require_approvals", "commands": ["asset.*", "vault.*"],
         "per_command": {"above": "100"}, "approvals": [{"group": "approvers", "count": 1}]},
    ],
    "changes": [{"group": "approvers"}],
    "tolerance_bps": 500,
}  # fmt: skip
SPEND = {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", "to": "alice", "amount": "500"}
REDEEM = {"type": "vault.redeem", "actor": "operator", "vault": "FLUX", "shares": "500"}


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("asset.mint", "operator", asset="FLUX", to="operator", amount="2000")
        made.do("vault.create", "operator", asset="FLUX")
        made.do("vault.deposit", "operator", vault="FLUX", assets="1000")
        olga = Signer(made, "olga")
        olga("PUT", "/v1/groups/approvers", {"members": ["paul", "olga"]})
        assert olga("PUT", "/v1/policies", {"policies": FOUR_EYES, "expected": 1}).status_code == 200
        made.signer = olga  # type: ignore[attr-defined]
        yield made


def propose(house: House, command: dict[str, Any]) -> dict[str, Any]:
    answer = house.signer("POST", "/v1/proposals", {"command": command, "note": "rent"})  # type: ignore[attr-defined]
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def box(house: House, person: str, name: str, **query: Any) -> list[str]:
    answer = house.of(person).get("/v1/approvals", params={"box": name, **query})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


def test_boxes__what_waits_for_whom(house: House) -> None:
    first = propose(house, SPEND)["id"]
    house.later(1)
    second = propose(house, SPEND | {"amount": "600"})
    house.later(1)
    made = house.signer("PUT", "/v1/policies", {"policies": {"rules": []}, "expected": 2})  # type: ignore[attr-defined]
    change = made.json()["change"]["id"]
    assert box(house, "paul", "waiting") == [change, second["id"], first]
    assert box(house, "olga", "waiting") == []
    assert box(house, "olga", "mine") == [change, second["id"], first]
    assert box(house, "anna", "waiting") == [] and box(house, "anna", "open") == [change, second["id"], first]
    assert box(house, "alice", "open") == []
    paul = Signer(house, "paul")
    paul("POST", f"/v1/proposals/{second['id']}/approve", {"hash": second["hash"]})
    assert box(house, "olga", "waiting") == [second["id"]], "approved: he who proposed it can carry it out"
    house.later(4 * 86_400)
    assert box(house, "paul", "waiting") == []
    over = house.of("anna").get("/v1/approvals", params={"box": "over"}).json()["items"]
    assert [one["status"] for one in over] == ["expired"] * 3


def test_a_box_in_pages__each_once(house: House) -> None:
    wanted = []
    for number in range(7):
        wanted.append(propose(house, SPEND | {"amount": str(500 + number)})["id"])
        house.later(number % 2)
    found: list[str] = []
    query = {"box": "waiting", "limit": 3}
    while True:
        page = house.of("paul").get("/v1/approvals", params=query).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert sorted(found) == sorted(wanted) and len(found) == 7
    other = house.of("olga").get("/v1/approvals", params=query)
    assert code(other) == "malformed", "a cursor is for him who got it"


def test_review__figures_beside_each_other_against_the_tolerance(house: House) -> None:
    name = propose(house, REDEEM)["id"]
    same = house.of("paul").get(f"/v1/proposals/{name}/review").json()
    assert same["steps"] == ["approve", "reject"] and same["missing"] == {"approvers": 1}
    assert {one["standing"] for one in same["figures"]} == {"same"} and same["drift"] == []
    assert same["members"] == {"approvers": ["olga", "paul"]} and same["effects"]["balances"]
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="10")
    house.later(86_400)
    within = house.of("paul").get(f"/v1/proposals/{name}/review").json()
    moved = {one["name"]: one for one in within["figures"]}["assets"]
    assert moved["standing"] == "within" and moved["then"] != moved["now"] and within["drift"] == []
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="800")
    house.later(86_400)
    beyond = house.of("paul").get(f"/v1/proposals/{name}/review").json()
    assert {one["name"]: one for one in beyond["figures"]}["assets"]["standing"] == "beyond" and beyond["drift"]


def test_review__who_can_do_what_and_why_not(house: House) -> None:
    name = propose(house, SPEND)["id"]
    mine = house.of("olga").get(f"/v1/proposals/{name}/review").json()
    assert mine["steps"] == ["cancel", "execute"] and "somebody else" in mine["why_not"]
    audited = house.of("anna").get(f"/v1/proposals/{name}/review").json()
    assert audited["steps"] == [] and audited["why_not"]
    assert house.of("alice").get(f"/v1/proposals/{name}/review").status_code == 404
    house.do("asset.burn", "operator", asset="FLUX", amount="900")
    refused = house.of("paul").get(f"/v1/proposals/{name}/review").json()
    assert refused["now"] is None and refused["refused"]["code"] == "insufficient_balance"


def test_change__what_it_was_made_from(house: House) -> None:
    signer: Signer = house.signer  # type: ignore[attr-defined]
    name = signer("PUT", "/v1/policies", {"policies": {"rules": []}, "expected": 2}).json()["change"]["id"]
    seen = house.of("paul").get(f"/v1/changes/{name}").json()
    assert [one["name"] for one in seen["base"]["rules"]] == ["all", "big"] and seen["fits"]
    assert seen["steps"] == ["approve", "reject"] and seen["missing"] == {"approvers": 1}
    group = signer("PUT", "/v1/groups/approvers", {"members": ["olga"]}).json()["change"]["id"]
    gone = house.of("paul").get(f"/v1/changes/{group}").json()
    assert gone["base"]["members"] == ["olga", "paul"] and gone["steps"] == [], "nobody decides about himself"
    paul = Signer(house, "paul")
    keep = FOUR_EYES | {"rules": []}
    kept = signer("PUT", "/v1/policies", {"policies": keep, "expected": 2}).json()["change"]
    assert paul("POST", f"/v1/changes/{kept['id']}/approve", {"hash": kept["hash"]}).json()["status"] == "done"
    late = house.of("paul").get(f"/v1/changes/{name}").json()
    assert not late["fits"] and [one["name"] for one in late["base"]["rules"]] == ["all", "big"]
    done = house.of("anna").get(f"/v1/changes/{kept['id']}").json()
    assert done["base"]["tolerance_bps"] == 500 and done["change"]["status"] == "done"
    assert house.of("alice").get(f"/v1/changes/{name}").status_code == 403
