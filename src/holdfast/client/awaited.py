"""The client whose answers are awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from holdfast.client.jobs import AsyncJobs
from holdfast.client.settings import Settings
from holdfast.client.streams import Event, async_events
from holdfast.client.topics import AsyncTopics
from holdfast.client.transport import AsyncTransport


class AsyncClient(AsyncTopics):
    """A server's API for asyncio: as `Client`, with the same settings. `step_up` may be a coroutine function.

    async with AsyncClient("https://desk.example.org", api_key=key) as client:
        await client.commands.submit("vault.deposit", vault="FLUX", assets="10")
        async for stake in client.stakes():
            print(stake["id"], stake["amount"])
    """

    def __init__(self, url: str, **settings: Any) -> None:
        self._transport = AsyncTransport(Settings(url, **settings))
        super().__init__(self._transport)
        self.jobs = AsyncJobs(self._transport)

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Everything that happens behind record `after`, without a gap; without it from now on. See `Client.events`."""
        begin = (await self.health.live())["seq"] if after is None else after
        async for event in async_events(self._transport, begin):
            yield event

    @property
    def session(self) -> str | None:
        """The token of the session, the newest."""
        return self._transport.settings.credentials.session

    async def close(self) -> None:
        """Let go of all connections."""
        await self._transport.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
