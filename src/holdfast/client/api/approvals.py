# mypy: disable-error-code=no-any-return
# fmt: off
"""Approvals over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.approvals import ChangeReview, Matter, Review


class ApprovalsApi(Methods):
    """Approvals."""

    def all(self, *, box: Literal["mine", "open", "over", "waiting"] | None = None, limit: int | None = None,
        cursor: str | None = None) -> Pages[Matter]:
        """List what waits for approval, the newest first: proposals, and changes of policies and groups.

        One's own proposals, and everybody's with desk.read; changes with policy.read. The box `waiting` holds what the
        caller can approve, and his own proposals that are approved and can be carried out.
        """
        return self._pages("/v1/approvals", "cursor", query={"box": box, "limit": limit, "cursor": cursor}, again=True)

    def review_proposal(self, proposal: str) -> Review:
        """Show a proposal beside what would come of it now: each figure, what has drifted, what is missing.

        Once it is over only the proposal itself is shown.
        """
        return self._ask("GET", f"/v1/proposals/{named(proposal)}/review", again=True)

    def review_change(self, change: str) -> ChangeReview:
        """Show a change of policies or of a group beside what it was made from."""
        return self._ask("GET", f"/v1/changes/{named(change)}", again=True)


class AsyncApprovalsApi(AsyncMethods):
    """Approvals."""

    def all(self, *, box: Literal["mine", "open", "over", "waiting"] | None = None, limit: int | None = None,
        cursor: str | None = None) -> AsyncPages[Matter]:
        """List what waits for approval, the newest first: proposals, and changes of policies and groups."""
        return self._pages("/v1/approvals", "cursor", query={"box": box, "limit": limit, "cursor": cursor}, again=True)

    async def review_proposal(self, proposal: str) -> Review:
        """Show a proposal beside what would come of it now: each figure, what has drifted, what is missing."""
        return await self._ask("GET", f"/v1/proposals/{named(proposal)}/review", again=True)

    async def review_change(self, change: str) -> ChangeReview:
        """Show a change of policies or of a group beside what it was made from."""
        return await self._ask("GET", f"/v1/changes/{named(change)}", again=True)
