"""People and organisations: adding, inviting, disabling, and who has which role.

Nobody gives himself anything, nobody gives or manages what goes beyond his own rights (who has all that an operator can
have may give every role), and one person who can manage people always remains.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from holdfast.errors import Forbidden, PersonExists
from holdfast.identity import membership
from holdfast.identity.membership import Invited, person_of, require_manager, require_not_above, require_title
from holdfast.identity.office import Office
from holdfast.identity.principal import Principal, access
from holdfast.identity.records import ApiKey, Credentials, Organisation, Person, Where
from holdfast.identity.roles import Grant, Role
from holdfast.identity.sessions import Sessions

__all__ = ["Grant", "Invited", "Organisation", "People", "Person", "PersonView"]


class PersonView(Struct, frozen=True):
    """A person without secrets: what lists and exports show."""

    id: str
    title: str
    account: str
    organisation: str | None
    grants: tuple[Grant, ...]
    roles: tuple[Role, ...]
    created: int
    disabled: int | None
    wallet: str | None
    enrolled: bool
    """Whether he can complete a sign-in."""
    factors: tuple[str, ...]
    recovery_left: int


class People:
    """The people of an office, as those with `people.manage` see and change them."""

    def __init__(self, office: Office, sessions: Sessions) -> None:
        self._office = office
        self._sessions = sessions

    # --- looking ----------------------------------------------------------------------------------------------------

    def view(self, name: str) -> PersonView:
        """One person, without secrets. Raises: UnknownPerson."""
        return self._view(person_of(self._office, name))

    def list(self) -> tuple[PersonView, ...]:
        """Everybody, without secrets, in the order of their coming."""
        return tuple(self._view(person) for person in self._office.all(Person).values())

    def organisations(self) -> tuple[Organisation, ...]:
        """All organisations."""
        return tuple(self._office.all(Organisation).values())

    def _view(self, person: Person) -> PersonView:
        kept = self._office.get(Credentials, person.id) or Credentials(person.id)
        given = {"password": kept.password, "totp": kept.totp, "passkey": kept.passkeys, "wallet": person.wallet}
        return PersonView(
            id=person.id,
            title=person.title,
            account=person.account,
            organisation=person.organisation,
            grants=person.grants,
            roles=access(person.grants, self._office.now()).roles,
            created=person.created,
            disabled=person.disabled,
            wallet=person.wallet,
            enrolled=membership.can_sign_in(person, kept),
            factors=tuple(name for name, value in given.items() if value),
            recovery_left=len(kept.recovery),
        )

    # --- adding -----------------------------------------------------------------------------------------------------

    def add_organisation(self, by: Principal, name: str, title: str) -> Organisation:
        """A new organisation. Raises: Forbidden, Malformed, PersonExists."""
        membership.require_shape(name)
        with self._office.write() as t:
            require_manager(t, by)
            if t.get(Organisation, name):
                raise PersonExists(f"There is an organisation {name} already.", field="name")
            organisation = Organisation(name, require_title(title), t.now)
            t.put(organisation)
            t.log("organisation.added", by=by.person, about=name, where=by.address)
        return organisation

    def add(
        self,
        by: Principal,
        name: str,
        *,
        title: str | None = None,
        account: str | None = None,
        organisation: str | None = None,
        grants: Iterable[Grant] = (),
    ) -> Invited:
        """A new person with an invitation, which lets him set a password and his second factor.

        Account: his name unless stated; two people share one only within one organisation.
        Raises:  Forbidden, Malformed, PersonExists, UnknownOrganisation.
        """
        with self._office.write() as t:
            manager = require_manager(t, by)
            person = membership.new_person(t, name, title=title, account=account, organisation=organisation)
            t.put(person)
            t.log("person.added", by=by.person, about=name, where=by.address, account=person.account)
            for grant in grants:
                person = membership.granted(t, manager, by, person, grant)
            return membership.invited(t, person, by=by.person, where=Where(by.address))

    def change(
        self, by: Principal, name: str, *, title: str | None = None, organisation: str | None = None
    ) -> PersonView:
        """Another shown name, or another organisation (empty: none). Raises: as `add`."""
        with self._office.write() as t:
            manager, person = require_manager(t, by), person_of(t, name)
            require_not_above(manager, person.grants, t.now)
            joined = person.organisation if organisation is None else organisation or None
            changed = structs.replace(
                person, title=person.title if title is None else require_title(title), organisation=joined
            )
            membership.require_organisation(t, joined)
            membership.require_own_account(t, changed)
            t.put(changed)
            t.log("person.changed", by=by.person, about=name, where=by.address, organisation=joined)
        return self._view(changed)

    def invite(self, by: Principal, name: str) -> Invited:
        """A new link for a person, who loses all his factors when he uses it; earlier links are void.

        Raises: Forbidden (also for oneself), Rejected for the holder of a wallet, UnknownPerson.
        """
        with self._office.write() as t:
            manager, person = require_manager(t, by), person_of(t, name)
            if name == by.person:
                raise Forbidden("Nobody invites himself. Change the password instead.", function="people.manage")
            require_not_above(manager, person.grants, t.now)
            return membership.invited(t, person, by=by.person, where=Where(by.address))

    # --- disabling --------------------------------------------------------------------------------------------------

    def disable(self, by: Principal, name: str) -> PersonView:
        """Let a person in no more: sessions, API keys and links end at once.

        Raises: Forbidden, UnknownPerson, LastOperator.
        """
        with self._office.write() as t:
            manager, person = require_manager(t, by), person_of(t, name)
            require_not_above(manager, person.grants, t.now)
            changed = person if person.disabled is not None else structs.replace(person, disabled=t.now)
            t.put(changed)
            membership.require_an_operator(t, person, changed)
            sessions = self._sessions.end_of(t, name, by=by.person, where=Where(by.address), why="person disabled")
            keys = [key.id for key in t.all(ApiKey).values() if key.person == name]
            for id in keys:
                t.delete(ApiKey, id)
                t.log("api_key.revoked", by=by.person, about=id, where=by.address, why="person disabled")
            membership.void_invitations(t, name)
            t.log("person.disabled", by=by.person, about=name, where=by.address, sessions=sessions, keys=len(keys))
        return self._view(changed)

    def enable(self, by: Principal, name: str) -> PersonView:
        """Let a disabled person in again; API keys stay revoked. Raises: Forbidden, UnknownPerson."""
        with self._office.write() as t:
            manager, person = require_manager(t, by), person_of(t, name)
            if name == by.person:
                raise Forbidden("Nobody enables himself.", function="people.manage")
            require_not_above(manager, person.grants, t.now)
            changed = structs.replace(person, disabled=None)
            t.put(changed)
            t.log("person.enabled", by=by.person, about=name, where=by.address)
        return self._view(changed)

    # --- roles ------------------------------------------------------------------------------------------------------

    def grant(self, by: Principal, name: str, grant: Grant) -> PersonView:
        """Give a person a role; a grant of the same role and functions is replaced, so its end can be moved.

        Raises: Forbidden (to oneself, or beyond one's own rights), Malformed, Rejected, UnknownPerson.
        """
        with self._office.write() as t:
            manager = require_manager(t, by)
            before = person_of(t, name)
            changed = membership.granted(t, manager, by, before, grant)
            membership.require_an_operator(t, before, changed)
        return self._view(changed)

    def revoke(self, by: Principal, name: str, role: Role, functions: Iterable[str] | None = None) -> PersonView:
        """Take a role, or only its grant of exactly these functions, from a person; at once, also in open sessions.

        Raises: Forbidden, UnknownPerson, LastOperator.
        """
        wanted = None if functions is None else tuple(functions)
        with self._office.write() as t:
            manager, person = require_manager(t, by), person_of(t, name)
            require_not_above(manager, person.grants, t.now)
            kept = tuple(
                one for one in person.grants if one.role != role or (wanted is not None and one.functions != wanted)
            )
            changed = structs.replace(person, grants=kept)
            t.put(changed)
            membership.require_an_operator(t, person, changed)
            if kept != person.grants:
                t.log("role.revoked", by=by.person, about=name, where=by.address, role=role)
        return self._view(changed)
