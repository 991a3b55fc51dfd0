"""`reference/commands.md`: every command with its arguments, who may ask, its checks in order and its postings."""

from __future__ import annotations

import json
import re
from typing import Any, get_type_hints

import msgspec
from msgspec import NODEFAULT, structs

from holdfast.docs.markdown import linked_sources, page, table
from holdfast.engine.machine import RULES, Rule
from holdfast.errors import ERRORS
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS
from holdfast.views.rules import read_docstring
from holdfast.wire.codec import describe_type

GROUPS = {
    "role": ("Roles", "concepts.md#roles"),
    "asset": ("Assets", "protocols/assets.md"),
    "faucet": ("Faucet", "protocols/assets.md#faucet"),
    "vault": ("Liquid vaults", "protocols/liquid-vault.md"),
    "strategy": ("Strategies", "protocols/restaking.md"),
    "portfolio": ("Portfolios", "protocols/restaking.md#plans"),
    "depin": ("Contributed resources", "protocols/depin.md"),
    "term": ("Term staking", "protocols/term-staking.md"),
    "booster": ("Boosters", "protocols/term-staking.md#35-boosters"),
    "fee_key": ("Fee keys", "protocols/term-staking.md#36-fee-keys"),
    "buyback": ("Buyback and burn", "protocols/term-staking.md#37-buyback-and-burn"),
    "treasury": ("Treasury", "protocols/term-staking.md#38-treasury"),
    "validator": ("Validators", "protocols/leveraged-delegation.md#43-validators-and-eras"),
    "leverage": ("Leveraged delegation", "protocols/leveraged-delegation.md"),
    "network": ("Network", "protocols/leveraged-delegation.md#43-validators-and-eras"),
}
"""The families of commands: their title, and the page that tells their rules in words."""

EXAMPLES: dict[str, Any] = {
    "role": "keeper", "account": "bob", "asset": "FLUX", "decimals": 8, "to": "bob", "from": "carol", "amount": "1000",
    "spender": "bob", "admin": "bob", "authorized": False, "vault": "FLUX", "assets": "1000", "shares": "1000",
    "request": "exit-1", "stake": "vg-1", "booster": "booster-1", "locked_lp": 1_000, "key": "key-1",
    "vg_per_vc": "0.5", "vc": "200", "memo": "audit fee", "validator": "v1", "commission_bps": 500, "active": False,
    "strategy": "benqi", "protocol": "BENQI", "yield_curve": [["0", 800], ["250000", 500]], "cap": "1000000",
    "deposit": "100", "leverage": 5, "holder": "bob", "era": 1, "rewards": {"v1": "12.5"},
    "network": "gpus", "reward_asset": "FLUX", "epoch_seconds": 86_400, "emission_per_epoch": "100",
    "attestor": "probe", "public_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
    "resource": "alice-gpu", "kind": "gpu", "capacity": "2", "unit": "gpu", "uptime_bps": 10_000, "quality_bps": 9_000,
    "availability_bps": 10_000, "sequence": 1, "signature": "0" * 128,
}  # fmt: skip
"""A plausible value for every argument that some command requires."""

