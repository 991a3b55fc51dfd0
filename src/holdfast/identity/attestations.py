"""Attestations: who attested what about the holder of an account, where it counts, from when, and until when.

The desk keeps that somebody has looked, never what he saw: a reference leads to the provider's own documents, and
nothing about the person is written down here. Policies ask `attested`; a rule can require that something is attested
of who acts or of who is paid, or that it is missing.

An attestation is recorded by a person of the desk, or comes as a signed statement of a registered provider. Of a
provider with a key only signed statements are taken. Each statement works once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from secrets import token_hex

from msgspec import Struct
from msgspec.structs import replace

from holdfast.errors import (
    BadStatement,
    Conflict,
    Malformed,
    Rejected,
    StatementUsed,
    UnknownAttestation,
    UnknownProvider,
)
from holdfast.identity.attestation_statements import ADAPTERS, Attest, Claim, Revoke, Signed
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office, Transaction
from holdfast.identity.principal import Principal
from holdfast.primitives.clock import format_instant

_NAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,31}\Z").match

EVERYWHERE = "*"

MOST = 100
"""Attestations in force that one account may have; of those that have ended as many are kept as fit beside them."""

NEVER = 2**53
"""The second at which something ends that does not."""


class Attestation(Struct, frozen=True):
    """One attestation, and how it ended. `statement` is the provider's id of the statement that it came by."""

    id: str
    account: str
    provider: str
    kind: str
    jurisdiction: str
    valid_from: int
    valid_until: int | None
    reference: str
    recorded_by: str
    recorded_at: int
    statement: str = ""
    revoked_at: int = 0
    revoked_by: str = ""
    why: str = ""

    def in_force(self, now: int) -> bool:
        """Whether it counts at this second; at its last instant it has ended."""
        over = self.valid_until is not None and now >= self.valid_until
        return now >= self.valid_from and not over and not self.revoked_at

    def ended(self, now: int) -> bool:
        """Whether it will never count again."""
        return bool(self.revoked_at) or (self.valid_until is not None and now >= self.valid_until)

    def says(self, kind: str, jurisdictions: Iterable[str]) -> bool:
        """Whether it is about this, in one of these jurisdictions: `*` stands for all, on either side."""
        if kind != self.kind:
            return False
        return self.jurisdiction == EVERYWHERE or any(one in (EVERYWHERE, self.jurisdiction) for one in jurisdictions)


class Attested(Kept, frozen=True, tag="attestation"):
    """Everything attested of one account; the id is the account."""

    id: str
    items: tuple[Attestation, ...] = ()


class Provider(Kept, frozen=True, tag="attestation_provider"):
    """Somebody outside who attests, with the key that he signs with."""

    id: str
    title: str
    public_key: str
    adapter: str
    kinds: tuple[str, ...]
    """What he may attest; empty: anything."""
    added_by: str
    added_at: int


class UsedStatement(Kept, frozen=True, tag="attestation_statement"):
    """A statement that was taken, as `provider/id`; it is kept for as long as it could be given once more."""

    id: str
    expires: int


def attested(office: Office, account: str, kind: str, jurisdictions: tuple[str, ...], now: int) -> bool:
    """Whether something is attested of an account at this second; see `policies.guard.Attests`. Reads memory alone."""
    kept = office.get(Attested, account)
    return kept is not None and any(one.in_force(now) and one.says(kind, jurisdictions) for one in kept.items)


def of_account(office: Office, account: str) -> tuple[Attestation, ...]:
    """All attestations of an account that are kept, the oldest first."""
    kept = office.get(Attested, account)
    return () if kept is None else kept.items


def record(office: Office, by: Principal, provider: str, claim: Claim) -> Attestation:
    """Write down what a provider attested, on the word of the person who records it.

    Raises: Malformed (over already, or ends before it begins), Conflict (the provider signs its statements), Rejected.
    """
    with office.write() as t:
        if t.get(Provider, provider) is not None:
            raise Conflict(f"{provider} signs its statements; send one of them instead.", provider=provider)
        return _record(t, by, provider, claim)


def take(office: Office, by: Principal, signed: Signed, desk: str) -> Attestation | None:
    """Carry out a signed statement for the desk with this genesis: what it attests, None where it revoked something.

    Raises: UnknownProvider; BadStatement (signature, shape, another desk or provider, a kind that is not his to
            attest); StatementUsed; Malformed, Rejected as `record`.
    """
    provider = _provider(office.get(Provider, signed.provider), signed.provider)
    statement = ADAPTERS[provider.adapter].read(provider.public_key, signed)
    if statement.desk != desk:
        raise BadStatement("The statement is for another desk.")
    if statement.provider != provider.id:
        raise BadStatement(f"The statement is of {statement.provider}, and was sent as one of {provider.id}.")
    with office.write() as t:
        if t.get(Provider, provider.id) != provider:
            raise Conflict(f"{provider.id} was changed meanwhile; send the statement again.", provider=provider.id)
        _use(t, provider.id, statement.id, until=None if isinstance(statement, Revoke) else statement.claim.valid_until)
        if isinstance(statement, Revoke):
            _revoke_statement(t, by, statement)
            return None
        return _attest(t, by, provider, statement)


def revoke(office: Office, by: Principal, account: str, attestation: str, why: str) -> Attestation:
    """End an attestation at once, for good. Raises: UnknownAttestation, Conflict (it was revoked already)."""
    with office.write() as t:
        found = next((one for one in _items(t, account) if one.id == attestation), None)
        if found is None:
            raise UnknownAttestation(f"There is no attestation {attestation[:60]} of {account[:128]}.")
        if found.revoked_at:
            raise Conflict(f"{attestation} was revoked by {found.revoked_by} already.", attestation=attestation)
        return _end(t, by, found, why)


