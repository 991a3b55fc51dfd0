"""Gains and losses of strategies reach the holders through the share price alone (rules 5, 2)."""

from __future__ import annotations

from typing import Any

from test_strategy_rules import add, allocate, complete, deallocate, deployed, emptied_with_assets_deployed, flux

from support import DAY, Desk


def gain(desk: Desk, amount: str, name: str = "s") -> dict[str, Any]:
    return desk.ok("strategy.report", "oracle", strategy=name, gain=amount)


def loss(desk: Desk, amount: str, name: str = "s") -> dict[str, Any]:
    return desk.ok("strategy.report", "oracle", strategy=name, loss=amount)


def test_report__both_or_neither__malformed(desk: Desk) -> None:
    deployed(desk)
    for fields in ({}, {"gain": "1", "loss": "1"}):
        receipt = desk.send("strategy.report", "oracle", strategy="s", **fields)
        assert receipt.error.code == "malformed"  # type: ignore[union-attr]


def test_report__gain_of_0__zero_amount(desk: Desk) -> None:
    deployed(desk)
    desk.no("zero_amount", "strategy.report", "oracle", strategy="s", gain="0")
    desk.no("zero_amount", "strategy.report", "oracle", strategy="s", loss="0")


def test_report__gain_beyond_the_assets_range__amount_overflow(desk: Desk) -> None:
    deployed(desk)
    most = desk.state.assets["FLUX"].maximum
    desk.no("amount_overflow", "strategy.report", "oracle", strategy="s", gain=desk.state.assets["FLUX"].text(most))


def test_report__gain__is_locked_less_the_fee_and_unlocks_over_time(desk: Desk) -> None:
    desk.vault(("alice", "1000"), profit_unlock_seconds=100, performance_fee_bps=1_000)
    add(desk)
    allocate(desk, "600")
    assert gain(desk, "50") == {"gain": "45", "fee": "5"}
    assert (desk.balance("FLUX", "@treasury:FLUX"), desk.balance("FLUX", "@strategy:s")) == ("5", "645")
    assert (flux(desk)["total_assets"], flux(desk)["locked_profit"]) == ("1000", "45")
    desk.later(40)
    desk.deposit("bob", "1018")
    assert (flux(desk)["locked_profit"], desk.balance("vFLUX", "bob")) == ("27", "1000")


def test_report__loss__comes_out_of_locked_profit_first(desk: Desk) -> None:
    desk.vault(("alice", "1000"), profit_unlock_seconds=100)
    add(desk)
    allocate(desk, "600")
    gain(desk, "50")
    loss(desk, "30")
    assert (flux(desk)["total_assets"], flux(desk)["locked_profit"]) == ("1000", "20")
    loss(desk, "120")
    assert (flux(desk)["total_assets"], flux(desk)["locked_profit"], flux(desk)["deployed"]) == ("900", "0", "500")


def test_report__loss_above_what_it_holds__loss_exceeds_deployed(desk: Desk) -> None:
    deployed(desk, "600")
    details = desk.no("loss_exceeds_deployed", "strategy.report", "oracle", strategy="s", loss="600.00000001")
    assert details == {"deployed": "600"}
    loss(desk, "600")
    assert flux(desk)["total_assets"] == "400"


def test_report__loss_above_max_loss_bps__loss_above_limit_exactly(desk: Desk) -> None:
    deployed(desk, "0.00000009", max_loss_bps=3_333)
    details = desk.no("loss_above_limit", "strategy.report", "oracle", strategy="s", loss="0.00000003")
    assert details == {"limit": "0.00000002"}
    loss(desk, "0.00000002")


def test_report__loss_while_assets_are_on_their_way_out__completes_with_what_is_left(desk: Desk) -> None:
    deployed(desk, "600", cooldown_seconds=DAY)
    requests = [deallocate(desk, "400"), deallocate(desk, "200")]
    loss(desk, "300")
    desk.no("insufficient_liquidity", "strategy.deallocate", "keeper", strategy="s", amount="0.00000001")
    desk.later(DAY)
    assert [complete(desk, request)["amount"] for request in requests] == ["300", "0"]
    assert flux(desk)["total_assets"] == "700"


