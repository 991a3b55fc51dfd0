"""Houses that the tests over HTTP share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from rich_desk import furnish_with_command
from serving import House, serving


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a desk can be made: a file, and a schema on a real PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'desk.db'}"
        return
    made = postgres.new_desk()
    yield made
    postgres.drop(made)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty demo desk in a file, served."""
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as running:
        yield running


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with something of everything, served; the tests of a module share it and only read."""
    with serving(f"sqlite:{tmp_path_factory.mktemp('rich') / 'desk.db'}") as running:
        furnish_with_command(running)
        yield running
