"""A server's refusals as the errors of this project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from holdfast.errors import (
    ERRORS,
    Conflict,
    Forbidden,
    HoldfastError,
    Malformed,
    NotFound,
    Rejected,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

PROBLEM = "application/problem+json"

_BY_STATUS: dict[int, type[HoldfastError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Rejected,
    429: TooManyRequests,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""What a code that this version does not know, or an answer of something between, amounts to."""


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> HoldfastError:
    """The error that an answer stands for.

    Its class is that of the problem's code; `problem_of` gives all that the server said.
    """
    told = _problem(headers, body)
    if told is None:
        return _foreign(status, headers)
    code = str(told["code"])
    kind = ERRORS.get(code)
    error = (kind or _by_status(status))(str(told.get("detail", "The server refused this.")))
    error.__dict__["problem"] = told
    details = told.get("details")
    error.details = dict(details) if isinstance(details, dict) else {}
    if kind is None:
        error.__dict__["code"] = code
    return error


def error_told(told: Mapping[str, Any]) -> HoldfastError:
    """The error of a receipt or a job: code, message, details."""
    code = str(told.get("code", "error"))
    kind = ERRORS.get(code)
    error = (kind or Rejected)(str(told.get("message", "")))
    details = told.get("details")
    error.details = dict(details) if isinstance(details, dict) else {}
    if kind is None:
        error.__dict__["code"] = code
    return error


def problem_of(error: HoldfastError) -> dict[str, Any] | None:
    """The problem details that a server sent; None for an error that was found here."""
    return error.__dict__.get("problem")


def receipt_of(error: HoldfastError) -> dict[str, Any] | None:
    """The receipt of a command that was refused by the rules and recorded; None where nothing was recorded."""
    told = (problem_of(error) or {}).get("receipt")
    return told if isinstance(told, dict) else None


def _by_status(status: int) -> type[HoldfastError]:
    found = _BY_STATUS.get(status)
    if found is not None:
        return found
    return Malformed if status < 500 else HoldfastError


def _problem(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    if headers.get("content-type", "").partition(";")[0].strip() != PROBLEM:
        return None
    try:
        told = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("code"), str) else None


def _foreign(status: int, headers: Mapping[str, str]) -> HoldfastError:
    if 300 <= status < 400:
        place = headers.get("location", "elsewhere")[:200]
        return Malformed(f"The server sends on to {place}. State the address that it is to be asked at.", field="url")
    said = f"The answer has status {status} and is not Holdfast's: something stands between, or the address is wrong."
    return _by_status(status)(said, status=status)
