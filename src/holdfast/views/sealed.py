"""A journal record with its amounts taken out: what everybody may see of it, and the parts that are sealed.

What is shown is chosen, not what is hidden: of a command the fields that name somebody or something, of postings the
asset and both sides. All else (amounts, ids, results, events, messages, changed records) lies in parts, each with the
accounts whose holders may open it. In place of a value that was taken out stands `{"sealed": n}`, n being its part.

    own        the actor: the command's other fields, its id, result and events, or the error's message
    postings   the holders on both sides of a posting, a part for each pair
    records    nobody but the auditor: what the command changed may tell of others
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
from msgspec import UnsetType

from holdfast.engine.journal import Problem, Row, recorded_answer
from holdfast.ledger.chart import is_protocol
from holdfast.primitives.clock import format_instant
from holdfast.protocol import arguments
from holdfast.protocol.arguments import Command
from holdfast.protocol.records import Asset
from holdfast.views.journal import explained

SHOWN = (
    arguments.Holder, arguments.Name, arguments.AssetCode, arguments.VaultName, arguments.Instant, arguments.RoleName,
    bool,
)  # fmt: skip
"""Types of arguments that everybody sees: they name somebody, something or a moment, and never say how much."""

Path = str
"""Where a value belongs: names and places joined by dots, like `command.amount` or `postings.0.amount`."""


class Part(NamedTuple):
    """Values that are sealed together, by their paths, and the accounts whose holders may open them."""

    field: str
    accounts: tuple[str, ...]
    values: dict[Path, Any]


class Masked(NamedTuple):
    """What everybody sees, and what is sealed."""

    shown: dict[str, Any]
    parts: list[Part]


def masked(row: Row, assets: Mapping[str, Asset]) -> Masked:
    """A record in these two halves. `assets` are those of any later state: decimals never change.

    Units:   whole tokens as text; inside of changed records base units.
    Raises:  Corrupt for a record that cannot be read.
    """
    command, answer = recorded_answer(row)
    shown: dict[str, Any] = {
        "seq": row.seq,
        "at": format_instant(row.at),
        "id": None,
        "type": str(command.__struct_config__.tag),
        "actor": command.actor,
        "status": "rejected" if isinstance(answer, Problem) else "applied",
    }
    own: dict[Path, Any] = {"id": row.id}
    shown["command"] = _command(command, own)
    taken: list[Part] = [Part("own", (command.actor,), own)]
    if isinstance(answer, Problem):
        shown["error"] = {"code": answer.code, "message": None, "details": None}
        own |= {"error.message": answer.message, "error.details": answer.details}
    else:
        shown |= {"result": None, "events": None, "postings": [], "records": None}
        own |= {"result": answer.result, "events": list(answer.events)}
        pairs: dict[tuple[str, ...], dict[Path, Any]] = {}
        for place, posting in enumerate(answer.postings):
            shown["postings"].append(
                {"asset": posting.asset, "debit": posting.debit, "credit": posting.credit, "amount": None}
            )
            known = assets.get(posting.asset)
            amount = known.text(posting.amount) if known else str(posting.amount)
            pairs.setdefault(_holders(posting.debit, posting.credit), {})[f"postings.{place}.amount"] = amount
        taken += [Part(" ".join(("postings", *holders)), holders, values) for holders, values in pairs.items()]
        taken.append(Part("records", (), {"records": [explained(one) for one in answer.records]}))
    for number, part in enumerate(taken):
        for path in part.values:
            put(shown, path, {"sealed": number})
    return Masked(shown, taken)


def put(record: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at a path of a record. Raises: KeyError, IndexError, TypeError, ValueError where it has no such."""
    *way, last = path.split(".")
    here: Any = record
    for name in way:
        here = here[int(name)] if isinstance(here, list) else here[name]
    here[last] = value


def _command(command: Command, hidden: dict[Path, Any]) -> dict[str, Any]:
    """A command's fields that everybody sees; the others go to `hidden`, and stand in their places as None."""
    kind = type(command)
    told: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(command).items():
        if name in ("type", "actor") or name in _shown_fields(kind):
            told[name] = value
        else:
            told[name] = None
            hidden[f"command.{name}"] = value
    return told


@cache
def _shown_fields(kind: type[Command]) -> frozenset[str]:
    """The fields of a command, as they are written, whose every type is one of SHOWN."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if field.name != "id" and all(one in SHOWN for one in _types(hints[field.name]))
    )


def _types(hint: Any) -> tuple[Any, ...]:
    """The types that a field takes, being left out not among them; a literal or annotated type is one."""
    if hint in SHOWN or UnsetType not in get_args(hint):
        return (hint,)
    return tuple(one for one in get_args(hint) if one is not UnsetType)


def _holders(*accounts: str) -> tuple[str, ...]:
    return tuple(sorted({account for account in accounts if not is_protocol(account)}))
