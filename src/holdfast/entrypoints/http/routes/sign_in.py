"""Ways in: the first operator's link, invitations, passwords and codes, passkeys, wallets; and out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from holdfast.entrypoints.http.answers import Header, Reply
from holdfast.entrypoints.http.authentication import COOKIE
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC, post
from holdfast.errors import (
    BadAddress,
    BadPasskey,
    LinkNotValid,
    PersonExists,
    SecondFactorMissing,
    SignInFailed,
    TooManyAttempts,
    WeakPassword,
)
from holdfast.identity.sessions import Opened
from holdfast.identity.sign_in import PasskeyAsked
from holdfast.identity.wallet_sign_in import WalletAsked

Text = Annotated[str, Meta(min_length=1, max_length=1_024)]
Word = Annotated[str, Meta(min_length=1, max_length=128)]
Code = Annotated[str, Meta(min_length=6, max_length=64)]

_GONE = f"{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0".encode()

_CODE_ERRORS = (SignInFailed, TooManyAttempts, SecondFactorMissing)


class _Given(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every way in takes: with `cookie` a browser keeps the session's token, and the answer does not show it."""

    cookie: bool = False


class FirstOperator(_Given, frozen=True):
    """The bootstrap link's token, and who the first operator is."""

    token: Text
    name: Word
    password: Text
    title: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class Acceptance(_Given, frozen=True):
    """An invitation's token and the password that its person chooses."""

    token: Text
    password: Text


class NameAndPassword(_Given, frozen=True):
    """The first of two steps."""

    name: Word
    password: Text


