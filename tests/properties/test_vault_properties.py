"""The vault's promises: previews are results, nobody profits from rounding, the share price falls by losses alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from holdfast.engine import machine
from holdfast.errors import HoldfastError
from holdfast.primitives.asset import format_units
from holdfast.protocol.liquid_vault import totals
from holdfast.protocol.shares import locked_profit
from holdfast.wire import codec
from support import Desk, frozen_copy

SMALL = st.integers(0, 20)
ANY = st.one_of(SMALL, st.integers(1, 10**6), st.integers(1, 10**20))


def text(units: int) -> str:
    return format_units(units, 8)


def vault(assets: int, shares_of_others: int, reward: int) -> Desk:
    """A vault with deposits of others and rewards that are unlocked; mallory has plenty of FLUX."""
    desk = Desk()
    desk.vault(profit_unlock_seconds=0)
    if shares_of_others:
        desk.deposit("others", text(shares_of_others))
        if reward:
            desk.reward(text(reward))
        if 0 < assets < shares_of_others + reward:
            desk.ok("vault.report_loss", "operator", vault="FLUX", assets=text(shares_of_others + reward - assets))
    desk.mint("FLUX", "mallory", text(10**26))
    return desk


def a_and_s(desk: Desk) -> tuple[int, int]:
    found = totals(desk.state, desk.state.vaults["FLUX"], desk.now)
    return found.assets, found.shares


VAULTS = st.builds(vault, ANY, ANY, ANY)
SMALL_VAULTS = st.builds(vault, SMALL, SMALL, SMALL)
VERBS = {"vault.deposit": "assets", "vault.mint": "shares", "vault.withdraw": "assets", "vault.redeem": "shares"}


def attempt(desk: Desk, kind: str, actor: str, units: int) -> dict[str, Any] | None:
    """The result, or None where it was refused."""
    receipt = desk.send(kind, actor, vault="FLUX", **{VERBS[kind]: text(units)})
    return receipt.result if receipt.status == "applied" else None  # type: ignore[return-value]


@given(VAULTS, st.lists(st.tuples(st.sampled_from(sorted(VERBS)), ANY), max_size=6))
def test_preview__any_command__changes_nothing_and_equals_the_result(desk: Desk, steps: list[tuple[str, int]]) -> None:
    for kind, units in steps:
        fields = desk.fields(kind, "mallory", vault="FLUX", **{VERBS[kind]: text(units)})
        command, at, _ = codec.decode(fields)
        before = frozen_copy(desk.state)
        preview = desk.service.preview(command, at)
        assert frozen_copy(desk.state) == before
        receipt = desk.post(fields)
        assert (preview.status, preview.result, preview.events) == (receipt.status, receipt.result, receipt.events)
        assert preview.error == receipt.error


@given(VAULTS, st.lists(st.tuples(st.sampled_from(sorted(VERBS)), ANY), min_size=1, max_size=8))
def test_price__any_user_operation__never_falls(desk: Desk, steps: list[tuple[str, int]]) -> None:
    for kind, units in steps:
        (a, s), _ = a_and_s(desk), attempt(desk, kind, "mallory", units)
        after_a, after_s = a_and_s(desk)
        assert after_s == 0 or (after_a + 1) * (s + 1) >= (a + 1) * (after_s + 1)


def gain(desk: Desk, ways_in: str, ways_out: str, units: int) -> int:
    """What mallory has more after going in with `units` and out with all of it."""
    before = desk.units("FLUX", "mallory")
    if attempt(desk, ways_in, "mallory", units) is None:
        return 0
    shares = desk.units("vFLUX", "mallory")
    if ways_out == "vault.redeem":
        attempt(desk, ways_out, "mallory", shares)
    else:
        a, s = a_and_s(desk)
        attempt(desk, ways_out, "mallory", shares * (a + 1) // (s + 1))
    return desk.units("FLUX", "mallory") - before


INS, OUTS = ("vault.deposit", "vault.mint"), ("vault.withdraw", "vault.redeem")


@given(VAULTS, st.sampled_from(INS), st.sampled_from(OUTS), ANY)
def test_round_trip__any_vault__never_profits(desk: Desk, ways_in: str, ways_out: str, units: int) -> None:
    assert gain(desk, ways_in, ways_out, units) <= 0


@given(SMALL_VAULTS, st.sampled_from(INS), st.sampled_from(OUTS), SMALL)
def test_round_trip__0_to_20_base_units__never_profits(desk: Desk, ways_in: str, ways_out: str, units: int) -> None:
    for _ in range(3):
        assert gain(desk, ways_in, ways_out, units) <= 0


def test_round_trip__every_vault_of_0_to_6_units__never_profits() -> None:
    for shares in range(7):
        for reward in range(7 if shares else 1):
            for ways_in in INS:
                for units in range(1, 7):
                    assert gain(vault(0, shares, reward), ways_in, "vault.redeem", units) <= 0


@pytest.mark.parametrize(("ways_in", "ways_out"), [(a, b) for a in INS for b in OUTS])
@pytest.mark.parametrize(("shares", "reward", "units"), [(3, 4, 5), (7, 1_000, 999), (10**8, 3, 12_345)])
def test_round_trip__a_thousand_times__never_profits(
    ways_in: str, ways_out: str, shares: int, reward: int, units: int
) -> None:
    desk = vault(0, shares, reward)
    before = desk.units("FLUX", "mallory")
    for _ in range(1_000):
        gain(desk, ways_in, ways_out, units)
    assert desk.units("FLUX", "mallory") <= before
    desk.check()


@given(VAULTS, ANY, st.integers(2, 6), st.sampled_from(["vault.deposit", "vault.redeem"]))
def test_splitting__one_command_into_several__gains_less_than_a_unit_each(
    desk: Desk, units: int, parts: int, kind: str
) -> None:
    assume(units >= parts)
    if kind == "vault.redeem":
        attempt(desk, "vault.deposit", "mallory", units)
        units = desk.units("vFLUX", "mallory")
        assume(units >= parts)
        assume(desk.state.book.supply("vFLUX") > units)  # all shares there are take all
    asset = "vFLUX" if kind == "vault.deposit" else "FLUX"
    state_before = desk.units(asset, "mallory")
    try:
        whole = machine.decide(desk.state, desk.command(kind, "mallory", vault="FLUX", **{VERBS[kind]: text(units)}), 0)
    except HoldfastError:
        return
    amount = next(posting.amount for posting in whole.postings if posting.credit == "mallory")
    sizes = [units // parts] * (parts - 1)
    for size in (*sizes, units - sum(sizes)):
        attempt(desk, kind, "mallory", size)
    assert desk.units(asset, "mallory") - state_before < amount + parts


@given(ANY, st.integers(1, 10**6), st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
def test_locked_profit__as_time_passes__never_rises_and_ends_at_zero(
    amount: int, period: int, moments: list[int]
) -> None:
    found = [locked_profit(amount, 100, 100 + period, 100 + moment) for moment in sorted(moments)]
    assert found == sorted(found, reverse=True)
    assert locked_profit(amount, 100, 100 + period, 100) == amount
    assert locked_profit(amount, 100, 100 + period, 100 + period) == 0
    assert all(0 <= left <= amount for left in found)


@given(st.lists(st.tuples(st.integers(1, 1_000), st.integers(0, 2_000)), min_size=1, max_size=6))
def test_rewards__merged_and_unlocked__arrive_to_the_unit(steps: list[tuple[int, int]]) -> None:
    desk = Desk()
    desk.vault(("alice", "1"), profit_unlock_seconds=1_000)
    price = 0
    for units, seconds in steps:
        desk.reward(text(units))
        assert desk.state.vaults["FLUX"].locked_until - desk.now <= 1_000
        a, s = a_and_s(desk)
        assert (a, s) >= (10**8, 10**8)
        desk.later(seconds)
        after, _ = a_and_s(desk)
        assert after >= a >= price
        price = after
    desk.later(1_000)
    assert a_and_s(desk)[0] == 10**8 + sum(units for units, _ in steps)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 10**9)), min_size=2, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**9)), max_size=4),
    st.integers(0, 10**9),
    st.booleans(),
)
def test_exits__any_queue__never_paid_out_of_anothers(
    deposits: list[tuple[str, int]], requests: list[tuple[int, int]], change: int, loss: bool
) -> None:
    desk = Desk()
    desk.vault()
    for holder, units in deposits:
        desk.deposit(holder, text(units))
    for place, units in requests:
        holder = deposits[place % len(deposits)][0]
        desk.send("vault.request_redeem", holder, vault="FLUX", shares=text(units))
    quotes = {exit_.id: exit_.assets for exit_ in desk.state.exits.values()}
    if change:
        if loss:
            desk.send("vault.report_loss", "operator", vault="FLUX", assets=text(change))
        else:
            desk.reward(text(change))
    a, s = a_and_s(desk)
    desk.ok("vault.settle", "keeper", vault="FLUX")
    after_a, after_s = a_and_s(desk)
    assert after_s == 0 or (after_a + 1) * (s + 1) >= (a + 1) * (after_s + 1)
    for exit_ in desk.state.exits.values():
        if exit_.status == "claimable":
            assert 0 < exit_.assets <= quotes[exit_.id]
            before = desk.units("FLUX", exit_.receiver)
            desk.ok("vault.claim", exit_.owner, request=exit_.id)
            assert desk.units("FLUX", exit_.receiver) - before == exit_.assets
    assert desk.units("FLUX", "@exits:FLUX") == 0
    desk.check()
