"""API keys: how programs are let in. Shown once, stored hashed, never worth more than their person.

A key can be narrowed to functions and to networks of addresses, and ends after a year at the latest. With a public key
every request must be signed (`request_signatures`): the API key alone is then worth nothing to a thief.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NoReturn

from msgspec import Struct, structs

from holdfast.errors import (
    BadRequestSignature,
    Forbidden,
    Malformed,
    Rejected,
    Unauthenticated,
    Unavailable,
    UnknownApiKey,
)
from holdfast.identity import request_signatures
from holdfast.identity.doorway import Doorway
from holdfast.identity.membership import require_title
from holdfast.identity.office import Transaction
from holdfast.identity.principal import Factor, Principal, access
from holdfast.identity.records import ApiKey, Person, Used, Where
from holdfast.identity.request_signatures import SignedRequest
from holdfast.identity.roles import require_patterns
from holdfast.identity.tokens import hash_token, new_token
from holdfast.identity.wallet_addresses import is_sound_key
from holdfast.primitives.clock import YEAR

PREFIX = "hf"
LONGEST = YEAR
"""Seconds that a key is good for at most."""
MOST = 100
"""Keys of one person."""
MOST_NETWORKS = 50
NONCE_KEPT = 180
"""Seconds that a nonce is remembered: longer than a signed request is taken, before and after its time."""

ENDED = "This API key is unknown or has ended."

_PUBLIC_KEY = re.compile(r"\A[0-9a-f]{64}\Z")


class ApiKeyView(Struct, frozen=True):
    """A key as its owner sees it: never the key itself."""

    id: str
    person: str
    title: str
    functions: tuple[str, ...]
    created: int
    expires: int
    networks: tuple[str, ...]
    public_key: str | None
    last_used: int | None


class NewApiKey(Struct, frozen=True):
    """A key, shown this once."""

    token: str
    key: ApiKeyView


class ApiKeys:
    """The API keys of an office."""

    def __init__(self, door: Doorway) -> None:
        self._door = door
        self._office = door.office
        self._used: dict[str, int] = {}

    # --- keeping ----------------------------------------------------------------------------------------------------

    def create(
        self,
        by: Principal,
        title: str,
        *,
        functions: Iterable[str] = ("*",),
        expires: int,
        networks: Iterable[str] = (),
        public_key: str | None = None,
    ) -> NewApiKey:
        """A key for oneself.

        Raises: Forbidden with an API key (a narrow one could make a wider one) or for a function that he lacks,
                Malformed (functions, end, networks, public key), Rejected (too many keys).
        """
        patterns, limits = _checked(by, title, functions, networks, public_key)
        token = new_token(PREFIX)
        with self._office.write() as t:
            if not t.now < expires <= t.now + LONGEST:
                raise Malformed("A key ends in the future, within a year.", field="expires", reason="not_in_future")
            if sum(key.person == by.person for key in t.all(ApiKey).values()) >= MOST:
                raise Rejected(f"A person has at most {MOST} API keys.")
            self._active(t.get(Person, by.person))
            key = ApiKey(
                id=token.stored[:16],
                token=token.stored,
                person=by.person,
                title=title,
                functions=patterns,
                created=t.now,
                expires=expires,
                networks=limits,
                public_key=public_key,
            )
            t.put(key)
            t.log(
                "api_key.created",
                by=by.person,
                about=key.id,
                where=by.address,
                functions=[*patterns],
                expires=expires,
                networks=[*limits],
                signed=public_key is not None,
            )
        return NewApiKey(token.shown, self._view(key))

    def list(self, person: str | None = None) -> tuple[ApiKeyView, ...]:
        """Somebody's keys, or everybody's, the oldest first."""
        now = self._office.now()
        keys = (key for key in self._office.all(ApiKey).values() if key.expires > now)
        return tuple(self._view(key) for key in keys if person is None or key.person == person)

    def revoke(self, by: Principal, id: str) -> None:
        """End a key at once: one's own, or with people.manage anybody's. Raises: UnknownApiKey."""
        with self._office.write() as t:
            key = t.get(ApiKey, id)
            if key is None or (key.person != by.person and not by.may("people.manage")):
                raise UnknownApiKey(f"There is no API key {id[:32]!r}.")
            t.delete(ApiKey, id)
            t.log("api_key.revoked", by=by.person, about=id, where=by.address, person=key.person)

    def flush(self) -> int:
        """Write when keys were last used, all in one transaction; how many. Call it once a minute."""
        used, self._used = self._used, {}
        known = [id for id in used if self._office.get(ApiKey, id) is not None]
        if not known:
            return 0
        try:
            with self._office.write() as t:
                for id in known:
                    key = t.get(ApiKey, id)
                    if key is not None and (key.last_used or 0) < used[id]:
                        t.put(structs.replace(key, last_used=used[id]))
        except Unavailable:
            self._used = used | self._used
            return 0
        return len(known)

    def _view(self, key: ApiKey) -> ApiKeyView:
        return ApiKeyView(
            id=key.id,
            person=key.person,
            title=key.title,
            functions=key.functions,
            created=key.created,
            expires=key.expires,
            networks=key.networks,
            public_key=key.public_key,
            last_used=self._used.get(key.id, key.last_used),
        )

    # --- using ------------------------------------------------------------------------------------------------------

    def authenticate(self, token: str, where: Where, signed: SignedRequest | None = None) -> Principal:
        """Who asks with this key.

        Looks into memory only, unless the request is signed: then its nonce is used up in a transaction.
        Raises: Unauthenticated (no such key, ended, its person disabled, from another network: all the same to
                whoever asks), BadRequestSignature.
        """
        key = self.require_known(token)
        now = self._office.now()
        person = self._office.get(Person, key.person)
        if key.expires <= now or not _is_within(where.address, key.networks):
            self._refuse(key, where, "expired" if key.expires <= now else "network")
        person = self._active(person)
        factor: Factor = "api_key"
        if key.public_key is not None or signed is not None:
            self._use_signature(key, where, signed, now)
            factor = "signed_request"
        self._used[key.id] = now
        return Principal(
            person=person.id,
            account=person.account,
            access=access(person.grants, now, key.functions),
            organisation=person.organisation,
            api_key=key.id,
            factor=factor,
            proved_at=now if factor == "signed_request" else 0,
            address=where.address,
        )

    def require_known(self, token: str) -> ApiKey:
        """The key of a token. Raises: Unauthenticated where there is none."""
        stored = hash_token(token)
        key = self._office.get(ApiKey, stored[:16])
        if key is None or not hmac.compare_digest(key.token, stored):
            raise Unauthenticated(ENDED)
        return key

    def _use_signature(self, key: ApiKey, where: Where, signed: SignedRequest | None, now: int) -> None:
        """Check a request's signature and use its nonce up. Raises: BadRequestSignature."""
        try:
            if key.public_key is None:
                raise BadRequestSignature("This API key has no public key to check a signature with.")
            if signed is None:
                raise BadRequestSignature("This API key takes signed requests only.")
            request_signatures.verify(
                bytes.fromhex(key.public_key),
                signed.method,
                signed.path,
                signed.query,
                signed.body,
                key=key.id,
                time=signed.time,
                nonce=signed.nonce,
                signature=signed.signature,
                now=now,
                id=signed.id,
            )
            with self._office.write() as t:
                self._office_nonce(t, key, signed.nonce)
        except BadRequestSignature as error:
            self._note(key, where, error.code)
            raise

    @staticmethod
    def _office_nonce(t: Transaction, key: ApiKey, nonce: str) -> None:
        if t.get(ApiKey, key.id) is None:
            raise BadRequestSignature("This API key has ended.")
        id = f"nonce:{key.id}:{nonce}"
        if t.get(Used, id) is not None:
            raise BadRequestSignature("This nonce was used before: sign every request anew.")
        t.put(Used(id, t.now + NONCE_KEPT))

    def _note(self, key: ApiKey, where: Where, why: str) -> None:
        self._door.refusals.note("api_key.refused", by=key.person, about=key.id, where=where.address, why=why)

    def _refuse(self, key: ApiKey, where: Where, why: str) -> NoReturn:
        self._note(key, where, why)
        raise Unauthenticated(ENDED)

    @staticmethod
    def _active(person: Person | None) -> Person:
        if person is None or person.disabled is not None:
            raise Unauthenticated(ENDED)
        return person


