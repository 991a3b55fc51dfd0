"""The door against everything that is nearly right: bodies, queries, headers, signatures, cursors, amounts.

Whatever is sent, the answer is never 500 and nothing happens but what a command plainly says. Each test has a second or
two; `derandomize` is off, so that every run tries something else.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from holdfast.entrypoints.http.cursors import Cursors
from holdfast.errors import Malformed
from holdfast.identity import request_signatures
from serving import House, serving
from signed_requests import Signer

bounded = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

DEPOSIT = {"type": "vault.deposit", "vault": "FLUX", "assets": "0.5"}
COMMANDS: tuple[dict[str, Any], ...] = (
    DEPOSIT,
    {"type": "vault.mint", "vault": "FLUX", "shares": "0.25"},
    {"type": "vault.withdraw", "vault": "FLUX", "assets": "0.1", "owner": "alice", "receiver": "alice"},
    {"type": "faucet.drip", "asset": "FLUX", "amount": "1"},
)
NUMBERS = iter(range(10**9))
PRINTED = string.ascii_letters + string.digits + string.punctuation + " "
CONTROLS = bytes((*range(32), 127))
"""Bytes that HTTP takes in no header; they never come as far as the door."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    path: Path = tmp_path_factory.mktemp("fuzz")
    with serving(f"sqlite:{path}/desk.db", trusted_proxies=("127.0.0.1/32",)) as made:
        made.do("vault.create", "operator", asset="FLUX")
        for name in ("alice", "bob"):
            made.do("faucet.drip", name, asset="FLUX", amount="100000")
            made.do("vault.deposit", name, vault="FLUX", assets="1000")
        yield made


@pytest.fixture(scope="module")
def alice(house: House) -> httpx.Client:
    return house.of("alice")


def held(house: House, name: str) -> dict[str, int]:
    return {asset: house.state.book.balance(asset, name) for asset in house.state.assets}


