"""Sealed values: opened by their recipients only, in their place only, and not at all when anything was changed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from holdfast.errors import Malformed, SealBroken
from holdfast.identity import sealing
from holdfast.identity.sealing import Place, Sealed, fingerprint, new_sealing_key, open_sealed, rewrap, seal

ANN, BOB, EVE = new_sealing_key(), new_sealing_key(), new_sealing_key()
PLACE = Place("desk", 7, "memo")
VALUE = b"IBAN DE02 1203 0000 0000 2020 51"
SEALED = seal(VALUE, [ANN.public, BOB.public], PLACE)


def opens(sealed: Sealed, private: bytes = ANN.private, place: Place = PLACE) -> bool:
    try:
        return open_sealed(sealed, private, place) == VALUE
    except SealBroken:
        return False


def test_open__by_each_recipient() -> None:
    assert open_sealed(SEALED, ANN.private, PLACE) == open_sealed(SEALED, BOB.private, PLACE) == VALUE
    assert [envelope.recipient for envelope in SEALED.envelopes] == [fingerprint(ANN.public), fingerprint(BOB.public)]


def test_open__by_anybody_else__refused() -> None:
    with pytest.raises(SealBroken, match="not sealed for this key"):
        open_sealed(SEALED, EVE.private, PLACE)
    for private in (b"", bytes(31), bytes(33)):
        with pytest.raises(SealBroken, match="no X25519"):
            open_sealed(SEALED, private, PLACE)


def test_open__by_anybody_else__who_renames_the_envelope__refused() -> None:
    mine = structs.replace(SEALED.envelopes[0], recipient=fingerprint(EVE.public))
    assert not opens(structs.replace(SEALED, envelopes=(mine,)), EVE.private)


@pytest.mark.parametrize("place", [Place("desk2", 7, "memo"), Place("desk", 8, "memo"), Place("desk", 7, "memos")])
def test_open__in_another_place__refused(place: Place) -> None:
    assert opens(SEALED)
    assert not opens(SEALED, place=place)


def test_places__no_two_have_the_same_bytes() -> None:
    """Parts that run together the same way are not one place."""
    for one, other in [
        (Place("a", 11, "b"), Place("a1", 1, "b")),
        (Place("a", 1, "1b"), Place("a", 11, "b")),
        (Place("", 1, "ab"), Place("a", 1, "b")),
    ]:
        assert not opens(seal(VALUE, [ANN.public], one), place=other)


@pytest.mark.parametrize("name", ["nonce", "ciphertext", "commitment"])
def test_open__any_byte_altered__refused(name: str) -> None:
    part = getattr(SEALED, name)
    for place in range(len(part)):
        altered: dict[str, Any] = {name: part[:place] + bytes([part[place] ^ 1]) + part[place + 1 :]}
        assert not opens(structs.replace(SEALED, **altered))
    for shorter in (part[:-1], b"", part + b"\0"):
        assert not opens(structs.replace(SEALED, **{name: shorter}))


@pytest.mark.parametrize("name", ["ephemeral", "wrapped"])
def test_open__any_byte_of_the_envelope_altered__refused(name: str) -> None:
    envelope = SEALED.envelopes[0]
    part = getattr(envelope, name)
    for place in range(len(part)):
        altered: dict[str, Any] = {name: part[:place] + bytes([part[place] ^ 1]) + part[place + 1 :]}
        assert not opens(structs.replace(SEALED, envelopes=(structs.replace(envelope, **altered),)))
    for other in (b"", part[:-1], bytes(len(part))):
        changed: dict[str, Any] = {name: other}
        assert not opens(structs.replace(SEALED, envelopes=(structs.replace(envelope, **changed),)))


def test_open__envelopes_of_another_value__refused() -> None:
    other = seal(b"another value", [ANN.public, BOB.public], PLACE)
    assert not opens(structs.replace(SEALED, envelopes=other.envelopes))
    assert not opens(structs.replace(SEALED, ciphertext=other.ciphertext, nonce=other.nonce))
    assert not opens(structs.replace(other, ciphertext=SEALED.ciphertext, nonce=SEALED.nonce))
    ann, bob = SEALED.envelopes
    swapped = (structs.replace(ann, recipient=bob.recipient), structs.replace(bob, recipient=ann.recipient))
    assert not opens(structs.replace(SEALED, envelopes=swapped))
    assert not opens(structs.replace(SEALED, envelopes=()))


def test_rewrap__the_new_auditor_opens_the_same_ciphertext() -> None:
    changed = rewrap(SEALED, ANN.private, [EVE.public], PLACE)
    assert (changed.nonce, changed.ciphertext, changed.commitment) == (
        SEALED.nonce,
        SEALED.ciphertext,
        SEALED.commitment,
    )
    assert opens(changed, EVE.private)
    assert not opens(changed, ANN.private)
    assert not opens(changed, BOB.private)
    again = rewrap(changed, EVE.private, [EVE.public, BOB.public], PLACE)
    assert opens(again, BOB.private)


def test_rewrap__cannot_take_back_what_was_wrapped() -> None:
    """Stated in the module: a kept copy of an old envelope still opens, after any change of auditors."""
    changed = rewrap(SEALED, ANN.private, [EVE.public], PLACE)
    kept = SEALED.envelopes[1]
    assert opens(structs.replace(changed, envelopes=(kept,)), BOB.private)


def test_rewrap__by_who_cannot_open__refused() -> None:
    for sealed, private, place in [
        (SEALED, EVE.private, PLACE),
        (SEALED, ANN.private, Place("desk", 8, "memo")),
        (structs.replace(SEALED, ciphertext=SEALED.ciphertext + b"\0"), ANN.private, PLACE),
        (structs.replace(SEALED, commitment=bytes(32)), ANN.private, PLACE),
    ]:
        with pytest.raises(SealBroken):
            rewrap(sealed, private, [EVE.public], place)


def test_open__a_sealer_who_gives_each_recipient_another_key__refused() -> None:
    """AES-GCM alone lets one ciphertext open to two values under two keys: the commitment ties it to one."""
    data_key = sealing._data_key(SEALED, ANN.private, PLACE)
    forged = sealing._with_envelopes(structs.replace(SEALED, commitment=bytes(32)), data_key, [ANN.public], PLACE)
    assert not opens(forged)
    with pytest.raises(SealBroken):
        rewrap(forged, ANN.private, [BOB.public], PLACE)
    other = sealing._with_envelopes(SEALED, bytes(32), [BOB.public], PLACE)
    with pytest.raises(SealBroken):
        rewrap(other, BOB.private, [EVE.public], PLACE)


@pytest.mark.parametrize("recipients", [[], [bytes(32)], [b""], [ANN.public, bytes(31)]])
def test_seal__for_what_is_no_key__refused(recipients: list[bytes]) -> None:
    """X25519 with a key of zeros has the same secret for everybody."""
    with pytest.raises(Malformed):
        seal(VALUE, recipients, PLACE)
    with pytest.raises(Malformed):
        rewrap(SEALED, ANN.private, recipients, PLACE)


def test_seal__twice__nothing_is_the_same() -> None:
    other = seal(VALUE, [ANN.public, BOB.public], PLACE)
    parts = [[sealed.nonce, sealed.ciphertext, sealed.commitment] for sealed in (SEALED, other)]
    parts[0] += [part for envelope in SEALED.envelopes for part in (envelope.ephemeral, envelope.wrapped)]
    parts[1] += [part for envelope in other.envelopes for part in (envelope.ephemeral, envelope.wrapped)]
    assert len({*parts[0], *parts[1]}) == len(parts[0]) + len(parts[1])
    assert VALUE not in b"".join(parts[0])


def test_seal__the_same_recipient_twice__one_envelope() -> None:
    assert len(seal(VALUE, [ANN.public, ANN.public], PLACE).envelopes) == 1


def test_sealed__survives_being_stored() -> None:
    stored = msgspec.json.encode(SEALED)
    assert VALUE not in stored
    assert opens(msgspec.json.decode(stored, type=Sealed))


@given(st.binary(max_size=200), st.text(max_size=10), st.integers(min_value=0), st.text(max_size=10))
def test_seal_and_open__any_value_and_place(value: bytes, desk: str, seq: int, field: str) -> None:
    place = Place(desk, seq, field)
    assert open_sealed(seal(value, [BOB.public], place), BOB.private, place) == value


@given(st.builds(structs.replace, st.just(SEALED), nonce=st.binary(), ciphertext=st.binary(), commitment=st.binary()))
def test_open__any_bytes__only_our_error(sealed: Sealed) -> None:
    assert not opens(sealed)
