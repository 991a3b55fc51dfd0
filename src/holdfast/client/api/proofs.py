# mypy: disable-error-code=no-any-return
# fmt: off
"""Proofs over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.proofs import DailyRoots, Inclusion


class ProofsApi(Methods):
    """Proofs."""

    def all(self, *, limit: int | None = None, cursor: str | None = None) -> Pages[DailyRoots]:
        """List what was published of what is owed, the newest day first.

        The audit log has the same roots: nobody can publish others for a day later on without breaking its chain.
        """
        return self._pages("/v1/proofs", "cursor", query={"limit": limit, "cursor": cursor}, again=True)

    def proof_of_day(self, day: str) -> DailyRoots:
        """Give the roots of a day, as `check_inclusion.py` reads them."""
        return self._ask("GET", f"/v1/proofs/{named(day)}", again=True)

    def proof_of_asset(self, day: str, asset: str) -> DailyRoots:
        """Give the root of one asset on a day; the same document, with this asset alone."""
        return self._ask("GET", f"/v1/proofs/{named(day)}/{named(asset)}", again=True)

    def my_proof(self, day: str, asset: str, *, account: str | None = None) -> Inclusion:
        """Give the proof that what I am owed is part of a day's root; check it offline, without believing the desk.

        `holdfast proof check` and the script that `holdfast proof script` prints do it. It is for its holder alone.
        """
        return self._ask("GET", f"/v1/me/proofs/{named(day)}/{named(asset)}", query={"account": account}, again=True)


class AsyncProofsApi(AsyncMethods):
    """Proofs."""

    def all(self, *, limit: int | None = None, cursor: str | None = None) -> AsyncPages[DailyRoots]:
        """List what was published of what is owed, the newest day first."""
        return self._pages("/v1/proofs", "cursor", query={"limit": limit, "cursor": cursor}, again=True)

    async def proof_of_day(self, day: str) -> DailyRoots:
        """Give the roots of a day, as `check_inclusion.py` reads them."""
        return await self._ask("GET", f"/v1/proofs/{named(day)}", again=True)

    async def proof_of_asset(self, day: str, asset: str) -> DailyRoots:
        """Give the root of one asset on a day; the same document, with this asset alone."""
        return await self._ask("GET", f"/v1/proofs/{named(day)}/{named(asset)}", again=True)

    async def my_proof(self, day: str, asset: str, *, account: str | None = None) -> Inclusion:
        """Give the proof that what I am owed is part of a day's root; check it offline, without believing the desk."""
        return await self._ask("GET", f"/v1/me/proofs/{named(day)}/{named(asset)}", query={"account": account},
            again=True)
