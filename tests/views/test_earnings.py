"""What accounts earned: compared with a reckoning from whole states and receipts, and with figures done by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from holdfast.engine.rebuild import rebuild
from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol.state import State
from holdfast.views.as_of import Position, last_at, state_at
from holdfast.views.earnings import Earnings
from holdfast.views.timeline import HOUR, Timeline
from support import DAY, START, Desk

Flows = list[tuple[int, str, int]]
"""(second, account, base units taken out less put in)."""


def earned(desk: Desk) -> Earnings:
    found = Earnings(desk.service.genesis)
    found.take(desk.store.rows())
    return found


def of(desk: Desk, account: str, kind: str, name: str = "FLUX") -> Any:
    (item,) = [item for item in earned(desk).of(account)[kind] if item["id"] == name]
    return item


def worth(state: State, account: str, second: int) -> int:
    """What an account's shares and exit requests in vault FLUX are good for, from a whole state."""
    from holdfast.protocol import liquid_vault
    from holdfast.protocol.shares import to_assets

    vault = state.vaults["FLUX"]
    totals = liquid_vault.totals(state, vault, second)
    shares = state.book.balance(vault.share, account)
    total = totals.assets if shares and shares == totals.shares else to_assets(shares, totals, rounding=FLOOR)
    for one in state.exits.values():
        if one.owner == account and one.status == "claimable":
            total += one.assets
        elif one.owner == account and one.status == "pending":
            total += min(one.assets, to_assets(one.shares, totals, rounding=FLOOR))
    return total


