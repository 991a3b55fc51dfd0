"""Previews equal what the command does; a limit succeeds and one more is refused, on real states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.engine import machine
from holdfast.engine.genesis import Genesis
from holdfast.errors import HoldfastError, UnknownVault
from holdfast.primitives.asset import RANGE_MAX
from holdfast.protocol import liquid_vault, vault_limits
from holdfast.protocol.state import State
from holdfast.wire import codec

HOLDERS = ("alice", "bob")
Step = tuple[str, str, dict[str, Any], int]


def send(state: State, kind: str, actor: str, now: int, **fields: Any) -> dict[str, Any] | None:
    """Decide and apply one command; None where it is refused."""
    try:
        outcome = machine.decide(state, codec.command(kind, "c", actor, **fields), now)
    except HoldfastError:
        return None
    machine.apply(state, outcome, state.seq + 1, now)
    return outcome.result


def answer(state: State, kind: str, actor: str, now: int, **fields: Any) -> dict[str, Any] | None:
    """What the command would give; None where it is refused."""
    try:
        return machine.decide(state, codec.command(kind, "c", actor, **fields), now).result
    except HoldfastError:
        return None


def fresh(range_: str = "u64", **vault: Any) -> State:
    """A desk with asset X (no decimals) and vault X, nothing minted yet."""
    state = Genesis().state()
    assert send(state, "asset.create", "operator", 0, asset="X", decimals=0, range=range_)
    assert send(state, "vault.create", "operator", 0, asset="X", **vault)
    return state


def build(steps: list[Step], range_: str, limit: str | None, unlock: int) -> State:
    """A state that a history of commands, some of them refused, leads to."""
    state = fresh(range_, deposit_limit=limit, profit_unlock_seconds=unlock)
    now = 0
    for kind, actor, fields, seconds in steps:
        now += seconds
        send(state, kind, actor, now, **fields)
    return state


def histories(amounts: st.SearchStrategy[int]) -> st.SearchStrategy[list[Step]]:
    """Lists of commands on vault X."""
    holder, text, seconds = st.sampled_from(HOLDERS), amounts.map(str), st.integers(0, 4)

    def step(kind: str, actor: st.SearchStrategy[str], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
        return st.tuples(st.just(kind), actor, st.fixed_dictionaries(dict(fields)), seconds)

    operator, x = st.just("operator"), st.just("X")
    return st.lists(
        st.one_of(
            step("asset.mint", operator, asset=x, to=st.sampled_from((*HOLDERS, "operator")), amount=text),
            step("vault.deposit", holder, vault=x, assets=text),
            step("vault.mint", holder, vault=x, shares=text),
            step("vault.redeem", holder, vault=x, shares=text),
            step("vault.add_rewards", operator, vault=x, assets=text),
            step("vault.report_loss", operator, vault=x, assets=text),
            step("vault.request_redeem", holder, vault=x, shares=text),
            step("vault.settle", st.just("keeper"), vault=x),
            step("asset.set_authorized", operator, asset=x, account=holder, authorized=st.booleans()),
            step(
                "asset.transfer",
                holder,
                asset=st.sampled_from(("X", "vX")),
                to=st.sampled_from((*HOLDERS, "operator")),
                amount=text,
            ),
            step("vault.pause", operator, vault=x),
            step("vault.unpause", operator, vault=x),
        ),
        max_size=14,
    ).map(lambda steps: [*opening(), *steps])


def opening() -> list[Step]:
    """Something to act with, so that most histories get somewhere."""
    return [
        ("asset.mint", "operator", {"asset": "X", "to": name, "amount": "20"}, 0) for name in (*HOLDERS, "operator")
    ]


SMALL = st.integers(0, 20)
HUGE = st.one_of(
    SMALL,
    st.integers(0, 2**64 - 1),
    st.integers(0, 63).map(lambda bit: 1 << bit),
    st.integers(0, 40).map(lambda less: 2**64 - 1 - less),
)

LIMITS: dict[str, tuple[Callable[[State, str, str, int], int], str]] = {
    "vault.deposit": (vault_limits.max_deposit, "assets"),
    "vault.mint": (vault_limits.max_mint, "shares"),
    "vault.withdraw": (vault_limits.max_withdraw, "assets"),
    "vault.redeem": (vault_limits.max_redeem, "shares"),
}


def check_limits(state: State, now: int) -> None:
    for holder in (*HOLDERS, "stranger"):
        for kind, (limit, field) in LIMITS.items():
            most = limit(state, "X", holder, now)
            assert most >= 0
            if most:
                assert answer(state, kind, holder, now, vault="X", **{field: str(most)}), f"{kind} {most} by {holder}"
            more = answer(state, kind, holder, now, vault="X", **{field: str(most + 1)})
            assert more is None, f"{kind} {most} + 1 by {holder}"


def check_previews(state: State, now: int, amount: int) -> None:
    for holder in HOLDERS:
        for kind, field, other, told in (
            ("vault.deposit", "assets", "shares", vault_limits.preview_deposit(state, "X", amount, now)),
            ("vault.mint", "shares", "assets", vault_limits.preview_mint(state, "X", amount, now)),
            ("vault.withdraw", "assets", "shares", vault_limits.preview_withdraw(state, "X", amount, now, holder)),
            ("vault.redeem", "shares", "assets", vault_limits.preview_redeem(state, "X", amount, now)),
        ):
            done = answer(state, kind, holder, now, vault="X", **{field: str(amount)})
            assert done is None or done[other] == str(told), kind


@settings(max_examples=400, deadline=None)
@given(histories(SMALL), st.none() | SMALL.map(str), st.sampled_from((0, 5)), st.integers(0, 6), SMALL)
def test_limits_and_previews__small_amounts__are_exact(
    steps: list[Step], limit: str | None, unlock: int, later: int, amount: int
) -> None:
    state = build(steps, "u64", limit, unlock)
    check_limits(state, state.now + later)
    check_previews(state, state.now + later, amount)


@settings(max_examples=300, deadline=None)
@given(histories(HUGE), st.none() | HUGE.map(str), st.sampled_from((0, 5)), st.integers(0, 6), HUGE)
def test_limits_and_previews__huge_amounts__are_exact(
    steps: list[Step], limit: str | None, unlock: int, later: int, amount: int
) -> None:
    state = build(steps, "u64", limit, unlock)
    check_limits(state, state.now + later)
    check_previews(state, state.now + later, amount)


@pytest.mark.parametrize("elsewhere", range(4))
def test_limits__all_small_vaults__are_exact(elsewhere: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where assets that belong to the vault are not free, as once they are deployed in a strategy."""
    free_assets = liquid_vault.free_assets
    monkeypatch.setattr(liquid_vault, "free_assets", lambda *given: free_assets(*given) - elsewhere)
    for deposited in range(1, 8):
        for change in range(-deposited, 8):
            for quoted in range(deposited + 1):
                state = fresh(profit_unlock_seconds=0)
                for name, amount in (("alice", "9"), ("bob", "1"), ("operator", "9")):
                    send(state, "asset.mint", "operator", 0, asset="X", to=name, amount=amount)
                send(state, "vault.deposit", "alice", 0, vault="X", assets=str(deposited))
                if quoted:
                    send(state, "vault.request_redeem", "alice", 0, vault="X", shares=str(quoted))
                if change > 0:
                    send(state, "vault.add_rewards", "operator", 0, vault="X", assets=str(change))
                elif change:
                    send(state, "vault.report_loss", "operator", 0, vault="X", assets=str(-change))
                check_limits(state, 0)


