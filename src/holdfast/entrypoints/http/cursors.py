"""Cursors: where a list goes on. Signed, so that nobody reads a page that was not his to ask for."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TypeVar

import msgspec

from holdfast.errors import Malformed

T = TypeVar("T")

_MAC = 12
"""Bytes of the signature that are kept."""


class Cursors:
    """Makes and reads the cursors of one desk; every server of it has the same key."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"holdfast cursors 1", "sha256")

    def seal(self, about: str, place: object) -> str:
        """A cursor for what is asked (`about`: path, filters and audience) that goes on at `place`.

        Formula: base64url(HMAC-SHA256(key, about ‖ 0 ‖ place)[:12] ‖ place)
        """
        body = msgspec.json.encode(place)
        return base64.urlsafe_b64encode(self._mac(about, body) + body).rstrip(b"=").decode()

    def open(self, about: str, cursor: str, kind: type[T]) -> T:
        """The place that a cursor names.

        Raises: Malformed where it was changed, or made for another list, filter or person.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (ValueError, binascii.Error):
            raw = b""
        mac, body = raw[:_MAC], raw[_MAC:]
        whole = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == cursor
        if not (whole and hmac.compare_digest(mac, self._mac(about, body))):
            raise Malformed("cursor: use the one that the page before gave, with the same filters.", field="cursor")
        return msgspec.json.decode(body, type=kind)

    def _mac(self, about: str, body: bytes) -> bytes:
        return hmac.digest(self._key, about.encode() + b"\0" + body, "sha256")[:_MAC]
