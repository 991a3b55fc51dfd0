"""Commands on roles."""

from __future__ import annotations

from holdfast.protocol.arguments import Command, Holder, RoleName


class RoleGrant(Command, frozen=True, tag="role.grant"):
    """Give an account a role."""

    role: RoleName
    account: Holder


class RoleRevoke(Command, frozen=True, tag="role.revoke"):
    """Take a role from an account."""

    role: RoleName
    account: Holder
