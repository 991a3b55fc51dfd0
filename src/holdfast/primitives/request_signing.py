"""Signed requests, as both ends see them: which bytes are signed, and in which headers the signature goes along.

    Holdfast-Key:        the key's id
    Holdfast-Time:       Unix seconds at which the request was signed
    Holdfast-Nonce:      16 to 64 of A-Z, a-z, 0-9, - and _, new for each request
    Holdfast-Signature:  base64 of the 64 bytes

The API key itself goes along in Authorization; its id is signed with the rest, and so is the Idempotency-Key.
"""

from __future__ import annotations

import base64
import hashlib
import re

from holdfast.errors import BadRequestSignature

KEY_HEADER, TIME_HEADER = "Holdfast-Key", "Holdfast-Time"
NONCE_HEADER, SIGNATURE_HEADER = "Holdfast-Nonce", "Holdfast-Signature"
VERSION = "holdfast request 1"
"""The first line of what is signed: a signature made for anything else is good for nothing here."""

TIME = re.compile(r"\A(0|[1-9][0-9]{0,11})\Z")
_KEY = re.compile(r"\A[A-Za-z0-9._:-]{1,64}\Z")
_METHOD = re.compile(r"\A[A-Z]{1,16}\Z")
_PATH = re.compile(r"\A/[!-~]*\Z")
_QUERY = re.compile(r"\A[!-~]*\Z")
_ID = re.compile(r"\A([!-~]([ -~]{0,58}[!-~])?)?\Z")
_NONCE = re.compile(r"\A[A-Za-z0-9_-]{16,64}\Z")


def key_id(token: str) -> str:
    """The id of an API key, which its holder can work out: the first 16 hex digits of what is stored of it.

    Formula:   SHA-256("holdfast token 1" LF ‖ UTF-8 of the key), in hex.
    """
    return hashlib.sha256(b"holdfast token 1\n" + token.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def message(method: str, path: str, query: str, body: bytes, time: int, nonce: str, *, key: str, id: str = "") -> bytes:
    """The bytes that a request's signature covers.

    Formula:   the version, key, method, path, query, id, time, nonce and SHA-256 of the body in hex, one to a line,
               each line ended by a line feed; ASCII. No field can hold a line end, so no two requests have the same
               bytes. Path and query are those of the request line, as sent (percent-encoded, without the question
               mark); a request without a query has an empty line there, one without a body the hash of nothing. `id`
               is the Idempotency-Key, an empty line where there is none.
    Units:     `time` in Unix seconds.
    Raises:    BadRequestSignature for a field that is not of its shape.
    """
    written = str(time)
    shapes = (
        (_KEY, key), (_METHOD, method), (_PATH, path), (_QUERY, query), (_ID, id), (TIME, written), (_NONCE, nonce),
    )  # fmt: skip
    for shape, field in shapes:
        if not shape.match(field):
            raise BadRequestSignature(f"{field[:40]!r} cannot be signed: it is not of the documented shape.")
    if "?" in path:
        raise BadRequestSignature("The path ends at the question mark; what follows is the query.")
    fields = (VERSION, key, method, path, query, id, written, nonce, hashlib.sha256(body).hexdigest())
    return "".join(f"{field}\n" for field in fields).encode()


def sign(
    private_key: bytes,
    method: str,
    path: str,
    query: str,
    body: bytes,
    time: int,
    nonce: str,
    *,
    key: str,
    id: str = "",
) -> str:
    """The signature header's value, by the 32 bytes of an ed25519 private key."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - only who signs pays for it

    signed = message(method, path, query, body, time, nonce, key=key, id=id)
    return base64.b64encode(ed25519.Ed25519PrivateKey.from_private_bytes(private_key).sign(signed)).decode()
