"""Wallets: addresses of three networks, keys that nobody holds, the text to sign, signatures in each network's way."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import BadAddress
from holdfast.identity.wallet_addresses import checksummed_hex, decode_base58, is_sound_key
from holdfast.identity.wallets import Network, Wallet, challenge_text, parse_address, verify

NETWORKS: tuple[Network, ...] = ("stellar", "solana", "casper")
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

STELLAR = "GBXFXNDLV4LSWA4VB7YIL5GBD7BVNR22SGBTDKMO2SBZZHDXSKZYCP7L"
SOLANA = "Ho87cuS3aSRgUMCeMrV7uNCCWx6Fj2ytnufYQ1W7KCLr"
SOLANA_KEY = "f98bc0832e705e2ba354fb4df4e521e622480fa08663280d3992e57df21001db"
RFC_8032 = [  # section 7.1, tests 1 and 2: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
CASPER_KEY = RFC_8032[0][0]
CHECKSUMS = [  # of the node's own scheme, as two SDKs of other languages test theirs
    "66B754c5E2981B41D41af39B88C8583bD08EF176eB1a81F56b8F395685805968",
    "eA1D6C19ccAeb35Ae717065c250E0F7F6Dc64AC3c6494a797E0b33A23CA1f1b9",
    "51DA5aE5C39880Bfe4f94B0898332d1BD37e647F72f79Cf23475df1Bb1f85bEA",
    "010573D52dFA032716fDC2AE5396987f280304106fC11f6Ac6Ccf287B81dc09ED7",
]
SEP_53: list[tuple[str | bytes, str]] = [  # SEP-53 1.0.0, test cases, all by the address above
    ("Hello, World!", "fO5dbYhXUhBMhe6kId/cuVq/AfEnHRHEvsP8vXh03M1uLpi5e46yO2Q8rEBzu3feXQewcQE5GArp88u6ePK6BA=="),
    ("こんにちは、世界！", "CDU265Xs8y3OWbB/56H9jPgUss5G9A0qFuTqH2zs2YDgTm+++dIfmAEceFqB7bhfN3am59lCtDXrCtwH2k1GBA=="),
    (
        base64.b64decode("2zZDP1sa1BVBfLP7TeeMk3sUbaxAkUhBhDiNdrksaFo="),
        "VA1+7hefNwv2NKScH6n+Sljj15kLAge+M2wE7fzFOf+L0MMbssA1mwfJZRyyrhBORQRle10X1Dxpx+UOI4EbDQ==",
    ),
]
P = 2**255 - 19


def base58(raw: bytes) -> str:
    value, text = int.from_bytes(raw, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def strkey(version: int, key: bytes) -> str:
    """With a CRC by polynomial division, as another way to the same checksum."""
    body = bytes([version]) + key
    remainder = int.from_bytes(body, "big") << 16
    for place in range(remainder.bit_length() - 1, 15, -1):
        if remainder >> place & 1:
            remainder ^= 0x11021 << (place - 16)
    return base64.b32encode(body + remainder.to_bytes(2, "little")).decode()


def addressed(network: Network, key: bytes) -> str:
    return {"stellar": lambda: strkey(48, key), "solana": lambda: base58(key), "casper": lambda: "01" + key.hex()}[
        network
    ]()


def refusal(text: str) -> str:
    with pytest.raises(BadAddress) as caught:
        parse_address(text)
    return caught.value.message


def signed(network: Network, key: Ed25519PrivateKey, text: str) -> bytes:
    message = {
        "stellar": hashlib.sha256(("Stellar Signed Message:\n" + text).encode()).digest(),
        "casper": ("Casper Message:\n" + text).encode(),
        "solana": text.encode(),
    }
    return key.sign(message[network])


def test_parse_address__stellar() -> None:
    wallet = parse_address(STELLAR)
    assert (wallet.network, wallet.address) == ("stellar", STELLAR)
    assert strkey(48, wallet.public_key) == STELLAR


def test_parse_address__solana() -> None:
    assert parse_address(SOLANA) == Wallet("solana", SOLANA, bytes.fromhex(SOLANA_KEY))


@pytest.mark.parametrize("form", [str.lower, str.upper, lambda key: checksummed_hex(bytes.fromhex(key))])
def test_parse_address__casper__in_each_case(form: Any) -> None:
    wallet = parse_address("01" + form(CASPER_KEY))
    assert wallet == Wallet("casper", "01" + CASPER_KEY, bytes.fromhex(CASPER_KEY))


@pytest.mark.parametrize("text", CHECKSUMS)
def test_checksummed_hex__known_vectors(text: str) -> None:
    assert checksummed_hex(bytes.fromhex(text)) == text


def test_parse_address__stellar__any_character_altered__refused() -> None:
    for place in range(1, len(STELLAR)):
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".replace(STELLAR[place], ""):
            assert "checksum" in refusal(STELLAR[:place] + other + STELLAR[place + 1 :])


def test_parse_address__casper__any_letters_case_altered__refused() -> None:
    text = "01" + checksummed_hex(bytes.fromhex(CASPER_KEY))
    letters = [place for place, character in enumerate(text) if character.isalpha()]
    assert len(letters) > 10
    for place in letters:
        assert "checksum" in refusal(text[:place] + text[place].swapcase() + text[place + 1 :])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("02" + "ab" * 33, "secp256k1"),
        ("03" + CASPER_KEY, "another length or kind"),
        ("01" + CASPER_KEY + "00", "another length or kind"),
        ("01" + CASPER_KEY[:-1], "another length or kind"),
        ("02" + CASPER_KEY, "another length or kind"),
        (CASPER_KEY, "another length or kind"),
        ("account-hash-" + CASPER_KEY, "names no key"),
        (strkey(18 << 3, bytes.fromhex(CASPER_KEY)), "begins with G"),  # a seed: S…
        (strkey(2 << 3, bytes.fromhex(CASPER_KEY)), "begins with G"),  # a contract: C…
        (STELLAR.lower(), "no address"),
        (STELLAR[:-1], "no address"),
        (SOLANA + "1", "no address"),
        ("1" + SOLANA, "no address"),
        (SOLANA[:-1] + "0", "no address"),
        (SOLANA[:-1] + "l", "no address"),
        (base58(b"\x01" + bytes(30)), "no address"),  # 31 and 33 bytes
        (base58(b"\x01" + bytes(32)), "no address"),
        (base58(b"\x02" + bytes(31)), "not a point"),  # a program's address, off the curve
        ("", "no address"),
        (f" {SOLANA}", "no address"),
        (f"{SOLANA}\n", "no address"),
        (f"{STELLAR}\n", "no address"),
        (f"01{CASPER_KEY}\n", "no address"),
        ("0x" + CASPER_KEY, "no address"),
        ("G" * 10_000, "too long"),
        ("Ｇ" + STELLAR[1:], "too long or has characters"),
    ],
)
def test_parse_address__is_none__refused_with_its_reason(text: str, says: str) -> None:
    assert says in refusal(text)


SMALL_ORDER = [
    (1).to_bytes(32, "little"),
    (P - 1).to_bytes(32, "little"),
    bytes(32),
    bytes(31) + b"\x80",
    *(
        bytes.fromhex(key)
        for key in (
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        )
    ),
]
NOT_CANONICAL = [
    P.to_bytes(32, "little"),
    (P + 1).to_bytes(32, "little"),
    (P + 3).to_bytes(32, "little"),  # y = 3 is a point of large order: only its encoding is wrong
    (2**255 - 1).to_bytes(32, "little"),
    (P | 1 << 255).to_bytes(32, "little"),
    (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with the sign bit
    (P - 1 | 1 << 255).to_bytes(32, "little"),
]


def test_the_points_are_what_they_are_said_to_be() -> None:
    assert is_sound_key((3).to_bytes(32, "little"))
    assert not is_sound_key((2).to_bytes(32, "little"))  # off the curve
    assert not is_sound_key(b"")
    assert not is_sound_key(bytes.fromhex(CASPER_KEY) + b"\0")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("key", SMALL_ORDER + NOT_CANONICAL, ids=bytes.hex)
def test_parse_address__key_of_nobody__refused(network: Network, key: bytes) -> None:
    assert "not a point" in refusal(addressed(network, key))


@pytest.mark.parametrize("key", SMALL_ORDER, ids=bytes.hex)
def test_verify__under_a_key_of_small_order__false(key: bytes) -> None:
    """Without the check a signature of zeros can hold for any text."""
    identity = (1).to_bytes(32, "little")
    for text in map(str, range(20)):
        assert not verify(Wallet("solana", base58(key), key), text, identity + bytes(32))


@given(st.binary(min_size=32, max_size=32))
def test_is_sound_key__keys_of_wallets(seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert is_sound_key(key)
    for network in NETWORKS:
        assert parse_address(addressed(network, key)).public_key == key


@pytest.mark.parametrize(("message", "signature"), SEP_53)
def test_verify__sep_53_vectors(message: str | bytes, signature: str) -> None:
    wallet = parse_address(STELLAR)
    raw = base64.b64decode(signature)
    assert all(verify(wallet, message, form) for form in (signature, raw, raw.hex(), base58(raw)))
    assert base64.b64decode(spare := signature[:-3] + chr(ord(signature[-3]) + 1) + "==") == raw
    assert not verify(wallet, message, spare)
    assert not verify(wallet, message + (b" " if isinstance(message, bytes) else " "), signature)


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_verify__solana__rfc_8032_vectors(key: str, message: bytes, signature: str) -> None:
    wallet = parse_address(base58(bytes.fromhex(key)))
    assert verify(wallet, message, bytes.fromhex(signature))
    assert verify(wallet, message, base58(bytes.fromhex(signature)))
    assert not verify(wallet, message + b"\0", bytes.fromhex(signature))


@pytest.mark.parametrize("network", NETWORKS)
def test_verify__each_networks_way__and_no_others(network: Network) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    wallet = parse_address(addressed(network, private.public_key().public_bytes_raw()))
    text = challenge()
    assert verify(wallet, text, signed(network, private, text))
    for other in set(NETWORKS) - {network}:
        assert not verify(wallet, text, signed(other, private, text))


def test_verify__casper__with_the_keys_tag() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = private.public_key().public_bytes_raw()
    signature = signed("casper", private, "hello")
    casper = parse_address("01" + key.hex())
    for form in (signature, b"\x01" + signature, signature.hex(), "01" + signature.hex(), signature.hex().upper()):
        assert verify(casper, "hello", form)
    assert not verify(casper, "hello", b"\x02" + signature)
    assert not verify(casper, "hello", "02" + signature.hex())
    solana, raw = parse_address(base58(key)), signed("solana", private, "hello")
    assert verify(solana, "hello", raw.hex())
    assert not verify(solana, "hello", b"\x01" + raw)
    assert not verify(solana, "hello", "01" + raw.hex())


@pytest.mark.parametrize("network", NETWORKS)
def test_verify__any_byte_altered__false(network: Network) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    wallet = parse_address(addressed(network, private.public_key().public_bytes_raw()))
    text = challenge(bound_hash="ab" * 32)
    signature = signed(network, private, text)
    for place in range(64):
        altered = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        assert not verify(wallet, text, altered)
    for place in range(len(text)):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        assert not verify(wallet, changed, signature)
    beyond = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    assert not verify(wallet, text, signature[:32] + beyond.to_bytes(32, "little"))  # S + L: the same, written anew


@given(st.text(max_size=140) | st.binary(max_size=70))
def test_verify__any_signature__false_and_no_exception(signature: str | bytes) -> None:
    for address in (STELLAR, SOLANA, "01" + CASPER_KEY):
        assert not verify(parse_address(address), "text", signature)


@given(st.text(max_size=140))
def test_parse_address__any_text__only_our_error(text: str) -> None:
    try:
        parse_address(text)
    except BadAddress:
        return


@given(st.text(alphabet=ALPHABET, min_size=32, max_size=44) | st.from_regex(r"01[0-9a-f]{64}", fullmatch=True))
def test_parse_address__nearly_one__an_address_or_our_error(text: str) -> None:
    try:
        wallet = parse_address(text)
    except BadAddress:
        return
    assert addressed(wallet.network, wallet.public_key) == wallet.address == text


@given(st.binary(max_size=64))
def test_base58__both_ways(raw: bytes) -> None:
    assert decode_base58(base58(raw)) == raw


def challenge(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "domain": "desk.example",
        "address": STELLAR,
        "nonce": "Zm9yIG9uZSB1c2Ugb25seQ",
        "issued_at": 1_767_225_600,
        "expires_at": 1_767_225_900,
        "purpose": "sign in",
    }
    return challenge_text(**(parts | changes))


def test_challenge_text__tells_all() -> None:
    assert challenge() == (
        "desk.example asks you to sign in with this wallet:\n"
        f"{STELLAR}\n"
        "\n"
        "Purpose: sign in\n"
        "Nonce: Zm9yIG9uZSB1c2Ugb25seQ\n"
        "Issued at: 2026-01-01T00:00:00Z\n"
        "Expires at: 2026-01-01T00:05:00Z\n"
        "\n"
        "Sign only if you asked for this yourself. This is not a transaction of the network."
    )
    bound = challenge(purpose="term.unstake", bound_hash="ab" * 32)
    assert "approve one command with this wallet" in bound
    assert f"\nCommand SHA-256: {'ab' * 32}\n" in bound


CHANGES: list[dict[str, Any]] = [
    {"domain": "desk.example:8443"},
    {"address": SOLANA},
    {"nonce": "Zm9yIG9uZSB1c2Ugb25seR"},
    {"issued_at": 1_767_225_601},
    {"expires_at": 1_767_225_901},
    {"purpose": "sign out"},
    {"bound_hash": "ab" * 32},
    {"bound_hash": "ac" * 32},
]


def test_challenge_text__no_two_are_the_same() -> None:
    texts = [challenge(), *(challenge(**change) for change in CHANGES)]
    assert len(set(texts)) == len(texts)
    assert all(text.isascii() for text in texts)


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "desk.example\nPurpose: x"},
        {"domain": "DESK.example"},
        {"domain": "desk.example/x"},
        {"domain": ""},
        {"address": "G A"},
        {"nonce": "short"},
        {"nonce": "with a space in it and long enough"},
        {"nonce": "Zm9yIG9uZSB1c2Ugb25seQ\n"},
        {"purpose": "sign in\nNonce: 1"},
        {"purpose": "sign in\n"},
        {"purpose": "sign \u202ein"},
        {"purpose": ""},
        {"bound_hash": "AB" * 32},
        {"bound_hash": ""},
        {"expires_at": 1_767_225_600},
        {"issued_at": -1},
    ],
    ids=repr,
)
def test_challenge_text__part_of_another_shape__is_our_fault(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="challenge"):
        challenge(**change)
