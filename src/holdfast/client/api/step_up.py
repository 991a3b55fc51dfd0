# mypy: disable-error-code=no-any-return
# fmt: off
"""Step up over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.shapes.step_up import Proven, StepUpAsked, Ways


class StepUpApi(Methods):
    """Step up."""

    def methods(self) -> Ways:
        """Say by what I can confirm a request."""
        return self._ask("POST", "/v1/step-up/methods")

    def begin(self, *, request: str, method: Literal["passkey", "totp", "wallet"]) -> StepUpAsked:
        """Ask for a factor for the request with this hash.

        The hash is SHA-256 of the request's canonical form; a request that needs it is answered `step_up_required` with
        it. A passkey's challenge is derived from it, and a wallet's text contains it.
        """
        return self._ask("POST", "/v1/step-up", body={"request": request, "method": method})

    def confirm(self, *, request: str, method: Literal["passkey", "totp", "wallet"], challenge: str | None = None,
        code: str | None = None, answer: dict[str, Any] | None = None, signature: str | None = None) -> Proven:
        """Give the factor; the proof goes along with the request in Holdfast-Step-Up, once, within 5 minutes.

        The session has a new token afterwards.
        """
        return self._ask("POST", "/v1/step-up/confirm", body={"request": request, "method": method,
            "challenge": challenge, "code": code, "answer": answer, "signature": signature})


class AsyncStepUpApi(AsyncMethods):
    """Step up."""

    async def methods(self) -> Ways:
        """Say by what I can confirm a request."""
        return await self._ask("POST", "/v1/step-up/methods")

    async def begin(self, *, request: str, method: Literal["passkey", "totp", "wallet"]) -> StepUpAsked:
        """Ask for a factor for the request with this hash."""
        return await self._ask("POST", "/v1/step-up", body={"request": request, "method": method})

    async def confirm(self, *, request: str, method: Literal["passkey", "totp", "wallet"], challenge: str | None = None,
        code: str | None = None, answer: dict[str, Any] | None = None, signature: str | None = None) -> Proven:
        """Give the factor; the proof goes along with the request in Holdfast-Step-Up, once, within 5 minutes."""
        return await self._ask("POST", "/v1/step-up/confirm", body={"request": request, "method": method,
            "challenge": challenge, "code": code, "answer": answer, "signature": signature})
