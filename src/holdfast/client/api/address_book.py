# mypy: disable-error-code=no-any-return
# fmt: off
"""Address book over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.address_book import Address


class AddressBookApi(Methods):
    """Address book."""

    def addresses(self) -> list[Address]:
        """List the address book, entries that are not confirmed yet too."""
        return self._ask("GET", "/v1/address-book", again=True)

    def add_address(self, account: str, *, label: str, assets: list[str] | None = None) -> Address:
        """Enter an account; it counts once somebody else has confirmed it and the cooling time is over."""
        return self._ask("PUT", f"/v1/address-book/{named(account)}", body={"label": label, "assets": assets})

    def remove_address(self, account: str) -> None:
        """Take an entry out at once; one person is enough."""
        self._ask("DELETE", f"/v1/address-book/{named(account)}")

    def confirm_address(self, account: str, *, added_at: int) -> Address:
        """Confirm what somebody else entered."""
        return self._ask("POST", f"/v1/address-book/{named(account)}/confirm", body={"added_at": added_at})


class AsyncAddressBookApi(AsyncMethods):
    """Address book."""

    async def addresses(self) -> list[Address]:
        """List the address book, entries that are not confirmed yet too."""
        return await self._ask("GET", "/v1/address-book", again=True)

    async def add_address(self, account: str, *, label: str, assets: list[str] | None = None) -> Address:
        """Enter an account; it counts once somebody else has confirmed it and the cooling time is over."""
        return await self._ask("PUT", f"/v1/address-book/{named(account)}", body={"label": label, "assets": assets})

    async def remove_address(self, account: str) -> None:
        """Take an entry out at once; one person is enough."""
        await self._ask("DELETE", f"/v1/address-book/{named(account)}")

    async def confirm_address(self, account: str, *, added_at: int) -> Address:
        """Confirm what somebody else entered."""
        return await self._ask("POST", f"/v1/address-book/{named(account)}/confirm", body={"added_at": added_at})
