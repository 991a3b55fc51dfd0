"""The liquid vault: create, deposit, mint, withdraw, redeem, pause (rules 2)."""

from __future__ import annotations

import pytest

from support import Desk


# --- create ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["", "1V", "V" * 32, "V:1", "@V", "V V"])
def test_create__name_outside_the_pattern__malformed(desk: Desk, name: str) -> None:
    desk.no("malformed", "vault.create", "operator", asset="FLUX", vault=name)


def test_create__code_of_32_characters_without_a_name__malformed(desk: Desk) -> None:
    code = "A" * 32
    desk.ok("asset.create", "operator", asset=code, decimals=2)
    desk.no("malformed", "vault.create", "operator", asset=code)
    assert desk.ok("vault.create", "operator", asset=code, vault="A" * 31)["share"] == "v" + "A" * 31


def test_create__second_vault_of_one_asset__under_another_name(desk: Desk) -> None:
    desk.vault()
    desk.no("vault_exists", "vault.create", "operator", asset="FLUX")
    desk.ok("vault.create", "operator", asset="FLUX", vault="second")
    assert desk.view("assets", "vsecond") == {
        "decimals": 8, "range": "i128", "name": "Vault share of second", "symbol": "vsecond",
        "admin": "@vault:second", "transfer_tax_bps": 0,
    }  # fmt: skip


def test_create__fee_of_2000__applied_more_not(desk: Desk) -> None:
    for fee in (2_001, 10_001):
        desk.no("fee_too_high", "vault.create", "operator", asset="FLUX", performance_fee_bps=fee)
    desk.ok("vault.create", "operator", asset="FLUX", performance_fee_bps=2_000)


# --- deposit, mint --------------------------------------------------------------------------------------------------
def test_deposit__no_gain_or_loss__one_to_one_for_ever(desk: Desk) -> None:
    desk.vault()
    for holder, assets in (("alice", "0.00000001"), ("bob", "1000"), ("carol", "123456.789")):
        assert desk.deposit(holder, assets)["shares"] == assets
    assert desk.ok("vault.redeem", "bob", vault="FLUX", shares="1000")["assets"] == "1000"


def test_deposit_and_mint__at_a_rate__floor_and_ceil(desk: Desk) -> None:
    desk.vault(("alice", "0.00000010"))
    desk.reward("0.00000005")  # 15 assets, 10 shares: 11/16 a share
    desk.mint("FLUX", "bob", "1")
    assert desk.ok("vault.deposit", "bob", vault="FLUX", assets="0.00000003")["shares"] == "0.00000002"  # 33/16
    # 18 assets, 12 shares: a share costs 19/13
    assert desk.ok("vault.mint", "bob", vault="FLUX", shares="0.00000002")["assets"] == "0.00000003"  # 38/13


def test_deposit__one_unit_for_less_than_a_share__zero_shares(desk: Desk) -> None:
    desk.vault(("alice", "1"))
    desk.reward("1")
    desk.mint("FLUX", "bob", "1")
    desk.no("zero_shares", "vault.deposit", "bob", vault="FLUX", assets="0.00000001")
    desk.ok("vault.deposit", "bob", vault="FLUX", assets="0.00000002")


def test_deposit__limit_reached_exactly__applied_one_more_refused(desk: Desk) -> None:
    desk.vault(deposit_limit="100")
    desk.deposit("alice", "99")
    desk.mint("FLUX", "bob", "2")
    details = desk.no("exceeds_deposit_limit", "vault.deposit", "bob", vault="FLUX", assets="1.00000001")
    assert details == {"vault": "FLUX", "limit": "100", "total_assets": "99"}
    desk.no("exceeds_deposit_limit", "vault.mint", "bob", vault="FLUX", shares="1.00000001")
    desk.ok("vault.deposit", "bob", vault="FLUX", assets="1")


def test_deposit__bounds_met_exactly__applied(desk: Desk) -> None:
    desk.vault()
    desk.mint("FLUX", "bob", "10")
    desk.no("slippage", "vault.deposit", "bob", vault="FLUX", assets="1", min_shares="1.00000001")
    desk.ok("vault.deposit", "bob", vault="FLUX", assets="1", min_shares="1")
    desk.no("slippage", "vault.mint", "bob", vault="FLUX", shares="1", max_assets="0.99999999")
    desk.ok("vault.mint", "bob", vault="FLUX", shares="1", max_assets="1")
    desk.no("slippage", "vault.withdraw", "bob", vault="FLUX", assets="1", max_shares="0.99999999")
    desk.ok("vault.withdraw", "bob", vault="FLUX", assets="1", max_shares="1")
    desk.no("slippage", "vault.redeem", "bob", vault="FLUX", shares="0.5", min_assets="0.50000001")
    desk.ok("vault.redeem", "bob", vault="FLUX", shares="0.5", min_assets="0.5")