@pytest.mark.parametrize("range_", sorted(RANGE_MAX))
def test_max_mint__shares_cheaper_than_assets__stops_at_the_range_of_the_share(range_: str) -> None:
    """After a loss shares are cheap: a balance within the range could buy more shares than the range has."""
    state, whole = fresh(range_), RANGE_MAX[range_]
    for name, amount in (("alice", whole // 2), ("bob", whole // 2)):
        assert send(state, "asset.mint", "operator", 0, asset="X", to=name, amount=str(amount))
    assert send(state, "vault.deposit", "alice", 0, vault="X", assets=str(whole // 2))
    assert send(state, "vault.report_loss", "operator", 0, vault="X", assets=str(whole // 2 - 7))
    check_limits(state, 0)
    assert vault_limits.max_mint(state, "X", "bob", 0) == whole - whole // 2
    assert 0 < vault_limits.max_deposit(state, "X", "bob", 0) < 20


def test_max_withdraw__sole_holder_of_an_uneven_vault__takes_everything() -> None:
    state = fresh(profit_unlock_seconds=0)
    for name, amount in (("alice", "3"), ("operator", "7")):
        send(state, "asset.mint", "operator", 0, asset="X", to=name, amount=amount)
    send(state, "vault.deposit", "alice", 0, vault="X", assets="3")
    send(state, "vault.add_rewards", "operator", 0, vault="X", assets="7")
    assert vault_limits.convert_to_assets(state, "X", 3, 0) == 8
    assert vault_limits.max_withdraw(state, "X", "alice", 0) == 10
    assert vault_limits.preview_withdraw(state, "X", 10, 0, "alice") == 3
    assert vault_limits.preview_withdraw(state, "X", 10, 0) == 4
    assert vault_limits.preview_redeem(state, "X", 3, 0) == 10
    assert vault_limits.max_redeem(state, "X", "alice", 0) == 3


def test_limits__unknown_vault_and_protocol_account__are_0() -> None:
    state = fresh()
    send(state, "asset.mint", "operator", 0, asset="X", to="alice", amount="5")
    for limit, _ in LIMITS.values():
        assert limit(state, "Y", "alice", 0) == 0
        assert limit(state, "X", "@vault:X", 0) == 0
    assert vault_limits.max_deposit(state, "X", "alice", 0) == 5


def test_limits__a_second_in_the_past__counts_as_the_present() -> None:
    state = fresh(profit_unlock_seconds=10)
    for name in ("alice", "operator"):
        send(state, "asset.mint", "operator", 0, asset="X", to=name, amount="20")
    send(state, "vault.deposit", "alice", 100, vault="X", assets="20")
    send(state, "vault.add_rewards", "operator", 100, vault="X", assets="20")
    for limit, _ in LIMITS.values():
        assert limit(state, "X", "alice", 0) == limit(state, "X", "alice", 100)


@pytest.mark.parametrize("preview", ["convert_to_shares", "convert_to_assets", "preview_deposit", "preview_mint",
                                     "preview_withdraw", "preview_redeem"])  # fmt: skip
def test_previews__unknown_vault__are_refused(preview: str) -> None:
    with pytest.raises(UnknownVault):
        getattr(vault_limits, preview)(fresh(), "Y", 1, 0)
