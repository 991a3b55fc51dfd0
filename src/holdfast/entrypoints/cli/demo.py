"""`holdfast demo`: the three founding documents, played on a new desk."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Json

if TYPE_CHECKING:
    from holdfast.engine.audit import Report
    from holdfast.engine.service import Service
    from holdfast.entrypoints.story.stage import Figure

DESK_FILE = "desk.db"
START = 1_767_225_600
"""2026-01-01T00:00:00Z: when the story begins."""


def demo(
    folder: Annotated[str, typer.Option("--dir", metavar="DIR", help="Where the desk is made.")] = "demo",
    auction: Annotated[
        str | None, typer.Option(metavar="FILE", help="Casper validators to use.", show_default=False)
    ] = None,
    terminal: Annotated[
        bool | None,
        typer.Option(
            "--terminal/--no-terminal",
            help="Open the web terminal on it. Default: when somebody is there.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Where the terminal is. Default: 8000.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Run the whole story on a new desk, with every figure checked.

    Makes a desk in DIR/desk.db, plays the three products of the founding documents on it, compares each figure with
    the one worked out by hand, and verifies the journal. A demo desk that is there already is replaced, nothing else.
    Time is the story's own. Ends with exit code 70 where a figure is not what it should be. In a terminal it then opens
    the web terminal on the desk, with a person for each role ready to sign in, until Ctrl-C.

    \b
    Examples:
      holdfast demo
      holdfast demo --dir /tmp/demo --auction auction.json.gz
      holdfast demo --no-terminal
    """
    from holdfast.networks.casper.auction import read_auction

    path = Path(folder) / DESK_FILE
    _tell(path, None if auction is None else read_auction(auction), json=json)
    if terminal or (terminal is None and not json and sys.stdin.isatty() and sys.stdout.isatty()):
        from holdfast.entrypoints.cli import demo_terminal

        demo_terminal.show(path, port)


def _tell(path: Path, validators: Any, *, json: bool) -> None:
    """Play the whole story on a new desk. Raises: Corrupt where a figure or the audit is not as it should be."""
    from holdfast.engine import audit
    from holdfast.entrypoints.story import leverage, liquid, pipeline, term
    from holdfast.entrypoints.story.stage import Stage
    from holdfast.errors import Corrupt

    service = _fresh(path)
    try:
        teller = _Document() if json else _Console(path)
        stage = Stage(service, teller, START)
        pipeline.play(stage)
        liquid.play(stage)
        term.play(stage)
        leverage.play(stage, validators)
        report = audit.verify(service.store, expected_head=(service.head.seq, service.head.digest.hex()))
    finally:
        service.close()
    if not report.ok:
        raise Corrupt(f"The audit of {path} found: {report.problems[0]}", file=str(path))
    teller.end(report, stage.compared, path)


