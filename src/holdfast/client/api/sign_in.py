# mypy: disable-error-code=no-any-return
# fmt: off
"""Sign in over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.shapes.sign_in import Opened, PasskeyAsked, WalletAsked


class SignInApi(Methods):
    """Sign in."""

    def claim_bootstrap(self, *, token: str, name: str, password: str, title: str | None = None,
        cookie: bool | None = None) -> Opened:
        """Become the first operator, by the link that the server printed.

        The session that comes back can set up a second factor and nothing else.
        """
        return self._ask("POST", "/v1/bootstrap", body={"token": token, "name": name, "password": password,
            "title": title, "cookie": cookie})

    def accept_invitation(self, *, token: str, password: str, cookie: bool | None = None) -> Opened:
        """Set a password by an invitation; a second factor comes next."""
        return self._ask("POST", "/v1/invitations/accept", body={"token": token, "password": password,
            "cookie": cookie})

    def password(self, *, name: str, password: str, cookie: bool | None = None) -> Opened:
        """Sign in by name and password: the first of two steps.

        `stage` says what comes next: `password` a second factor, `enrol` setting one up.
        """
        return self._ask("POST", "/v1/sign-in/password", body={"name": name, "password": password, "cookie": cookie})

    def code(self, *, code: str) -> Opened:
        """Complete a sign-in by a code of the authenticator app."""
        return self._ask("POST", "/v1/sign-in/code", body={"code": code})

    def recovery(self, *, code: str) -> Opened:
        """Complete a sign-in by a recovery code, which is used up."""
        return self._ask("POST", "/v1/sign-in/recovery", body={"code": code})

    def passkey_options(self) -> PasskeyAsked:
        """Ask for a passkey as the whole sign-in."""
        return self._ask("POST", "/v1/sign-in/passkey/options")

    def passkey(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Opened:
        """Sign in by a passkey alone; it is both factors in one, and never delayed."""
        return self._ask("POST", "/v1/sign-in/passkey", body={"challenge": challenge, "answer": answer,
            "cookie": cookie})

    def second_passkey_options(self) -> PasskeyAsked:
        """Ask for a passkey as the second step."""
        return self._ask("POST", "/v1/sign-in/second/passkey/options")

    def second_passkey(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Opened:
        """Complete a sign-in by a passkey."""
        return self._ask("POST", "/v1/sign-in/second/passkey", body={"challenge": challenge, "answer": answer,
            "cookie": cookie})

    def wallet_options(self, *, address: str) -> WalletAsked:
        """Ask for a text that a wallet signs."""
        return self._ask("POST", "/v1/sign-in/wallet/options", body={"address": address})

    def wallet(self, *, address: str, challenge: str, signature: str, cookie: bool | None = None) -> Opened:
        """Sign in by a wallet's signature; the wallet's address is the account."""
        return self._ask("POST", "/v1/sign-in/wallet", body={"address": address, "challenge": challenge,
            "signature": signature, "cookie": cookie})

    def sign_out(self) -> None:
        """End this session at once, its open streams too."""
        self._ask("POST", "/v1/sign-out")


class AsyncSignInApi(AsyncMethods):
    """Sign in."""

    async def claim_bootstrap(self, *, token: str, name: str, password: str, title: str | None = None,
        cookie: bool | None = None) -> Opened:
        """Become the first operator, by the link that the server printed."""
        return await self._ask("POST", "/v1/bootstrap", body={"token": token, "name": name, "password": password,
            "title": title, "cookie": cookie})

    async def accept_invitation(self, *, token: str, password: str, cookie: bool | None = None) -> Opened:
        """Set a password by an invitation; a second factor comes next."""
        return await self._ask("POST", "/v1/invitations/accept", body={"token": token, "password": password,
            "cookie": cookie})

    async def password(self, *, name: str, password: str, cookie: bool | None = None) -> Opened:
        """Sign in by name and password: the first of two steps."""
        return await self._ask("POST", "/v1/sign-in/password", body={"name": name, "password": password,
            "cookie": cookie})

    async def code(self, *, code: str) -> Opened:
        """Complete a sign-in by a code of the authenticator app."""
        return await self._ask("POST", "/v1/sign-in/code", body={"code": code})

    async def recovery(self, *, code: str) -> Opened:
        """Complete a sign-in by a recovery code, which is used up."""
        return await self._ask("POST", "/v1/sign-in/recovery", body={"code": code})

    async def passkey_options(self) -> PasskeyAsked:
        """Ask for a passkey as the whole sign-in."""
        return await self._ask("POST", "/v1/sign-in/passkey/options")

    async def passkey(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Opened:
        """Sign in by a passkey alone; it is both factors in one, and never delayed."""
        return await self._ask("POST", "/v1/sign-in/passkey", body={"challenge": challenge, "answer": answer,
            "cookie": cookie})

    async def second_passkey_options(self) -> PasskeyAsked:
        """Ask for a passkey as the second step."""
        return await self._ask("POST", "/v1/sign-in/second/passkey/options")

    async def second_passkey(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Opened:
        """Complete a sign-in by a passkey."""
        return await self._ask("POST", "/v1/sign-in/second/passkey", body={"challenge": challenge, "answer": answer,
            "cookie": cookie})

    async def wallet_options(self, *, address: str) -> WalletAsked:
        """Ask for a text that a wallet signs."""
        return await self._ask("POST", "/v1/sign-in/wallet/options", body={"address": address})

    async def wallet(self, *, address: str, challenge: str, signature: str, cookie: bool | None = None) -> Opened:
        """Sign in by a wallet's signature; the wallet's address is the account."""
        return await self._ask("POST", "/v1/sign-in/wallet", body={"address": address, "challenge": challenge,
            "signature": signature, "cookie": cookie})

    async def sign_out(self) -> None:
        """End this session at once, its open streams too."""
        await self._ask("POST", "/v1/sign-out")
