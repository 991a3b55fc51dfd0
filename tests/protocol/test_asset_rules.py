"""Assets: SEP-41's verbs, freezing, clawback, transfer tax, the faucet (rules 1, 4.6)."""

from __future__ import annotations

import pytest

from holdfast.engine.genesis import Genesis
from holdfast.primitives.asset import RANGE_MAX, format_units
from holdfast.primitives.clock import format_instant
from support import DAY, START, Desk


# --- create ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["", "1A", "-A", "A" * 33, "A B", "A/B", "Ä", "@A", "A\n"])
def test_create__code_outside_the_pattern__malformed(desk: Desk, code: str) -> None:
    desk.no("malformed", "asset.create", "operator", asset=code, decimals=2)


def test_create__no_operator__not_authorized(desk: Desk) -> None:
    for actor in ("oracle", "keeper", "alice"):
        desk.no("not_authorized", "asset.create", actor, asset="A", decimals=2)


def test_create__18_decimals__applied_19_not(desk: Desk) -> None:
    desk.no("decimals_too_large", "asset.create", "operator", asset="A", decimals=19)
    desk.ok("asset.create", "operator", asset="A", decimals=18)


def test_create__tax_of_2000__applied_2001_not(desk: Desk) -> None:
    desk.no("tax_rate_too_high", "asset.create", "operator", asset="A", decimals=0, transfer_tax_bps=2_001)
    desk.no("tax_rate_too_high", "asset.create", "operator", asset="A", decimals=0, transfer_tax_bps=10_001)
    desk.ok("asset.create", "operator", asset="A", decimals=0, transfer_tax_bps=2_000)


def test_create__bare__i128_the_code_as_name_and_the_creator_as_admin(desk: Desk) -> None:
    desk.ok("asset.create", "operator", asset="A", decimals=3)
    expected = {"decimals": 3, "range": "i128", "name": "A", "symbol": "A", "admin": "operator", "transfer_tax_bps": 0}
    assert desk.view("assets", "A") == expected


@pytest.mark.parametrize("text", ["x" * 1_001, "\ud800", "a\udfffb"])
def test_create__name_too_long_or_no_unicode__malformed(desk: Desk, text: str) -> None:
    desk.no("malformed", "asset.create", "operator", asset="A", decimals=3, name=text)


# --- mint, burn -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["u64", "i128", "u512"])
def test_mint__to_the_end_of_the_range__one_more_overflows(desk: Desk, kind: str) -> None:
    last = RANGE_MAX[kind]
    desk.ok("asset.create", "operator", asset="A", decimals=2, range=kind)
    desk.no("amount_overflow", "asset.mint", "operator", asset="A", to="alice", amount=format_units(last + 1, 2))
    desk.mint("A", "alice", format_units(last - 1, 2))
    desk.no("amount_overflow", "asset.mint", "operator", asset="A", to="bob", amount="0.02")
    desk.mint("A", "bob", "0.01")
    assert desk.state.book.supply("A") == last


def test_mint__by_an_operator_who_is_not_admin__not_authorized(desk: Desk) -> None:
    desk.ok("role.grant", "operator", role="operator", account="second")
    desk.no("not_authorized", "asset.mint", "second", asset="FLUX", to="alice", amount="1")


def test_mint__of_what_a_protocol_issues__not_authorized(desk: Desk) -> None:
    desk.vault()
    for asset in ("vFLUX", "mCSPR"):
        desk.no("not_authorized", "asset.mint", "operator", asset=asset, to="alice", amount="1")
        desk.no("not_authorized", "asset.set_authorized", "operator", asset=asset, account="alice", authorized=False)
        desk.no("not_authorized", "asset.set_admin", "operator", asset=asset, admin="operator")


