# mypy: disable-error-code=no-any-return
# fmt: off
"""People over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.me import PersonView
from holdfast.client.shapes.people import Invited, Organisation, WantedGrant


class PeopleApi(Methods):
    """People."""

    def all(self) -> list[PersonView]:
        """List everybody, without secrets."""
        return self._ask("GET", "/v1/people", again=True)

    def add_person(self, *, name: str, title: str | None = None, account: str | None = None,
        organisation: str | None = None, grants: list[WantedGrant] | None = None) -> Invited:
        """Add a person; the link that comes back lets him set a password and a second factor."""
        return self._ask("POST", "/v1/people", body={"name": name, "title": title, "account": account,
            "organisation": organisation, "grants": grants})

    def show(self, person: str) -> PersonView:
        """Show one person, without secrets."""
        return self._ask("GET", f"/v1/people/{named(person)}", again=True)

    def change_person(self, person: str, *, title: str | None = None, organisation: str | None = None) -> PersonView:
        """Change a person's shown name or organisation."""
        return self._ask("PUT", f"/v1/people/{named(person)}", body={"title": title, "organisation": organisation})

    def invite_person(self, person: str) -> Invited:
        """Make a new link for a person who cannot sign in; using it takes all his factors away."""
        return self._ask("POST", f"/v1/people/{named(person)}/invite")

    def disable_person(self, person: str) -> PersonView:
        """Let a person in no more: sessions, API keys, links and streams end at once."""
        return self._ask("POST", f"/v1/people/{named(person)}/disable")

    def enable_person(self, person: str) -> PersonView:
        """Let a disabled person in again."""
        return self._ask("POST", f"/v1/people/{named(person)}/enable")

    def grant_role(self, person: str, *, role: Literal["approver", "auditor", "holder", "keeper", "operator", "oracle"],
        functions: list[str] | None = None, until: int | None = None) -> PersonView:
        """Give a person a role, never more than one has."""
        return self._ask("POST", f"/v1/people/{named(person)}/grants", body={"role": role, "functions": functions,
            "until": until})

    def revoke_role(self, person: str, role: str) -> PersonView:
        """Take a role from a person at once, also in open sessions."""
        return self._ask("DELETE", f"/v1/people/{named(person)}/grants/{named(role)}")

    def organisations(self) -> list[Organisation]:
        """List all organisations."""
        return self._ask("GET", "/v1/organisations", again=True)

    def add_organisation(self, *, name: str, title: str) -> Organisation:
        """Add an organisation."""
        return self._ask("POST", "/v1/organisations", body={"name": name, "title": title})


class AsyncPeopleApi(AsyncMethods):
    """People."""

    async def all(self) -> list[PersonView]:
        """List everybody, without secrets."""
        return await self._ask("GET", "/v1/people", again=True)

    async def add_person(self, *, name: str, title: str | None = None, account: str | None = None,
        organisation: str | None = None, grants: list[WantedGrant] | None = None) -> Invited:
        """Add a person; the link that comes back lets him set a password and a second factor."""
        return await self._ask("POST", "/v1/people", body={"name": name, "title": title, "account": account,
            "organisation": organisation, "grants": grants})

    async def show(self, person: str) -> PersonView:
        """Show one person, without secrets."""
        return await self._ask("GET", f"/v1/people/{named(person)}", again=True)

    async def change_person(self, person: str, *, title: str | None = None,
        organisation: str | None = None) -> PersonView:
        """Change a person's shown name or organisation."""
        return await self._ask("PUT", f"/v1/people/{named(person)}", body={"title": title,
            "organisation": organisation})

    async def invite_person(self, person: str) -> Invited:
        """Make a new link for a person who cannot sign in; using it takes all his factors away."""
        return await self._ask("POST", f"/v1/people/{named(person)}/invite")

    async def disable_person(self, person: str) -> PersonView:
        """Let a person in no more: sessions, API keys, links and streams end at once."""
        return await self._ask("POST", f"/v1/people/{named(person)}/disable")

    async def enable_person(self, person: str) -> PersonView:
        """Let a disabled person in again."""
        return await self._ask("POST", f"/v1/people/{named(person)}/enable")

    async def grant_role(self, person: str, *, role: Literal["approver", "auditor", "holder", "keeper", "operator",
        "oracle"], functions: list[str] | None = None, until: int | None = None) -> PersonView:
        """Give a person a role, never more than one has."""
        return await self._ask("POST", f"/v1/people/{named(person)}/grants", body={"role": role, "functions": functions,
            "until": until})

    async def revoke_role(self, person: str, role: str) -> PersonView:
        """Take a role from a person at once, also in open sessions."""
        return await self._ask("DELETE", f"/v1/people/{named(person)}/grants/{named(role)}")

    async def organisations(self) -> list[Organisation]:
        """List all organisations."""
        return await self._ask("GET", "/v1/organisations", again=True)

    async def add_organisation(self, *, name: str, title: str) -> Organisation:
        """Add an organisation."""
        return await self._ask("POST", "/v1/organisations", body={"name": name, "title": title})
