"""Proposals by somebody who has too much time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from holdfast.identity import totp
from holdfast.identity.groups import put_group
from holdfast.identity.policies import installed, rules
from holdfast.identity.proposal_records import MOST_OPEN
from holdfast.identity.records import Credentials
from serving import House, code, serving
from signed_requests import Signer

BIG = {
    "name": "big", "action": "require_approvals", "commands": ["asset.transfer", "vault.deposit"],
    "approvals": [{"group": "board", "count": 1}],
}  # fmt: skip
DEPOSIT = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1000")
        with made.office.write() as t:
            put_group(t, "board", ("paul",), by="olga")
        given: dict[str, Any] = {"rules": [{"name": "all", "action": "allow"}, BIG]}
        installed.install(made.office, rules.convert(given), by="olga")
        yield made


def test_flood_of_proposals__one_person_has_so_many_open(house: House) -> None:
    alice = house.of("alice")
    for _ in range(MOST_OPEN):
        assert alice.post("/v1/proposals", json={"command": DEPOSIT}).status_code == 201
    answer = alice.post("/v1/proposals", json={"command": DEPOSIT})
    assert (answer.status_code, code(answer)) == (422, "rejected")
    last = alice.get("/v1/proposals").json()["items"][0]["id"]
    assert alice.post(f"/v1/proposals/{last}/cancel", json={}).status_code == 200
    assert alice.post("/v1/proposals", json={"command": DEPOSIT}).status_code == 201


PAY = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "5"}


def test_proposing_what_needs_a_step_up__asks_for_it_bound_to_the_whole_request(house: House) -> None:
    secret, alice = totp.new_secret(), house.signed_in("alice")
    with house.office.write() as t:
        t.put(Credentials("alice", totp=house.server.people.enrolment._door.box.seal(secret, "alice")))

    def fresh() -> str:
        house.later(30)
        return str(pyotp.TOTP(secret).at(house.clock.now))

    wanted: dict[str, Any] = {"command": PAY, "note": "rent"}
    refused = alice.post("/v1/proposals", json=wanted)
    assert (refused.status_code, code(refused)) == (403, "step_up_required")
    proof = proven(alice, refused.json()["details"]["request"], fresh())
    other = alice.post("/v1/proposals", json=wanted | {"note": "rent!"}, headers={"Holdfast-Step-Up": proof})
    assert code(other) == "step_up_required", "one byte changed after it was confirmed"
    assert alice.get("/v1/proposals").json()["items"] == []
    proof = proven(alice, refused.json()["details"]["request"], fresh())
    made = alice.post("/v1/proposals", json=wanted, headers={"Holdfast-Step-Up": proof})
    assert made.status_code == 201, made.text
    again = alice.post("/v1/proposals", json=wanted, headers={"Holdfast-Step-Up": proof})
    assert code(again) == "step_up_required", "a proof works once"


def test_proposing_by_an_api_key__needs_signed_requests_where_the_command_would(house: House) -> None:
    assert code(house.of("alice").post("/v1/proposals", json={"command": PAY})) == "step_up_required"
    assert Signer(house, "alice")("POST", "/v1/proposals", {"command": PAY}).status_code == 201
    assert house.of("alice").post("/v1/proposals", json={"command": DEPOSIT}).status_code == 201, "as the command"


def test_carrying_out__asks_for_it_again_and_once_done_for_nothing(house: House) -> None:
    """Between the approvals and this days may lie, and the session may be somebody else's by now."""
    alice, paul = Signer(house, "alice"), Signer(house, "paul")
    made = alice("POST", "/v1/proposals", {"command": PAY}).json()
    path = f"/v1/proposals/{made['id']}"
    assert paul("POST", f"{path}/approve", {"hash": made["hash"]}).status_code == 200
    assert house.of("alice").get(f"{path}/review").json()["step_up"] is True
    for client in (house.of("alice"), house.signed_in("alice")):
        assert code(client.post(f"{path}/execute")) == "step_up_required"
    assert house.state.book.balance("FLUX", "bob") == 0
    assert alice("POST", f"{path}/execute").status_code == 200
    assert house.of("alice").post(f"{path}/execute").json()["replayed"] is True
    assert house.state.book.balance("FLUX", "bob") == 5 * 10**8
    small = alice("POST", "/v1/proposals", {"command": DEPOSIT}).json()
    paul("POST", f"/v1/proposals/{small['id']}/approve", {"hash": small["hash"]})
    assert house.of("alice").get(f"/v1/proposals/{small['id']}/review").json()["step_up"] is False
    assert house.of("alice").post(f"/v1/proposals/{small['id']}/execute").status_code == 200, "as the command"


def proven(client: httpx.Client, request: str, code_: str) -> str:
    """The proof for a request, by a code; the session goes on with its new token."""
    answer = client.post("/v1/step-up/confirm", json={"request": request, "method": "totp", "code": code_})
    assert answer.status_code == 200, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['opened']['token']}"
    return str(answer.json()["proof"])


def test_proposals__in_pages_the_newest_first(house: House) -> None:
    alice, anna = house.of("alice"), house.of("anna")
    made = []
    for number in range(7):
        house.later(number % 2)  # two of them in one second
        made.append(alice.post("/v1/proposals", json={"command": DEPOSIT}).json())
    wanted = [one["id"] for one in sorted(made, key=lambda one: (one["created_at"], one["id"]), reverse=True)]
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = anna.get("/v1/proposals", params={"limit": 3, "cursor": cursor} if cursor else {"limit": 3}).json()
        assert len(page["items"]) <= 3
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
        alice.post("/v1/proposals", json={"command": DEPOSIT})  # what comes meanwhile shifts nothing
    assert found == wanted
    first = anna.get("/v1/proposals", params={"limit": 3}).json()["next"]
    assert code(alice.get("/v1/proposals", params={"cursor": first})) == "malformed", "a cursor is its caller's alone"
    assert house.of("bob").get("/v1/proposals").json() == {"items": [], "next": None}
