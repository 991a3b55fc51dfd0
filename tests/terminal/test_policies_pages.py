"""Policies in the pages: rules as sentences, the editor, trials, versions, groups and the address book."""

from __future__ import annotations

import pytest
from browser import Desk, fits, looks
from plain import Plain
from playwright.sync_api import Page, expect
from signing import App

from holdfast.entrypoints.terminal.command_fields import command_types, fields_of
from holdfast.entrypoints.terminal.language import LANGUAGES, words
from holdfast.entrypoints.terminal.rule_forms import document_of, draft_of
from holdfast.entrypoints.terminal.rule_words import differing
from holdfast.entrypoints.terminal.toml_text import from_text, to_toml
from serving import House
from signed_requests import Signer

RULES = {
    "rules": [
        {"name": "roles decide", "action": "allow"},
        {"name": "large payments", "action": "require_approvals", "commands": ["asset.transfer", "vault.*"],
         "accounts": ["operator"], "assets": ["FLUX"], "counterparties": ["address_book"], "who": ["role:operator"],
         "per_command": {"above": "100", "up_to": "5000.5"},
         "per_period": {"above": "1000", "seconds": 86400, "per": "account"},
         "attested": [{"of": "counterparty", "kind": "kyc", "jurisdictions": ["DE", "FR"], "lacking": True}],
         "approvals": [{"group": "approvers", "count": 1}]},
        {"name": "no burning", "action": "block", "commands": ["asset.burn"]},
    ],
    "tolerance_bps": 50,
}  # fmt: skip


@pytest.fixture
def olga(house: House) -> Signer:
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="5000")
    house.do("asset.transfer", "operator", asset="FLUX", to="alice", amount="500")
    made = Signer(house, "olga")
    made("PUT", "/v1/groups/approvers", {"members": ["paul"], "title": "Treasury"})
    assert made("PUT", "/v1/policies", {"policies": RULES, "expected": 1}).status_code == 200
    return made


def test_text_and_form__say_the_same(house: House) -> None:
    olga = house.of("olga")
    for document in (RULES, *(one["policies"] for one in olga.get("/v1/policies/presets").json())):
        plain = olga.post("/v1/policies/check", json=document).json()
        plain.pop("groups", None)
        assert olga.post("/v1/policies/check", json=document_of(draft_of(plain))).json() == plain
        assert from_text(to_toml(plain)) == plain


def test_differences__added_removed_changed_moved() -> None:
    a, b, c = ({"name": name, "action": "allow"} for name in "abc")
    found = differing({"rules": [a, b, c]}, {"rules": [c, {**a, "action": "block"}, {"name": "d", "action": "block"}],
                                             "tolerance_bps": 5})  # fmt: skip
    told = {one.name: one.kind for one in found.pieces}
    assert told == {"a": "changed", "b": "removed", "c": "moved", "d": "added"}
    assert found.settings == (("tolerance_bps", 0, 5),) and not found.same
    assert differing({"rules": [a]}, {"rules": [{**a, "who": ["*"]}]}).same


def test_policies__looks(desk: Desk, house: House, olga: Signer) -> None:
    looks(desk, "olga", "/policies", "policies")


def _unfold(page: Page) -> None:
    page.locator("[data-rule='1'] summary").click()


def test_editor__looks(desk: Desk, house: House, olga: Signer) -> None:
    looks(desk, "olga", "/policies/edit", "policies-edit", _unfold)


