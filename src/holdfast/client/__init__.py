"""A typed client of the server's API: `Client` waits for each answer, `AsyncClient` is awaited.

Both have a method to each operation of the OpenAPI document: what the desk shows is on the client itself
(`client.vaults()`), everything else by topic (`client.commands.submit`, `client.proposals.approve`). Answers are plain
objects with the types of `holdfast.client.shapes`; refusals are the errors of `holdfast.errors`.
"""

from __future__ import annotations

from holdfast.client.awaited import AsyncClient
from holdfast.client.commands import new_key
from holdfast.client.credentials import read_secret, read_signing_key
from holdfast.client.exchanging import Retries
from holdfast.client.pages import AsyncPages, Page, Pages
from holdfast.client.problems import problem_of, receipt_of
from holdfast.client.requests import Position, position
from holdfast.client.settings import TIMEOUT
from holdfast.client.streams import Event
from holdfast.client.waiting import Client

__all__ = [
    "TIMEOUT",
    "AsyncClient",
    "AsyncPages",
    "Client",
    "Event",
    "Page",
    "Pages",
    "Position",
    "Retries",
    "new_key",
    "position",
    "problem_of",
    "read_secret",
    "read_signing_key",
    "receipt_of",
]
