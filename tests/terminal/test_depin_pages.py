"""Contribution networks in the browser: networks, resources, what counted and why, registering, running a network."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits, looks, shot
from confirming import QUICK, confirm, sent
from signing import App

from attesting import public_key, signed
from serving import House
from support import START


@pytest.fixture
def network(house: House) -> House:
    """A network with an attestor and a resource of alice's."""
    do = house.do
    do("asset.mint", "operator", asset="FLUX", to="operator", amount="9000")
    do("vault.create", "operator", asset="FLUX", performance_fee_bps=0)
    do("depin.add_network", "operator", network="net", reward_asset="FLUX", epoch_seconds=3600,
       emission_per_epoch="100")  # fmt: skip
    do("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
    do("depin.fund", "operator", network="net", amount="1000")
    do("depin.register_resource", "alice", network="net", kind="gpu", unit="gpu", capacity="2", resource="card")
    return house


@pytest.mark.parametrize(("person", "path", "name"), [
    ("alice", "/depin", "depin"), ("alice", "/depin/card", "depin-resource"), ("olga", "/depin", "depin-operator"),
])  # fmt: skip
def test_looks(rich_desk: Desk, person: str, path: str, name: str) -> None:
    looks(rich_desk, person, path, name)


def test_looks_empty(desk: Desk) -> None:
    page = desk("bob", "/depin")
    fits(page)
    accessible(page)
    shot(page, "depin-empty")


def test_register__report__reward__each_with_its_reason(desk: Desk, network: House) -> None:
    page = desk("alice", "/depin")
    page.get_by_role("link", name="Register a resource").click()
    page.get_by_label("Network and kind").select_option("net|storage|gb")
    page.get_by_label("Capacity").fill("0")
    page.get_by_role("button", name="Review").click()
    page.locator("#dialog [aria-invalid=true], main [aria-invalid=true]").first.wait_for()
    page.goto("/do/depin.register_resource?back=/depin")
    page.get_by_label("Network and kind").select_option("net|storage|gb")
    page.get_by_label("Capacity").fill("24.5")
    page.get_by_label("Its name").fill("disk")
    page.get_by_label("Rewards are staked in").select_option("FLUX")
    sent(page)
    assert (network.state.resources["disk"].owner, network.state.resources["disk"].vault) == ("alice", "FLUX")
    desk.window_of(page).allow("401")  # the page is left open for longer than its session
    network.later(600)
    network.do("depin.report", "probe", **signed("net", "card", START, START + 600))
    refused = network.send("depin.report", "probe", **signed("net", "card", START + 300, START + 600, sequence=2))
    assert refused.status == "rejected"
    page = desk("alice", "/depin")
    row = page.locator("#resources tr", has_text="card")
    text = row.inner_text().replace("\u00a0", " ")
    assert "100 %" in text
    assert "10 minutes attested" in text
    assert "Nothing counted" in page.locator("#resources tr", has_text="disk").inner_text()
    desk.window_of(page).allow("401")
    network.later(3600)
    page = desk("kira", "/depin")
    page.get_by_role("button", name="Close the epoch").click()
    confirm(page)
    assert network.state.networks["net"].epoch == 2
    page = desk("alice", "/depin/card")
    reports, rewards = page.locator("#reports"), page.locator("#rewards")
    assert "counted, epoch 1" in reports.inner_text()
    assert "not counted" in reports.inner_text()
    assert "reported already" in reports.inner_text()
    assert "100 FLUX" in rewards.inner_text().replace("\u00a0", " ")
    assert "paid to the account" in rewards.inner_text()
    shot(page, "depin-counted-en-1280")


def test_operator__network_attestor_funds(desk: Desk, network: House) -> None:
    app = App(network, "olga")
    page = desk("olga", "/do/depin.add_network?back=/depin")
    desk.window_of(page).allow(QUICK)
    page.get_by_label("Network").fill("air")
    page.get_by_label("Reward").select_option("RENDER")
    page.get_by_label("Emission").fill("12.5")
    page.get_by_label("Takes").fill("sensor = piece\nlink=mbps")
    sent(page, app)
    assert network.state.networks["air"].kinds == (("link", "mbps"), ("sensor", "piece"))
    page.goto("/do/depin.fund?network=net&back=/depin")
    page.get_by_label("Amount").fill("250")
    sent(page, app)
    assert network.state.book.balance("FLUX", "@depin:net") == 1_250 * 10 ** network.state.assets["FLUX"].decimals
    page.goto("/do/depin.add_attestor?network=air&back=/depin")
    page.get_by_label("Attestor").fill("eye")
    page.get_by_label("Public key").fill(public_key("eye"))
    sent(page, app)
    assert network.state.attestors["air/eye"].active
    page.goto("/depin")
    page.locator("#network-air").get_by_role("button", name="Remove").click()
    confirm(page, app)
    assert not network.state.attestors["air/eye"].active


def test_not_ones_own__not_there(desk: Desk, network: House) -> None:
    page = desk("bob", "/depin")
    desk.window_of(page).allow("404")
    assert "No resources yet" in page.locator("#resources").inner_text()
    assert page.goto("/depin/card").status == 404  # type: ignore[union-attr]


def test_the_past(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", f"/depin/card?as_of={rich.state.seq - 3}", lang="ru")
    assert page.locator("#open-epoch").is_visible()
    page.goto(f"/depin?as_of={rich.state.seq - 1}")
    assert not page.get_by_role("link", name="Зарегистрировать ресурс").count()
