"""`holdfast bench`: measures the engine beside hand-written baselines and says whether each promise holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from holdfast.benchmarks.measure import Figure, machine
from holdfast.benchmarks.suite import QUICK, SECTIONS, Section, Size
from holdfast.entrypoints.cli.output import advance, console, emit, say
from holdfast.errors import Malformed, Unavailable


def bench(
    sections: Annotated[list[str] | None, typer.Argument(help="Sections to run; all without any.")] = None,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where the measured files lie; use the disk that counts.")
    ] = Path(),
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the work: a rough look in half a minute.")] = False,
    server: Annotated[bool, typer.Option("--server", help="Only the HTTP server: the section of that name.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The tables of docs/benchmarks.md.")] = False,
) -> None:
    """Measure this machine: each figure a median, beside its baseline from the same run.

    \b
      holdfast bench                   everything, some minutes
      holdfast bench durable callers   two sections
      holdfast bench --server          the HTTP server
      holdfast bench --quick           a rough look

    \b
    Sections: memory, durable, postgres, callers, journal, stakes, eras, allocation, depin,
    growth, startup, server.
    A promise is "at least" or "at most"; "ok" says that it holds on this machine.
    """
    chosen = ["server"] if server else sections or list(SECTIONS)
    if unknown := [name for name in chosen if name not in SECTIONS]:
        raise Malformed(f"There is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}.", field="sections")
    if not folder.is_dir():
        raise Malformed(f"{folder} is not a folder; name one on the disk to measure.", field="--dir")
    size = QUICK if quick else Size()
    found: dict[str, list[Figure]] = {}
    for name in chosen:
        _measure(SECTIONS[name], folder, size, found)
    if json:
        emit({"machine": machine(), "quick": quick, "sections": {k: [_object(f) for f in v] for k, v in found.items()}})
    elif markdown:
        print(_markdown(found))
    else:
        _tables(found)


def _measure(section: Section, folder: Path, size: Size, found: dict[str, list[Figure]]) -> None:
    """Add a section's figures, with a progress bar; an optional one, or the rest of it, may be left out."""
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        show(done)

    say(f"{section.title} …")
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="holdfast-bench-") as place,
        advance(section.title, section.work(size)) as show,
    ):
        figures: list[Figure] = []
        try:
            for figure in section.run(Path(place), size, tick):
                figures.append(figure)  # noqa: PERF402 - what was measured before something is missing is kept
        except Unavailable as missing:
            if not section.optional:
                raise
            say(f"{section.title}: {'the rest is ' if figures else ''}left out. {missing.message}")
        if figures:
            found[section.title] = figures


def _object(figure: Figure) -> dict[str, Any]:
    return {**msgspec.to_builtins(figure), "ok": figure.ok}


def _cells(figure: Figure) -> tuple[str, str, str]:
    digits = 0 if abs(figure.value) >= 100 else 2
    promise = ""
    if figure.floor is not None:
        promise = f"at least {figure.floor:,g}"
    elif figure.most is not None:
        promise = f"at most {figure.most:,g}"
    verdict = {None: "", True: "ok", False: "MISSED"}[figure.ok]
    return f"{figure.value:,.{digits}f} {figure.unit}", promise, verdict


def _tables(found: dict[str, list[Figure]]) -> None:
    from rich.table import Table

    out = console()
    out.print(machine())
    for title, figures in found.items():
        table = Table(title=title, title_justify="left", expand=False)
        table.add_column("figure")
        table.add_column("measured", justify="right")
        table.add_column("promise", justify="right")
        table.add_column("")
        for figure in figures:
            table.add_row(figure.name, *_cells(figure))
        out.print(table)


def _markdown(found: dict[str, list[Figure]]) -> str:
    lines = [f"Measured on: {machine()}.", ""]
    for title, figures in found.items():
        lines += [f"## {title}", "", "| figure | measured | promise | |", "|---|---:|---:|---|"]
        lines += [f"| {figure.name} | {' | '.join(_cells(figure))} |" for figure in figures]
        lines.append("")
    return "\n".join(lines)