class OneCode(Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the authenticator app, or a recovery code."""

    code: Code


class PasskeyAnswer(_Given, frozen=True):
    """What the browser made of the options (PublicKeyCredential.toJSON()), and the challenge's id."""

    challenge: Text
    answer: dict[str, Any]


class WalletAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """A wallet: Stellar G…, Solana, or Casper 01…"""

    address: Word


class WalletAnswer(_Given, frozen=True):
    """The wallet's signature over the challenge's text, in hex or base64."""

    address: Word
    challenge: Text
    signature: Text


def opened(opened_: Opened, *, cookie: bool) -> Reply:
    """A session's answer: its token in the body, or in a browser's cookie."""
    if not cookie:
        return Reply(opened_)
    value = f"{COOKIE}={opened_.token}; Path=/; Secure; HttpOnly; SameSite=Strict"
    header: Header = (b"set-cookie", value.encode())
    return Reply(structs.replace(opened_, token=""), headers=(header,))


@post("/v1/bootstrap", PUBLIC, body=FirstOperator, returns=Opened, errors=(LinkNotValid, PersonExists, WeakPassword),
      example={"token": "hfb_…", "name": "olga", "password": "four words in a row"})  # fmt: skip
async def claim_bootstrap(call: Call) -> Reply:
    """Become the first operator, by the link that the server printed.

    The session that comes back can set up a second factor and nothing else.
    """
    given: FirstOperator = call.body
    claim = call.server.people.bootstrap.claim
    done = await call.server.proving(
        lambda: claim(given.token, given.name, given.password, call.where, title=given.title)
    )
    return opened(done, cookie=given.cookie)


@post("/v1/invitations/accept", PUBLIC, body=Acceptance, returns=Opened, errors=(LinkNotValid, WeakPassword),
      example={"token": "hfi_…", "password": "four words in a row"})  # fmt: skip
async def accept_invitation(call: Call) -> Reply:
    """Set a password by an invitation; a second factor comes next."""
    given: Acceptance = call.body
    accept = call.server.people.enrolment.accept
    done = await call.server.proving(lambda: accept(given.token, given.password, call.where))
    return opened(done, cookie=given.cookie)


@post("/v1/sign-in/password", PUBLIC, body=NameAndPassword, returns=Opened, errors=(SignInFailed, TooManyAttempts),
      example={"name": "olga", "password": "four words in a row"})  # fmt: skip
async def sign_in_password(call: Call) -> Reply:
    """Sign in by name and password: the first of two steps.

    `stage` says what comes next: `password` a second factor, `enrol` setting one up.
    """
    given: NameAndPassword = call.body
    sign_in = call.server.people.sign_in.with_password
    done = await call.server.proving(lambda: sign_in(given.name, given.password, call.where))
    return opened(done, cookie=given.cookie)


@post("/v1/sign-in/code", ENROLLING, body=OneCode, returns=Opened, errors=_CODE_ERRORS, example={"code": "123456"})
async def sign_in_code(call: Call) -> Reply:
    """Complete a sign-in by a code of the authenticator app."""
    sign_in = call.server.people.sign_in.with_code
    return opened(
        await asyncio.to_thread(sign_in, call.own_session(), call.body.code, call.where), cookie=call.by_cookie
    )


@post("/v1/sign-in/recovery", ENROLLING, body=OneCode, returns=Opened, errors=_CODE_ERRORS,
      example={"code": "abcd-efgh-jkmn"})  # fmt: skip
async def sign_in_recovery(call: Call) -> Reply:
    """Complete a sign-in by a recovery code, which is used up."""
    sign_in = call.server.people.sign_in.with_recovery_code
    return opened(
        await asyncio.to_thread(sign_in, call.own_session(), call.body.code, call.where), cookie=call.by_cookie
    )


@post("/v1/sign-in/passkey/options", PUBLIC, returns=PasskeyAsked)
async def sign_in_passkey_options(call: Call) -> PasskeyAsked:
    """Ask for a passkey as the whole sign-in."""
    return await asyncio.to_thread(call.server.people.sign_in.passkey_asked)


@post("/v1/sign-in/passkey", PUBLIC, body=PasskeyAnswer, returns=Opened, errors=(BadPasskey, SignInFailed))
async def sign_in_passkey(call: Call) -> Reply:
    """Sign in by a passkey alone; it is both factors in one, and never delayed."""
    given: PasskeyAnswer = call.body
    sign_in = call.server.people.sign_in.with_passkey
    return opened(await asyncio.to_thread(sign_in, given.challenge, given.answer, call.where), cookie=given.cookie)


@post("/v1/sign-in/second/passkey/options", ENROLLING, returns=PasskeyAsked, errors=(SecondFactorMissing,))
async def second_passkey_options(call: Call) -> PasskeyAsked:
    """Ask for a passkey as the second step."""
    return await asyncio.to_thread(call.server.people.sign_in.passkey_asked, call.own_session())


@post("/v1/sign-in/second/passkey", ENROLLING, body=PasskeyAnswer, returns=Opened,
      errors=(BadPasskey, SignInFailed, SecondFactorMissing))  # fmt: skip
async def second_passkey(call: Call) -> Reply:
    """Complete a sign-in by a passkey."""
    given: PasskeyAnswer = call.body
    sign_in = call.server.people.sign_in.with_passkey
    done = await asyncio.to_thread(sign_in, given.challenge, given.answer, call.where, call.own_session())
    return opened(done, cookie=call.by_cookie)


@post("/v1/sign-in/wallet/options", PUBLIC, body=WalletAddress, returns=WalletAsked, errors=(BadAddress,))
async def sign_in_wallet_options(call: Call) -> WalletAsked:
    """Ask for a text that a wallet signs."""
    return await asyncio.to_thread(call.server.people.wallets.asked, call.body.address)


@post("/v1/sign-in/wallet", PUBLIC, body=WalletAnswer, returns=Opened,
      errors=(BadAddress, SignInFailed, TooManyAttempts))  # fmt: skip
async def sign_in_wallet(call: Call) -> Reply:
    """Sign in by a wallet's signature; the wallet's address is the account."""
    given: WalletAnswer = call.body
    finish = call.server.people.wallets.finish
    done = await asyncio.to_thread(finish, given.address, given.challenge, given.signature, call.where)
    return opened(done, cookie=given.cookie)


@post("/v1/sign-out", ENROLLING, status=204)
async def sign_out(call: Call) -> Reply:
    """End this session at once, its open streams too."""
    session = call.own_session()
    await asyncio.to_thread(call.server.sessions.end, session.person, session.id, call.where)
    return Reply(headers=((b"set-cookie", _GONE),) if call.by_cookie else ())
