"""One shelf for each kind of store; every test that asks for `shelf` runs on all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from store.shelves import SHELVES


@pytest.fixture(params=sorted(SHELVES))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    kept = SHELVES[request.param](tmp_path)
    yield kept
    if hasattr(kept, "close"):
        kept.close()


@pytest.fixture(params=sorted(name for name, kind in SHELVES.items() if kind.shared))
def shared_shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Those of the stores that several processes may open."""
    kept = SHELVES[request.param](tmp_path)
    yield kept
    kept.close()


@pytest.fixture
def quiet_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of the disk in memory that SQLite passes on more than once are told once."""
    tell = sys.unraisablehook

    def told(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, apsw.Error):
            tell(unraisable)

    monkeypatch.setattr(sys, "unraisablehook", told)
