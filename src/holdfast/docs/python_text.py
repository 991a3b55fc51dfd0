"""Python source as text: imports, long statements and docstrings within the width of a line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

WIDTH = 120

FREE = "# fmt: off\n"
"""These modules are broken into lines here, so that nobody needs a formatter to see whether they are current."""


def heading(about: str) -> str:
    """The docstring of a module."""
    return (
        f'"""{about}\n\nWritten by `python -m holdfast.docs.client` from the OpenAPI document; '
        'do not edit. Run `make docs`.\n"""\n'
    )


def imports(wanted: Mapping[str, Sequence[str]], text: str) -> str:
    """The imports of those names that a text uses: the library's, then our own."""
    found = {module: [name for name in names if re.search(rf"\b{name}\b", text)] for module, names in wanted.items()}
    lines = [_import(module, sorted(names)) for module, names in sorted(found.items()) if names]
    parts = [[line for line in lines if ("from holdfast" in line) is own] for own in (False, True)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    return line if len(line) <= WIDTH else "\n".join([f"from {module} import (", *(f"    {n}," for n in names), ")"])


def wrapped(line: str, indent: str) -> list[str]:
    """A long statement over several lines, broken behind commas."""
    lines = [""]
    for part in re.split(r"(?<=, )", line):
        if lines[-1].strip() and len(lines[-1]) + len(part.rstrip()) > WIDTH:
            lines.append(indent)
        lines[-1] += part
    return [one.rstrip() for one in lines]


def sentence(text: str) -> str:
    """A description as a docstring's text."""
    return " ".join(text.replace("\\", "\\\\").replace('"""', "'''").split()).strip()


def documented(text: str, indent: str) -> list[str]:
    """A docstring: one sentence, the rest below it."""
    first, dot, rest = text.partition(". ")
    first = f"{first}{dot.strip()}"
    if len(indent) + len(text) + 6 <= WIDTH or not rest:
        lines = textwrap.wrap(f'"""{text}"""', WIDTH, initial_indent=indent, subsequent_indent=indent)
        return lines if len(lines) == 1 else [*lines[:-1], lines[-1]]
    below = textwrap.wrap(rest, WIDTH, initial_indent=indent, subsequent_indent=indent)
    top = textwrap.wrap(f'"""{first}', WIDTH, initial_indent=indent, subsequent_indent=indent)
    return [*top, "", *below, f'{indent}"""']
