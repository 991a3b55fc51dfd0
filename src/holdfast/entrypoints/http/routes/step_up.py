"""Confirming exactly one request by a factor given just now."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.sign_in import Text, opened
from holdfast.entrypoints.http.routing import SIGNED_IN, post
from holdfast.errors import (
    BadPasskey,
    Malformed,
    Rejected,
    SecondFactorMissing,
    SignInFailed,
    TooManyAttempts,
)
from holdfast.identity.records import Session
from holdfast.identity.step_up import Method, Proven, StepUpAsked

RequestHash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="the request's hash, 64 hex digits")]


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of the request that is to be confirmed, and by what."""

    request: RequestHash
    method: Method


class Confirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """The factor: a `code`, or a challenge's id with the passkey's `answer` or the wallet's `signature`."""

    request: RequestHash
    method: Method
    challenge: Text | None = None
    code: Annotated[str, Meta(min_length=6, max_length=64)] | None = None
    answer: dict[str, Any] | None = None
    signature: Text | None = None


class Ways(Struct, frozen=True):
    """What this person can confirm a request by, the best first."""

    methods: tuple[Method, ...]


@post("/v1/step-up/methods", SIGNED_IN, returns=Ways)
async def step_up_methods(call: Call) -> Ways:
    """Say by what I can confirm a request."""
    return Ways(call.server.step_up.methods(call.own_session()))


@post("/v1/step-up", SIGNED_IN, body=Wanted, returns=StepUpAsked, errors=(Rejected, SecondFactorMissing),
      example={"request": "0" * 64, "method": "totp"})  # fmt: skip
async def step_up_begin(call: Call) -> StepUpAsked:
    """Ask for a factor for the request with this hash.

    The hash is SHA-256 of the request's canonical form; a request that needs it is answered `step_up_required` with
    it. A passkey's challenge is derived from it, and a wallet's text contains it.
    """
    return await asyncio.to_thread(call.server.step_up.begin, call.own_session(), call.body.request, call.body.method)


@post("/v1/step-up/confirm", SIGNED_IN, body=Confirmation, returns=Proven,
      errors=(BadPasskey, SignInFailed, TooManyAttempts, SecondFactorMissing, Rejected),
      example={"request": "0" * 64, "method": "totp", "code": "123456"})  # fmt: skip
async def step_up_confirm(call: Call) -> Reply:
    """Give the factor; the proof goes along with the request in Holdfast-Step-Up, once, within 5 minutes.

    The session has a new token afterwards.
    """
    done = await asyncio.to_thread(_confirm, call, call.body, call.own_session())
    if not call.by_cookie:
        return Reply(done)
    inner = opened(done.opened, cookie=True)
    return Reply(Proven(done.proof, done.expires, inner.body), headers=inner.headers)


def _confirm(call: Call, given: Confirmation, session: Session) -> Proven:
    step_up, where = call.server.step_up, call.where
    if given.method == "totp":
        return step_up.with_code(session, given.request, _needed(given.code, "code"), where)
    challenge = _needed(given.challenge, "challenge")
    if given.method == "passkey":
        return step_up.with_passkey(session, given.request, challenge, _needed(given.answer, "answer"), where)
    return step_up.with_wallet(session, given.request, challenge, _needed(given.signature, "signature"), where)


def _needed(value: Any, field: str) -> Any:
    if value is None:
        raise Malformed(f"{field}: this method needs it.", field=field)
    return value
