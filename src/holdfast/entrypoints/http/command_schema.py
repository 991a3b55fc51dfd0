"""Commands as a request's body: every command's fields, without its id, and with the actor left to the server."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from holdfast.protocol.commands import COMMANDS

Schema = dict[str, Any]

COMMAND_BODY: Schema = {"$ref": "#/components/schemas/Command"}


@cache
def command_schemas() -> Schema:
    """The schemas of all commands, and `Command`, which is one of them by its type."""
    kinds = list(COMMANDS.values())
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    made: Schema = {}
    for name, schema in found.items():
        if "type" in schema.get("properties", {}) and "actor" in schema["properties"]:
            properties = {field: part for field, part in schema["properties"].items() if field != "id"}
            required = [field for field in schema["required"] if field not in ("id", "actor")]
            made[name] = schema | {"properties": properties, "required": required}
        else:
            made[name] = schema
    references = {kind.__struct_config__.tag: f"#/components/schemas/{kind.__name__}" for kind in kinds}
    made["Command"] = {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
    }
    return made
