"""Every command that somebody may send, each with a form made of the API's own schema: nothing is out of reach."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from holdfast.entrypoints.terminal.command_fields import CommandField, command_types, fields_of, value_of
from holdfast.entrypoints.terminal.forms import Field, Form, Make
from holdfast.entrypoints.terminal.language import has
from holdfast.entrypoints.terminal.pages import SIGNED_IN, page
from holdfast.entrypoints.terminal.visit import Values, Visit

ELSEWHERE = {
    "asset.set_authorized": ("compliance.freeze", "compliance.thaw"), "asset.clawback": ("compliance.clawback",),
}  # fmt: skip
"""Commands that need a reason, and the forms that ask for it; their titles have the same names."""


@page("/commands", "commands/commands.html", title="every.title", needs=SIGNED_IN, nav="commands", past=False)
async def commands(visit: Visit) -> dict[str, Any]:
    """All commands that the person may send, by topic."""
    mine = [kind for kind in command_types() if visit.may(kind)]
    return {
        "topics": [(topic, list(found)) for topic, found in groupby(mine, key=lambda kind: kind.split(".")[0])],
        "elsewhere": ELSEWHERE,
    }


def _field(one: CommandField) -> Field:
    """A field of the page for a field of the command."""
    choices = f"choices_{one.name}" if one.kind == "select" else ""
    hint = "every.json" if one.kind == "area" else ""
    return Field(name=one.name, kind=one.kind, required=one.required, hint=hint, choices=choices)


def _make(kind: str) -> Make:
    def make(values: Values) -> dict[str, Any]:
        given = {one.name: value_of(one, text) for one in fields_of(kind) if (text := values.text(one.name))}
        return {"type": kind, **values.given("actor"), **given}

    return make


def _choice(visit: Visit, word: str) -> str:
    """A choice as people read it: yes and no, roles by their names."""
    keys = {"true": "log.value_true", "false": "log.value_false"}
    key = keys.get(word, f"roles.{word}")
    return visit.t(key) if has(visit.language, key) else word


def _form(kind: str) -> Form:
    own = fields_of(kind)

    async def prepare(visit: Visit, values: Values) -> dict[str, Any]:
        choices = {
            f"choices_{one.name}": [(word, _choice(visit, word)) for word in one.choices] for one in own if one.choices
        }
        return {"accounts": [(name, name) for name in visit.person.accounts], **choices}

    actor = Field(name="actor", kind="select", choices="accounts", required=False, hint="every.actor_hint")
    return Form(name=f"command.{kind}", title=f"commands.{kind}", make=_make(kind), prepare=prepare,
                fields=(*map(_field, own), actor), glance="act/glance.html")  # fmt: skip


EVERY = {made.name: made for made in (_form(kind) for kind in command_types() if kind not in ELSEWHERE)}
"""The forms of all commands by name."""
