"""The one way for all that acts: what is wrong at its field, the exact command, a factor, and done once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser import COOKIE, Desk, accessible, fits, shot
from plain import Plain
from playwright.sync_api import expect
from signing import PASSWORD, App

from holdfast.entrypoints.terminal import screens
from holdfast.entrypoints.terminal.forms import Form, Values, amount, form, text
from serving import House


@form("test.transfer", "act.edit", text("asset"), amount("amount", unit="CSPR"), text("to", label="field.asset"),
      glance="act/glance.html", at={"insufficient_balance": "amount"})  # fmt: skip
def transfer(values: Values) -> dict[str, str]:
    """A transfer, in a form that stands on no page."""
    return {"type": "asset.transfer", **values.given("asset", "amount", "to")}


@pytest.fixture(autouse=True)
def the_form() -> Iterator[Form]:
    """A form of these tests alone."""
    screens.FORMS["test.transfer"] = transfer
    yield transfer
    del screens.FORMS["test.transfer"]


@pytest.fixture
def rich_alice(house: House) -> App:
    house.do("asset.mint", "operator", asset="CSPR", to="alice", amount="1000")
    return App(house, "alice")


def balance(house: House, account: str) -> str:
    held = house.of("alice").get(f"/v1/accounts/{account}").json()["balances"] if account == "alice" else None
    return (
        held["CSPR"] if held is not None else house.of("olga").get(f"/v1/accounts/{account}").json()["balances"]["CSPR"]
    )


def test_without_scripts__form_confirmation_factor_receipt(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&back=/me")
    at.send("/do/preview", f_amount="1,000.5", f_to="bob")
    assert at.form("/do/preview").fields["f.amount"] == "1,000.5"  # kept as it was typed
    assert "more than" in at.text or "holds" in at.text or "balance" in at.text.lower()
    at.send("/do/preview", f_amount="40")
    assert '"amount": "40"' in at.text
    assert "960" in at.text
    at.send("/do/commit", code="000000")
    assert balance(house, "alice") == "1000"
    at.send("/do/commit", code=rich_alice.code())
    assert at.path.startswith("/receipt/t-")
    assert "Done" in at.text
    assert balance(house, "alice") == "960"
    assert balance(house, "bob") == "40"


def test_confirmed_twice__done_once(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&to=bob&amount=1")
    at.send("/do/preview")
    before, cookies = at.form("/do/commit"), dict(at.cookies)
    code = rich_alice.code()
    at.send("/do/commit", code=code)
    receipt = at.path
    again = Plain(house)
    again.cookies = cookies  # the second click of one who was too quick: his browser had no answer yet
    again._read.forms = [before]
    again.send("/do/commit", code=code)
    assert again.path == receipt
    assert balance(house, "bob") == "1"
    at._read.forms = [before]
    at.send("/do/commit")  # the button back, and sent once more, much later
    assert balance(house, "bob") == "1"


def test_the_receipt_of_one_who_goes_back_is_the_same(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&to=bob&amount=1")
    at.send("/do/preview")
    form = at.form("/do/commit")
    at.send("/do/commit", code=rich_alice.code())
    receipt = at.path
    fresh = Plain(house).go("/sign-in")
    fresh.cookies = dict(at.cookies)
    fresh.go("/do/test.transfer")
    form.fields["csrf"] = fresh.form("/do/preview").fields["csrf"]
    fresh._read.forms = [form]
    fresh.send("/do/commit")
    assert fresh.path.partition("?")[0] == receipt.partition("?")[0]
    assert balance(house, "bob") == "1"


def test_other_than_shown__asked_again(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&to=bob&amount=1")
    at.send("/do/preview").send("/do/commit", f_amount="900", code=rich_alice.code())
    assert "something changed" in at.text
    assert '"amount": "900"' in at.text
    assert balance(house, "alice") == "1000"


def test_a_form_with_an_old_token__typed_text_stays(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&to=bob&amount=1")
    at.send("/do/preview", csrf="old")
    assert "grown old" in at.text
    at.send("/do/preview")
    assert "Exactly what is sent" in at.text


def test_a_session_that_has_ended__what_was_typed_waits_for_whoever_is_back(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer?asset=CSPR&back=/me")
    at.send("/do/preview", f_amount="12", f_to="bob")
    before, at.cookies = house.service.head.seq, {COOKIE: "ended"}
    at.send("/do/commit", code=rich_alice.code())
    assert at.status == 401 and "Nothing was done." in at.text and house.service.head.seq == before
    kept = at.form("/do/edit").fields
    assert (kept["f.amount"], kept["f.to"], kept["back"]) == ("12", "bob", "/me")
    assert not {"csrf", "key", "hash", "code"} & kept.keys()
    at.send("/do/edit")
    assert at.status == 401 and at.form("/do/edit").fields == kept
    at.cookies = Plain(house, "alice").cookies
    at.send("/do/edit")
    assert at.form("/do/preview").fields["f.amount"] == "12"
    at.send("/do/preview").send("/do/commit", code=rich_alice.code())
    assert "Done" in at.text


def test_a_session_that_has_ended__no_password_waits_in_the_page(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/me.password")
    at.cookies = {COOKIE: "ended"}
    at.send("/do/preview", f_present=PASSWORD, f_new="another three words")
    assert at.status == 401 and PASSWORD not in at.answer.text and "another three" not in at.answer.text


def test_another_sites_page__refused(house: House, rich_alice: App) -> None:
    at = Plain(house, "alice").go("/do/test.transfer")
    form = at.form("/do/preview")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = at.client.post("/do/preview", data=form.fields, headers=headers | {"Accept": "text/html"})
        assert answer.status_code == 403


def test_without_scripts__each_step_is_a_whole_page(desk: Desk, rich_alice: App) -> None:
    page = desk("alice", "/do/test.transfer?asset=CSPR&amount=5&to=bob", java_script_enabled=False)
    page.get_by_role("button", name="Review").click()
    assert page.get_by_role("heading", level=1).count() == 1
    page.goto("/do/me.recovery")
    page.get_by_role("button", name="Review").click()
    page.locator("#step-up-code").fill(rich_alice.code())
    page.get_by_role("button", name="Confirm", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Recovery codes"
    assert not page.locator("[data-print]").is_visible()


def test_in_a_browser__dialog_glance_step_up(desk: Desk, house: House, rich_alice: App) -> None:
    page = desk("alice", "/do/test.transfer?asset=CSPR")
    desk.window_of(page).allow(r"status of 40[03]")
    page.get_by_label("Amount").fill("5000")
    page.locator("#form-test-transfer-to").fill("bob")
    page.locator(".glance-wrong").wait_for()
    page.get_by_role("button", name="Review").click()
    page.locator("[aria-invalid=true]").wait_for()
    assert page.get_by_label("Amount").input_value() == "5000"
    assert page.get_by_label("Amount").evaluate("one => one === document.activeElement")
    page.get_by_label("Amount").fill("12.5")
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("987.5").first.wait_for()
    accessible(page)
    fits(page)
    shot(page, "confirm-en-1280")
    dialog.get_by_label("Code of your authenticator app").fill(rich_alice.code())
    dialog.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/receipt/"))
    assert page.get_by_role("heading", name="Done").is_visible()
    accessible(page)
    assert balance(house, "bob") == "12.5"
    page.go_back()
    page.get_by_label("Amount").wait_for()


def test_on_a_phone_in_russian(desk: Desk, house: House, rich_alice: App) -> None:
    page = desk("alice", "/do/test.transfer?asset=CSPR&to=bob", lang="ru", width=360, dark=True)
    page.get_by_label("Сумма").fill("1 0,5")
    page.get_by_role("button", name="Проверить").click()
    page.locator("[aria-invalid=true]").wait_for()
    page.get_by_label("Сумма").fill("10,5")
    page.get_by_role("button", name="Проверить").click()
    page.get_by_text("989,5").first.wait_for()
    fits(page)
    accessible(page)
    shot(page, "confirm-ru-360-dark")


def test_a_button_that_is_held_down__does_not_slide_away(desk: Desk, house: House) -> None:
    """What a command would do is shown above the button: it comes in when the button is let go, not in between."""
    page = desk("olga", "/do/command.vault.create?back=/commands")
    button = page.get_by_role("button", name="Review")
    page.get_by_label("Asset").fill("FLUX")
    button.hover()
    page.mouse.down()
    box = button.bounding_box()  # not before: on a slow machine the answer may have come in already
    page.wait_for_timeout(600)  # what it would do has been asked for, and answered, meanwhile
    assert button.bounding_box() == box
    page.mouse.up()
    expect(page.get_by_role("dialog")).to_contain_text("vault.create")
    expect(page.locator(".glance dl")).to_have_count(1)


def test_the_dialog__closed_gives_the_focus_back_to_what_opened_it(desk: Desk, rich_alice: App) -> None:
    page = desk("alice", "/me")
    button = page.get_by_role("button", name="Make fresh ones")
    for fetched_anew in (False, True):
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).wait_for()
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        if fetched_anew:  # as the live parts of a page are, meanwhile
            button.evaluate("one => one.form.replaceWith(one.form.cloneNode(true))")
        page.keyboard.press("Escape")
        expect(button).to_be_focused()


def test_the_dialog__does_not_lose_what_is_shown_only_once(desk: Desk, rich_alice: App) -> None:
    page = desk("alice", "/me")
    page.get_by_role("button", name="Make fresh ones").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#step-up-code").fill(rich_alice.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(dialog.get_by_role("heading", name="Recovery codes")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    page.wait_for_timeout(100)
    codes = dialog.locator(".codes li").all_inner_texts()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == codes
    dialog.get_by_role("link", name="I have kept them").click()
    page.get_by_text("10 left").wait_for()
