"""Refusals in the visitor's language: what to do first, then what exactly stood in the way.

The API says it in English beside a stable code and details. Other languages word the code and the details, never the
sentence: `errors.<code>` says what to do, `why.<code>…` what stood in the way, with the details in its gaps. Of several
texts about a code the one stands that uses most of what is told; one about `reason` comes before them all.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from holdfast.entrypoints.terminal import figures
from holdfast.entrypoints.terminal.language import Language, has, say, words

FAMILIES = ("field", "result", "record")
"""Where the names of details that no text speaks of have their words."""

SILENT = ("approvals", "field", "function", "reason")
"""Details that are not for people: they name what the page knows, or hold English."""

ALONE = ("malformed", "sign_in_failed")
"""Codes whose own text says no more than the text about a reason does."""


class Said(Struct, frozen=True):
    """A refusal in words; `more` may be empty."""

    first: str
    more: str = ""


def said(language: Language, problem: Any, *, named: bool = True) -> Said:
    """A refusal of the API, as a `Refused` or as the error in a receipt.

    `named`: whether the field that it is about is named, since it does not stand there.
    """
    error = problem if isinstance(problem, Mapping) else problem.told
    code, details = str(error.get("code", "internal_error")), dict(error.get("details") or {})
    message, remedy = str(error.get("detail") or error.get("message") or ""), str(error.get("remedy") or "")
    own = say(language, f"errors.{code}") if has(language, f"errors.{code}") else ""
    if text := _by_reason(language, code, details):
        return Said(_with_field(language, details, text) if named else text, "" if code in ALONE else own)
    if language == "en":
        return Said(own or message or remedy or say(language, "error.refused_why"), message if own else remedy)
    return Said(own or say(language, "error.refused_why"), _why(language, code, details))


def _by_reason(language: Language, code: str, details: Mapping[str, Any]) -> str:
    """The text about just this reason, where there is one and all that it speaks of is told."""
    key = f"why.{code}_{details['reason']}" if details.get("reason") else f"why.{code}"
    if (
        (not details.get("reason") and language != "en")
        or not has(language, key)
        or not _gaps(words(language)[key]) <= details.keys()
    ):
        return ""
    return say(language, key, **_shown(language, details))


def _with_field(language: Language, details: Mapping[str, Any], text: str) -> str:
    field = str(details.get("field") or "").rpartition(".")[2]
    return f"{_word(language, field) or field}: {text}" if field else text


def _why(language: Language, code: str, details: Mapping[str, Any]) -> str:
    """What stood in the way: the text that uses most details, else those that have a name, one after another."""
    told = {name for name, value in details.items() if value not in (None, "")}
    fitting = [(len(gaps), key) for key, gaps in _texts(language).get(code, ()) if gaps <= told]
    shown = _shown(language, details)
    if fitting:
        return say(language, max(fitting)[1], **shown)
    named = ((_word(language, name), shown[name]) for name in details if name in told and name not in SILENT)
    return "; ".join(f"{label}: {value}" for label, value in named if label)


@cache
def _texts(language: Language) -> dict[str, list[tuple[str, set[str]]]]:
    """The texts about each code, and the details that they speak of."""
    found: dict[str, list[tuple[str, set[str]]]] = {}
    for key, text in words(language).items():
        if key.startswith("why.") and isinstance(text, str):
            found.setdefault(key.removeprefix("why.").partition(".")[0], []).append((key, _gaps(text)))
    return found


def _gaps(text: object) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def _word(language: Language, name: str) -> str:
    keys = (f"{family}.{name}" for family in FAMILIES)
    return next((say(language, key) for key in keys if has(language, key)), "")


def _shown(language: Language, details: Mapping[str, Any]) -> dict[str, str]:
    return {name: value_of(language, name, value) for name, value in details.items()}


def value_of(language: Language, name: str, value: object) -> str:
    """A detail, a result or a figure of an event as people read it, by its name."""
    text = str(value)
    if name in ("role", "roles"):
        named = text.replace(" or ", " ").split()
        return ", ".join(say(language, f"roles.{one}") if has(language, f"roles.{one}") else one for one in named)
    if name in ("status", "tier") and has(language, f"status.{text}"):
        return say(language, f"status.{text}")
    if name.endswith("_bps"):
        return figures.bps(language, text)
    if len(text) == 20 and text.endswith("Z") and text[10] == "T":
        return figures.readable(text)
    return figures.amount(language, text)


def reasoned(language: Language, key: str, figures: Mapping[str, Any]) -> str:
    """A text with figures of the API in its gaps; a `count` among them chooses its plural form."""
    return say(language, key, **{"n": figures.get("count", 0), **_shown(language, figures)})
