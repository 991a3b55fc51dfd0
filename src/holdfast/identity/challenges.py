"""One-use challenges that nobody has to remember: they are computed anew when the answer comes.

The value of a challenge is a MAC over its purpose, session, what it is about, its time and a random nonce, under a key
that all servers of the office share. So asking for one writes nothing, and an answer for another purpose, session or
request does not fit. That it was used is written in the transaction of its effect.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from msgspec import Struct

from holdfast.errors import SignInFailed
from holdfast.identity.office import Office, Transaction
from holdfast.identity.records import ServerKey, Used

LIFETIME = 300
"""Seconds that a challenge may be answered."""
AHEAD = 60
"""Seconds that the clock of the server which made it may be ahead."""

_ID = re.compile(r"\A([0-9]{1,12})\.([A-Za-z0-9_-]{22})\Z")


class Challenge(Struct, frozen=True):
    """A challenge: the id comes back with the answer, the value (32 bytes) is what is signed."""

    id: str
    value: bytes
    issued: int

    @property
    def expires(self) -> int:
        """The second from which it is too old."""
        return self.issued + LIFETIME


class Challenges:
    """Makes and recognises the challenges of an office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def new(self, purpose: str, *, session: str = "", about: str = "", bound: str = "") -> Challenge:
        """A fresh challenge for one purpose, bound to a session, a person or address, and a request's hash."""
        issued, nonce = self._office.now(), secrets.token_urlsafe(16)
        return self._challenge(issued, nonce, (purpose, session, about, bound))

    def again(self, id: str, purpose: str, *, session: str = "", about: str = "", bound: str = "") -> Challenge:
        """The challenge of this id, for the same purpose and bounds; others have another value, which nobody knows.

        Raises: SignInFailed for an id that is none, or a challenge older than 5 minutes.
        """
        match = _ID.match(id)
        issued = int(match[1]) if match else 0
        if match is None or not issued - AHEAD <= self._office.now() < issued + LIFETIME:
            raise SignInFailed("The challenge is too old. Begin again.")
        return self._challenge(issued, match[2], (purpose, session, about, bound))

    def use(self, t: Transaction, challenge: Challenge) -> None:
        """Use it up in the transaction of its effect.

        Raises: SignInFailed where it was used before.
        """
        key = f"challenge:{challenge.id}"
        if t.get(Used, key) is not None:
            raise SignInFailed("The challenge was answered before. Begin again.")
        t.put(Used(key, challenge.expires))

    def _challenge(self, issued: int, nonce: str, bounds: tuple[str, ...]) -> Challenge:
        parts = [b"holdfast challenge 1", *(text.encode("utf-8", "surrogatepass") for text in (*bounds, nonce))]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts) + issued.to_bytes(8, "big")
        return Challenge(f"{issued}.{nonce}", hmac.digest(self._key(), message, hashlib.sha256), issued)

    def _key(self) -> bytes:
        kept = self._office.get(ServerKey, "challenges")
        if kept is None:
            with self._office.write() as t:
                kept = t.get(ServerKey, "challenges")
                if kept is None:
                    kept = ServerKey("challenges", secrets.token_bytes(32))
                    t.put(kept)
        return kept.key
