"""Words: every text of the pages in every language, by key, with plurals, and which language a browser wants.

`words/<language>/<topic>.toml` holds the topic's texts: `title` in `vaults.toml` has the key `vaults.title`. A text
that counts is a table of plural forms: `{ one = "{n} vault", other = "{n} vaults" }`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: dict[Language, str] = {"en": "English", "ru": "Русский"}

FORMS: dict[Language, tuple[str, ...]] = {"en": ("one", "other"), "ru": ("one", "few", "many")}
"""The plural forms that a text has in each language."""

FOLDER = Path(__file__).parent / "words"

Words = Mapping[str, str | Mapping[str, str]]


@cache
def words(language: Language) -> Words:
    """All texts of a language by key."""
    found: dict[str, str | Mapping[str, str]] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        for key, text in tomllib.loads(path.read_text("utf-8")).items():
            found[f"{path.stem}.{key}"] = text
    return found


def plural(language: Language, n: int) -> str:
    """Which form a number takes.

    Source: CLDR plural rules for whole numbers. Russian: 1, 21, 31 … one; 2-4, 22-24 … few; all others many.
    """
    n = abs(n)
    if language == "en":
        return "one" if n == 1 else "other"
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def say(language: Language, key: str, /, **values: object) -> str:
    """A text in a language, `{name}` in it replaced; `n` chooses the plural form.

    Raises: KeyError for a key that there is not.
    """
    text = words(language)[key]
    if not isinstance(text, str):
        counted = values.get("n", 0)
        text = text[plural(language, counted if isinstance(counted, int) else int(str(counted)))]
    return text.format_map(values) if values else text


def has(language: Language, key: str) -> bool:
    """Whether there is such a text."""
    return key in words(language)


def preferred(accept: str, chosen: str = "") -> Language:
    """The language that somebody chose, else the best of what the browser asks for, else English."""
    for language in LANGUAGES:
        if language == chosen:
            return language
    wanted: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept[:500].split(",")):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        known = [language for language in LANGUAGES if tag.lower().partition("-")[0] == language and weight > 0]
        wanted.extend((-weight, place, language) for language in known)
    return min(wanted)[2] if wanted else "en"
