"""Passkeys: the W3C's vectors, a device in software, and answers that were changed in every place."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import BadPasskey
from holdfast.identity import passkeys
from holdfast.identity.passkeys import Passkey, RelyingParty
from passkey_device import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    EDDSA,
    ES256,
    PRESENT,
    RS256,
    VERIFIED,
    Device,
    base64url,
)

PARTY = RelyingParty("desk.example", "Holdfast", "https://desk.example")
W3C = RelyingParty("example.org", "W3C", "https://example.org")
VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("w3c_webauthn_vectors.json").read_text("utf-8"))
CHALLENGE = bytes(range(32))
Answer = dict[str, Any]


def created(device: Device, **changes: Any) -> Answer:
    return device.create(passkeys.registration_options(PARTY, "ann", passkeys.new_handle(), CHALLENGE), **changes)


def registered(device: Device) -> Passkey:
    return passkeys.verify_registration(PARTY, CHALLENGE, created(device))


def got(device: Device, **changes: Any) -> Answer:
    return device.get(passkeys.authentication_options(PARTY, CHALLENGE), **changes)


def verified(passkey: Passkey, answer: Answer, **others: Any) -> Passkey:
    return passkeys.verify_authentication(PARTY, CHALLENGE, passkey, answer, **others)


def with_part(answer: Answer, name: str, value: object) -> Answer:
    return answer | {"response": answer["response"] | {name: value}}


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def w3c_answer(vector: dict[str, str], *parts: str) -> tuple[bytes, Answer]:
    """A vector's challenge and its answer in the shape that a browser sends."""
    names = {
        "client_data_json": "clientDataJSON",
        "attestation_object": "attestationObject",
        "authenticator_data": "authenticatorData",
        "signature": "signature",
    }
    response = {names[part]: base64url(bytes.fromhex(vector[part])) for part in ("client_data_json", *parts)}
    challenge = raw(json.loads(bytes.fromhex(vector["client_data_json"]))["challenge"])
    given_id = base64url(bytes.fromhex(vector["credential_id"]))
    return challenge, {"id": given_id, "rawId": given_id, "type": "public-key", "response": response}


def w3c_passkey(vector: dict[str, str]) -> Passkey:
    x = bytes.fromhex(vector["x"])
    es256 = {1: 2, 3: ES256, -1: 1, -2: x, -3: bytes.fromhex(vector.get("y", ""))}
    key = es256 if "y" in vector else {1: 1, 3: EDDSA, -1: 6, -2: x}
    return Passkey(base64url(bytes.fromhex(vector["credential_id"])), cbor2.dumps(key))


W3C_REGISTRATIONS = {
    "16.2 none, ES256, user not verified": "user was not verified",
    "16.3 self attestation, ES256, user verified": None,
    "16.5 none, ES256, top origin": "another site's frame",
}
W3C_AUTHENTICATIONS = {
    "16.2 none, ES256, user not verified": "user was not verified",
    "16.4 none, ES256, cross origin": "another site's frame",
    "16.6 none, ES256, longest id, user verified": None,
    "16.11 EdDSA, user not verified": "user was not verified",
}


@pytest.mark.parametrize(("name", "refused"), W3C_REGISTRATIONS.items())
def test_registration__w3c_vectors__as_we_demand(name: str, refused: str | None) -> None:
    vector = VECTORS["registrations"][name]
    challenge, answer = w3c_answer(vector, "attestation_object")
    if refused is None:
        passkey = passkeys.verify_registration(W3C, challenge, answer)
        assert passkey.id == base64url(bytes.fromhex(vector["credential_id"]))
        assert passkey.backed_up
    else:
        with pytest.raises(BadPasskey, match=refused):
            passkeys.verify_registration(W3C, challenge, answer)


@pytest.mark.parametrize(("name", "refused"), W3C_AUTHENTICATIONS.items())
def test_authentication__w3c_vectors__as_we_demand(name: str, refused: str | None) -> None:
    vector = VECTORS["authentications"][name]
    challenge, answer = w3c_answer(vector, "authenticator_data", "signature")
    if refused is None:
        assert passkeys.verify_authentication(W3C, challenge, w3c_passkey(vector), answer).sign_count == 0
    else:
        with pytest.raises(BadPasskey, match=refused):
            passkeys.verify_authentication(W3C, challenge, w3c_passkey(vector), answer)


