# mypy: disable-error-code=no-any-return
# fmt: off
"""Policies over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.policies import (
    ChangesChange,
    Group,
    GroupMade,
    InForce,
    Job,
    Policies,
    PoliciesMade,
    Preset,
    Simulation,
)


class PoliciesApi(Methods):
    """Policies."""

    def show(self) -> InForce:
        """Show the policies in force."""
        return self._ask("GET", "/v1/policies", again=True)

    def change_policies(self, *, policies: dict[str, Any], expected: int) -> PoliciesMade:
        """Put other policies in force; the version that was read must still be the one in force.

        Where the present ones want approval of a change, the change is proposed and waits.
        """
        return self._ask("PUT", "/v1/policies", body={"policies": policies, "expected": expected})

    def policy_history(self) -> list[InForce]:
        """List every version that was in force, the first one first."""
        return self._ask("GET", "/v1/policies/history", again=True)

    def policy_presets(self) -> list[Preset]:
        """List policies to start from."""
        return self._ask("GET", "/v1/policies/presets", again=True)

    def check_policies(self, body: dict[str, Any]) -> Policies:
        """Read policies and say what is wrong with them; nothing is kept."""
        return self._ask("POST", "/v1/policies/check", body=body, again=True)

    def simulate_policies(self, *, command: dict[str, Any], policies: dict[str, Any] | None = None,
        person: str | None = None) -> Simulation:
        """Say what policies would make of one command, rule by rule: of mine, or with desk.read of anybody's."""
        return self._ask("POST", "/v1/policies/simulate", body={"command": command, "policies": policies,
            "person": person}, again=True)

    def back_test_policies(self, *, policies: dict[str, Any] | None = None, after: int | None = None,
        limit: int | None = None) -> Job:
        """Try policies on everything that has happened; the job's result lists what would have gone otherwise.

        It tells of every account, so it needs `desk.read` too.
        """
        return self._ask("POST", "/v1/policies/back-test", body={"policies": policies, "after": after, "limit": limit})

    def job(self, job: str) -> Job:
        """Say how far long work of mine is, and what came of it."""
        return self._ask("GET", f"/v1/jobs/{named(job)}", again=True)

    def groups(self) -> list[Group]:
        """List the groups of approvers."""
        return self._ask("GET", "/v1/groups", again=True)

    def set_group(self, group: str, *, members: list[str], title: str | None = None) -> GroupMade:
        """Make a group, or put other people into it; where policies name it and want approval, the change waits."""
        return self._ask("PUT", f"/v1/groups/{named(group)}", body={"members": members, "title": title})

    def remove_group(self, group: str) -> None:
        """Remove a group that no policy names."""
        self._ask("DELETE", f"/v1/groups/{named(group)}")

    def changes(self) -> list[ChangesChange]:
        """List changes of policies and groups that were proposed, the newest first."""
        return self._ask("GET", "/v1/changes", again=True)

    def approve_change(self, change: str, *, hash: str) -> ChangesChange:
        """Approve exactly this change; with the last approval that is needed it is made."""
        return self._ask("POST", f"/v1/changes/{named(change)}/approve", body={"hash": hash})

    def reject_change(self, change: str, *, hash: str, why: str | None = None) -> ChangesChange:
        """Decline a change, which ends it."""
        return self._ask("POST", f"/v1/changes/{named(change)}/reject", body={"hash": hash, "why": why})

    def cancel_change(self, change: str, *, why: str | None = None) -> ChangesChange:
        """Withdraw one's own change."""
        return self._ask("POST", f"/v1/changes/{named(change)}/cancel", body={"why": why})


class AsyncPoliciesApi(AsyncMethods):
    """Policies."""

    async def show(self) -> InForce:
        """Show the policies in force."""
        return await self._ask("GET", "/v1/policies", again=True)

    async def change_policies(self, *, policies: dict[str, Any], expected: int) -> PoliciesMade:
        """Put other policies in force; the version that was read must still be the one in force."""
        return await self._ask("PUT", "/v1/policies", body={"policies": policies, "expected": expected})

    async def policy_history(self) -> list[InForce]:
        """List every version that was in force, the first one first."""
        return await self._ask("GET", "/v1/policies/history", again=True)

    async def policy_presets(self) -> list[Preset]:
        """List policies to start from."""
        return await self._ask("GET", "/v1/policies/presets", again=True)

    async def check_policies(self, body: dict[str, Any]) -> Policies:
        """Read policies and say what is wrong with them; nothing is kept."""
        return await self._ask("POST", "/v1/policies/check", body=body, again=True)

    async def simulate_policies(self, *, command: dict[str, Any], policies: dict[str, Any] | None = None,
        person: str | None = None) -> Simulation:
        """Say what policies would make of one command, rule by rule: of mine, or with desk.read of anybody's."""
        return await self._ask("POST", "/v1/policies/simulate", body={"command": command, "policies": policies,
            "person": person}, again=True)

    async def back_test_policies(self, *, policies: dict[str, Any] | None = None, after: int | None = None,
        limit: int | None = None) -> Job:
        """Try policies on everything that has happened; the job's result lists what would have gone otherwise."""
        return await self._ask("POST", "/v1/policies/back-test", body={"policies": policies, "after": after,
            "limit": limit})

    async def job(self, job: str) -> Job:
        """Say how far long work of mine is, and what came of it."""
        return await self._ask("GET", f"/v1/jobs/{named(job)}", again=True)

    async def groups(self) -> list[Group]:
        """List the groups of approvers."""
        return await self._ask("GET", "/v1/groups", again=True)

    async def set_group(self, group: str, *, members: list[str], title: str | None = None) -> GroupMade:
        """Make a group, or put other people into it; where policies name it and want approval, the change waits."""
        return await self._ask("PUT", f"/v1/groups/{named(group)}", body={"members": members, "title": title})

    async def remove_group(self, group: str) -> None:
        """Remove a group that no policy names."""
        await self._ask("DELETE", f"/v1/groups/{named(group)}")

    async def changes(self) -> list[ChangesChange]:
        """List changes of policies and groups that were proposed, the newest first."""
        return await self._ask("GET", "/v1/changes", again=True)

    async def approve_change(self, change: str, *, hash: str) -> ChangesChange:
        """Approve exactly this change; with the last approval that is needed it is made."""
        return await self._ask("POST", f"/v1/changes/{named(change)}/approve", body={"hash": hash})

    async def reject_change(self, change: str, *, hash: str, why: str | None = None) -> ChangesChange:
        """Decline a change, which ends it."""
        return await self._ask("POST", f"/v1/changes/{named(change)}/reject", body={"hash": hash, "why": why})

    async def cancel_change(self, change: str, *, why: str | None = None) -> ChangesChange:
        """Withdraw one's own change."""
        return await self._ask("POST", f"/v1/changes/{named(change)}/cancel", body={"why": why})
