"""Time-based codes: RFC 6238's vectors, one step either way, once each, ASCII digits only."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.identity.totp import STEP_SECONDS, matching_step, new_secret, uri

SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_6238 = [  # appendix B, SHA-1; the last six of its eight digits
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
NOW = 1_111_111_111
STEP = NOW // STEP_SECONDS


def code_at(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize(("now", "digits"), RFC_6238)
def test_matching_step__rfc_6238__accepted(now: int, digits: str) -> None:
    assert matching_step(SECRET, digits[-6:], now, -1) == now // 30


@pytest.mark.parametrize(("off", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_matching_step__a_clock_that_is_off__one_step_either_way(off: int, accepted: bool) -> None:
    assert matching_step(SECRET, code_at(STEP + off), NOW, -1) == (STEP + off if accepted else None)


def test_matching_step__a_code_works_once() -> None:
    used = matching_step(SECRET, code_at(STEP), NOW, -1)
    assert used == STEP
    for later in range(3 * STEP_SECONDS):
        assert matching_step(SECRET, code_at(STEP), NOW + later, used) is None


def test_matching_step__an_earlier_code_after_a_later_one__refused() -> None:
    assert matching_step(SECRET, code_at(STEP - 1), NOW, STEP) is None
    assert matching_step(SECRET, code_at(STEP + 1), NOW, STEP) == STEP + 1


def test_matching_step__two_steps_with_the_same_code__the_later_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the digits that were used would work once more."""
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", lambda _self, _step: "123456")
    used = matching_step(SECRET, "123456", NOW, -1)
    assert used == STEP + 1
    assert matching_step(SECRET, "123456", NOW, used) is None


def test_matching_step__at_the_beginning_of_time() -> None:
    assert matching_step(SECRET, code_at(0), 0, -1) == 0
    assert matching_step(SECRET, code_at(0), 0, 0) is None


@pytest.mark.parametrize("spoil", ["{} ", " {}", "{}\n", "+{}", "0{}", "{}0", "-{}"])
def test_matching_step__more_than_six_digits__refused(spoil: str) -> None:
    assert matching_step(SECRET, spoil.format(code_at(STEP)), NOW, -1) is None


@pytest.mark.parametrize("zero", ["\u0660", "\u0966", "\uff10", "\U0001d7d8"])
def test_matching_step__digits_of_other_scripts__refused(zero: str) -> None:
    written = "".join(chr(ord(zero) + int(digit)) for digit in code_at(STEP))
    assert int(written) == int(code_at(STEP))
    assert matching_step(SECRET, written, NOW, -1) is None


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_matching_step__any_text__only_the_three_codes(text: str) -> None:
    codes = {code_at(STEP + off) for off in (-1, 0, 1)}
    assert (matching_step(SECRET, text, NOW, -1) is not None) == (text in codes)


def test_new_secret__160_random_bits() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_uri__is_what_apps_read() -> None:
    parts = urlsplit(uri(SECRET, "ann", "Holdfast Desk"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Holdfast%20Desk:ann")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["Holdfast Desk"]}
