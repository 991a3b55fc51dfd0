"""People who can prove themselves in the pages: a password and an authenticator app, a virtual security key."""

from __future__ import annotations

from functools import cache

import pyotp
from playwright.sync_api import Page

from holdfast.identity import passwords, totp
from holdfast.identity.records import Credentials
from serving import House

PASSWORD = "violet anchor tuesday"  # noqa: S105 - of nobody


@cache
def _hash() -> str:
    return passwords.hash_password(PASSWORD)


class App:
    """Somebody's authenticator app, which he has from now on; his password is PASSWORD."""

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.secret = totp.new_secret()
        door = house.server.people.enrolment._door
        with house.office.write() as t:
            t.put(Credentials(name, _hash(), door.box.seal(self.secret, name)))
            t.log("totp.added", by=name, about=name)

    def code(self) -> str:
        """A code that was not used yet: half a minute passes."""
        self.house.later(30)
        return shown(self.secret, self.house)


def shown(secret: str, house: House) -> str:
    """What an app with this secret shows at the house's clock."""
    return str(pyotp.TOTP(secret).at(house.clock.now))


def security_key(page: Page) -> None:
    """Plug a virtual security key in that verifies its user by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
