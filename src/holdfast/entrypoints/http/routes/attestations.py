"""Attestations: who attested what about holders."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import delete, get, post, put
from holdfast.entrypoints.http.viewing import Account, Cursor, Limit, Page, asked
from holdfast.errors import (
    BadStatement,
    Conflict,
    Malformed,
    Rejected,
    StatementUsed,
    StepUpRequired,
    UnknownAttestation,
    UnknownProvider,
)
from holdfast.identity import attestations as service
from holdfast.identity.attestation_statements import Claim, Kind, ProviderName, PublicKey, Signed
from holdfast.identity.attestations import Attestation, Attested, Provider

Why = Annotated[str, Meta(min_length=1, max_length=500)]


class OfHolder(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it everybody's, in pages."""

    account: Account = ""
    limit: Limit = 100
    cursor: Cursor = ""


class Recorded(Struct, frozen=True, forbid_unknown_fields=True):
    """Who attested it, and what."""

    provider: ProviderName
    claim: Claim


class Ended(Struct, frozen=True, forbid_unknown_fields=True):
    """The reason."""

    why: Why


class Taken(Struct, frozen=True):
    """What a statement attests; null where it revoked another one."""

    attestation: Attestation | None


class WantedProvider(Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's shown name, key, and what he may attest (nothing named: anything)."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    public_key: PublicKey
    kinds: Annotated[tuple[Kind, ...], Meta(max_length=100)] = ()


class AndRevoke(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether what he attested ends too."""

    revoke: bool = False


_EXAMPLE = {
    "provider": "acme-kyc",
    "claim": {"account": "alice", "kind": "kyc", "jurisdiction": "DE", "valid_from": 1_767_225_600,
              "valid_until": 4_102_444_800, "reference": "sha256:9f86d081884c7d65"},
}  # fmt: skip


@get("/v1/me/attestations", "own.read", returns=list[Attestation])
async def my_attestations(call: Call) -> tuple[Attestation, ...]:
    """List what is attested about me."""
    return service.of_account(call.server.office, call.who.account)


@get("/v1/attestations", "compliance.read", query=OfHolder, returns=Page[Attestation])
async def attestations(call: Call) -> Page[Attestation]:
    """List what is attested about holders, ended ones too.

    A page holds whole accounts: it may have more items than its limit.
    """
    office, query, cursors, about = call.server.office, call.query, call.server.cursors, asked(call)
    if query.account:
        return Page(list(service.of_account(office, query.account)))
    after = cursors.open(about, query.cursor, str) if query.cursor else ""
    found: list[Attestation] = []
    for account in sorted(name for name in office.all(Attested) if name > after):
        if len(found) >= query.limit:
            return Page(found, cursors.seal(about, found[-1].account))
        found += service.of_account(office, account)
    return Page(found)


@post("/v1/attestations", "compliance.manage", body=Recorded, returns=Attestation, status=201, step_up=True,
      errors=(StepUpRequired, Conflict, Rejected, Malformed), example=_EXAMPLE)  # fmt: skip
async def record_attestation(call: Call) -> Attestation:
    """Record what somebody attested about a holder, by a reference to his documents.

    Nothing about the person belongs here: the reference is the provider's number, or a hash. A provider that is
    registered with a key speaks by signed statements alone.
    """
    given: Recorded = call.body
    return await asyncio.to_thread(service.record, call.server.office, call.who, given.provider, given.claim)


@post("/v1/attestations/statements", "compliance.manage", body=Signed, returns=Taken,
      errors=(BadStatement, StatementUsed, UnknownProvider, Conflict, Rejected, Malformed))  # fmt: skip
async def take_statement(call: Call) -> Taken:
    """Take a signed statement of a registered provider: it attests something, or revokes what it attested.

    Each statement works once, on this desk alone.
    """
    office, desk = call.server.office, call.server.desk_id
    return Taken(await asyncio.to_thread(service.take, office, call.who, call.body, desk))


@post("/v1/attestations/{account}/{attestation}/revoke", "compliance.manage", body=Ended, returns=Attestation,
      errors=(UnknownAttestation, Conflict), example={"why": "the document was withdrawn"})  # fmt: skip
async def revoke_attestation(call: Call) -> Attestation:
    """End an attestation at once, for good."""
    account, name = call.path["account"], call.path["attestation"]
    return await asyncio.to_thread(service.revoke, call.server.office, call.who, account, name, call.body.why)


@get("/v1/attestation-providers", "compliance.read", returns=list[Provider])
async def providers(call: Call) -> list[Provider]:
    """List the providers that sign their statements."""
    return list(call.server.office.all(Provider).values())


@put("/v1/attestation-providers/{provider}", "compliance.manage", body=WantedProvider, returns=Provider, step_up=True,
     errors=(StepUpRequired,),
     example={"title": "ACME KYC", "public_key": "0" * 64, "kinds": ["kyc", "aml"]})  # fmt: skip
async def register_provider(call: Call) -> Provider:
    """Register a provider with the ed25519 key that its statements are signed with, or give it another key."""
    given, name = call.body, call.path["provider"]

    def register() -> Provider:
        return service.register(
            call.server.office, call.who, name, title=given.title, public_key=given.public_key, kinds=given.kinds
        )

    return await asyncio.to_thread(register)


@delete("/v1/attestation-providers/{provider}", "compliance.manage", query=AndRevoke, errors=(UnknownProvider,))
async def remove_provider(call: Call) -> None:
    """Take nothing more from a provider; with `revoke` end what it attested too."""
    remove, name, also = service.remove, call.path["provider"], call.query.revoke
    await asyncio.to_thread(lambda: remove(call.server.office, call.who, name, revoke_all=also))
