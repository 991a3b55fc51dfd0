"""Figures of the operating page that are constants of the code."""

from __future__ import annotations

import pytest
from documents import ROOT

from holdfast.bootstrap import DEFAULT_DB
from holdfast.engine.service import SNAPSHOT_AFTER
from holdfast.store import postgres, postgres_connection, sqlite

PAGE = " ".join((ROOT / "docs" / "operating" / "README.md").read_text("utf-8").split())


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("has to wait for more than five seconds gives up", sqlite.BUSY_SECONDS == 5),
        ("when a desk is closed 50,000 records or more after the last one", SNAPSHOT_AFTER == 50_000),
        ("The newest three stay.", sqlite.SNAPSHOTS_KEPT == 3),
        ("else by the environment's `HOLDFAST_DB`, else `./holdfast.db`", DEFAULT_DB == "holdfast.db"),
    ],
)
def test_figure(sentence: str, holds: bool) -> None:
    assert sentence in PAGE
    assert holds, f"correct the operating page: {sentence}"


POSTGRES = " ".join((ROOT / "docs" / "operating" / "postgresql.md").read_text("utf-8").split())


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("keep it on PostgreSQL 14 or newer", postgres_connection.OLDEST == 14),
        ("has to wait for more than five seconds gives up", postgres_connection.BUSY_SECONDS == 5),
        ("says nothing for sixty seconds is cut off", postgres_connection.IDLE_SECONDS == 60),
        ("at most every 20 ms", postgres.NOTIFY_SECONDS == 0.02),
        ("kept states; the newest three", postgres.SNAPSHOTS_KEPT == 3),
        ("Without it the desk is `holdfast`", postgres_connection.DEFAULT_DESK == "holdfast"),
    ],
)
def test_figure_of_postgres(sentence: str, holds: bool) -> None:
    assert sentence in POSTGRES
    assert holds, f"correct the page on PostgreSQL: {sentence}"
