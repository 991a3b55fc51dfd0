# mypy: disable-error-code=no-any-return
# fmt: off
"""Webhooks over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.webhooks import Tried, WebhookView, WithSecret


class WebhooksApi(Methods):
    """Webhooks."""

    def all(self) -> list[WebhookView]:
        """List the endpoints and how far each has come."""
        return self._ask("GET", "/v1/webhooks", again=True)

    def add_webhook(self, *, url: str, types: list[str] | None = None) -> WithSecret:
        """Add an endpoint (Standard Webhooks); its secret is shown this once.

        It gets every record of these types from now on, in order, each until it answers 2xx; they tell of every
        account, so this needs `desk.read` too.
        """
        return self._ask("POST", "/v1/webhooks", body={"url": url, "types": types})

    def show(self, webhook: str) -> WebhookView:
        """Show an endpoint."""
        return self._ask("GET", f"/v1/webhooks/{named(webhook)}", again=True)

    def remove_webhook(self, webhook: str) -> None:
        """Send nothing more to an endpoint."""
        self._ask("DELETE", f"/v1/webhooks/{named(webhook)}")

    def rotate_webhook(self, webhook: str) -> WithSecret:
        """Make a new secret; for a day the old one signs too."""
        return self._ask("POST", f"/v1/webhooks/{named(webhook)}/rotate")

    def replay_webhook(self, webhook: str, *, after: int, upto: int | None = None) -> WebhookView:
        """Send a range of records again, with the same ids, before anything new."""
        return self._ask("POST", f"/v1/webhooks/{named(webhook)}/replay", body={"after": after, "upto": upto})

    def enable_webhook(self, webhook: str) -> WebhookView:
        """Switch an endpoint on again after it was given up; it goes on where it stopped."""
        return self._ask("POST", f"/v1/webhooks/{named(webhook)}/enable")

    def test_webhook(self, webhook: str) -> Tried:
        """Send a test to an endpoint now."""
        return self._ask("POST", f"/v1/webhooks/{named(webhook)}/test")


class AsyncWebhooksApi(AsyncMethods):
    """Webhooks."""

    async def all(self) -> list[WebhookView]:
        """List the endpoints and how far each has come."""
        return await self._ask("GET", "/v1/webhooks", again=True)

    async def add_webhook(self, *, url: str, types: list[str] | None = None) -> WithSecret:
        """Add an endpoint (Standard Webhooks); its secret is shown this once."""
        return await self._ask("POST", "/v1/webhooks", body={"url": url, "types": types})

    async def show(self, webhook: str) -> WebhookView:
        """Show an endpoint."""
        return await self._ask("GET", f"/v1/webhooks/{named(webhook)}", again=True)

    async def remove_webhook(self, webhook: str) -> None:
        """Send nothing more to an endpoint."""
        await self._ask("DELETE", f"/v1/webhooks/{named(webhook)}")

    async def rotate_webhook(self, webhook: str) -> WithSecret:
        """Make a new secret; for a day the old one signs too."""
        return await self._ask("POST", f"/v1/webhooks/{named(webhook)}/rotate")

    async def replay_webhook(self, webhook: str, *, after: int, upto: int | None = None) -> WebhookView:
        """Send a range of records again, with the same ids, before anything new."""
        return await self._ask("POST", f"/v1/webhooks/{named(webhook)}/replay", body={"after": after, "upto": upto})

    async def enable_webhook(self, webhook: str) -> WebhookView:
        """Switch an endpoint on again after it was given up; it goes on where it stopped."""
        return await self._ask("POST", f"/v1/webhooks/{named(webhook)}/enable")

    async def test_webhook(self, webhook: str) -> Tried:
        """Send a test to an endpoint now."""
        return await self._ask("POST", f"/v1/webhooks/{named(webhook)}/test")
