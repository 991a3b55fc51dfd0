# mypy: disable-error-code=no-any-return
# fmt: off
"""Quotes over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.quotes import ExitQuote, LeverageQuote, PlanQuote, TermQuote, VaultQuote


class QuotesApi(Methods):
    """Quotes."""

    def quote_term(self, *, as_of: str | None = None, amount: str | None = None, booster: bool | None = None,
        curve: bool | None = None, holder: str | None = None, if_none_match: str | None = None) -> TermQuote:
        """Say what a term stake means: period, tax, payout and reinvestments; without an amount, a table over
        amounts."""
        return self._ask("GET", "/v1/quotes/term", query={"as_of": as_of, "amount": amount, "booster": booster,
            "curve": curve, "holder": holder}, headers={"If-None-Match": if_none_match}, again=True)

    def quote_leverage(self, *, as_of: str | None = None, deposit: str | None = None, leverage: int | None = None,
        slash_bps: int | None = None, reward_bps: int | None = None, curve: bool | None = None,
        if_none_match: str | None = None) -> LeverageQuote:
        """Say what a leveraged delegation means: debt, loan-to-value, health, and what a slash leaves of it."""
        return self._ask("GET", "/v1/quotes/leverage", query={"as_of": as_of, "deposit": deposit, "leverage": leverage,
            "slash_bps": slash_bps, "reward_bps": reward_bps, "curve": curve}, headers={"If-None-Match": if_none_match},
            again=True)

    def quote_vault(self, *, as_of: str | None = None, assets: str | None = None, shares: str | None = None,
        vault: str | None = None, holder: str | None = None, asset: str | None = None, total_assets: str | None = None,
        total_shares: str | None = None, locked: str | None = None, if_none_match: str | None = None) -> VaultQuote:
        """Say what shares of a vault give and cost, now and once all profit has unlocked.

        With `vault` its totals are those on this desk, with `holder` also what he can do at most; else they are those
        that the query supposes.
        """
        return self._ask("GET", "/v1/quotes/vault", query={"as_of": as_of, "assets": assets, "shares": shares,
            "vault": vault, "holder": holder, "asset": asset, "total_assets": total_assets,
            "total_shares": total_shares, "locked": locked}, headers={"If-None-Match": if_none_match}, again=True)

    def quote_exit(self, *, vault: str, as_of: str | None = None, shares: str | None = None, holder: str | None = None,
        if_none_match: str | None = None) -> ExitQuote:
        """Say every way out of a vault: what it pays, what it costs, when, and what decides it.

        What is paid at once is exact. Times are estimates: whoever runs the vault must settle and ask strategies for
        what is missing.
        """
        return self._ask("GET", "/v1/quotes/exit", query={"as_of": as_of, "vault": vault, "shares": shares,
            "holder": holder}, headers={"If-None-Match": if_none_match}, again=True)

    def quote_plan(self, vault: str, *, as_of: str | None = None, buffer_bps: int | None = None,
        min_change_bps: int | None = None, horizon_days: int | None = None, limits: str | None = None,
        if_none_match: str | None = None) -> PlanQuote:
        """Work out the allocation of a vault that would earn most, beside the present one; nothing is kept."""
        return self._ask("GET", f"/v1/vaults/{named(vault)}/plan", query={"as_of": as_of, "buffer_bps": buffer_bps,
            "min_change_bps": min_change_bps, "horizon_days": horizon_days, "limits": limits},
            headers={"If-None-Match": if_none_match}, again=True)


class AsyncQuotesApi(AsyncMethods):
    """Quotes."""

    async def quote_term(self, *, as_of: str | None = None, amount: str | None = None, booster: bool | None = None,
        curve: bool | None = None, holder: str | None = None, if_none_match: str | None = None) -> TermQuote:
        """Say what a term stake means: period, tax, payout and reinvestments; without an amount, a table over
        amounts."""
        return await self._ask("GET", "/v1/quotes/term", query={"as_of": as_of, "amount": amount, "booster": booster,
            "curve": curve, "holder": holder}, headers={"If-None-Match": if_none_match}, again=True)

    async def quote_leverage(self, *, as_of: str | None = None, deposit: str | None = None, leverage: int | None = None,
        slash_bps: int | None = None, reward_bps: int | None = None, curve: bool | None = None,
        if_none_match: str | None = None) -> LeverageQuote:
        """Say what a leveraged delegation means: debt, loan-to-value, health, and what a slash leaves of it."""
        return await self._ask("GET", "/v1/quotes/leverage", query={"as_of": as_of, "deposit": deposit,
            "leverage": leverage, "slash_bps": slash_bps, "reward_bps": reward_bps, "curve": curve},
            headers={"If-None-Match": if_none_match}, again=True)

    async def quote_vault(self, *, as_of: str | None = None, assets: str | None = None, shares: str | None = None,
        vault: str | None = None, holder: str | None = None, asset: str | None = None, total_assets: str | None = None,
        total_shares: str | None = None, locked: str | None = None, if_none_match: str | None = None) -> VaultQuote:
        """Say what shares of a vault give and cost, now and once all profit has unlocked."""
        return await self._ask("GET", "/v1/quotes/vault", query={"as_of": as_of, "assets": assets, "shares": shares,
            "vault": vault, "holder": holder, "asset": asset, "total_assets": total_assets,
            "total_shares": total_shares, "locked": locked}, headers={"If-None-Match": if_none_match}, again=True)

    async def quote_exit(self, *, vault: str, as_of: str | None = None, shares: str | None = None,
        holder: str | None = None, if_none_match: str | None = None) -> ExitQuote:
        """Say every way out of a vault: what it pays, what it costs, when, and what decides it."""
        return await self._ask("GET", "/v1/quotes/exit", query={"as_of": as_of, "vault": vault, "shares": shares,
            "holder": holder}, headers={"If-None-Match": if_none_match}, again=True)

    async def quote_plan(self, vault: str, *, as_of: str | None = None, buffer_bps: int | None = None,
        min_change_bps: int | None = None, horizon_days: int | None = None, limits: str | None = None,
        if_none_match: str | None = None) -> PlanQuote:
        """Work out the allocation of a vault that would earn most, beside the present one; nothing is kept."""
        return await self._ask("GET", f"/v1/vaults/{named(vault)}/plan", query={"as_of": as_of,
            "buffer_bps": buffer_bps, "min_change_bps": min_change_bps, "horizon_days": horizon_days, "limits": limits},
            headers={"If-None-Match": if_none_match}, again=True)
