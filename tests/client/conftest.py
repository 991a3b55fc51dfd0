"""A served desk, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dialling import QUICK, Clients

from holdfast.client import Client
from serving import House, serving


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty demo desk in a file, served."""
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as running:
        yield running


@pytest.fixture
def clients(house: House) -> Iterator[Clients]:
    """clients("alice") -> a client with a new API key of hers; `url=` is another way to the server."""
    with ExitStack() as stack:

        def made(name: str | None = None, *, url: str | None = None, **settings: Any) -> Client:
            if name is not None:
                settings.setdefault("api_key", house.key(name))
            client = Client(url or house.url, **{"retries": QUICK, "clock": lambda: house.clock.now} | settings)
            return stack.enter_context(client)

        yield made
