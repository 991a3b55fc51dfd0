"""The stores that several keepers may share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.shelves import SHELVES


@pytest.fixture(params=sorted(name for name, kind in SHELVES.items() if kind.shared))
def shared_shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """SQLite and PostgreSQL, each with a place of its own."""
    kept = SHELVES[request.param](tmp_path)
    yield kept
    kept.close()