def units(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    return sign * int(whole + fraction.ljust(8, "0"))


# --- vaults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_vaults__any_history__net_is_worth_and_flows_of_whole_states(seed: int) -> None:
    """Deposits, withdrawals, transfers, exits, rewards and losses at random, over weeks."""
    chance, desk, flows = random.Random(seed), Desk(), Flows()
    holders = ("alice", "bob", "carol")
    for holder in holders:
        desk.mint("FLUX", holder, "100000")
    desk.mint("FLUX", "operator", "100000")
    desk.ok("vault.create", "operator", asset="FLUX", performance_fee_bps=1_500, profit_unlock_seconds=3 * DAY)
    for _ in range(150):
        desk.later(chance.choice((0, 1, 600, HOUR, 7 * HOUR, DAY)))
        step(desk, chance, flows, chance.choice(holders))
    state, found = desk.state, earned(desk)
    for holder in holders:
        answer = found.of(holder)
        if not answer["vaults"]:
            continue
        (item,) = answer["vaults"]
        for name, days in (("1d", 1), ("7d", 7), ("30d", 30)):
            begin = (state.now - days * DAY) // HOUR * HOUR
            seq = last_at(desk.store, state.seq, begin)
            past, _ = state_at(desk.store, Position(seq, begin))
            before = worth(past, holder, begin) if "FLUX" in past.vaults and past.now <= begin else 0
            moved = sum(flow for at, who, flow in flows if who == holder and at > begin)
            assert units(item[name]["net"]) == worth(state, holder, state.now) - before + moved, (holder, name)
        everything = sum(flow for _, who, flow in flows if who == holder)
        assert units(item["all"]["net"]) == worth(state, holder, state.now) + everything
        assert units(item["all"]["gross"]) >= units(item["all"]["net"])


def step(desk: Desk, chance: random.Random, flows: Flows, holder: str) -> None:
    """One command at random; what it paid goes to `flows`."""
    amount = str(chance.randint(1, 3_000))
    kind = chance.choice(("deposit", "deposit", "redeem", "transfer", "request", "cancel", "claim", "settle", "reward"))
    state, now = desk.state, desk.now
    if kind == "deposit":
        receipt = desk.send("vault.deposit", holder, vault="FLUX", assets=amount)
        if receipt.status == "applied":
            flows.append((now, holder, -units(receipt.result["assets"])))  # type: ignore[index]
    elif kind == "redeem":
        receipt = desk.send("vault.redeem", holder, vault="FLUX", shares=amount)
        if receipt.status == "applied":
            flows.append((now, holder, units(receipt.result["assets"])))  # type: ignore[index]
    elif kind == "transfer":
        to = chance.choice([name for name in ("alice", "bob", "carol") if name != holder])
        if desk.send("asset.transfer", holder, asset="vFLUX", to=to, amount=amount).status == "applied":
            from holdfast.protocol import liquid_vault
            from holdfast.protocol.shares import to_assets

            totals = liquid_vault.totals(desk.state, desk.state.vaults["FLUX"], now)
            shares = units(amount)
            value = totals.assets if shares == totals.shares else to_assets(shares, totals, rounding=FLOOR)
            flows += [(now, holder, value), (now, to, -value)]
    elif kind == "request":
        desk.send("vault.request_redeem", holder, vault="FLUX", shares=amount)
    elif kind in ("cancel", "claim"):
        own = [one for one in state.exits.values() if one.owner == holder]
        for one in own:
            if kind == "cancel" and one.status == "pending":
                desk.send("vault.cancel_redeem", holder, vault="FLUX", request=one.id)
                break
            if kind == "claim" and one.status == "claimable":
                desk.ok("vault.claim", holder, vault="FLUX", request=one.id)
                flows.append((now, holder, one.assets))
                break
    elif kind == "settle":
        desk.send("vault.settle", "keeper", vault="FLUX")
    else:
        loss = chance.random() < 0.3
        desk.send("vault.report_loss" if loss else "vault.add_rewards", "operator", vault="FLUX", assets=amount)


def test_vaults__a_deposit_is_no_profit_and_a_withdrawal_no_loss() -> None:
    chance, desk = random.Random(3), Desk()
    desk.vault(("alice", "1000"), ("bob", "333.33333333"))
    desk.reward("7.77777777")
    for _ in range(100):
        desk.later(HOUR)
        holder = chance.choice(("alice", "bob"))
        before = units(of(desk, holder, "vaults")["all"]["net"])
        deposits = chance.random() < 0.5
        amount = f"{chance.randint(1, 99)}.{chance.randint(0, 99_999_999):08}".rstrip("0").rstrip(".")
        if deposits:
            desk.deposit(holder, amount)
        else:
            desk.ok("vault.redeem", holder, vault="FLUX", shares=f"0.{chance.randint(1, 99_999_999):08}".rstrip("0"))
        change = units(of(desk, holder, "vaults")["all"]["net"]) - before
        assert -1 <= change <= (0 if deposits else 1), "more than what rounding leaves"


def test_vaults__gross__adds_the_performance_fee_on_the_shares_held() -> None:
    desk = Desk()
    desk.vault(("alice", "600"), ("bob", "400"), performance_fee_bps=1_000)
    desk.reward("100")  # fee 10: 6 on alice's shares, 4 on bob's
    alice, bob = (of(desk, name, "vaults")["all"] for name in ("alice", "bob"))
    assert (units(alice["gross"]) - units(alice["net"]), units(bob["gross"]) - units(bob["net"])) == (
        6 * 10**8,
        4 * 10**8,
    )
    assert abs(units(alice["net"]) - 54 * 10**8) <= 2
    desk.ok("asset.transfer", "alice", asset="vFLUX", to="bob", amount="600")
    desk.reward("100")  # all of this one's fee is bob's
    alice, bob = (of(desk, name, "vaults")["all"] for name in ("alice", "bob"))
    assert units(alice["gross"]) - units(alice["net"]) == 6 * 10**8
    assert abs(units(bob["gross"]) - units(bob["net"]) - 14 * 10**8) <= 1
    assert abs(units(alice["net"]) - 54 * 10**8) <= 2, "what he gave away counts as taken out"


def test_vaults__periods__begin_at_full_hours_and_hold_what_came_after() -> None:
    desk = Desk()
    desk.vault(("alice", "1000"))
    desk.later(40 * DAY)
    desk.reward("10")  # 41 days before the end
    desk.later(20 * DAY)
    desk.reward("20")  # 21
    desk.later(15 * DAY)
    desk.reward("30")  # 6
    desk.later(5 * DAY + 1_800)
    desk.reward("40")  # half an hour
    desk.later(1_800)
    desk.ok("vault.settle", "keeper", vault="FLUX")
    item = of(desk, "alice", "vaults")
    found = [round(units(item[name]["net"]) / 10**8) for name in ("1d", "7d", "30d", "all")]
    assert found == [40, 70, 90, 100]
    assert item["since"] == "2026-01-01T00:00:00Z"


# --- stakes, positions, keys -----------------------------------------------------------------------------------------


def test_stakes__cost_their_taxes_when_they_are_paid() -> None:
    desk = Desk()
    desk.mint("VG", "alice", "30000")
    desk.ok("term.stake", "alice", amount="1000")
    period = desk.view("stakes", "vg-1", "period_days")
    desk.later(period * DAY)
    desk.ok("term.unstake", "alice", stake="vg-1")
    item = of(desk, "alice", "stakes", "vg-1")
    assert item["all"] == {"net": "-200", "gross": "0"}
    assert item["1d"] == {"net": "-100", "gross": "0"}
    assert earned(desk).of("alice")["total"]["VG"]["all"] == {"net": "-200", "gross": "0"}


def test_stakes__reinvested__is_a_stake_of_its_own_without_a_tax_at_its_start() -> None:
    desk = Desk()
    desk.mint("VG", "alice", "30000")
    desk.ok("term.stake", "alice", amount="15000")
    desk.later(365 * DAY)
    desk.ok("term.unstake", "alice", stake="vg-1")
    assert of(desk, "alice", "stakes", "vg-1")["all"]["net"] == "-1950"  # 10 % of 15,000, and of 4,500
    assert of(desk, "alice", "stakes", "vg-2")["all"]["net"] == "0"


def test_positions__net_is_what_it_paid_beyond_the_deposit__gross_adds_the_interest() -> None:
    desk = Desk(leverage={"borrow_rate_bps": 1_000})
    desk.lender()
    desk.open("alice", "1000", 4)
    equity = []
    for _ in range(3):
        desk.later(10 * DAY)
        desk.end_era({"v1": "100"})
        view = desk.view("positions", "alice")
        equity.append(units9(view["value"]) - units9(view["debt"]) - units9(view["interest"]))
        item = of(desk, "alice", "positions", "alice")["all"]
        assert units9(item["net"]) == equity[-1] - 1_000 * 10**9
        assert units9(item["gross"]) - units9(item["net"]) == units9(view["interest"])
    desk.ok("leverage.request_close_position", "alice")
    desk.eras(7)
    before = desk.units("CSPR", "alice")
    interest = units9(desk.view("positions", "alice", "interest"))
    desk.ok("leverage.finalize_close_position", "alice")
    paid = desk.units("CSPR", "alice") - before
    item = of(desk, "alice", "positions", "alice")["all"]
    assert units9(item["net"]) == paid - 1_000 * 10**9
    assert units9(item["gross"]) - units9(item["net"]) == interest
    desk.open("alice", "500", 2)
    assert of(desk, "alice", "positions", "alice")["all"] == item, "a deposit is no profit"


@pytest.mark.parametrize("slash", [1_000, 2_600, 10_000])
def test_positions__interest_that_nothing_is_left_for__is_no_cost_of_the_holder(slash: int) -> None:
    """Gross is what it would have come to without interest; the reserve bears what the value does not reach."""
    found = []
    for rate in (10_000, 0):
        desk = Desk(leverage={"borrow_rate_bps": rate})
        desk.lender()
        desk.open("alice", "1000", 4)
        desk.later(20 * DAY)
        desk.end_era(v1=slash)
        open_ = of(desk, "alice", "positions", "alice")["all"]
        desk.ok("leverage.request_close_position", "alice")
        desk.eras(7)
        desk.ok("leverage.finalize_close_position", "alice")
        found.append((open_, of(desk, "alice", "positions", "alice")["all"]))
    with_interest, without = found
    for one, plain in zip(with_interest, without, strict=True):
        assert one["gross"] == plain["gross"] == plain["net"]
        assert units9(one["net"]) <= units9(one["gross"])
    assert slash != 10_000 or with_interest[0]["net"] == "-1000"


def test_positions__periods__are_reckoned_with_pools_and_eras_as_they_were_then() -> None:
    desk = Desk(leverage={"borrow_rate_bps": 1_000})
    desk.lender()
    desk.open("alice", "1000", 4)
    for _ in range(5):
        desk.later(2 * DAY)
        desk.end_era({"v1": "100"})
    now, item = desk.state, of(desk, "alice", "positions", "alice")
    for name, days in (("1d", 1), ("7d", 7)):
        begin = (now.now - days * DAY) // HOUR * HOUR
        past, _, _ = rebuild(desk.store, upto=last_at(desk.store, now.seq, begin))
        assert units9(item[name]["net"]) == equity_of(now) - equity_of(past)


def equity_of(state: State) -> int:
    from holdfast.protocol.interest import debt_with_interest
    from holdfast.protocol.leverage import value

    return value(state, state.positions["alice"]) - debt_with_interest(state, state.positions["alice"])


def units9(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    return sign * int(whole + fraction.ljust(9, "0"))


def test_positions__liquidated__a_loss_and_the_fee_is_nobodys_profit_here() -> None:
    desk = Desk()
    desk.lender()
    desk.open("alice", "1000", 5)
    desk.open("bob", "1000", 1)
    desk.end_era(v1=1_500)
    desk.ok("leverage.liquidate", "bob", holder="alice")
    desk.eras(7)
    bob = of(desk, "bob", "positions", "bob")["all"]
    desk.ok("leverage.finalize_close_position", "alice")
    assert units9(of(desk, "alice", "positions", "alice")["all"]["net"]) < 0
    assert of(desk, "bob", "positions", "bob")["all"] == bob


def test_fee_keys__each_owner_earned_what_came_in_his_time() -> None:
    desk = Desk()
    for holder in ("alice", "bob", "carol"):
        desk.mint("VG", holder, "100000")
    desk.ok("fee_key.issue", "operator", to="alice", locked_lp=5_000)
    desk.ok("term.stake", "carol", amount="1000")  # tax 100, 50 of it to fee keys
    desk.later(DAY)
    desk.ok("fee_key.claim", "alice", key="key-1")
    desk.ok("term.stake", "carol", amount="1000")
    desk.ok("fee_key.transfer", "alice", key="key-1", to="bob")
    desk.later(DAY)
    desk.ok("term.stake", "carol", amount="3000")
    fees = [units9(of(desk, name, "fee_keys", "key-1")["all"]["net"]) for name in ("alice", "bob")]
    assert [round(fee / 10**9) for fee in fees] == [100, 150]
    desk.ok("fee_key.transfer", "bob", key="key-1", to="alice")
    desk.ok("term.stake", "carol", amount="1000")
    again = [units9(of(desk, name, "fee_keys", "key-1")["all"]["net"]) for name in ("alice", "bob")]
    assert [round(fee / 10**9) for fee in again] == [150, 150]


# --- keeping up ------------------------------------------------------------------------------------------------------


def test_following__bit_by_bit_and_pruned__is_the_same_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.views import earnings

    chance, desk = random.Random(11), Desk()
    for holder in ("alice", "bob", "carol", "operator"):
        desk.mint("FLUX", holder, "100000")
    desk.ok("vault.create", "operator", asset="FLUX", performance_fee_bps=1_500, profit_unlock_seconds=3 * DAY)
    for _ in range(200):
        desk.later(chance.choice((0, HOUR, DAY, 2 * DAY)))
        step(desk, chance, [], chance.choice(("alice", "bob", "carol")))
    assert desk.now - START > 60 * DAY
    whole = earned(desk)
    monkeypatch.setattr(earnings, "PRUNED_EVERY", 3)
    pieces = Earnings(desk.service.genesis)
    while pieces.head.seq < desk.state.seq:
        pieces.take(desk.store.rows(pieces.head.seq, pieces.head.seq + chance.randint(1, 9)))
    for holder in ("alice", "bob", "carol"):
        assert pieces.of(holder) == whole.of(holder)


def test_timeline__keeps_what_full_hours_need() -> None:
    times: Timeline[str] = Timeline()
    for at, value in ((10, "a"), (3_600, "b"), (3_601, "c"), (5_000, "d"), (7_200, "e"), (7_200, "f"), (90_000, "g")):
        times.put(at, value)
    assert [times.at(second) for second in (0, 3_600, 7_200, 10_800, 86_400, 90_000, 10**9)] == [
        None, "b", "f", "f", "f", "g", "g",
    ]  # fmt: skip
    times.forget(7_200)
    assert [times.at(second) for second in (7_200, 90_000)] == ["f", "g"]
    times.forget(100_000)
    assert times.at(100_000) == "g"


# --- rates -----------------------------------------------------------------------------------------------------------


def test_rates__at_every_step__are_those_of_the_state_then() -> None:
    chance, desk = random.Random(5), Desk()
    for holder in ("alice", "bob", "carol", "operator"):
        desk.mint("FLUX", holder, "100000")
    desk.later(100)
    desk.ok("vault.create", "operator", asset="FLUX", profit_unlock_seconds=5 * DAY)
    desk.ok("strategy.add", "operator", vault="FLUX", strategy="s", protocol="P", cap="50000", yield_curve=[["0", 500]])
    for _ in range(80):
        desk.later(chance.choice((0, 600, HOUR, 5 * HOUR)))
        step(desk, chance, [], chance.choice(("alice", "bob", "carol")))
        if chance.random() < 0.1:
            desk.send("strategy.allocate", "operator", vault="FLUX", strategy="s", amount="100")
        if chance.random() < 0.05:
            desk.send("strategy.report", "oracle", strategy="s", gain="5")
    from holdfast.protocol import liquid_vault

    rates = list(earned(desk).rates("FLUX", HOUR, 0, desk.now))
    assert len(rates) > 60
    for rate in rates:
        assert rate.at % HOUR == 0
        seq = last_at(desk.store, desk.state.seq, rate.at)
        state, _ = state_at(desk.store, Position(seq, rate.at))
        assert rate.totals == liquid_vault.totals(state, state.vaults["FLUX"], rate.at)
        assert rate.seq <= seq
    days = list(earned(desk).rates("FLUX", 24 * HOUR, START + DAY, desk.now))
    assert days == [rate for rate in rates if rate.at % DAY == 0 and rate.at >= START + DAY]
