"""Proposals by somebody who has too much time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.identity.groups import put_group
from holdfast.identity.policies import installed, rules
from holdfast.identity.proposal_records import MOST_OPEN
from serving import House, code, serving

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
