"""`reference/errors.md`: every code with its status, its exit code, its sentence, and the commands that raise it."""

from __future__ import annotations

import inspect
import re

from holdfast.docs.markdown import anchor, page, table
from holdfast.engine.machine import RULES
from holdfast.entrypoints.http import app as _app  # noqa: F401 - the doors' own errors are told of whoever asks
from holdfast.errors import HoldfastError, Malformed, all_errors
from holdfast.views.rules import read_docstring

INTRODUCTION = """\
An error has a stable `code`, a sentence for people and, where it helps, `details` for programs:

```json
{"code": "insufficient_balance", "message": "alice holds 12 VG; 16500 are needed.",
 "details": {"asset": "VG", "needed": "16500", "available": "12"}}
```

Refusals (`not_authorized`, everything not found, everything rejected) are answers: the command uses its id up and is a
journal record like any other, the desk is unchanged. The others leave no trace and no id used: correct the command, or
retry it with the same id. In a scenario a refused command does not end the run; a verb that carries out a single
command leaves with the exit code given here.

Details have the names of the commands' fields and results. Where one code has several causes, `reason` tells them
apart, as stable as the code: of `malformed` it says what the `field` takes (`missing`, `unknown_field`,
`not_an_amount`, `too_many_digits` with the `most` that are possible, `not_in_range` with `least` and `most`,
`not_one_of`, …), so that a program words it by itself."""


def write() -> str:
    """The page."""
    raised = raised_by()
    groups: dict[type[HoldfastError], list[type[HoldfastError]]] = {}
    for error in sorted(all_errors(), key=_at_doors):
        groups.setdefault(_kind(error), []).append(error)
    rows = [
        [f"[{kind.__name__}](#{anchor(_heading(kind))})", str(kind.status), str(kind.exit_code), _sentence(kind)]
        for kind in groups
    ]
    parts = [INTRODUCTION, "\n".join(table(["kind", "HTTP status", "exit code", "meaning"], rows))]
    for kind, members in groups.items():
        parts.append(f"## {_heading(kind)}")
        for error in members:
            parts += [f"### {error.code}", _sentence(error)]
            by = raised.get(error.code, [])
            if by and error is not Malformed:
                parts.append("Raised by " + ", ".join(_link(name) for name in by) + ".")
    return page("Errors", *parts)


def _at_doors(error: type[HoldfastError]) -> str:
    """Errors of the doors come last, by their codes: the order in which those are imported is not always the same."""
    return error.code if error.__module__.startswith("holdfast.entrypoints.") else ""


def raised_by() -> dict[str, list[str]]:
    """The commands whose rule names a code among its checks."""
    found: dict[str, list[str]] = {}
    for kind, rule in RULES.items():
        checks = re.sub(r"\([^)]*\)", "", read_docstring(rule.answer).sections.get("Checks", ""))
        for code in dict.fromkeys(re.findall(r"[a-z_]+", checks)):
            found.setdefault(code, []).append(str(kind.__struct_config__.tag))
    return found


def _heading(kind: type[HoldfastError]) -> str:
    return f"{kind.__name__}: status {kind.status}, exit code {kind.exit_code}"


def _kind(error: type[HoldfastError]) -> type[HoldfastError]:
    """The kind that an error belongs to: the nearest class above it that states a status."""
    return next(base for base in error.__mro__ if issubclass(base, HoldfastError) and "status" in vars(base))


def _sentence(error: type[HoldfastError]) -> str:
    return " ".join((inspect.getdoc(error) or "").split())


def _link(name: str) -> str:
    return f"[`{name}`](commands.md#{name.replace('.', '')})"