def test_all_vectors_are_used() -> None:
    assert VECTORS["registrations"].keys() == W3C_REGISTRATIONS.keys()
    assert VECTORS["authentications"].keys() == W3C_AUTHENTICATIONS.keys()


@pytest.mark.parametrize("algorithm", [EDDSA, ES256, RS256])
def test_a_passkey_is_made_and_used(algorithm: int) -> None:
    device = Device(algorithm)
    passkey = registered(device)
    assert passkey.id == base64url(device.id)
    assert verified(passkey, got(device)) == passkey


def test_options__ask_for_what_is_demanded() -> None:
    passkey = Passkey("AAAA", b"", transports=("internal",))
    asked = passkeys.registration_options(PARTY, "ann", "AQID", CHALLENGE, [passkey])
    assert asked["rp"] == {"id": "desk.example", "name": "Holdfast"}
    assert asked["user"]["id"] == "AQID"
    assert asked["challenge"] == base64url(CHALLENGE)
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert [kind["alg"] for kind in asked["pubKeyCredParams"]] == [EDDSA, ES256, RS256]
    assert asked["excludeCredentials"] == [{"id": "AAAA", "type": "public-key", "transports": ["internal"]}]
    used = passkeys.authentication_options(PARTY, CHALLENGE, [passkey])
    assert (used["rpId"], used["userVerification"], used["challenge"]) == (
        "desk.example",
        "required",
        base64url(CHALLENGE),
    )
    assert [allowed["id"] for allowed in used["allowCredentials"]] == ["AAAA"]
    assert len(passkeys.new_challenge()) == 32
    assert passkeys.new_challenge() != passkeys.new_challenge()


SAID = {
    "another purpose": [{"type": "webauthn.create"}, {"type": "payment.get"}, {"type": None}, {"type": ...}],
    "another challenge": [
        {"challenge": base64url(bytes(32))},
        {"challenge": base64url(CHALLENGE) + "="},
        {"challenge": base64url(CHALLENGE) + "\n"},
        {"challenge": ""},
        {"challenge": 7},
        {"challenge": "\ud800"},
        {"challenge": ...},
    ],
    "another page": [
        {"origin": "https://desk.example:444"},
        {"origin": "http://desk.example"},
        {"origin": "https://desk.example/"},
        {"origin": "https://DESK.example"},
        {"origin": "https://desk.example.evil.example"},
        {"origin": "https://evil.desk.example"},
        {"origin": ["https://desk.example"]},
        {"origin": ...},
    ],
    "frame": [
        {"crossOrigin": True},
        {"crossOrigin": "false"},
        {"crossOrigin": 0},
        {"crossOrigin": None},
        {"topOrigin": "https://desk.example"},
        {"topOrigin": None},
    ],
}


@pytest.mark.parametrize(
    ("reason", "said"), [(reason, said) for reason, changes in SAID.items() for said in changes], ids=repr
)
def test_client_data__says_something_else__refused(reason: str, said: dict[str, Any]) -> None:
    device = Device()
    passkey = registered(device)
    with pytest.raises(BadPasskey, match=reason):
        verified(passkey, got(device, **said))
    other = {"type": "webauthn.get"} if said == {"type": "webauthn.create"} else said
    with pytest.raises(BadPasskey, match=reason):
        passkeys.verify_registration(PARTY, CHALLENGE, created(device, **other))


def test_client_data__without_cross_origin__accepted() -> None:
    device = Device()
    assert verified(registered(device), got(device, crossOrigin=...))


def test_client_data__a_member_twice__refused() -> None:
    device = Device()
    passkey = registered(device)
    plain = raw(got(device)["response"]["clientDataJSON"])
    twice = plain[:-1] + b', "origin": "https://desk.example"}'
    answer = device.answer(clientDataJSON=twice, authenticatorData=device.data("desk.example", 5), signature=b"")
    with pytest.raises(BadPasskey, match="not readable"):
        verified(passkey, answer)


