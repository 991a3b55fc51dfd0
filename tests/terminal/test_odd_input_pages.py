"""Odd input into the calculators: the message stands at the field, says what to do, and what was typed stays."""

from __future__ import annotations

import re

import pytest
from browser import Desk, accessible, fits, shot
from plain import Plain
from playwright.sync_api import Page, expect

from serving import House

ODD = ("", "0", "1e9", "-5", "abc", "9" * 40, "1.1234567890123", "\uff15")
"""Nothing, nothing worth it, an exponent, less than nothing, no number, 40 digits, too many behind the point, a digit
of another alphabet."""

AMOUNT = {"en": "Write an amount in digits, like 1000.5", "ru": "Напишите сумму цифрами, например 1000,5"}
EMPTY = {"en": "Fill this in.", "ru": "Заполните это поле."}


def typed(page: Page, field: str, text: str) -> str:
    """What stands at a field a moment after something was typed into it; the text stays, the field is marked."""
    with page.expect_response(re.compile("/quote|/plan|/vaults/FLUX")):
        page.locator(field).fill(text)
    page.wait_for_timeout(50)
    said = page.locator(f"{field}-wrong")
    expect(said).not_to_be_empty()
    expect(page.locator(field)).to_have_attribute("aria-invalid", "true")
    assert page.locator(field).input_value() == text
    assert f"{field[1:]}-wrong" in (page.locator(field).get_attribute("aria-describedby") or "")
    return said.inner_text()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_stake_calculator(rich_desk: Desk, lang: str) -> None:
    page = rich_desk("alice", "/term", lang=lang)
    said = {text: typed(page, "#calc-amount", text) for text in ODD}
    assert said[""] == EMPTY[lang]
    for text in ("1e9", "-5", "abc", "\uff15"):
        assert AMOUNT[lang] in said[text]
    assert "100" in said["0"]  # the smallest stake
    assert "9" in said["1.1234567890123"]  # so many digits behind the point
    expect(page.locator("#quote .figures")).to_have_count(0)
    accessible(page)
    fits(page)
    shot(page, f"odd-term-{lang}")
    page.locator("#calc-amount").fill("15000")
    expect(page.locator("#quote .figures")).to_have_count(1)
    expect(page.locator("#calc-amount-wrong")).to_be_empty()
    assert page.locator("#calc-amount").get_attribute("aria-invalid") is None


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_exit_planner(rich_desk: Desk, lang: str) -> None:
    page = rich_desk("alice", "/vaults/FLUX", lang=lang, width=360)
    said = {text: typed(page, "#exit-shares", text) for text in ODD if text}
    for text in ("1e9", "-5", "abc", "\uff15"):
        assert AMOUNT[lang] in said[text]
    assert "8" in said["1.1234567890123"]
    assert typed(page, "#exit-shares", "999999")  # more than one has
    accessible(page)
    fits(page)
    shot(page, f"odd-exit-{lang}")
    page.locator("#exit-shares").fill("")  # all of them
    expect(page.locator("#ways .way").first).to_be_visible()
    expect(page.locator("#exit-shares-wrong")).to_be_empty()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_leverage_opener(rich_desk: Desk, lang: str) -> None:
    page = rich_desk("alice", "/leverage", lang=lang)
    said = {text: typed(page, "#open-deposit", text) for text in ODD if text != "9" * 40}  # a large u512 it is
    assert said[""] == EMPTY[lang]
    for text in ("1e9", "-5", "abc", "\uff15"):
        assert AMOUNT[lang] in said[text]
    page.locator("#open-deposit").fill("9" * 100)
    page.locator("#open-deposit").fill("500")
    expect(page.locator("#open-deposit-wrong")).to_be_empty()
    assert "100" in typed(page, "#open-reward", "abc")
    expect(page.locator("#open-deposit-wrong")).to_be_empty()
    accessible(page)
    shot(page, f"odd-leverage-{lang}")


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_planner(rich_desk: Desk, lang: str) -> None:
    page = rich_desk("olga", "/strategies/FLUX", lang=lang)
    assert "BENQI=40" in typed(page, "#plan-limits", "BENQI")
    page.locator("#plan-limits").fill("")
    assert "100" in typed(page, "#plan-horizon", "0")
    page.locator("#plan-horizon").fill("90")
    assert "100" in typed(page, "#plan-buffer", "x")
    expect(page.locator("#plan-horizon-wrong")).to_be_empty()
    accessible(page)


@pytest.mark.parametrize(
    ("path", "field"),
    [("/term?amount=abc", "calc-amount"), ("/vaults/FLUX?shares=-1", "exit-shares"),
     ("/leverage?deposit=1e9", "open-deposit")],
)  # fmt: skip
def test_without_scripts__it_stands_at_the_field_too(rich: House, path: str, field: str) -> None:
    at = Plain(rich, "alice", lang="ru").go(path)
    assert at.status == 200
    place = at.answer.text.index(f'id="{field}-wrong"')
    assert AMOUNT["ru"] in at.answer.text[place : place + 400]
    assert 'aria-invalid="true"' in at.answer.text[place - 700 : place]
    assert path.partition("=")[2] in at.answer.text[place - 700 : place]


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize(
    ("form", "fields", "wrong"),
    [
        ("term.stake", {"f_amount": "1.1234567890123"}, "9"),
        ("vault.deposit?vault=FLUX", {"f_assets": "9" * 40}, ""),
        ("leverage.open_position", {"f_deposit": "500", "f_leverage": "9" * 40}, ""),
        ("me.key.add", {"f_title": "bot", "f_expires": "2026-02-31"}, "2026-12-31"),
    ],
)
def test_forms__at_the_field_and_kept(rich: House, lang: str, form: str, fields: dict[str, str], wrong: str) -> None:
    at = Plain(rich, "alice", lang=lang).go(f"/do/{form}")
    at.send("/do/preview", **fields)
    *_, (name, text) = fields.items()
    place = at.answer.text.index('aria-invalid="true"')
    assert f'name="f.{name.removeprefix("f_")}"' in at.answer.text[place - 300 : place]
    assert f'value="{text}"' in at.answer.text[place - 300 : place]
    said = at.answer.text[place : place + 900]
    assert 'class="wrong-text"' in said and wrong in said
