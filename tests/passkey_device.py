"""A passkey device in software: it makes keys and answers as a browser and its authenticator do, for tests to sign in.

Every part of an answer can be set to something else before it is signed, which no browser lets a page do.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

EDDSA, ES256, RS256 = -8, -7, -257
PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Device:
    """One passkey: made by `create`, used by `get`. `counts` is how a security key behaves; phones leave it at 0."""

    def __init__(self, algorithm: int = ES256, origin: str = "https://desk.example", *, counts: bool = False) -> None:
        self.origin = origin
        self.id = secrets.token_bytes(32)
        self.count = 0
        self.counts = counts
        self.key: Any = {
            EDDSA: ed25519.Ed25519PrivateKey.generate,
            ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
            RS256: lambda: rsa.generate_private_key(65537, 2048),
        }[algorithm]()

    def create(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, **said: Any) -> dict[str, Any]:
        """The answer to `registration_options`, without attestation."""
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(self.cose_key())
        data = self.data(options["rp"]["id"], flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self.client_data("webauthn.create", options["challenge"], said)
        return self.answer(clientDataJSON=client_data, attestationObject=attestation)

    def get(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, **said: Any) -> dict[str, Any]:
        """The answer to `authentication_options`."""
        if self.counts:
            self.count += 1
        data = self.data(options["rpId"], flags)
        client_data = self.client_data("webauthn.get", options["challenge"], said)
        signature = self.sign(data + hashlib.sha256(client_data).digest())
        return self.answer(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def data(self, domain: str, flags: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def client_data(self, kind: str, challenge: str, said: dict[str, Any]) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | said
        return json.dumps({name: value for name, value in members.items() if value is not ...}).encode()

    def answer(self, **parts: bytes) -> dict[str, Any]:
        response: dict[str, Any] = {name: base64url(part) for name, part in parts.items()}
        given = base64url(self.id)
        return {"id": given, "rawId": given, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def sign(self, message: bytes) -> bytes:
        match self.key:
            case ed25519.Ed25519PrivateKey():
                return bytes(self.key.sign(message))
            case ec.EllipticCurvePrivateKey():
                return bytes(self.key.sign(message, ec.ECDSA(SHA256())))
            case _:
                return bytes(self.key.sign(message, padding.PKCS1v15(), SHA256()))

    def cose_key(self) -> dict[int, Any]:
        public = self.key.public_key()
        match public:
            case ed25519.Ed25519PublicKey():
                return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes_raw()}
            case ec.EllipticCurvePublicKey():
                numbers = public.public_numbers()
                return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
            case _:
                numbers = public.public_numbers()
                modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
                return {1: 3, 3: RS256, -1: modulus, -2: b"\x01\x00\x01"}
