"""Signed requests: every field counts, no two requests have the same bytes, the time is now."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import BadRequestSignature
from holdfast.identity import request_signatures
from holdfast.identity.request_signatures import message, sign, verify

PRIVATE = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
NOW = 1_767_225_600
PARTS: dict[str, Any] = {
    "method": "POST",
    "path": "/v1/commands",
    "query": "preview=true&asset=VG",
    "body": b'{"type":"term.stake"}',
    "time": NOW,
    "nonce": "0123456789abcdef",
    "key": "hk-7",
    "id": "c-17",
}


def checked(signature: str, *, now: int = NOW, public_key: bytes = PUBLIC, **changes: Any) -> None:
    parts = PARTS | {"time": str(PARTS["time"])} | changes
    verify(public_key, signature=signature, now=now, **parts)


def holds(signature: str, **changes: Any) -> bool:
    try:
        checked(signature, **changes)
    except BadRequestSignature:
        return False
    return True


GOOD = sign(PRIVATE, **PARTS)


def test_message__formula() -> None:
    digest = hashlib.sha256(PARTS["body"]).hexdigest()
    assert message(**PARTS).decode() == (
        f"holdfast request 1\nhk-7\nPOST\n/v1/commands\npreview=true&asset=VG\nc-17\n1767225600\n0123456789abcdef\n"
        f"{digest}\n"
    )
    assert message(**PARTS | {"id": "", "query": "", "body": b""}).decode() == (
        "holdfast request 1\nhk-7\nPOST\n/v1/commands\n\n\n1767225600\n0123456789abcdef\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    )


def test_verify__just_what_was_signed__holds() -> None:
    checked(GOOD)
    assert len(base64.b64decode(GOOD)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/v1/commands/"},
        {"path": "/v1/command"},
        {"query": "preview=true&asset=VF"},
        {"query": ""},
        {"query": "asset=VG&preview=true"},
        {"body": b'{"type":"term.stake"} '},
        {"body": b""},
        {"time": str(NOW + 1)},
        {"nonce": "0123456789abcdeg"},
        {"key": "hk-8"},
        {"id": "c-18"},
        {"id": ""},
        {"id": "preview=true&asset=VG", "query": "c-17"},
        {"path": "/v1", "query": "commands?preview=true&asset=VG"},
    ],
    ids=repr,
)
def test_verify__anything_altered__refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadRequestSignature, match="not what the key's holder signed"):
        checked(GOOD, **change)


def test_verify__any_byte_of_body_or_signature_altered__refused() -> None:
    body, raw = PARTS["body"], base64.b64decode(GOOD)
    for place in range(len(body)):
        assert not holds(GOOD, body=body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
    for place in range(64):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert not holds(base64.b64encode(altered).decode())


@pytest.mark.parametrize(("off", "accepted"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)])
def test_verify__the_time__sixty_seconds_either_way(off: int, accepted: bool) -> None:
    assert holds(GOOD, now=NOW + off) == accepted


def test_verify__off_by_more__says_by_how_much() -> None:
    with pytest.raises(BadRequestSignature, match="75 seconds ago"):
        checked(GOOD, now=NOW + 75)
    with pytest.raises(BadRequestSignature, match="75 seconds ahead"):
        checked(GOOD, now=NOW - 75)


def test_a_nonce_is_kept_as_long_as_its_request_can_hold() -> None:
    first, last = NOW - request_signatures.TOLERANCE_SECONDS, NOW + request_signatures.TOLERANCE_SECONDS
    assert holds(GOOD, now=first)
    assert holds(GOOD, now=last)
    assert last - first <= request_signatures.NONCE_SECONDS


@pytest.mark.parametrize(
    "time", ["", "-1", "+1767225600", "01767225600", "1767225600.0", "1e9", "١٧٦٧٢٢٥٦٠٠", f"{NOW}\n"]
)
def test_verify__time_of_another_shape__refused(time: str) -> None:
    with pytest.raises(BadRequestSignature, match="Unix seconds"):
        checked(GOOD, time=time)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "post"},
        {"method": "GET\n"},
        {"path": "v1"},
        {"path": "/v1/ä"},
        {"path": "/v1\n/x"},
        {"path": "/v1?x"},
        {"query": "a b"},
        {"query": "a\n1767225600"},
        {"nonce": "short"},
        {"nonce": "x" * 65},
        {"nonce": "0123456789abcdef\n"},
        {"key": ""},
        {"key": "hk\n7"},
        {"id": "c-17\n1767225600"},
        {"id": " c"},
        {"id": "c "},
        {"id": "c" * 61},
        {"id": "ü"},
        {"time": -1},
    ],
    ids=repr,
)
def test_message__field_of_another_shape__refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadRequestSignature):
        message(**(PARTS | change))


@pytest.mark.parametrize("nonce", ["x" * 16, "x" * 64, "A-z_0123456789ab"])
def test_nonces__of_the_documented_shape__accepted(nonce: str) -> None:
    assert holds(sign(PRIVATE, **(PARTS | {"nonce": nonce})), nonce=nonce)


def test_verify__by_another_key__refused() -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert not holds(GOOD, public_key=other)
    for key in (b"", bytes(32), (1).to_bytes(32, "little")):
        assert not holds(GOOD, public_key=key)
        assert not holds(base64.b64encode((1).to_bytes(32, "little") + bytes(32)).decode(), public_key=key)


FIELD = st.text(alphabet="/?&=a\n", max_size=6)


@given(FIELD, FIELD, FIELD, FIELD, st.binary(max_size=3), st.binary(max_size=3))
def test_message__no_two_requests_have_the_same_bytes(
    path: str, query: str, path2: str, query2: str, body: bytes, body2: bytes
) -> None:
    one = PARTS | {"path": f"/{path}", "query": query, "body": body}
    two = PARTS | {"path": f"/{path2}", "query": query2, "body": body2}
    try:
        same = message(**one) == message(**two)
    except BadRequestSignature:
        return
    assert same == (one == two)


@given(st.text(max_size=100), st.text(max_size=20), st.text(max_size=20), st.text(max_size=70))
def test_verify__any_headers__only_our_error(signature: str, time: str, key: str, nonce: str) -> None:
    assert not holds(signature, time=time, key=key, nonce=nonce)
    assert not holds(signature)
    assert not holds(GOOD, time=time)
    assert holds(GOOD, key=key) == (key == PARTS["key"])
    assert holds(GOOD, nonce=nonce) == (nonce == PARTS["nonce"])
