"""From a command line to a verb, and from an error to a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from holdfast.entrypoints.cli.verbs import VERBS, Group, Verb

INTRODUCTION = """Staking vaults on one exact, replayable ledger.

\b
  holdfast demo                      the whole story in a minute
  holdfast run scenario.jsonl        execute commands in memory
  holdfast init && holdfast state    a desk of your own in ./holdfast.db

`holdfast VERB --help` explains a verb. Verbs that need a desk take --db, else the environment's HOLDFAST_DB, else
./holdfast.db. Most of them take --server URL instead, else HOLDFAST_SERVER; see `holdfast sign-in --help`. With --json
exactly one JSON document goes to stdout; everything for people goes to stderr.

\b
Exit codes: 0 done, 2 unusable input, 3 not authorised, 4 not found,
5 conflict, 6 rejected, 70 corrupt, 75 unavailable (retry), 130 interrupted.
"""


class LazyGroup(TyperGroup):
    """A group that imports a verb's module when the verb is called, not when it is listed."""

    verbs: dict[str, Verb | Group] | dict[str, Verb]

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that a word stands for, loaded now."""
        name, stub, rest = super().resolve_command(ctx, args)
        entry = self.verbs.get(name or "")
        if not isinstance(entry, Verb):
            return name, stub, rest
        command = _load(name or "", entry)
        _require_use_of_server(f"{ctx.command_path} {name}", command, rest)
        return name, command, rest


def _load(name: str, verb: Verb) -> Any:
    module, _, function = verb.target.partition(":")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name)(getattr(import_module(f"holdfast.entrypoints.cli.{module}"), function))
    return get_command(app)


def _require_use_of_server(words: str, command: Any, given: Sequence[str]) -> None:
    """Refuse --server where it is not known, and say why. Raises: Malformed."""
    asked = any(word == "--server" or word.startswith("--server=") for word in given)
    if asked and not any("--server" in parameter.opts for parameter in command.params):
        from holdfast.errors import Malformed

        raise Malformed(
            f"{words} works on files and databases here, not on a server's desk; leave --server out.", field="--server"
        )


def _group(name: str, summary: str, verbs: dict[str, Verb | Group] | dict[str, Verb]) -> LazyGroup:
    entries: dict[str, Any] = {}
    for word, entry in verbs.items():
        if isinstance(entry, Group):
            entries[word] = _group(word, entry.summary, entry.verbs)
        else:
            entries[word] = TyperCommand(word, help=entry.summary, rich_markup_mode=None)
    built = LazyGroup(name=name, help=summary, commands=entries, rich_markup_mode=None, no_args_is_help=True)
    built.verbs = verbs
    return built


def _usable_streams() -> None:
    """Output that was closed goes nowhere; a terminal that lacks a sign shows `?` for it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _usable_streams()
    try:
        command = _group("holdfast", INTRODUCTION, VERBS)
        with command.make_context("holdfast", given) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as leave:
        return leave.exit_code
    except BaseException as error:
        from holdfast.entrypoints.cli.failure import explain

        return explain(error, json="--json" in given)
    return 0
