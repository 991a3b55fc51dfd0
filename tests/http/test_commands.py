"""Commands over HTTP: once per key, whatever is sent how often; strict bodies; bulks; previews that tell the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.identity.policies import installed, rules
from holdfast.identity.step_up import hash_of
from serving import House, code, serving

DEPOSIT = {"type": "vault.deposit", "vault": "FLUX", "assets": "10"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path_factory.mktemp('commands')}/desk.db") as made:
        made.do("vault.create", "operator", asset="FLUX")
        for name in ("alice", "bob"):
            made.do("faucet.drip", name, asset="FLUX", amount="100000")
        yield made


_number = iter(range(10**9))


def key() -> str:
    return f"k-{next(_number)}"


def send(client: httpx.Client, body: Any, name: str | None = None, **headers: str) -> httpx.Response:
    return client.post("/v1/commands", json=body, headers={"Idempotency-Key": name or key(), **headers})


def held(house: House, account: str, asset: str = "FLUX") -> int:
    return house.state.book.balance(asset, account)


def test_submit__first_time_and_again__same_answer_and_one_effect(house: House) -> None:
    alice, name, before = house.of("alice"), key(), held(house, "alice")
    first = send(alice, DEPOSIT, name)
    again = send(alice, {"assets": "10", "vault": "FLUX", "type": "vault.deposit"}, name)
    assert first.status_code == again.status_code == 200
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json() | {"replayed": True}
    assert first.json()["id"] == f"alice/{name}" and first.json()["result"]["shares"] == "10"
    assert before - held(house, "alice") == 10 * 10**8


def test_submit__same_key_other_command__409_and_the_first_stands(house: House) -> None:
    alice, name = house.of("alice"), key()
    send(alice, DEPOSIT, name)
    before = held(house, "alice")
    answer = send(alice, DEPOSIT | {"assets": "11"}, name)
    assert answer.status_code == 409 and code(answer) == "command_id_reused"
    assert held(house, "alice") == before


def test_submit__same_key_by_two_people__two_commands(house: House) -> None:
    name = key()
    assert [send(house.of(who), DEPOSIT, name).status_code for who in ("alice", "bob")] == [200, 200]


def test_submit__refused_by_a_rule__problem_with_receipt_and_the_key_is_used(house: House) -> None:
    alice, name, seq = house.of("alice"), key(), house.service.head.seq
    body = DEPOSIT | {"assets": "99999999"}
    answer = send(alice, body, name)
    assert answer.status_code == 422 and code(answer) == "insufficient_balance"
    told = answer.json()
    assert told["receipt"]["seq"] == seq + 1 and told["details"]["asset"] == "FLUX"
    again = send(alice, body, name)
    assert again.status_code == 422 and again.headers["idempotency-replayed"] == "true"
    assert again.json()["receipt"] == told["receipt"] | {"replayed": True} and house.service.head.seq == seq + 1


@pytest.mark.parametrize("missing", ["", "x" * 61, "tab\there"])
def test_submit__unusable_key__names_the_header(house: House, missing: str) -> None:
    answer = house.of("alice").post("/v1/commands", json=DEPOSIT, headers={"Idempotency-Key": missing})
    assert answer.status_code == 400 and answer.json()["details"]["field"] == "Idempotency-Key"


BROKEN = {
    "no JSON": (b"{", "malformed"),
    "empty": (b"", "malformed"),
    "an array": (b"[]", "malformed"),
    "double key": (b'{"type":"vault.deposit","vault":"FLUX","assets":"1","assets":"2"}', "malformed"),
    "NaN": (b'{"type":"vault.deposit","vault":"FLUX","assets":NaN}', "malformed"),
    "number as amount": (b'{"type":"vault.deposit","vault":"FLUX","assets":10}', "malformed"),
    "fraction": (b'{"type":"vault.deposit","vault":"FLUX","assets":1e1}', "malformed"),
    "exponent text": (b'{"type":"vault.deposit","vault":"FLUX","assets":"1e1"}', "malformed"),
    "other digits": ('{"type":"vault.deposit","vault":"FLUX","assets":"١"}'.encode(), "malformed"),
    "sign": (b'{"type":"vault.deposit","vault":"FLUX","assets":"-1"}', "malformed"),
    "null": (b'{"type":"vault.deposit","vault":"FLUX","assets":"1","receiver":null}', "malformed"),
    "unknown field": (b'{"type":"vault.deposit","vault":"FLUX","assets":"1","memo":"x"}', "malformed"),
    "own id": (b'{"id":"x","type":"vault.deposit","vault":"FLUX","assets":"1"}', "malformed"),
    "own time": (b'{"at":"2026-01-01T00:00:00Z","type":"vault.deposit","vault":"FLUX","assets":"1"}', "malformed"),
    "no type": (b'{"vault":"FLUX"}', "malformed"),
    "type as number": (b'{"type":1}', "malformed"),
    "unknown type": (b'{"type":"vault.rob"}', "unknown_command"),
    "not UTF-8": (b'{"type":"\xff"}', "malformed"),
    "half a surrogate": (b'{"type":"vault.deposit","vault":"\\ud800","assets":"1"}', "malformed"),
    "deep": (b'{"type":' + b"[" * 40 + b"]" * 40 + b"}", "malformed"),
    "very deep": (b"[" * 100_000, "malformed"),
    "actor as object": (b'{"type":"vault.deposit","actor":{},"vault":"FLUX","assets":"1"}', "malformed"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_submit__broken_body__clear_error_and_nothing_recorded(house: House, case: str) -> None:
    body, wanted = BROKEN[case]
    seq, name = house.service.head.seq, key()
    headers = {"Idempotency-Key": name, "Content-Type": "application/json"}
    answer = house.of("alice").post("/v1/commands", content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (400, wanted), answer.text
    assert len(answer.json()["detail"]) > 10 and house.service.head.seq == seq
    assert send(house.of("alice"), DEPOSIT, name).status_code == 200, "the key is still free"


def test_submit__other_media_type__415(house: House) -> None:
    answer = house.of("alice").post("/v1/commands", content=b"{}", headers={"Idempotency-Key": key()})
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


def test_submit__too_large__413(house: House) -> None:
    body = b'{"type":"' + b"x" * 300_000 + b'"}'
    headers = {"Idempotency-Key": key(), "Content-Type": "application/json"}
    answer = house.of("alice").post("/v1/commands", content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (413, "body_too_large")


def test_submit__brackets_in_a_text__are_no_depth(house: House) -> None:
    body = DEPOSIT | {"assets": "[{" * 40}
    answer = send(house.of("alice"), body)
    assert answer.json()["details"]["field"] == "assets"


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("alice", DEPOSIT | {"actor": "alice"}, 200),
        ("alice", DEPOSIT | {"actor": "bob"}, 403),
        ("alice", DEPOSIT | {"actor": "operator"}, 403),
        ("olga", DEPOSIT | {"actor": "alice"}, 403),
        ("alice", {"type": "vault.pause", "vault": "FLUX"}, 403),
        ("paul", DEPOSIT, 403),
        ("nora", DEPOSIT, 403),
        ("anna", DEPOSIT, 403),
    ],
)
def test_submit__actor__is_derived_never_taken_on_trust(house: House, who: str, body: Any, status: int) -> None:
    seq = house.service.head.seq
    answer = send(house.of(who), body)
    assert answer.status_code == status, answer.text
    assert house.service.head.seq == seq + (status == 200)


def test_submit__nobody_signed_in__401(house: House) -> None:
    answer = send(house.nobody, DEPOSIT)
    assert (answer.status_code, code(answer)) == (401, "unauthenticated") and answer.headers["www-authenticate"]


def test_race__fifty_identical_withdrawals__one_effect(house: House) -> None:
    alice, name = house.of("alice"), key()
    send(alice, DEPOSIT)
    before, seq = held(house, "alice"), house.service.head.seq
    body = {"type": "vault.withdraw", "vault": "FLUX", "assets": "1"}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: send(alice, body, name), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["digest"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert held(house, "alice") - before == 10**8 and house.service.head.seq == seq + 1


def test_race__many_spend_the_same_balance__no_more_goes_than_there_is(house: House) -> None:
    house.add("carl", "holder")
    house.do("faucet.drip", "carl", asset="FLUX", amount="10")
    carl = house.of("carl")
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: send(carl, DEPOSIT | {"assets": "1"}), range(30)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [422] * 20
    assert held(house, "carl") == 0


def test_race__limit_per_period__never_passed(house: House) -> None:
    """Twenty at once against what is left of a limit: the policy is asked by the writer, not before it."""
    text = """
    [[rules]]
    name = "daily"
    commands = ["vault.*"]
    action = "block"
    [rules.per_period]
    seconds = 86400
    above = "5"
    per = "person"
    [[rules]]
    name = "all"
    action = "allow"
    """
    house.add("dora", "holder")
    house.do("faucet.drip", "dora", asset="FLUX", amount="100")
    before = installed.policies_now(house.office)
    installed.install(house.office, rules.read(text.encode(), "test.toml"), by="olga")
    try:
        dora = house.of("dora")
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: send(dora, DEPOSIT | {"assets": "1"}), range(20)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [403] * 15
        assert {code(answer) for answer in answers if answer.status_code == 403} == {"policy_blocked"}
        assert held(house, "dora") == 95 * 10**8
    finally:
        installed.install(house.office, before, by="olga")


def test_bulk__independent__each_for_itself(house: House) -> None:
    one, two, three = key(), key(), key()
    commands = [{"id": one, **DEPOSIT}, {"id": two, **DEPOSIT, "assets": "99999999"}, {"id": three, **DEPOSIT}]
    told = house.of("alice").post("/v1/commands/bulk", json={"commands": commands}).json()
    assert (told["applied"], told["rejected"]) == (2, 1)
    assert [receipt["status"] for receipt in told["receipts"]] == ["applied", "rejected", "applied"]
    assert [receipt["seq"] for receipt in told["receipts"]] == list(
        range(told["receipts"][0]["seq"], told["receipts"][0]["seq"] + 3)
    )


def test_bulk__atomic_with_one_refused__nothing_recorded(house: House) -> None:
    seq, one, two = house.service.head.seq, key(), key()
    commands = [{"id": one, **DEPOSIT}, {"id": two, **DEPOSIT, "assets": "99999999"}]
    answer = house.of("alice").post("/v1/commands/bulk", json={"mode": "atomic", "commands": commands})
    codes = [receipt["error"]["code"] for receipt in answer.json()["receipts"]]
    assert answer.status_code == 200 and codes == ["not_carried_out", "insufficient_balance"]
    assert house.service.head.seq == seq and send(house.of("alice"), DEPOSIT, one).status_code == 200


def test_bulk__one_of_them_malformed__only_that_one_is_refused(house: House) -> None:
    commands = [{"id": key(), **DEPOSIT}, {"id": key(), "type": "nonsense"}, {"id": key(), **DEPOSIT, "actor": "bob"}]
    receipts = house.of("alice").post("/v1/commands/bulk", json={"commands": commands}).json()["receipts"]
    assert [receipt.get("error", {}).get("code") for receipt in receipts] == [None, "unknown_command", "forbidden"]
    answer = house.of("alice").post("/v1/commands/bulk", json={"mode": "atomic", "commands": commands})
    assert answer.status_code == 400 and "commands[1]" in answer.json()["detail"]


@pytest.mark.parametrize("number", [0, 1001])
def test_bulk__none_or_too_many__refused(house: House, number: int) -> None:
    commands = [{"id": f"n-{i}", **DEPOSIT} for i in range(number)]
    answer = house.of("alice").post("/v1/commands/bulk", json={"commands": commands})
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "commands")


def test_preview__equals_what_happens(house: House) -> None:
    alice, seq = house.of("alice"), house.service.head.seq
    told = alice.post("/v1/commands/preview", json=DEPOSIT).json()
    assert house.service.head.seq == seq and told["step_up"] is False and told["policy"]["action"] == "allow"
    done = send(alice, DEPOSIT).json()
    assert told["receipt"]["result"] == done["result"] and told["receipt"]["events"] == done["events"]
    after = {(c["account"], c["asset"]): c["after"] for c in told["effects"]["balances"]}
    text = house.state.assets["FLUX"].text
    assert after["alice", "FLUX"] == text(held(house, "alice"))
    assert after["@vault:FLUX", "FLUX"] == text(held(house, "@vault:FLUX"))


def test_preview__would_be_refused__says_why_and_has_no_effects(house: House) -> None:
    told = house.of("alice").post("/v1/commands/preview", json=DEPOSIT | {"assets": "99999999"}).json()
    assert told["receipt"]["error"]["code"] == "insufficient_balance" and "effects" not in told


def test_preview__sensitive_command__says_that_it_must_be_confirmed(house: House) -> None:
    body = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}
    told = house.of("alice").post("/v1/commands/preview", json=body).json()
    assert told["step_up"] is True and len(told["hash"]) == 64


TRANSFER = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "1"}


def test_step_up__api_key_without_signature__refused(house: House) -> None:
    answer = send(house.of("alice"), TRANSFER)
    assert (answer.status_code, code(answer)) == (403, "step_up_required")


def test_step_up__without_proof__names_the_hash_of_exactly_this_request(house: House) -> None:
    name = key()
    answer = send(house.signed_in("alice"), TRANSFER, name)
    assert code(answer) == "step_up_required"
    assert answer.json()["details"]["request"] == hash_of("POST", "/v1/commands", TRANSFER, id=name)


def test_headers__on_every_answer(house: House) -> None:
    alice = house.of("alice")
    for answer in (send(alice, DEPOSIT), send(alice, {}), alice.get("/v1/nowhere"), alice.put("/v1/commands")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        for name in ("strict-transport-security", "x-content-type-options", "cross-origin-opener-policy"):
            assert answer.headers[name], (answer.status_code, name)
        assert answer.headers["cache-control"] == "no-store" and "server" not in answer.headers


def test_problem__is_one_everywhere(house: House) -> None:
    for answer in (house.of("alice").get("/v1/nowhere"), house.of("alice").delete("/v1/commands")):
        told = answer.json()
        assert told["status"] == answer.status_code and told["type"] == f"urn:holdfast:error:{told['code']}"
        json.dumps(told)


def test_desk_file_is_the_same_as_by_the_other_doors(house: House, tmp_path: Path) -> None:
    """What came over HTTP is a journal like any other: it verifies."""
    from holdfast.engine.audit import verify

    assert verify(house.service.store) is not None
