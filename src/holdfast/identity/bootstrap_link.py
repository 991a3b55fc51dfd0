"""The first start: a link that makes the first operator, once. There is no default password, and no way back to it.

Later, when nobody can sign in any more, whoever has the server's files makes a fresh invitation with `rescue`.
"""

from __future__ import annotations

from holdfast.errors import LinkNotValid
from holdfast.identity import membership, passkeys
from holdfast.identity.doorway import Doorway
from holdfast.identity.enrolment import acceptable_hash
from holdfast.identity.membership import Invited
from holdfast.identity.office import Office, Transaction
from holdfast.identity.records import BootstrapLink, Credentials, Person, Used, Where
from holdfast.identity.roles import Grant
from holdfast.identity.sessions import Opened
from holdfast.identity.tokens import hash_token, new_token
from holdfast.primitives.clock import LAST_INSTANT

LIFETIME = 86_400
"""Seconds that the link stands; a restart prints a new one."""
CLAIMED = "bootstrap"
"""The record that says for ever that there was a first operator."""


class Bootstrap:
    """Makes the first operator."""

    def __init__(self, door: Doorway) -> None:
        self._door = door

    def open(self) -> str | None:
        """The token of a fresh link, for the server to print once; None where there was an operator before.

        Several servers may each print one: the first one used makes all others void.
        """
        with self._door.office.write() as t:
            if not _is_first(t):
                return None
            token = new_token("hfb")
            t.put(BootstrapLink(token.stored, t.now + LIFETIME))
            t.log("bootstrap.opened", by="server", expires=t.now + LIFETIME)
        return token.shown

    def is_open(self) -> bool:
        """Whether the first operator is still to be made."""
        return _is_first(self._door.office)

    def claim(self, token: str, name: str, password: str, where: Where, *, title: str | None = None) -> Opened:
        """Use the link: the first operator with this name and password, and a session to set up his second factor.

        Raises: LinkNotValid, Malformed, PersonExists, WeakPassword (the link stays good after all but the first).
        """
        office, id = self._door.office, hash_token(token)
        link = office.get(BootstrapLink, id)
        if link is None or link.expires <= office.now() or not _is_first(office):
            raise LinkNotValid("This link is unknown, used or too old.")
        membership.require_shape(name)
        stored = acceptable_hash(password, None, name, title or name)
        with office.write() as t:
            link = t.get(BootstrapLink, id)
            if link is None or link.expires <= t.now or not _is_first(t):
                raise LinkNotValid("This link is unknown, used or too old.")
            for other in t.all(BootstrapLink):
                t.delete(BootstrapLink, other)
            t.put(membership.new_person(t, name, title=title, grants=(Grant("operator"),)))
            t.put(Credentials(name, password=stored, handle=passkeys.new_handle()))
            t.put(Used(CLAIMED, LAST_INSTANT))
            t.log("bootstrap.claimed", by=name, about=name, where=where.address)
            t.log("role.granted", by=name, about=name, where=where.address, role="operator", functions=["*"])
            return self._door.sessions.open(t, name, "enrol", "password", where)

    def rescue(self, name: str) -> Invited:
        """A fresh invitation for a person who cannot sign in any more, made at the server itself, not over the network.

        Raises: UnknownPerson, Rejected.
        """
        with self._door.office.write() as t:
            return membership.invited(t, membership.person_of(t, name), by="server", where=Where())


def _is_first(reader: Office | Transaction) -> bool:
    if reader.get(Used, CLAIMED) is not None:
        return False
    return not any(grant.role == "operator" for person in reader.all(Person).values() for grant in person.grants)
