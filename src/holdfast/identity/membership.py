"""The rules of who may become and stay what: shared by all that changes people."""

from __future__ import annotations

import re

from msgspec import Struct, structs

from holdfast.errors import (
    BadAddress,
    Forbidden,
    LastOperator,
    Malformed,
    PersonExists,
    Rejected,
    UnknownOrganisation,
    UnknownPerson,
)
from holdfast.identity.office import Office, Transaction
from holdfast.identity.principal import Access, Principal, access, authorise
from holdfast.identity.records import Credentials, Invitation, Organisation, Person, Where
from holdfast.identity.roles import DESK_ACCOUNTS, ROLE_FUNCTIONS, Grant, require_patterns
from holdfast.identity.tokens import new_token
from holdfast.identity.wallets import parse_address
from holdfast.primitives.clock import LAST_INSTANT

INVITATION = 3 * 86_400
"""Seconds that an invitation stands."""
RESERVED = frozenset((*DESK_ACCOUNTS, "server", "holdfast", "nobody", "desk", "system"))
"""Names and accounts that no person has: the desk's, and those that the log uses."""
MOST_GRANTS = 50
"""Grants of one person."""

_NAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,31}\Z")
_ACCOUNT = re.compile(r"\A[A-Za-z0-9._:-]{1,128}\Z")


class Invited(Struct, frozen=True):
    """A link's token, shown this once, and when it ends."""

    person: str
    token: str
    expires: int


def require_shape(text: str, field: str = "name") -> str:
    """A name of a person or organisation. Raises: Malformed."""
    if not _NAME.match(text):
        raise Malformed("A name is 1 to 32 of a-z, 0-9, . _ and -, a letter or digit first.", field=field)
    return text


def require_title(text: str, field: str = "title") -> str:
    """A name to show. Raises: Malformed for one with characters that cannot be seen, or that turn the writing."""
    if not 0 < len(text) <= 100 or not text.isprintable() or not text.strip():
        raise Malformed("A shown name is 1 to 100 visible characters.", field=field)
    return text


def is_address(text: str) -> bool:
    """Whether this is a wallet's address: only its holder has such a name or account."""
    try:
        parse_address(text)
    except BadAddress:
        return False
    return True


def person_of(reader: Office | Transaction, name: str) -> Person:
    """The person. Raises: UnknownPerson."""
    person = reader.get(Person, name)
    if person is None:
        raise UnknownPerson(f"There is no person {name[:64]!r}.", person=name[:64])
    return person


def can_sign_in(person: Person, kept: Credentials) -> bool:
    """Whether the person has what a complete sign-in takes."""
    return person.wallet is not None or bool(kept.passkeys) or (kept.password is not None and kept.totp is not None)


# --- who may ---------------------------------------------------------------------------------------------------------


def require_manager(t: Transaction, by: Principal) -> Access:
    """What he who changes people has at this moment, not when his request began.

    Raises: Forbidden where that is not, or no longer, `people.manage`.
    """
    authorise(by, "people.manage")
    person = t.get(Person, by.person)
    present = access(person.grants if person is not None and person.disabled is None else (), t.now)
    if "people.manage" not in present.functions:
        raise Forbidden(f"{by.person} no longer has people.manage.", function="people.manage")
    # An API key has only part of its person's rights, and of those only what is left.
    both = {name: present.functions[name] for name in present.functions if name in by.access.functions}
    return Access(both, present.roles)


def require_not_above(manager: Access, grants: tuple[Grant, ...], now: int) -> None:
    """Refuse what goes beyond the manager's own rights.

    Formula: he has every function that an operator can have, or every one of the grants' functions, also as the desk
             accounts that they give.
    Raises:  Forbidden that names one function that he lacks.
    """
    if manager.functions.keys() >= set(ROLE_FUNCTIONS["operator"]):
        return
    for name, accounts in sorted(access(grants, now).functions.items()):
        if name not in manager.functions or not set(accounts) <= set(manager.functions[name]):
            raise Forbidden(f"This goes beyond your own rights: {name}.", function=name)


def require_an_operator(t: Transaction, before: Person, after: Person) -> None:
    """Refuse a change after which nobody could manage people for good. `after` is in the transaction already.

    Counted is who has `people.manage` as operator without an end, is not disabled, and can sign in.
    Raises: LastOperator.
    """
    if not _is_lasting(t, before) or _is_lasting(t, after):
        return
    if not any(_is_lasting(t, person) for person in t.all(Person).values()):
        raise LastOperator(f"{after.id} is the last operator who can manage people; make another one first.")