def _checked(
    by: Principal, title: str, functions: Iterable[str], networks: Iterable[str], public_key: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns and networks of a key that may be made. Raises: as `ApiKeys.create`."""
    if by.session is None:
        raise Forbidden("An API key makes no API keys. Sign in.", function="own.read")
    require_title(title)
    patterns = require_patterns(functions)
    for pattern in patterns:
        if "*" not in pattern and not by.may(pattern):
            raise Forbidden(f"You lack {pattern} yourself.", function=pattern)
    if public_key is not None and not (_PUBLIC_KEY.match(public_key) and is_sound_key(bytes.fromhex(public_key))):
        raise Malformed("A public key is an ed25519 key in 64 lower-case hex digits.", field="public_key")
    return patterns, _networks(networks)


def _networks(given: Iterable[str]) -> tuple[str, ...]:
    """Networks in their usual form. Raises: Malformed."""
    limits = tuple(dict.fromkeys(given))
    if len(limits) > MOST_NETWORKS:
        raise Malformed(f"Name at most {MOST_NETWORKS} networks.", field="networks")
    try:
        return tuple(str(ip_network(text)) for text in limits)
    except ValueError:
        raise Malformed("A network is written like 192.0.2.0/24 or 2001:db8::/32.", field="networks") from None


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether the address lies in one of the networks; an unknown one lies in none."""
    if not networks:
        return True
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in ip_network(network) for network in networks)
