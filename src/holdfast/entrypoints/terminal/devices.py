"""What a browser calls itself, in words: the browser and the system, as far as they are well known."""

from __future__ import annotations

BROWSERS = (
    ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("OPR/", "Opera"), ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chromium"), ("Chromium/", "Chromium"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
"""What tells a browser, the particular before what others pretend to be as well: each says it is Safari too."""

SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What tells a system; Android says that it is Linux as well."""


def browser_of(agent: str) -> str:
    """The browser, empty where it is none of the well-known."""
    return next((name for mark, name in BROWSERS if mark in agent), "")


def system_of(agent: str) -> str:
    """The system, empty where it is none of the well-known."""
    return next((name for mark, name in SYSTEMS if mark in agent), "")
