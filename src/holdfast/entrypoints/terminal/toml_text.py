"""Policies as TOML, the form in which they are kept in files; and a text as plain data again, TOML or JSON."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from holdfast.entrypoints.terminal.api import Refused

_PLACE = re.compile(r"at line ([0-9]+), column ([0-9]+)")

ORDER = ("name", "action")
"""What stands first in a rule."""


def to_toml(document: Mapping[str, Any]) -> str:
    """Settings first, then one [[rules]] table for each rule."""
    lines = [f"{name} = {_value(value)}" for name, value in document.items() if name != "rules" and value != []]
    for rule in document.get("rules") or ():
        lines += ["", "[[rules]]"]
        names = [*(name for name in ORDER if name in rule), *(name for name in rule if name not in ORDER)]
        lines += [f"{name} = {_value(rule[name])}" for name in names]
    return "\n".join(lines).lstrip("\n") + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    return str(value)


def from_text(text: str) -> dict[str, Any]:
    """What a text says: JSON where it begins with `{`, else TOML. Raises: Refused, where it cannot be read."""
    try:
        found = msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, RecursionError, ValueError) as error:
        details = {"field": "text", "reason": "not_so"}
        if place := _PLACE.search(str(error)):
            details |= {"reason": "not_toml", "line": place[1], "column": place[2]}
        raise Refused(400, {"code": "malformed", "detail": str(error), "details": details}) from None
    return {name: value for name, value in found.items() if name != "groups"}
