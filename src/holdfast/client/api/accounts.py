# mypy: disable-error-code=no-any-return
# fmt: off
"""Accounts over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.accounts import Account, Portfolio


class AccountsApi(Methods):
    """Accounts."""

    def accounts(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> Pages[Account]:
        """List the accounts that hold something, by name.

        A page may have fewer items than its limit and still have a next one.
        """
        return self._pages("/v1/accounts", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    def account(self, account: str, *, as_of: str | None = None, asset: str | None = None,
        if_none_match: str | None = None) -> Account:
        """Show an account: its balances, where it is frozen, and what it lets others move."""
        return self._ask("GET", f"/v1/accounts/{named(account)}", query={"as_of": as_of, "asset": asset},
            headers={"If-None-Match": if_none_match}, again=True)

    def portfolio(self, *, as_of: str | None = None, account: str | None = None,
        if_none_match: str | None = None) -> Portfolio:
        """Give everything that is open of one's own account, and what can be claimed, in one answer."""
        return self._ask("GET", "/v1/me/portfolio", query={"as_of": as_of, "account": account},
            headers={"If-None-Match": if_none_match}, again=True)


class AsyncAccountsApi(AsyncMethods):
    """Accounts."""

    def accounts(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        if_none_match: str | None = None) -> AsyncPages[Account]:
        """List the accounts that hold something, by name."""
        return self._pages("/v1/accounts", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def account(self, account: str, *, as_of: str | None = None, asset: str | None = None,
        if_none_match: str | None = None) -> Account:
        """Show an account: its balances, where it is frozen, and what it lets others move."""
        return await self._ask("GET", f"/v1/accounts/{named(account)}", query={"as_of": as_of, "asset": asset},
            headers={"If-None-Match": if_none_match}, again=True)

    async def portfolio(self, *, as_of: str | None = None, account: str | None = None,
        if_none_match: str | None = None) -> Portfolio:
        """Give everything that is open of one's own account, and what can be claimed, in one answer."""
        return await self._ask("GET", "/v1/me/portfolio", query={"as_of": as_of, "account": account},
            headers={"If-None-Match": if_none_match}, again=True)