def register(
    office: Office, by: Principal, name: str, *, title: str, public_key: str, kinds: tuple[str, ...] = (),
    adapter: str = "ed25519",
) -> Provider:  # fmt: skip
    """Register a provider with its key, or give it another one: what the old key signed is then taken no more.

    Raises: Malformed (name, title, adapter).
    """
    if not _NAME(name):
        raise Malformed("provider: 1..32 small letters, digits or . _ -", field="provider")
    if not (0 < len(title) <= 100 and title.isprintable()):
        raise Malformed("title: 1..100 printable characters", field="title")
    if adapter not in ADAPTERS:
        raise Malformed(f"adapter: write one of {', '.join(ADAPTERS)}", field="adapter")
    with office.write() as t:
        made = Provider(name, title, public_key, adapter, tuple(dict.fromkeys(kinds)), by.person, t.now)
        replaced = t.get(Provider, name) is not None
        t.put(made)
        t.log(
            "provider.registered", by=by.person, about=name, where=by.address, title=title, public=public_key,
            kinds=list(made.kinds), replaced=replaced,
        )  # fmt: skip
        return made


def remove(office: Office, by: Principal, name: str, *, revoke_all: bool = False) -> int:
    """Take nothing more from a provider; with `revoke_all` what it attested ends too. How many ended.

    Raises: UnknownProvider.
    """
    with office.write() as t:
        _provider(t.get(Provider, name), name)
        t.delete(Provider, name)
        ended = 0
        if revoke_all:
            for kept in list(t.all(Attested).values()):
                for one in kept.items:
                    if one.provider == name and not one.ended(t.now):
                        _end(t, by, one, "provider removed")
                        ended += 1
        t.log("provider.removed", by=by.person, about=name, where=by.address, revoked=ended)
        return ended


# --- parts ------------------------------------------------------------------------------------------------------------


def _attest(t: Transaction, by: Principal, provider: Provider, statement: Attest) -> Attestation:
    if provider.kinds and statement.claim.kind not in provider.kinds:
        raise BadStatement(f"{provider.id} attests {', '.join(provider.kinds)}, not {statement.claim.kind}.")
    return _record(t, by, provider.id, statement.claim, statement.id)


def _record(t: Transaction, by: Principal, provider: str, claim: Claim, statement: str = "") -> Attestation:
    end = claim.valid_until
    if end is not None and end <= max(claim.valid_from, t.now):
        raise Malformed("valid_until: it is over already, or would end before it begins.", field="valid_until")
    made = Attestation(
        token_hex(8), claim.account, provider, claim.kind, claim.jurisdiction, claim.valid_from, end,
        claim.reference, by.person, t.now, statement,
    )  # fmt: skip
    items = _items(t, claim.account)
    open_, over = ([one for one in items if one.ended(t.now) is ended] for ended in (False, True))
    if len(open_) >= MOST:
        raise Rejected(f"{claim.account} has {MOST} attestations in force, which is the most. Revoke some first.")
    kept = {one.id for one in (*over[max(len(over) + len(open_) + 1 - MOST, 0) :], *open_)}
    t.put(Attested(claim.account, (*(one for one in items if one.id in kept), made)))
    t.log(
        "attestation.recorded", by=by.person, about=claim.account, where=by.address, attestation=made.id,
        provider=provider, type=claim.kind, jurisdiction=claim.jurisdiction, reference=claim.reference,
        valid_from=format_instant(claim.valid_from), valid_until=None if end is None else format_instant(end),
        statement=statement or None,
    )  # fmt: skip
    return made


def _revoke_statement(t: Transaction, by: Principal, statement: Revoke) -> None:
    """End what another statement attested; one that has not come yet is used up, so that it never counts."""
    name = f"{statement.provider}/{statement.revokes}"
    if t.get(UsedStatement, name) is None:
        t.put(UsedStatement(name, NEVER))
        t.log("statement.barred", by=by.person, about=name, where=by.address, statement=statement.id)
        return
    for kept in list(t.all(Attested).values()):
        for one in kept.items:
            if (one.provider, one.statement) == (statement.provider, statement.revokes) and not one.ended(t.now):
                _end(t, by, one, f"statement {statement.id}")


def _use(t: Transaction, provider: str, statement: str, until: int | None) -> None:
    name = f"{provider}/{statement}"
    if t.get(UsedStatement, name) is not None:
        raise StatementUsed(f"Statement {statement} of {provider} was taken or revoked already.", statement=statement)
    t.put(UsedStatement(name, NEVER if until is None else until))


def _end(t: Transaction, by: Principal, found: Attestation, why: str) -> Attestation:
    after = replace(found, revoked_at=t.now, revoked_by=by.person, why=why)
    t.put(Attested(found.account, tuple(after if one.id == found.id else one for one in _items(t, found.account))))
    t.log(
        "attestation.revoked", by=by.person, about=found.account, where=by.address, attestation=found.id,
        provider=found.provider, type=found.kind, why=why,
    )  # fmt: skip
    return after


def _items(t: Transaction, account: str) -> tuple[Attestation, ...]:
    kept = t.get(Attested, account)
    return () if kept is None else kept.items


def _provider(found: Provider | None, name: str) -> Provider:
    if found is None:
        raise UnknownProvider(f"There is no provider {name[:60]} with a key.", provider=name[:60])
    return found
