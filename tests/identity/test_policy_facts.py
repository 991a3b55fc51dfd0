"""What commands mean to policies: every type and amount is covered, and the figures are those that really move."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.engine.journal import recorded_answer
from holdfast.engine.machine import RULES
from holdfast.identity.policies.facts import MEANINGS, Facts, facts, person_of
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS
from holdfast.protocol.outcome import Outcome
from support import DAY, Desk

AMOUNTS = ("Amount", "Curve")
"""Types of arguments that hold amounts."""

SHARES = {"shares"}
"""Amounts of shares, which count as what they are worth in assets."""


def amounts_of(kind: type[Command]) -> set[str]:
    return {name for name, hint in kind.__annotations__.items() if any(word in hint for word in AMOUNTS)}


def test_every_command__has_a_meaning() -> None:
    assert MEANINGS.keys() == RULES.keys() == set(COMMANDS.values())


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=list(COMMANDS))
def test_every_amount_of_a_command__is_counted_or_a_bound_with_its_reason(kind: type[Command]) -> None:
    meaning = MEANINGS[kind]
    assert amounts_of(kind) == {*meaning.amounts, *meaning.bounds}
    assert not set(meaning.amounts) & set(meaning.bounds)
    assert bool(meaning.amounts) <= (meaning.measure is not None)
    assert all(reason for reason in meaning.bounds.values())


def seen(desk: Desk, kind: str, actor: str, /, **fields: Any) -> Facts:
    """Carry a command out; what policies saw of it before."""
    command = desk.command(kind, actor, **fields)
    found = facts(desk.state, command, desk.decide(kind, actor, **fields))
    desk.ok(kind, actor, **fields)
    return found


def shown(desk: Desk, found: Facts) -> tuple[str, str | None, tuple[str, ...]]:
    """Asset, amount in whole tokens, and counterparties."""
    amount = None if found.amount is None else desk.state.assets[found.asset].text(found.amount)
    return found.asset, amount, found.counterparties


def test_assets() -> None:
    desk = Desk()
    assert shown(desk, seen(desk, "asset.mint", "operator", asset="VG", to="alice", amount="100")) == (
        ("VG", "100", ("alice",))
    )
    sent = seen(desk, "asset.transfer", "alice", asset="VG", to="bob", amount="10")
    assert shown(desk, sent) == ("VG", "10", ("bob",))
    assert (sent.type, sent.actor, sent.decimals, sent.unknown) == ("asset.transfer", "alice", 9, False)
    desk.approve("VG", "alice", "carol", "30")
    assert shown(
        desk, seen(desk, "asset.transfer_from", "carol", asset="VG", from_="alice", to="dave", amount="5")
    ) == (("VG", "5", ("alice", "dave")))
    assert shown(desk, seen(desk, "asset.burn_from", "carol", asset="VG", from_="alice", amount="1")) == (
        ("VG", "1", ("alice",))
    )
    assert shown(desk, seen(desk, "asset.burn", "alice", asset="VG", amount="2")) == ("VG", "2", ())
    assert shown(desk, seen(desk, "asset.clawback", "operator", asset="VG", from_="alice", amount="3")) == (
        ("VG", "3", ("alice",))
    )


def test_an_allowance__counts_as_the_amount_it_permits() -> None:
    desk = Desk()
    fields = {"asset": "VG", "spender": "bob", "amount": "77", "expires_at": "2027-01-01T00:00:00Z"}
    assert shown(desk, seen(desk, "asset.approve", "alice", **fields)) == ("VG", "77", ("bob",))


def test_vaults__shares_count_as_the_assets_they_move() -> None:
    desk = Desk()
    desk.vault(("alice", "1000"))
    desk.reward("500")
    desk.mint("FLUX", "bob", "300")
    assert shown(desk, seen(desk, "vault.deposit", "bob", vault="FLUX", assets="30", receiver="carol")) == (
        ("FLUX", "30", ("carol",))
    )
    assert shown(desk, seen(desk, "vault.mint", "bob", vault="FLUX", shares="20"))[:2] == ("FLUX", "30")
    assert shown(desk, seen(desk, "vault.redeem", "alice", vault="FLUX", shares="100"))[:2] == ("FLUX", "149.99999999")
    assert shown(desk, seen(desk, "vault.withdraw", "alice", vault="FLUX", assets="15", receiver="bob")) == (
        ("FLUX", "15", ("bob",))
    )
    assert shown(desk, seen(desk, "vault.request_redeem", "alice", vault="FLUX", shares="100")) == (("FLUX", "150", ()))
    assert shown(desk, seen(desk, "vault.settle", "keeper", vault="FLUX")) == ("FLUX", "150", ())
    assert shown(desk, seen(desk, "vault.claim", "alice", request="exit-1")) == ("FLUX", "150", ())
    assert shown(desk, seen(desk, "vault.report_loss", "operator", vault="FLUX", assets="1")) == ("FLUX", "1", ())


def test_the_last_share__counts_what_is_paid_and_not_what_is_swept() -> None:
    desk = Desk()
    desk.vault(("alice", "10"), profit_unlock_seconds=100)
    desk.reward("5")
    found = seen(desk, "vault.redeem", "alice", vault="FLUX", shares="10")
    assert shown(desk, found) == ("FLUX", "10", ())


def test_term_stakes__count_the_stake_in_and_the_payment_out() -> None:
    desk = Desk(term={"keeper_unstakes": True})
    desk.mint("VG", "alice", "500")
    assert shown(desk, seen(desk, "term.stake", "alice", amount="200")) == ("VG", "200", ())
    desk.later(400 * DAY)
    paid = shown(desk, seen(desk, "term.unstake", "keeper", stake="vg-1"))
    assert paid == ("VG", "180", ("alice",))


def test_leverage__counts_the_whole_exposure() -> None:
    desk = Desk()
    desk.lender("100000")
    desk.mint("CSPR", "alice", "200")
    opened = seen(desk, "leverage.open_position", "alice", deposit="200", leverage=4, validator="v1")
    assert shown(desk, opened) == ("CSPR", "800", ())
    assert shown(desk, seen(desk, "network.end_era", "oracle", era=1, rewards={"v1": "8"}, slashes={"v1": 1})) == (
        ("CSPR", "8.0808", ())
    )
    assert shown(desk, seen(desk, "leverage.request_close_position", "alice"))[1] == "807.9192"
    desk.eras(7)
    asset, amount, _ = shown(desk, seen(desk, "leverage.finalize_close_position", "alice"))
    assert (asset, amount) == ("CSPR", desk.balance("CSPR", "alice"))


def test_strategies__count_caps_and_what_moves() -> None:
    desk = Desk()
    desk.vault(("alice", "1000"))
    curve = [["0", 500]]
    added = {"vault": "FLUX", "strategy": "s", "protocol": "P", "yield_curve": curve, "cap": "700"}
    assert shown(desk, seen(desk, "strategy.add", "operator", **added)) == ("FLUX", "700", ())
    assert shown(desk, seen(desk, "strategy.set_cap", "operator", strategy="s", cap="600")) == ("FLUX", "600", ())
    assert shown(desk, seen(desk, "strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="300")) == (
        ("FLUX", "300", ())
    )
    assert shown(desk, seen(desk, "strategy.report", "oracle", strategy="s", loss="4")) == ("FLUX", "4", ())
    assert shown(desk, seen(desk, "strategy.report", "oracle", strategy="s", gain="6")) == ("FLUX", "6", ())
    assert shown(desk, seen(desk, "strategy.deallocate", "keeper", strategy="s", amount="50")) == ("FLUX", "50", ())
    assert shown(desk, seen(desk, "strategy.complete", "keeper", request="unwind-1")) == ("FLUX", "50", ())
    desk.ok("portfolio.plan", "keeper", vault="FLUX")
    assert shown(desk, seen(desk, "portfolio.rebalance", "keeper", vault="FLUX"))[:2] == ("FLUX", "348")


def test_what_moves_nothing__has_no_amount() -> None:
    desk = Desk()
    role = seen(desk, "role.grant", "operator", role="keeper", account="bob")
    assert role == Facts("role.grant", "operator", counterparties=("bob",))
    created = seen(desk, "vault.create", "operator", asset="FLUX", deposit_limit="500")
    assert shown(desk, created) == ("FLUX", None, ())
    assert not created.unknown


@pytest.mark.parametrize(
    ("kind", "fields", "unknown"),
    [
        ("asset.transfer", {"asset": "NONE", "to": "bob", "amount": "5"}, True),
        ("asset.transfer", {"asset": "VG", "to": "bob", "amount": "0.00000000001"}, True),
        ("vault.redeem", {"vault": "NONE", "shares": "5"}, True),
        ("vault.claim", {"request": "exit-9"}, True),
        ("asset.transfer", {"asset": "VG", "to": "bob", "amount": "5"}, False),
        ("leverage.open_position", {"deposit": "5", "leverage": 2, "validator": "v9"}, False),
        ("role.grant", {"role": "keeper", "account": "bob"}, False),
    ],
)
def test_a_refused_command__tells_its_amount_where_it_states_one(
    kind: str, fields: dict[str, Any], unknown: bool
) -> None:
    desk = Desk()
    found = facts(desk.state, desk.command(kind, "alice", **fields), None)
    assert found.unknown is unknown
    assert not (found.unknown and found.amount is not None)


def test_the_other_side__is_everybody_named_or_paid_but_the_actor() -> None:
    desk = Desk()
    desk.vault(("alice", "100"))
    to_himself = desk.command("vault.withdraw", "alice", vault="FLUX", assets="1", receiver="alice", owner="alice")
    outcome = desk.decide("vault.withdraw", "alice", vault="FLUX", assets="1", receiver="alice", owner="alice")
    assert facts(desk.state, to_himself, outcome).counterparties == ()


@pytest.mark.parametrize(
    ("name", "person"), [("alice/key", "alice"), ("alice/a/b", "alice"), ("cli-1", "olga"), ("/x", "")]
)
def test_person__is_what_stands_before_the_first_slash(name: str, person: str) -> None:
    command = Desk().command("asset.burn", "olga", asset="VG", amount="1")
    assert person_of(COMMANDS["asset.burn"](id=name, actor=command.actor, asset="VG", amount="1")) == person  # type: ignore[call-arg]


def test_facts_of_the_journal__are_the_same_at_any_later_state() -> None:
    """Sums are rebuilt from records at a state that has gone on since."""
    desk = Desk(term={"keeper_unstakes": True})
    live: dict[int, Facts] = {}

    def do(kind: str, actor: str, /, **fields: Any) -> None:
        found = seen(desk, kind, actor, **fields)
        live[desk.state.seq] = found

    do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0)
    do("asset.mint", "operator", asset="FLUX", to="alice", amount="100")
    do("vault.deposit", "alice", vault="FLUX", assets="100")
    do("vault.request_redeem", "alice", vault="FLUX", shares="40")
    do("vault.settle", "keeper", vault="FLUX")
    do("vault.claim", "alice", request="exit-1")
    do("vault.redeem", "alice", vault="FLUX", shares="60")
    do("asset.mint", "operator", asset="VG", to="alice", amount="500")
    do("term.stake", "alice", amount="200")
    desk.later(400 * DAY)
    do("term.unstake", "keeper", stake="vg-1")
    for row in desk.store.rows():
        command, answer = recorded_answer(row)
        assert isinstance(answer, Outcome)
        assert facts(desk.state, command, answer) == live[row.seq]
