# mypy: disable-error-code=no-any-return
# fmt: off
"""Proposals over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.proposals import Proposal, Receipt


class ProposalsApi(Methods):
    """Proposals."""

    def all(self, *, limit: int | None = None, cursor: str | None = None) -> Pages[Proposal]:
        """List the proposals, the newest first: one's own, and all of them with desk.read."""
        return self._pages("/v1/proposals", "cursor", query={"limit": limit, "cursor": cursor}, again=True)

    def propose(self, *, command: dict[str, Any], note: str | None = None, tolerance_bps: int | None = None,
        expires_in: int | None = None) -> Proposal:
        """Propose a command that the policies let pass only with the approval of others.

        What would have to be confirmed by a factor as a command is confirmed here: this request, with its note and
        terms. Freezing, thawing and taking back need a note: it is their reason.
        """
        return self._ask("POST", "/v1/proposals", body={"command": command, "note": note,
            "tolerance_bps": tolerance_bps, "expires_in": expires_in})

    def show(self, proposal: str) -> Proposal:
        """Show a proposal as its approvers see it: the command, its effects, its hash, who has approved."""
        return self._ask("GET", f"/v1/proposals/{named(proposal)}", again=True)

    def approve(self, proposal: str, *, hash: str) -> Proposal:
        """Approve exactly what the hash stands for."""
        return self._ask("POST", f"/v1/proposals/{named(proposal)}/approve", body={"hash": hash})

    def reject(self, proposal: str, *, hash: str, why: str | None = None) -> Proposal:
        """Decline a proposal, which ends it."""
        return self._ask("POST", f"/v1/proposals/{named(proposal)}/reject", body={"hash": hash, "why": why})

    def cancel(self, proposal: str, *, why: str | None = None) -> Proposal:
        """Withdraw a proposal: its proposer, or an operator."""
        return self._ask("POST", f"/v1/proposals/{named(proposal)}/cancel", body={"why": why})

    def execute(self, proposal: str) -> Receipt:
        """Carry an approved proposal out, once however often it is asked.

        The policies are asked again: what they want now is what counts, and the outcome must still be the one approved.
        What asks for a step-up as a command does so here too: the approvals may be days old.
        """
        return self._ask("POST", f"/v1/proposals/{named(proposal)}/execute", again=True)


class AsyncProposalsApi(AsyncMethods):
    """Proposals."""

    def all(self, *, limit: int | None = None, cursor: str | None = None) -> AsyncPages[Proposal]:
        """List the proposals, the newest first: one's own, and all of them with desk.read."""
        return self._pages("/v1/proposals", "cursor", query={"limit": limit, "cursor": cursor}, again=True)

    async def propose(self, *, command: dict[str, Any], note: str | None = None, tolerance_bps: int | None = None,
        expires_in: int | None = None) -> Proposal:
        """Propose a command that the policies let pass only with the approval of others."""
        return await self._ask("POST", "/v1/proposals", body={"command": command, "note": note,
            "tolerance_bps": tolerance_bps, "expires_in": expires_in})

    async def show(self, proposal: str) -> Proposal:
        """Show a proposal as its approvers see it: the command, its effects, its hash, who has approved."""
        return await self._ask("GET", f"/v1/proposals/{named(proposal)}", again=True)

    async def approve(self, proposal: str, *, hash: str) -> Proposal:
        """Approve exactly what the hash stands for."""
        return await self._ask("POST", f"/v1/proposals/{named(proposal)}/approve", body={"hash": hash})

    async def reject(self, proposal: str, *, hash: str, why: str | None = None) -> Proposal:
        """Decline a proposal, which ends it."""
        return await self._ask("POST", f"/v1/proposals/{named(proposal)}/reject", body={"hash": hash, "why": why})

    async def cancel(self, proposal: str, *, why: str | None = None) -> Proposal:
        """Withdraw a proposal: its proposer, or an operator."""
        return await self._ask("POST", f"/v1/proposals/{named(proposal)}/cancel", body={"why": why})

    async def execute(self, proposal: str) -> Receipt:
        """Carry an approved proposal out, once however often it is asked."""
        return await self._ask("POST", f"/v1/proposals/{named(proposal)}/execute", again=True)
