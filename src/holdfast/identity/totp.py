"""Time-based codes (RFC 6238): six digits from a shared secret, a new one every thirty seconds."""

from __future__ import annotations

import re
from hmac import compare_digest

import pyotp

STEP_SECONDS = 30
"""How long one code stands."""
DIGITS = 6
DRIFT_STEPS = 1
"""How many steps the person's clock may be off, either way."""

_CODE = re.compile(rf"\A[0-9]{{{DIGITS}}}\Z", re.ASCII)


def new_secret() -> str:
    """A fresh secret: 160 random bits in base32, as RFC 4226 asks of SHA-1 codes."""
    return pyotp.random_base32(32)


def uri(secret: str, person: str, issuer: str) -> str:
    """The `otpauth://` text that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=person, issuer_name=issuer)


def matching_step(secret: str, code: str, now: int, after_step: int) -> int | None:
    """The step that the code belongs to, or None when it is not to be accepted.

    Formula:   step = floor(now ÷ 30); accepted are the codes of step − 1, step and step + 1 (RFC 6238, HMAC-SHA-1,
               six ASCII digits) that lie strictly after `after_step`, the step of the last code that was used. Keep
               what is returned as the new `after_step`, in the transaction that lets the person in: a code works once.
    Units:     `now` in Unix seconds; −1 as `after_step` where no code was used yet.
    Raises:    nothing, whatever the code. All three codes are compared, each in constant time.
    """
    if not _CODE.match(code):
        return None
    present = now // STEP_SECONDS
    codes = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    found = None
    for step in range(max(present - DRIFT_STEPS, 0), present + DRIFT_STEPS + 1):
        # Two steps can share a code: the later one counts, or the same digits would work again.
        if compare_digest(codes.generate_otp(step), code):
            found = step
    return found if found is not None and found > after_step else None
