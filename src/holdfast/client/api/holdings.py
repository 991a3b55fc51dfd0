# mypy: disable-error-code=no-any-return
# fmt: off
"""Holdings over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.holdings import (
    BoosterItem,
    BoosterStakeItem,
    ExitItem,
    FeeKeyItem,
    PositionItem,
    ResourceItem,
    ResourcePage,
    StakeItem,
)


class HoldingsApi(Methods):
    """Holdings."""

    def exits(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[ExitItem]:
        """List exit requests."""
        return self._pages("/v1/exits", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def exit(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> ExitItem:
        """Show an exit request."""
        return self._ask("GET", f"/v1/exits/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def vault_queue(self, vault: str, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[ExitItem]:
        """List a vault's pending exit requests, the next to be filled first."""
        return self._pages(f"/v1/vaults/{named(vault)}/queue", "cursor", query={"as_of": as_of, "limit": limit,
            "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    def stakes(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[StakeItem]:
        """List term stakes."""
        return self._pages("/v1/stakes", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def stake(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> StakeItem:
        """Show a term stake."""
        return self._ask("GET", f"/v1/stakes/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def booster_stakes(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[BoosterStakeItem]:
        """List what is, or was, locked for boosters."""
        return self._pages("/v1/booster-stakes", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def booster_stake(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> BoosterStakeItem:
        """Show what was locked for a booster."""
        return self._ask("GET", f"/v1/booster-stakes/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def boosters(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[BoosterItem]:
        """List boosters."""
        return self._pages("/v1/boosters", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def booster(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> BoosterItem:
        """Show a booster."""
        return self._ask("GET", f"/v1/boosters/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def fee_keys(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[FeeKeyItem]:
        """List fee keys with what they can claim."""
        return self._pages("/v1/fee-keys", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def fee_key(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> FeeKeyItem:
        """Show a fee key."""
        return self._ask("GET", f"/v1/fee-keys/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def positions(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[PositionItem]:
        """List leveraged positions; an item's id is its holder."""
        return self._pages("/v1/positions", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def position(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> PositionItem:
        """Show the leveraged position of an account."""
        return self._ask("GET", f"/v1/positions/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def positions_at_risk(self, *, as_of: str | None = None, limit: int | None = None,
        if_none_match: str | None = None) -> list[PositionItem]:
        """List active positions with debt, those nearest to their liquidation first."""
        return self._ask("GET", "/v1/positions-at-risk", query={"as_of": as_of, "limit": limit},
            headers={"If-None-Match": if_none_match}, again=True)

    def resources(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> Pages[ResourceItem]:
        """List what is contributed to networks, with what it would earn now."""
        return self._pages("/v1/resources", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    def resource(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> ResourcePage:
        """Show a resource: its reports, its score, what it was paid and will be, and why. Read from the journal."""
        return self._ask("GET", f"/v1/resources/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)


class AsyncHoldingsApi(AsyncMethods):
    """Holdings."""

    def exits(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[ExitItem]:
        """List exit requests."""
        return self._pages("/v1/exits", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def exit(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> ExitItem:
        """Show an exit request."""
        return await self._ask("GET", f"/v1/exits/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def vault_queue(self, vault: str, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[ExitItem]:
        """List a vault's pending exit requests, the next to be filled first."""
        return self._pages(f"/v1/vaults/{named(vault)}/queue", "cursor", query={"as_of": as_of, "limit": limit,
            "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    def stakes(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[StakeItem]:
        """List term stakes."""
        return self._pages("/v1/stakes", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def stake(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> StakeItem:
        """Show a term stake."""
        return await self._ask("GET", f"/v1/stakes/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def booster_stakes(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[BoosterStakeItem]:
        """List what is, or was, locked for boosters."""
        return self._pages("/v1/booster-stakes", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def booster_stake(self, id: str, *, as_of: str | None = None,
        if_none_match: str | None = None) -> BoosterStakeItem:
        """Show what was locked for a booster."""
        return await self._ask("GET", f"/v1/booster-stakes/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def boosters(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[BoosterItem]:
        """List boosters."""
        return self._pages("/v1/boosters", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def booster(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> BoosterItem:
        """Show a booster."""
        return await self._ask("GET", f"/v1/boosters/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def fee_keys(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[FeeKeyItem]:
        """List fee keys with what they can claim."""
        return self._pages("/v1/fee-keys", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def fee_key(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> FeeKeyItem:
        """Show a fee key."""
        return await self._ask("GET", f"/v1/fee-keys/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def positions(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[PositionItem]:
        """List leveraged positions; an item's id is its holder."""
        return self._pages("/v1/positions", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def position(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> PositionItem:
        """Show the leveraged position of an account."""
        return await self._ask("GET", f"/v1/positions/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    async def positions_at_risk(self, *, as_of: str | None = None, limit: int | None = None,
        if_none_match: str | None = None) -> list[PositionItem]:
        """List active positions with debt, those nearest to their liquidation first."""
        return await self._ask("GET", "/v1/positions-at-risk", query={"as_of": as_of, "limit": limit},
            headers={"If-None-Match": if_none_match}, again=True)

    def resources(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        owner: str | None = None, if_none_match: str | None = None) -> AsyncPages[ResourceItem]:
        """List what is contributed to networks, with what it would earn now."""
        return self._pages("/v1/resources", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "owner": owner}, headers={"If-None-Match": if_none_match}, again=True)

    async def resource(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> ResourcePage:
        """Show a resource: its reports, its score, what it was paid and will be, and why."""
        return await self._ask("GET", f"/v1/resources/{named(id)}", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)
