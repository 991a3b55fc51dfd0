"""Signing in with a wallet: its holder signs a text that works once; the address is his name and account."""

from __future__ import annotations

import base64

from msgspec import Struct

from holdfast.errors import SignInFailed
from holdfast.identity.challenges import Challenge
from holdfast.identity.doorway import Doorway
from holdfast.identity.office import Transaction
from holdfast.identity.records import Person, Where
from holdfast.identity.roles import Grant
from holdfast.identity.sessions import Opened
from holdfast.identity.throttle import place_of
from holdfast.identity.wallets import Wallet, challenge_text, parse_address, verify

PURPOSE = "Sign in"


class WalletAsked(Struct, frozen=True):
    """The text that the wallet signs, and the id that comes back with the signature."""

    challenge: str
    address: str
    text: str
    expires: int


class WalletSignIn:
    """Sign-in for the holders of wallets."""

    def __init__(self, door: Doorway) -> None:
        self._door = door

    def asked(self, address: str) -> WalletAsked:
        """A text to sign for this address. Writes nothing. Raises: BadAddress."""
        wallet = parse_address(address)
        challenge = self._door.challenges.new("wallet sign-in", about=wallet.address)
        return wallet_asked(self._door, wallet, challenge, PURPOSE)

    def finish(self, address: str, challenge_id: str, signature: str, where: Where) -> Opened:
        """A complete session of the wallet's holder; an unknown one becomes a person, if the settings allow that.

        Raises: BadAddress, SignInFailed; TooManyAttempts where thousands of new wallets come from one address.
        """
        door, wallet = self._door, parse_address(address)
        try:
            challenge = door.challenges.again(challenge_id, "wallet sign-in", about=wallet.address)
            asked = wallet_asked(door, wallet, challenge, PURPOSE)
            if not verify(wallet, asked.text, signature):
                raise SignInFailed("The signature is not this wallet's over this text.")
            self._require_welcome(wallet, where)
            with door.office.write() as t:
                door.challenges.use(t, challenge)
                self._person(t, wallet, where)
                return door.sessions.open(t, wallet.address, "full", "wallet", where)
        except SignInFailed as error:
            door.refuse(error, wallet.address, where, "wallet")

    def _require_welcome(self, wallet: Wallet, where: Where) -> None:
        """Count the new ones from one address: each is a record for ever."""
        if self._door.office.get(Person, wallet.address) is None and self._door.wallet_sign_up:
            place = place_of(where.address)
            self._door.throttle.attempt((f"joined:{place}",) if place else ())

    def _person(self, t: Transaction, wallet: Wallet, where: Where) -> None:
        person = t.get(Person, wallet.address)
        if person is None and self._door.wallet_sign_up:
            # No person's name or account looks like an address (`membership`), so this one is free.
            name = wallet.address
            t.put(Person(name, name, name, t.now, grants=(Grant("holder"),), wallet=wallet.network))
            t.log("wallet.joined", by=name, about=name, where=where.address, network=wallet.network)
        elif person is None or person.wallet is None or person.disabled is not None:
            raise SignInFailed("This wallet cannot sign in here.")


def wallet_asked(
    door: Doorway, wallet: Wallet, challenge: Challenge, purpose: str, bound_hash: str | None = None
) -> WalletAsked:
    """The text of a challenge; the same challenge has the same text."""
    nonce = base64.urlsafe_b64encode(challenge.value).rstrip(b"=").decode()
    text = challenge_text(
        door.naming.host, wallet.address, nonce, challenge.issued, challenge.expires, purpose, bound_hash
    )
    return WalletAsked(challenge.id, wallet.address, text, challenge.expires)
