"""Selective disclosure: journal records for everybody, their amounts sealed for the owners and for one auditor.

A desk switches it on. A holder gives the public half of a key pair (X25519) of his own, the desk names an auditor's.
`publish` seals the parts of a masked record (`views.sealed`): each for the holders whose accounts it concerns and for
the auditor. Data keys are derived from the server's secret and the record, so there is no table of keys: whatever was
published can be wrapped for a new auditor. A published record says what it is in the clear, and every part is bound to
that: nothing of it can be changed unnoticed by who opens it.

What it is not stands in docs/reference/disclosure.md.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from holdfast.errors import DisclosureOff, Malformed, SealBroken
from holdfast.identity import sealing
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office
from holdfast.identity.principal import Principal
from holdfast.identity.records import Person
from holdfast.identity.sealing import Place, Sealed
from holdfast.views.sealed import Masked, put

FORMAT: Final = "holdfast sealed record 1"
DESK = "desk"

PADDING = 256
"""Bytes whose next multiple a part is filled up to, so that a longer number does not show by its ciphertext."""

_KEYS = b"holdfast disclosure 1"

Hex = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="an X25519 public key, 64 hex digits")]


class Setting(Kept, frozen=True, tag="disclosure"):
    """Whether sealed records are published."""

    id: str
    on: bool


class Auditor(Kept, frozen=True, tag="disclosure_auditor"):
    """Whose key everything is sealed for."""

    id: str
    title: str
    public_key: str
    named_at: int


class DisclosureKey(Kept, frozen=True, tag="disclosure_key"):
    """The key that somebody opens with what concerns his account; the id is the person."""

    id: str
    public_key: str
    given_at: int


class NamedKey(Struct, frozen=True):
    """A public key, the fingerprint that envelopes name it by, and since when it counts (Unix seconds)."""

    public_key: str
    fingerprint: str
    since: int
    title: str = ""


class DisclosureView(Struct, frozen=True):
    """Whether sealed records are published, and the auditor whom they are sealed for; null where none is named."""

    on: bool
    desk: str
    auditor: NamedKey | None


class SealedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One part of a record: for whom it is, in a word, and the sealed values."""

    field: Annotated[str, Meta(max_length=400)]
    sealed: Sealed


class Published(Struct, frozen=True, forbid_unknown_fields=True):
    """A record as everybody gets it; `{"sealed": n}` stands where a value of part n was taken out."""

    format: Literal["holdfast sealed record 1"]
    desk: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    record: dict[str, Any]
    parts: Annotated[list[SealedPart], Meta(max_length=10_000)]


class Opened(NamedTuple):
    """A record with everything put in that the key opens; `opened` of `parts` parts."""

    record: dict[str, Any]
    opened: int
    parts: int


Recipients = Callable[[Iterable[str]], list[bytes]]
"""The public keys that something is sealed for which concerns these accounts."""


# --- who and whether --------------------------------------------------------------------------------------------------


def view(office: Office, desk: str) -> DisclosureView:
    """What everybody may know of it."""
    kept, auditor = office.get(Setting, DESK), office.get(Auditor, DESK)
    named = None if auditor is None else _named(auditor.public_key, auditor.named_at, auditor.title)
    return DisclosureView(kept is not None and kept.on, desk, named)


def is_on(office: Office) -> bool:
    """Whether sealed records are published."""
    kept = office.get(Setting, DESK)
    return kept is not None and kept.on


def require_on(office: Office) -> None:
    """Raises: DisclosureOff."""
    if not is_on(office):
        raise DisclosureOff("This desk publishes no sealed records.")


def switch(office: Office, by: Principal, *, on: bool) -> None:
    """Publish sealed records from now on, those of the past too, or no more."""
    with office.write() as t:
        kept = t.get(Setting, DESK)
        if (kept is not None and kept.on) == on:
            return
        t.put(Setting(DESK, on))
        t.log("disclosure.on" if on else "disclosure.off", by=by.person, where=by.address)


def name_auditor(office: Office, by: Principal, title: str, public_key: str) -> None:
    """Seal for this key and no longer for the one before. Raises: Malformed (title, key)."""
    if not (0 < len(title) <= 100 and title.isprintable()):
        raise Malformed("title: 1..100 printable characters that say who the auditor is", field="title")
    sealing.require_public(bytes.fromhex(public_key))
    with office.write() as t:
        former = t.get(Auditor, DESK)
        t.put(Auditor(DESK, title, public_key, t.now))
        t.log(
            "disclosure.auditor", by=by.person, about=title, where=by.address,
            fingerprint=sealing.fingerprint(bytes.fromhex(public_key)),
            former=None if former is None else sealing.fingerprint(bytes.fromhex(former.public_key)),
        )  # fmt: skip


