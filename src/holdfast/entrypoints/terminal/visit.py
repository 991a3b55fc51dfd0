"""One browser's request as a page sees it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from litestar.types import HTTPScope
from msgspec import Struct

from holdfast.entrypoints.terminal.api import Api
from holdfast.entrypoints.terminal.language import Language, preferred, say

if TYPE_CHECKING:
    from holdfast.entrypoints.terminal.application import Terminal
    from holdfast.entrypoints.terminal.forms import Filled
    from holdfast.entrypoints.terminal.pages import Page

LANGUAGE, THEME, SAID = "holdfast-language", "holdfast-theme", "holdfast-said"
"""Cookies of what somebody chose, and of the text that the next page shows once. None is a secret."""

THEMES = ("light", "dark")

_MOMENT = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z")
_AS_OF = re.compile(r"\A([0-9]{1,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\Z")


class Somebody(Struct, frozen=True):
    """The person that is signed in."""

    id: str
    title: str = ""
    account: str = ""
    roles: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    recovery_left: int = 0
    wallet: str | None = None
    enrolled: bool = True
    organisation: str | None = None


class Me(Struct, frozen=True):
    """Who is signed in and what he may do: `/v1/me`."""

    person: Somebody
    stage: str
    accounts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    factor: str = ""
    csrf: str | None = None


class Values(dict[str, list[str]]):
    """What came with a form: every field's texts."""

    def text(self, name: str, default: str = "") -> str:
        """A field's text without the spaces around it."""
        found = self.get(name)
        return found[-1].strip() if found else default

    def all(self, name: str) -> list[str]:
        """Every text of a field that may come more than once, empty ones left out."""
        return [text for text in self.get(name, []) if text]

    def given(self, *names: str) -> dict[str, str]:
        """Those of these fields that are not empty."""
        return {name: text for name in names if (text := self.text(name))}


class Visit:
    """A request to a page: who asks, what, and in which language; and the way to the API."""

    def __init__(self, terminal: Terminal, page: Page, scope: HTTPScope, path: dict[str, str]) -> None:
        self.terminal = terminal
        self.page = page
        self.scope = scope
        self.path = path
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.query = Values(_pairs(scope["query_string"]))
        self.form = Values()
        self.api = Api(terminal.app, scope)
        self.me: Me | None = None
        self.now = terminal.server.office.now()
        kept = _cookies(self.headers.get(b"cookie", b""))
        self.said = kept.get(SAID, "")
        self.theme = kept.get(THEME, "") if kept.get(THEME, "") in THEMES else ""
        self.language: Language = preferred(self.header(b"accept-language"), kept.get(LANGUAGE, ""))

    # --- what was asked ---------------------------------------------------------------------------------------------

    def header(self, name: bytes) -> str:
        """A header's text, empty where it is not given."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def address(self) -> str:
        """The path of this page as it can stand in it: whatever was asked for, it leads to no other site."""
        path = quote(str(self.scope["path"]), safe="/@:._~-")
        return path if own_path(path) == path else "/"

    @property
    def here(self) -> str:
        """The address of this page, with its query."""
        query = self.scope["query_string"].decode("latin-1")
        return self.address + ("?" + query if query else "")

    @property
    def whole(self) -> str:
        """The address of the page that this is a part of, with the same query."""
        query = urlencode(self.query, doseq=True)
        return self.page.part_of.format(**self.path) + ("?" + query if query else "")

    @property
    def htmx(self) -> bool:
        """Whether a script of the page asks, which swaps a part of it."""
        return self.header(b"hx-request") == "true"

    @property
    def as_of(self) -> str:
        """The past moment that the page shows, as the API takes it; empty is the present."""
        return self.moment if self.page.past else ""

    @property
    def moment(self) -> str:
        """The past moment that was picked, also where the page knows the present alone; empty is the present."""
        text = self.query.text("as_of")
        if _MOMENT.match(text):
            text = text + ("Z" if text.count(":") == 2 else ":00Z")
        return text if _AS_OF.match(text) else ""

    # --- who asks ---------------------------------------------------------------------------------------------------

    @property
    def person(self) -> Me:
        """Who is signed in; only on pages that need it. Raises: RuntimeError."""
        if self.me is None:
            raise RuntimeError("this page is for everybody")
        return self.me

    def may(self, *functions: str) -> bool:
        """Whether the person has one of these functions; without any whether somebody is signed in."""
        if self.me is None or self.me.stage != "full":
            return False
        return not functions or any(function in self.me.functions for function in functions)

    @property
    def csrf(self) -> str:
        """The token that forms of this page carry."""
        return self.api.renewed or (self.me.csrf if self.me and self.me.csrf else "")

    # --- what a page does -------------------------------------------------------------------------------------------

    async def see(self, path: str, **query: Any) -> Any:
        """A view of the API as of the page's moment. Raises: Refused."""
        return await self.api.get(path, as_of=self.as_of, **query)

    async def see_all(self, *paths: str) -> list[Any]:
        """Several views at once, in their order. Raises: Refused."""
        return list(await asyncio.gather(*(self.see(path) for path in paths)))

    async def form_of(self, name: str, /, **values: str) -> Filled:
        """A form to be put on the page, with these texts in its fields."""
        return await self.terminal.acting.blank(self, name, values)

    def t(self, key: str, **values: object) -> str:
        """A text in the visitor's language."""
        return say(self.language, key, **values)

    def link(self, path: str, **query: object) -> str:
        """The address of another page; the moment in the past goes along."""
        given = {name: str(value) for name, value in query.items() if value not in (None, "")}
        if self.moment and "as_of" not in query:
            given["as_of"] = self.query.text("as_of")
        return path + ("?" + urlencode(given) if given else "")

    def with_query(self, **query: object) -> str:
        """The address of this page with some of its query changed; None takes a part away."""
        given = {name: texts[-1] for name, texts in self.query.items()}
        given |= {name: str(value) for name, value in query.items()}
        kept = {name: text for name, text in given.items() if text and query.get(name, "") is not None}
        return self.address + ("?" + urlencode(kept) if kept else "")


def _pairs(text: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(text.decode("utf-8"), keep_blank_values=True, max_num_fields=2_000)
    except ValueError:
        return {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def read_form(body: bytes) -> Values:
    """The fields of a form that was sent as application/x-www-form-urlencoded."""
    return Values(_pairs(body))


def _cookies(text: bytes) -> dict[str, str]:
    found = {}
    for part in text.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        found[name] = value[:200]
    return found


def own_path(text: str, default: str = "/") -> str:
    """A path of this site to go on to: never another site's, however it is written."""
    if re.fullmatch(r"/(?![/\\])[A-Za-z0-9/._~:@%?&=+,;-]{0,1000}", text):
        return text
    return default
