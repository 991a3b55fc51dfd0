"""Contribution rewards, over many cases: exact sums, fair to a unit, conserved from report to redemption."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from attesting import key_of, network, public_key, resource, signed, started
from holdfast.primitives.fixed_point import share_out
from holdfast.primitives.signatures import report_message, verify
from holdfast.protocol.depin import overlaps, with_span
from support import Desk

HOUR = 3_600
BPS = st.integers(0, 10_000)
WEIGHTS = st.lists(st.integers(0, 10**30) | st.integers(0, 3), min_size=1, max_size=12).filter(any)


@given(amount=st.integers(0, 10**24) | st.integers(0, 20), weights=WEIGHTS)
def test_share_out__sums_exactly_and_is_fair_to_a_unit(amount: int, weights: list[int]) -> None:
    named = [(f"r{place}", weight) for place, weight in enumerate(weights)]
    parts = share_out(amount, named)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount * weight, sum(weights))
        assert abs(part - exact) < 1
        assert part == 0 or weight > 0
    for (one, mine), (other, yours) in zip(
        zip(weights, parts, strict=True), zip(weights[1:], parts[1:], strict=True), strict=False
    ):
        assert one <= other or mine >= yours


@given(amount=st.integers(0, 100), weights=WEIGHTS, data=st.data())
def test_share_out__the_order_of_the_weights_does_not_matter(
    amount: int, weights: list[int], data: st.DataObject
) -> None:
    named = [(f"r{place:02}", weight) for place, weight in enumerate(weights)]
    turned = data.draw(st.permutations(named))
    one = dict(zip((name for name, _ in named), share_out(amount, named), strict=True))
    other = dict(zip((name for name, _ in turned), share_out(amount, turned), strict=True))
    assert one == other


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), max_size=25))
def test_spans__any_order_of_reports__cover_just_what_was_reported(reports: list[tuple[int, int]]) -> None:
    spans: tuple[tuple[int, int], ...] = ()
    seconds: set[int] = set()
    for start, length in reports:
        stretch = set(range(start, start + length))
        assert overlaps(spans, start, start + length) == bool(seconds & stretch)
        if not seconds & stretch:
            spans = with_span(spans, start, start + length)
            seconds |= stretch
    assert [second for begin, end in spans for second in range(begin, end)] == sorted(seconds)
    assert all(one[1] < other[0] for one, other in pairwise(spans))


FIELDS = st.tuples(st.integers(0, 2**33), st.integers(0, 2**33), BPS, BPS, BPS, st.integers(0, 2**53 - 1))


@given(one=FIELDS, other=FIELDS, names=st.lists(st.sampled_from(["a", "b", "a.b"]), min_size=4, max_size=4))
def test_signature__is_good_for_its_own_report_alone(
    one: tuple[int, int, int, int, int, int], other: tuple[int, int, int, int, int, int], names: list[str]
) -> None:
    mine, yours = report_message(names[0], names[1], *one), report_message(names[2], names[3], *other)
    signature = key_of("probe").sign(mine).hex()
    assert verify(public_key("probe"), mine, signature)
    assert verify(public_key("probe"), yours, signature) == ((names[:2], one) == (names[2:], other))
    assert not verify(public_key("mallory"), mine, signature)


CONTRIBUTORS = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(1, HOUR), BPS, BPS, BPS, st.booleans(), st.booleans()),
    min_size=1,
    max_size=6,
)


@given(
    contributors=CONTRIBUTORS,
    funds=st.integers(0, 10**10),
    emission=st.integers(1, 10**10),
    limit=st.integers(0, 10**10),
    reward=st.integers(0, 10**6),
)
def test_pipeline__report_close_vault_restake_redeem__conserves_and_profits_nobody(
    contributors: list[tuple[int, int, int, int, int, bool, bool]], funds: int, emission: int, limit: int, reward: int
) -> None:
    desk = Desk()
    text = desk.state.assets["FLUX"].text
    desk.vault(deposit_limit=text(limit + 1_000))
    desk.deposit("zoe", "0.00001")
    if reward:
        desk.reward(text(reward))
    network(desk, text(funds), emission_per_epoch=text(emission))
    begun = started(desk)
    desk.later(HOUR)
    for place, (capacity, seconds, *bps, staked, frozen) in enumerate(contributors):
        owner = f"owner-{place}"
        resource(desk, owner, owner, f"{capacity // 10**6}.{capacity % 10**6:06}", vault="FLUX" if staked else None)
        desk.ok("depin.report", "probe", **signed("net", owner, begun, begun + seconds, (bps[0], bps[1], bps[2])))
        if frozen:
            desk.freeze("FLUX", owner)
    vault = desk.state.vaults["FLUX"]
    before, supply = desk.state.idle(vault), desk.state.book.supply("vFLUX")
    result = desk.ok("depin.close_epoch", "keeper", network="net")
    after, shares = desk.state.idle(vault), desk.state.book.supply("vFLUX")
    assert (after + 1) * (supply + 1) >= (before + 1) * (shares + 1)
    scored = any(all(bps) for _, _, *bps, _, _ in contributors)
    due = min(funds, emission)
    assert desk.state.assets["FLUX"].units(result["paid" if scored else "carried_over"]) == due
    held = desk.state.indexes.contributions.owed("net")
    paid_plainly = sum(desk.units("FLUX", f"owner-{place}") for place in range(len(contributors)))
    assert paid_plainly + (after - before) + held == (due if scored else 0)
    for place, (_, _, *_, _, frozen) in enumerate(contributors):
        if frozen:
            desk.freeze("FLUX", f"owner-{place}", thaw=True)
    desk.later(HOUR)
    desk.ok("depin.close_epoch", "keeper", network="net")
    assert desk.state.indexes.contributions.owed("net") == 0
    received = 0
    for place in range(len(contributors)):
        owner = f"owner-{place}"
        held_shares = desk.balance("vFLUX", owner)
        if held_shares != "0":
            desk.send("vault.redeem", owner, vault="FLUX", shares=held_shares)
        received += desk.units("FLUX", owner)
    assert received <= (due if scored else 0)
    desk.check()