def test_burn__of_what_a_protocol_issues__not_authorized_even_of_nothing(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.approve("vFLUX", "alice", "bob", "10")
    desk.no("not_authorized", "asset.burn", "alice", asset="vFLUX", amount="1")
    desk.no("not_authorized", "asset.burn", "alice", asset="vFLUX", amount="0")
    desk.no("not_authorized", "asset.burn_from", "bob", asset="vFLUX", from_="alice", amount="1")
    desk.no("not_authorized", "asset.clawback", "operator", asset="vFLUX", from_="alice", amount="1")


def test_burn__one_more_than_held__refused_all_of_it_applied(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    details = desk.no("insufficient_balance", "asset.burn", "alice", asset="FLUX", amount="10.00000001")
    assert details == {"asset": "FLUX", "needed": "10.00000001", "available": "10"}
    desk.ok("asset.burn", "alice", asset="FLUX", amount="10")
    assert desk.state.book.supply("FLUX") == 0


# --- allowances -----------------------------------------------------------------------------------------------------
def test_approve__above_zero_without_a_future__allowance_expired(desk: Desk) -> None:
    desk.no("allowance_expired", "asset.approve", "alice", asset="FLUX", spender="bob", amount="1")
    now = format_instant(desk.now)
    desk.no("allowance_expired", "asset.approve", "alice", asset="FLUX", spender="bob", amount="1", expires_at=now)


def test_approve__zero__clears_whatever_the_instant(desk: Desk) -> None:
    desk.approve("FLUX", "alice", "bob", "5")
    desk.ok("asset.approve", "alice", asset="FLUX", spender="bob", amount="0", expires_at="1970-01-01T00:00:00Z")
    assert desk.state.allowance("FLUX", "alice", "bob", desk.now) == 0


def test_approve__again__replaces_and_does_not_add(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.approve("FLUX", "alice", "bob", "5")
    desk.approve("FLUX", "alice", "bob", "3")
    desk.no("insufficient_allowance", "asset.transfer_from", "bob", asset="FLUX", from_="alice", to="bob", amount="4")


def test_allowance__at_its_last_second_and_the_next__spendable_then_zero(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.approve("FLUX", "alice", "bob", "5", seconds=60)
    desk.later(59)
    desk.ok("asset.transfer_from", "bob", asset="FLUX", from_="alice", to="bob", amount="1")
    desk.later(1)
    desk.no("insufficient_allowance", "asset.transfer_from", "bob", asset="FLUX", from_="alice", to="bob", amount="1")


def test_transfer_from__in_parts__spends_the_allowance_to_the_unit(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.approve("FLUX", "alice", "bob", "5")
    desk.ok("asset.transfer_from", "bob", asset="FLUX", from_="alice", to="carol", amount="2")
    desk.ok("asset.burn_from", "bob", asset="FLUX", from_="alice", amount="2.99999999")
    desk.no("insufficient_allowance", "asset.burn_from", "bob", asset="FLUX", from_="alice", amount="0.00000002")
    desk.ok("asset.burn_from", "bob", asset="FLUX", from_="alice", amount="0.00000001")
    assert (desk.balance("FLUX", "alice"), desk.balance("FLUX", "carol")) == ("5", "2")


def test_transfer_from__allowance_of_another_owner_spender_or_asset__not_spendable(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.mint("RENDER", "alice", "10")
    desk.approve("FLUX", "alice", "bob", "5")
    move = {"asset": "FLUX", "from_": "alice", "to": "carol", "amount": "1"}
    desk.no("insufficient_allowance", "asset.transfer_from", "carol", **move)
    desk.no("insufficient_allowance", "asset.transfer_from", "alice", **move)
    desk.no("insufficient_allowance", "asset.transfer_from", "bob", **{**move, "asset": "RENDER"})


# --- transfer and its tax -------------------------------------------------------------------------------------------
def test_transfer__to_oneself__mints_nothing(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.ok("asset.transfer", "alice", asset="FLUX", to="alice", amount="10")
    assert desk.balance("FLUX", "alice") == "10"
    desk.no("insufficient_balance", "asset.transfer", "alice", asset="FLUX", to="alice", amount="10.00000001")


def test_transfer__taxed__inclusive_and_split_50_30_20(desk: Desk) -> None:
    desk.mint("VG", "alice", "1000")
    result = desk.ok("asset.transfer", "alice", asset="VG", to="bob", amount="1000")
    assert result == {"amount": "900", "tax": "100"}
    split = [desk.balance("VG", account) for account in ("alice", "bob", "@fees:VG", "@buyback:VG", "@treasury:VG")]
    assert split == ["0", "900", "50", "30", "20"]


@pytest.mark.parametrize(
    ("units", "tax", "fees", "buyback", "treasury"),
    [(9, 0, 0, 0, 0), (10, 1, 0, 0, 1), (19, 1, 0, 0, 1), (20, 2, 1, 0, 1), (39, 3, 1, 0, 2), (40, 4, 2, 1, 1)],
)
def test_transfer__taxed_small__floors_and_the_treasury_gets_the_rest(
    desk: Desk, units: int, tax: int, fees: int, buyback: int, treasury: int
) -> None:
    desk.mint("VG", "alice", "1")
    desk.ok("asset.transfer", "alice", asset="VG", to="bob", amount=format_units(units, 9))
    assert desk.units("VG", "bob") == units - tax
    split = [desk.units("VG", account) for account in ("@fees:VG", "@buyback:VG", "@treasury:VG")]
    assert split == [fees, buyback, treasury]


def test_transfer__taxed_to_oneself__pays_the_tax(desk: Desk) -> None:
    desk.mint("VG", "alice", "1000")
    desk.ok("asset.transfer", "alice", asset="VG", to="alice", amount="1000")
    assert desk.balance("VG", "alice") == "900"


def test_transfer_from__taxed__charges_the_allowance_the_whole_amount(desk: Desk) -> None:
    desk.mint("VG", "alice", "1000")
    desk.approve("VG", "alice", "bob", "100")
    desk.ok("asset.transfer_from", "bob", asset="VG", from_="alice", to="carol", amount="100")
    assert desk.balance("VG", "carol") == "90"
    desk.no("insufficient_allowance", "asset.transfer_from", "bob", asset="VG", from_="alice", to="bob", amount="1")


def test_transfer__taxed_but_not_the_term_asset__fee_keys_share_goes_to_its_treasury(desk: Desk) -> None:
    desk.ok("asset.create", "operator", asset="TAX", decimals=0, transfer_tax_bps=2_000)
    desk.mint("TAX", "alice", "100")
    desk.ok("asset.transfer", "alice", asset="TAX", to="bob", amount="100")
    split = [desk.units("TAX", account) for account in ("bob", "@fees:TAX", "@buyback:TAX", "@treasury:TAX")]
    assert split == [80, 0, 6, 14]


def test_mint_burn_and_clawback__of_a_taxed_asset__untaxed(desk: Desk) -> None:
    desk.mint("VG", "alice", "100")
    desk.ok("asset.burn", "alice", asset="VG", amount="10")
    desk.ok("asset.clawback", "operator", asset="VG", from_="alice", amount="10")
    assert desk.balance("VG", "alice") == "80"
    assert desk.units("VG", "@treasury:VG") == 0


# --- admin and freezing ---------------------------------------------------------------------------------------------
def test_set_admin__handed_over__only_the_new_one_may(desk: Desk) -> None:
    desk.ok("asset.set_admin", "operator", asset="FLUX", admin="alice")
    desk.no("not_authorized", "asset.mint", "operator", asset="FLUX", to="bob", amount="1")
    desk.no("not_authorized", "asset.set_admin", "operator", asset="FLUX", admin="operator")
    desk.ok("asset.mint", "alice", asset="FLUX", to="bob", amount="1")
    assert desk.view("assets", "FLUX", "decimals") == 8


def test_freeze__one_asset_of_one_holder__others_move(desk: Desk) -> None:
    for asset in ("FLUX", "RENDER"):
        for holder in ("alice", "bob"):
            desk.mint(asset, holder, "10")
    desk.freeze("FLUX", "alice")
    details = desk.no("account_frozen", "asset.transfer", "alice", asset="FLUX", to="bob", amount="1")
    assert details == {"asset": "FLUX", "account": "alice"}
    desk.no("account_frozen", "asset.transfer", "bob", asset="FLUX", to="alice", amount="1")
    desk.ok("asset.transfer", "alice", asset="RENDER", to="bob", amount="1")
    desk.ok("asset.transfer", "bob", asset="FLUX", to="carol", amount="1")
    desk.approve("FLUX", "carol", "alice", "1")
    desk.ok("asset.transfer_from", "alice", asset="FLUX", from_="carol", to="bob", amount="1")
    desk.freeze("FLUX", "alice", thaw=True)
    desk.ok("asset.transfer", "alice", asset="FLUX", to="bob", amount="10")


def test_clawback__from_a_frozen_holder__burns(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.freeze("FLUX", "alice")
    desk.ok("asset.clawback", "operator", asset="FLUX", from_="alice", amount="4")
    assert (desk.balance("FLUX", "alice"), desk.view("supply", "FLUX")) == ("6", "6")


# --- protocol accounts ----------------------------------------------------------------------------------------------
def test_any__protocol_account_as_holder__not_authorized_before_anything_else(desk: Desk) -> None:
    desk.no("not_authorized", "asset.transfer", "alice", asset="NOPE", to="@vault:FLUX", amount="0.0000000000000000001")
    desk.no("not_authorized", "asset.burn", "@vault:FLUX", asset="NOPE", amount="0")
    desk.no("not_authorized", "role.grant", "operator", role="keeper", account="@leverage")
    desk.no("malformed", "asset.transfer", "alice", asset="NOPE", to="@@vault", amount="0")


# --- faucet ---------------------------------------------------------------------------------------------------------
def test_drip__no_demo_desk__not_authorized(desk: Desk) -> None:
    desk.no("not_authorized", "faucet.drip", "operator", asset="FLUX", amount="1")


def test_drip__demo_desk__mints_to_the_actor_but_nothing_that_a_protocol_issues() -> None:
    desk = Desk(Genesis(demo=True))
    desk.no("not_authorized", "faucet.drip", "alice", asset="mCSPR", amount="1")
    assert desk.ok("faucet.drip", "alice", asset="FLUX", amount="1.5") == {"amount": "1.5"}
    assert desk.balance("FLUX", "alice") == "1.5"


def test_time__starts_where_the_first_command_puts_it(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "1")
    assert desk.state.now == START
    desk.later(DAY)
    desk.mint("FLUX", "alice", "1")
    assert desk.view("at") == "2026-01-02T00:00:00Z"
