"""What a page is: a path, its template, who may see it, and where it stands in the navigation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec import Struct

from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC, SIGNED_IN

if TYPE_CHECKING:
    from holdfast.entrypoints.terminal.visit import Visit

__all__ = ["ENROLLING", "NAVIGATION", "PUBLIC", "SIGNED_IN", "Bytes", "Entry", "Page", "Redirect", "Shown", "action",
           "page", "pages_of", "table"]  # fmt: skip

Context = dict[str, Any]


class Shown(Struct, frozen=True):
    """An answer that is more than a context: another template or status, headers for htmx."""

    context: Context
    template: str = ""
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Redirect(Struct, frozen=True):
    """On to another page; `said` is the key of a text that stands on top of it, once."""

    to: str
    said: str = ""


class Bytes(Struct, frozen=True):
    """A file to be kept."""

    body: bytes
    kind: bytes
    name: str = ""


Answer = Context | Shown | Redirect | Bytes
Handler = Callable[["Visit"], Awaitable[Answer]]


class Page(Struct, frozen=True):
    """One page, or with POST something that a form does.

    `needs` as of a route: a function, PUBLIC, SIGNED_IN or ENROLLING. `title` is the key of its title. `nav` is the
    key of the entry in the navigation that it belongs to. `past`: whether it can be looked at as of a past moment.
    """

    method: Literal["GET", "POST"]
    path: str
    answer: Handler
    needs: str
    template: str = ""
    title: str = ""
    nav: str = ""
    past: bool = False
    part_of: str = ""

    @property
    def name(self) -> str:
        """What metrics call it."""
        return "page_" + str(getattr(self.answer, "__name__", ""))


def page(
    path: str, template: str, *, title: str, needs: str = SIGNED_IN, nav: str = "", past: bool = True, part_of: str = ""
) -> Callable[[Handler], Page]:
    """Declare a page: the decorated handler gives the template's context."""

    def made(answer: Handler) -> Page:
        return Page("GET", path, answer, needs, template, title, nav, past, part_of)

    return made


def action(path: str, *, needs: str = SIGNED_IN, template: str = "", title: str = "") -> Callable[[Handler], Page]:
    """Declare what a form does when it is sent: usually it ends in a redirect."""

    def made(answer: Handler) -> Page:
        return Page("POST", path, answer, needs, template, title)

    return made


class Entry(NamedTuple):
    """An entry of the navigation: shown to those who have one of the functions, where its page is there."""

    key: str
    path: str
    needs: tuple[str, ...] = ()
    icon: str = ""


NAVIGATION: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("overview", "/", (), "home"),)),
    ("earn", (
        Entry("vaults", "/vaults", ("public.read",), "vault"),
        Entry("term", "/term", ("own.read",), "clock"),
        Entry("leverage", "/leverage", ("own.read",), "lever"),
        Entry("depin", "/depin", ("own.read",), "chip"),
        Entry("strategies", "/strategies", ("public.read",), "branch"),
    )),
    ("govern", (
        Entry("approvals", "/approvals", (), "check"),
        Entry("policies", "/policies", ("policy.read",), "shield"),
        Entry("compliance", "/compliance", ("compliance.read",), "scale"),
        Entry("people", "/people", ("people.manage",), "people"),
        Entry("webhooks", "/webhooks", ("webhook.manage",), "hook"),
        Entry("commands", "/commands", ("own.read",), "list"),
    )),
    ("look", (Entry("audit", "/audit", ("audit.read", "desk.read", "own.read"), "search"),)),
)  # fmt: skip
"""The whole navigation in its groups."""


def pages_of(*modules: ModuleType) -> tuple[Page, ...]:
    """All pages that these modules declare."""
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Page))


class table:  # noqa: N801 - reads as what it is
    """Pages by path: plain paths first, then those with names in them, in their order."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._plain: dict[str, dict[str, Page]] = {}
        self._named: list[tuple[re.Pattern[str], dict[str, Page]]] = []
        named: dict[str, dict[str, Page]] = {}
        for one in pages:
            where = named if "{" in one.path else self._plain
            methods = where.setdefault(one.path, {})
            if one.method in methods:
                raise ValueError(f"two pages at {one.method} {one.path}")
            methods[one.method] = one
        for path, methods in named.items():
            self._named.append((re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9@._:-]{1,128})", path)), methods))

    def find(self, path: str) -> tuple[dict[str, Page], dict[str, str]] | None:
        """The pages at a path by method, and the names in it."""
        if path in self._plain:
            return self._plain[path], {}
        for pattern, methods in self._named:
            if found := pattern.fullmatch(path):
                return methods, found.groupdict()
        return None

    def __contains__(self, path: str) -> bool:
        return self.find(path) is not None
