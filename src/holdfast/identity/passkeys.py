"""Passkeys (WebAuthn Level 3): the options that a page hands to the browser, and whether the answer holds.

py_webauthn checks most of it. Checked here besides, since it lets these pass: an answer given inside another site's
frame (`crossOrigin`, `topOrigin`), base64url with characters that do not belong there, members named twice, an answer
of another credential than the one looked up, and keys that could never verify anything.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import Any, Literal

import webauthn
from msgspec import Struct, structs
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography, options_to_json_dict
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey, DecodedRSAPublicKey
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from holdfast.errors import BadPasskey

CHALLENGE_BYTES = 32
HANDLE_BYTES = 32
TIMEOUT_MILLISECONDS = 300_000
"""How long the browser lets the person take. What counts is how long the server keeps the challenge."""
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
LONGEST_CREDENTIAL_ID, LONGEST_PART = 1023, 65_536
FEWEST_RSA_BITS = 2048

_BASE64URL = re.compile(r"\A[A-Za-z0-9_-]*\Z")
_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)


class RelyingParty(Struct, frozen=True):
    """Who asks: the domain that passkeys belong to, its name for people, and the one origin that answers come from."""

    id: str
    name: str
    origin: str


class Passkey(Struct, frozen=True, omit_defaults=True):
    """A passkey as it is kept: nothing of it is secret."""

    id: str
    """The credential's id, base64url."""
    public_key: bytes
    """The public key in COSE form."""
    sign_count: int = 0
    backed_up: bool = False
    """Whether its maker keeps a copy, so that it outlives the device."""
    transports: tuple[str, ...] = ()


def new_challenge() -> bytes:
    """32 random bytes. Keep them with the session and the purpose; take them away with the first answer."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def new_handle() -> str:
    """What passkeys call a person: 32 random bytes in base64url, so that it tells nothing about him."""
    return _encoded(secrets.token_bytes(HANDLE_BYTES))


def registration_options(
    party: RelyingParty, person: str, handle: str, challenge: bytes, existing: Iterable[Passkey] = ()
) -> dict[str, Any]:
    """The JSON for `navigator.credentials.create()`: a discoverable passkey, the user verified, no attestation.

    `existing` are the person's passkeys, so that no device registers twice.
    """
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_name=person,
        user_id=_decoded(handle, "handle"),
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_descriptor(passkey) for passkey in existing],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def authentication_options(party: RelyingParty, challenge: bytes, allowed: Iterable[Passkey] = ()) -> dict[str, Any]:
    """The JSON for `navigator.credentials.get()`; without `allowed` the person picks among all of this site."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        allow_credentials=[_descriptor(passkey) for passkey in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def credential_id(answer: Mapping[str, Any]) -> str:
    """The id of the passkey that an answer is said to come from: look it up, then verify.

    Raises: BadPasskey when there is none of the shape.
    """
    given = answer.get("id")
    if not isinstance(given, str) or not given or len(_decoded(given, "id")) > LONGEST_CREDENTIAL_ID:
        raise BadPasskey("The passkey's answer has no id.")
    return given


