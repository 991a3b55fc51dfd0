"""Addresses of wallets: Stellar `G…`, Solana base58, Casper `01…`. Each is an ed25519 public key in a dress of its own.

A wrong checksum, a wrong length and a key that no wallet can have are told apart, so that a person knows what to copy
again. Keys of small order and encodings that are not canonical are refused: signatures "verify" under them that
nobody made.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from holdfast.errors import BadAddress

Network = Literal["stellar", "solana", "casper"]

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_BASE58)}
_STELLAR = re.compile(r"\A[A-Z2-7]{56}\Z")
_HEX = re.compile(r"\A[0-9a-fA-F]+\Z")
_ACCOUNT_VERSION = 6 << 3
_LONGEST = 128

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1 = pow(2, (_P - 1) >> 2, _P)


class Wallet(Struct, frozen=True):
    """A wallet that can sign in: its network, its address in the one form kept here, its ed25519 public key."""

    network: Network
    address: str
    public_key: bytes


def parse_address(text: str) -> Wallet:
    """The wallet of an address; its network is told by the address's form.

    Stellar:   StrKey, `G` and 55 more of base32, version 6, CRC-16/XModem (SEP-23).
    Solana:    base58 of 32 bytes. It has no checksum; a point off the curve (a program's address) has no key.
    Casper:    `01` and 64 hex digits. All lower or all upper case as they are; mixed case is a checksum as the node
               writes it (CEP-57: per letter the next bit of BLAKE2b-256 of the key, least bit of a byte first, set for
               upper case). Kept in lower case.
    Raises:    BadAddress, naming what is wrong; nothing else, whatever the text.
    """
    if len(text) > _LONGEST or not text.isascii():
        raise BadAddress(f"{text[:20]!r}… is no address: it is too long or has characters that addresses have not.")
    if _HEX.match(text) and len(text) >= 64:
        return _casper(text)
    if _STELLAR.match(text):
        return _stellar(text)
    if text.lower().startswith(("account-hash-", "hash-", "purse-", "uref-")):
        raise BadAddress("A Casper hash names no key. Give the account's public key, which begins with 01.")
    return _solana(text)


def decode_base58(text: str) -> bytes | None:
    """The bytes of a base58 text (Bitcoin's alphabet, a leading 1 for each zero byte), or None if it is none."""
    value = 0
    for character in text:
        digit = _VALUES.get(character)
        if digit is None:
            return None
        value = value * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + value.to_bytes((value.bit_length() + 7) >> 3, "big")


def checksummed_hex(key: bytes) -> str:
    """Hex digits in the case that is Casper's checksum of these bytes."""
    bits = int.from_bytes(hashlib.blake2b(key, digest_size=32).digest(), "little")
    written = []
    for digit in key.hex():
        if digit in "abcdef":
            written.append(digit.upper() if bits & 1 else digit)
            bits >>= 1
        else:
            written.append(digit)
    return "".join(written)


def _stellar(text: str) -> Wallet:
    raw = base64.b32decode(text)
    if _crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little"):
        raise BadAddress("The Stellar address has a wrong checksum: a character is wrong. Copy it again.")
    if raw[0] != _ACCOUNT_VERSION:
        raise BadAddress("This Stellar key is no account: an account's address begins with G.")
    return Wallet("stellar", text, _sound(raw[1:-2], "Stellar"))


def _casper(text: str) -> Wallet:
    tag, key = text[:2], text[2:]
    if tag == "02" and len(key) == 66:
        raise BadAddress("This Casper key is secp256k1 (02…). Only ed25519 keys (01…) can sign in here.")
    if tag != "01" or len(key) != 64:
        raise BadAddress("A Casper address is 01 and 64 hex digits: this one has another length or kind.")
    raw = bytes.fromhex(key)
    if key not in {key.lower(), key.upper(), checksummed_hex(raw)}:
        raise BadAddress("The Casper address has a wrong checksum: the case of a letter does not fit. Copy it again.")
    return Wallet("casper", text.lower(), _sound(raw, "Casper"))


def _solana(text: str) -> Wallet:
    raw = decode_base58(text) if 32 <= len(text) <= 44 else None
    if raw is None or len(raw) != 32:
        raise BadAddress("This is no address of Stellar (G…), Solana (base58 of 32 bytes) or Casper (01…).")
    return Wallet("solana", text, _sound(raw, "Solana"))


def _crc16(data: bytes) -> int:
    """CRC-16/XModem: polynomial 0x1021, beginning with 0."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def _sound(key: bytes, network: str) -> bytes:
    if not is_sound_key(key):
        raise BadAddress(f"No wallet has this {network} address: its key is not a point that can sign.")
    return key


@lru_cache(maxsize=4096)
def is_sound_key(key: bytes) -> bool:
    """Whether 32 bytes are an ed25519 public key that only its holder can sign for.

    Formula:   y < p = 2^255 − 19 (RFC 8032, 5.1.3); x² = (y² − 1) ÷ (d·y² + 1) has a root; eight times the point is
               not the neutral element, so its order is large. The sign of x, its highest bit, changes none of this;
               x = 0, where that bit must be 0, has small order.
    """
    encoded = int.from_bytes(key, "little")
    y = encoded & (1 << 255) - 1
    if len(key) != 32 or y >= _P:
        return False
    x = _root((y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P)
    if x is None:
        return False
    for _ in range(3):
        x, y = _double(x, y)
    return (x, y) != (0, 1)


def _root(square: int) -> int | None:
    """A root of the square modulo p, or None when it is none (p ≡ 5 mod 8)."""
    root = pow(square, (_P + 3) >> 3, _P)
    for candidate in (root, root * _SQRT_MINUS_1 % _P):
        if candidate * candidate % _P == square:
            return candidate
    return None


def _double(x: int, y: int) -> tuple[int, int]:
    """Twice a point of −x² + y² = 1 + d·x²·y²; the law is complete, so no case is special."""
    product = _D * x * x * y * y % _P
    double_x = 2 * x * y * pow(1 + product, -1, _P) % _P
    double_y = (y * y + x * x) * pow(1 - product, -1, _P) % _P
    return double_x, double_y
