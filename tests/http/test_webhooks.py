"""Webhooks to a real receiver: signed, in order, tried again, sent again by range, never into our own network."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.entrypoints.http.webhooks import is_public
from holdfast.identity import webhook_signatures
from holdfast.identity.webhooks import RETRIES, Webhook
from receiving import Receiver
from serving import House, code, serving
from signed_requests import Signer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db", webhooks_to_private=True) as made:
        made.do("vault.create", "operator", asset="FLUX")
        yield made


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def add(house: House, receiver: Receiver, *types: str) -> tuple[str, str]:
    answer = Signer(house, "olga")("POST", "/v1/webhooks", {"url": receiver.url, "types": list(types) or ["*"]})
    assert answer.status_code == 201, answer.text
    return answer.json()["webhook"]["id"], answer.json()["secret"]


def drip(house: House, times: int = 1) -> None:
    for _ in range(times):
        house.do("faucet.drip", "alice", asset="FLUX", amount="10")


def test_delivery__signed_and_in_order(house: House, receiver: Receiver) -> None:
    name, secret = add(house, receiver)
    first = house.service.head.seq + 1
    drip(house, 5)
    until(lambda: len(receiver.got) == 5)
    assert receiver.ids() == [f"{name}-{seq}" for seq in range(first, first + 5)]
    for headers, body in receiver.got:
        assert webhook_signatures.verify(
            [secret], headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], body,
            now=house.clock.now,
        )  # fmt: skip
    told = json.loads(receiver.got[0][1])
    assert told["type"] == "faucet.drip" and told["data"]["actor"] == "alice" and told["data"]["seq"] == first
    until(lambda: house.of("olga").get(f"/v1/webhooks/{name}").json()["cursor"] == house.service.head.seq)


def test_delivery__only_the_types_wanted(house: House, receiver: Receiver) -> None:
    add(house, receiver, "vault.*")
    drip(house)
    house.do("vault.deposit", "alice", vault="FLUX", assets="1")
    until(lambda: receiver.got)
    assert receiver.types() == ["vault.deposit"]


def test_failure__tried_again_later_with_the_same_id_and_nothing_overtakes(house: House, receiver: Receiver) -> None:
    receiver.statuses = [500, 302]
    name, _ = add(house, receiver)
    drip(house, 2)
    until(lambda: house.of("olga").get(f"/v1/webhooks/{name}").json()["failures"] == 1)
    time.sleep(0.1)
    assert len(receiver.got) == 1, "not before its time"
    house.later(RETRIES[0])
    until(lambda: house.of("olga").get(f"/v1/webhooks/{name}").json()["failures"] == 2)
    house.later(RETRIES[1])
    until(lambda: len(receiver.got) == 4)
    ids = receiver.ids()
    assert ids[0] == ids[1] == ids[2] != ids[3], "a redirect is not followed and counts as a failure"


def test_failure__too_often__switched_off_then_on_again(house: House, receiver: Receiver) -> None:
    receiver.statuses = [500] * (len(RETRIES) + 1)
    name, _ = add(house, receiver)
    drip(house)
    for wait in (*RETRIES, 0):
        seen = len(receiver.got)
        until(lambda seen=seen: len(receiver.got) > seen or not house.server.webhooks.get(name).active)  # type: ignore[misc]
        until(lambda: house.server.office.all(Webhook) and True)
        time.sleep(0.05)
        house.later(wait)
    until(lambda: not house.server.webhooks.get(name).active)
    assert "webhook.disabled" in [entry.what for entry in house.office.log()]
    assert house.of("olga").post(f"/v1/webhooks/{name}/enable").json()["active"] is True
    before = len(receiver.got)
    until(lambda: len(receiver.got) == before + 1)


def test_gone__switched_off_at_once(house: House, receiver: Receiver) -> None:
    receiver.statuses = [410]
    name, _ = add(house, receiver)
    drip(house)
    until(lambda: not house.server.webhooks.get(name).active)


def test_replay__a_range_with_the_same_ids(house: House, receiver: Receiver) -> None:
    name, _ = add(house, receiver)
    first = house.service.head.seq + 1
    drip(house, 4)
    until(lambda: len(receiver.got) == 4)
    until(lambda: house.server.webhooks.view(house.server.webhooks.get(name)).cursor == first + 3)
    answer = house.of("olga").post(f"/v1/webhooks/{name}/replay", json={"after": first, "upto": first + 2})
    assert answer.status_code == 200, answer.text
    until(lambda: len(receiver.got) == 6)
    assert receiver.ids()[4:] == receiver.ids()[1:3]


def test_rotate__both_secrets_sign_for_a_day(house: House, receiver: Receiver) -> None:
    name, old = add(house, receiver)
    new = Signer(house, "olga")("POST", f"/v1/webhooks/{name}/rotate").json()["secret"]
    drip(house)
    until(lambda: receiver.got)
    headers, body = receiver.got[0]
    for secret in (old, new):
        assert webhook_signatures.verify(
            [secret], headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], body,
            now=house.clock.now,
        )  # fmt: skip


def test_test__says_whether_it_was_taken(house: House, receiver: Receiver) -> None:
    name, _ = add(house, receiver)
    until(lambda: house.server.sender)
    assert house.of("olga").post(f"/v1/webhooks/{name}/test").json() == {"delivered": True, "error": ""}
    receiver.statuses = [503]
    told = house.of("olga").post(f"/v1/webhooks/{name}/test").json()
    assert told["delivered"] is False and "503" in told["error"]


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://user:pw@example.com/", "ftp://example.com", "https://"]
)
def test_url__not_allowed__refused(tmp_path: Path, url: str) -> None:
    with serving(f"sqlite:{tmp_path}/desk.db") as house:
        answer = Signer(house, "olga")("POST", "/v1/webhooks", {"url": url})
        assert (answer.status_code, answer.json()["details"]["field"]) == (400, "url")


def test_address_inside__never_connected_to(tmp_path: Path, receiver: Receiver) -> None:
    with serving(f"sqlite:{tmp_path}/desk.db") as house:
        url = receiver.url.replace("http:", "https:")
        name = Signer(house, "olga")("POST", "/v1/webhooks", {"url": url}).json()["webhook"]["id"]
        until(lambda: house.server.sender)
        told = house.of("olga").post(f"/v1/webhooks/{name}/test").json()
        assert told["delivered"] is False and "inside a network" in told["error"] and receiver.got == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("10.0.0.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("0.0.0.1", False),
        ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False), ("192.88.99.1", False),
        ("2001:4860:4860::8888", True), ("::1", False), ("::", False), ("fd00::1", False), ("fe80::1%1", False),
        ("fec0::1", False), ("ff02::1", False), ("2001:db8::1", False), ("3fff::1", False), ("4000::1", False),
        ("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False), ("::ffff:0:10.0.0.1", False), ("::10.0.0.1", False),
        ("64:ff9b::8.8.8.8", True), ("64:ff9b::a00:1", False), ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::8.8.8.8", False), ("2002:808:808::1", True), ("2002:a00:1::1", False), ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
    ],
)  # fmt: skip
def test_address__public_or_inside__also_wrapped_in_ipv6(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("address", ["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::ffff:127.0.0.1]"])
def test_address_that_wraps_one_inside__never_connected_to(tmp_path: Path, address: str) -> None:
    with serving(f"sqlite:{tmp_path}/desk.db") as house:
        olga = Signer(house, "olga")
        made = olga("POST", "/v1/webhooks", {"url": f"https://{address}/x", "types": ["*"]})
        told = olga("POST", f"/v1/webhooks/{made.json()['webhook']['id']}/test").json()
        assert told["delivered"] is False and "inside a network" in told["error"]


def test_other_roles__may_not(house: House, receiver: Receiver) -> None:
    for name in ("alice", "anna", "paul"):
        assert code(house.of(name).get("/v1/webhooks")) == "forbidden"
