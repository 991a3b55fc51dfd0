"""One shelf for each kind of store; every test that asks for `shelf` runs on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.shelves import SHELVES


@pytest.fixture(params=sorted(SHELVES))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    kept = SHELVES[request.param](tmp_path)
    yield kept
    if hasattr(kept, "close"):
        kept.close()