def _is_lasting(t: Transaction, person: Person) -> bool:
    if person.disabled is not None:
        return False
    grants = (grant for grant in person.grants if grant.role == "operator" and grant.until is None)
    if not any("people.manage" in grant.gives() for grant in grants):
        return False
    return can_sign_in(person, t.get(Credentials, person.id) or Credentials(person.id))


# --- who becomes what ------------------------------------------------------------------------------------------------


def new_person(
    t: Transaction,
    name: str,
    *,
    title: str | None = None,
    account: str | None = None,
    organisation: str | None = None,
    grants: tuple[Grant, ...] = (),
) -> Person:
    """A person who may be added.

    Raises: Malformed, PersonExists (the name or the account is taken or kept), UnknownOrganisation.
    """
    require_shape(name)
    if t.get(Person, name) is not None:
        raise PersonExists(f"There is a person {name} already.", field="name")
    account = name if account is None else account
    if not _ACCOUNT.match(account):
        raise Malformed("An account is 1 to 128 letters, digits or . _ : -", field="account")
    for field, text in (("name", name), ("account", account)):
        if text in RESERVED or is_address(text):
            raise PersonExists(f"{text} is kept: for the desk, or for the holder of a wallet.", field=field)
    require_organisation(t, organisation)
    shown = require_title(name if title is None else title)
    person = Person(name, shown, account, t.now, organisation=organisation, grants=grants)
    require_own_account(t, person)
    return person


def require_organisation(t: Transaction, name: str | None) -> None:
    """Refuse an organisation that is not there. Raises: UnknownOrganisation."""
    if name is not None and t.get(Organisation, name) is None:
        raise UnknownOrganisation(f"There is no organisation {name[:64]!r}.", organisation=name[:64])


def require_own_account(t: Transaction, person: Person) -> None:
    """Refuse an account that somebody outside of the person's organisation has. Raises: PersonExists."""
    for other in t.all(Person).values():
        if other.id == person.id or other.account != person.account:
            continue
        if other.organisation is None or other.organisation != person.organisation:
            raise PersonExists(f"The account {person.account} is somebody's already.", field="account")


def granted(t: Transaction, manager: Access, by: Principal, person: Person, grant: Grant) -> Person:
    """The person with one more grant, written and logged.

    Raises: Forbidden (to oneself, or beyond one's own rights), Malformed, Rejected for the holder of a wallet, who
            proves himself by one factor alone and can only be a holder.
    """
    if person.id == by.person:
        raise Forbidden("Nobody gives himself a role.", function="people.manage")
    grant = structs.replace(grant, functions=require_patterns(grant.functions, ROLE_FUNCTIONS[grant.role]))
    if grant.until is not None and not t.now < grant.until <= LAST_INSTANT:
        raise Malformed("A grant ends in the future.", field="until", reason="not_in_future")
    if person.wallet is not None and grant.role != "holder":
        raise Rejected("The holder of a wallet can only have the role holder.", role=grant.role)
    require_not_above(manager, (*person.grants, grant), t.now)
    others = tuple(one for one in person.grants if (one.role, one.functions) != (grant.role, grant.functions))
    if len(others) >= MOST_GRANTS:
        raise Rejected(f"A person has at most {MOST_GRANTS} grants.")
    changed = structs.replace(person, grants=(*others, grant))
    t.put(changed)
    t.log(
        "role.granted",
        by=by.person,
        about=person.id,
        where=by.address,
        role=grant.role,
        functions=list(grant.functions),
        until=grant.until,
    )
    return changed


# --- links -----------------------------------------------------------------------------------------------------------


def invited(t: Transaction, person: Person, *, by: str, where: Where) -> Invited:
    """A fresh link for a person; his earlier ones are void. Raises: Rejected."""
    if person.wallet is not None:
        raise Rejected("The holder of a wallet signs in with it, and has no password.")
    if person.disabled is not None:
        raise Rejected("This person is disabled. Enable first.")
    void_invitations(t, person.id)
    token = new_token("hfi")
    invitation = Invitation(token.stored, person.id, t.now + INVITATION, by)
    t.put(invitation)
    t.log("invitation.sent", by=by, about=person.id, where=where.address, expires=invitation.expires)
    return Invited(person.id, token.shown, invitation.expires)


def void_invitations(t: Transaction, name: str) -> None:
    """End a person's links."""
    for invitation in t.all(Invitation).values():
        if invitation.person == name:
            t.delete(Invitation, invitation.id)
