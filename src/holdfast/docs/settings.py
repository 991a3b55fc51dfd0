"""`reference/settings.md`: every parameter with its default, its bounds and its source."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from holdfast.docs import server_settings
from holdfast.docs.markdown import linked_sources, page, table
from holdfast.engine.genesis import STANDARD_ASSETS, STANDARD_ROLES, GenesisAsset
from holdfast.primitives.asset import AMOUNT_PATTERN
from holdfast.protocol.parameters import ASSET_PATTERN, Parameters
from holdfast.views.rules import read_docstring
from holdfast.wire.desk_file import Desk
from holdfast.wire.type_words import in_words

INTRODUCTION = """\
A desk's settings are fixed when it is made: they are its genesis, and the journal's chain of digests begins with them.
A desk file in TOML sets any of them, each table below being a table of the file; what it leaves out keeps its default.
A value out of its bounds, or an unknown key, is refused with the key's name before anything is written. What belongs to
[the server](#the-server) is set in another file.

Amounts are text in whole tokens, rates are basis points (10,000 bps = 100 %), times are whole seconds, days or eras.
The source of a value is the founding document it comes from, or the [decision](../decisions/README.md) that set it."""

DESK_FILE = """\
`holdfast init --print-desk` prints the standard desk as a desk file with every key, its meaning and its default. Leave
out what you do not change:

```toml
[desk]
name = "Main desk"

[roles]
operator = ["ann", "ben"]

[term]
period_rounding = "nearest"
keeper_unstakes = false

[[assets]]
code = "GPU"
decimals = 6
admin = "ann"
```"""

ENVIRONMENT = """\
One setting is not the server's alone: `HOLDFAST_DB` names the desk of all verbs that need one and are given no `--db`;
without it that is `holdfast.db`. For a desk on PostgreSQL it is a
[URL](../operating/postgresql.md#what-a-url-says), and PostgreSQL's own variables (`PGHOST`, `PGPASSFILE`, …) fill in
what the URL leaves out.

Whoever asks a server has its address in `HOLDFAST_SERVER` and his key in `HOLDFAST_API_KEY` or
`HOLDFAST_API_KEY_FILE`, with `HOLDFAST_SIGNING_KEY_FILE` where requests are signed; see
[clients](client.md#keys).

The project's own tests look for real validator data in `HOLDFAST_DATA`, by default `../shared/data`, and skip what
needs it where it is absent. They start a PostgreSQL of their own, unless `HOLDFAST_TEST_POSTGRES` is the URL of a
database in which they may make schemas. With `HOLDFAST_TEST_BROWSER=required` they fail where there is no Chromium
instead of leaving the pages out; `HOLDFAST_TEST_SHOTS=1` keeps pictures of the pages in `screenshots/`;
`HOLDFAST_TEST_EXAMPLES` is the number of requests that are made up for each operation and role."""

TOGETHER = """\
What must fit together: the two shares of `tax` are at most 10,000 bps in sum; `term.minimum_days` is not above
`term.maximum_days`; `leverage.maximum_ltv_bps` is not above `leverage.liquidation_threshold_bps`; the tiers of fee keys
start at 0 and rise; `leverage.asset` and `leverage.debt_asset` differ and have the same decimals and range."""

PATTERNS = {AMOUNT_PATTERN: "an amount", ASSET_PATTERN: "an asset's code"}


def write() -> str:
    """The page."""
    parts = [INTRODUCTION, "## The desk file", DESK_FILE]
    for name, kind, about in (
        ("desk", Desk, "The desk itself."),
        ("roles", None, "A list of accounts for each role: `operator` (at least one), `oracle`, `keeper`."),
        (
            "assets",
            GenesisAsset,
            "One `[[assets]]` for each. A standard asset that is named is changed only where stated.",
        ),
    ):
        parts += [f"### {name}", about, *(["\n".join(_plain_table(kind))] if kind else [])]
    parts += ["## The server", *server_settings.write(), "## The environment", ENVIRONMENT, "## Parameters"]
    for name, kind in get_type_hints(Parameters).items():
        parts += [f"### {name}", read_docstring(kind).summary, "\n".join(_table(kind))]
    assets = [
        [f"`{a.code}`", str(a.decimals), a.range, f"`{a.admin}`", str(a.transfer_tax_bps)] for a in STANDARD_ASSETS
    ]
    roles = [[f"`{role}`", ", ".join(f"`{account}`" for account in held)] for role, held in STANDARD_ROLES.items()]
    parts += [
        TOGETHER,
        "## Assets and roles at the start",
        "A desk that is told nothing else starts with these assets, and with one account in each role.",
        "\n".join(table(["asset", "decimals", "range", "admin", "transfer tax (bps)"], assets)),
        "\n".join(table(["role", "held by"], roles)),
    ]
    return page("Settings", *parts)


def _table(kind: type[Struct]) -> list[str]:
    hints = get_type_hints(kind, include_extras=True)
    rows = []
    for field in msgspec.structs.fields(kind):
        what, _, source = _description(hints[field.name]).partition(" Source: ")
        shown = _shown(field.default)
        rows.append([f"`{field.name}`", shown, bounds(hints[field.name]), what, linked_sources(source.rstrip("."))])
    return table(["key", "default", "takes", "meaning", "source"], rows)


def _plain_table(kind: type[Struct]) -> list[str]:
    hints = get_type_hints(kind, include_extras=True)
    fields = msgspec.structs.fields(kind)
    needed = {field.name for field in fields if field.default is msgspec.NODEFAULT}
    rows = [
        [f"`{field.name}`", "needed" if field.name in needed else _shown(field.default), in_words(hints[field.name])]
        for field in fields
    ]
    return table(["key", "default", "takes"], rows)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(f"{t.name} from {t.locked_lp_from:,} LP: {t.multiplier_bps:,} bps" for t in value)
    return f"`{json.dumps(value)}`"


def _metas(hint: Any) -> list[Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Meta)]


def _description(hint: Any) -> str:
    return next((meta.description for meta in reversed(_metas(hint)) if meta.description), "")


def bounds(hint: Any) -> str:
    """What a setting takes, in words."""
    base = getattr(hint, "__origin__", hint)
    if base is bool:
        return "true or false"
    if get_origin(base) is Literal:
        return " or ".join(f'`"{choice}"`' for choice in get_args(base))
    if get_origin(base) is tuple:
        return "tiers (name, locked_lp_from, multiplier_bps)"
    for meta in _metas(hint):
        if meta.pattern is not None:
            return PATTERNS[meta.pattern]
    least = next((meta.ge for meta in _metas(hint) if meta.ge is not None), None)
    most = next((meta.le for meta in _metas(hint) if meta.le is not None), None)
    return f"{least:,}..{most:,}"
