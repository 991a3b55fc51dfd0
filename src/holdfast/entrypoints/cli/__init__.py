"""`holdfast`: the command line. Each verb lives in a module of its own and is loaded when it is called."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script: carry out one command line and say with which code to leave."""
    try:
        from holdfast.entrypoints.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130
