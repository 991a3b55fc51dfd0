"""People and organisations, as those who manage them see and change them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import delete, get, post, put
from holdfast.errors import (
    LastOperator,
    Malformed,
    PersonExists,
    Rejected,
    StepUpRequired,
    UnknownOrganisation,
    UnknownPerson,
)
from holdfast.identity.membership import Invited
from holdfast.identity.people import PersonView
from holdfast.identity.records import Organisation
from holdfast.identity.roles import ROLES, Grant, Role

_CHANGES = (UnknownPerson, LastOperator, Rejected, StepUpRequired)

Name = Annotated[str, Meta(min_length=1, max_length=32, description="1 to 32 of a-z, 0-9, . _ and -")]
Title = Annotated[str, Meta(min_length=1, max_length=100)]


class WantedGrant(Struct, frozen=True, forbid_unknown_fields=True):
    """A role, narrowed to functions that match a pattern, until an instant (Unix seconds) where one is set."""

    role: Role
    functions: Annotated[tuple[str, ...], Meta(min_length=1, max_length=200)] = ("*",)
    until: int | None = None

    def grant(self) -> Grant:
        """The grant itself."""
        return Grant(self.role, self.functions, self.until)


class NewPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be let in. The account is the name unless stated."""

    name: Name
    title: Title | None = None
    account: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    organisation: Name | None = None
    grants: Annotated[tuple[WantedGrant, ...], Meta(max_length=20)] = ()


class ChangedPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; an organisation of "" is none."""

    title: Title | None = None
    organisation: Annotated[str, Meta(max_length=32)] | None = None


class NewOrganisation(Struct, frozen=True, forbid_unknown_fields=True):
    """A firm or desk that people belong to."""

    name: Name
    title: Title


@get("/v1/people", "people.manage", returns=list[PersonView])
async def people(call: Call) -> tuple[PersonView, ...]:
    """List everybody, without secrets."""
    return call.server.people.people.list()


@post("/v1/people", "people.manage", body=NewPerson, returns=Invited, status=201, step_up=True,
      errors=(PersonExists, UnknownOrganisation, *_CHANGES),
      example={"name": "alice", "grants": [{"role": "holder"}]})  # fmt: skip
async def add_person(call: Call) -> Invited:
    """Add a person; the link that comes back lets him set a password and a second factor."""
    given: NewPerson = call.body

    def add() -> Invited:
        return call.server.people.people.add(
            call.who, given.name, title=given.title, account=given.account, organisation=given.organisation,
            grants=[wanted.grant() for wanted in given.grants],
        )  # fmt: skip

    return await asyncio.to_thread(add)


@get("/v1/people/{person}", "people.manage", returns=PersonView, errors=(UnknownPerson,))
async def person(call: Call) -> PersonView:
    """Show one person, without secrets."""
    return call.server.people.people.view(call.path["person"])


@put("/v1/people/{person}", "people.manage", body=ChangedPerson, returns=PersonView, step_up=True,
     errors=(UnknownOrganisation, PersonExists, *_CHANGES), example={"title": "Alice B."})  # fmt: skip
async def change_person(call: Call) -> PersonView:
    """Change a person's shown name or organisation."""
    given: ChangedPerson = call.body

    def change() -> PersonView:
        return call.server.people.people.change(
            call.who, call.path["person"], title=given.title, organisation=given.organisation
        )

    return await asyncio.to_thread(change)


@post("/v1/people/{person}/invite", "people.manage", returns=Invited, step_up=True, errors=_CHANGES)
async def invite_person(call: Call) -> Invited:
    """Make a new link for a person who cannot sign in; using it takes all his factors away."""
    return await asyncio.to_thread(call.server.people.people.invite, call.who, call.path["person"])


@post("/v1/people/{person}/disable", "people.manage", returns=PersonView, step_up=True, errors=_CHANGES)
async def disable_person(call: Call) -> PersonView:
    """Let a person in no more: sessions, API keys, links and streams end at once."""
    return await asyncio.to_thread(call.server.people.people.disable, call.who, call.path["person"])


@post("/v1/people/{person}/enable", "people.manage", returns=PersonView, step_up=True, errors=_CHANGES)
async def enable_person(call: Call) -> PersonView:
    """Let a disabled person in again."""
    return await asyncio.to_thread(call.server.people.people.enable, call.who, call.path["person"])


@post("/v1/people/{person}/grants", "people.manage", body=WantedGrant, returns=PersonView, step_up=True,
      errors=_CHANGES, example={"role": "approver"})  # fmt: skip
async def grant_role(call: Call) -> PersonView:
    """Give a person a role, never more than one has."""
    return await asyncio.to_thread(call.server.people.people.grant, call.who, call.path["person"], call.body.grant())


@delete("/v1/people/{person}/grants/{role}", "people.manage", returns=PersonView, status=200, step_up=True,
        errors=_CHANGES)  # fmt: skip
async def revoke_role(call: Call) -> PersonView:
    """Take a role from a person at once, also in open sessions."""
    role = next((name for name in ROLES if name == call.path["role"]), None)
    if role is None:
        raise Malformed(f"role: there are {', '.join(ROLES)}.", field="role")
    return await asyncio.to_thread(call.server.people.people.revoke, call.who, call.path["person"], role)


@get("/v1/organisations", "people.manage", returns=list[Organisation])
async def organisations(call: Call) -> tuple[Organisation, ...]:
    """List all organisations."""
    return call.server.people.people.organisations()


@post("/v1/organisations", "people.manage", body=NewOrganisation, returns=Organisation, status=201, step_up=True,
      errors=(PersonExists, StepUpRequired), example={"name": "acme", "title": "Acme Treasury"})  # fmt: skip
async def add_organisation(call: Call) -> Organisation:
    """Add an organisation."""
    add = call.server.people.people.add_organisation
    return await asyncio.to_thread(add, call.who, call.body.name, call.body.title)
