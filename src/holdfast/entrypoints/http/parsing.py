"""Requests read strictly: what is not of the stated shape is refused, and the message names the field."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from litestar.types import Receive
from msgspec import inspect

from holdfast.errors import Malformed
from holdfast.wire.codec import first_twice, parse_json
from holdfast.wire.reasons import hint_at, reason_of

MAX_QUERY = 4_096
"""Bytes of a query string."""

BODY_SECONDS = 30
"""How long a body may take to come."""
_LATE = object()

MAX_DEPTH = 32
"""Arrays and objects inside each other …"""
MAX_BRACKETS = 100_000
"""… and in all: more than any bulk has, and what takes some hundredths of a second to read."""

SINGLE = frozenset((
    b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"last-event-id", b"origin",
    b"sec-fetch-site",
))  # fmt: skip
"""Headers that mean one thing, as all of our own (Holdfast-…) do: stated twice they would mean one thing to a proxy and
another to us."""

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_WHOLE = re.compile(r"\A-?[0-9]{1,19}\Z")
_PATH = re.compile(r"`(?P<path>\$[^`]*)`\Z")
_FIELD = re.compile(r"(?P<what>missing required|unknown) field `(?P<field>[^`]*)`")


class BodyTooLarge(Malformed, code="body_too_large", status=413):
    """The request is larger than this route takes. Send less at once."""


class NotJson(Malformed, code="unsupported_media_type", status=415):
    """The body must be JSON. Send it with Content-Type: application/json."""


def headers_once(given: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by their names, for a request in which some come more than once: cookies and lists are put together.

    Raises: Malformed for one that means one thing.
    """
    found: dict[bytes, bytes] = {}
    for name, value in given:
        if name not in found:
            found[name] = value
        elif name in SINGLE or name.startswith(b"holdfast-"):
            shown = name.decode("latin-1")
            raise Malformed(f"{shown}: given twice; state it once.", field=shown)
        else:
            found[name] += (b"; " if name == b"cookie" else b", ") + value
    return found


async def read_body(receive: Receive, limit: int, *, arrived: bool = False) -> bytes:
    """The request's body; one that has `arrived` is waited for by nobody.

    Raises: BodyTooLarge beyond `limit` bytes, before the rest is read; Malformed where it does not come, or not whole.
    """
    if arrived:
        return await _whole_body(receive, limit)
    task = cast("asyncio.Task[None]", asyncio.current_task())
    timer = asyncio.get_running_loop().call_later(BODY_SECONDS, task.cancel, _LATE)  # asyncio.timeout takes far longer
    try:
        return await _whole_body(receive, limit)
    except asyncio.CancelledError as why:
        if _LATE not in why.args:
            raise
        task.uncancel()
        raise Malformed(f"The body did not come within {BODY_SECONDS} seconds.", field="body") from None
    finally:
        timer.cancel()


async def _whole_body(receive: Receive, limit: int) -> bytes:
    message: Any = await receive()
    _require_there(message)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise BodyTooLarge(f"The body has more than {limit:,} bytes.", limit=limit)
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        if size > limit:
            raise BodyTooLarge(f"The body has more than {limit:,} bytes.", limit=limit)
        message = await receive()
        _require_there(message)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > limit:
        raise BodyTooLarge(f"The body has more than {limit:,} bytes.", limit=limit)
    return b"".join(parts)


def _require_there(message: Any) -> None:
    """What was cut off in its middle counts for nothing, whatever its first half says."""
    if message["type"] == "http.disconnect":
        raise Malformed("The body was cut off.", field="body")


def json_body(body: bytes, content_type: bytes) -> Any:
    """The JSON in a body.

    Raises: NotJson for another media type, Malformed for double keys, NaN, too deep nesting or no JSON at all.
    """
    if content_type.partition(b";")[0].strip().lower() != b"application/json":
        raise NotJson("Send the body as JSON, with Content-Type: application/json.", field="Content-Type")
    require_shallow(body)
    return parse_json(body)


