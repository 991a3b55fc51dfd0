# mypy: disable-error-code=no-any-return
# fmt: off
"""Disclosure over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.disclosure import DisclosureView, MyKey, Published, SealedPart


class DisclosureApi(Methods):
    """Disclosure."""

    def show(self) -> DisclosureView:
        """Say whether sealed records are published, and for which auditor they are sealed."""
        return self._ask("GET", "/v1/disclosure", again=True)

    def switch_disclosure(self, *, on: bool) -> DisclosureView:
        """Publish the journal with sealed amounts, the past too, to everybody who is signed in; or no more.

        Who acts, on what, and when is seen by all of them then; how much is not. Who copied something keeps his copy.
        """
        return self._ask("PUT", "/v1/disclosure", body={"on": on})

    def name_auditor(self, *, title: str, public_key: str) -> DisclosureView:
        """Name the auditor: every record that is asked for from now on, of the past too, is sealed for this key.

        It is sealed no more for the auditor before, who keeps what he opened.
        """
        return self._ask("PUT", "/v1/disclosure/auditor", body={"title": title, "public_key": public_key})

    def my_disclosure_key(self) -> MyKey:
        """Show the key that amounts of mine are sealed for."""
        return self._ask("GET", "/v1/me/disclosure-key", again=True)

    def give_disclosure_key(self, *, public_key: str) -> MyKey:
        """Give the public key that what concerns my account is sealed for; another one takes its place."""
        return self._ask("PUT", "/v1/me/disclosure-key", body={"public_key": public_key})

    def sealed_records(self, *, after: int | None = None, limit: int | None = None) -> Pages[Published]:
        """List the journal's records with their amounts sealed.

        Each amount opens for the holders on both sides and for the auditor: `holdfast disclose open` does it offline.
        """
        return self._pages("/v1/disclosure/records", "after", query={"after": after, "limit": limit}, again=True)

    def rewrap_record(self, *, format: Literal["holdfast sealed record 1"], desk: str, record: dict[str, Any],
        parts: list[SealedPart]) -> Published:
        """Wrap a record that was published earlier, as it was then, for the present auditor."""
        return self._ask("POST", "/v1/disclosure/rewrap", body={"format": format, "desk": desk, "record": record,
            "parts": parts})


class AsyncDisclosureApi(AsyncMethods):
    """Disclosure."""

    async def show(self) -> DisclosureView:
        """Say whether sealed records are published, and for which auditor they are sealed."""
        return await self._ask("GET", "/v1/disclosure", again=True)

    async def switch_disclosure(self, *, on: bool) -> DisclosureView:
        """Publish the journal with sealed amounts, the past too, to everybody who is signed in; or no more."""
        return await self._ask("PUT", "/v1/disclosure", body={"on": on})

    async def name_auditor(self, *, title: str, public_key: str) -> DisclosureView:
        """Name the auditor: every record that is asked for from now on, of the past too, is sealed for this key."""
        return await self._ask("PUT", "/v1/disclosure/auditor", body={"title": title, "public_key": public_key})

    async def my_disclosure_key(self) -> MyKey:
        """Show the key that amounts of mine are sealed for."""
        return await self._ask("GET", "/v1/me/disclosure-key", again=True)

    async def give_disclosure_key(self, *, public_key: str) -> MyKey:
        """Give the public key that what concerns my account is sealed for; another one takes its place."""
        return await self._ask("PUT", "/v1/me/disclosure-key", body={"public_key": public_key})

    def sealed_records(self, *, after: int | None = None, limit: int | None = None) -> AsyncPages[Published]:
        """List the journal's records with their amounts sealed."""
        return self._pages("/v1/disclosure/records", "after", query={"after": after, "limit": limit}, again=True)

    async def rewrap_record(self, *, format: Literal["holdfast sealed record 1"], desk: str, record: dict[str, Any],
        parts: list[SealedPart]) -> Published:
        """Wrap a record that was published earlier, as it was then, for the present auditor."""
        return await self._ask("POST", "/v1/disclosure/rewrap", body={"format": format, "desk": desk, "record": record,
            "parts": parts})
