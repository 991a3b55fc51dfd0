"""Leverage in the browser: the opener, a position from opening to its end, the reserve, validators, liquidation."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits, looks, shot
from confirming import QUICK, confirm
from plain import Plain
from signing import App

from holdfast.entrypoints.terminal.screens.leverage_forms import left_of
from serving import House


@pytest.fixture
def funded(house: House) -> House:
    """A validator, a reserve, and alice with CSPR."""
    for holder, amount in (("alice", "2000"), ("bob", "2000"), ("operator", "100000")):
        house.do("asset.mint", "operator", asset="CSPR", to=holder, amount=amount)
    house.do("validator.register", "operator", validator="v1", commission_bps=500)
    house.do("leverage.provide_reserve", "operator", amount="50000")
    return house


@pytest.mark.parametrize(("person", "path", "name"), [
    ("alice", "/leverage", "leverage"), ("bob", "/leverage?deposit=100&leverage=5&slash=1000&reward=8&validator=v1",
     "leverage-unbonding"), ("olga", "/leverage/validators", "leverage-validators"),
    ("olga", "/leverage/positions", "leverage-positions"),
])  # fmt: skip
def test_looks(rich_desk: Desk, person: str, path: str, name: str) -> None:
    looks(rich_desk, person, path, name)


def test_looks_empty(desk: Desk) -> None:
    for person, path in (("bob", "/leverage"), ("olga", "/leverage/validators"), ("olga", "/leverage/positions")):
        page = desk(person, path)
        fits(page)
        accessible(page)
        shot(page, path.strip("/").replace("/", "-") + "-empty")
        page.context.close()


def test_opener__the_server_reckons_while_one_slides(desk: Desk, funded: House) -> None:
    page = desk("alice", "/leverage")
    desk.window_of(page).allow(QUICK)
    answer = page.locator("#quote")
    page.get_by_label("Deposit in CSPR").fill("200")
    slider = page.get_by_role("slider", name="Leverage")
    slider.focus()
    slider.press("End")
    answer.get_by_role("heading", name="At 5×").wait_for()
    answer.get_by_text("1,000").first.wait_for()
    for text in ("800", "80 %", "106.25 %", "941.1764", "5.89 %"):
        assert text in answer.inner_text().replace("\u00a0", " "), text
    slash = page.get_by_label("What if the validator is slashed by")
    slash.focus()
    slash.press("Home")
    answer.get_by_text("would stay open").wait_for()
    for _ in range(12):
        slash.press("ArrowRight")
    answer.get_by_text("Anybody could liquidate").wait_for()
    answer.get_by_text("After a slash of 6 %").wait_for()
    page.get_by_label("Rewards that you expect").fill("8.5")
    answer.get_by_text("42.5 % of the deposit").wait_for()
    assert page.locator("#health canvas").count() == 1
    page.get_by_label("Deposit in CSPR").fill("nonsense")
    page.locator("#open-deposit-wrong").get_by_text("Write an amount in digits").wait_for()
    assert page.get_by_label("Deposit in CSPR").input_value() == "nonsense"


def test_opener_without_scripts_and_in_russian(house: House, funded: House) -> None:
    at = Plain(house, "alice", lang="ru").go("/leverage?deposit=1 000&leverage=4&slash=2000&validator=v1&reward=7,5")
    assert "4 000 CSPR" in at.text
    assert "смог бы ликвидировать" in at.text
    assert at.go("/leverage?deposit=x&leverage=y&slash=z").status == 200
    assert at.go("/leverage?deposit=1&leverage=99&reward=q").status == 200


def test_a_position_from_its_opening_to_its_end(desk: Desk, funded: House) -> None:
    page = desk("alice", "/leverage?deposit=200&leverage=4")
    desk.window_of(page).allow(QUICK)
    page.get_by_label("Validator", exact=True).select_option("v1")
    page.get_by_role("button", name="Open 200 CSPR at 4×").click()
    page.get_by_role("dialog").get_by_text("Exactly what is sent").wait_for()
    confirm(page)
    assert funded.state.positions["alice"].debt == 600 * 10**9
    page.goto("/leverage")
    card = page.locator("#position")
    assert "Active" in card.locator("li.now").inner_text()
    card.get_by_role("button", name="Request close").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Exactly what is sent").wait_for()
    told = " ".join(dialog.locator(".closing").inner_text().split())
    assert "Debt to be repaid 600 CSPR Interest owed 0 CSPR Left for the holder 200 CSPR" in told
    assert "Debt token to return 600 mCSPR you hold 600" in told
    accessible(page)
    shot(page, "leverage-closing-en-1280")
    confirm(page)
    page.goto("/leverage")
    assert "7 eras left, until era 7" in card.locator("li.now").inner_text()
    assert not card.get_by_role("button").count()
    for era in range(1, 8):
        funded.do("network.end_era", "oracle", era=era, rewards={})
    page.goto("/leverage")
    assert "needs 600 mCSPR from you; you hold 600" in card.locator("li.now").inner_text()
    shot(page, "leverage-claimable-en-1280")
    card.get_by_role("button", name="Finalize close").click()
    dialog.get_by_text("Exactly what is sent").wait_for()
    told = " ".join(dialog.inner_text().split())
    assert "Debt to be repaid 600 CSPR" in told and "Debt token to return 600 mCSPR you hold 600" in told
    assert "Paid 200 CSPR" in told
    confirm(page)
    assert funded.state.positions["alice"].status == "empty"
    page.goto("/leverage")
    page.get_by_text("No open position").wait_for()


def test_closing__whose_position_there_is_not__said_as_the_rules_say_it(house: House, funded: House) -> None:
    for holder in ("", "nobody", "no such name"):
        at = Plain(house, "alice").go("/do/leverage.finalize_close_position")
        at.send("/do/preview", f_holder=holder)
        assert at.status == 200 and "Exactly what is sent" not in at.text


@pytest.mark.parametrize(
    ("value", "debt", "interest", "left"),
    [("1.5", "0.5", "0", "1"), ("600", "600", "0.000000001", "0"), ("1000", "0", "0", "1000"),
     ("9" * 140 + ".1", "1", "0.000000001", "9" * 139 + "8.099999999")],
)  # fmt: skip
def test_what_is_left_of_a_position__exact_and_never_less_than_nothing(
    value: str, debt: str, interest: str, left: str
) -> None:
    assert left_of({"value": value, "debt": debt, "interest": interest}) == left


def test_too_much__said_at_the_field(desk: Desk, funded: House) -> None:
    page = desk("alice", "/leverage?deposit=2001&leverage=2&validator=v1", lang="ru", width=360)
    desk.window_of(page).allow(QUICK)
    page.get_by_role("button", name="Открыть").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[aria-invalid=true]").wait_for()
    assert dialog.get_by_label("Залог").input_value() == "2001"
    fits(page)


def test_liquidate__nearest_first(desk: Desk, funded: House) -> None:
    funded.do("leverage.open_position", "alice", deposit="200", leverage=5, validator="v1")
    funded.do("leverage.open_position", "bob", deposit="500", leverage=2, validator="v1")
    funded.do("network.end_era", "oracle", era=1, rewards={}, slashes={"v1": 1000})
    page = desk("kira", "/leverage/positions")
    rows = page.locator("#risk tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["alice", "bob"]
    assert rows.get_by_role("button", name="Liquidate").count() == 1
    shot(page, "leverage-liquidate-en-1280")
    rows.nth(0).get_by_role("button", name="Liquidate").click()
    confirm(page)
    assert funded.state.positions["alice"].liquidator == "kira"
    page = desk("alice", "/leverage")
    assert "Liquidated" in page.locator("#position li.now").inner_text()


def test_operator__reserve_and_validators(desk: Desk, funded: House) -> None:
    app = App(funded, "olga")
    page = desk("olga", "/leverage/validators")
    desk.window_of(page).allow(QUICK)
    page.get_by_role("link", name="Provide reserve").click()
    page.get_by_label("Amount").fill("1,000")
    page.get_by_role("button", name="Review").click()
    confirm(page, app)
    page.goto("/do/leverage.withdraw_reserve?back=/leverage/validators")
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Review").click()
    confirm(page, app)
    assert funded.state.book.balance("CSPR", "@reserve:CSPR") == 50_500 * 10**9
    page.goto("/do/validator.register?back=/leverage/validators")
    page.get_by_label("Validator").fill("v2")
    page.get_by_label("Commission").fill("7.25")
    page.get_by_role("button", name="Review").click()
    confirm(page, app)
    assert funded.state.validators["v2"].commission_bps == 725
    page.goto("/leverage/validators?sort=-commission_bps")
    rows = page.locator("#validators tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == ["v2", "v1"]
    rows.nth(0).get_by_role("button", name="Stop new delegations").click()
    confirm(page, app)
    assert not funded.state.validators["v2"].active


def test_holders_see_no_others__and_nothing_to_press_in_the_past(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", "/leverage")
    assert not page.get_by_role("link", name="All positions").count()
    rich_desk.window_of(page).allow("403")
    assert page.goto("/leverage/positions").status == 403  # type: ignore[union-attr]
    page.goto(f"/leverage?as_of={rich.state.seq - 1}&validator=v1")
    assert page.locator("#position").get_by_role("button", name="Request close").is_disabled()
    assert page.locator("#quote").get_by_role("button", name="Open").is_disabled()
