"""Roles: which functions each gives, and how a grant narrows them.

A function is what a route or a command needs: an API function (`people.manage`) or a command type (`term.stake`).
What no role of a person gives is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from holdfast.engine.machine import RULES
from holdfast.errors import Malformed
from holdfast.protocol.commands import COMMANDS

Role = Literal["operator", "approver", "oracle", "keeper", "auditor", "holder"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Every role, the most powerful first."""

DESK_ACCOUNTS: tuple[Role, ...] = ("operator", "oracle", "keeper")
"""Roles whose people may act for the desk's account of the same name."""

Pattern = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z_.*]{1,64}\Z",
        description="a function, or a pattern in which * stands for any characters, like term.*",
    ),
]

API_FUNCTIONS: dict[str, str] = {
    "address_book.confirm": "confirm an address that somebody else added",
    "address_book.edit": "add and remove addresses that money may go to",
    "audit.read": "read and export the audit log",
    "audit.verify": "check the chains of journal and audit log",
    "compliance.manage": "record attestations and rules about holders",
    "compliance.read": "read attestations and rules about holders",
    "desk.read": "read every account of the desk",
    "disclosure.open": "open sealed amounts",
    "own.read": "read one's own account",
    "people.manage": "add and disable people, give and take roles",
    "policy.edit": "change the policies",
    "policy.read": "read and simulate the policies",
    "proposal.approve": "approve or decline what others propose",
    "public.read": "read what concerns nobody in particular: vaults, rates, totals",
    "standing.manage": "keep standing instructions for one's own account",
    "webhook.manage": "keep webhooks",
}
"""Every function that is not a command, with what it allows."""

_EVERYBODY = ("own.read", "public.read")

_ISSUER = ("asset.mint", "asset.set_admin", "asset.set_authorized", "asset.clawback")
"""Commands of an asset's admin, who on a new desk is the operator."""

_HOLDER = (
    *("asset.approve", "asset.burn", "asset.burn_from", "asset.transfer", "asset.transfer_from", "faucet.drip"),
    *("vault.deposit", "vault.mint", "vault.withdraw", "vault.redeem"),
    *("vault.request_redeem", "vault.claim", "vault.cancel_redeem"),
    *("term.stake", "term.unstake", "booster.stake", "booster.unstake", "booster.transfer"),
    *("fee_key.claim", "fee_key.transfer", "buyback.sell"),
    *("leverage.open_position", "leverage.request_close_position", "leverage.finalize_close_position"),
    *("leverage.liquidate", "depin.register_resource", "depin.report"),
)
"""Commands on what one owns oneself, and those that anybody may send."""


def _demanding(role: Role) -> tuple[str, ...]:
    """The commands whose rule demands this role of the desk."""
    return tuple(name for name, command in COMMANDS.items() if role in RULES[command].roles)


ROLE_FUNCTIONS: dict[Role, tuple[str, ...]] = {
    "operator": (
        *("address_book.edit", "audit.read", "audit.verify", "compliance.manage", "compliance.read", "desk.read"),
        *("people.manage", "policy.edit", "policy.read", "webhook.manage"),
        *_EVERYBODY, *_demanding("operator"), *_ISSUER, *_HOLDER,
    ),
    "approver": (
        *("address_book.confirm", "compliance.read", "desk.read", "policy.read", "proposal.approve"), *_EVERYBODY,
    ),
    "oracle": (*_EVERYBODY, *_demanding("oracle")),
    "keeper": (
        *("desk.read", *_EVERYBODY), *_demanding("keeper"),
        *("term.unstake", "leverage.finalize_close_position", "leverage.liquidate"),
    ),
    "auditor": (
        *("audit.read", "audit.verify", "compliance.read", "desk.read", "disclosure.open", "policy.read"), *_EVERYBODY,
    ),
    "holder": ("standing.manage", *_EVERYBODY, *_HOLDER),
}  # fmt: skip
"""What each role gives. An operator acts on the desk's own holdings with the holders' commands; he approves nothing."""

FUNCTIONS: tuple[str, ...] = (*API_FUNCTIONS, *COMMANDS)
"""Every function there is."""


class Grant(Struct, frozen=True):
    """A role, narrowed to the functions that match one of the patterns, and ending at an instant where one is set."""

    role: Role
    functions: tuple[str, ...] = ("*",)
    until: int | None = None

    def active(self, now: int) -> bool:
        """Whether the grant holds at this second; at its last instant it has ended."""
        return self.until is None or now < self.until

    def gives(self) -> frozenset[str]:
        """The functions that this grant gives while it holds."""
        return matching(self.functions, ROLE_FUNCTIONS[self.role])


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))


def matching(patterns: Iterable[str], functions: Iterable[str]) -> frozenset[str]:
    """The functions that match at least one pattern."""
    expressions = [_expression(pattern) for pattern in patterns]
    return frozenset(name for name in functions if any(expression.fullmatch(name) for expression in expressions))


def require_patterns(patterns: Iterable[str], functions: Iterable[str] = FUNCTIONS) -> tuple[str, ...]:
    """The patterns in order, each once.

    Raises: Malformed where there is none, or one matches nothing of `functions`: it is misspelt or gives nothing.
    """
    given, known = tuple(dict.fromkeys(patterns)), tuple(functions)
    if not given:
        raise Malformed("Name at least one function, or * for all.", field="functions")
    for pattern in given:
        if not re.fullmatch(r"[a-z_.*]{1,64}", pattern) or not matching((pattern,), known):
            raise Malformed(f"{pattern[:64]!r} matches no function here.", field="functions")
    return given


def roles_with(function: str) -> tuple[Role, ...]:
    """The roles that give a function."""
    return tuple(role for role in ROLES if function in ROLE_FUNCTIONS[role])
