"""`reference/command-line.md`: every verb of `holdfast`, its arguments and its options."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

from holdfast.docs.markdown import anchor, page, table
from holdfast.entrypoints.cli import __name__ as package
from holdfast.entrypoints.cli.verbs import VERBS, Group, Verb

INTRODUCTION = """\
`holdfast VERB --help` says the same in the terminal. Where a verb needs a desk it takes `--db`, else the environment's
`HOLDFAST_DB`, else `./holdfast.db`; where it takes `--server`, the desk of a [server](client.md) does as well. With
`--json` exactly one JSON document goes to standard output; everything meant for people goes to standard error. Exit
codes stand with the [errors](errors.md)."""


def every_verb() -> dict[str, Verb]:
    """All verbs by the words one types: `quote term` as well as `run`."""
    found: dict[str, Verb] = {}
    for word, entry in VERBS.items():
        if isinstance(entry, Group):
            found |= {f"{word} {verb}": inner for verb, inner in entry.verbs.items()}
        else:
            found[word] = entry
    return found


def load(words: str, verb: Verb) -> Any:
    """The verb as the command line library has it."""
    module, _, function = verb.target.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(words.rsplit(maxsplit=1)[-1])(getattr(import_module(f"{package}.{module}"), function))
    return get_command(app)


def parameters(words: str, verb: Verb) -> list[tuple[str, str]]:
    """The verb's arguments and options as its help shows them: how they are written, what they mean."""
    command = load(words, verb)
    context = command.make_context(f"holdfast {words}", [], resilient_parsing=True)
    records = (parameter.get_help_record(context) for parameter in command.params)
    return [(record[0], " ".join(record[1].split())) for record in records if record]


def write() -> str:
    """The page."""
    verbs = every_verb()
    contents = [
        [f"[`holdfast {words}`](#{anchor(f'holdfast {words}')})", verb.summary] for words, verb in verbs.items()
    ]
    parts = [INTRODUCTION, "\n".join(table(["verb", "what it does"], contents))]
    for words, verb in verbs.items():
        parts += _verb(words, verb)
    return page("Command line", *parts)


def _verb(words: str, verb: Verb) -> list[str]:
    help_text = str(load(words, verb).help or verb.summary)
    parts = [f"## holdfast {words}"]
    for paragraph in help_text.split("\n\n"):
        as_it_stands = paragraph.startswith("\b\n")
        text = paragraph.removeprefix("\b\n").rstrip()
        parts.append(f"```text\n{text}\n```" if as_it_stands else text)
    rows = [[f"`{written}`", meaning] for written, meaning in parameters(words, verb)]
    if rows:
        parts.append("\n".join(table(["argument or option", "meaning"], rows)))
    return parts