def test_deposit__for_another__shares_go_to_the_receiver(desk: Desk) -> None:
    desk.vault()
    desk.mint("FLUX", "alice", "10")
    desk.ok("vault.deposit", "alice", vault="FLUX", assets="5", receiver="bob")
    desk.ok("vault.mint", "alice", vault="FLUX", shares="5", receiver="bob")
    assert (desk.balance("vFLUX", "bob"), desk.balance("vFLUX", "alice"), desk.balance("FLUX", "alice")) == (
        "10", "0", "0",
    )  # fmt: skip


def test_deposit__donation_to_the_vault__cannot_be_made(desk: Desk) -> None:
    desk.vault(("alice", "1"))
    desk.mint("FLUX", "bob", "5")
    desk.no("not_authorized", "asset.transfer", "bob", asset="FLUX", to="@vault:FLUX", amount="5")


# --- pause, insolvency ----------------------------------------------------------------------------------------------
def test_pause__twice__exits_stay_open(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.ok("vault.pause", "operator", vault="FLUX")
    desk.ok("vault.pause", "operator", vault="FLUX")
    desk.mint("FLUX", "alice", "1")
    for kind, field in (("vault.deposit", "assets"), ("vault.mint", "shares")):
        desk.no("paused", kind, "alice", vault="FLUX", **{field: "1"})
    desk.ok("vault.withdraw", "alice", vault="FLUX", assets="1")
    desk.ok("vault.redeem", "alice", vault="FLUX", shares="1")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="1")
    desk.ok("vault.settle", "keeper", vault="FLUX")
    desk.ok("vault.claim", "alice", request="exit-1")
    desk.ok("vault.unpause", "operator", vault="FLUX")
    desk.ok("vault.deposit", "alice", vault="FLUX", assets="1")


def test_pause__keeps_the_lock_and_the_settings(desk: Desk) -> None:
    desk.vault(("alice", "10"), profit_unlock_seconds=1_000, deposit_limit="100", performance_fee_bps=100)
    desk.reward("10")
    before = desk.view("vaults", "FLUX")
    desk.ok("vault.pause", "operator", vault="FLUX")
    assert desk.view("vaults", "FLUX") == {**before, "paused": True}
    desk.ok("vault.unpause", "operator", vault="FLUX")
    assert desk.view("vaults", "FLUX") == before


def test_insolvent__no_deposit_in_no_payment_out__rewards_revive_it(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets="10")
    desk.mint("FLUX", "bob", "10")
    desk.no("insolvent", "vault.deposit", "bob", vault="FLUX", assets="10")
    desk.no("insolvent", "vault.mint", "bob", vault="FLUX", shares="10")
    desk.no("zero_assets", "vault.redeem", "alice", vault="FLUX", shares="10")
    desk.no("zero_assets", "vault.request_redeem", "alice", vault="FLUX", shares="10")
    desk.no("insufficient_balance", "vault.withdraw", "alice", vault="FLUX", assets="0.00000001")
    desk.reward("0.00000001")
    assert desk.ok("vault.redeem", "alice", vault="FLUX", shares="10")["assets"] == "0.00000001"


# --- withdraw, redeem -----------------------------------------------------------------------------------------------
def test_withdraw_and_redeem__at_a_rate__ceil_and_floor(desk: Desk) -> None:
    desk.vault(("alice", "0.00000010"))
    desk.reward("0.00000005")  # 15 assets, 10 shares
    assert desk.ok("vault.withdraw", "alice", vault="FLUX", assets="0.00000003")["shares"] == "0.00000003"  # 33/16
    # 12 assets, 7 shares: a share is worth 13/8
    assert desk.ok("vault.redeem", "alice", vault="FLUX", shares="0.00000003")["assets"] == "0.00000004"  # 39/8


