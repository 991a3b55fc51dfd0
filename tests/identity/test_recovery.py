"""Recovery codes: ten, random, read as people write them, each found by its own hash only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.identity.recovery import matching, new_codes

CODES = new_codes()


def test_new_codes__ten_of_80_random_bits() -> None:
    assert len(CODES.shown) == len(CODES.stored) == len(set(CODES.shown)) == len(set(CODES.stored)) == 10
    assert all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}", code) for code in CODES.shown)
    assert not set(CODES.shown) & set(new_codes().shown)
    assert not any(code.replace("-", "") in stored for code in CODES.shown for stored in CODES.stored)


def test_matching__each_code__its_own_hash() -> None:
    for shown, stored in zip(*CODES, strict=True):
        assert matching(CODES.stored, shown) == stored


@pytest.mark.parametrize(
    "written",
    [str.upper, lambda code: code.replace("-", ""), lambda code: f"  {code.replace('-', ' ')} "],
    ids=["upper case", "no hyphens", "spaces"],
)
def test_matching__as_people_write_it__found(written: object) -> None:
    assert callable(written)
    assert matching(CODES.stored, written(CODES.shown[3])) == CODES.stored[3]


def test_matching__letters_like_digits__read_as_these() -> None:
    codes = next(codes for codes in iter(new_codes, None) if "1" in codes.shown[0] and "0" in codes.shown[0])
    for one in "iIlL":
        assert matching(codes.stored, codes.shown[0].replace("1", one).replace("0", "O")) == codes.stored[0]


def test_matching__used_and_dropped__not_found() -> None:
    left = [stored for stored in CODES.stored if stored != CODES.stored[5]]
    assert matching(left, CODES.shown[5]) is None
    assert matching(left, CODES.shown[6]) == CODES.stored[6]


def test_matching__one_character_wrong__not_found() -> None:
    code = CODES.shown[0]
    for place, character in enumerate(code):
        if character != "-":
            other = "2" if character != "2" else "3"
            assert matching(CODES.stored, code[:place] + other + code[place + 1 :]) is None


@given(st.text(max_size=80))
def test_matching__any_text__no_exception(text: str) -> None:
    assert matching(CODES.stored, text) is None
    assert matching([], text) is None


def test_matching__the_hash_itself__is_no_code() -> None:
    assert all(matching(CODES.stored, stored) is None for stored in CODES.stored)
