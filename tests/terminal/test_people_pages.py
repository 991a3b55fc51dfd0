"""People and webhooks: who may use the desk, and where records are sent."""

from __future__ import annotations

from browser import Desk, looks
from confirming import agree
from plain import Plain
from playwright.sync_api import expect
from signing import App

from holdfast.identity.records import Organisation, Person
from holdfast.identity.webhooks import Webhook
from serving import House
from signed_requests import Signer


def furnish(house: House) -> Signer:
    """An organisation, somebody invited into it, somebody disabled."""
    olga = Signer(house, "olga")
    assert olga("POST", "/v1/organisations", {"name": "acme", "title": "Acme Treasury"}).status_code == 201
    new = {"name": "ivan", "title": "Ivan Petrov", "organisation": "acme",
           "grants": [{"role": "holder", "functions": ["term.*", "own.read"], "until": 1_999_999_999}]}  # fmt: skip
    assert olga("POST", "/v1/people", new).status_code == 201
    assert olga("POST", "/v1/people/paul/disable").status_code == 200
    return olga


def test_people__look(desk: Desk, house: House) -> None:
    furnish(house)
    looks(desk, "olga", "/people", "people")


def test_person__looks(desk: Desk, house: House) -> None:
    furnish(house)
    looks(desk, "olga", "/people/olga", "person")
    looks(desk, "olga", "/do/people.add?back=/people", "person-add")


def test_add_a_person__the_link_is_shown_once(desk: Desk, house: House) -> None:
    furnish(house)
    app = App(house, "olga")
    page = desk("olga", "/people")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name", exact=True).fill("vera")
    page.get_by_label("Shown name").fill("Vera K.")
    page.get_by_label("Organisation").select_option("acme")
    page.get_by_label("auditor").check()
    page.get_by_label("holder").check()
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    link = page.locator("pre", has_text="/invitation#")
    link.wait_for()
    assert link.inner_text().startswith(f"{house.server.origin}/invitation#")
    found = house.office.get(Person, "vera")
    assert found is not None
    assert (found.title, found.organisation) == ("Vera K.", "acme")
    assert {grant.role for grant in found.grants} == {"auditor", "holder"}
    address = link.inner_text()
    page.get_by_role("link", name="I have passed it on").click()
    page.wait_for_url("**/people/vera")
    assert address.partition("#")[2] not in page.content()
    opened = desk("", address)
    expect(opened.get_by_role("heading", level=1)).to_be_visible()


def test_a_name_that_is_taken__told_at_its_field(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/do/people.add?back=/people")
    desk.window_of(page).allow(r"status of 40[09]")
    page.get_by_label("Name", exact=True).fill("alice")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    expect(page.locator(".wrong-text").first).to_be_visible()
    expect(page.get_by_label("Name", exact=True).last).to_have_value("alice")


def test_roles__granted_and_revoked(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/people/nora")
    page.get_by_role("link", name="Grant a role").click()
    form = page.locator("form.act")
    form.get_by_label("Role").select_option("auditor")
    form.get_by_label("Until").fill("2033-01-01")
    form.get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The role is granted.").wait_for()
    grants = {grant.role: grant for grant in house.office.get(Person, "nora").grants}  # type: ignore[union-attr]
    assert grants["auditor"].until == 1_988_150_400
    page.locator("#roles tr", has_text="auditor").get_by_role("button", name="Revoke").click()
    agree(page, app)
    page.get_by_text("The role is revoked.").wait_for()
    left = house.office.get(Person, "nora")
    assert left is not None
    assert "auditor" not in {grant.role for grant in left.grants}


def test_disabled_and_enabled(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/people/alice")
    page.get_by_role("button", name="Disable").click()
    agree(page, app)
    page.get_by_text("This person is let in no more.").wait_for()
    assert house.office.get(Person, "alice").disabled is not None  # type: ignore[union-attr]
    page.get_by_role("button", name="Enable").click()
    agree(page, app)
    page.get_by_text("This person is let in again.").wait_for()
    assert house.office.get(Person, "alice").disabled is None  # type: ignore[union-attr]


def test_invited_again__and_a_key_revoked(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    house.key("alice")
    page = desk("olga", "/people/alice")
    page.get_by_role("button", name="Invite again").click()
    agree(page, app)
    page.locator("pre", has_text="/invitation#").wait_for()
    page.get_by_role("link", name="I have passed it on").click()
    page.locator("#keys").get_by_role("button", name="Revoke").first.click()
    before = len(house.server.api_keys.list("alice"))
    agree(page)
    page.get_by_text("The key is revoked.").wait_for()
    assert len(house.server.api_keys.list("alice")) == before - 1


def test_details_and_organisations__changed(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/people")
    form = page.locator("#add-organisation")
    form.get_by_label("Short name").fill("north")
    form.get_by_label("Shown name").fill("North Desk")
    form.get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The organisation is added.").wait_for()
    assert house.office.get(Organisation, "north") is not None
    page.goto("/people/alice")
    page.locator("#change").get_by_label("Organisation").select_option("north")
    page.locator("#change").get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The details are changed.").wait_for()
    assert house.office.get(Person, "alice").organisation == "north"  # type: ignore[union-attr]


def test_webhooks__added_rotated_replayed_removed(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    looks(desk, "olga", "/webhooks", "webhooks-empty")
    page = desk("olga", "/webhooks")
    page.get_by_role("link", name="Add a webhook").click()
    page.get_by_label("Address").fill("https://hooks.invalid/holdfast")
    page.get_by_label("Commands").fill("vault.* asset.*")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    secret = page.locator("pre", has_text="whsec_")
    secret.wait_for()
    first = secret.inner_text()
    (name, made), *_ = house.office.all(Webhook).items()
    assert (made.url, made.types) == ("https://hooks.invalid/holdfast", ("vault.*", "asset.*"))
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("heading", name="hooks.invalid").wait_for()
    assert first not in page.content()
    page.get_by_role("button", name="Make a new secret").click()
    agree(page, app)
    secret.wait_for()
    assert secret.inner_text() != first
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("link", name="Send again").click()
    page.get_by_label("Up to record").fill("3")
    page.get_by_role("button", name="Review").click()
    agree(page)
    page.get_by_text("These records are sent again").wait_for()
    looks(desk, "olga", "/webhooks", "webhooks")
    page.get_by_role("button", name="Remove").click()
    agree(page)
    page.get_by_text("Nothing more is sent there.").wait_for()
    assert name not in house.office.all(Webhook)


def test_a_webhook_that_was_given_up__says_why_and_is_switched_on(desk: Desk, house: House) -> None:
    olga = Signer(house, "olga")
    made = olga("POST", "/v1/webhooks", {"url": "https://hooks.invalid/holdfast"}).json()["webhook"]["id"]
    house.server.webhooks.failed(made, "hooks.invalid answered 410", gone=True)
    page = desk("olga", "/webhooks", lang="ru", width=360)
    expect(page.get_by_text("выключен")).to_be_visible()
    page.get_by_role("button", name="Включить").click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить", exact=True).click()
    page.get_by_text("Вебхук снова включён").wait_for()
    found = house.office.get(Webhook, made)
    assert found is not None
    assert found.active


def test_ways_to_sign_in__in_words(house: House) -> None:
    App(house, "bob")
    assert "password, app with codes" in Plain(house, "olga").go("/people").text
    assert "пароль, приложение с кодами" in Plain(house, "olga", "ru").go("/people").text