def _fresh(path: Path) -> Service:
    """A new demo desk in place of an old one. Raises: DeskExists where what is there is no demo desk."""
    from holdfast import bootstrap
    from holdfast.engine.genesis import Genesis
    from holdfast.engine.rebuild import open_genesis
    from holdfast.entrypoints.story import leverage
    from holdfast.errors import DeskExists, HoldfastError
    from holdfast.protocol.parameters import LeverageParameters, Parameters
    from holdfast.wire.problems import from_os_error

    if path.exists():
        try:
            store = bootstrap.open_store(str(path))
            try:
                replaceable = open_genesis(store).demo
            finally:
                store.close()
        except HoldfastError as error:
            raise DeskExists(
                f"{path} is there and is not a demo desk ({error.message}); name another folder with --dir.",
                file=str(path),
            ) from None
        if not replaceable:
            raise DeskExists(f"{path} is a desk, and not a demo's; name another folder with --dir.", file=str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise from_os_error(error, "write") from None
    parameters = Parameters(leverage=LeverageParameters(borrow_rate_bps=leverage.BORROW_RATE_BPS))
    return bootstrap.create_desk(str(path), Genesis(name="demo", demo=True, parameters=parameters))


class _Console:
    """Tells the story on a terminal."""

    def __init__(self, path: Path) -> None:
        from holdfast.entrypoints.cli.output import console

        self._out = console()
        self._chapter = 0
        self._out.print(f"A new desk in {path}. Time is the story's own and begins on 2026-01-01.")
        self._out.print("Every figure is compared with the one worked out by hand beside it.")

    def chapter(self, title: str) -> None:
        """A heading."""
        self._chapter += 1
        self._out.print()
        self._out.print(f"{self._chapter}. {title}", style="bold")

    def say(self, text: str) -> None:
        """A paragraph, wrapped."""
        self._out.print()
        self._out.print(text)

    def figures(self, figures: list[Figure]) -> None:
        """A table of them."""
        from rich.table import Table
        from rich.text import Text

        built = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        for justify, style in (("left", "green"), ("left", ""), ("right", "bold"), ("left", ""), ("left", "dim")):
            built.add_column(justify=justify, style=style, overflow="fold")  # type: ignore[arg-type]
        for figure in figures:
            built.add_row(*map(Text, ("  ✓", figure.what, _readable(figure.actual), figure.unit, figure.how)))
        self._out.print()
        self._out.print(built)

    def end(self, report: Report, compared: int, path: Path) -> None:
        """What was verified, and where to go next."""
        self._out.print()
        self._out.print(f"{self._chapter + 1}. The journal", style="bold")
        self._out.print()
        self._out.print(
            f"{report.records:,} records were read back, every command decided again: {report.applied:,} applied, "
            f"{report.refused} refused as the story wants it. The chain of digests and every invariant hold, and "
            f"{compared} figures are as worked out by hand."
        )
        self._out.print(f"\ndigest {report.digest}\n")
        self._out.print("Go on from here:\n")
        for command, what in _next(path):
            self._out.print(f"  {command}", soft_wrap=True)
            self._out.print(f"      {what}", style="dim")


class _Document:
    """Gathers the story as one JSON object."""

    def __init__(self) -> None:
        self._chapters: list[dict[str, Any]] = []

    def chapter(self, title: str) -> None:
        """A new object."""
        self._chapters.append({"title": title, "figures": []})

    def say(self, text: str) -> None:
        """Programs read no prose."""

    def figures(self, figures: list[Figure]) -> None:
        """Each with what was expected."""
        self._chapters[-1]["figures"] += [
            {"what": f.what, "value": f.actual, "expected": f.expected, "unit": f.unit, "how": f.how} for f in figures
        ]

    def end(self, report: Report, compared: int, path: Path) -> None:
        """Print the object."""
        from holdfast.entrypoints.cli.output import emit

        emit(
            {
                "db": str(path),
                "figures": compared,
                "chapters": self._chapters,
                "audit": report,
                "next": [command for command, _ in _next(path)],
            }
        )


def _next(path: Path) -> list[tuple[str, str]]:
    """Commands worth trying on the demo's desk."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "holdfast" and not shutil.which("holdfast") else "holdfast"
    db = f"--db {shlex.quote(str(path))}"
    tips = [
        (f"state {db}", "everything on the desk; --at 20 shows it as of record 20"),
        (f"history carol {db}", "Carol's statement"),
        (f"verify {db}", "replay the journal and check all of it"),
        (f"quote vault --vault FLUX --holder bob {db}", "what Bob's shares give now"),
        ("quote term", "the period over amounts, and its cliff"),
        ("quote leverage 100 --slash 700", "what a slash does at each leverage"),
    ]
    return [(f"{program} {command}", what) for command, what in tips]


def _readable(value: object) -> str:
    """A figure for people: thousands apart, yes and no."""
    from holdfast.entrypoints.cli.figures import grouped

    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return grouped(str(value))
