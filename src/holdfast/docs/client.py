"""`python -m holdfast.docs.client`: write the client's generated modules; with `--check`, say which are stale."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from holdfast.docs.client_code import modules
from holdfast.entrypoints.http.openapi import document
from holdfast.entrypoints.http.routes import ROUTES

USAGE = "usage: python -m holdfast.docs.client [--check]"

FOLDER = Path(__file__).parents[1] / "client"
"""Where the client is: beside this package."""

FOLDERS = ("api", "shapes")
"""The folders in it that hold nothing but what is written here."""


def stale(folder: Path = FOLDER) -> dict[Path, str | None]:
    """What has to be written anew, and what has to go (None)."""
    wanted = {folder / name: text for name, text in modules(document(ROUTES)).items()}
    there = {path for name in FOLDERS for path in (folder / name).glob("*.py")} | {p for p in wanted if p.exists()}
    old: dict[Path, str | None] = dict.fromkeys(there - wanted.keys())
    return old | {path: text for path, text in wanted.items() if path not in there or path.read_text("utf-8") != text}


def main(arguments: Sequence[str]) -> int:
    """Write or check; the exit code."""
    if set(arguments) - {"--check"}:
        print(USAGE, file=sys.stderr)
        return 2
    old = stale()
    for path, text in sorted(old.items()):
        if "--check" in arguments:
            print(f"{path} is stale; run `make docs`.", file=sys.stderr)
        elif text is None:
            path.unlink()
            print(f"removed {path}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path}")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
