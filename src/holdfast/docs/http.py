"""`reference/http.md`: every route with what it needs, takes, answers and refuses, from the table of routes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from holdfast.docs.markdown import anchor, page, table
from holdfast.entrypoints.http.moments import EACH
from holdfast.entrypoints.http.openapi import errors_of
from holdfast.entrypoints.http.parsing import BodyTooLarge, NotJson
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC, SIGNED_IN, Route
from holdfast.errors import (
    Corrupt,
    Forbidden,
    HoldfastError,
    Malformed,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from holdfast.identity.request_signatures import TOLERANCE_SECONDS
from holdfast.primitives.request_signing import (
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    message,
    sign,
)

BODY = b'{"type":"vault.deposit","vault":"FLUX","assets":"10"}'


def _signed() -> tuple[str, str]:
    """What is signed of a request, and its signature: an example."""
    parts = ("POST", "/v1/commands", "", BODY, 1_767_225_600, "0123456789abcdef")
    key, id = "0011223344556677", "c-17"
    return message(*parts, key=key, id=id).decode(), sign(bytes(range(32)), *parts, key=key, id=id)


INTRODUCTION = """\
A running server describes itself at `/openapi.json` (OpenAPI 3.1, with the shape of every request and answer). This
page is the same table in short. Requests and answers are JSON; amounts are text in whole tokens, instants text like
`2026-01-01T00:00:00Z`, except that what is about people counts in Unix seconds.

```
GET /v1/me/portfolio HTTP/1.1
Authorization: Bearer hf_…
```"""

NEEDS = """\
A route needs a *function*, which the roles of a person give him (`own.read`, `desk.read`, `people.manage`, …); commands
are functions by their own name. Two needs are no functions: *nothing* for what anybody may ask, *signed in* for any
person. Who lacks the function is answered `forbidden` (403), who is not signed in `unauthenticated` (401).
With **step-up** a person who is signed in by a session proves a factor for exactly this request first. Commands that
give money away or change the desk ask for it too: alone, in a bulk, where they are proposed and when that is carried
out.

Lists of what belongs to somebody hold everything for those with `desk.read`; for others, what belongs to their
accounts. A single thing of somebody else's answers 404, in the same words as one that is not there."""

SIGNED = f"""\
An API key that was given a public key (Ed25519) takes signed requests only; they need no step-up, and the key alone is
worth nothing to a thief. Beside `Authorization` go

| header | holds |
| --- | --- |
| `{KEY_HEADER}` | the key's id: the first 16 hex digits of SHA-256 of `holdfast token 1`, a line feed, and the key |
| `{TIME_HEADER}` | Unix seconds; at most {TOLERANCE_SECONDS} off the server's clock |
| `{NONCE_HEADER}` | 16 to 64 of A–Z, a–z, 0–9, - and _, new for each request: a nonce works once |
| `{SIGNATURE_HEADER}` | the base64 of the 64 bytes |

Signed are these nine lines, each ended by a line feed: the version, the key's id, the method, path and query as in the
request line, the `Idempotency-Key`, the time, the nonce, and SHA-256 of the body in hex. A query or key that is not
there is an empty line. With the private key 00 01 02 … 1f and the body `{BODY.decode()}`

```
{_signed()[0]}```

has the signature

```
{_signed()[1]}
```

No other header is covered. The [clients](client.md) do all of this by themselves."""

VIEWS = f"""\
Every view is true at one journal position and one second, which its headers name: `Holdfast-Seq`, `Holdfast-Digest`
and `Holdfast-At`. The present is that of the clock: what has matured or unlocked since the last record is so for a
view as it is for the command that is sent next. `as_of` asks for the past: a record's number, or an instant, which
means after the last record at or before it, with locks and profits as they stood at that second. What lies in the
future is `unknown_record` (404). A past moment is worked out from the journal: who waits for {EACH} others already is
answered `too_many_requests` (429) with `Retry-After`, and so is who has two files made at once.

An answer has a strong `ETag`: equal bytes, equal tag. Send it back as `If-None-Match`, and while nothing has changed
the answer is 304 without a body.

A list comes in pages of `limit` items (1..1000, 100 by default): `{{"items": […], "next": "…"}}`. `next` is the
`cursor` of the next page, null on the last. A cursor is good for the same path, filters and caller; anything else is
`malformed`. Items stand in the order of their making: nothing that comes or goes between two pages shifts another."""

EARNINGS = """\
`GET /v1/me/earnings` reckons from the journal, exactly, in base units. Every product of an account has a running
result R(t), and a period earned R(its end) − R(its beginning):

| product | R, net | gross adds |
| --- | --- | --- |
| vault | what shares and exit requests pay, floored, + taken out − put in | performance fees per share held |
| stake | − taxes paid | the taxes |
| position | value − debt − interest, never below 0, + paid out − deposited | the interest |
| fee key | floor(weight · (accumulated − since) / 10^18) while it is the account's | nothing |

Put in and taken out is what was really paid for deposits, mints, withdrawals, redemptions and claims; shares that came
or went otherwise count with what they would pay right after that record. So a deposit is never profit and a withdrawal
never loss, but for the base unit that rounding leaves to the vault. Periods end at the desk's present second and begin
1, 7 and 30 days before it, at the full hour; `all` begins with the account's first share, stake or position."""

EVENTS = """\
`GET /v1/events` is a stream of server-sent events, one to a journal record as soon as it is durable:

```
id: 42
event: vault.deposit
data: {"actor":"alice","at":"2026-01-01T00:00:00Z","events":[…],"id":"alice/c-17","result":{…},"seq":42,…}
```

`Last-Event-ID`, which browsers send by themselves, or `?after=` resume behind any record, without a gap and without
doubles. A silent stream says every 15 seconds that it is alive, and up to which record nothing is missing."""

