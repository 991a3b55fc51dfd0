"""Passwords: argon2id, the same time for the unknown, and what is too easy to guess."""

from __future__ import annotations

import time
import unicodedata

import argon2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.errors import WeakPassword
from holdfast.identity import passwords
from holdfast.identity.passwords import check_password, hash_password, needs_rehash, require_acceptable

GOOD = "seven otters mend the gate"
STORED = hash_password(GOOD)


def reason(text: str, *, with_mfa: bool = False, about: tuple[str, ...] = ()) -> str | None:
    try:
        require_acceptable(text, with_mfa=with_mfa, about=about)
    except WeakPassword as error:
        assert not text or text not in error.message
        return str(error.details["reason"])
    return None


def test_hash_password__is_argon2id_of_owasp_strength() -> None:
    kept = argon2.extract_parameters(STORED)
    assert kept.type is argon2.Type.ID
    assert kept.memory_cost >= 19 * 1024
    assert kept.time_cost >= 2
    assert kept.parallelism == 1
    assert kept.salt_len >= 16
    assert hash_password(GOOD) != STORED


def test_check_password__right_and_wrong() -> None:
    assert check_password(STORED, GOOD)
    for wrong in (GOOD + " ", GOOD[:-1], GOOD.upper(), "", "\0"):
        assert not check_password(STORED, wrong)


def test_check_password__of_nobody__is_false_whatever_it_is() -> None:
    assert not check_password(None, GOOD)
    assert not check_password(None, "")


def test_check_password__of_nobody__is_false_even_for_his_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_NOBODY", STORED)
    assert not check_password(None, GOOD)


def test_check_password__of_nobody__does_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One verification either way, with the same parameters: neither time nor memory tells who is known."""
    asked: list[argon2.Parameters] = []
    real = argon2.PasswordHasher.verify

    def noted(self: argon2.PasswordHasher, stored: str, text: bytes) -> bool:
        asked.append(argon2.extract_parameters(stored))
        return real(self, stored, text)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noted)
    check_password(STORED, "wrong")
    check_password(None, "wrong")
    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_check_password__of_nobody__takes_as_long() -> None:
    """Counted is this thread's own work (argon2id runs in one lane), whatever else the machine does."""

    def work(stored: str | None) -> float:
        begun = time.thread_time()
        check_password(stored, "wrong")
        return time.thread_time() - begun

    both = [(work(None), work(STORED)) for _ in range(7)]
    nobody, somebody = (min(taken) for taken in zip(*both, strict=True))
    assert somebody / 2 < nobody < somebody * 2


def test_check_password__unicode_forms__are_one() -> None:
    text = "Überraschung für Zoë"
    stored = hash_password(unicodedata.normalize("NFD", text))
    assert check_password(stored, unicodedata.normalize("NFC", text))


def test_check_password__every_character_counts_up_to_1024_bytes() -> None:
    long = "".join(chr(97 + place * 7 % 26) for place in range(1024))
    stored = hash_password(long)
    assert check_password(stored, long)
    assert not check_password(stored, long[:-1] + "0")
    assert not check_password(stored, long + "a")
    with pytest.raises(WeakPassword):
        hash_password(long + "a")


@pytest.mark.parametrize(
    "stored", ["", "$argon2id$", "plain", "$2b$12$x", "ä", pytest.param(STORED[:-1], id="cut short")]
)
def test_check_password__damaged_hash__false(stored: str) -> None:
    assert not check_password(stored, GOOD)


def test_needs_rehash() -> None:
    assert not needs_rehash(STORED)
    assert needs_rehash(argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))
    assert needs_rehash("damaged")


