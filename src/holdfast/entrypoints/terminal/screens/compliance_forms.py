"""What one does about holders: attest, withdraw, take signed statements, register providers; seal amounts or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from holdfast.entrypoints.terminal.forms import (
    Field,
    Wanted,
    area,
    check,
    form,
    hidden,
    second_of_day,
    select,
    text,
)
from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.visit import Values, Visit
from holdfast.primitives.clock import format_instant

HOLDERS, PROVIDERS, SEALING = "/compliance", "/compliance/providers", "/compliance/sealing"
API = "/v1/attestations"


async def _today(visit: Visit, values: Values) -> dict[str, Any]:
    """It counts from today on, where nothing else is said."""
    if "valid_from" not in values:
        values["valid_from"] = [format_instant(visit.now)[:10]]
    return {}


@form("compliance.attest", "compliance.attest",
      text("account", hint="compliance.account_hint", most_length=128),
      text("provider", label="compliance.provider", hint="compliance.provider_hint", most_length=32),
      text("kind", label="compliance.kind", hint="compliance.kind_hint", most_length=40),
      text("jurisdiction", label="compliance.jurisdiction", hint="compliance.jurisdiction_hint", default="*",
           most_length=2),
      Field(name="valid_from", kind="day", label="compliance.valid_from"),
      Field(name="valid_until", kind="day", label="compliance.valid_until", hint="compliance.until_hint",
            required=False),
      text("reference", label="compliance.reference", hint="compliance.reference_hint", most_length=128),
      prepare=_today, at={"conflict": "provider"})  # fmt: skip
def attest(values: Values) -> Wanted:
    """What somebody attested of a holder, on the word of who records it."""
    claim: dict[str, Any] = values.given("account", "kind", "jurisdiction", "reference")
    claim["valid_from"] = second_of_day(values, "valid_from")
    claim["valid_until"] = second_of_day(values, "valid_until") if values.text("valid_until") else None
    body = {"provider": values.text("provider"), "claim": claim}
    then = f"{HOLDERS}?{urlencode(values.given('account'))}"
    return Wanted(path=API, body=body, then=then, said="compliance.attested", step_up=True)


@form("compliance.withdraw", "compliance.withdraw", hidden("account"), hidden("attestation"),
      text("why", label="compliance.why", hint="compliance.why_hint", most_length=500),
      summary="compliance/withdraw.html", danger=True)  # fmt: skip
def withdraw(values: Values) -> Wanted:
    """An attestation less, for good."""
    account = in_path(values.text("account"))
    path = f"{API}/{account}/{in_path(values.text('attestation'))}/revoke"
    then = f"{HOLDERS}?account={account}"
    return Wanted(path=path, body={"why": values.text("why")}, then=then, said="compliance.withdrawn")


async def _providers(visit: Visit, _: Values) -> dict[str, Any]:
    """The providers with a key."""
    found = await visit.api.get("/v1/attestation-providers")
    return {"providers": [(one["id"], one["title"]) for one in found]}


@form("compliance.statement", "compliance.statement",
      select("provider", "providers", label="compliance.provider"),
      area("statement", label="compliance.statement_text", hint="compliance.statement_hint"),
      text("signature", hint="compliance.signature_hint", most_length=4_096), prepare=_providers,
      at={"bad_statement": "statement", "statement_used": "statement", "unknown_provider": "provider"})  # fmt: skip
def statement(values: Values) -> Wanted:
    """A signed statement, byte for byte as it was signed: browsers send line ends of their own."""
    given = values.get("statement", [""])[-1].replace("\r\n", "\n")
    body = {"provider": values.text("provider"), "statement": given, "signature": values.text("signature")}
    return Wanted(path=f"{API}/statements", body=body, then=HOLDERS, said="compliance.taken")


@form("compliance.provider", "compliance.add_provider",
      text("provider", label="compliance.provider_name", hint="compliance.provider_name_hint", most_length=32),
      text("title", label="people.shown_name", most_length=100),
      text("public_key", hint="compliance.key_hint", most_length=64),
      text("kinds", label="compliance.kinds", hint="compliance.kinds_hint", required=False))  # fmt: skip
def register(values: Values) -> Wanted:
    """A provider, or another key of one."""
    body: dict[str, Any] = {**values.given("title", "public_key"),
                            "kinds": values.text("kinds").replace(",", " ").split()}  # fmt: skip
    path = f"/v1/attestation-providers/{in_path(values.text('provider'))}"
    return Wanted(method="PUT", path=path, body=body, then=PROVIDERS, said="compliance.registered", step_up=True)


@form("compliance.provider.remove", "compliance.remove_provider", hidden("provider"),
      check("revoke", label="compliance.and_revoke", hint="compliance.and_revoke_hint"), danger=True)  # fmt: skip
def remove(values: Values) -> Wanted:
    """Nothing more of a provider; where it is ticked, what it attested ends too."""
    path = f"/v1/attestation-providers/{in_path(values.text('provider'))}"
    query = {"revoke": "true"} if values.text("revoke") else {}
    return Wanted(method="DELETE", path=path, query=query, then=PROVIDERS, said="compliance.removed")


async def _auditor(visit: Visit, _: Values) -> dict[str, Any]:
    """Who the auditor is now."""
    return {"disclosure": await visit.api.get("/v1/disclosure")}


@form("disclosure.auditor", "compliance.name_auditor",
      text("title", label="compliance.auditor", hint="compliance.auditor_hint", most_length=100),
      text("public_key", hint="proofs.key_hint", most_length=64), prepare=_auditor,
      summary="compliance/auditor.html")  # fmt: skip
def name_auditor(values: Values) -> Wanted:
    """The auditor whom every record is sealed for from now on."""
    body = values.given("title", "public_key")
    path = "/v1/disclosure/auditor"
    return Wanted(method="PUT", path=path, body=body, then=SEALING, said="compliance.auditor_named", step_up=True)


@form("disclosure.switch", "compliance.switch", hidden("on"), prepare=_auditor, summary="compliance/switch.html",
      danger=True)  # fmt: skip
def switch(values: Values) -> Wanted:
    """Whether sealed records are published."""
    body = {"on": values.text("on") == "yes"}
    return Wanted(method="PUT", path="/v1/disclosure", body=body, then=SEALING, said="compliance.switched",
                  step_up=True)  # fmt: skip
