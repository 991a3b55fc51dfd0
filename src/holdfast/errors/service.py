"""Errors of the service: what its doors answer before a command reaches the desk, so that nothing is recorded there."""

from __future__ import annotations

from holdfast.errors.base import Conflict, HoldfastError


class Unauthenticated(HoldfastError, code="unauthenticated", status=401, exit_code=3):
    """Nobody is signed in, or the session or API key has ended. Sign in and try again."""


class Forbidden(HoldfastError, code="forbidden", status=403, exit_code=3):
    """This person may not do this here. Somebody who manages people can grant what the message names."""


class TooManyRequests(HoldfastError, code="too_many_requests", status=429, exit_code=75):
    """Too many requests at once. Wait as long as the answer says, then try again."""


class NotCarriedOut(Conflict, code="not_carried_out"):
    """Another command of the same atomic bulk was refused, so none was done. Correct that one; send all again."""
