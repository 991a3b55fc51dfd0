"""Where the server meets others: proxies in a row, receivers of webhooks that mean harm."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from holdfast.entrypoints.http import webhooks
from holdfast.identity.webhooks import Webhook
from serving import House, serving
from signed_requests import Signer


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    options: dict[str, Any] = {"webhooks_to_private": True, "trusted_proxies": ("127.0.0.1/32", "10.0.0.0/8")}
    with serving(f"sqlite:{tmp_path}/desk.db", **options) as made:
        yield made


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["203.0.113.5"], "203.0.113.5"),
        (["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        (["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        (["1.1.1.1", "203.0.113.5", "10.0.0.7"], "203.0.113.5"),
        (["1.1.1.1", "203.0.113.5, 10.0.0.7"], "203.0.113.5"),
        (["nonsense"], "127.0.0.1"),
        (["1.1.1.1", "nonsense"], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_forwarded_address__the_last_that_no_proxy_of_ours_has(house: House, lines: list[str], address: str) -> None:
    scope: Any = {
        "client": ("127.0.0.1", 1),
        "headers": [(b"x-forwarded-for", line.encode()) for line in lines],
    }
    assert house.server.address_of(scope, dict(scope["headers"])) == address


class Endless:
    """A receiver that says 200 and then never stops talking."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        try:
            while self.sent < 2**28:
                self.sent += connection.send(b"x" * 65_536)
        except OSError:
            pass
        finally:
            connection.close()
            self._listener.close()


def test_receiver_that_never_stops_talking__is_not_listened_to(house: House) -> None:
    receiver = Endless()
    made = Signer(house, "olga")("POST", "/v1/webhooks", {"url": receiver.url, "types": ["*"]}).json()
    hook, sender, loop = house.office.get(Webhook, made["webhook"]["id"]), house.server.sender, house.server.feed._loop
    assert sender is not None and hook is not None
    began = time.monotonic()
    asyncio.run_coroutine_threadsafe(sender.post(hook, "m-1", b"{}"), loop).result(webhooks.TIMEOUT)
    assert time.monotonic() - began < 3 and receiver.sent < 2**26
