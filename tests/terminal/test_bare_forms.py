"""Forms that somebody opens without the values which a page gives along: what must be there can be filled in."""

from __future__ import annotations

import pytest
from browser import Desk
from plain import Plain
from playwright.sync_api import expect

from holdfast.entrypoints.terminal.command_fields import command_types, fields_of
from holdfast.entrypoints.terminal.forms import Form
from holdfast.entrypoints.terminal.language import LANGUAGES, words
from holdfast.entrypoints.terminal.screens import FORMS, depin_forms, leverage_forms, strategies_forms
from serving import House

OURS = [one for module in (leverage_forms, strategies_forms, depin_forms) for one in vars(module).values()
        if isinstance(one, Form)]  # fmt: skip

NO_NAME = {"added_at", "answer", "challenge", "expected", "hash", "on", "title", "uri", "secret"}
"""Hidden fields that nobody could fill in by hand: a page or a script puts them there."""


def who(form: Form) -> str:
    """Somebody who may send it, by the command that it stands for."""
    holders = ("leverage.open", "leverage.request", "leverage.finalize", "depin.register")
    return "alice" if form.name.startswith(holders) else "olga"


@pytest.mark.parametrize("form", OURS, ids=lambda form: form.name)
def test_opened_without_values__everything_that_must_be_there_can_be_filled_in(rich: House, form: Form) -> None:
    at = Plain(rich, who(form)).go(f"/do/{form.name}")
    assert at.status == 200
    for one in form.fields:
        if one.required and one.kind not in ("check", "select"):
            given = at.form("/do/preview").fields.get(f"f.{one.name}")
            label = f"{'form-' + form.name.replace('.', '-').replace('_', '-')}-{one.name.replace('_', '-')}"
            assert given or f'<label for="{label}">' in at.answer.text, f"{one.name} is nowhere"
    at.send("/do/preview")
    assert at.status < 500, at.text[:300]


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_every_hidden_field__has_a_label_to_be_shown_with(form: Form) -> None:
    for one in form.fields:
        if one.kind == "hidden" and one.required and not one.default and one.name not in NO_NAME:
            for language in LANGUAGES:
                assert f"field.{one.name}" in words(language)


def test_finalize__of_ones_own_position_names_nobody(rich: House) -> None:
    at = Plain(rich, "alice").go("/do/leverage.finalize_close_position").send("/do/preview")
    assert "request its close first" in at.text
    assert "f.holder.shown" not in at.answer.text


def test_what_was_typed_into_a_field_that_is_hidden_elsewhere__can_be_mended(desk: Desk, house: House) -> None:
    house.do("depin.add_network", "operator", network="net", reward_asset="FLUX", epoch_seconds=600,
             emission_per_epoch="100")  # fmt: skip
    page = desk("kira", "/do/depin.close_epoch?back=/depin")
    page.get_by_role("button", name="Review").click()
    wrong = page.locator(".field.wrong")
    expect(wrong).to_contain_text("Network")
    page.get_by_label("Network").fill("nte")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_label("Network")).to_have_value("nte")
    expect(wrong).to_contain_text("nte")
    house.later(600)
    page.get_by_label("Network").fill("net")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("dialog")).to_contain_text("depin.close_epoch")
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    page.wait_for_url("**/receipt/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_commands_and_their_fields__are_words(language: str) -> None:
    said = words(language)  # type: ignore[arg-type]
    names = {f"field.{one.name}" for kind in command_types() for one in fields_of(kind)}
    names |= {f"commands.{kind}" for kind in command_types()}
    assert sorted(names - set(said)) == []