EVERYWHERE = (Malformed, Unavailable, Corrupt, Unauthenticated, Forbidden, BodyTooLarge, NotJson, TooManyRequests)
"""Errors that are not repeated at each route."""

ERRORS = """\
Errors are problem details (RFC 9457), `application/problem+json`: `type`, `title`, `status`, `detail`, and our stable
`code` with `details` for programs and a `remedy` for people. Beside those named at a route, any may answer
{everywhere}."""


def write() -> str:
    """The page."""
    everywhere = ", ".join(_link(error) for error in EVERYWHERE)
    parts = [INTRODUCTION, "## Who may ask", NEEDS, "## Signed requests", SIGNED, "## Views", VIEWS]
    parts += ["## Earnings", EARNINGS, "## The feed", EVENTS]
    parts += ["## Errors", ERRORS.format(everywhere=everywhere), "## All routes", "\n".join(_contents())]
    for tag, routes in _by_tag().items():
        parts.append(f"## {tag.capitalize()}")
        for route in routes:
            parts += _route(route)
    return page("HTTP API", *parts)


def _by_tag() -> dict[str, list[Route]]:
    found: dict[str, list[Route]] = {}
    for route in ROUTES:
        found.setdefault(route.tag, []).append(route)
    return found


def heading(route: Route) -> str:
    """What a route's section is called."""
    return f"{route.method} {route.path}"


def _contents() -> list[str]:
    rows = [
        [f"[`{heading(route)}`](#{anchor(heading(route))})", _needs(route), route.summary]
        for route in ROUTES
    ]  # fmt: skip
    return table(["route", "needs", ""], rows)


def _needs(route: Route) -> str:
    words = {PUBLIC: "nothing", SIGNED_IN: "signed in", ENROLLING: "signed in, at any stage"}
    return words.get(route.needs, f"`{route.needs}`") + (", step-up" if route.step_up else "")


def _route(route: Route) -> Iterator[str]:
    yield f"### {heading(route)}"
    yield f"{route.summary}. {route.description}".rstrip()
    lines = [f"- **Needs:** {_needs(route)}."]
    if route.body is not None:
        lines.append(f"- **Body:** {_body(route)}")
    if (answer := _answer(route)) is not None:
        lines.append(f"- **Answers:** {route.status}, {answer}.")
    own = [error for error in errors_of(route) if error not in EVERYWHERE]
    if own:
        lines.append(f"- **Refuses:** {', '.join(_link(error) for error in own)}.")
    yield "\n".join(lines)
    if route.query is not None:
        yield "\n".join(table(["query", "takes", "needed"], _fields(route.query)))
    if _is_struct(route.body):
        yield "\n".join(table(["field", "takes", "needed"], _fields(route.body)))
    if route.example is not None:
        yield f"```json\n{json.dumps(msgspec.to_builtins(route.example), ensure_ascii=False)}\n```"


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _body(route: Route) -> str:
    if route.body is dict:
        return "[a command](commands.md) without `id` and `at`."
    return _about(route.body)


def _about(kind: Any) -> str:
    """The first sentence about a type, or what it is called."""
    told = inspect.getdoc(kind) if isinstance(kind, type) else None
    first = " ".join((told or "").split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    return f"{first}." if first else f"`{getattr(kind, '__name__', kind)}`."


def _answer(route: Route) -> str | None:
    if "events" in route.streams:
        return "`text/event-stream`"
    if route.returns is None:
        return "nothing" if route.status == 204 else None
    if route.returns is bytes:
        return "bytes"
    return f"`{_named(route.returns)}`"


def _named(kind: Any) -> str:
    """A type as the document's components call it, without our modules."""
    arguments = get_args(kind)
    name = getattr(kind, "__name__", None) or str(kind)
    if not arguments:
        return str(name)
    return f"{name}[{', '.join(_named(one) for one in arguments)}]"


def _fields(kind: Any) -> list[list[str]]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        [f"`{field.encode_name}`", _takes(hints[field.name]), "yes" if field.required else "no"]
        for field in msgspec.structs.fields(kind)
    ]


def _takes(hint: Any) -> str:
    """What a field takes: its description, else its type in words."""
    for part in (hint, *get_args(hint)):
        for meta in _metas(part):
            if meta.description:
                return meta.description.rstrip(".")
    return _words(hint)


def _metas(hint: Any) -> list[msgspec.Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]


def _words(hint: Any) -> str:
    metas = _metas(hint)
    kind = get_args(hint)[0] if metas else hint
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_words(one) for one in arguments if one not in (type(None), msgspec.UnsetType))
    if origin in (list, tuple, frozenset, set):
        inner = next((one for one in arguments if one is not Ellipsis), None)
        return "a list" + (f" of {_words(inner)}" if _is_struct(inner) or inner is dict else "")
    if origin is dict or kind is dict:
        return "an object"
    if kind is int:
        low, high = (next((getattr(meta, name) for meta in metas if getattr(meta, name) is not None), None)
                     for name in ("ge", "le"))  # fmt: skip
        return "a whole number" + (f", {low:,}..{high:,}" if low is not None and high is not None else "")
    if kind is str:
        longest = next((meta.max_length for meta in metas if meta.max_length is not None), None)
        return "text" + (f", at most {longest:,} characters" if longest else "")
    return "true or false" if kind is bool else f"an object `{getattr(kind, '__name__', 'any')}`"


def _link(error: type[HoldfastError]) -> str:
    return f"[`{error.code}`](errors.md#{error.code})"
