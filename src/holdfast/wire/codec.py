"""JSON to commands, and why it is not one; receipts to JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from holdfast.engine.journal import Receipt
from holdfast.engine.service import Submission
from holdfast.errors import Malformed, UnknownCommand
from holdfast.primitives.clock import parse_instant
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS
from holdfast.wire.reasons import reason_of

MAX_LINE = 16 * 2**20
"""Bytes of JSON that one command may have."""

MAX_DIGITS = 100
"""Digits of a JSON integer that are read: the rest can no longer make it one that a command takes."""

_ID = re.compile(r"\A[ -~]{1,128}\Z").match
_ACTOR = re.compile(r"\A@?[A-Za-z0-9._:-]{1,128}\Z").match
_PATH = re.compile(r"`(?P<path>\$[^`]*)`\Z")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]*)`")


def parse_json(text: str | bytes) -> Any:
    """JSON without double keys, NaN or infinities.

    Raises: Malformed with what is wrong and where.
    """
    if len(text) > MAX_LINE:
        raise Malformed(f"more than {MAX_LINE:,} bytes are too long for one command")
    try:
        return _read(text if isinstance(text, str) else str(text, "utf-8"))
    except UnicodeDecodeError:
        raise Malformed("not UTF-8 text") from None
    except RecursionError:
        raise Malformed("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} (column {error.colno})") from None


def usable_id(value: object) -> bool:
    """Whether this can be a command's id: text of 1..128 printable ASCII characters."""
    return isinstance(value, str) and _ID(value) is not None


def decode(fields: Any, *, default_id: str | None = None) -> Submission:
    """The command that a JSON object stands for, and its `at`.

    Order:   the envelope (id, at, actor, type), then the type's name, then the fields.
    Raises:  Malformed, UnknownCommand.
    """
    if not isinstance(fields, dict):
        raise Malformed('A command is a JSON object like {"id": …, "actor": …, "type": …}.')
    fields = dict(fields)
    moment = _instant(fields.pop("at")) if "at" in fields else None
    if default_id is not None:
        fields.setdefault("id", default_id)
    _envelope(fields)
    kind = COMMANDS.get(fields["type"])
    if kind is None:
        raise UnknownCommand(f"There is no command {fields['type'][:60]!r}; see the list of commands.", field="type")
    try:
        return Submission(msgspec.convert(fields, kind), moment)
    except msgspec.ValidationError as error:
        raise _explained(kind, fields, str(error)) from None
    except UnicodeEncodeError:
        raise Malformed("A text holds half of a surrogate pair (\\ud800 to \\udfff); write whole characters.") from None


def command(kind: str, command_id: str, actor: str, /, **fields: Any) -> Command:
    """A command made by a program; an argument of None is left out, `from_` stands for `from`.

    Raises: Malformed, UnknownCommand.
    """
    given = {name.rstrip("_"): value for name, value in fields.items() if value is not None}
    return decode({"id": command_id, "actor": actor, "type": kind, **given}).command


def encode(command_: Command) -> dict[str, Any]:
    """The JSON object of a command."""
    built: dict[str, Any] = msgspec.to_builtins(command_)
    return built


def receipt_object(receipt: Receipt) -> dict[str, Any]:
    """The JSON object of a receipt."""
    built: dict[str, Any] = msgspec.to_builtins(receipt)
    return built


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        twice = first_twice(name for name, _ in pairs)[:60].encode("utf-8", "replace").decode()
        raise Malformed(f"{twice}: given twice; state it once", field=twice, reason="twice")
    return built


def first_twice(names: Iterable[str]) -> str:
    """The first name that was there before. Each is looked at once: an object may have a million of them."""
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _integer(digits: str) -> int:
    """Python reads no more than 4,300 digits; far fewer are already above every integer that a command takes."""
    return int(digits[:MAX_DIGITS])


def _refuse_constant(name: str) -> Any:
    raise Malformed(f"not JSON: {name} is no JSON number")


_read = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_integer).decode


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise Malformed("at: write an instant like 2026-01-01T00:00:00Z", field="at", reason="not_an_instant")
    try:
        return parse_instant(value)
    except Malformed as error:
        raise Malformed(f"at: {error.message}", field="at", reason="not_an_instant") from None


def _envelope(fields: dict[str, Any]) -> None:
    if not usable_id(fields.get("id")):
        raise Malformed("id: state 1..128 printable ASCII characters", field="id")
    actor = fields.get("actor")
    if not (isinstance(actor, str) and _ACTOR(actor)):
        raise Malformed(
            "actor: state who acts, 1..128 letters, digits or . _ : -", field="actor", reason="not_a_holder"
        )
    if not isinstance(fields.get("type"), str):
        raise Malformed("type: state the command's type, like vault.deposit", field="type")


def _explained(kind: type[Command], fields: dict[str, Any], said: str) -> Malformed:
    """msgspec's finding in terms of the command's fields."""
    name = kind.__struct_config__.tag
    if missing := _MISSING.search(said):
        field = missing["field"]
        return Malformed(f"{field}: missing; {name} needs it ({_expects(kind, field)})", field=field, reason="missing")
    if unknown := _UNKNOWN.search(said):
        takes = ", ".join(kind.__struct_encode_fields__)
        return Malformed(
            f"{unknown['field'][:60]}: {name} has no such field; it takes {takes}",
            field=unknown["field"][:60],
            reason="unknown_field",
        )
    found = _PATH.search(said)
    path = (found["path"] if found else "$").removeprefix("$.")
    field = re.split(r"[.\[]", path)[0]
    value = json.dumps(fields.get(field), default=str)[:60]
    details = reason_of(_hint(kind, field))
    return Malformed(f"{field}: {value} is not {_expects(kind, field)}", field=field, **details)


def _expects(kind: type[Command], field: str) -> str:
    """What a field takes, in words."""
    return describe_type(_hint(kind, field))


def _hint(kind: type[Command], field: str) -> Any:
    names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    return get_type_hints(kind, include_extras=True).get(names.get(field, field))


def describe_type(hint: Any) -> str:
    """A field's type in words, from its description."""
    for part in (hint, *get_args(hint)):
        metas = [meta for meta in getattr(part, "__metadata__", ()) if isinstance(meta, Meta)]
        if metas and metas[0].description:
            return metas[0].description
        if getattr(get_origin(part), "__name__", "") == "Literal" or str(get_origin(part)) == "typing.Literal":
            return "one of " + ", ".join(map(str, get_args(part)))
        if part is bool:
            return "true or false"
        if get_origin(part) is dict:
            return "an object of " + describe_type(get_args(part)[1]) + " by name"
    return "of the documented type"
