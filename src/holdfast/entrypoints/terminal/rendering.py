"""Templates: one environment, in which every template and macro knows who looks at the page, and in which language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from holdfast.entrypoints.terminal import figures
from holdfast.entrypoints.terminal.devices import browser_of, system_of
from holdfast.entrypoints.terminal.files import Files
from holdfast.entrypoints.terminal.language import LANGUAGES, NAMES, has, say, words
from holdfast.entrypoints.terminal.pages import NAVIGATION, Entry, table
from holdfast.entrypoints.terminal.refusals import reasoned, said, value_of
from holdfast.entrypoints.terminal.units import is_amount, is_free, unit_of
from holdfast.entrypoints.terminal.visit import Visit

FOLDER = Path(__file__).parent / "templates"

_LOOKING: ContextVar[Visit] = ContextVar("visit")
"""Whose page is being made: macros need not be handed it."""

NUMBERS = ("amount", "percent", "bps")
"""Filters that write numbers as the visitor's language does."""


class Renderer:
    """Makes pages of templates."""

    def __init__(self, files: Files, pages: table, name: str) -> None:
        self._pages = pages
        self.environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.globals.update(_globals(), static=files.address, nav=self._navigation, site=name)
        self.environment.filters.update(_filters())

    def render(self, visit: Visit, template: str, context: dict[str, Any]) -> bytes:
        """A page, or a part of one, in UTF-8."""
        token = _LOOKING.set(visit)
        try:
            text = self.environment.get_template(template).render({"visit": visit, "me": visit.me, **context})
        finally:
            _LOOKING.reset(token)
        return text.encode("utf-8", "replace")

    def _navigation(self) -> list[tuple[str, list[Entry]]]:
        """The entries that this visitor has, in their groups; those whose page is not there are left out."""
        visit = _LOOKING.get()
        groups = []
        for key, entries in NAVIGATION:
            shown = [one for one in entries if one.path in self._pages and visit.may(*one.needs)]
            if shown:
                groups.append((key, shown))
        return groups


def _globals() -> dict[str, Any]:
    """What every template can call."""
    visit = _LOOKING.get

    def error_text(code: str) -> str:
        key = f"errors.{code}"
        language = visit().language
        return say(language, key) if has(language, key) else ""

    def word(family: str, name: object, default: str | None = None) -> str:
        """A text of a family whose names come from the API: a name without one is shown as it is."""
        key = f"{family}.{name}"
        language = visit().language
        if has(language, key):
            return say(language, key)
        return str(name).replace("_", " ") if default is None else default

    return {
        "t": lambda key, **values: visit().t(key, **values),
        "word": word,
        "error_text": error_text,
        "said": lambda problem, named=True: said(visit().language, problem, named=named),
        "reasoned": lambda key, figures: reasoned(visit().language, key, figures),
        "told": lambda name, value: value_of(visit().language, name, value),
        "link": lambda path, **query: visit().link(path, **query),
        "with_query": lambda **query: visit().with_query(**query),
        "may": lambda *functions: visit().may(*functions),
        "has_text": lambda key: isinstance(words(visit().language).get(key), str),
        "visit_reads": lambda: visit().page.method == "GET",
        "own_accounts": lambda: visit().me.accounts if visit().me else (),  # type: ignore[union-attr]
        "hide_secrets": hide_secrets,
        "unit_of": unit_of,
        "is_amount": is_amount,
        "is_free": is_free,
        "with_key": with_key,
        "csrf": lambda: visit().csrf,
        "here": lambda: visit().here,
        "past": lambda: visit().as_of,
        "now": lambda: visit().now,
        "visit_cursor": lambda: visit().query.text("cursor"),
        "language": lambda: visit().language,
        "languages": [(one, NAMES[one]) for one in LANGUAGES],
        "script_words": lambda: {key: text for key, text in words(visit().language).items() if key.startswith("js.")},
    }


def _filters() -> dict[str, Callable[..., Any]]:
    def localised(name: str) -> Callable[..., str]:
        function = getattr(figures, name)
        return lambda *given, **more: function(_LOOKING.get().language, *given, **more)

    return {name: localised(name) for name in NUMBERS} | {
        "short": figures.short,
        "instant": figures.instant,
        "readable": figures.readable,
        "negative": figures.is_negative,
        "zero": figures.is_zero,
        "dust": figures.is_dust,
        "duration": figures.duration,
        "browser": browser_of,
        "system": system_of,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
        "data": data_block,
        "coded": coded,
        "breakable": breakable,
        "classy": lambda text: "".join(c if c.isascii() and c.isalnum() else "-" for c in str(text)),
    }


def breakable(number: str) -> Markup:
    """A number as people read it that breaks between its groups and before its fraction, where it must at all."""
    between, point = (figures.NARROW, ",") if _LOOKING.get().language == "ru" else (",", r"\.")
    return Markup("<wbr>").join(re.split(f"(?<={between})|(?={point}[0-9]+$)", number))


def coded(text: str) -> Markup:
    """A text with what stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def with_key(command: dict[str, Any], key: str) -> dict[str, Any]:
    """A command as it will be sent: with the id that it gets; without a key its id is not known yet."""
    person = str(command["id"]).partition("/")[0]
    return {name: value for name, value in (command | {"id": f"{person}/{key}"}).items() if key or name != "id"}


SECRET_FIELDS = ("code", "new", "password", "present", "token")
"""Fields of requests whose text nobody should read over a shoulder."""


def hide_secrets(body: Any) -> Any:
    """A request as it is shown for confirmation: secrets as dots."""
    if not isinstance(body, dict):
        return body
    return {name: "••••••" if name in SECRET_FIELDS else value for name, value in body.items()}


def data_block(value: Any) -> Markup:
    """JSON inside of a `<script type="application/json">`: nothing in it can end the element."""
    text = msgspec.json.encode(value).decode()
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - the characters that mean something to HTML are written as escapes
