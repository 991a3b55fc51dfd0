"""Who is asking: what an authenticated request may do, and for which accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from holdfast.engine.machine import RULES
from holdfast.errors import Forbidden
from holdfast.identity.roles import DESK_ACCOUNTS, ROLE_FUNCTIONS, Grant, Role, matching, roles_with
from holdfast.protocol.commands import COMMANDS

Factor = Literal["password", "totp", "recovery", "passkey", "wallet", "api_key", "signed_request"]
"""What somebody proved himself by last. A recovery code is a second factor that is used up."""


class Access(Struct, frozen=True):
    """What a set of grants gives at one second: per function the desk accounts that it may be used as."""

    functions: Mapping[str, tuple[Role, ...]]
    roles: tuple[Role, ...]


def access(grants: Iterable[Grant], now: int, patterns: tuple[str, ...] = ("*",)) -> Access:
    """What the grants that hold at this second give together, of which only what matches a pattern."""
    return _given(tuple(grant for grant in grants if grant.active(now)), patterns)


@lru_cache(maxsize=4096)
def _given(grants: tuple[Grant, ...], patterns: tuple[str, ...]) -> Access:
    functions: dict[str, list[Role]] = {}
    for grant in grants:
        for name in matching(patterns, grant.gives()):
            accounts = functions.setdefault(name, [])
            if grant.role in DESK_ACCOUNTS and grant.role not in accounts:
                accounts.append(grant.role)
    return Access(
        {name: tuple(accounts) for name, accounts in functions.items()},
        tuple(dict.fromkeys(grant.role for grant in grants)),
    )


class Principal(Struct, frozen=True):
    """An authenticated request: who, with what rights, and how sure we are that it is he."""

    person: str
    account: str
    access: Access
    organisation: str | None = None
    session: str | None = None
    api_key: str | None = None
    factor: Factor = "password"
    proved_at: int = 0
    """The second at which he last gave a factor; a signed request proves itself."""
    address: str = ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that he holds now."""
        return self.access.roles

    @property
    def accounts(self) -> tuple[str, ...]:
        """All accounts that he may act for with one function or another, his own first."""
        desk = (account for accounts in self.access.functions.values() for account in accounts)
        return tuple(dict.fromkeys((self.account, *sorted(desk))))

    def may(self, function: str) -> bool:
        """Whether he has this function."""
        return function in self.access.functions


def authorise(principal: Principal, function: str) -> None:
    """Let pass who has the function.

    Raises: Forbidden that names the function and the roles that give it.
    """
    if principal.may(function):
        return
    roles = " or ".join(roles_with(function)) or "none"
    raise Forbidden(f"{principal.person} lacks {function} (role: {roles}).", function=function, role=roles)


def account_for(principal: Principal, command_type: str, wanted: str | None = None) -> str:
    """The account that a command acts for.

    Formula: the wanted one, which must be his own or a desk account whose role gives him this command; without one
             the desk account of the first role that the command's rule demands (for an issuer's command: operator),
             else his own.
    Raises:  Forbidden where he lacks the command, or may not act for the account.
    """
    authorise(principal, command_type)
    desk = principal.access.functions[command_type]
    if wanted is None:
        return _usual(command_type, desk) or principal.account
    if wanted != principal.account and wanted not in desk:
        raise Forbidden(
            f"{principal.person} may not act for {wanted} with {command_type}.", account=wanted, function=command_type
        )
    return wanted


def _usual(command_type: str, desk: tuple[Role, ...]) -> str | None:
    """The desk account that a command is for, where it is for one and he may act for it."""
    if command_type in ROLE_FUNCTIONS["holder"]:
        return None
    demanded = RULES[COMMANDS[command_type]].roles or ("operator",)
    return next((role for role in demanded if role in desk), None)
