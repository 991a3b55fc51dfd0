"""The fields of every command as the API's own schema has them: what forms for any command are made of."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from holdfast.entrypoints.http.command_schema import command_schemas

Kind = Literal["amount", "area", "select", "text", "whole"]

_AMOUNT = r"(0|[1-9][0-9]*)(\.[0-9]+)?"


class CommandField(NamedTuple):
    """One field; `area` takes JSON, `select` one of `choices`."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()


@cache
def command_types() -> tuple[str, ...]:
    """Every command's type, in the order of the reference."""
    return tuple(command_schemas()["Command"]["discriminator"]["mapping"])


@cache
def fields_of(kind: str) -> tuple[CommandField, ...]:
    """A command's own fields; those that must be stated first. Raises: KeyError for no command."""
    schemas = command_schemas()
    schema = schemas[schemas["Command"]["discriminator"]["mapping"][kind].rpartition("/")[2]]
    required = set(schema["required"])
    found = [
        _field(name, part, name in required)
        for name, part in schema["properties"].items()
        if name not in ("type", "actor")
    ]
    return tuple(sorted(found, key=lambda one: not one.required))


def _field(name: str, part: dict[str, Any], required: bool) -> CommandField:
    if choices := part.get("enum"):
        return CommandField(name, "select", required, tuple(choices))
    kind = part.get("type")
    if kind == "boolean":
        return CommandField(name, "select", required, ("true", "false"))
    if kind == "integer":
        return CommandField(name, "whole", required)
    if kind in ("array", "object"):
        return CommandField(name, "area", required)
    return CommandField(name, "amount" if _AMOUNT in str(part.get("pattern")) else "text", required)


def value_of(field: CommandField, text: str) -> Any:
    """What was typed as the API takes it; what does not fit stays text, and the API says so."""
    if field.kind == "whole":
        return int(text) if text.isascii() and text.isdigit() else text
    if field.choices == ("true", "false"):
        return text == "true"
    if field.kind == "area":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text
