"""Strategies in the browser: the plan beside the present, kept and run; unwinds; what oracles and operators state."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits, looks, shot
from confirming import QUICK, confirm, sent
from plain import Plain
from signing import App

from serving import House
from support import DAY


@pytest.fixture
def allocated(house: House) -> House:
    """A vault of 1,000 FLUX, 600 of them in a strategy that earns less than another would."""
    do = house.do
    do("asset.mint", "operator", asset="FLUX", to="alice", amount="5000")
    do("vault.create", "operator", asset="FLUX", performance_fee_bps=0)
    do("vault.deposit", "alice", vault="FLUX", assets="1000")
    do("strategy.add", "operator", vault="FLUX", strategy="low", protocol="AAVE", cap="1000",
       yield_curve=[["0", 300]], cooldown_seconds=DAY, redemption_window_seconds=DAY)  # fmt: skip
    do("strategy.add", "operator", vault="FLUX", strategy="high", protocol="BENQI", cap="800",
       yield_curve=[["0", 900], ["500", 400]], cooldown_seconds=0)  # fmt: skip
    do("strategy.allocate", "operator", vault="FLUX", strategy="low", amount="600")
    return house


@pytest.mark.parametrize(("person", "path", "name"), [
    ("alice", "/strategies", "strategies"), ("alice", "/strategies/FLUX", "strategies-holder"),
    ("olga", "/strategies/FLUX?buffer=10", "strategies-vault"),
])  # fmt: skip
def test_looks(rich_desk: Desk, person: str, path: str, name: str) -> None:
    looks(rich_desk, person, path, name)


def test_looks_of_a_plan(desk: Desk, allocated: House) -> None:
    allocated.do("portfolio.plan", "operator", vault="FLUX")
    looks(desk, "olga", "/strategies/FLUX", "strategies-plan")


def test_looks_empty(desk: Desk, house: House) -> None:
    page = desk("bob", "/strategies")
    fits(page)
    accessible(page)
    shot(page, "strategies-empty")
    house.do("vault.create", "operator", asset="FLUX")
    page = desk("olga", "/strategies/FLUX")
    assert page.get_by_text("Nothing to move").is_visible()
    accessible(page)
    shot(page, "strategies-vault-empty")


def test_plan__keep__run__take_back(desk: Desk, allocated: House) -> None:
    app = App(allocated, "olga")
    page = desk("olga", "/strategies/FLUX")
    desk.window_of(page).allow(QUICK)
    planned = page.locator("#planned")
    assert "Each unit more earns 9 % at first" in planned.inner_text().replace("\u00a0", " ")
    assert page.locator("#curve-chart canvas").count() == 1
    page.get_by_label("Stays idle, at least").fill("20")
    planned.get_by_text("200 FLUX").first.wait_for()
    page.get_by_label("At most in a protocol").fill("BENQI=30")
    planned.locator("tr", has_text="high").get_by_text("300", exact=True).first.wait_for()
    planned.get_by_role("button", name="Keep this plan").click()
    exact = page.get_by_role("dialog").locator("pre")
    exact.wait_for()
    assert '"buffer_bps": 2000' in exact.inner_text()
    assert '"BENQI": 3000' in exact.inner_text()
    confirm(page, app)
    page.goto("/strategies/FLUX")
    page.locator("#plans").get_by_role("button", name="Run").click()
    confirm(page, app)
    assert allocated.state.plans["plan-1"].done
    page.goto("/strategies/FLUX")
    assert "run" in page.locator("#plans tbody").inner_text()
    row = page.locator("#unwinds tbody tr")
    assert "cooling down" in row.inner_text()
    assert not row.get_by_role("button").count()
    allocated.later(DAY + 60)
    page = desk("olga", "/strategies/FLUX")
    shot(page, "strategies-ready-en-1280")
    page.locator("#unwinds").get_by_role("button", name="Complete").click()
    confirm(page, app)
    assert allocated.state.unwinds["unwind-1"].status == "completed"


def test_terms_that_no_plan_can_have__said(house: House, allocated: House) -> None:
    at = Plain(house, "olga", lang="ru").go("/strategies/FLUX?buffer=много&limits=x")
    assert at.status == 200
    at.go("/strategies/FLUX?buffer=12,5&horizon=30")
    assert "125 FLUX" in at.text.replace("\u00a0", " ")


def test_oracle__yield_and_loss(desk: Desk, allocated: House) -> None:
    app = App(allocated, "otto")
    page = desk("otto", "/strategies/FLUX")
    assert page.get_by_text("desk.read").is_visible()
    page.locator("#strategies tr", has_text="high").get_by_text("Change").click()
    page.locator("#strategies tr", has_text="high").get_by_role("link", name="Set yield").click()
    curve = page.get_by_label("Yield curve")
    assert curve.input_value() == "0 = 9\n500 = 4"
    curve.fill("0 = 7.25\n250=1")
    sent(page, app)
    assert allocated.state.strategies["high"].curve == ((0, 725), (250 * 10**8, 100))
    page.goto("/do/strategy.report?strategy=low&back=/strategies/FLUX")
    page.get_by_label("Result").select_option("loss")
    page.get_by_label("Amount").fill("700")
    page.get_by_role("button", name="Review").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    page.goto("/do/strategy.report?strategy=low&back=/strategies/FLUX")
    page.get_by_label("Result").select_option("gain")
    page.get_by_label("Amount").fill("6")
    sent(page, app)
    assert page.goto("/strategies/FLUX") is not None
    assert "606" in page.locator("#strategies tr", has_text="low").inner_text()


def test_operator__add_deploy_ask_back_cap_disable(desk: Desk, allocated: House) -> None:
    app = App(allocated, "olga")
    page = desk("olga", "/do/strategy.add?vault=FLUX&back=/strategies/FLUX")
    page.get_by_label("Strategy").fill("mid")
    page.get_by_label("Protocol").fill("BENQI")
    page.get_by_label("Yield curve").fill("0=5")
    page.get_by_label("Cap").fill("300")
    page.get_by_label("Largest loss").fill("2.5")
    sent(page, app)
    assert allocated.state.strategies["mid"].max_loss_bps == 250
    page.goto("/do/strategy.allocate?vault=FLUX&strategy=mid&back=/strategies/FLUX")
    page.get_by_label("Amount").fill("301")
    page.get_by_role("button", name="Review").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    page.goto("/do/strategy.allocate?vault=FLUX&strategy=mid&back=/strategies/FLUX")
    page.get_by_label("Amount").fill("100")
    sent(page, app)
    page.goto("/do/strategy.deallocate?strategy=mid&back=/strategies/FLUX")
    page.get_by_label("Amount").fill("40")
    sent(page, app)
    page.goto("/do/strategy.set_cap?strategy=mid&back=/strategies/FLUX")
    page.get_by_label("Cap").fill("500")
    sent(page, app)
    page.goto("/strategies/FLUX")
    row = page.locator("#strategies tr", has_text="mid")
    assert "40" in row.inner_text()
    row.get_by_text("Change").click()
    row.get_by_role("button", name="Disable").click()
    confirm(page, app)
    assert not allocated.state.strategies["mid"].active


def test_the_past(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("olga", f"/strategies/FLUX?as_of={rich.state.seq - 1}", lang="ru")
    assert not page.get_by_role("link", name="Разместить").count()
    for button in page.locator("main form[action='/do/preview'] button").all():
        assert button.is_disabled()