@pytest.mark.parametrize("client_data", [b"", b"[]", b"7", b"\xff", b"{", b"[" * 50_000, b'{"type": NaN}'])
def test_client_data__is_none__refused(client_data: bytes) -> None:
    device = Device()
    passkey = registered(device)
    with pytest.raises(BadPasskey):
        verified(passkey, with_part(got(device), "clientDataJSON", base64url(client_data)))


@pytest.mark.parametrize("flags", [0, PRESENT, VERIFIED, PRESENT | VERIFIED | BACKED_UP, PRESENT | VERIFIED | 0x80])
def test_flags__signed_but_not_enough__refused(flags: int) -> None:
    device = Device()
    passkey = registered(device)
    with pytest.raises(BadPasskey):
        verified(passkey, got(device, flags=flags))
    with pytest.raises(BadPasskey):
        passkeys.verify_registration(PARTY, CHALLENGE, created(device, flags=flags))


def test_flags__backed_up__noted() -> None:
    device = Device()
    passkey = registered(device)
    assert not passkey.backed_up
    assert verified(passkey, got(device, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)).backed_up


@pytest.mark.parametrize("algorithm", [EDDSA, ES256])
@pytest.mark.parametrize("name", ["authenticatorData", "clientDataJSON", "signature"])
def test_authentication__any_byte_altered__refused(algorithm: int, name: str) -> None:
    """Every byte: the domain's hash, the flags, the count, the challenge, the origin and the signature."""
    device = Device(algorithm, counts=True)
    passkey = registered(device)
    answer = got(device)
    assert verified(passkey, answer).sign_count == 1
    part = raw(answer["response"][name])
    for place in range(len(part)):
        for changed in {part[place] ^ 1, part[place] ^ 0x80}:
            altered = part[:place] + bytes([changed]) + part[place + 1 :]
            with pytest.raises(BadPasskey):
                verified(passkey, with_part(answer, name, base64url(altered)))


def test_authentication__any_flags_altered__refused() -> None:
    device = Device()
    passkey = registered(device)
    answer = got(device)
    part = raw(answer["response"]["authenticatorData"])
    for flags in set(range(256)) - {PRESENT | VERIFIED}:
        altered = part[:32] + bytes([flags]) + part[33:]
        with pytest.raises(BadPasskey):
            verified(passkey, with_part(answer, "authenticatorData", base64url(altered)))


def test_registration__challenge_or_origin_altered__refused() -> None:
    device = Device()
    answer = created(device)
    part = raw(answer["response"]["clientDataJSON"])
    begins = part.index(b'"challenge"')
    for place in range(begins, part.index(b'"crossOrigin"')):
        altered = part[:place] + bytes([part[place] ^ 1]) + part[place + 1 :]
        with pytest.raises(BadPasskey):
            passkeys.verify_registration(PARTY, CHALLENGE, with_part(answer, "clientDataJSON", base64url(altered)))


def test_registration__domain_altered__refused() -> None:
    device = Device()
    answer = created(device)
    for party in (RelyingParty("example", "x", PARTY.origin), RelyingParty("desk.example.org", "x", PARTY.origin)):
        with pytest.raises(BadPasskey, match="RP ID"):
            passkeys.verify_registration(party, CHALLENGE, answer)


def test_authentication__the_count__must_rise() -> None:
    device = Device(counts=True)
    first = verified(registered(device), got(device))
    assert first.sign_count == 1
    device.count = 0
    with pytest.raises(BadPasskey, match="sign count"):
        verified(first, got(device))
    device.count = 6
    assert verified(first, got(device)).sign_count == 7
    device.counts, device.count = False, 0
    with pytest.raises(BadPasskey, match="sign count"):
        verified(first, got(device))


def test_authentication__another_passkey__refused() -> None:
    device, other = Device(), Device()
    passkey = registered(device)
    with pytest.raises(BadPasskey, match="another passkey"):
        verified(passkey, got(other))
    other.id = device.id
    with pytest.raises(BadPasskey, match="signature"):
        verified(passkey, got(other))


def test_authentication__another_persons_handle__refused() -> None:
    device = Device()
    passkey = registered(device)
    answer = with_part(got(device), "userHandle", "AQID")
    assert verified(passkey, answer, handle="AQID")
    assert verified(passkey, got(device), handle="AQID")
    with pytest.raises(BadPasskey, match="another person"):
        verified(passkey, answer, handle="AQIE")


