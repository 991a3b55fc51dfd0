"""`holdfast bench`: figures of real work, promises beside them, and nothing measured is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.conftest import Cli
from holdfast.benchmarks import suite
from holdfast.benchmarks.measure import Figure
from holdfast.benchmarks.suite import Section, Size
from holdfast.errors import Unavailable

TINY = Size(commands=300, single=20, each_caller=5, requests=4, stakes=2_000, positions=20, longest=1_000,
            reports=50, resources=100)  # fmt: skip


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.entrypoints.cli.bench.QUICK", TINY)


@pytest.mark.parametrize(
    "section", ["memory", "durable", "callers", "journal", "stakes", "eras", "allocation", "depin", "growth", "startup"]
)
def test_section__measures(cli: Cli, folder: Path, section: str) -> None:
    told = cli("bench", section, "--quick", "--json").document
    [figures] = told["sections"].values()
    assert figures
    assert all(figure["value"] > 0 for figure in figures if figure["unit"] != "bytes")  # memory may be used again here
    assert told["quick"] is True


def test_server__commands_bulks_and_reads(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.benchmarks.server.STREAMS", 5)
    monkeypatch.setattr("holdfast.benchmarks.server.programs", lambda: None)
    [figures] = cli("bench", "--server", "--quick", "--json").document["sections"].values()
    assert [figure["floor"] for figure in figures if figure["floor"]] == [5_000, 15_000, 8_000]
    assert all(figure["value"] > 0 for figure in figures)


def test_something_missing_on_the_way__what_was_measured_is_kept(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(*_: object) -> Iterator[Figure]:
        yield Figure("first", 7, "/s", floor=8)
        raise Unavailable("No server is to be had here.")

    monkeypatch.setitem(suite.SECTIONS, "server", Section("The server", half, optional=True))
    ran = cli("bench", "server", "--json")
    assert [(one["name"], one["ok"]) for one in ran.document["sections"]["The server"]] == [("first", False)]
    assert "The server: the rest is left out. No server is to be had here." in ran.err


def test_no_such_section__named(cli: Cli, folder: Path) -> None:
    ran = cli("bench", "speed")
    assert ran.code == 2
    assert "There is no section 'speed'" in ran.err
