"""Console blocks of the documents: what was typed, what was shown, and how the two are compared with a real run.

    ```console
    $ holdfast quote term 15000 --booster
    Staking 15,000 VG with a booster
    ...
    13,500 VG are paid in all by day 239.
    ```

A line that begins with `$ ` is typed; lines that begin with `> ` right after it continue it. The rest, up to the next
`$ `, is what the terminal shows, standard error included. A line of `...` stands for any lines or none, `...` within
a line for any text. Blanks at line ends do not count. All blocks of a page are one session in one new folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from documents import blocks

SECONDS = 120
"""How long one typed line may take."""


class Step(NamedTuple):
    """A typed line and what the page shows for it; `line` is where it stands."""

    typed: str
    shown: str
    line: int


def steps(page: Path) -> Iterator[Step]:
    """The session of a page."""
    for block in blocks(page, "console"):
        typed: list[str] = []
        shown: list[str] = []
        at = block.line
        for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
            if line.startswith("$ "):
                if typed:
                    yield Step("\n".join(typed), "\n".join(shown), at)
                typed, shown, at = [line[2:]], [], number
            elif typed and not shown and (line == ">" or line.startswith("> ")):
                typed.append(line[2:])
            else:
                assert typed, f"{page}:{number}: a console block begins with `$ `"
                shown.append(line)
        yield Step("\n".join(typed), "\n".join(shown), at)


def type_in(typed: str, folder: Path) -> str:
    """Run a typed line as a reader would, the project's programs on the path; what the terminal shows."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    ran = subprocess.run(
        ["bash", "-c", typed],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return ran.stdout


def tidy(text: str) -> str:
    """Without blanks at line ends, and without empty lines at either end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def agrees(shown: str, real: str) -> bool:
    """Whether what the page shows is what really came."""
    pattern = ""
    for line in tidy(shown).splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
    return re.fullmatch(pattern, tidy(real) + "\n" if tidy(real) else "") is not None
