"""What all ways of signing in share: the office, the sessions, the counts, and this server's name and origin."""

from __future__ import annotations

from typing import NoReturn

from msgspec import Struct

from holdfast.errors import BadPasskey, SignInFailed
from holdfast.identity.challenges import Challenges
from holdfast.identity.office import Office, Transaction
from holdfast.identity.passkeys import RelyingParty
from holdfast.identity.records import Credentials, Person, Where
from holdfast.identity.refusals import Refusals
from holdfast.identity.secret_box import SecretBox
from holdfast.identity.sessions import Sessions
from holdfast.identity.throttle import Attempt, Throttle


class Naming(Struct, frozen=True):
    """How this server is called: to people, in authenticator apps, in passkeys and in wallets."""

    name: str = "Holdfast"
    origin: str = "http://localhost:8000"
    """Where pages are served from, as the browser writes it: scheme, host, and a port that is not the usual one."""

    @property
    def host(self) -> str:
        """The origin without its scheme: what wallets show."""
        return self.origin.partition("://")[2]

    def party(self) -> RelyingParty:
        """Who asks for passkeys: they belong to the host's name, whatever the port."""
        return RelyingParty(self.host.rpartition(":")[0] or self.host, self.name, self.origin)


class Doorway:
    """The parts that signing in, enrolling and stepping up work with."""

    def __init__(self, office: Office, naming: Naming, box: SecretBox, *, wallet_sign_up: bool = True) -> None:
        self.office = office
        self.naming = naming
        self.box = box
        self.wallet_sign_up = wallet_sign_up
        self.sessions = Sessions(office)
        self.challenges = Challenges(office)
        self.throttle = Throttle(office)
        self.refusals = Refusals(office)

    def credentials(self, t: Transaction, name: str) -> Credentials:
        """What a person proves himself by, as it is in this transaction.

        Raises: SignInFailed where there is no such person, or he is disabled.
        """
        person = t.get(Person, name)
        if person is None or person.disabled is not None:
            raise SignInFailed("This does not fit.")
        return t.get(Credentials, name) or Credentials(name)

    def failed(self, attempt: Attempt, person: str, where: Where, factor: str) -> None:
        """Log a counted attempt that failed, if it is one of those that get an entry.

        The name stands there only if it is a person's: what else was typed may be a password.
        """
        if attempt.is_noted():
            known = person if self.office.get(Person, person) is not None else ""
            with self.office.write() as t:
                t.log(
                    "sign_in.refused",
                    by=known,
                    about=known,
                    where=where.address,
                    outcome="refused",
                    factor=factor,
                    times=attempt.failures(),
                )

    def refuse(self, error: SignInFailed | BadPasskey, person: str, where: Where, factor: str) -> NoReturn:
        """Log and raise a refusal on a path that has no delays."""
        known = person if self.office.get(Person, person) is not None else ""
        self.refusals.note("sign_in.refused", by=known, about=known, where=where.address, why=factor)
        raise error
