"""The way of people over HTTP: the first link, invitations, two steps, cookies, step-up, wallets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast.identity import request_signatures
from holdfast.identity.step_up import hash_of
from serving import House, code, serving

PASSWORD = " ".join(("correct", "horse", "battery", "staple"))


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db", people=False) as made:
        yield made


def bearer(client: httpx.Client, token: str) -> None:
    client.headers["Authorization"] = f"Bearer {token}"


def codes_of(house: House, secret: str) -> str:
    house.later(30)
    return pyotp.TOTP(secret).at(house.clock.now)


def enrol(house: House, client: httpx.Client, opened: dict[str, Any]) -> str:
    """Complete an enrolment by an authenticator app; its secret."""
    assert opened["stage"] == "enrol"
    bearer(client, opened["token"])
    secret = client.post("/v1/me/totp").json()["secret"]
    done = client.post("/v1/me/totp/confirm", json={"code": codes_of(house, secret)})
    assert done.status_code == 200, done.text
    assert len(done.json()["recovery_codes"]) >= 8
    bearer(client, done.json()["opened"]["token"])
    return str(secret)


def first_operator(house: House) -> tuple[httpx.Client, str]:
    client = house.client()
    link = house.server.people.bootstrap.open()
    answer = client.post("/v1/bootstrap", json={"token": link, "name": "olga", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return client, enrol(house, client, answer.json())


def confirmed(
    house: House, client: httpx.Client, secret: str, method: str, path: str, body: Any = None, name: str = ""
) -> httpx.Response:
    """Send a request that is confirmed by a code for exactly this request."""
    headers = {"Idempotency-Key": name} if name else {}
    asked = client.request(method, path, json=body, headers=headers)
    assert code(asked) == "step_up_required", asked.text
    request = asked.json()["details"]["request"]
    assert request == hash_of(method, path, body, id=name)
    client.post("/v1/step-up", json={"request": request, "method": "totp"}).raise_for_status()
    given = {"request": request, "method": "totp", "code": codes_of(house, secret)}
    proven = client.post("/v1/step-up/confirm", json=given)
    assert proven.status_code == 200, proven.text
    bearer(client, proven.json()["opened"]["token"])
    return client.request(method, path, json=body, headers=headers | {"Holdfast-Step-Up": proven.json()["proof"]})


def test_first_operator__then_people__then_money(house: House) -> None:
    olga, secret = first_operator(house)
    assert olga.get("/v1/me").json()["person"]["roles"] == ["operator"]
    body = {"name": "alice", "grants": [{"role": "holder"}]}
    link = confirmed(house, olga, secret, "POST", "/v1/people", body)
    assert link.status_code == 201, link.text
    alice = house.client()
    accepted = alice.post("/v1/invitations/accept", json={"token": link.json()["token"], "password": PASSWORD})
    of_alice = enrol(house, alice, accepted.json())
    minted = confirmed(
        house, olga, secret, "POST", "/v1/commands",
        {"type": "asset.mint", "asset": "FLUX", "to": "alice", "amount": "100"}, "mint-1",
    )  # fmt: skip
    assert minted.status_code == 200, minted.text
    spend = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "40"}
    sent = confirmed(house, alice, of_alice, "POST", "/v1/commands", spend, "t-1")
    assert sent.status_code == 200 and sent.json()["id"] == "alice/t-1"
    again = alice.post("/v1/commands", json=spend, headers={"Idempotency-Key": "t-1"})
    assert again.headers["idempotency-replayed"] == "true", "an answer that was lost needs no second factor"
    words = [entry.what for entry in house.office.log()]
    for wanted in ("bootstrap.claimed", "person.added", "role.granted", "totp.added", "step_up.used"):
        assert wanted in words
    assert PASSWORD not in repr(list(house.office.log())) and secret not in repr(list(house.office.log()))


def test_bootstrap__only_once_and_only_by_the_link(house: House) -> None:
    nobody = house.nobody
    wrong = nobody.post("/v1/bootstrap", json={"token": "hfb_x", "name": "eve", "password": PASSWORD})
    assert (wrong.status_code, code(wrong)) == (401, "link_not_valid")
    link = house.server.people.bootstrap.open()
    first_operator(house)
    late = nobody.post("/v1/bootstrap", json={"token": link, "name": "eve", "password": PASSWORD})
    assert code(late) == "link_not_valid"


def test_session_without_second_factor__may_only_complete_itself(house: House) -> None:
    _, secret = first_operator(house)
    client = house.client()
    opened = client.post("/v1/sign-in/password", json={"name": "olga", "password": PASSWORD}).json()
    assert opened["stage"] == "password"
    bearer(client, opened["token"])
    assert client.get("/v1/me").json()["functions"] == []
    for path in ("/v1/people", "/v1/me/sessions", "/v1/state"):
        answer = client.get(path)
        assert (answer.status_code, code(answer)) == (401, "second_factor_missing")
    add = client.post("/v1/me/totp")
    assert code(add) == "second_factor_missing", "whoever has only the password adds no factor"
    assert code(client.post("/v1/sign-in/code", json={"code": "000000"})) == "sign_in_failed"
    done = client.post("/v1/sign-in/code", json={"code": codes_of(house, secret)})
    assert done.json()["stage"] == "full" and done.json()["token"] != opened["token"]
    assert client.get("/v1/me").status_code == 401, "the old token is void"
    bearer(client, done.json()["token"])
    assert client.get("/v1/people").status_code == 200


def test_wrong_password_and_unknown_name__look_the_same(house: House) -> None:
    first_operator(house)
    answers = [
        house.client().post("/v1/sign-in/password", json={"name": name, "password": "wrong password here"})
        for name in ("olga", "nobody-of-this-name")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()


def test_too_many_attempts__429_with_a_delay_that_ends(house: House) -> None:
    first_operator(house)
    wrong = {"name": "olga", "password": "wrong password here"}
    answers = [house.nobody.post("/v1/sign-in/password", json=wrong) for _ in range(12)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert code(refused) == "too_many_attempts" and int(refused.headers["retry-after"]) > 0
    house.later(3_600)
    assert house.nobody.post("/v1/sign-in/password", json=wrong | {"password": PASSWORD}).status_code == 200


def test_proof__one_byte_changed_or_used_twice__refused(house: House) -> None:
    olga, secret = first_operator(house)
    body = {"name": "alice"}
    request = olga.post("/v1/people", json=body).json()["details"]["request"]
    given = {"request": request, "method": "totp", "code": codes_of(house, secret)}
    proven = olga.post("/v1/step-up/confirm", json=given).json()
    bearer(olga, proven["opened"]["token"])
    headers = {"Holdfast-Step-Up": proven["proof"]}
    assert code(olga.post("/v1/people", json={"name": "alicf"}, headers=headers)) == "step_up_required"
    assert code(olga.post("/v1/people", json=body, headers=headers)) == "step_up_required", "one try"


def test_cookie__needs_our_own_page(house: House) -> None:
    _, secret = first_operator(house)
    page = house.client()
    opened = page.post("/v1/sign-in/password", json={"name": "olga", "password": PASSWORD, "cookie": True})
    set_cookie = opened.headers["set-cookie"]
    for part in ("__Host-holdfast=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in set_cookie
    assert "Domain" not in set_cookie and opened.json()["token"] == ""

    def cookie(answer: httpx.Response) -> dict[str, str]:
        return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Holdfast-CSRF": answer.json()["csrf"]}

    full = page.post("/v1/sign-in/code", json={"code": codes_of(house, secret)}, headers=cookie(opened))
    headers = cookie(full)
    assert full.json()["token"] == "" and page.get("/v1/people", headers=headers).status_code == 200
    without = {"Cookie": headers["Cookie"]}
    assert page.get("/v1/me", headers=without).json()["csrf"] == headers["Holdfast-CSRF"]
    for changed in (
        without,
        headers | {"Holdfast-CSRF": "x"},
        headers | {"Origin": "https://evil.example"},
        headers | {"Sec-Fetch-Site": "cross-site"},
        headers | {"Sec-Fetch-Site": "same-site"},
    ):
        answer = page.delete("/v1/me/sessions", headers=changed)
        assert (answer.status_code, code(answer)) == (403, "forbidden"), changed
    own = headers | {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert page.delete("/v1/me/sessions", headers=own).status_code == 204
    out = page.post("/v1/sign-out", headers=own)
    assert out.status_code == 204 and "Max-Age=0" in out.headers["set-cookie"]
    assert page.get("/v1/me", headers=own).status_code == 401


def test_disabled__everything_ends_at_once(house: House) -> None:
    olga, secret = first_operator(house)
    house.add("alice", "holder")
    session, key = house.signed_in("alice"), house.of("alice")
    assert session.get("/v1/me").status_code == key.get("/v1/me").status_code == 200
    assert confirmed(house, olga, secret, "POST", "/v1/people/alice/disable").status_code == 200
    assert session.get("/v1/me").status_code == key.get("/v1/me").status_code == 401


def test_role_taken__at_once_in_open_sessions(house: House) -> None:
    olga, secret = first_operator(house)
    house.add("anna", "auditor")
    anna = house.signed_in("anna")
    assert anna.get("/v1/state").status_code == 200
    assert confirmed(house, olga, secret, "DELETE", "/v1/people/anna/grants/auditor").status_code == 200
    assert code(anna.get("/v1/state")) == "forbidden"


def test_wallet__its_address_is_the_account(house: House) -> None:
    private = Ed25519PrivateKey.generate()
    address = "01" + private.public_key().public_bytes_raw().hex()
    client = house.client()
    asked = client.post("/v1/sign-in/wallet/options", json={"address": address}).json()
    assert address in asked["text"] and "localhost" in asked["text"]
    signature = base64.b64encode(private.sign(b"Casper Message:\n" + asked["text"].encode())).decode()
    answer = {"address": address, "challenge": asked["challenge"], "signature": signature}
    opened = client.post("/v1/sign-in/wallet", json=answer)
    assert opened.status_code == 200, opened.text
    again = client.post("/v1/sign-in/wallet", json=answer)
    assert code(again) == "sign_in_failed", "a challenge works once"
    bearer(client, opened.json()["token"])
    me = client.get("/v1/me").json()
    assert me["accounts"] == [address] and me["person"]["roles"] == ["holder"]
    client.post("/v1/commands", json={"type": "faucet.drip", "asset": "FLUX", "amount": "5"},
                headers={"Idempotency-Key": "f-1"}).raise_for_status()  # fmt: skip
    assert house.state.book.balance("FLUX", address) == 5 * 10**8


def test_signed_requests__exactly_once_and_exactly_so(house: House) -> None:
    private = Ed25519PrivateKey.generate()
    house.add("alice", "holder")
    house.do("faucet.drip", "alice", asset="FLUX", amount="100")
    token = house.key("alice", public_key=private.public_key().public_bytes_raw().hex())
    client = house.client(token)
    key_id = house.server.api_keys.list("alice")[0].id
    body = b'{"type":"asset.transfer","asset":"FLUX","to":"bob","amount":"1"}'

    def send(nonce: str, *, content: bytes = body, time: int | None = None, key: str = "") -> httpx.Response:
        at, signed = house.clock.now if time is None else time, nonce[:60]
        signature = request_signatures.sign(
            private.private_bytes_raw(), "POST", "/v1/commands", "", body, at, nonce, key=key_id, id=signed
        )
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": key or signed, "Holdfast-Key": key_id,
            "Holdfast-Time": str(at), "Holdfast-Nonce": nonce, "Holdfast-Signature": signature,
        }  # fmt: skip
        return client.post("/v1/commands", content=content, headers=headers)

    assert send("n" * 20).status_code == 200, "a signed request needs no step-up"
    assert code(send("n" * 20)) == "bad_request_signature", "a nonce works once"
    assert code(send("m" * 20, content=body.replace(b'"1"', b'"2"'))) == "bad_request_signature"
    assert code(send("o" * 20, time=house.clock.now - 61)) == "bad_request_signature"
    assert code(send("p" * 20, key="another")) == "bad_request_signature", "and it cannot be done under another key"
    assert code(client.get("/v1/me")) == "bad_request_signature", "a key with a public key signs everything"
    assert house.state.book.balance("FLUX", "bob") == 10**8


def test_me__by_api_key(house: House) -> None:
    house.add("alice", "holder")
    told = house.of("alice").get("/v1/me").json()
    assert told["api_key"] and told["session"] is None and told["csrf"] is None
    for path in ("/v1/me/totp", "/v1/me/recovery-codes", "/v1/step-up/methods"):
        assert house.of("alice").post(path).status_code == 403
