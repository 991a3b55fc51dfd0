"""The standard desk as a commented desk file: every table and key, with its meaning and its default."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_type_hints

from msgspec import Meta, Struct, structs

from holdfast.engine.genesis import STANDARD_ASSETS, STANDARD_ROLES
from holdfast.protocol.parameters import Parameters
from holdfast.wire.type_words import in_words

HEADER = """\
# A desk file: what a desk starts from. `holdfast init --desk FILE` reads it once; afterwards it is part of the journal.
# Everything here is the standard: leave out what you do not change.

[desk]
# What the desk is called, 1 to 100 characters.
name = "desk"
# Whether anybody may draw test tokens (faucet.drip). Never on a desk that holds value.
demo = false
# Whether the standard assets below exist without being listed; a listed one then only overrides what it states.
standard_assets = true

[roles]
# Who governs products, who reports facts of the outside, who does what time makes due.
"""


def standard() -> str:
    """The text; reading it gives the standard genesis."""
    return HEADER + "\n".join([*_roles(), "", *_parameters(), *_assets()]) + "\n"


def _roles() -> Iterator[str]:
    for role, accounts in STANDARD_ROLES.items():
        yield f"{role} = {json.dumps(list(accounts))}"


def _parameters() -> Iterator[str]:
    for name, kind in get_type_hints(Parameters).items():
        defaults = kind()
        yield f"# {_first_line(kind)}"
        yield f"[{name}]"
        rows: list[str] = []
        for key, hint in get_type_hints(kind, include_extras=True).items():
            value = getattr(defaults, key)
            about = f"# {_description(hint)}"
            if isinstance(value, tuple):
                for row in value:
                    rows += ["", about, *_row(f"{name}.{key}", row)]
                    about = "#"
                continue
            yield about
            yield f"{key} = {_toml(value)}  # {in_words(hint)}"
        yield from (row for row in rows if row != "#")
        yield ""


def _assets() -> Iterator[str]:
    yield "# The assets that exist from the start: `decimals` 0 to 18,"
    yield "# `range` u64 (Solana), i128 (Stellar) or u512 (Casper)."
    for asset in STANDARD_ASSETS:
        yield from _row("assets", asset)
        yield ""


def _row(table: str, row: Struct) -> Iterator[str]:
    yield f"[[{table}]]"
    for key, value in structs.asdict(row).items():
        yield f"{key} = {_toml(value)}"


def _description(hint: Any) -> str:
    return next((meta.description for meta in hint.__metadata__ if isinstance(meta, Meta) and meta.description), "")


def _first_line(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "").splitlines()[0]


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