@pytest.mark.parametrize(("kind", "field"), [("vault.withdraw", "assets"), ("vault.redeem", "shares")])
def test_exit__for_another__spends_an_allowance_in_shares(desk: Desk, kind: str, field: str) -> None:
    desk.vault(("alice", "100"), ("whale", "100"))
    desk.reward("200")  # a share is worth 2
    desk.approve("vFLUX", "alice", "bob", "10")
    amount, over = ("19.99999999", "20") if field == "assets" else ("10", "10.00000001")
    exit_ = {"vault": "FLUX", "owner": "alice"}
    desk.no("insufficient_allowance", kind, "bob", **exit_, **{field: over})
    result = desk.ok(kind, "bob", **exit_, **{field: amount})
    assert result["shares"] == "10"
    assert desk.balance("FLUX", "bob") == result["assets"]
    assert desk.state.allowance("vFLUX", "alice", "bob", desk.now) == 0
    desk.no("insufficient_allowance", kind, "bob", **exit_, **{field: "0.00000001"})


def test_exit__owner_named_himself__needs_no_allowance(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.ok("vault.redeem", "alice", vault="FLUX", shares="1", owner="alice", receiver="bob")
    assert desk.balance("FLUX", "bob") == "1"


def test_exit__allowance_over_the_asset_instead_of_the_share__worth_nothing(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.approve("FLUX", "alice", "bob", "100")
    desk.no("insufficient_allowance", "vault.redeem", "bob", vault="FLUX", shares="1", owner="alice")


def test_redeem__all_shares__pay_all_and_the_next_starts_at_one_to_one(desk: Desk) -> None:
    desk.vault(("alice", "0.00000003"))
    desk.reward("1")
    assert desk.ok("vault.redeem", "alice", vault="FLUX", shares="0.00000003")["assets"] == "1.00000003"
    assert desk.view("vaults", "FLUX", "idle") == "0"
    assert desk.deposit("bob", "7")["shares"] == "7"


def test_withdraw__all_assets_by_the_holder_of_all__burns_all(desk: Desk) -> None:
    desk.vault(("alice", "0.00000003"))
    desk.reward("1")
    assert desk.ok("vault.withdraw", "alice", vault="FLUX", assets="1.00000003")["shares"] == "0.00000003"


def test_withdraw__one_unit_less_than_all_by_the_holder_of_all__pays_what_was_asked(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.reward("200")
    result = desk.ok("vault.withdraw", "alice", vault="FLUX", assets="299.99999999")
    assert result == {"assets": "299.99999999", "shares": "100"}
    assert desk.units("FLUX", "@treasury:FLUX") == 1


def test_withdraw__one_unit_more_than_all__insufficient_balance(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.no("insufficient_balance", "vault.withdraw", "alice", vault="FLUX", assets="100.00000001")


def test_withdraw__all_assets_while_another_has_a_share__insufficient_balance(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "0.00000001"))
    desk.no("insufficient_balance", "vault.withdraw", "alice", vault="FLUX", assets="100.00000001")
    desk.ok("vault.withdraw", "alice", vault="FLUX", assets="100")


def test_redeem__last_share_with_profit_still_locked__the_treasury_gets_it(desk: Desk) -> None:
    desk.vault(("alice", "10"), profit_unlock_seconds=1_000)
    desk.reward("10")
    desk.later(250)
    receipt = desk.send("vault.redeem", "alice", vault="FLUX", shares="10")
    assert receipt.result == {"assets": "12.5", "shares": "10"}
    assert [event["type"] for event in receipt.events] == ["vault.redeemed", "vault.residue_swept"]
    assert desk.balance("FLUX", "@treasury:FLUX") == "7.5"
    assert desk.view("vaults", "FLUX", "locked_profit") == "0"
    assert desk.deposit("bob", "3")["shares"] == "3"


def test_redeem__frozen_receiver__waits(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.freeze("FLUX", "alice")
    desk.no("account_frozen", "vault.redeem", "alice", vault="FLUX", shares="10")
    desk.ok("vault.redeem", "alice", vault="FLUX", shares="10", receiver="bob")


def test_portfolio_vault__over_a_vtoken__deposits_and_redeems(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.ok("vault.create", "operator", asset="vFLUX")
    desk.ok("vault.deposit", "alice", vault="vFLUX", assets="10")
    assert desk.balance("vvFLUX", "alice") == "10"
    desk.no("not_authorized", "vault.report_loss", "operator", vault="vFLUX", assets="10")
    desk.ok("vault.redeem", "alice", vault="vFLUX", shares="10")
