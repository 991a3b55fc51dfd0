"""The secret box: what is sealed opens with the same key, for the same person, and not otherwise."""

from __future__ import annotations

import pytest

from holdfast.errors import Unavailable
from holdfast.identity.secret_box import SecretBox

KEY, OTHER = b"1" * 32, b"2" * 32


def test_seal__opens_for_whom_it_is_about() -> None:
    box = SecretBox(KEY)
    sealed = box.seal("JBSWY3DP", "olga")
    assert "JBSWY3DP" not in sealed
    assert box.open(sealed, "olga") == "JBSWY3DP"
    assert box.seal("JBSWY3DP", "olga") != sealed


def test_open__moved_to_another_person__fails() -> None:
    with pytest.raises(Unavailable):
        SecretBox(KEY).open(SecretBox(KEY).seal("JBSWY3DP", "olga"), "dora")


@pytest.mark.parametrize("key", [OTHER, None])
def test_open__with_another_key_or_none__fails(key: bytes | None) -> None:
    with pytest.raises(Unavailable):
        SecretBox(key).open(SecretBox(KEY).seal("JBSWY3DP", "olga"), "olga")


def test_open__what_was_stored_before_there_was_a_key__opens() -> None:
    stored = SecretBox().seal("JBSWY3DP", "olga")
    assert stored == "plain:JBSWY3DP"
    assert SecretBox(KEY).open(stored, "olga") == "JBSWY3DP"


def test_key__that_is_short__is_our_mistake() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        SecretBox(b"short")
