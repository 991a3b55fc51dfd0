"""Webhooks in the terminal against a real receiver: a test is sent and its result shown, and records arrive."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from browser import Desk, accessible, fits, looks, shot
from plain import Plain
from playwright.sync_api import Page, expect
from signing import App

from holdfast.identity import webhook_signatures
from receiving import Receiver
from serving import House
from signed_requests import Signer


@pytest.fixture
def house_settings() -> dict[str, Any]:
    """Webhooks may stay in the own network, where the receiver is."""
    return {"webhooks_to_private": True}


def added(desk: Desk, house: House, receiver: Receiver) -> tuple[Page, str]:
    """A webhook made in the browser, and the secret that was shown for it."""
    app = App(house, "olga")
    page = desk("olga", "/webhooks")
    page.get_by_role("link", name="Add a webhook").click()
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("authenticator app").fill(app.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    secret = page.locator("pre", has_text="whsec_").inner_text()
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("heading", name=receiver.url).wait_for()
    return page, secret


def send_a_test(page: Page) -> None:
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_role("dialog").get_by_role("heading", name="The test").wait_for()


def test_send_a_test__arrives_signed_and_its_result_is_shown(desk: Desk, house: House, receiver: Receiver) -> None:
    page, secret = added(desk, house, receiver)
    send_a_test(page)
    result = page.get_by_role("dialog")
    expect(result).to_contain_text("The endpoint took it.")
    accessible(page)
    fits(page)
    shot(page, "webhook-tried")
    ((headers, body),) = receiver.got
    assert json.loads(body)["type"] == "webhook.test"
    assert webhook_signatures.verify(
        [secret], headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], body,
        now=house.clock.now,
    )  # fmt: skip
    result.get_by_role("link", name="Close").click()
    page.wait_for_url("**/webhooks")


def test_send_a_test__refused_there__says_what_it_answered_and_counts_for_nothing(
    desk: Desk, house: House, receiver: Receiver
) -> None:
    page, _ = added(desk, house, receiver)
    receiver.statuses = [503]
    send_a_test(page)
    expect(page.get_by_role("alert")).to_contain_text("localhost answered 503.")
    accessible(page)
    shot(page, "webhook-tried-refused")
    page.get_by_role("dialog").get_by_role("link", name="Close").click()
    page.get_by_role("heading", name=receiver.url).wait_for()
    (shown,) = house.of("olga").get("/v1/webhooks").json()
    assert (shown["failures"], shown["active"]) == (0, True)


def test_send_a_test__nobody_there__says_so_in_russian_on_a_phone(desk: Desk, house: House, receiver: Receiver) -> None:
    Signer(house, "olga")("POST", "/v1/webhooks", {"url": receiver.url})
    receiver.close()
    page = desk("olga", "/webhooks", lang="ru", width=360)
    page.get_by_role("button", name="Отправить проверку").click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Получатель её не принял: С localhost не удалось связаться")
    fits(page)
    accessible(page)
    shot(page, "webhook-tried-nobody-ru-360")


def test_records__arrive_as_they_happen_and_the_page_tells_how_far(
    desk: Desk, house: House, receiver: Receiver
) -> None:
    page, _ = added(desk, house, receiver)
    house.do("vault.create", "operator", asset="FLUX")
    house.do("faucet.drip", "alice", asset="FLUX", amount="10")
    end = time.monotonic() + 10
    while len(receiver.got) < 2:
        assert time.monotonic() < end, "they did not arrive"
        time.sleep(0.01)
    assert receiver.types() == ["vault.create", "faucet.drip"]
    while house.of("olga").get("/v1/webhooks").json()[0]["cursor"] < house.service.head.seq:
        assert time.monotonic() < end, "it was not kept how far they were taken"
        time.sleep(0.01)
    page.reload()
    taken = page.locator(".pair", has_text="Taken up to record")
    expect(taken).to_contain_text(f"{house.service.head.seq} has everything")
    looks(desk, "olga", "/webhooks", "webhooks-taken")


def test_what_an_endpoint_did_wrong__in_the_readers_language(desk: Desk, house: House, receiver: Receiver) -> None:
    made = Signer(house, "olga")("POST", "/v1/webhooks", {"url": receiver.url}).json()["webhook"]["id"]
    for error, shown in (
        ("hooks.invalid answered 500", "hooks.invalid: ответ 500."),
        ("hooks.invalid: no such host", "Узла hooks.invalid нет."),
        ("10.0.0.1: its address lies inside a network, which the settings do not allow",
         "10.0.0.1 находится во внутренней сети, а настройки этого не разрешают."),
        ("something new", "something new"),
    ):  # fmt: skip
        house.server.webhooks.failed(made, error)
        page = Plain(house, "olga", lang="ru").go("/webhooks")
        assert shown in page.text
