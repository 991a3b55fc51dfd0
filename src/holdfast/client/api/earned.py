# mypy: disable-error-code=no-any-return
# fmt: off
"""Earned over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.desk_views_2 import Tax
from holdfast.client.shapes.earned import Earnings, RateItem, StakeChain


class EarnedApi(Methods):
    """Earned."""

    def my_earnings(self, *, as_of: str | None = None, account: str | None = None,
        if_none_match: str | None = None) -> Earnings:
        """Say what one's own account earned in the last 1, 7 and 30 days and in all, net and gross, product by product.

        Exact, read from the journal: what a product is worth and has paid out, less what was put in; a deposit is no
        profit and a withdrawal no loss. Gross adds what was taken on the way: performance fees, taxes, interest.
        Periods end at the desk's present second, or at that of `as_of`, and begin at full hours. Of a past moment the
        journal is read anew up to there: 503 where that takes long, and what was read by then is kept for the next try.
        """
        return self._ask("GET", "/v1/me/earnings", query={"as_of": as_of, "account": account},
            headers={"If-None-Match": if_none_match}, again=True)

    def vault_rates(self, vault: str, *, every: int | None = None, since: str | None = None, until: str | None = None,
        limit: int | None = None, cursor: str | None = None, if_none_match: str | None = None) -> Pages[RateItem]:
        """Give what a vault's shares stood for at every multiple of so many seconds, from the journal.

        A rate is (total_assets + 1) / (total_shares + 1) in assets per share, floored to 18 digits after the point.
        """
        return self._pages(f"/v1/vaults/{named(vault)}/rates", "cursor", query={"every": every, "since": since,
            "until": until, "limit": limit, "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    def chain_of_stake(self, id: str, *, as_of: str | None = None, if_none_match: str | None = None) -> StakeChain:
        """Say what auto-reinvestment did with a term stake, and what it will do.

        Read from the journal: the stakes that it came from and went on in, what each paid, and those to come if each is
        unstaked when it unlocks.
        """
        return self._ask("GET", f"/v1/stakes/{named(id)}/chain", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    def term_pool_tax(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Tax:
        """Say what the tax on the term asset has brought in all, and how much went to fee keys, buyback and treasury.

        Totals of the pool, which name nobody. Read from the journal.
        """
        return self._ask("GET", "/v1/term-pool/tax", query={"as_of": as_of}, headers={"If-None-Match": if_none_match},
            again=True)


class AsyncEarnedApi(AsyncMethods):
    """Earned."""

    async def my_earnings(self, *, as_of: str | None = None, account: str | None = None,
        if_none_match: str | None = None) -> Earnings:
        """Say what one's own account earned in the last 1, 7 and 30 days and in all, net and gross, product by
        product."""
        return await self._ask("GET", "/v1/me/earnings", query={"as_of": as_of, "account": account},
            headers={"If-None-Match": if_none_match}, again=True)

    def vault_rates(self, vault: str, *, every: int | None = None, since: str | None = None, until: str | None = None,
        limit: int | None = None, cursor: str | None = None, if_none_match: str | None = None) -> AsyncPages[RateItem]:
        """Give what a vault's shares stood for at every multiple of so many seconds, from the journal."""
        return self._pages(f"/v1/vaults/{named(vault)}/rates", "cursor", query={"every": every, "since": since,
            "until": until, "limit": limit, "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    async def chain_of_stake(self, id: str, *, as_of: str | None = None,
        if_none_match: str | None = None) -> StakeChain:
        """Say what auto-reinvestment did with a term stake, and what it will do."""
        return await self._ask("GET", f"/v1/stakes/{named(id)}/chain", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)

    async def term_pool_tax(self, *, as_of: str | None = None, if_none_match: str | None = None) -> Tax:
        """Say what the tax on the term asset has brought in all, and how much went to fee keys, buyback and
        treasury."""
        return await self._ask("GET", "/v1/term-pool/tax", query={"as_of": as_of},
            headers={"If-None-Match": if_none_match}, again=True)
