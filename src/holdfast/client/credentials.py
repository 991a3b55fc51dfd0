"""Who the client is: an API key, signed or not, or a session; and what goes along with each request for it."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from holdfast.errors import Malformed
from holdfast.primitives import request_signing as signing

SIGNING_KEY_BYTES = 32


class Credentials:
    """An API key with or without the private key that signs requests, or a session's token, or nothing."""

    def __init__(self, api_key: str | None, signing_key: bytes | None, session: str | None) -> None:
        if api_key is not None and session is not None:
            raise Malformed("State an API key or a session, not both.", field="session")
        if signing_key is not None and api_key is None:
            raise Malformed("A signing key goes with the API key that it was registered for.", field="signing_key")
        for token in (api_key, session):
            if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
                raise Malformed("This is no key or token: it is printable ASCII without blanks.", field="api_key")
        if signing_key is not None and len(signing_key) != SIGNING_KEY_BYTES:
            raise Malformed("A signing key has 32 bytes.", field="signing_key")
        self._api_key = api_key
        self._signing_key = signing_key
        self.session = session
        """The session's token; the server gives a new one after each factor."""

    @property
    def secret(self) -> bool:
        """Whether something goes along that nobody else may see."""
        return self._api_key is not None or self.session is not None

    def headers(self, method: str, target: str, body: bytes, now: int, id: str = "") -> dict[str, str]:
        """The headers of a request to `target`, its path and query as they are sent; `id` is its Idempotency-Key.

        A signature is made for each sending: its nonce works once, and its time must be the server's within 60 s.
        """
        token = self._api_key or self.session
        if token is None:
            return {}
        made = {"Authorization": f"Bearer {token}"}
        if self._api_key is None or self._signing_key is None:
            return made
        key, nonce = signing.key_id(self._api_key), secrets.token_urlsafe(18)
        path, _, query = target.partition("?")
        signature = signing.sign(self._signing_key, method, path, query, body, now, nonce, key=key, id=id)
        return made | {
            signing.KEY_HEADER: key,
            signing.TIME_HEADER: str(now),
            signing.NONCE_HEADER: nonce,
            signing.SIGNATURE_HEADER: signature,
        }

    def adopt(self, answer: object) -> None:
        """Take over the session that an answer opens, or its new token; an API key stays what it is."""
        if self._api_key is not None or not isinstance(answer, dict):
            return
        opened = answer.get("opened", answer)
        if isinstance(opened, dict) and {"token", "session", "csrf"} <= opened.keys() and opened["token"]:
            self.session = str(opened["token"])


def read_secret(name: str, what: str = "This key") -> str:
    """The one line of a file that its owner alone may read. Raises: Malformed that names the file."""
    try:
        with Path(name).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise Malformed(f"{name}: others may read it; make it yours alone: chmod 600 {name}", file=name)
            text = file.read(4_096).decode("ascii").strip()
    except OSError as error:
        raise Malformed(f"{name} cannot be read: {error.strerror or error}.", file=name) from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(text.split()) != 1:
        raise Malformed(f"{name}: {what} is one line of text there.", file=name)
    return text


def read_signing_key(name: str) -> bytes:
    """The ed25519 private key in a file, 64 hex digits. Raises: Malformed that names the file."""
    text = read_secret(name, "A signing key")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != SIGNING_KEY_BYTES:
        raise Malformed(f"{name}: a signing key is 64 hex digits, as `holdfast sign-in --signed` makes one.", file=name)
    return key


StepUp = Callable[[str], object]
"""Gets the hash of the request that is to be confirmed, and returns a code of the authenticator app."""
