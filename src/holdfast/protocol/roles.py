"""Who may do what: granting and revoking roles (rules 0)."""

from __future__ import annotations

from holdfast.errors import LastOperator
from holdfast.protocol import commands
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Role
from holdfast.protocol.state import State


def grant(state: State, c: commands.RoleGrant, now: int) -> Outcome:
    """Give a role; one held already changes nothing.

    Checks:    none beyond the operator's role.
    Postings:  none.
    """
    held = state.roles[c.role].accounts if c.role in state.roles else ()
    return _changed(c.role, tuple(sorted({*held, c.account})), "role.granted", c.account)


def revoke(state: State, c: commands.RoleRevoke, now: int) -> Outcome:
    """Take a role; one not held changes nothing.

    Checks:    last_operator
    Postings:  none.
    """
    held = state.roles[c.role].accounts if c.role in state.roles else ()
    if c.role == "operator" and held == (c.account,):
        raise LastOperator(f"{c.account} is the last operator; grant the role to another account first.")
    return _changed(c.role, tuple(account for account in held if account != c.account), "role.revoked", c.account)


def _changed(role: str, accounts: tuple[str, ...], kind: str, account: str) -> Outcome:
    return Outcome(
        records=(Role(role, accounts),),
        events=({"type": kind, "role": role, "account": account},),
        result={"role": role, "account": account},
    )
