"""English that slipped into a page of another language: what is left without names, codes and people's own texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

SPOKEN = ("alt", "aria-label", "aria-valuetext", "data-label", "data-done", "placeholder", "title")
"""Attributes that are read or shown."""

SILENT = frozenset(("code", "pre", "script", "style", "svg", "template", "textarea"))
"""Elements that hold no prose: code, and what somebody typed."""

VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "wbr", "source", "col"))

WORD = re.compile(r"(?<![\w@./:=_-])[A-Za-z][a-z]{1,}(?:'[a-z]+)?(?![\w@/:=_-]|\.[a-z*])")
"""A word as prose has them: two letters or more, none of them a capital but the first, no part of a name or address."""


class _Reader(HTMLParser):
    """Collects the pieces of text that people read, each with where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        other = tag == "button" and given.get("name") == "language"  # a language is called as it calls itself
        silent = other or tag in SILENT or given.get("translate") == "no"
        silent = silent or bool(self._open and self._open[-1][1])
        if not silent:
            where = f"<{tag} {given.get('id') or given.get('class') or given.get('name') or ''}>"
            self.pieces += [(f"{where} {name}", given[name]) for name in SPOKEN if given.get(name)]
            if tag == "input" and given.get("type") in ("submit", "button"):
                self.pieces.append((where, given.get("value", "")))
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not (self._open and self._open[-1][1]):
            self.pieces.append((" ".join(one for one, _ in self._open[-3:]), text))


def english(html: str, known: Iterable[str], phrases: Iterable[str] = ()) -> list[str]:
    """The pieces of a page that hold an English word.

    `known` are words that may stand in any language: names; `phrases` whole texts that people have written.
    """
    reader, names = _Reader(), {word.lower() for word in known}
    reader.feed(html)
    written = re.compile("|".join(map(re.escape, phrases)) or r"\Z\A")
    found = []
    for where, text in reader.pieces:
        rest = written.sub("", text)
        words = [word for word in WORD.findall(rest) if word.lower() not in names]
        if words:
            found.append(f"{where}: {text}   <- {', '.join(words)}")
    return list(dict.fromkeys(found))
