# mypy: disable-error-code=no-any-return
# fmt: off
"""Account over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.me import (
    ApiKeyView,
    Enrolled,
    Me,
    NewApiKey,
    PasskeyView,
    RecoveryCodes,
    SessionView,
    TotpAsked,
)
from holdfast.client.shapes.sign_in import Opened, PasskeyAsked


class MeApi(Methods):
    """Account."""

    def show(self) -> Me:
        """Say who is signed in, and what he may do."""
        return self._ask("GET", "/v1/me", again=True)

    def my_sessions(self) -> list[SessionView]:
        """List the devices on which I am signed in."""
        return self._ask("GET", "/v1/me/sessions", again=True)

    def end_other_sessions(self) -> None:
        """End all my sessions but this one."""
        self._ask("DELETE", "/v1/me/sessions")

    def end_session(self, session: str) -> None:
        """End one of my sessions at once."""
        self._ask("DELETE", f"/v1/me/sessions/{named(session)}")

    def change_password(self, *, present: str, new: str) -> Opened:
        """Choose another password; all other sessions end."""
        return self._ask("POST", "/v1/me/password", body={"present": present, "new": new})

    def totp_options(self) -> TotpAsked:
        """Ask for the secret of a new authenticator app; it counts once a code of it is confirmed."""
        return self._ask("POST", "/v1/me/totp")

    def totp_remove(self) -> None:
        """Take the authenticator app away; the last factor stays."""
        self._ask("DELETE", "/v1/me/totp")

    def totp_confirm(self, *, code: str) -> Enrolled:
        """Set the authenticator app up by its first code; recovery codes come with the first factor."""
        return self._ask("POST", "/v1/me/totp/confirm", body={"code": code})

    def my_passkeys(self) -> list[PasskeyView]:
        """List my passkeys."""
        return self._ask("GET", "/v1/me/passkeys", again=True)

    def passkey_add(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Enrolled:
        """Register the passkey that the browser made."""
        return self._ask("POST", "/v1/me/passkeys", body={"challenge": challenge, "answer": answer, "cookie": cookie})

    def passkey_options(self) -> PasskeyAsked:
        """Ask for what a browser needs to make a passkey."""
        return self._ask("POST", "/v1/me/passkeys/options")

    def passkey_remove(self, passkey: str) -> None:
        """Take a passkey away; the last factor stays."""
        self._ask("DELETE", f"/v1/me/passkeys/{named(passkey)}")

    def new_recovery_codes(self) -> RecoveryCodes:
        """Make fresh recovery codes; all older ones are void."""
        return self._ask("POST", "/v1/me/recovery-codes")

    def my_api_keys(self) -> list[ApiKeyView]:
        """List my API keys, never the keys themselves."""
        return self._ask("GET", "/v1/me/api-keys", again=True)

    def make_api_key(self, *, title: str, expires: int, functions: list[str] | None = None,
        networks: list[str] | None = None, public_key: str | None = None) -> NewApiKey:
        """Make an API key; it is shown this once."""
        return self._ask("POST", "/v1/me/api-keys", body={"title": title, "expires": expires, "functions": functions,
            "networks": networks, "public_key": public_key})

    def revoke_api_key(self, key: str) -> None:
        """End an API key at once: one's own; with people.manage anybody's."""
        self._ask("DELETE", f"/v1/api-keys/{named(key)}")

    def all_api_keys(self) -> list[ApiKeyView]:
        """List everybody's API keys."""
        return self._ask("GET", "/v1/api-keys", again=True)


class AsyncMeApi(AsyncMethods):
    """Account."""

    async def show(self) -> Me:
        """Say who is signed in, and what he may do."""
        return await self._ask("GET", "/v1/me", again=True)

    async def my_sessions(self) -> list[SessionView]:
        """List the devices on which I am signed in."""
        return await self._ask("GET", "/v1/me/sessions", again=True)

    async def end_other_sessions(self) -> None:
        """End all my sessions but this one."""
        await self._ask("DELETE", "/v1/me/sessions")

    async def end_session(self, session: str) -> None:
        """End one of my sessions at once."""
        await self._ask("DELETE", f"/v1/me/sessions/{named(session)}")

    async def change_password(self, *, present: str, new: str) -> Opened:
        """Choose another password; all other sessions end."""
        return await self._ask("POST", "/v1/me/password", body={"present": present, "new": new})

    async def totp_options(self) -> TotpAsked:
        """Ask for the secret of a new authenticator app; it counts once a code of it is confirmed."""
        return await self._ask("POST", "/v1/me/totp")

    async def totp_remove(self) -> None:
        """Take the authenticator app away; the last factor stays."""
        await self._ask("DELETE", "/v1/me/totp")

    async def totp_confirm(self, *, code: str) -> Enrolled:
        """Set the authenticator app up by its first code; recovery codes come with the first factor."""
        return await self._ask("POST", "/v1/me/totp/confirm", body={"code": code})

    async def my_passkeys(self) -> list[PasskeyView]:
        """List my passkeys."""
        return await self._ask("GET", "/v1/me/passkeys", again=True)

    async def passkey_add(self, *, challenge: str, answer: dict[str, Any], cookie: bool | None = None) -> Enrolled:
        """Register the passkey that the browser made."""
        return await self._ask("POST", "/v1/me/passkeys", body={"challenge": challenge, "answer": answer,
            "cookie": cookie})

    async def passkey_options(self) -> PasskeyAsked:
        """Ask for what a browser needs to make a passkey."""
        return await self._ask("POST", "/v1/me/passkeys/options")

    async def passkey_remove(self, passkey: str) -> None:
        """Take a passkey away; the last factor stays."""
        await self._ask("DELETE", f"/v1/me/passkeys/{named(passkey)}")

    async def new_recovery_codes(self) -> RecoveryCodes:
        """Make fresh recovery codes; all older ones are void."""
        return await self._ask("POST", "/v1/me/recovery-codes")

    async def my_api_keys(self) -> list[ApiKeyView]:
        """List my API keys, never the keys themselves."""
        return await self._ask("GET", "/v1/me/api-keys", again=True)

    async def make_api_key(self, *, title: str, expires: int, functions: list[str] | None = None,
        networks: list[str] | None = None, public_key: str | None = None) -> NewApiKey:
        """Make an API key; it is shown this once."""
        return await self._ask("POST", "/v1/me/api-keys", body={"title": title, "expires": expires,
            "functions": functions, "networks": networks, "public_key": public_key})

    async def revoke_api_key(self, key: str) -> None:
        """End an API key at once: one's own; with people.manage anybody's."""
        await self._ask("DELETE", f"/v1/api-keys/{named(key)}")

    async def all_api_keys(self) -> list[ApiKeyView]:
        """List everybody's API keys."""
        return await self._ask("GET", "/v1/api-keys", again=True)
