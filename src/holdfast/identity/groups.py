"""Groups: people who approve together. Policies name them; who is in one is read at the moment of the question."""

from __future__ import annotations

import re
from collections.abc import Iterable

from holdfast.errors import Conflict, Malformed, UnknownGroup, UnknownPerson
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office, Transaction
from holdfast.identity.records import Person

_NAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,31}\Z").match

MAX_MEMBERS = 1_000


class Group(Kept, frozen=True, tag="group"):
    """A group by its name."""

    id: str
    members: tuple[str, ...] = ()
    title: str = ""


def set_group(
    office: Office, name: str, members: Iterable[str], *, by: str, title: str | None = None, where: str = ""
) -> Group:
    """Make a group, or replace its members.

    Raises: Malformed (the name, too many), UnknownPerson.
    """
    with office.write() as t:
        return put_group(t, name, members, by=by, title=title, where=where)


def put_group(
    t: Transaction, name: str, members: Iterable[str], *, by: str, title: str | None = None, where: str = ""
) -> Group:
    """As `set_group`, inside of a transaction."""
    people = tuple(sorted(set(members)))
    if not _NAME(name):
        raise Malformed("name: a group's name has 1..32 lower-case letters, digits or . _ -", field="name")
    if len(people) > MAX_MEMBERS:
        raise Malformed(f"members: a group has at most {MAX_MEMBERS:,} people", field="members")
    if title is not None and (len(title) > 100 or not title.isprintable()):
        raise Malformed("title: at most 100 printable characters", field="title")
    for person in people:
        if t.get(Person, person) is None:
            raise UnknownPerson(f"There is no person {person[:60]}.", person=person[:60])
    before = t.get(Group, name) or Group(name)
    after = Group(name, people, before.title if title is None else title)
    t.put(after)
    t.log("group.changed", by=by, about=name, where=where, members=list(people), before=list(before.members))
    return after


def remove_group(office: Office, name: str, *, by: str, used: Iterable[str] = (), where: str = "") -> None:
    """Remove a group that no policy names; `used` are the names that the policies in force hold.

    Raises: UnknownGroup, Conflict.
    """
    with office.write() as t:
        group = t.get(Group, name)
        if group is None:
            raise UnknownGroup(f"There is no group {name[:60]}.", group=name[:60])
        if name in set(used):
            raise Conflict(f"The policies in force name the group {name}; change them first.", group=name)
        t.delete(Group, name)
        t.log("group.removed", by=by, about=name, where=where, before=list(group.members))


def groups_of(office: Office, person: str) -> tuple[str, ...]:
    """The groups that a person is in."""
    return tuple(name for name, group in office.all(Group).items() if person in group.members)
