"""What browsers call themselves, in words."""

from __future__ import annotations

import pytest
from plain import Plain

from holdfast.entrypoints.terminal.devices import browser_of, system_of
from holdfast.identity.records import Where
from serving import House

LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
PIXEL = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (LINUX + "HeadlessChrome/126.0.0.0 Safari/537.36", "Chromium", "Linux"),
        (PIXEL + "Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (WINDOWS + "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
         "Edge", "Windows"),
        (WINDOWS + "Gecko/20100101 Firefox/127.0", "Firefox", "Windows"),
        (MAC + "Version/17.5 Safari/605.1.15", "Safari", "macOS"),
        (IPHONE + "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "Chrome", "iOS"),
        (LINUX + "Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36", "Yandex Browser", "Linux"),
        ("holdfast/1.0", "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_well_known_names(agent: str, browser: str, system: str) -> None:
    assert (browser_of(agent), system_of(agent)) == (browser, system)


def test_sessions__told_in_words_and_in_full_where_one_asks(house: House) -> None:
    agent = LINUX + "HeadlessChrome/126.0.0.0 Safari/537.36"
    for one in (agent, "curl/8.5.0", ""):
        with house.office.write() as t:
            house.server.sessions.open(t, "alice", "full", "totp", Where("127.0.0.1", one))
    for lang, words in (("en", "Chromium on Linux"), ("ru", "Chromium на Linux")):
        at = Plain(house, "alice", lang=lang).go("/me")
        assert words in at.text and "curl/8.5.0" in at.text
        assert "AppleWebKit" not in at.text and f'title="{agent}"' in at.answer.text
