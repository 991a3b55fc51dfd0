"""Answers as bytes: JSON, problem details (RFC 9457), and the headers that every answer has."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.types import Send
from msgspec import Struct

from holdfast.errors import HoldfastError
from holdfast.wire.problems import remedy

Header = tuple[bytes, bytes]

JSON = b"application/json"
PROBLEM = b"application/problem+json"

GUARDED: tuple[Header, ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
"""On every answer, errors too. Pages have a policy of their own in place of the first."""

encode = msgspec.json.Encoder(order="deterministic").encode
"""The same object gives the same bytes: an entity tag is made of them."""

_NAMED = {name for name, _ in GUARDED}


class Reply(Struct, frozen=True):
    """An answer that is more than an object: another status, headers, or bytes that are no JSON."""

    body: Any = None
    status: int | None = None
    headers: tuple[Header, ...] = ()
    content_type: bytes = JSON
    raw: bool = False


def problem(error: HoldfastError, **more: Any) -> dict[str, Any]:
    """An error as problem details.

    Shape: type, title, status, detail as RFC 9457; `code` is stable, `details` is for programs, `remedy` for people.
    """
    told: dict[str, Any] = {
        "type": f"urn:holdfast:error:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "details": dict(error.details),
    }
    if help_ := remedy(error.code):
        told["remedy"] = help_
    return told | more


async def send_bytes(
    send: Send, status: int, body: bytes, content_type: bytes, headers: tuple[Header, ...] = (), *, head: bool = False
) -> None:
    """Send a whole answer. A header given stands in place of the usual one of its name."""
    own = [*headers]
    if body or status not in (204, 304):
        own[:0] = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    given = {name for name, _ in headers} & _NAMED if headers else ()
    usual = GUARDED if not given else tuple(pair for pair in GUARDED if pair[0] not in given)
    await send({"type": "http.response.start", "status": status, "headers": [*own, *usual]})
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})


async def begin_stream(send: Send, content_type: bytes, headers: tuple[Header, ...] = ()) -> None:
    """Begin an answer whose body comes in parts."""
    start = [(b"content-type", content_type), *headers, *GUARDED]
    await send({"type": "http.response.start", "status": 200, "headers": start})