def verify_registration(party: RelyingParty, challenge: bytes, answer: Mapping[str, Any]) -> Passkey:
    """The new passkey, when the browser's answer holds; refuse it if its id is registered already.

    Checks:   the shape; `webauthn.create`, the very challenge, the exact origin, not in another site's frame; the
              domain; a person was present and verified; an EdDSA, ES256 or RS256 key that is sound; the attestation,
              if any; the id is that of the credential made.
    Raises:   BadPasskey, whatever the answer.
    """
    client_data = _checked_client_data(party, challenge, answer, "webauthn.create")
    given = credential_id(answer)
    try:
        verified = webauthn.verify_registration_response(
            credential=_plain(answer, client_data, "attestationObject"),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        _require_sound_key(verified.credential_public_key)
    except BadPasskey:
        raise
    except Exception as error:
        raise BadPasskey(f"The passkey cannot be registered: {_said(error)}") from error
    if _encoded(verified.credential_id) != given:
        raise BadPasskey("The passkey's answer names another passkey than it made.")
    return Passkey(
        id=given,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        backed_up=verified.credential_backed_up,
        transports=_transports(answer),
    )


def verify_authentication(
    party: RelyingParty, challenge: bytes, passkey: Passkey, answer: Mapping[str, Any], *, handle: str | None = None
) -> Passkey:
    """The passkey as it is to be kept from now on (its new count), when the browser's answer holds.

    Checks:   the shape; `webauthn.get`, the very challenge, the exact origin, not in another site's frame; it is this
              passkey's answer, and if it names a person (`userHandle`) that is `handle`; the domain; a person was
              present and verified; the signature count rose, unless the device keeps none; the signature.
    Raises:   BadPasskey, whatever the answer.
    """
    client_data = _checked_client_data(party, challenge, answer, "webauthn.get")
    if credential_id(answer) != passkey.id:
        raise BadPasskey("The answer is another passkey's.")
    named = _response(answer).get("userHandle")
    if handle is not None and named is not None and named != handle:
        raise BadPasskey("The passkey is another person's.")
    try:
        verified = webauthn.verify_authentication_response(
            credential=_plain(answer, client_data, "authenticatorData", "signature"),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except BadPasskey:
        raise
    except Exception as error:
        raise BadPasskey(f"The passkey's answer does not hold: {_said(error)}") from error
    return structs.replace(passkey, sign_count=verified.new_sign_count, backed_up=verified.credential_backed_up)


def _checked_client_data(
    party: RelyingParty,
    challenge: bytes,
    answer: Mapping[str, Any],
    wanted: Literal["webauthn.create", "webauthn.get"],
) -> bytes:
    """The bytes of clientDataJSON, after its members are what they must be."""
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError("a challenge is 32 bytes")
    raw = _part(answer, "clientDataJSON")
    try:
        said = json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadPasskey("The passkey's answer is not readable.") from None
    if not isinstance(said, dict) or said.get("type") != wanted:
        raise BadPasskey("The passkey's answer is for another purpose.")
    given = said.get("challenge")
    if not isinstance(given, str) or not compare_digest(given.encode("utf-8", "replace"), _encoded(challenge).encode()):
        raise BadPasskey("The passkey's answer is to another challenge. Begin again.")
    if said.get("origin") != party.origin:
        raise BadPasskey(f"The passkey was asked from another page than {party.origin}.")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise BadPasskey("The passkey was asked inside another site's frame.")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _response(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    response = answer.get("response")
    if not isinstance(response, Mapping):
        raise BadPasskey("The passkey's answer has no response.")
    return response


def _part(answer: Mapping[str, Any], name: str) -> bytes:
    text = _response(answer).get(name)
    if not isinstance(text, str):
        raise BadPasskey(f"The passkey's answer has no {name}.")
    return _decoded(text, name)


def _plain(answer: Mapping[str, Any], client_data: bytes, *names: str) -> dict[str, Any]:
    """The answer for the library: only the members that count, each decoded strictly and encoded anew."""
    parts = {name: _encoded(_part(answer, name)) for name in names}
    response = {"clientDataJSON": _encoded(client_data), **parts}
    given = answer.get("id")
    if answer.get("rawId", given) != given or answer.get("type") != "public-key":
        raise BadPasskey("The passkey's answer is of no known kind.")
    return {"id": given, "rawId": given, "type": "public-key", "response": response}


def _transports(answer: Mapping[str, Any]) -> tuple[str, ...]:
    listed = _response(answer).get("transports")
    known = listed if isinstance(listed, list) else []
    return tuple(sorted({name for name in known if isinstance(name, str)} & _TRANSPORTS))


def _require_sound_key(public_key: bytes) -> None:
    """A key that the library could not use later is refused when it is registered, not at each sign-in."""
    decoded = decode_credential_public_key(public_key)
    if isinstance(decoded, DecodedEC2PublicKey) and decoded.crv != COSECRV.P256:
        raise BadPasskey("The passkey's key is on another curve than P-256.")
    if isinstance(decoded, DecodedRSAPublicKey) and int.from_bytes(decoded.n, "big").bit_length() < FEWEST_RSA_BITS:
        raise BadPasskey(f"The passkey's RSA key has fewer than {FEWEST_RSA_BITS} bits.")
    decoded_public_key_to_cryptography(decoded)


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in passkey.transports]
    return PublicKeyCredentialDescriptor(id=_decoded(passkey.id, "id"), transports=transports or None)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str, name: str) -> bytes:
    """Base64url without padding, in the one form that these bytes have."""
    if len(text) <= LONGEST_PART and _BASE64URL.match(text) and len(text) % 4 != 1:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if _encoded(raw) == text:
            return raw
    raise BadPasskey(f"The passkey's {name} is not base64url.")


def _said(error: Exception) -> str:
    """What the library said: it names what it found and what it wanted, both known to whoever sent the answer."""
    return " ".join(str(error).split())[:200] or type(error).__name__
