# mypy: disable-error-code=no-any-return
# fmt: off
"""Standing over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.standing import Instruction, Restake, StandingClaim, StopLoss, UnstakeAtMaturity


class StandingApi(Methods):
    """Standing."""

    def my_instructions(self) -> list[Instruction]:
        """List my standing instructions."""
        return self._ask("GET", "/v1/me/instructions", again=True)

    def instruct(self, *, terms: StandingClaim | Restake | UnstakeAtMaturity | StopLoss,
        until: int | None = None) -> Instruction:
        """Give a standing instruction for my account; the keeper carries it out as I would."""
        return self._ask("POST", "/v1/me/instructions", body={"terms": terms, "until": until})

    def all_instructions(self) -> list[Instruction]:
        """List everybody's standing instructions."""
        return self._ask("GET", "/v1/instructions", again=True)

    def end_instruction(self, instruction: str) -> None:
        """Take a standing instruction back at once."""
        self._ask("DELETE", f"/v1/me/instructions/{named(instruction)}")


class AsyncStandingApi(AsyncMethods):
    """Standing."""

    async def my_instructions(self) -> list[Instruction]:
        """List my standing instructions."""
        return await self._ask("GET", "/v1/me/instructions", again=True)

    async def instruct(self, *, terms: StandingClaim | Restake | UnstakeAtMaturity | StopLoss,
        until: int | None = None) -> Instruction:
        """Give a standing instruction for my account; the keeper carries it out as I would."""
        return await self._ask("POST", "/v1/me/instructions", body={"terms": terms, "until": until})

    async def all_instructions(self) -> list[Instruction]:
        """List everybody's standing instructions."""
        return await self._ask("GET", "/v1/instructions", again=True)

    async def end_instruction(self, instruction: str) -> None:
        """Take a standing instruction back at once."""
        await self._ask("DELETE", f"/v1/me/instructions/{named(instruction)}")
