"""The tax split adds up; fee keys never claim more than there is, in whatever order."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.asset import format_units
from holdfast.protocol.records import FeeKey, FeePool
from holdfast.protocol.reward_index import accrue, claimable, join
from support import Desk

UNITS = st.one_of(st.integers(1, 100), st.integers(1, 10**15))


def text(units: int) -> str:
    return format_units(units, 9)


@given(UNITS, st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 2_000))
def test_transfer_tax__any_split__adds_up_to_the_unit(amount: int, fees: int, buyback: int, rate: int) -> None:
    desk = Desk(tax={"fee_keys_bps": min(fees, 10_000 - buyback), "buyback_bps": buyback})
    desk.ok("asset.create", "operator", asset="T", decimals=9, transfer_tax_bps=rate)
    for asset in ("T", "VG"):
        desk.mint(asset, "alice", text(amount))
        desk.ok("asset.transfer", "alice", asset=asset, to="bob", amount=text(amount))
        bps = rate if asset == "T" else 1_000
        tax = amount * bps // 10_000
        assert desk.units(asset, "bob") == amount - tax
        parts = [desk.units(asset, f"@{pot}:{asset}") for pot in ("fees", "buyback", "treasury")]
        assert sum(parts) == tax
        assert parts[1] == tax * buyback // 10_000
        assert parts[0] == (tax * min(fees, 10_000 - buyback) // 10_000 if asset == "VG" else 0)


WEIGHTS = st.one_of(st.integers(1, 10), st.integers(1, 10**12))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fee"), UNITS),
        st.tuples(st.just("key"), WEIGHTS),
        st.tuples(st.just("claim"), st.integers(0, 9)),
    ),
    max_size=30,
)


@given(STEPS)
def test_fee_keys__any_history__claims_are_covered_fair_and_independent_of_order(
    steps: list[tuple[str, int]],
) -> None:

    pool = FeePool("VG", 0, 0, 0)
    keys: list[FeeKey] = []
    exact: list[Fraction] = []
    waiting = arrived = paid = 0
    for what, number in steps:
        if what == "fee":
            arrived += number
            if pool.weight:
                exact = [due + Fraction(number * key.weight, pool.weight) for due, key in zip(exact, keys, strict=True)]
                pool = accrue(pool, number)
            else:
                waiting += number
        elif what == "key":
            first = not pool.weight
            keys.append(FeeKey(f"key-{len(keys) + 1}", "x", 1, "t", number, pool.accumulated))
            pool = join(pool, number)
            exact.append(Fraction(waiting if first else 0))
            if first:
                pool, waiting = accrue(pool, waiting), 0
        elif keys:
            key = keys[number % len(keys)]
            due = max(claimable(pool, key), 0)
            paid += due
            keys[number % len(keys)] = FeeKey(key.id, key.owner, 1, "t", key.weight, key.since, key.paid + due)
    left = [max(claimable(pool, key), 0) for key in keys]
    carried = Fraction(len(steps) * pool.weight, 10**18)  # remainders of earlier accruals, which a newcomer shares
    assert paid + sum(left) <= arrived - waiting
    for key, due, fair in zip(keys, left, exact, strict=True):
        assert fair - 2 < key.paid + due <= fair + carried


@given(st.permutations(range(4)), st.lists(UNITS, min_size=1, max_size=4), st.lists(WEIGHTS, min_size=4, max_size=4))
def test_claim__order_of_claims__does_not_matter(order: list[int], fees: list[int], weights: list[int]) -> None:
    desk = Desk()
    for weight in weights:
        desk.ok("fee_key.issue", "operator", to=f"h{len(desk.state.fee_keys)}", locked_lp=weight)
    for fee in fees:
        desk.mint("VG", "payer", text(fee))
        desk.ok("asset.transfer", "payer", asset="VG", to="sink", amount=text(fee))
    expected = [desk.view("fee_keys", f"key-{number + 1}", "claimable") for number in range(4)]
    there = desk.units("VG", "@fees:VG")
    for number in order:
        receipt = desk.send("fee_key.claim", f"h{number}", key=f"key-{number + 1}")
        assert receipt.status == "applied" or expected[number] == "0"
    assert [desk.balance("VG", f"h{number}") for number in range(4)] == expected
    assert 0 <= there - sum(desk.units("VG", f"h{number}") for number in range(4)) <= 4
    desk.check()
