"""Commands by somebody hostile: what previews and refusals tell, and what the log of people keeps of the attempts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.identity.groups import put_group
from holdfast.identity.policies import installed, rules
from serving import House, code, serving
from signed_requests import Signer

ALLOW = {"name": "all", "action": "allow"}
NO_TRANSFERS = {"name": "shut", "action": "block", "commands": ["asset.transfer"]}
BIG = {
    "name": "big", "action": "require_approvals", "commands": ["vault.deposit"], "per_command": {"above": "100"},
    "approvals": [{"group": "board", "count": 1}],
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1000")
        made.do("faucet.drip", "bob", asset="FLUX", amount="4321.5")
        made.do("vault.deposit", "bob", vault="FLUX", assets="77")
        yield made


def put(house: House, *given: dict[str, Any]) -> None:
    with house.office.write() as t:
        put_group(t, "board", ("paul",), by="olga")
    installed.install(house.office, rules.convert({"rules": list(given)}), by="olga")


def refusals(house: House) -> list[tuple[str, str, str]]:
    found = [entry for entry in house.office.log() if entry.what == "access.refused"]
    return [(entry.by, entry.about, str(entry.details["why"])) for entry in found]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"},
        {"type": "vault.deposit", "vault": "FLUX", "assets": "1", "receiver": "bob"},
    ],
)
def test_preview__tells_nothing_of_what_others_hold(house: House, body: dict[str, Any]) -> None:
    told = house.of("alice").post("/v1/commands/preview", json=body)
    assert told.json()["receipt"]["status"] == "applied"
    seen = {change["account"] for change in told.json()["effects"]["balances"]}
    assert "alice" in seen and "bob" not in seen
    assert "4244.5" not in told.text and "4245.5" not in told.text
    staff = house.of("olga").post("/v1/commands/preview", json=body | {"type": "asset.transfer"})
    assert staff.status_code in (200, 400)


def test_refusals_of_commands_on_others__tell_no_amounts(house: House) -> None:
    alice = house.of("alice")
    for body in (
        {"type": "asset.transfer_from", "asset": "FLUX", "from": "bob", "to": "alice", "amount": "1"},
        {"type": "asset.transfer_from", "asset": "FLUX", "from": "bob", "to": "alice", "amount": "99999"},
        {"type": "asset.burn_from", "asset": "FLUX", "from": "bob", "amount": "99999"},
        {"type": "vault.withdraw", "vault": "FLUX", "assets": "99999", "owner": "bob"},
        {"type": "vault.redeem", "vault": "FLUX", "shares": "99999", "owner": "bob"},
        {"type": "vault.redeem", "vault": "FLUX", "shares": "1", "owner": "bob"},
        {"type": "vault.request_redeem", "vault": "FLUX", "shares": "99999", "owner": "bob"},
    ):
        told = alice.post("/v1/commands/preview", json=body)
        assert "4244" not in told.text and '"77' not in told.text and " 77" not in told.text, told.text


def test_blocked_by_a_policy__in_the_log_of_people(house: House) -> None:
    put(house, ALLOW, NO_TRANSFERS)
    body = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}
    answer = Signer(house, "alice")("POST", "/v1/commands", body, **{"Idempotency-Key": "k-1"})
    assert code(answer) == "policy_blocked"
    ((by, about, why),) = refusals(house)
    assert (by, about) == ("alice", "asset.transfer") and "policy_blocked" in why


def test_approval_lacking__in_the_log_of_people__also_out_of_a_bulk(house: House) -> None:
    put(house, ALLOW, BIG)
    alice, body = house.of("alice"), {"type": "vault.deposit", "vault": "FLUX", "assets": "500"}
    assert code(alice.post("/v1/commands", json=body, headers={"Idempotency-Key": "k-1"})) == "approval_required"
    assert [(by, about) for by, about, _ in refusals(house)] == [("alice", "vault.deposit")]
    told = alice.post("/v1/commands/bulk", json={"commands": [{"id": f"b-{number}", **body} for number in range(5)]})
    assert told.json()["rejected"] == 5
    assert len(refusals(house)) == 3  # the first, the second, the fourth …


def test_forbidden_in_a_bulk__in_the_log_of_people(house: House) -> None:
    body = {"id": "b-1", "type": "vault.deposit", "vault": "FLUX", "assets": "5", "actor": "bob"}
    assert house.of("alice").post("/v1/commands/bulk", json={"commands": [body]}).json()["rejected"] == 1
    ((by, about, _),) = refusals(house)
    assert (by, about) == ("alice", "vault.deposit")
