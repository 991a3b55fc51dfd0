"""Which commands ask for a factor given just now: those that give money away, and those that change the desk."""

from __future__ import annotations

from functools import cache

from holdfast.engine.machine import RULES
from holdfast.protocol.arguments import Command

HANDS_OVER = frozenset(
    {
        "asset.transfer",
        "asset.transfer_from",
        "asset.approve",
        "asset.burn_from",
        "booster.transfer",
        "fee_key.transfer",
    }
)
"""Commands that give something of one's own away, or allow somebody to take it."""

ISSUES = frozenset({"asset.mint", "asset.set_admin", "asset.set_authorized", "asset.clawback"})
"""Commands of an asset's issuer."""

_RECEIVERS = ("receiver", "owner")


def is_sensitive(command: Command) -> bool:
    """Whether a person must confirm exactly this command.

    It gives something away, or pays somebody else than its actor, or belongs to the desk's operator or oracle: those
    change parameters, roles, prices and what lies in the treasury. The keeper's work is none of it.
    """
    always, receivers = _about(type(command))
    return always or any(
        isinstance(named := getattr(command, field), str) and named != command.actor for field in receivers
    )


@cache
def _about(kind: type[Command]) -> tuple[bool, tuple[str, ...]]:
    """Whether every command of a type is sensitive, and which fields may name somebody whom it pays."""
    roles = RULES[kind].roles
    always = kind.__struct_config__.tag in HANDS_OVER | ISSUES or bool(roles and "keeper" not in roles)
    return always, tuple(field for field in kind.__struct_fields__ if field in _RECEIVERS)
