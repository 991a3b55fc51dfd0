"""Tokens: random, prefixed, found by their hash."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.identity.tokens import hash_token, new_token


def test_new_token__is_random_and_stored_hashed() -> None:
    tokens = [new_token("hk") for _ in range(200)]
    assert len({token.shown for token in tokens}) == 200
    for shown, stored in tokens:
        assert re.fullmatch(r"hk_[A-Za-z0-9_-]{43}", shown)
        assert stored == hash_token(shown)
        assert shown[3:] not in stored


def test_hash_token__formula() -> None:
    assert hash_token("hk_x") == hashlib.sha256(b"holdfast token 1\nhk_x").hexdigest()


@pytest.mark.parametrize("prefix", ["", "Hk", "9k", "h-k", "h_k", "hk\n", "h" * 17])
def test_new_token__prefix_of_another_shape__is_our_fault(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        new_token(prefix)


@given(st.text(), st.text())
def test_hash_token__any_text__never_the_same_for_two(one: str, other: str) -> None:
    assert (hash_token(one) == hash_token(other)) == (one == other)


@given(st.text(alphabet=st.characters(categories=["Cs"])))
def test_hash_token__no_unicode_text__no_exception(text: str) -> None:
    assert len(hash_token(text)) == 64
