"""Signed requests of an API key: how programs confirm what they send."""

from __future__ import annotations

from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast.identity import request_signatures
from serving import House


class Signer:
    """Sends signed requests: a program's way of confirming each of them."""

    def __init__(self, house: House, name: str) -> None:
        self._private = Ed25519PrivateKey.generate()
        token = house.key(name, public_key=self._private.public_key().public_bytes_raw().hex())
        self.house, self._client = house, house.client(token)
        self._id = [key.id for key in house.server.api_keys.list(name) if key.public_key][-1]
        self._count = 0

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        self._count += 1
        nonce, at = f"nonce-number-{self._count:010}", self.house.clock.now
        request = self._client.build_request(method, path, json=body, headers=headers)
        path_, _, query = request.url.raw_path.decode().partition("?")
        request.headers.update({
            "Holdfast-Key": self._id, "Holdfast-Time": str(at), "Holdfast-Nonce": nonce,
            "Holdfast-Signature": request_signatures.sign(
                self._private.private_bytes_raw(), method, path_, query, request.content, at, nonce, key=self._id,
                id=headers.get("Idempotency-Key", ""),
            ),
        })  # fmt: skip
        return self._client.send(request)
