"""Why a value does not fit, as a stable code with its bounds: what pages and programs word by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from holdfast.errors.base import Detail

UNBOUNDED = 2**53 - 1
"""The largest whole number of JSON: no bound that people would name."""

_PART = re.compile(r"[^.\[\]]+|\[[^\]]*\]")


def reason_of(hint: Any) -> dict[str, Detail]:
    """The details of a refusal for a value that is not what a field takes.

    Shape: `reason`; with numbers `least` and `most`, with texts the `most` characters, with a list of names `one_of`.
    """
    for part in _parts(hint):
        metas = _metas(part)
        for meta in metas:
            if meta.extra and "reason" in meta.extra:
                return {"reason": str(meta.extra["reason"])}
        plain = get_args(part)[0] if metas else part
        if get_origin(plain) is Literal:
            return {"reason": "not_one_of", "one_of": ", ".join(map(str, get_args(plain)))}
        if plain is bool:
            return {"reason": "not_true_or_false"}
        if plain is int:
            bounds = _bounds(metas)
            return {"reason": "not_in_range" if len(bounds) == 2 else "not_a_whole_number", **bounds}
        if plain is str:
            most = next((meta.max_length for meta in metas if meta.max_length is not None), None)
            return {"reason": "not_text", **({} if most is None else {"most": most})}
    return {"reason": "not_so"}


def hint_at(kind: Any, path: str) -> Any:
    """The type of what stands at a path like `rules[0].who` in a value of this type; None where it cannot be told."""
    for step in _PART.findall(path):
        kind = _inside(kind, step)
        if kind is None:
            return None
    return kind


def _inside(kind: Any, step: str) -> Any:
    for part in _parts(kind):
        if step.startswith("["):
            if get_origin(part) in (list, tuple, dict):
                return get_args(part)[-2 if get_args(part)[-1] is ... else -1]
        elif isinstance(part, type) and issubclass(part, Struct):
            named = dict(zip(part.__struct_encode_fields__, part.__struct_fields__, strict=True))
            found = get_type_hints(part, include_extras=True).get(named.get(step, ""))
            if found is not None:
                return found
    return None


def _parts(hint: Any) -> Iterator[Any]:
    """A type, and those that it is one of."""
    yield hint
    if get_origin(hint) is Annotated:
        inner = get_args(hint)[0]
        if get_origin(inner) is not Literal:
            yield from _parts(inner)
    elif get_origin(hint) not in (list, tuple, dict, Literal):
        for one in get_args(hint):
            if not isinstance(one, Meta):
                yield from _parts(one)


def _metas(part: Any) -> list[Meta]:
    return [meta for meta in getattr(part, "__metadata__", ()) if isinstance(meta, Meta)]


def _bounds(metas: list[Meta]) -> dict[str, Detail]:
    found: dict[str, Detail] = {}
    for meta in metas:
        if isinstance(meta.ge, int):
            found["least"] = meta.ge
        if isinstance(meta.le, int) and meta.le < UNBOUNDED:
            found["most"] = meta.le
    return found
