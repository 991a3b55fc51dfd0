"""All services on people together, as a server has them: one office, one set."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.identity.api_keys import ApiKeys
from holdfast.identity.bootstrap_link import Bootstrap
from holdfast.identity.doorway import Doorway, Naming
from holdfast.identity.enrolment import Enrolment
from holdfast.identity.expiring import sweep
from holdfast.identity.office import Office
from holdfast.identity.people import People
from holdfast.identity.secret_box import SecretBox
from holdfast.identity.sign_in import SignIn
from holdfast.identity.step_up import StepUp
from holdfast.identity.wallet_sign_in import WalletSignIn


class Identity:
    """People, their sessions and keys, and the ways in. Safe to use from many threads.

    Methods that take a token or a principal and answer from memory say so; all others may write, which waits for the
    store. `tidy` is to be called about once a minute.
    """

    def __init__(
        self,
        office: Office,
        naming: Naming | None = None,
        *,
        secret_key: bytes | None = None,
        former_keys: Sequence[bytes] = (),
        wallet_sign_up: bool = True,
    ) -> None:
        """`secret_key`: what secrets of authenticator apps are sealed with; None stores them as they are.

        `former_keys` open what was sealed before.
        """
        door = Doorway(office, naming or Naming(), SecretBox(secret_key, former_keys), wallet_sign_up=wallet_sign_up)
        self.office = office
        self.naming = door.naming
        self.sessions = door.sessions
        self.refusals = door.refusals
        self.people = People(office, door.sessions)
        self.sign_in = SignIn(door)
        self.wallets = WalletSignIn(door)
        self.enrolment = Enrolment(door)
        self.step_up = StepUp(door)
        self.api_keys = ApiKeys(door)
        self.bootstrap = Bootstrap(door)

    def tidy(self) -> None:
        """Write when sessions and keys were last used, and clear away what has expired. Raises: Unavailable."""
        self.sessions.flush()
        self.api_keys.flush()
        sweep(self.office)
