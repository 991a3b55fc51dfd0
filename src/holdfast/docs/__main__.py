"""`python -m holdfast.docs`: write the generated pages of docs/reference; with `--check`, say which are stale."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from holdfast.docs import command_line, commands, errors, http, settings

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.write,
    "errors.md": errors.write,
    "settings.md": settings.write,
    "command-line.md": command_line.write,
    "http.md": http.write,
}

USAGE = "usage: python -m holdfast.docs [--check] [FOLDER]   (FOLDER: docs/reference)"


def stale(folder: Path) -> list[Path]:
    """The generated pages that are not what the code gives."""
    return [
        folder / name
        for name, write in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != write()
    ]


def main(arguments: Sequence[str]) -> int:
    """Write or check the pages; the exit code."""
    given = [argument for argument in arguments if argument != "--check"]
    if len(given) > 1 or any(argument.startswith("-") for argument in given):
        print(USAGE, file=sys.stderr)
        return 2
    folder = Path(given[0] if given else "docs/reference")
    if not folder.is_dir():
        print(f"{folder} is not a folder; run this from the project's root.\n{USAGE}", file=sys.stderr)
        return 2
    old = stale(folder)
    if "--check" in arguments:
        for path in old:
            print(f"{path} is stale; run `make docs`.", file=sys.stderr)
        return 1 if old else 0
    for path in old:
        path.write_text(PAGES[path.name](), "utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