CHOICES: dict[str, dict[str, Any]] = {
    "strategy.report": {"gain": "12.5"},
    "depin.report": {"actor": "probe", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:01:00Z"},
}
"""What a command needs beside its required arguments, one of several, or has otherwise than others."""

INTRODUCTION = """\
One command is one flat JSON object:

```json
{"id": "c-17", "at": "2026-01-01T00:00:00Z", "actor": "alice", "type": "term.stake", "amount": "15000"}
```

| field | takes | needed |
| --- | --- | --- |
| `id` | 1..128 printable ASCII characters, your choice, unique on the desk | yes; in a scenario it may be left out |
| `actor` | who acts: a holder's id | yes |
| `type` | the command's name, as below | yes |
| `at` | an instant, not before the desk's present one; only in scenarios and simulations | no |

The other fields are the command's arguments. Amounts are text in whole tokens (`"1000.5"`); an unknown field, a number
where text is asked for or `null` for an argument you mean to leave out is [`malformed`](errors.md#malformed).

**The order of checks** is part of the contract: shape of the command (`malformed`, `unknown_command`) → a repeated id
(`command_id_reused`) → `time_reversed` → protocol accounts and roles (`not_authorized`) → the command's own checks in
the order given below → the ledger (`account_frozen`, `amount_overflow` of a result). The first that fails gives the
answer. An argument with more digits after the point than its asset has is `malformed`, one outside its range
`amount_overflow`; both are found right after the asset itself was looked up.

In the postings, `a -> b` is an amount that leaves account `a` and reaches account `b`; `@issuance` is the other side of
everything minted and burned. How accounts are named: [concepts](../concepts.md#accounts)."""


def write() -> str:
    """The page."""
    parts: list[str] = [INTRODUCTION, "\n".join(_contents())]
    for prefix, (title, target) in GROUPS.items():
        parts += [f"## {title}", f"The rules in words: [{title.lower()}](../{target})."]
        parts += ["\n\n".join(_command(kind)) for kind in _of(prefix)]
    return page("Commands", *parts)


def example(kind: type[Command]) -> dict[str, Any]:
    """A command of this kind with all that it requires, and of choices the first."""
    rule = RULES[kind]
    given: dict[str, Any] = {"id": "c-1", "actor": rule.roles[0] if rule.roles else "alice", "type": _name(kind)}
    required = {field.encode_name: EXAMPLES[field.encode_name] for field in _arguments(kind) if _required(field)}
    return given | required | CHOICES.get(_name(kind), {})


def _name(kind: type[Command]) -> str:
    return str(kind.__struct_config__.tag)


def _of(prefix: str) -> list[type[Command]]:
    return [kind for name, kind in COMMANDS.items() if name.split(".")[0] == prefix]


def _contents() -> list[str]:
    rows = []
    for prefix, (title, _) in GROUPS.items():
        names = (f"[`{_name(kind)}`](#{_name(kind).replace('.', '')})" for kind in _of(prefix))
        rows.append([title, " · ".join(names)])
    return table(["", "commands"], rows)


def _arguments(kind: type[Command]) -> list[structs.FieldInfo]:
    return [field for field in structs.fields(kind) if field.name not in Command.__struct_fields__]


def _required(field: structs.FieldInfo) -> bool:
    return field.default is NODEFAULT and field.default_factory is NODEFAULT


def _command(kind: type[Command]) -> list[str]:
    """A command's section: heading, what it does, example, arguments, who, and the rule's own docstring."""
    rule, told = RULES[kind], read_docstring(kind)
    parts = [f"### {_name(kind)}", " ".join(filter(None, (told.summary, told.remarks)))]
    parts.append(f"```json\n{json.dumps(example(kind), ensure_ascii=False)}\n```")
    hints = get_type_hints(kind, include_extras=True)
    rows = [
        [f"`{field.encode_name}`", describe_type(hints[field.name]), "yes" if _required(field) else "no"]
        for field in _arguments(kind)
    ]
    parts.append("\n".join(table(["argument", "takes", "needed"], rows)) if rows else "No arguments.")
    parts.append("\n".join(_rule(rule)))
    return parts


def _rule(rule: Rule) -> list[str]:
    told = read_docstring(rule.answer)
    who = (
        " or ".join(f"the role `{role}`" for role in rule.roles)
        or "anyone; what must be the actor's own, the checks say"
    )
    lines = [f"- **Who may ask:** {who}."]
    for name, text in told.sections.items():
        shown = _with_links(text) if name == "Checks" else linked_sources(_quoted(text))
        lines.append(f"- **{name}:** {shown.rstrip('.')}.")
    module = rule.answer.__module__.removeprefix("holdfast.").replace(".", "/")
    lines.append(f"- **Rule:** [`{module}.py`](../../src/holdfast/{module}.py), `{rule.answer.__name__}`.")
    return lines


def _with_links(checks: str) -> str:
    linked = re.sub(
        r"\b[a-z]+(?:_[a-z]+)*\b",
        lambda found: f"[`{found[0]}`](errors.md#{found[0]})" if found[0] in ERRORS and "_" in found[0] else found[0],
        checks,
    )
    for bare in ("malformed", "paused", "insolvent", "slippage"):
        linked = re.sub(rf"(?<![\w`#])({bare})(?![\w`])", r"[`\1`](errors.md#\1)", linked)
    return linked.replace("->", "→")


def _quoted(text: str) -> str:
    """Account names as code, so that no reader takes `@…` for a mention; signs of multiplication stay."""
    return re.sub(r"(?<!`)(@[a-z]+)", r"`\1`", text).replace("->", "→").replace("*", "\\*")


def encoded_examples() -> list[bytes]:
    """Every example as a line of a scenario."""
    return [msgspec.json.encode(example(kind)) for kind in COMMANDS.values()]