def test_report__loss_with_assets_owed_to_the_treasury__the_treasury_bears_it_first(desk: Desk) -> None:
    emptied_with_assets_deployed(desk)
    desk.deposit("bob", "500")
    allocate(desk, "100")
    loss(desk, "150")
    assert (flux(desk)["owed_to_treasury"], flux(desk)["total_assets"]) == ("50", "500")
    loss(desk, "70")
    assert (flux(desk)["owed_to_treasury"], flux(desk)["total_assets"]) == ("0", "480")


def test_report__gain_of_an_empty_vault__is_owed_to_the_treasury(desk: Desk) -> None:
    emptied_with_assets_deployed(desk)
    assert gain(desk, "7") == {"gain": "7", "fee": "0"}
    assert (flux(desk)["owed_to_treasury"], flux(desk)["total_assets"]) == ("207", "0")
    assert desk.deposit("bob", "1")["shares"] == "1"
    gain(desk, "3")
    desk.later(DAY)
    desk.mint("FLUX", "bob", "1")
    assert (flux(desk)["owed_to_treasury"], flux(desk)["total_assets"]) == ("207", "4")


def portfolio(desk: Desk) -> None:
    """Alice's 1,000 vFLUX in a vault over vFLUX, 600 of them restaked; bob holds 1,000 vFLUX himself."""
    desk.vault(("alice", "1000"), ("bob", "1000"))
    desk.ok("vault.create", "operator", asset="vFLUX", vault="port", profit_unlock_seconds=0)
    desk.ok("vault.deposit", "alice", vault="port", assets="1000")
    add(desk, vault="port")
    allocate(desk, "600", vault="port")


def price(desk: Desk, vault: str) -> tuple[str, str]:
    found = desk.view("vaults", vault)
    return found["total_assets"], found["total_shares"]


def test_portfolio__gain_of_the_inner_vault__reaches_the_outer_holders(desk: Desk) -> None:
    portfolio(desk)
    desk.reward("200")
    complete(desk, deallocate(desk, "600"))
    desk.ok("vault.redeem", "alice", vault="port", shares="500")
    desk.ok("vault.redeem", "alice", vault="FLUX", shares=desk.balance("vFLUX", "alice"))
    assert desk.balance("FLUX", "alice") == "549.99999999"


def test_portfolio__gain_without_the_vtokens_in_hand__insufficient_balance(desk: Desk) -> None:
    portfolio(desk)
    details = desk.no("insufficient_balance", "strategy.report", "oracle", strategy="s", gain="5")
    assert details == {"asset": "vFLUX", "needed": "5", "available": "0"}


def test_portfolio__gain__is_paid_by_the_reporter_and_leaves_the_inner_price_alone(desk: Desk) -> None:
    portfolio(desk)
    desk.deposit("oracle", "50")
    before = price(desk, "FLUX")
    desk.ok("strategy.report", "oracle", strategy="s", gain="50")
    assert price(desk, "FLUX") == before
    assert (desk.balance("vFLUX", "oracle"), price(desk, "port")) == ("0", ("1050", "1000"))


def test_portfolio__loss__goes_to_the_treasury_and_leaves_the_inner_price_alone(desk: Desk) -> None:
    portfolio(desk)
    before = price(desk, "FLUX")
    desk.ok("strategy.report", "oracle", strategy="s", loss="60")
    assert price(desk, "FLUX") == before
    assert (desk.balance("vFLUX", "@treasury:vFLUX"), price(desk, "port")) == ("60", ("940", "1000"))


def test_portfolio__its_receipt__can_be_restaked_again(desk: Desk) -> None:
    portfolio(desk)
    desk.ok("vault.create", "operator", asset="vport", vault="again", profit_unlock_seconds=0)
    desk.ok("vault.deposit", "alice", vault="again", assets="1000")
    add(desk, "t", vault="again")
    allocate(desk, "1000", "t", vault="again")
    desk.no("insufficient_liquidity", "vault.redeem", "alice", vault="again", shares="1")
    complete(desk, deallocate(desk, "1000", "t"))
    for vault, share in (("again", "vagain"), ("port", "vport"), ("FLUX", "vFLUX")):
        if vault == "port":
            complete(desk, deallocate(desk, "600"))
        desk.ok("vault.redeem", "alice", vault=vault, shares=desk.balance(share, "alice"))
    assert desk.balance("FLUX", "alice") == "1000"
