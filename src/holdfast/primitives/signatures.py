"""What an attestor signs, and whether a signature holds: ed25519 over a text of one field to a line.

The library is loaded when the first signature is made or checked, so that nothing else pays for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from holdfast.primitives.clock import format_instant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_PATTERN = r"\A[0-9a-f]{64}\Z"
SIGNATURE_PATTERN = r"\A[0-9a-f]{128}\Z"

REPORT_VERSION = "holdfast report 1"
"""The first line of what is signed: a signature made for anything else is good for nothing here."""


def report_message(
    network: str,
    resource: str,
    start: int,
    end: int,
    uptime_bps: int,
    quality_bps: int,
    availability_bps: int,
    sequence: int,
) -> bytes:
    """The bytes that a report's signature covers.

    Formula:   the version, network, resource, from, to, uptime, quality, availability and sequence, one to a line,
               each line ended by a line feed; UTF-8
    Units:     `start` and `end` are Unix seconds, written as instants; names hold no line ends, so no two reports
               have the same text.
    """
    span = (format_instant(start), format_instant(end))
    fields = (REPORT_VERSION, network, resource, *span, uptime_bps, quality_bps, availability_bps, sequence)
    return "".join(f"{field}\n" for field in fields).encode()


def verify(public_key_hex: str, message: bytes, signature_hex: str) -> bool:
    """Whether the signature is that of the key's holder over just these bytes (RFC 8032, ed25519).

    Raises: nothing; a key or signature that is none verifies nothing.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only who checks signatures pays for it

    try:
        _key(public_key_hex).verify(bytes.fromhex(signature_hex), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4096)
def _key(public_key_hex: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above

    return ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex))
