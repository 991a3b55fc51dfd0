"""Calculators give the documents' figures, and what the rules then do on a real desk."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.engine import machine
from holdfast.engine.genesis import Genesis
from holdfast.errors import AmountOverflow, BelowMinimumStake, LeverageOutOfRange, ZeroAmount
from holdfast.primitives.clock import DAY
from holdfast.protocol import liquid_vault
from holdfast.protocol.parameters import LeverageParameters, Parameters, TermParameters
from holdfast.protocol.shares import VaultTotals
from holdfast.protocol.state import State
from holdfast.views import quote_answers, quotes
from holdfast.wire import codec
from support import Desk

GENESIS = Genesis()
PARAMETERS = GENESIS.parameters
VG = GENESIS.state().assets["VG"]
CSPR = GENESIS.state().assets["CSPR"]


def do(state: State, kind: str, actor: str, now: int, **fields: Any) -> dict[str, Any]:
    outcome = machine.decide(state, codec.command(kind, "c", actor, **fields), now)
    machine.apply(state, outcome, state.seq + 1, now)
    return outcome.result


@pytest.mark.parametrize(
    ("amount", "boosted", "days"),
    [
        ("100", False, 180),
        ("1000", False, 153),
        ("5000", True, 101),
        ("9999", False, 127),
        ("10000", False, 63),
        ("15000", True, 46),
        ("15000", False, 61),
        ("100000", False, 50),
    ],
)
def test_term__amounts_of_the_documents__give_their_days(amount: str, boosted: bool, days: int) -> None:
    assert quotes.term(PARAMETERS.term, VG, VG.units(amount), boosted=boosted).period_days == days


def test_term_chain__15000_with_a_booster__is_the_documents_story() -> None:
    chain = quotes.term_chain(PARAMETERS.term, VG, VG.units("15000"), boosted=True)
    assert chain.complete
    assert [(VG.text(link.quote.amount), VG.text(link.quote.paid), link.starts_day) for link in chain.links] == [
        ("15000", "4050", 0),
        ("10500", "2835", 46),
        ("7350", "6615", 109),
    ]
    assert [link.quote.period_days for link in chain.links] == [46, 63, 130]
    assert [link.quote.boosted for link in chain.links] == [True, False, False]
    assert VG.text(chain.links[0].quote.cost) == "16500"
    assert VG.text(chain.paid) == "13500"


def test_term_chain__everything_reinvested__is_cut_short() -> None:
    p = TermParameters(reinvest_bps=10_000)
    chain = quotes.term_chain(p, VG, VG.units("10000"))
    assert not chain.complete
    assert len(chain.links) == quotes.LONGEST_CHAIN


def test_term_chain__the_largest_stake__ends() -> None:
    chain = quotes.term_chain(PARAMETERS.term, VG, VG.maximum * 10 // 11)
    assert chain.complete


def test_term__too_little_or_too_much__is_refused() -> None:
    with pytest.raises(BelowMinimumStake):
        quotes.term(PARAMETERS.term, VG, VG.units("100") - 1)
    with pytest.raises(AmountOverflow):
        quotes.term(PARAMETERS.term, VG, VG.maximum)


@settings(max_examples=40, deadline=None)
@given(st.integers(100 * 10**9, 10**15), st.booleans())
def test_term_chain__any_amount__is_what_the_rules_do(amount: int, boosted: bool) -> None:
    state, text = Genesis().state(), VG.text
    chain = quotes.term_chain(PARAMETERS.term, VG, amount, boosted=boosted)
    do(state, "asset.mint", "operator", 0, asset="VG", to="alice", amount=text(chain.links[0].quote.cost))
    if boosted:
        do(state, "asset.mint", "operator", 0, asset="VC", to="alice", amount="1000000")
        do(state, "booster.stake", "alice", 0)
    staked = do(state, "term.stake", "alice", 0, amount=text(amount), booster="booster-1" if boosted else None)
    assert state.book.balance("VG", "alice") == 0
    assert staked["period_days"] == chain.links[0].quote.period_days
    stake: str | None = staked["stake"]
    for link in chain.links:
        assert stake is not None
        assert state.stakes[stake].amount == link.quote.amount
        assert state.stakes[stake].unlocks_at == link.unlocks_day * DAY
        done = do(state, "term.unstake", "alice", link.unlocks_day * DAY, stake=stake)
        assert (done["paid"], done["tax"]) == (text(link.quote.paid), text(link.quote.unstake_tax))
        stake = done.get("reinvested_stake")
    assert stake is None
    assert state.book.balance("VG", "alice") == chain.paid


def test_leverage__100_at_5x__is_the_documents_position() -> None:
    quote = quotes.leverage(PARAMETERS.leverage, CSPR, CSPR.units("100"), 5)
    assert (CSPR.text(quote.total), CSPR.text(quote.debt)) == ("500", "400")
    assert (quote.ltv_bps, quote.health_bps) == (8_000, 10_625)
    assert quote.within_limits
    assert quote.meets_minimum
    assert CSPR.text(quote.liquidated_at) == "470.588235294"
    assert quote.liquidating_slash_bps == 589


def test_leverage__at_1x__owes_nothing_and_is_never_liquidated() -> None:
    quote = quotes.leverage(PARAMETERS.leverage, CSPR, 1, 1)
    assert (quote.debt, quote.ltv_bps, quote.health_bps, quote.liquidating_slash_bps) == (0, 0, None, None)
    assert not quote.meets_minimum
    assert not quotes.slashed(PARAMETERS.leverage, quote, 10_000).liquidated


def test_leverage__beyond_the_highest__is_shown_as_out_of_limits() -> None:
    assert not quotes.leverage(PARAMETERS.leverage, CSPR, CSPR.units("100"), 6).within_limits


@pytest.mark.parametrize(
    ("deposit", "times", "error"),
    [(0, 2, ZeroAmount), (1, 0, LeverageOutOfRange), (CSPR.maximum, 2, AmountOverflow)],
)
def test_leverage__unusable_figures__are_refused(deposit: int, times: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        quotes.leverage(PARAMETERS.leverage, CSPR, deposit, times)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**12), st.integers(1, 5), st.integers(0, 10_000), st.sampled_from((0, 50, 2_000)))
def test_slashed__any_position__is_what_the_rules_do(deposit: int, times: int, bps: int, fee_bps: int) -> None:
    p = LeverageParameters(minimum_delegation="0", liquidation_fee_bps=fee_bps)
    state, text = Genesis(parameters=Parameters(leverage=p)).state(), CSPR.text
    do(state, "asset.mint", "operator", 0, asset="CSPR", to="operator", amount="1000000")
    do(state, "leverage.provide_reserve", "operator", 0, amount="1000000")
    do(state, "asset.mint", "operator", 0, asset="CSPR", to="alice", amount=text(deposit))
    do(state, "validator.register", "operator", 0, validator="v", commission_bps=0)
    opened = do(state, "leverage.open_position", "alice", 0, deposit=text(deposit), leverage=times, validator="v")
    quote = quotes.leverage(p, CSPR, deposit, times)
    assert (opened["total_staked"], opened["debt"]) == (text(quote.total), text(quote.debt))
    assert opened["ltv_bps"] == quote.ltv_bps
    do(state, "network.end_era", "oracle", 7_200, era=1, rewards={}, slashes={"v": bps})
    after = quotes.slashed(p, quote, bps)
    assert state.validators["v"].pool_assets == after.value
    if after.liquidated:
        do(state, "leverage.liquidate", "bob", 7_200, holder="alice")
    else:
        with pytest.raises(Exception, match="above its liquidation threshold"):
            do(state, "leverage.liquidate", "bob", 7_200, holder="alice")
        do(state, "leverage.request_close_position", "alice", 7_200)
    for era in range(2, 9):
        do(state, "network.end_era", "oracle", 7_200 * era, era=era, rewards={})
    closed = do(state, "leverage.finalize_close_position", "alice", 7_200 * 8)
    assert (closed["paid"], closed["repaid"]) == (text(after.rest), text(after.repaid))
    assert (closed["fee"], closed["bad_debt"]) == (text(after.fee), text(after.bad_debt))
    if quote.liquidating_slash_bps is not None:
        assert after.liquidated == (bps >= quote.liquidating_slash_bps)


def test_leverage__a_borrow_rate__is_a_year_of_interest_rounded_up() -> None:
    p = msgspec.structs.replace(PARAMETERS.leverage, borrow_rate_bps=1)
    assert quotes.leverage(p, CSPR, 1, 2).interest_per_year == 1
    assert quotes.leverage(p, CSPR, CSPR.units("100"), 5).interest_per_year == CSPR.units("0.04")


def test_vault__both_ways__round_for_the_vault() -> None:
    totals = VaultTotals(1_500, 1_000)
    assert quotes.for_assets(totals, 10) == quotes.VaultQuote(10, 6, 7)
    assert quotes.for_shares(totals, 10) == quotes.VaultQuote(10, 14, 15)
    assert quotes.for_shares(totals, 1_000).deposit_or_redeem == 1_500
    assert quotes.for_assets(VaultTotals(0, 0), 7) == quotes.VaultQuote(7, 7, 7)


@pytest.mark.parametrize("reward", ["0.00000001", "7.77777777", "1000000"])
@pytest.mark.parametrize("loss", ["0", "999.99999997"])
def test_vault__of_a_holder__is_what_his_commands_do(reward: str, loss: str) -> None:
    """Also of who holds all shares, down to the last unit: all of the assets are all of the shares."""
    desk = Desk()
    desk.vault(("alice", "1000"))
    if loss != "0":
        desk.ok("vault.report_loss", "operator", vault="FLUX", assets=loss)
    desk.reward(reward)
    totals = liquid_vault.totals(desk.state, desk.state.vaults["FLUX"], desk.now)
    subject = quote_answers.on_desk(desk.state, "FLUX", "alice")
    text = desk.state.assets["FLUX"].text
    for assets in (1, totals.assets // 3, totals.assets - 1, totals.assets):
        if assets <= 0:
            continue
        quoted = quote_answers.vault(subject, assets, None)["now"]["withdraw"]
        outcome = desk.decide("vault.withdraw", "alice", vault="FLUX", assets=text(assets))
        assert outcome.result["shares"] == quoted, assets
