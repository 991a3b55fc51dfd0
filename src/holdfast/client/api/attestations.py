# mypy: disable-error-code=no-any-return
# fmt: off
"""Attestations over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.attestations import Attestation, AttestationStatementsClaim, Provider, Taken


class AttestationsApi(Methods):
    """Attestations."""

    def my_attestations(self) -> list[Attestation]:
        """List what is attested about me."""
        return self._ask("GET", "/v1/me/attestations", again=True)

    def all(self, *, account: str | None = None, limit: int | None = None,
        cursor: str | None = None) -> Pages[Attestation]:
        """List what is attested about holders, ended ones too.

        A page holds whole accounts: it may have more items than its limit.
        """
        return self._pages("/v1/attestations", "cursor", query={"account": account, "limit": limit, "cursor": cursor},
            again=True)

    def record_attestation(self, *, provider: str, claim: AttestationStatementsClaim) -> Attestation:
        """Record what somebody attested about a holder, by a reference to his documents.

        Nothing about the person belongs here: the reference is the provider's number, or a hash. A provider that is
        registered with a key speaks by signed statements alone.
        """
        return self._ask("POST", "/v1/attestations", body={"provider": provider, "claim": claim})

    def take_statement(self, *, provider: str, statement: str, signature: str) -> Taken:
        """Take a signed statement of a registered provider: it attests something, or revokes what it attested.

        Each statement works once, on this desk alone.
        """
        return self._ask("POST", "/v1/attestations/statements", body={"provider": provider, "statement": statement,
            "signature": signature})

    def revoke_attestation(self, account: str, attestation: str, *, why: str) -> Attestation:
        """End an attestation at once, for good."""
        return self._ask("POST", f"/v1/attestations/{named(account)}/{named(attestation)}/revoke", body={"why": why})

    def providers(self) -> list[Provider]:
        """List the providers that sign their statements."""
        return self._ask("GET", "/v1/attestation-providers", again=True)

    def register_provider(self, provider: str, *, title: str, public_key: str,
        kinds: list[str] | None = None) -> Provider:
        """Register a provider with the ed25519 key that its statements are signed with, or give it another key."""
        return self._ask("PUT", f"/v1/attestation-providers/{named(provider)}", body={"title": title,
            "public_key": public_key, "kinds": kinds})

    def remove_provider(self, provider: str, *, revoke: bool | None = None) -> None:
        """Take nothing more from a provider; with `revoke` end what it attested too."""
        self._ask("DELETE", f"/v1/attestation-providers/{named(provider)}", query={"revoke": revoke})


class AsyncAttestationsApi(AsyncMethods):
    """Attestations."""

    async def my_attestations(self) -> list[Attestation]:
        """List what is attested about me."""
        return await self._ask("GET", "/v1/me/attestations", again=True)

    def all(self, *, account: str | None = None, limit: int | None = None,
        cursor: str | None = None) -> AsyncPages[Attestation]:
        """List what is attested about holders, ended ones too."""
        return self._pages("/v1/attestations", "cursor", query={"account": account, "limit": limit, "cursor": cursor},
            again=True)

    async def record_attestation(self, *, provider: str, claim: AttestationStatementsClaim) -> Attestation:
        """Record what somebody attested about a holder, by a reference to his documents."""
        return await self._ask("POST", "/v1/attestations", body={"provider": provider, "claim": claim})

    async def take_statement(self, *, provider: str, statement: str, signature: str) -> Taken:
        """Take a signed statement of a registered provider: it attests something, or revokes what it attested."""
        return await self._ask("POST", "/v1/attestations/statements", body={"provider": provider,
            "statement": statement, "signature": signature})

    async def revoke_attestation(self, account: str, attestation: str, *, why: str) -> Attestation:
        """End an attestation at once, for good."""
        return await self._ask("POST", f"/v1/attestations/{named(account)}/{named(attestation)}/revoke",
            body={"why": why})

    async def providers(self) -> list[Provider]:
        """List the providers that sign their statements."""
        return await self._ask("GET", "/v1/attestation-providers", again=True)

    async def register_provider(self, provider: str, *, title: str, public_key: str,
        kinds: list[str] | None = None) -> Provider:
        """Register a provider with the ed25519 key that its statements are signed with, or give it another key."""
        return await self._ask("PUT", f"/v1/attestation-providers/{named(provider)}", body={"title": title,
            "public_key": public_key, "kinds": kinds})

    async def remove_provider(self, provider: str, *, revoke: bool | None = None) -> None:
        """Take nothing more from a provider; with `revoke` end what it attested too."""
        await self._ask("DELETE", f"/v1/attestation-providers/{named(provider)}", query={"revoke": revoke})
