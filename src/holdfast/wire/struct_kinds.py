"""What msgspec knows of our structs is looked up in one thread, before many threads read them.

msgspec looks at a struct's fields when it is first decoded or converted to. Where two threads are the first at the same
moment, one of them reads what the other has not finished, and the interpreter dies (seen with 0.22). Once looked at, a
struct is safe from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")

_lock = Lock()
_ready: set[type[Struct]] = set()
_readers: dict[Any, Callable[[bytes], Any]] = {}


def make_ready() -> None:
    """Look at all structs of ours that are there by now. Whoever opens a desk or its office calls this."""
    with _lock:
        for kind in unready():
            with suppress(NameError, TypeError):  # of what holds functions, which nobody decodes
                msgspec.json.Decoder(kind)
            _ready.add(kind)


def unready() -> list[type[Struct]]:
    """Structs of ours that were not looked at yet."""
    return [kind for kind in _below(Struct) if kind not in _ready and kind.__module__.startswith("holdfast.")]


def json_reader(kind: type[T]) -> Callable[[bytes], T]:
    """What reads this kind from JSON, from any thread; it raises msgspec.MsgspecError where it cannot."""
    found = _readers.get(kind)
    if found is None:
        with _lock:
            found = _readers[kind] = msgspec.json.Decoder(kind).decode
    return found


def _below(kind: type[Struct]) -> Iterator[type[Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