def test_registration__id_is_not_that_of_the_key__refused() -> None:
    device = Device()
    answer = created(device)
    claimed = base64url(bytes(32))
    with pytest.raises(BadPasskey, match="another passkey"):
        passkeys.verify_registration(PARTY, CHALLENGE, answer | {"id": claimed, "rawId": claimed})


UNSOUND: dict[str, dict[int, Any]] = {
    "P-384": {1: 2, 3: ES256, -1: 2, -2: bytes(48), -3: bytes(48)},
    "off the curve": {1: 2, 3: ES256, -1: 1, -2: bytes(31) + b"\x01", -3: bytes(31) + b"\x01"},
    "RS1": {1: 3, 3: -65535, -1: b"\xff" * 256, -2: b"\x01\x00\x01"},
    "ES512": {1: 2, 3: -36, -1: 1, -2: bytes(32), -3: bytes(32)},
    "OKP of another curve": {1: 1, 3: EDDSA, -1: 4, -2: bytes(32)},
    "no coordinates": {1: 2, 3: ES256, -1: 1},
    "nothing": {},
}


@pytest.mark.parametrize("key", UNSOUND.values(), ids=UNSOUND)
def test_registration__key_not_sound__refused(key: dict[int, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    monkeypatch.setattr(device, "cose_key", lambda: key)
    with pytest.raises(BadPasskey):
        registered(device)


def test_registration__real_keys_of_the_wrong_size__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    on_p384 = {1: 2, 3: ES256, -1: 2, -2: numbers.x.to_bytes(48, "big"), -3: numbers.y.to_bytes(48, "big")}
    monkeypatch.setattr(device, "cose_key", lambda: on_p384)
    with pytest.raises(BadPasskey, match="P-256"):
        registered(device)
    short = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n.to_bytes(128, "big")  # noqa: S505
    monkeypatch.setattr(device, "cose_key", lambda: {1: 3, 3: RS256, -1: short, -2: b"\x01\x00\x01"})
    with pytest.raises(BadPasskey, match="2048"):
        registered(device)


@pytest.mark.parametrize("text", ["A", "AAAA=", "AA AA", "AA+A", "AA/A", "AB", "AÄ", "\n", "A" * 70_000], ids=len)
def test_base64url__in_another_form__refused(text: str) -> None:
    device = Device()
    passkey = registered(device)
    for name in ("authenticatorData", "clientDataJSON", "signature"):
        with pytest.raises(BadPasskey, match="base64url"):
            verified(passkey, with_part(got(device), name, text))


def test_challenge__of_another_length__is_our_fault() -> None:
    device = Device()
    with pytest.raises(ValueError, match="32 bytes"):
        passkeys.verify_registration(PARTY, b"", created(device))


def test_transports__only_known_ones_are_kept() -> None:
    device = Device()
    answer = with_part(created(device), "transports", ["usb", "internal", "usb", "telepathy", 7, None])
    assert passkeys.verify_registration(PARTY, CHALLENGE, answer).transports == ("internal", "usb")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=200).map(base64url),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
DEVICE = Device()
PASSKEY = registered(DEVICE)
GOOD, MADE = got(DEVICE), created(DEVICE)


@given(
    st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"])
    | st.sampled_from(["attestationObject", "userHandle", "transports"]),
    JUNK,
)
def test_answers__with_junk_in_any_place__only_our_error(name: str, junk: Any) -> None:
    def changed(answer: Answer) -> Answer:
        return answer | {name: junk} if name in answer else with_part(answer, name, junk)

    for verify in (
        lambda: verified(PASSKEY, changed(GOOD), handle="AQID"),
        lambda: passkeys.verify_registration(PARTY, CHALLENGE, changed(MADE)),
    ):
        try:
            verify()
        except BadPasskey:
            continue
        assert name in {"rawId", "userHandle", "transports", "attestationObject", "authenticatorData", "signature"}


@given(st.binary(max_size=120))
def test_attestation_objects__any_bytes__only_our_error(junk: bytes) -> None:
    with pytest.raises(BadPasskey):
        passkeys.verify_registration(PARTY, CHALLENGE, with_part(MADE, "attestationObject", base64url(junk)))