def require_shallow(body: bytes) -> None:
    """Refuse what is nested deeper than MAX_DEPTH, before it is parsed.

    Only where there are more brackets than that, texts are left out and they are counted one by one. A text may lack
    its end here: so that nothing is looked at twice.
    """
    brackets = body.count(b"[") + body.count(b"{")
    if brackets <= MAX_DEPTH:
        return
    if brackets > MAX_BRACKETS:
        raise Malformed(f"JSON of more than {MAX_BRACKETS:,} arrays and objects.")
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _TEXT.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise Malformed(f"JSON nested deeper than {MAX_DEPTH} levels.")


def convert(given: Any, kind: Any, *, strict: bool = True) -> Any:
    """An object of the type that a route takes.

    Raises: Malformed that names the field.
    """
    try:
        return msgspec.convert(given, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise _explained(given, kind, str(error)) from None
    except UnicodeEncodeError:
        raise Malformed("A text holds half of a surrogate pair (\\ud800 to \\udfff); write whole characters.") from None


def query_fields(query: bytes, kind: Any) -> Any:
    """The query string as the struct that a route takes; texts become numbers and truth values where it says so.

    Raises: Malformed that names the parameter: unknown, given twice, not of its type, not UTF-8.
    """
    if len(query) > MAX_QUERY:
        raise Malformed(f"The query has more than {MAX_QUERY:,} bytes.")
    if not query:
        return _nothing_asked(kind)
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Malformed("The query is not of the form name=value&name=value in UTF-8.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = first_twice(name for name, _ in pairs)[:60]
        raise Malformed(f"{twice}: given twice; state it once.", field=twice, reason="twice")
    for name in _whole_numbers(kind) & fields.keys():
        if not _WHOLE.match(fields[name]):  # 1e2, " 1" and 1.0 would be read as numbers too
            details = reason_of(hint_at(kind, name))
            raise Malformed(f"{name}: write a whole number in digits.", field=name, **details)
    return convert(fields, kind, strict=False)


@cache
def _nothing_asked(kind: Any) -> Any:
    """What an empty query says: the same for all, since it cannot be changed."""
    return convert({}, kind, strict=False)


@cache
def _whole_numbers(kind: Any) -> frozenset[str]:
    """The fields of a query that are whole numbers."""
    found: set[str] = set()
    for field in getattr(inspect.type_info(kind), "fields", ()):
        told: Any = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
        options = getattr(told, "types", (told,))
        if any(isinstance(option, inspect.IntType) for option in options):
            found.add(field.encode_name)
    return frozenset(found)


def path_fields(given: Mapping[str, Any], pattern: re.Pattern[str]) -> dict[str, str]:
    """The parts of the path that stand for names.

    Raises: Malformed.
    """
    for name, value in given.items():
        if not pattern.match(value):
            raise Malformed(
                f"{name}: write 1..128 letters, digits or @ . _ : - in the path.", field=name, reason="not_a_name"
            )
    return dict(given)


def _explained(given: Any, kind: Any, said: str) -> Malformed:
    """msgspec's finding with the field named."""
    found = _PATH.search(said)
    path = (found["path"] if found else "$").removeprefix("$").lstrip(".")
    if missing := _FIELD.search(said):
        field = ".".join(part for part in (path, missing["field"][:60]) if part)
        lacks = missing["what"].startswith("missing")
        what, reason = ("missing", "missing") if lacks else ("there is no such field", "unknown_field")
        return Malformed(f"{field}: {what}.", field=field, reason=reason)
    reason = said.partition(" - at")[0]
    value = _at(given, path)
    shown = "" if value is None else f" (given: {json.dumps(value, default=str)[:60]})"
    return Malformed(
        f"{path or 'The body'}: {reason[:1].lower()}{reason[1:]}{shown}.",
        field=path or None,
        **reason_of(hint_at(kind, path)),
    )


def _at(given: Any, path: str) -> Any:
    for part in re.split(r"[.\[\]]+", path):
        if isinstance(given, dict) and part in given:
            given = given[part]
        elif part:
            return None
    return given if isinstance(given, str | int | bool) else None