def give_key(office: Office, by: Principal, public_key: str) -> NamedKey:
    """Seal what concerns one's own account for this key from now on. Raises: Malformed."""
    sealing.require_public(bytes.fromhex(public_key))
    with office.write() as t:
        t.put(DisclosureKey(by.person, public_key, t.now))
        named = _named(public_key, t.now)
        t.log("disclosure.key", by=by.person, about=by.person, where=by.address, fingerprint=named.fingerprint)
        return named


def key_of(office: Office, person: str) -> NamedKey | None:
    """The key that somebody has given, None where he has not."""
    kept = office.get(DisclosureKey, person)
    return None if kept is None else _named(kept.public_key, kept.given_at)


def recipients(office: Office) -> Recipients:
    """Whom things are sealed for at present: the people whose own accounts they concern, and the auditor."""
    keys: dict[str, list[bytes]] = {}
    for kept in office.all(DisclosureKey).values():
        person = office.get(Person, kept.id)
        if person is not None and person.disabled is None:
            keys.setdefault(person.account, []).append(bytes.fromhex(kept.public_key))
    auditor = office.get(Auditor, DESK)
    always = [] if auditor is None else [bytes.fromhex(auditor.public_key)]
    return lambda accounts: [*(key for account in accounts for key in keys.get(account, ())), *always]


# --- sealing and opening ----------------------------------------------------------------------------------------------


def publish(masked: Masked, desk: str, secret: bytes, to: Recipients) -> Published:
    """A masked record, sealed. The same record gives the same ciphertexts; envelopes are made anew each time."""
    parts = []
    for part in masked.parts:
        place = _place(desk, masked.shown, part.field)
        key = sealing.derived_key(secret, place, _KEYS)
        value = msgspec.json.encode(part.values, order="sorted")
        value += b" " * (-len(value) % PADDING)
        parts.append(SealedPart(part.field, sealing.seal_with(key, value, to(part.accounts), place)))
    return Published(FORMAT, desk, masked.shown, parts)


def rewrap(given: Published, secrets: Sequence[bytes], public_key: bytes) -> Published:
    """A record that was published once, for another key alone; `secrets` are the server's, former ones too.

    Raises: SealBroken where it was not sealed with one of these, or was changed since.
    """
    parts = []
    for part in given.parts:
        place = _place(given.desk, given.record, part.field)
        made = (
            sealing.rewrap_with(sealing.derived_key(one, place, _KEYS), part.sealed, [public_key], place)
            for one in secrets
        )
        wrapped = next((one for one in made if one is not None), None)
        if wrapped is None:
            raise SealBroken("This was not sealed by this desk, or was changed since.")
        parts.append(replace(part, sealed=wrapped))
    return replace(given, parts=parts)


def open_published(given: Published, private: bytes) -> Opened:
    """What a key opens of a published record; what is sealed for others stays as it is. Needs no server.

    Raises: SealBroken where something was changed since, or the key is none.
    """
    record, opened = copy.deepcopy(given.record), 0
    try:
        mine = sealing.fingerprint(sealing.public_of(private))
        for part in given.parts:
            if all(envelope.recipient != mine for envelope in part.sealed.envelopes):
                continue
            value = sealing.open_sealed(part.sealed, private, _place(given.desk, given.record, part.field))
            for path, found in msgspec.json.decode(value).items():
                put(record, path, found)
            opened += 1
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        raise SealBroken("The record is not of the shape that was sealed.") from None
    return Opened(record, opened, len(given.parts))


def _place(desk: str, shown: dict[str, Any], field: str) -> Place:
    """Where a part stands: in this record, beside just these words in the clear."""
    digest = hashlib.sha256(msgspec.json.encode(shown, order="sorted")).hexdigest()
    seq = shown.get("seq")
    return Place(desk, seq if isinstance(seq, int) else -1, f"{field} {digest}")


def _named(public_key: str, since: int, title: str = "") -> NamedKey:
    return NamedKey(public_key, sealing.fingerprint(bytes.fromhex(public_key)), since, title)
