"""Who is asking: a browser's cookie, a session's token, or an API key, signed or not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC
from holdfast.errors import Forbidden, Unauthenticated, Unavailable
from holdfast.identity import request_signatures as signed
from holdfast.identity.principal import Principal
from holdfast.identity.records import ApiKey, Person, Where
from holdfast.identity.request_signatures import SignedRequest
from holdfast.identity.sessions import csrf_matches

if TYPE_CHECKING:
    from holdfast.entrypoints.http.server import Server

COOKIE = "__Host-holdfast"
"""The cookie of a browser's session: Secure, HttpOnly, SameSite=Strict, for the whole site."""

KEPT_SECONDS = 5
"""For how long a token that was looked up is not looked up again while nothing about people changes."""

KEPT_TOKENS = 10_000

SAFE = ("GET", "HEAD")


class Known(NamedTuple):
    """A token that was looked up: by whom, until when, and as of which version of the office."""

    who: Principal
    until: int
    version: int
    address: str


async def identify(call: Call) -> None:
    """Find out who is asking and put it into `call.who`; on a public route a token is not looked at.

    Raises: Unauthenticated for a token that is worth nothing, SecondFactorMissing, BadRequestSignature, Forbidden where
            a browser's request was not made by our own pages.
    """
    if call.route.needs == PUBLIC:
        return
    token, from_browser = _token(call)
    if not token:
        return
    call.token, call.by_cookie = token, from_browser
    if from_browser:
        try:
            _require_own_page(call, token)
        except Forbidden as error:
            await asyncio.to_thread(note_foreign, call.server, token, call.where, call.route.name, error.message)
            raise
    known = call.server.tokens.get(token)
    now, version = call.server.office.now(), call.server.office.version  # of before the look: see `_keep`
    if (
        known is not None
        and call.route.needs != ENROLLING
        and known.version == version
        and now < known.until
        and known.address == call.address
    ):
        call.who = known.who
        return
    if token.startswith("hf_"):
        call.who = await _by_key(call, token, version)
    elif call.route.needs == ENROLLING:
        _any_stage(call, token)
    else:
        call.session = call.server.sessions.find(token)
        call.who = call.server.sessions.principal(call.session, call.address)
        _keep(call, token, call.who, call.server.sessions.ends_at(call.session), version)


def require_known(call: Call) -> None:
    """Refuse a large request of nobody before its body is read; the rest is `identify`'s.

    Raises: Unauthenticated.
    """
    token, _ = _token(call)
    if token.startswith("hf_"):
        call.server.api_keys.require_known(token)
    elif token:
        call.server.sessions.find(token)
    else:
        raise Unauthenticated("Sign in first, or send an API key.")


def _any_stage(call: Call, token: str) -> None:
    """A session that may still lack its second factor; there is a principal only where it does not."""
    call.session = call.server.sessions.find(token)
    if call.session.stage == "full":
        call.who = call.server.sessions.principal(call.session, call.address)


def _token(call: Call) -> tuple[str, bool]:
    """The token of a request and whether a browser sent it by itself."""
    given = call.headers.get(b"authorization")
    if given is not None:
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > 200:
            raise Unauthenticated("Authorization: send Bearer and a session's token or an API key.")
        return token, False
    kept = token_of_browser(call.headers)
    return kept, bool(kept)


def token_of_browser(headers: Mapping[bytes, bytes]) -> str:
    """The session's token in a browser's cookies, empty where there is none."""
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value[:200]
    return ""


def _require_own_page(call: Call, token: str) -> None:
    """A request that changes something and comes with a cookie must come from a page of ours.

    Checks: Sec-Fetch-Site, Origin, then the session's CSRF token in Holdfast-CSRF.
    """
    if call.method in SAFE:
        return
    site = call.header(b"sec-fetch-site")
    origin = call.header(b"origin")
    if site not in ("", "same-origin") or (origin and origin != call.server.origin):
        raise Forbidden("This request was made by another site's page.", origin=origin[:100] or None)
    if not csrf_matches(token, call.header(b"holdfast-csrf")):
        raise Forbidden("Holdfast-CSRF: send the session's CSRF token. Reload the page and try again.")


def note_foreign(server: Server, token: str, where: Where, asked: str, why: str) -> None:
    """Put into the log of people that another site's page asked in somebody's name; called in a thread.

    Only where the token is a session's: nobody else can make the log grow.
    """
    try:
        session = server.sessions.find(token)
        server.people.refusals.note("access.foreign", by=session.person, about=asked, where=where.address, why=why)
    except Unauthenticated:
        return
    except Unavailable:
        server.log.warning("a refusal could not be logged", route=asked)


async def _by_key(call: Call, token: str, version: int) -> Principal:
    """The person of an API key; in a thread, since a nonce or a refusal is written."""
    names = (signed.TIME_HEADER, signed.NONCE_HEADER, signed.SIGNATURE_HEADER)
    time, nonce, signature = (call.header(name.lower().encode()) for name in names)
    request = None
    if time or nonce or signature:
        request = SignedRequest(
            method=call.method,
            path=call.scope["raw_path"].decode("latin-1"),
            query=call.query_string.decode("latin-1"),
            body=call.raw,
            time=time,
            nonce=nonce,
            signature=signature,
            id=call.header(b"idempotency-key"),
        )
    who = await asyncio.to_thread(call.server.api_keys.authenticate, token, call.where, request)
    key = call.server.office.get(ApiKey, who.api_key or "")
    if who.factor == "api_key" and key is not None:
        _keep(call, token, who, key.expires, version)
    return who


def _keep(call: Call, token: str, who: Principal, until: int, version: int) -> None:
    """Remember a token for some seconds, but not beyond the end of what it is good for, or of a grant.

    It is good for the version that it was looked up in, so that a change during the look is not missed.
    """
    office, tokens = call.server.office, call.server.tokens
    now, person = office.now(), office.get(Person, who.person)
    ends = [grant.until for grant in (person.grants if person else ()) if grant.until is not None and grant.until > now]
    if len(tokens) >= KEPT_TOKENS:
        tokens.clear()
    tokens[token] = Known(who, min(until, now + KEPT_SECONDS, *ends), version, call.address)
