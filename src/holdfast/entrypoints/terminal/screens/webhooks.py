"""Webhooks: where records are sent, how far each endpoint has come, and what one does about it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from holdfast.entrypoints.terminal.forms import Wanted, area, form, hidden, text, whole
from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.screens.people_forms import named
from holdfast.entrypoints.terminal.visit import Values, Visit

_ERRORS = {
    "webhooks.answered": re.compile(r"(?P<host>\S+) answered (?P<status>[0-9]+)"),
    "webhooks.no_host": re.compile(r"(?P<host>\S+): no such host"),
    "webhooks.inside": re.compile(r"(?P<host>\S+): its address lies inside a network.*"),
    "webhooks.no_line": re.compile(r"(?P<host>\S+): (?P<error>\w+)"),
}
"""What the sender notes down when an endpoint takes nothing, and the texts that say so."""

PAGE, API, SECRET = "/webhooks", "/v1/webhooks", "webhooks/secret.html"


@page(PAGE, "webhooks/webhooks.html", title="webhooks.title", needs="webhook.manage", nav="webhooks", past=False)
async def webhooks(visit: Visit) -> dict[str, Any]:
    """Every endpoint against the journal's head."""
    found = await visit.see(API)
    head = int(visit.api.seen.get(b"holdfast-seq", b"0"))
    behind = {one["id"]: max(0, head - one["cursor"]) for one in found}
    return {"webhooks": found, "head": head, "behind": behind, "said": partial(said, visit)}


def said(visit: Visit, error: str) -> str:
    """Why a message was not taken, in the visitor's language; what is not known stays as it is."""
    for key, pattern in _ERRORS.items():
        if found := pattern.fullmatch(error):
            return visit.t(key, **found.groupdict())
    return error


async def _wording(visit: Visit, _: Values) -> dict[str, Any]:
    """How the outcome is said."""
    return {"said": partial(said, visit)}


def _at(values: Values, what: str = "") -> str:
    return f"{API}/{named(values, 'webhook')}{what}"


def _int(values: Values, name: str) -> int | str:
    """A whole number; what is none stays as it is, for the API to refuse."""
    typed = values.text(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 16 else typed


@form("webhooks.add", "webhooks.add", text("url", label="webhooks.url", hint="webhooks.url_hint", most_length=2_000),
      area("types", label="webhooks.types", hint="webhooks.types_hint", default="*"))  # fmt: skip
def add(values: Values) -> Wanted:
    """An endpoint more."""
    body = {"url": values.text("url"), "types": values.text("types").split()}
    return Wanted(path=API, body=body, then=PAGE, reveal=SECRET, step_up=True)


@form("webhooks.rotate", "webhooks.rotate", hidden("webhook"), summary="webhooks/rotate.html")
def rotate(values: Values) -> Wanted:
    """A new secret."""
    return Wanted(path=_at(values, "/rotate"), then=PAGE, reveal=SECRET, step_up=True)


@form("webhooks.test", "webhooks.test", hidden("webhook"), prepare=_wording)
def test(values: Values) -> Wanted:
    """A test message, now."""
    return Wanted(path=_at(values, "/test"), then=PAGE, reveal="webhooks/tried.html")


@form("webhooks.replay", "webhooks.replay", hidden("webhook"),
      whole("after", label="webhooks.after", hint="webhooks.after_hint", default="0"),
      whole("upto", label="webhooks.upto", hint="webhooks.upto_hint", required=False))  # fmt: skip
def replay(values: Values) -> Wanted:
    """A range of records again."""
    body = {name: _int(values, name) for name in ("after", "upto") if values.text(name)}
    return Wanted(path=_at(values, "/replay"), body=body, then=PAGE, said="webhooks.replayed")


@form("webhooks.enable", "webhooks.enable", hidden("webhook"))
def enable(values: Values) -> Wanted:
    """Sent to again."""
    return Wanted(path=_at(values, "/enable"), then=PAGE, said="webhooks.enabled")


@form("webhooks.remove", "webhooks.remove", hidden("webhook"), danger=True)
def remove(values: Values) -> Wanted:
    """An endpoint less."""
    return Wanted(method="DELETE", path=_at(values), then=PAGE, said="webhooks.removed")
