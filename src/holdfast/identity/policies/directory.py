"""What policies ask of people: who somebody is now, which groups and functions he has, whose account is whose."""

from __future__ import annotations

from msgspec.structs import replace

from holdfast.identity.groups import Group, groups_of
from holdfast.identity.office import Key, Office
from holdfast.identity.policies.evaluate import Asker, asker
from holdfast.identity.principal import access
from holdfast.identity.records import Credentials, Person

NEWCOMER = 86_400
"""Seconds for which an approver does not count for whoever invited him."""


class Directory:
    """The people of an office, as policies see them. Reads only memory; safe to use from many threads."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._askers: dict[str, Asker] = {}
        office.all(Person), office.all(Group)
        office.watch(self._changed)

    def asker(self, person: str, now: int) -> Asker:
        """A person with his labels at this second. Who is disabled is barred; who is unknown has his name alone."""
        askers = self._askers  # of before any change that comes now: what is put there then is forgotten with it
        found = askers.get(person)
        if found is not None:
            return found
        known = self._office.get(Person, person)
        if known is None:
            return Asker(person, frozenset({person}))
        roles = {grant.role for grant in known.grants if grant.active(now)}
        found = asker(person, roles=roles, groups=groups_of(self._office, person))
        found = replace(found, barred=known.disabled is not None)
        if all(grant.until is None for grant in known.grants):
            askers[person] = found
        return found

    def may(self, person: str, function: str, now: int) -> bool:
        """Whether a person has a function at this second."""
        known = self._office.get(Person, person)
        return known is not None and known.disabled is None and function in access(known.grants, now).functions

    def may_act_for(self, person: str, account: str, function: str, now: int) -> bool:
        """Whether a person may use a function as this account: his own, or a desk account whose role gives it."""
        known = self._office.get(Person, person)
        if known is None or not self.may(person, function, now):
            return False
        return account == known.account or account in access(known.grants, now).functions[function]

    def is_member(self, group: str, person: str) -> bool:
        """Whether a person is in a group now."""
        found = self._office.get(Group, group)
        return found is not None and person in found.members

    def just_let_in(self, person: str, by: str, now: int) -> bool:
        """Whether a person got what he signs in with from this one's invitation, less than a day ago.

        Whoever invites an approver could use the link himself: for a day the approver does not count for him, time
        for the true one to find that he cannot sign in any more.
        """
        kept = self._office.get(Credentials, person)
        return kept is not None and kept.let_in_by == by and now < kept.let_in_at + NEWCOMER

    def account(self, person: str) -> str:
        """A person's own account; his name where he is not known."""
        known = self._office.get(Person, person)
        return person if known is None else known.account

    def _changed(self, keys: frozenset[Key]) -> None:
        if any(kind in ("person", "group") for kind, _ in keys):
            self._askers = {}
