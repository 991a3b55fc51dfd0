"""Commands: sent so that each is done once, however often the network fails."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, cast

from holdfast.client.api.commands import AsyncCommandsApi, CommandsApi
from holdfast.client.requests import Request
from holdfast.client.shapes.commands import CommandsPreview
from holdfast.client.shapes.proposals import Receipt


def new_key() -> str:
    """An Idempotency-Key that nobody has used."""
    return secrets.token_hex(16)


def object_of(type_: str, actor: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A command's object: `from_` stands for `from`, `key_` for `key`; what is None is left out."""
    named = {name.rstrip("_"): value for name, value in fields.items() if value is not None}
    return {"type": type_, **({} if actor is None else {"actor": actor}), **named}


def submission(command: Mapping[str, Any], key: str) -> Request:
    """The request that carries a command out."""
    headers: dict[str, str | None] = {"Idempotency-Key": key}
    return Request(method="POST", path="/v1/commands", body=dict(command), headers=headers, again=True)


def previewing(command: Mapping[str, Any]) -> Request:
    """The request that says what a command would do."""
    return Request(method="POST", path="/v1/commands/preview", body=dict(command), again=True)


class Commands(CommandsApi):
    """Commands."""

    def submit(self, type_: str, /, *, key: str | None = None, actor: str | None = None, **fields: Any) -> Receipt:
        """Carry out one command; its receipt.

        `key` is the Idempotency-Key, a new one unless given: keep it where this may be called again for the same
        thing. A field called like a word of Python, or `key`, is written with an underscore behind it.
        Raises: the refusal, see `holdfast.client.receipt_of`; Unavailable with the key in its details where nobody
                knows whether it was done: send it again with that key.
        """
        return self.send(object_of(type_, actor, fields), key=key)

    def send(self, command: Mapping[str, Any], *, key: str | None = None) -> Receipt:
        """As `submit`, of a whole command object."""
        return cast(Receipt, self._port.ask(submission(command, key or new_key())))

    def preview(self, type_: str, /, *, actor: str | None = None, **fields: Any) -> CommandsPreview:
        """Say what a command would do now; nothing is kept."""
        return self.foresee(object_of(type_, actor, fields))

    def foresee(self, command: Mapping[str, Any]) -> CommandsPreview:
        """As `preview`, of a whole command object."""
        return cast(CommandsPreview, self._port.ask(previewing(command)))


class AsyncCommands(AsyncCommandsApi):
    """Commands."""

    async def submit(
        self, type_: str, /, *, key: str | None = None, actor: str | None = None, **fields: Any
    ) -> Receipt:
        """Carry out one command; its receipt. See `Commands.submit`."""
        return await self.send(object_of(type_, actor, fields), key=key)

    async def send(self, command: Mapping[str, Any], *, key: str | None = None) -> Receipt:
        """As `submit`, of a whole command object."""
        return cast(Receipt, await self._port.ask(submission(command, key or new_key())))

    async def preview(self, type_: str, /, *, actor: str | None = None, **fields: Any) -> CommandsPreview:
        """Say what a command would do now; nothing is kept."""
        return await self.foresee(object_of(type_, actor, fields))

    async def foresee(self, command: Mapping[str, Any]) -> CommandsPreview:
        """As `preview`, of a whole command object."""
        return cast(CommandsPreview, await self._port.ask(previewing(command)))
