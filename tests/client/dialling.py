"""What tests of the client share: how patient it is, and the type of the fixture that makes clients."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.client import Client, Retries

QUICK = Retries(attempts=4, first_wait=0.01, longest_wait=2.0)
"""As patient as a test is."""

Clients = Callable[..., Client]