def post(client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    usual = {"Content-Type": "application/json", "Idempotency-Key": f"f-{next(NUMBERS)}"}
    return client.post("/v1/commands", content=body, headers=usual | headers)


def text_of(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


# --- bodies ---------------------------------------------------------------------------------------------------------

ODD = st.sampled_from(
    [b"", b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"1e9", b"NaN",
     b"-0", b"Infinity", b"null", b"\\ud800", b'"type":', b"\xef\xbb\xbf", b"\n", b"/*", b"0x1", b"\xd9\xa1"]
)  # fmt: skip
CHANGE = st.tuples(st.floats(0, 1), st.integers(0, 3), st.one_of(ODD, st.binary(min_size=1, max_size=4)))


def changed(body: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, gone, put in changes:
        at = int(where * len(body))
        body = body[:at] + put + body[at + gone :]
    return body


@bounded
@given(st.sampled_from(COMMANDS), st.lists(CHANGE, min_size=1, max_size=3))
def test_command_with_bytes_changed__no_effect_but_what_it_says(
    house: House, alice: httpx.Client, command: dict[str, Any], changes: list[tuple[float, int, bytes]]
) -> None:
    body, before, bob = changed(text_of(command), changes), held(house, "alice"), held(house, "bob")
    answer = post(alice, body)
    assert answer.status_code in (200, 400, 403, 404, 409, 422), (body, answer.text)
    assert held(house, "bob") == bob
    if answer.status_code != 200:
        assert held(house, "alice") == before
        return
    said = json.loads(body)  # what was taken is JSON as everybody reads it, and the journal has just that
    row = house.service.store.row(answer.json()["seq"])
    kept = json.loads(row.body)["command"]
    assert kept["actor"] == "alice" and {name: kept[name] for name in said if said[name] is not None} == {
        name: value for name, value in said.items() if value is not None
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@bounded
@given(st.dictionaries(st.sampled_from([*DEPOSIT, "id", "at", "actor", "owner", "receiver", "x"]), JSON, max_size=6))
def test_command_of_odd_values__refused(house: House, alice: httpx.Client, fields: dict[str, Any]) -> None:
    before = held(house, "alice")
    for path, body in (
        ("/v1/commands", fields),
        ("/v1/commands/preview", DEPOSIT | fields),
        ("/v1/commands/bulk", {"commands": [fields, DEPOSIT | fields]}),
        ("/v1/commands/bulk", {"mode": "atomic", "commands": [DEPOSIT | fields, fields]}),
        ("/v1/commands/bulk", fields | {"commands": fields}),
    ):
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"o-{next(NUMBERS)}"}
        answer = alice.post(path, content=text_of(body), headers=headers)
        assert answer.status_code < 500, (path, body, answer.text)
    assert held(house, "alice") == before or fields.keys() <= {"id", "actor", "owner", "receiver"}


@bounded
@given(st.binary(max_size=300))
def test_any_bytes_to_public_routes__refused(house: House, body: bytes) -> None:
    for path in ("/v1/sign-in/password", "/v1/sign-in/passkey", "/v1/sign-in/wallet", "/v1/bootstrap"):
        answer = house.nobody.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, (path, body, answer.text)


@bounded
@given(JSON, JSON)
def test_odd_proofs_of_identity__refused(house: House, one: object, other: object) -> None:
    for path, body in (
        ("/v1/sign-in/passkey", {"challenge": one, "answer": other}),
        ("/v1/sign-in/passkey", {"challenge": "1.aaaaaaaaaaaaaaaaaaaaaa", "answer": {"id": one, "response": other}}),
        ("/v1/sign-in/wallet", {"address": one, "challenge": "1.a", "signature": other}),
        ("/v1/sign-in/wallet/options", {"address": one}),
        ("/v1/invitations/accept", {"token": one, "password": other}),
    ):
        content = text_of(body)
        answer = house.nobody.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 401, 422, 429), (path, body, answer.text)


# --- amounts --------------------------------------------------------------------------------------------------------

DIGITS = "0123456789.,+-eE_ '\u0661\uff11\u00bd\u0bf0\t\n\0"


@bounded
@given(st.one_of(st.text(DIGITS, max_size=12), st.text(max_size=6), st.from_regex(r"\A[0-9]{1,40}\.?[0-9]{0,20}\Z")))
def test_amounts__only_plain_decimals_that_the_asset_can_hold(house: House, alice: httpx.Client, amount: str) -> None:
    before = held(house, "alice")["FLUX"]
    answer = post(alice, text_of(DEPOSIT | {"assets": amount}))
    assert answer.status_code in (200, 400, 422), (amount, answer.text)
    left = before - held(house, "alice")["FLUX"]
    if answer.status_code != 200:
        assert left == 0
        return
    whole, _, part = amount.partition(".")
    assert set(whole + part) <= set(string.digits) and len(part) <= 8
    assert left == int(whole) * 10**8 + int(part.ljust(8, "0") or 0)


# --- queries, paths, headers ----------------------------------------------------------------------------------------

VIEWS = ("/v1/vaults", "/v1/me/portfolio", "/v1/accounts/alice", "/v1/accounts/alice/statement", "/v1/me/sessions")
NAMES = st.sampled_from(["as_of", "limit", "cursor", "owner", "account", "asset", "since", "until", "after", "x", ""])
VALUES = st.one_of(
    st.text(max_size=12), st.integers().map(str),
    st.sampled_from(["0", "1", "5", "99999999999999999", "2026-01-01T00:00:00Z", "2026-02-31T00:00:00Z", "bob", "*",
                     "1e2", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "@vault:FLUX", "\u0661"]),
)  # fmt: skip


@bounded
@given(st.sampled_from(VIEWS), st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_queries__never_an_error_and_never_anothers(
    house: House, alice: httpx.Client, path: str, pairs: list[tuple[str, str]]
) -> None:
    try:
        query = httpx.QueryParams(pairs)
    except UnicodeEncodeError:
        assume(False)
    answer = alice.get(path, params=query)
    assert answer.status_code in (200, 400, 404), (path, pairs, answer.text)
    if answer.status_code == 200 and "bob" in dict(pairs).values():
        assert '"bob"' not in answer.text


@bounded
@given(st.sampled_from(VIEWS), st.text(PRINTED.replace("#", ""), max_size=40))
def test_raw_queries__never_an_error(alice: httpx.Client, path: str, query: str) -> None:
    answer = alice.get(f"{path}?{query}")
    assert answer.status_code in (200, 400, 404), (path, query, answer.text)


@bounded
@given(st.text(min_size=1, max_size=20))
def test_paths__never_an_error(alice: httpx.Client, name: str) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "surrogatepass"))
    for path in (f"/v1/accounts/{quoted}", f"/v1/vaults/{quoted}", f"/v1/journal/{quoted}", f"/v1/{quoted}"):
        answer = alice.get(path)
        assert answer.status_code in (400, 403, 404), (path, answer.text)


HEADER = st.one_of(
    st.binary(max_size=40).map(lambda given: given.translate(None, CONTROLS)),
    st.sampled_from([
        b"Bearer", b"Bearer ", b"Bearer hf_", b"Basic b2xnYTpw", b"bearer x.y", b"Bearer " + b"a" * 300, b"*", b'"',
        b"__Host-holdfast=", b"__Host-holdfast=hf_x; __Host-holdfast=y", b"0", b"-1", b"1.5", b"9" * 30, b"\xff" * 8,
        b"fe80::1%eth0", b"::ffff:127.0.0.1", b"1.1.1.1, , 2.2.2.2", b'W/"x", *', b'"' * 30,
    ]),
)  # fmt: skip
FREE = st.sampled_from([
    "Authorization", "Cookie", "X-Forwarded-For", "Last-Event-ID", "If-None-Match", "Idempotency-Key", "Origin",
    "Sec-Fetch-Site", "Holdfast-CSRF", "Holdfast-Step-Up", "Holdfast-Time", "Holdfast-Nonce", "Holdfast-Signature",
    "Content-Type", "User-Agent", "traceparent", "Accept",
])  # fmt: skip


@bounded
@given(st.lists(st.tuples(FREE, HEADER), max_size=5))
def test_headers__never_an_error_and_never_an_effect_for_nobody(house: House, headers: list[tuple[str, bytes]]) -> None:
    before = held(house, "alice")
    given_ = [(name.encode(), value.strip(b" \t")) for name, value in headers]
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/vaults"), ("POST", "/v1/commands"), ("HEAD", "/v1/events")):
        content = text_of(DEPOSIT) if method == "POST" else None
        request = house.nobody.build_request(method, path, content=content)
        request.headers = httpx.Headers([*request.headers.raw, *given_])
        answer = house.nobody.send(request)
        assert answer.status_code in (400, 401, 403, 415), (headers, answer.status_code, answer.text)
    assert held(house, "alice") == before


@bounded
@given(st.sampled_from(["Last-Event-ID", "If-None-Match", "X-Forwarded-For", "User-Agent", "Accept"]), HEADER)
def test_headers_of_somebody__never_an_error(alice: httpx.Client, name: str, value: bytes) -> None:
    for path in ("/v1/vaults", "/v1/me/portfolio?as_of=3"):
        request = alice.build_request("GET", path)
        request.headers = httpx.Headers([*request.headers.raw, (name.encode(), value.strip(b" \t"))])
        assert alice.send(request).status_code in (200, 304), (name, value)


# --- signatures, cursors --------------------------------------------------------------------------------------------


@bounded
@given(
    st.sampled_from(["method", "path", "query", "body", "time", "nonce", "signature", "key", "id"]),
    st.text(string.printable, max_size=8), st.integers(-300, 300),
)  # fmt: skip
def test_signature__good_for_nothing_else(part: str, text: str, number: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    sent: dict[str, Any] = {
        "method": "POST", "path": "/v1/commands", "query": "a=1", "body": b"{}", "key": "k-1",
        "id": "c-1", "time": "1800000000", "nonce": "n" * 16,
    }  # fmt: skip
    signature = request_signatures.sign(
        private.private_bytes_raw(), "POST", "/v1/commands", "a=1", b"{}", 1_800_000_000, "n" * 16, key="k-1", id="c-1"
    )
    sent["signature"] = signature
    new: Any = text.encode() if part == "body" else str(1_800_000_000 + number) if part == "time" else text
    if part == "signature":
        raw = bytearray(base64.b64decode(signature))
        raw[number % 64] ^= 1 + number % 255
        new = base64.b64encode(bytes(raw)).decode() if number % 2 else text
    assume(new != sent[part])
    sent[part] = new
    public = private.public_key().public_bytes_raw()
    shown = (sent.pop(name) for name in ("method", "path", "query", "body"))
    with pytest.raises(request_signatures.BadRequestSignature):
        request_signatures.verify(public, *shown, now=1_800_000_000, **sent)


def test_signature__a_nonce_works_once_and_nothing_may_change(house: House) -> None:
    signer, before = Signer(house, "alice"), held(house, "alice")
    first = signer("POST", "/v1/commands", DEPOSIT, **{"Idempotency-Key": f"s-{next(NUMBERS)}"})
    assert first.status_code == 200
    client = signer._client
    for change in ("body", "query", "path", "again"):
        request = client.build_request(
            "POST", "/v1/commands" + ("?x=1" if change == "query" else "/preview" if change == "path" else ""),
            content=text_of(DEPOSIT | {"assets": "9"}) if change == "body" else first.request.content,
        )  # fmt: skip
        kept = [(name, value) for name, value in first.request.headers.raw if name.lower() != b"content-length"]
        length = (b"Content-Length", str(len(request.content)).encode())
        request.headers = httpx.Headers([*kept, length])
        assert client.send(request).status_code == 401, change
    assert before["FLUX"] - held(house, "alice")["FLUX"] == 5 * 10**7


@bounded
@given(st.text(max_size=60), st.integers(0, 200), st.integers(0, 7))
def test_cursors__only_as_they_were_given_and_for_what_they_were_given(text: str, at: int, bit: int) -> None:
    cursors = Cursors(b"secret of a desk")
    good = cursors.seal("/v1/vaults\n[]\nalice", 17)
    assert cursors.open("/v1/vaults\n[]\nalice", good, int) == 17
    raw = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    raw[at % len(raw)] ^= 1 << bit
    forged = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    mine = "/v1/vaults\n[]\nalice"
    for about, cursor in (
        (mine, forged), (mine, text), (mine, f"{good}{text[:3]}A"), ("/v1/vaults\n[]\n*", good), ("x", good),
    ):  # fmt: skip
        with pytest.raises(Malformed):
            cursors.open(about, cursor, int)
