"""Signatures on webhooks: the reference vector, both schemes, the change of a secret, and what must not hold."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Malformed
from holdfast.identity import webhook_signatures
from holdfast.identity.webhook_signatures import new_key_pair, new_secret, public_key_of, sign, verify

# The vector that the specification's reference libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
WEBHOOK, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

PRIVATE = "whsk_" + base64.b64encode(bytes(range(32))).decode()
PUBLIC = public_key_of(PRIVATE)


def holds(
    signatures: str,
    *keys: str,
    webhook_id: str = WEBHOOK,
    timestamp: str = str(TIMESTAMP),
    body: bytes = BODY,
    now: int = TIMESTAMP,
) -> bool:
    return verify(keys or (SECRET,), webhook_id, timestamp, signatures, body, now=now)


def test_sign__the_reference_vector() -> None:
    assert sign([SECRET], WEBHOOK, TIMESTAMP, BODY) == SIGNATURE
    assert holds(SIGNATURE)


def test_sign__v1a__is_ed25519_over_the_same_content() -> None:
    version, _, text = sign([PRIVATE], WEBHOOK, TIMESTAMP, BODY).partition(",")
    assert version == "v1a"
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(PUBLIC.removeprefix("whpk_")))
    public.verify(base64.b64decode(text), f"{WEBHOOK}.{TIMESTAMP}.".encode() + BODY)
    assert holds(f"v1a,{text}", PUBLIC)
    assert holds(f"v1a,{text}", PRIVATE)


@pytest.mark.parametrize("keys", [(SECRET,), (PUBLIC,)])
def test_verify__anything_altered__false(keys: tuple[str, ...]) -> None:
    signature = sign([SECRET, PRIVATE], WEBHOOK, TIMESTAMP, BODY)
    assert holds(signature, *keys)
    assert not holds(signature, *keys, webhook_id=WEBHOOK[:-1])
    assert not holds(signature, *keys, timestamp=str(TIMESTAMP + 1))
    for place in range(len(BODY)):
        assert not holds(signature, *keys, body=BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :])
    assert not holds(signature, new_secret())
    assert not holds(signature, new_key_pair().public)


def test_verify__any_character_of_the_signature_altered__false() -> None:
    for signature, key in ((SIGNATURE, SECRET), (sign([PRIVATE], WEBHOOK, TIMESTAMP, BODY), PUBLIC)):
        for place in range(len(signature)):
            other = "A" if signature[place] != "A" else "B"
            assert not holds(signature[:place] + other + signature[place + 1 :], key)


def test_verify__base64_with_bits_to_spare__false() -> None:
    """The last character holds four bits that no byte has: with them set it is another text for the same bytes."""
    signature = sign([PRIVATE], WEBHOOK, TIMESTAMP, BODY)
    last = signature[-3]
    assert base64.b64decode(signature[4:-3] + chr(ord(last) + 1) + "==") == base64.b64decode(signature[4:])
    assert not holds(signature[:-3] + chr(ord(last) + 1) + "==", PUBLIC)


def test_verify__one_of_several__holds() -> None:
    """A secret changes: the sender signs with both for a while, and receivers have the old or the new one."""
    old, new = new_secret(), new_secret()
    both = sign([new, old], WEBHOOK, TIMESTAMP, BODY)
    assert len(both.split(" ")) == 2
    assert holds(both, old)
    assert holds(both, new)
    assert holds(sign([new], WEBHOOK, TIMESTAMP, BODY), old, new)
    assert not holds(sign([new], WEBHOOK, TIMESTAMP, BODY), old)
    assert holds(f"v9,what v1,AAAA {both}  v1a,BBBB", new)


def test_verify__a_scheme_checked_by_the_other__false() -> None:
    """A public key is no secret: an HMAC made with it must not hold."""
    content = f"{WEBHOOK}.{TIMESTAMP}.".encode() + BODY
    forged = hmac.new(base64.b64decode(PUBLIC.removeprefix("whpk_")), content, hashlib.sha256).digest()
    assert not holds("v1," + base64.b64encode(forged).decode(), PUBLIC)
    ed25519 = sign([PRIVATE], WEBHOOK, TIMESTAMP, BODY)
    assert not holds("v1," + ed25519.removeprefix("v1a,"), PUBLIC, SECRET)
    assert not holds(SIGNATURE.replace("v1,", "v1a,"), PUBLIC, SECRET)


@pytest.mark.parametrize(("off", "accepted"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_verify__the_time__five_minutes_either_way(off: int, accepted: bool) -> None:
    assert holds(SIGNATURE, now=TIMESTAMP + off) == accepted


@pytest.mark.parametrize("timestamp", ["", "-1", "+1614265330", "01614265330", "1614265330.0", "١", f"{TIMESTAMP}\n"])
def test_verify__timestamp_of_another_shape__false(timestamp: str) -> None:
    assert not holds(SIGNATURE, timestamp=timestamp)


def test_a_full_stop_moves_nothing() -> None:
    """`a.1` sent at 2 must not be `a` sent at 1 with a body that begins with the rest."""
    with pytest.raises(Malformed):
        sign([SECRET], "a.1", 2, b"x")
    assert not holds(sign([SECRET], "a", 1, b"2.x"), webhook_id="a.1", timestamp="2", body=b"x", now=2)


def test_verify__more_signatures_than_anybody_sends__cut() -> None:
    assert holds("v1,x " * (webhook_signatures.MOST_SIGNATURES - 1) + SIGNATURE)
    assert not holds("v1,x " * webhook_signatures.MOST_SIGNATURES + SIGNATURE)


def test_sign__without_a_key__refused() -> None:
    with pytest.raises(Malformed):
        sign([], WEBHOOK, TIMESTAMP, BODY)
    assert not verify([], WEBHOOK, str(TIMESTAMP), SIGNATURE, BODY, now=TIMESTAMP)


def base64_key(prefix: str, raw: bytes) -> str:
    return prefix + base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "whsec_",
        "whsec_!",
        SECRET.removeprefix("whsec_"),
        SECRET + "\n",
        base64_key("whsec_", bytes(23)),
        base64_key("whsec_", bytes(65)),
        base64_key("whsk_", bytes(31)),
        base64_key("whsk_", bytes(64)),
        PUBLIC,
    ],
)
def test_sign__by_what_is_no_key__refused(key: str) -> None:
    with pytest.raises(Malformed):
        sign([key], WEBHOOK, TIMESTAMP, BODY)


@pytest.mark.parametrize("key", ["", base64_key("whpk_", bytes(32)), base64_key("whpk_", bytes(31)), "whsec_AAAA"])
def test_verify__by_what_is_no_key__is_our_fault(key: str) -> None:
    with pytest.raises(Malformed):
        holds(SIGNATURE, key)


def test_private_keys__of_64_bytes__as_some_libraries_write_them() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    long = base64_key("whsk_", private.private_bytes_raw() + private.public_key().public_bytes_raw())
    assert public_key_of(long) == PUBLIC
    assert sign([long], WEBHOOK, TIMESTAMP, BODY) == sign([PRIVATE], WEBHOOK, TIMESTAMP, BODY)


def test_new_keys__are_random_and_of_the_specifications_form() -> None:
    assert len({new_secret() for _ in range(20)}) == 20
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
    private, public = new_key_pair()
    assert private.startswith("whsk_")
    assert public_key_of(private) == public


@given(st.text(max_size=120), st.text(max_size=40), st.text(max_size=15))
def test_verify__any_headers__false_and_no_exception(signatures: str, webhook_id: str, timestamp: str) -> None:
    for key in (SECRET, PUBLIC):
        assert not verify([key], webhook_id, str(TIMESTAMP), signatures, BODY, now=TIMESTAMP)
        assert not holds(f"v1,{signatures}", key)
        assert not holds(f"v1a,{signatures}", key)
        assert not holds(SIGNATURE, key, timestamp=timestamp)
