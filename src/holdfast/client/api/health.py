# mypy: disable-error-code=no-any-return
# fmt: off
"""Health over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.shapes.health import DeskHealth, Health


class HealthApi(Methods):
    """Health."""

    def live(self) -> Health:
        """Say that the process answers. It says nothing of the desk: restart the process only when this fails."""
        return self._ask("GET", "/health/live", again=True)

    def ready(self) -> Health:
        """Say whether requests should be sent here.

        503 while the server stops, or when the desk takes no commands: reads work all the same.
        """
        return self._ask("GET", "/health/ready", again=True)

    def desk_health(self) -> DeskHealth:
        """Say how the desk is: its heads, its last verification, its keeper and its webhooks."""
        return self._ask("GET", "/v1/desk/health", again=True)

    def metrics(self) -> Iterator[bytes]:
        """Give the server's figures as Prometheus reads them."""
        return self._chunks("/metrics", again=True)

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document of this server."""
        return self._ask("GET", "/openapi.json", again=True)


class AsyncHealthApi(AsyncMethods):
    """Health."""

    async def live(self) -> Health:
        """Say that the process answers."""
        return await self._ask("GET", "/health/live", again=True)

    async def ready(self) -> Health:
        """Say whether requests should be sent here."""
        return await self._ask("GET", "/health/ready", again=True)

    async def desk_health(self) -> DeskHealth:
        """Say how the desk is: its heads, its last verification, its keeper and its webhooks."""
        return await self._ask("GET", "/v1/desk/health", again=True)

    def metrics(self) -> AsyncIterator[bytes]:
        """Give the server's figures as Prometheus reads them."""
        return self._chunks("/metrics", again=True)

    async def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document of this server."""
        return await self._ask("GET", "/openapi.json", again=True)
