"""What one changes about other people, each confirmed by a factor: who they are, what they may do, whether they may."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import Field, Wanted, area, check, form, hidden, second_of_day, select, text
from holdfast.entrypoints.terminal.visit import Values, Visit
from holdfast.identity.roles import ROLES

LINK = "people/link.html"


def named(values: Values, name: str) -> str:
    """A name in a path; what is no name finds nothing there."""
    return "".join(sign for sign in values.text(name) if sign not in "/?%#")


def _at(values: Values) -> str:
    return f"/v1/people/{named(values, 'person')}"


def _page(values: Values) -> str:
    return f"/people/{named(values, 'person')}"


async def _organisations(visit: Visit, _: Values) -> dict[str, Any]:
    """The organisations to choose from, and where links lead."""
    found = await visit.api.get("/v1/organisations")
    return {"organisations": [(one["id"], one["title"]) for one in found], "origin": visit.terminal.server.origin}


async def _origin(visit: Visit, _: Values) -> dict[str, Any]:
    """Where links lead."""
    return {"origin": visit.terminal.server.origin}


async def _roles(visit: Visit, _: Values) -> dict[str, Any]:
    """The roles to choose from."""
    return {"roles": [(role, visit.t(f"roles.{role}")) for role in ROLES]}


@form(
    "people.add", "people.add",
    text("name", label="people.name", hint="people.name_hint", most_length=32),
    text("title", label="people.shown_name", required=False, most_length=100),
    select("organisation", "organisations", label="people.organisation", required=False),
    *(check(f"role_{role}", label=f"roles.{role}") for role in ROLES),
    prepare=_organisations, template="people/add.html",
    at={"person_exists": "name", "unknown_organisation": "organisation"},
)  # fmt: skip
def add(values: Values) -> Wanted:
    """Somebody to be let in."""
    body: dict[str, Any] = values.given("name", "title", "organisation")
    body["grants"] = [{"role": role} for role in ROLES if values.text(f"role_{role}")]
    return Wanted(path="/v1/people", body=body, then="/people", reveal=LINK, step_up=True)


@form(
    "people.change", "people.change", hidden("person"),
    text("title", label="people.shown_name", most_length=100),
    select("organisation", "organisations", label="people.organisation", required=False),
    prepare=_organisations, at={"unknown_organisation": "organisation"},
)  # fmt: skip
def change(values: Values) -> Wanted:
    """Another shown name or organisation."""
    body = {"title": values.text("title"), "organisation": values.text("organisation")}
    return Wanted(method="PUT", path=_at(values), body=body, then=_page(values), said="people.changed", step_up=True)


@form(
    "people.grant", "people.grant", hidden("person"),
    select("role", "roles", label="field.role"),
    area("functions", label="people.functions", hint="people.functions_hint", default="*"),
    Field(name="until", kind="day", label="people.until", hint="people.until_hint", required=False),
    prepare=_roles, at={"bad_functions": "functions"},
)  # fmt: skip
def grant(values: Values) -> Wanted:
    """A role more."""
    body: dict[str, Any] = {"role": values.text("role"), "functions": values.text("functions").split()}
    if values.text("until"):
        body["until"] = second_of_day(values, "until")
    path = f"{_at(values)}/grants"
    return Wanted(path=path, body=body, then=_page(values), said="people.granted", step_up=True)


@form("people.revoke", "people.revoke", hidden("person"), hidden("role"), danger=True)
def revoke(values: Values) -> Wanted:
    """A role less."""
    path = f"{_at(values)}/grants/{named(values, 'role')}"
    return Wanted(method="DELETE", path=path, then=_page(values), said="people.revoked", step_up=True)


@form("people.invite", "people.invite", hidden("person"), prepare=_origin, summary="people/invite.html", danger=True)
def invite(values: Values) -> Wanted:
    """A new link, which takes all factors away when it is used."""
    return Wanted(path=f"{_at(values)}/invite", then=_page(values), reveal=LINK, step_up=True)


@form("people.disable", "people.disable", hidden("person"), summary="people/disable.html", danger=True)
def disable(values: Values) -> Wanted:
    """Let in no more."""
    return Wanted(path=f"{_at(values)}/disable", then=_page(values), said="people.disabled", step_up=True)


@form("people.enable", "people.enable", hidden("person"))
def enable(values: Values) -> Wanted:
    """Let in again."""
    return Wanted(path=f"{_at(values)}/enable", then=_page(values), said="people.enabled", step_up=True)


@form("people.key.revoke", "me.revoke_key", hidden("person"), hidden("key"), danger=True)
def revoke_key(values: Values) -> Wanted:
    """Somebody's API key less."""
    path = f"/v1/api-keys/{named(values, 'key')}"
    return Wanted(method="DELETE", path=path, then=_page(values), said="me.key_revoked")


@form(
    "people.organisation.add", "people.add_organisation",
    text("name", label="people.short_name", hint="people.name_hint", most_length=32),
    text("title", label="people.shown_name", most_length=100),
    at={"person_exists": "name"},
)  # fmt: skip
def add_organisation(values: Values) -> Wanted:
    """An organisation more."""
    body = values.given("name", "title")
    return Wanted(path="/v1/organisations", body=body, then="/people", said="people.organisation_added", step_up=True)