ACCEPTED = [
    GOOD,
    "correct horse battery",
    "x" + "kQ9-vT2_mWz8!rPb4",
    "eight tall herons over holdfast hill",
    "a" * 20 + " bcz dxw 19 qq",
    "дорога через поле вечером",
    "星期三下雨，我们去了图书馆看书写字",
    "\N{GRINNING FACE}\N{CAT}\N{DOG}\N{HOT BEVERAGE}\N{SNOWMAN}" * 3 + " tea at noon",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_require_acceptable__no_rules_of_composition(text: str) -> None:
    assert reason(text) is None


REFUSED = [
    ("fourteen chars", False, "too_short"),
    ("7 chars", True, "too_short"),
    ("e\u0301" * 7 + "abcdefg", False, "too_short"),  # 14 characters, though 21 code points as typed
    ("", True, "too_short"),
    ("baseball", True, "common"),
    ("BaseBall", True, "common"),
    ("baseball2026!", True, "common"),
    ("!!1 baseball 1!!", False, "common"),
    ("1qaz2wsx3edc4rfv", False, "common"),
    ("".join(chr(ord(character) + 0xFEE0) for character in "baseball"), True, "common"),  # full width
    ("aaaaaaaaaaaaaaaa", False, "few_characters"),
    ("abab ccab abab ccab", False, "few_characters"),
    ("kf8zq" * 4, False, "repeated"),
    ("kf8zq-kf8zq-kf8zq-kf", False, "repeated"),
    ("liverpoolliverpool", False, "repeated"),
    ("liverpoolliverpool", True, "repeated"),
    ("abcdefghijklmnop", False, "sequence"),
    ("zyxwvutsrqponmlkj", False, "sequence"),
    ("abcdefgh56789012", False, "sequence"),
    ("aaaaabbbbbcdefffff", False, "sequence"),
    ("lkjhgfdsapoiuytrewq", False, "sequence"),
    ("my holdfast one", False, "name"),
    ("HOLDFAST!kf8zq", False, "too_short"),
    ("xx-holdfast-kf8zq", False, "name"),
    ("ann-margaret.s 26", False, "name"),
    ("1 kf8zq margaret", False, "name"),
    ("x" * 1025, False, "too_long"),
    ("ä" * 513, False, "too_long"),
    ("seven otters \ud800 mend the gate", False, "not_text"),
]


@pytest.mark.parametrize(("text", "with_mfa", "why"), REFUSED)
def test_require_acceptable__easy_to_guess__refused(text: str, with_mfa: bool, why: str) -> None:
    assert reason(text, with_mfa=with_mfa, about=("ann-margaret.s", "x")) == why


@pytest.mark.parametrize(("length", "with_mfa", "enough"), [(14, False, False), (15, False, True), (7, True, False)])
def test_require_acceptable__length(length: int, with_mfa: bool, enough: bool) -> None:
    text = "kq8#vz2-mt5!xw9_b"[:length]
    assert (reason(text, with_mfa=with_mfa) is None) == enough


def test_require_acceptable__eight_with_a_second_factor() -> None:
    assert reason("kq8#vz2-", with_mfa=True) is None
    assert reason("kq8#vz2-", with_mfa=False) == "too_short"


def test_require_acceptable__a_name_with_enough_besides__accepted() -> None:
    assert reason("margaret mends seven otters", about=("margaret",)) is None
    assert reason("margaret mends it", about=("margaret",)) == "name"
    assert reason("margaret mends it", about=("bob",)) is None


def test_require_acceptable__1024_bytes__accepted() -> None:
    assert reason("".join(chr(97 + place * place % 23) for place in range(1024))) is None


def test_common_passwords__are_there() -> None:
    common = passwords._common()
    assert len(common) == 11_611
    assert {"password", "12345678", "qwertyuiop", "trustno1"} <= common
    assert all(len(word) >= 8 and word == word.casefold() and not word.startswith("#") for word in common)


@given(st.sampled_from(sorted(passwords._common())), st.booleans())
def test_common_passwords__are_refused(word: str, shouted: bool) -> None:
    assert reason(word.upper() if shouted else word, with_mfa=True) is not None


@given(st.text(max_size=60), st.booleans(), st.lists(st.text(max_size=10), max_size=3))
@example("\ud800" * 20, False, [])
@example("İ" * 20 + "abcdefgh", True, ["İ"])
def test_require_acceptable__any_text__only_our_error(text: str, with_mfa: bool, about: list[str]) -> None:
    reason(text + "\0", with_mfa=with_mfa, about=tuple(about))


@settings(max_examples=10)
@given(st.text(max_size=40))
def test_check_password__any_text__no_exception(text: str) -> None:
    assert not check_password(STORED, text + "\0")
    assert not check_password(None, text)
