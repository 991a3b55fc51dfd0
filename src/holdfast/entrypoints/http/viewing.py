"""What all views share: their queries, whose things they show, their pages, entity tags and position headers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from holdfast.entrypoints.http.answers import Header, Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.moments import Moment, Seen
from holdfast.identity.disclosure import is_on
from holdfast.primitives.clock import format_instant
from holdfast.protocol.state import State

T = TypeVar("T")

View = dict[str, Any]

AsOf = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{1,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)$",
        description="A record's number or an instant in the past; left out, the present.",
        extra={"reason": "not_a_moment"},
    ),
]
Limit = Annotated[int, Meta(ge=1, le=1_000, description="Items on a page at most.")]
Cursor = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_-]{1,2000}$", description="`next` of the page before, with the same filters.")
]
Account = Annotated[
    str, Meta(pattern="^@?[A-Za-z0-9._:-]{1,128}$", description="An account.", extra={"reason": "not_a_holder"})
]


class At(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The moment of a view."""

    as_of: AsOf = ""


class Listed(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of a list."""

    limit: Limit = 100
    cursor: Cursor = ""


class Owned(Listed, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of what is somebody's; without `owner` of all that the caller may see."""

    owner: Account = ""


class Page(Struct, Generic[T], frozen=True):
    """Some items of a list; `next` is the cursor of the next page, null on the last."""

    items: list[T]
    next: str | None = None


def reads_all(call: Call) -> bool:
    """Whether the caller may read every account."""
    return call.who.may("desk.read")


def is_seen(call: Call, account: str) -> bool:
    """Whether the caller may see what is this account's."""
    return reads_all(call) or account in call.who.accounts


def owners(call: Call, wanted: str = "") -> tuple[str, ...] | None:
    """Whose things a list shows: None for everybody's, none for somebody else's that the caller may not see."""
    if wanted:
        return (wanted,) if is_seen(call, wanted) else ()
    return None if reads_all(call) else call.who.accounts


def audience(call: Call) -> str:
    """Who sees the same: part of what a cursor is bound to."""
    return "*" if reads_all(call) else " ".join(call.who.accounts)


def asked(call: Call) -> str:
    """What a cursor is bound to: path, filters and audience; not where, and how much at once."""
    filters = msgspec.to_builtins(call.query)
    kept = {name: value for name, value in filters.items() if name not in ("cursor", "limit") and value != ""}
    return f"{call.scope['path']}\n{sorted(kept.items())}\n{audience(call)}"


def shown(call: Call, seen: Seen) -> Reply:
    """A view with its position, and its entity tag; 304 where the caller has just this."""
    hidden = is_on(call.server.office) and not reads_all(call)
    return tagged(call, seen.found, position_headers(seen, digest=not hidden))


def position_headers(seen: Seen, *, digest: bool = True) -> tuple[Header, ...]:
    """The journal position that an answer is true at.

    Where amounts are sealed the digest is left out for those who may not read everything: it covers the last record,
    so that whoever guesses the rest of that could try amounts until one fits.
    """
    place = (
        (b"holdfast-seq", str(seen.head.seq).encode()),
        (b"holdfast-at", format_instant(seen.at).encode()),
    )
    return (*place, (b"holdfast-digest", seen.head.digest.hex().encode())) if digest else place


_encode = msgspec.json.Encoder().encode
"""Views come in the order that they were made in, as on the command line: the oldest thing first."""


def tagged(call: Call, answer: Any, headers: tuple[Header, ...] = ()) -> Reply:
    """An answer with a strong entity tag, or 304.

    Formula: the first 18 bytes of the SHA-256 of the body, in base64: equal bytes, equal tag.
    """
    body = _encode(answer)
    tag = b'"' + base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:18]) + b'"'
    known = call.headers.get(b"if-none-match")
    headers = ((b"etag", tag), *headers)
    if known is not None and _matches(known, tag):
        return Reply(None, 304, headers)
    return Reply(body, headers=headers, raw=True)


def _matches(known: bytes, tag: bytes) -> bool:
    """RFC 9110's weak comparison with a list of tags, or `*`."""
    given = [part.strip().removeprefix(b"W/") for part in known.split(b",")]
    return tag in given or given == [b"*"]


async def view(call: Call, read: Callable[[State], Any], *, long: bool = False) -> Reply:
    """A view of the moment that the query names."""
    return shown(
        call, await call.server.moments.look(call.query.as_of, lambda m: read(m.state), by=call.who.person, long=long)
    )


async def listed(
    call: Call,
    table: str,
    item: Callable[[State, Any], View],
    whose: tuple[str, ...] | None = None,
    *,
    long: bool = False,
) -> Reply:
    """A page of a table in the order of making: of everybody's, or of `whose`."""
    cursors, about, query = call.server.cursors, asked(call), call.query
    after = cursors.open(about, query.cursor, int) if query.cursor else -1

    def page(moment: Moment) -> Page[View]:
        listing, records = moment.listing.tables[table], getattr(moment.state, table)
        numbers = listing.page(after, query.limit + 1, whose)
        ids = [listing.ids[number] for number in numbers[: query.limit]]
        items = [{"id": name, **item(moment.state, records[name])} for name in ids]
        more = len(numbers) > query.limit
        return Page(items, cursors.seal(about, numbers[query.limit - 1]) if more else None)

    return shown(call, await call.server.moments.look(query.as_of, page, by=call.who.person, long=long))
