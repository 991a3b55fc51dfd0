"""One's own account: who am I, sessions, password, factors, API keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http import proving
from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.sign_in import OneCode, PasskeyAnswer, Text, opened
from holdfast.entrypoints.http.routing import ENROLLING, SIGNED_IN, delete, get, post
from holdfast.errors import (
    BadPasskey,
    LastFactor,
    Rejected,
    SecondFactorMissing,
    SignInFailed,
    StepUpRequired,
    TooManyAttempts,
    UnknownApiKey,
    UnknownPasskey,
    UnknownSession,
    WeakPassword,
)
from holdfast.identity.api_keys import ApiKeyView, NewApiKey
from holdfast.identity.enrolment import Enrolled, PasskeyView, TotpAsked
from holdfast.identity.people import PersonView
from holdfast.identity.sessions import Opened, SessionView, csrf_token
from holdfast.identity.sign_in import PasskeyAsked

_ENROLS = (SignInFailed, TooManyAttempts, SecondFactorMissing, StepUpRequired)


class Me(Struct, frozen=True):
    """Who is signed in, for which accounts he may act, and what he may do."""

    person: PersonView
    stage: str
    accounts: list[str]
    functions: list[str]
    factor: str
    session: str | None
    api_key: str | None
    csrf: str | None


class NewPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """The present password and the one that takes its place."""

    present: Text
    new: Text


class WantedKey(Struct, frozen=True, forbid_unknown_fields=True):
    """An API key: what it may do (functions or patterns like term.*), until when (Unix seconds), from where.

    With `public_key` (ed25519, 64 hex digits) every request must be signed.
    """

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    expires: int
    functions: Annotated[tuple[str, ...], Meta(min_length=1, max_length=200)] = ("*",)
    networks: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    public_key: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None = None


class RecoveryCodes(Struct, frozen=True):
    """Fresh codes, shown this once."""

    codes: tuple[str, ...]


@get("/v1/me", ENROLLING, returns=Me)
async def me(call: Call) -> Me:
    """Say who is signed in, and what he may do."""
    who, session = call.who, call.session
    if who is None:
        view = call.server.people.people.view(session.person)
        return Me(view, session.stage, [], [], session.factor, session.id, None, csrf_token(call.token))
    view = call.server.people.people.view(who.person)
    return Me(
        view, "full", list(who.accounts), sorted(who.access.functions), who.factor, who.session, who.api_key,
        csrf_token(call.token) if session is not None else None,
    )  # fmt: skip


@get("/v1/me/sessions", SIGNED_IN, returns=list[SessionView])
async def my_sessions(call: Call) -> tuple[SessionView, ...]:
    """List the devices on which I am signed in."""
    return call.server.sessions.list(call.who.person, call.who.session)


@delete("/v1/me/sessions/{session}", SIGNED_IN, errors=(UnknownSession,))
async def end_session(call: Call) -> None:
    """End one of my sessions at once."""
    await asyncio.to_thread(call.server.sessions.end, call.who.person, call.path["session"], call.where)


@delete("/v1/me/sessions", SIGNED_IN)
async def end_other_sessions(call: Call) -> None:
    """End all my sessions but this one."""
    await asyncio.to_thread(call.server.sessions.end_all, call.who.person, call.where, but=call.who.session)


@post("/v1/me/password", SIGNED_IN, body=NewPassword, returns=Opened, step_up=True,
      errors=(SignInFailed, TooManyAttempts, WeakPassword, StepUpRequired))  # fmt: skip
async def change_password(call: Call) -> Reply:
    """Choose another password; all other sessions end."""
    change = call.server.people.enrolment.change_password
    session, given = call.own_session(), call.body
    done = await call.server.proving(lambda: change(session, given.present, given.new, call.where))
    return opened(done, cookie=call.by_cookie)


@post("/v1/me/totp", ENROLLING, returns=TotpAsked, errors=_ENROLS)
async def totp_options(call: Call) -> TotpAsked:
    """Ask for the secret of a new authenticator app; it counts once a code of it is confirmed."""
    return await asyncio.to_thread(call.server.people.enrolment.totp_asked, call.own_session())


@post("/v1/me/totp/confirm", ENROLLING, body=OneCode, returns=Enrolled, errors=_ENROLS, example={"code": "123456"})
async def totp_confirm(call: Call) -> Reply:
    """Set the authenticator app up by its first code; recovery codes come with the first factor."""
    await _confirm_change(call)
    finish = call.server.people.enrolment.totp_finish
    return _enrolled(call, await asyncio.to_thread(finish, call.own_session(), call.body.code, call.where))


@delete("/v1/me/totp", SIGNED_IN, step_up=True, errors=(LastFactor, StepUpRequired))
async def totp_remove(call: Call) -> None:
    """Take the authenticator app away; the last factor stays."""
    await asyncio.to_thread(call.server.people.enrolment.totp_remove, call.own_session(), call.where)


@get("/v1/me/passkeys", SIGNED_IN, returns=list[PasskeyView])
async def my_passkeys(call: Call) -> tuple[PasskeyView, ...]:
    """List my passkeys."""
    return call.server.people.enrolment.passkeys(call.who.person)


@post("/v1/me/passkeys/options", ENROLLING, returns=PasskeyAsked, errors=(SecondFactorMissing,))
async def passkey_options(call: Call) -> PasskeyAsked:
    """Ask for what a browser needs to make a passkey."""
    return await asyncio.to_thread(call.server.people.enrolment.passkey_asked, call.own_session())


@post("/v1/me/passkeys", ENROLLING, body=PasskeyAnswer, returns=Enrolled, errors=(BadPasskey, Rejected, *_ENROLS))
async def passkey_add(call: Call) -> Reply:
    """Register the passkey that the browser made."""
    await _confirm_change(call)
    given: PasskeyAnswer = call.body
    finish = call.server.people.enrolment.passkey_finish
    done = await asyncio.to_thread(finish, call.own_session(), given.challenge, given.answer, call.where)
    return _enrolled(call, done)


@delete("/v1/me/passkeys/{passkey}", SIGNED_IN, step_up=True, errors=(LastFactor, UnknownPasskey, StepUpRequired))
async def passkey_remove(call: Call) -> None:
    """Take a passkey away; the last factor stays."""
    remove = call.server.people.enrolment.passkey_remove
    await asyncio.to_thread(remove, call.own_session(), call.path["passkey"], call.where)


@post("/v1/me/recovery-codes", SIGNED_IN, returns=RecoveryCodes, step_up=True, errors=(StepUpRequired,))
async def new_recovery_codes(call: Call) -> RecoveryCodes:
    """Make fresh recovery codes; all older ones are void."""
    renew = call.server.people.enrolment.new_recovery_codes
    return RecoveryCodes(await asyncio.to_thread(renew, call.own_session(), call.where))


@get("/v1/me/api-keys", SIGNED_IN, returns=list[ApiKeyView])
async def my_api_keys(call: Call) -> tuple[ApiKeyView, ...]:
    """List my API keys, never the keys themselves."""
    return call.server.api_keys.list(call.who.person)


@post(
    "/v1/me/api-keys", SIGNED_IN, body=WantedKey, returns=NewApiKey, status=201, step_up=True,
    errors=(Rejected, StepUpRequired),
    example={"title": "bot", "expires": 1_800_000_000, "functions": ["term.*"]},
)  # fmt: skip
async def make_api_key(call: Call) -> NewApiKey:
    """Make an API key; it is shown this once."""
    given: WantedKey = call.body

    def make() -> NewApiKey:
        return call.server.api_keys.create(
            call.who, given.title, functions=given.functions, expires=given.expires, networks=given.networks,
            public_key=given.public_key,
        )  # fmt: skip

    return await asyncio.to_thread(make)


@delete("/v1/api-keys/{key}", SIGNED_IN, errors=(UnknownApiKey,))
async def revoke_api_key(call: Call) -> None:
    """End an API key at once: one's own; with people.manage anybody's."""
    await asyncio.to_thread(call.server.api_keys.revoke, call.who, call.path["key"])


@get("/v1/api-keys", "people.manage", returns=list[ApiKeyView])
async def all_api_keys(call: Call) -> tuple[ApiKeyView, ...]:
    """List everybody's API keys."""
    return call.server.api_keys.list()


async def _confirm_change(call: Call) -> None:
    """Whoever has a complete session confirms a new factor by one that he has."""
    if call.own_session().stage == "full":
        await proving.require_step_up(call)


def _enrolled(call: Call, done: Enrolled) -> Reply:
    """A new factor's answer, with the session's new token where the old one was."""
    if not call.by_cookie:
        return Reply(done)
    inner = opened(done.opened, cookie=True)
    return Reply(Enrolled(inner.body, done.recovery_codes), headers=inner.headers)
