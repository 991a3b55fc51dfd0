"""The client that waits for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.client.jobs import Jobs
from holdfast.client.settings import Settings
from holdfast.client.streams import Event, events
from holdfast.client.topics import Topics
from holdfast.client.transport import Transport


class Client(Topics):
    """A server's API.

        with Client("https://desk.example.org", api_key=key) as client:
            client.commands.submit("vault.deposit", vault="FLUX", assets="10")
            for stake in client.stakes():
                print(stake["id"], stake["amount"])

    `api_key`, with `signing_key` (32 bytes) or `signing_key_file` (64 hex digits, mode 600) where the key is for signed
    requests; or a `session`'s token, which signing in through `client.sign_in` takes over by itself. `step_up` is
    called with the hash of a request that needs a factor given just now, and returns a code of the authenticator app.
    `timeout` in seconds, else `holdfast.client.TIMEOUT`; `retries` says how patiently requests are sent again.
    Raises: Malformed for an address or key that is none, and for plain http to another machine unless `plain_http`.
    """

    def __init__(self, url: str, **settings: Any) -> None:
        self._transport = Transport(Settings(url, **settings))
        super().__init__(self._transport)
        self.jobs = Jobs(self._transport)

    def events(self, after: int | None = None) -> Iterator[Event]:
        """Everything that happens behind record `after`, without a gap; without it from now on. It does not end.

        A connection that breaks is made anew, and resumes. Raises: the server's refusal, as when a key has ended;
        Unavailable after many attempts that brought nothing.
        """
        return events(self._transport, self.health.live()["seq"] if after is None else after)

    @property
    def session(self) -> str | None:
        """The token of the session, the newest."""
        return self._transport.settings.credentials.session

    def close(self) -> None:
        """Let go of all connections."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