def test_editor__a_rule_added_checked_moved_and_put_in_force(desk: Desk, house: House, olga: Signer) -> None:
    app = App(house, "olga")
    page = desk("olga", "/policies/edit")
    page.get_by_role("button", name="Add a rule").click()
    name = page.locator("#r3-name")
    expect(name).to_be_focused()
    expect(page.locator("#checked")).to_contain_text("Rule 4")
    name.fill("big mints")
    page.locator("#r3-commands").fill("asset.mint asset.nonsense")
    page.locator("[name='r3.approvals0.group']").select_option("approvers")
    page.locator("#r3-once_above").fill("1,000")
    page.locator("#r3-once_up_to").fill("")
    expect(page.locator("#checked")).to_contain_text("Rule 4: Commands")
    page.locator("#checked a").click()
    expect(page.locator("#r3-commands")).to_be_focused()
    page.locator("#r3-commands").fill("asset.mint")
    page.locator("#r3-name").focus()
    expect(page.locator("#checked")).to_contain_text("Nothing is wrong")
    expect(page.locator("#sentence-3")).to_contain_text("more than 1,000 at once")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#r2-up")).to_be_focused()
    expect(page.locator("#r2-name")).to_have_value("big mints")
    page.get_by_role("button", name="Review and put in force").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("li.added")).to_contain_text("big mints")
    dialog.get_by_label("authenticator app").fill(app.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(dialog).to_contain_text("Version 3 is in force")
    dialog.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/policies")
    rules = house.of("anna").get("/v1/policies").json()["policies"]["rules"]
    assert [one["name"] for one in rules] == ["roles decide", "large payments", "big mints", "no burning"]
    assert rules[2]["per_command"] == {"above": "1000"}
    looks(desk, "anna", "/policies/history/3", "policies-version")


def test_editor__as_text_and_what_is_wrong_in_it(desk: Desk, house: House, olga: Signer) -> None:
    page = desk("olga", "/policies/edit", lang="ru", width=360)
    page.get_by_role("button", name="Текстом").click()
    text = page.locator("#policy-text")
    expect(text).to_have_value(to_toml(house.of("olga").get("/v1/policies").json()["policies"]))
    text.fill('[[rules]]\nname = "x"\naction = "perhaps"\n')
    page.get_by_role("button", name="Формой").click()
    expect(page.locator("#checked")).to_contain_text("action")
    expect(page.locator("#checked")).to_contain_text("Правило 1")
    expect(page.locator("#checked")).to_contain_text("Выберите одно из: allow, block, require_approvals")
    expect(page.locator("#policy-text")).to_have_value('[[rules]]\nname = "x"\naction = "perhaps"')
    page.locator("#policy-text").fill('{"rules": [{"name": "x", "action": "block"}]}')
    page.get_by_role("button", name="Формой").click()
    expect(page.locator("#r0-name")).to_have_value("x")
    fits(page)


def test_editor__without_scripts(house: House, olga: Signer) -> None:
    app = App(house, "olga")
    at = Plain(house, "olga").go("/policies/edit?preset=four_eyes")
    form = at.form("policy-form")
    assert form.fields["r1.once_above"] == "1000"
    at.send("policy-form", op="up:1") if "op" in form.fields else _press(at, "up:1")
    assert at.form("policy-form").fields["r0.name"] == "large payments of the desk"
    _press(at, "install")
    assert "Exactly what is sent" in at.text
    at.send("/do/commit", code=app.code())
    assert house.of("anna").get("/v1/policies").json()["version"] == 3


def _press(at: Plain, op: str) -> None:
    at.form("policy-form").fields["op"] = op
    at.send("policy-form")


def test_trial__rule_by_rule(desk: Desk, house: House, olga: Signer) -> None:
    page = desk("olga", "/policies/try")
    page.locator("#c-type").select_option("asset.transfer")
    page.get_by_label("For this account").fill("operator")
    page.locator("#c-asset").fill("FLUX")
    page.locator("#c-to").fill("alice")
    page.locator("#c-amount").fill("500")
    page.get_by_role("button", name="Try it").click()
    said = page.locator("#trial-said")
    expect(said.locator(".verdict")).to_contain_text("It would pass")
    expect(said.locator("li", has_text="large payments")).to_contain_text("account of the address book")
    expect(said.locator("li", has_text="no burning")).to_contain_text("Speaks of")
    page.get_by_label("As this person").fill("alice")
    page.get_by_label("For this account").fill("alice")
    page.get_by_role("button", name="Try it").click()
    expect(said.locator("li", has_text="large payments")).to_contain_text("not for alice")

    def fill(one: Page) -> None:
        one.locator("#c-type").select_option("asset.burn")
        one.locator("#c-amount").fill("1")
        one.locator("#c-asset").fill("FLUX")
        one.locator("[value=simulate]").click()
        one.locator(".verdict").wait_for()

    looks(desk, "olga", "/policies/try", "policies-try", fill)


def test_back_test__progress_and_what_would_have_gone_otherwise(desk: Desk, house: House, olga: Signer) -> None:
    for _ in range(30):
        house.do("asset.transfer", "operator", asset="FLUX", to="bob", amount="10")
    page = desk("olga", "/policies/edit")
    page.locator("#r0-down").click()
    expect(page.locator("#r1-down")).to_be_focused()
    page.get_by_role("button", name="Text").click()
    page.locator("#policy-text").fill(to_toml({"rules": [
        {"name": "all but transfers", "action": "block", "commands": ["asset.transfer"]},
        {"name": "rest", "action": "allow"}]}))  # fmt: skip
    page.get_by_role("button", name="Try on all that has happened").click()
    report = page.locator("#report")
    expect(report.locator("tbody tr").first).to_contain_text("all but transfers")
    expect(report.get_by_text("Next page")).to_be_visible()
    rows = report.locator("table").nth(1).locator("tbody tr")
    assert rows.count() == 25
    report.get_by_text("Next page").click()
    expect(rows).to_have_count(6)
    path = page.locator("#report a").first.get_attribute("href") or ""
    job = house.server.jobs._jobs[next(iter(house.server.jobs._jobs))]
    assert path and job.by == "olga"
    looks(desk, "olga", f"/policies/back-test/{job.id}", "policies-back-test")


def test_history_groups_addresses__look(desk: Desk, house: House, olga: Signer) -> None:
    paul = Signer(house, "paul")
    seen = olga("PUT", "/v1/address-book/custodian", {"label": "Cold storage", "assets": ["FLUX"]}).json()
    olga("PUT", "/v1/address-book/exchange", {"label": "Exchange"})
    paul("POST", "/v1/address-book/custodian/confirm", {"added_at": seen["added_at"]})
    looks(desk, "olga", "/policies/history", "policies-history")
    looks(desk, "olga", "/policies/groups", "policies-groups")
    looks(desk, "olga", "/policies/addresses", "policies-addresses")


def test_address__entered_by_one_confirmed_by_another_then_cooling(desk: Desk, house: House, olga: Signer) -> None:
    mine, his = App(house, "olga"), App(house, "paul")
    page = desk("olga", "/policies/addresses")
    page.get_by_label("Account", exact=True).fill("custodian")
    page.get_by_label("Whose it is").fill("Cold storage")
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("authenticator app").fill(mine.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.locator("#addresses")).to_contain_text("waits for a second person")
    assert page.locator("#addresses").get_by_role("button", name="Confirm").count() == 0
    other = desk("paul", "/approvals")
    other.locator("#addresses").get_by_role("button", name="Confirm").click()
    dialog = other.get_by_role("dialog")
    dialog.get_by_label("authenticator app").fill(his.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    other.wait_for_url("**/policies/addresses")
    expect(other.locator("#addresses time[data-countdown]")).to_contain_text("in 23 h")
    assert house.of("anna").get("/v1/address-book").json()[0]["confirmed_by"] == "paul"


def test_group__made_and_changed(desk: Desk, house: House, olga: Signer) -> None:
    app = App(house, "olga")
    page = desk("olga", "/policies/groups")
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("paul")).to_be_checked()
    page.get_by_label("olga").check()
    fits(page)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("li.added")).to_contain_text("olga")
    dialog.get_by_label("authenticator app").fill(app.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(dialog).to_contain_text("olga, paul")
    assert house.of("anna").get("/v1/groups").json()[0]["members"] == ["olga", "paul"]


def test_no_permission__said(desk: Desk, house: House) -> None:
    page = desk("alice", "/policies")
    desk.window_of(page).allow("403")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is not open to you")


def test_all_commands__look_and_refusals_at_their_fields(desk: Desk, house: House) -> None:
    looks(desk, "olga", "/commands", "commands")
    page = desk("olga", "/do/command.strategy.add")
    desk.window_of(page).allow("status of 4")
    fits(page)
    page.get_by_label("Vault", exact=True).fill("NONE")
    page.get_by_label("Strategy").fill("lend")
    page.get_by_label("Protocol").fill("BENQI")
    page.get_by_label("Yield curve").fill("not JSON")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("name", "f.cap")
    assert page.get_by_label("Yield curve").input_value() == "not JSON"


def test_every_command_has_its_words() -> None:
    for language in LANGUAGES:
        known = words(language)
        for kind in command_types():
            assert f"commands.{kind}" in known
            assert not [one.name for one in fields_of(kind) if f"field.{one.name}" not in known]
