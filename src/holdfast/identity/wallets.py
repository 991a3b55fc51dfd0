"""Signing in with a wallet: the text that it is asked to sign, and whether a signature is the wallet's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from holdfast.identity.wallet_addresses import Network, Wallet, decode_base58, is_sound_key, parse_address
from holdfast.primitives.clock import format_instant

__all__ = ["Network", "Wallet", "challenge_text", "parse_address", "verify"]

CASPER_PREFIX = b"Casper Message:\n"
STELLAR_PREFIX = b"Stellar Signed Message:\n"

_DOMAIN = re.compile(r"\A[a-z0-9.-]{1,253}(:[0-9]{1,5})?\Z")
_NONCE = re.compile(r"\A[A-Za-z0-9_-]{16,64}\Z")
_PURPOSE = re.compile(r"\A[A-Za-z0-9][ -~]{0,119}\Z")
_ADDRESS = re.compile(r"\A[A-Za-z0-9]{32,68}\Z")
_HASH = re.compile(r"\A[0-9a-f]{64}\Z")
_HEX_SIGNATURE = re.compile(r"\A(01)?[0-9a-fA-F]{128}\Z")
_LONGEST_SIGNATURE = 132


def challenge_text(
    domain: str, address: str, nonce: str, issued_at: int, expires_at: int, purpose: str, bound_hash: str | None = None
) -> str:
    """What the wallet shows its holder and signs: one field to a line, so no two challenges have the same text.

    Shape:     who asks and for which address; the purpose; for a step-up the SHA-256 of the exact command; the nonce
               (16 to 64 of A-Z, a-z, 0-9, - and _), when it was issued and until when it stands. Printable ASCII, so
               that every wallet and every hardware device shows all of it.
    Units:     `issued_at` and `expires_at` in Unix seconds, written as instants.
    Use:       keep the parts and make the text again to verify; the nonce works once; refuse from `expires_at` on.
    Raises:    ValueError for a part that is not of its shape: they are all ours, none is the person's.
    """
    shapes = ((_DOMAIN, domain), (_ADDRESS, address), (_NONCE, nonce), (_PURPOSE, purpose))
    for shape, part in (*shapes, (_HASH, "0" * 64 if bound_hash is None else bound_hash)):
        if not shape.match(part):
            raise ValueError(f"{part[:80]!r} is no part of a challenge")
    if not 0 <= issued_at < expires_at:
        raise ValueError("a challenge expires after it is issued")
    what = "sign in with this wallet" if bound_hash is None else "approve one command with this wallet"
    lines = [
        f"{domain} asks you to {what}:",
        address,
        "",
        f"Purpose: {purpose}",
        *([] if bound_hash is None else [f"Command SHA-256: {bound_hash}"]),
        f"Nonce: {nonce}",
        f"Issued at: {format_instant(issued_at)}",
        f"Expires at: {format_instant(expires_at)}",
        "",
        "Sign only if you asked for this yourself. This is not a transaction of the network.",
    ]
    return "\n".join(lines)


def verify(wallet: Wallet, text: str | bytes, signature: bytes | str) -> bool:
    """Whether the signature is the wallet's over this text, in its network's way of signing messages.

    Formula:   ed25519 (RFC 8032) over
               stellar: SHA-256("Stellar Signed Message:" LF ‖ text)       SEP-53
               casper:  "Casper Message:" LF ‖ text                        as Casper's wallets and SDKs do
               solana:  the text                                           as Solana's wallets do (`signMessage`)
    Forms:     64 bytes, or as text: hex (for Casper also with the key's tag 01 in front), base64, base58.
    Raises:    nothing; what is no key or no signature verifies nothing.
    """
    raw = _signature_bytes(signature, wallet.network)
    if raw is None or not is_sound_key(wallet.public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(wallet.public_key).verify(raw, _signed_bytes(wallet.network, text))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_bytes(network: Network, text: str | bytes) -> bytes:
    message = text.encode() if isinstance(text, str) else text
    if network == "stellar":
        return hashlib.sha256(STELLAR_PREFIX + message).digest()
    return CASPER_PREFIX + message if network == "casper" else message


def _signature_bytes(signature: bytes | str, network: Network) -> bytes | None:
    if isinstance(signature, bytes):
        tagged = network == "casper" and len(signature) == 65 and signature[0] == 1
        raw: bytes | None = signature[1:] if tagged else signature
    elif len(signature) > _LONGEST_SIGNATURE or not signature.isascii():
        return None
    elif _HEX_SIGNATURE.match(signature):
        raw = bytes.fromhex(signature[-128:]) if len(signature) == 128 or network == "casper" else None
    elif signature.endswith("="):
        raw = _base64(signature)
    else:
        raw = decode_base58(signature)
    return raw if raw is not None and len(raw) == 64 else None


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
