"""What the documented rule of a command says: formula, checks, rounding, postings; read from the rule itself."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from holdfast.engine.machine import RULES
from holdfast.errors import UnknownCommand
from holdfast.protocol.commands import COMMANDS

SECTION = re.compile(r"(?P<name>[A-Z][a-z]+): +(?P<text>.*)")


class Docstring(NamedTuple):
    """A docstring's first sentence, its plain paragraphs, and its sections like `Checks:` by name."""

    summary: str
    remarks: str
    sections: dict[str, str]


def read_docstring(of: object) -> Docstring:
    """The docstring of a class or function in parts; the lines of a section are joined by a blank."""
    summary, _, rest = (inspect.getdoc(of) or "").partition("\n")
    remarks: list[str] = []
    sections: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if found := SECTION.fullmatch(line):
            name = found["name"]
            sections[name] = found["text"].strip()
        elif name and line.startswith(" "):
            sections[name] += " " + line.strip()
        elif line.strip():
            remarks.append(line.strip())
    return Docstring(summary, " ".join(remarks), sections)


class RuleView(Struct, frozen=True):
    """A command type's rule: what it does, the roles it demands (none: anybody), and the parts of its description.

    `checks` stand in the order in which they are made. `sections` are what else is documented, by name: `Formula`,
    `Rounding`, `Postings`, `Units`, `Source`.
    """

    type: str
    does: str
    roles: tuple[str, ...]
    checks: list[str]
    sections: dict[str, str]
    rule: str


@cache
def rule(kind: str) -> RuleView:
    """The rule of a command type. Raises: UnknownCommand."""
    command = COMMANDS.get(kind)
    if command is None:
        raise UnknownCommand(f"There is no command {kind[:64]}.", type=kind[:64])
    answered = RULES[command]
    about, told = read_docstring(command), read_docstring(answered.answer)
    sections = dict(told.sections)
    checks = [part.strip() for part in sections.pop("Checks", "").rstrip(".").split("->") if part.strip()]
    module = answered.answer.__module__.removeprefix("holdfast.")
    does = " ".join(filter(None, (about.summary, about.remarks)))
    return RuleView(kind, does, answered.roles, checks, sections, f"{module}.{answered.answer.__name__}")
