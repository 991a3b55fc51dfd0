# mypy: disable-error-code=no-any-return
# fmt: off
"""Commands over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.shapes.commands import BulkReceipts


class CommandsApi(Methods):
    """Commands."""

    def bulk(self, *, commands: list[dict[str, Any]], mode: Literal["atomic",
        "independent"] | None = None) -> BulkReceipts:
        """Carry out up to 1,000 commands in their order, in one commit.

        The answer is 200 with a receipt to each, refused ones too. In an atomic bulk one refusal refuses all: nothing
        is recorded then and no id is used up.
        """
        return self._ask("POST", "/v1/commands/bulk", body={"commands": commands, "mode": mode}, again=True)


class AsyncCommandsApi(AsyncMethods):
    """Commands."""

    async def bulk(self, *, commands: list[dict[str, Any]], mode: Literal["atomic",
        "independent"] | None = None) -> BulkReceipts:
        """Carry out up to 1,000 commands in their order, in one commit."""
        return await self._ask("POST", "/v1/commands/bulk", body={"commands": commands, "mode": mode}, again=True)
