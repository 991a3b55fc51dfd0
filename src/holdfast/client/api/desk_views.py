# mypy: disable-error-code=no-any-return
# fmt: off
"""Desk views over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.desk_views import (
    AssetItem,
    Desk,
    LeverageTerms,
    Reserve,
    TermPool,
    ValidatorItem,
    VaultItem,
    Whole,
)
from holdfast.client.shapes.desk_views_2 import NetworkItem, PlanItem, StrategyItem, Tax, UnwindItem, VaultMoves


class DeskViewsApi(Methods):
    """Desk views."""

    def desk(self, *, if_none_match: str | None = None) -> Desk:
        """Say which desk this is, and where its journal stands."""
        return self._ask("GET", "/v1/desk", headers={"If-None-Match": if_none_match}, again=True)

    def state(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Whole:
        """Give everything on the desk at once.

        The shape of `holdfast state --json`. On a large desk the lists are quicker: they come in pages.
        """
        return self._ask("GET", "/v1/state", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def assets(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[AssetItem]:
        """List the assets."""
        return self._pages("/v1/assets", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def asset(self, asset: str, *, as_of: str | None = None, if_none_match: str | None = None) -> AssetItem:
        """Show an asset."""
        return self._ask("GET", f"/v1/assets/{named(asset)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def supply(self, *, as_of: str | None = None, if_none_match: str | None = None) -> dict[str, str]:
        """Say how much there is of each asset, assets without any left out."""
        return self._ask("GET", "/v1/supply", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def vaults(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[VaultItem]:
        """List the vaults."""
        return self._pages("/v1/vaults", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def vault(self, vault: str, *, as_of: str | None = None, if_none_match: str | None = None) -> VaultItem:
        """Show a vault."""
        return self._ask("GET", f"/v1/vaults/{named(vault)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def reserve(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Reserve:
        """Show the reserve that leveraged positions borrow from."""
        return self._ask("GET", "/v1/reserve", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def terms(self, *, as_of: str | None = None, if_none_match: str | None = None) -> LeverageTerms:
        """Say what holds for every leveraged position, and which era it is."""
        return self._ask("GET", "/v1/leverage-terms", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def validators(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[ValidatorItem]:
        """List the validators with the desk's pools there."""
        return self._pages("/v1/validators", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def strategies(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[StrategyItem]:
        """List the strategies with what vaults have deployed there."""
        return self._pages("/v1/strategies", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def unwinds(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[UnwindItem]:
        """List what is, or was, on its way out of strategies."""
        return self._pages("/v1/unwinds", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def plans(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[PlanItem]:
        """List the allocations that were planned for vaults, and whether they still fit."""
        return self._pages("/v1/plans", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def moves(self, vault: str, *, as_of: str | None = None, limit: int | None = None,
        if_none_match: str | None = None) -> VaultMoves:
        """Show a vault's newest plans, and what is or was on its way out of its strategies; what is open comes
        first."""
        return self._ask("GET", f"/v1/vaults/{named(vault)}/moves", query={"as_of": as_of, "limit": limit},
            headers={"If-None-Match": if_none_match}, again=True)

    def networks(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[NetworkItem]:
        """List the contribution networks with their open epochs."""
        return self._pages("/v1/networks", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def term_pool(self, *, as_of: str | None = None, if_none_match: str | None = None) -> TermPool:
        """Show term staking as a whole."""
        return self._ask("GET", "/v1/term-pool", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def tax(self, *, as_of: str | None = None, if_none_match: str | None = None) -> dict[str, Tax]:
        """Say what the taxes have brought in all, and where it went.

        Read from the journal. What lies at a destination now is the balance of its account.
        """
        return self._ask("GET", "/v1/tax", query={"as_of": as_of}, headers={"If-None-Match": if_none_match}, again=True)


class AsyncDeskViewsApi(AsyncMethods):
    """Desk views."""

    async def desk(self, *, if_none_match: str | None = None) -> Desk:
        """Say which desk this is, and where its journal stands."""
        return await self._ask("GET", "/v1/desk", headers={"If-None-Match": if_none_match}, again=True)

    async def state(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Whole:
        """Give everything on the desk at once."""
        return await self._ask("GET", "/v1/state", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def assets(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[AssetItem]:
        """List the assets."""
        return self._pages("/v1/assets", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def asset(self, asset: str, *, as_of: str | None = None, if_none_match: str | None = None) -> AssetItem:
        """Show an asset."""
        return await self._ask("GET", f"/v1/assets/{named(asset)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    async def supply(self, *, as_of: str | None = None, if_none_match: str | None = None) -> dict[str, str]:
        """Say how much there is of each asset, assets without any left out."""
        return await self._ask("GET", "/v1/supply", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    def vaults(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[VaultItem]:
        """List the vaults."""
        return self._pages("/v1/vaults", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def vault(self, vault: str, *, as_of: str | None = None, if_none_match: str | None = None) -> VaultItem:
        """Show a vault."""
        return await self._ask("GET", f"/v1/vaults/{named(vault)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    async def reserve(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Reserve:
        """Show the reserve that leveraged positions borrow from."""
        return await self._ask("GET", "/v1/reserve", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    async def terms(self, *, as_of: str | None = None, if_none_match: str | None = None) -> LeverageTerms:
        """Say what holds for every leveraged position, and which era it is."""
        return await self._ask("GET", "/v1/leverage-terms", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def validators(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[ValidatorItem]:
        """List the validators with the desk's pools there."""
        return self._pages("/v1/validators", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def strategies(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[StrategyItem]:
        """List the strategies with what vaults have deployed there."""
        return self._pages("/v1/strategies", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def unwinds(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[UnwindItem]:
        """List what is, or was, on its way out of strategies."""
        return self._pages("/v1/unwinds", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def plans(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[PlanItem]:
        """List the allocations that were planned for vaults, and whether they still fit."""
        return self._pages("/v1/plans", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def moves(self, vault: str, *, as_of: str | None = None, limit: int | None = None,
        if_none_match: str | None = None) -> VaultMoves:
        """Show a vault's newest plans, and what is or was on its way out of its strategies; what is open comes
        first."""
        return await self._ask("GET", f"/v1/vaults/{named(vault)}/moves", query={"as_of": as_of, "limit": limit},
            headers={"If-None-Match": if_none_match}, again=True)

    def networks(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[NetworkItem]:
        """List the contribution networks with their open epochs."""
        return self._pages("/v1/networks", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def term_pool(self, *, as_of: str | None = None, if_none_match: str | None = None) -> TermPool:
        """Show term staking as a whole."""
        return await self._ask("GET", "/v1/term-pool", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)

    async def tax(self, *, as_of: str | None = None, if_none_match: str | None = None) -> dict[str, Tax]:
        """Say what the taxes have brought in all, and where it went."""
        return await self._ask("GET", "/v1/tax", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)
