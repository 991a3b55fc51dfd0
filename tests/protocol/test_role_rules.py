"""Roles: granted, revoked, asked for at the time of the call (rules 0)."""

from __future__ import annotations

import pytest

from holdfast.engine.machine import RULES
from holdfast.protocol.commands import COMMANDS
from support import Desk, frozen_copy

OPERATOR = {
    "role.grant", "role.revoke", "asset.create", "vault.create", "vault.pause", "vault.unpause", "vault.report_loss",
    "fee_key.issue", "treasury.spend", "validator.register", "validator.set_active", "leverage.provide_reserve",
    "leverage.withdraw_reserve", "strategy.add", "strategy.set_cap", "strategy.disable",
    "depin.add_network", "depin.add_attestor", "depin.remove_attestor", "depin.fund",
}  # fmt: skip


def test_rules__who_may__as_the_rules_say() -> None:
    needed = {kind: RULES[command].roles for kind, command in COMMANDS.items()}
    expected = dict.fromkeys(COMMANDS, ()) | dict.fromkeys(OPERATOR, ("operator",))
    expected |= {
        "vault.add_rewards": ("operator", "keeper"),
        "vault.settle": ("keeper",),
        "depin.close_epoch": ("keeper",),
        "buyback.set_price": ("oracle",),
        "network.end_era": ("oracle",),
        "strategy.set_yield": ("oracle",),
        "strategy.report": ("oracle",),
        "strategy.allocate": ("operator", "keeper"),
        "strategy.deallocate": ("operator", "keeper"),
        "strategy.complete": ("operator", "keeper"),
        "portfolio.plan": ("operator", "keeper"),
        "portfolio.rebalance": ("operator", "keeper"),
    }
    assert needed == expected


def test_revoke__the_last_operator__last_operator(desk: Desk) -> None:
    desk.no("last_operator", "role.revoke", "operator", role="operator", account="operator")
    desk.ok("role.grant", "operator", role="operator", account="root")
    desk.ok("role.revoke", "operator", role="operator", account="operator")
    desk.no("not_authorized", "role.grant", "operator", role="operator", account="operator")
    desk.no("last_operator", "role.revoke", "root", role="operator", account="root")


@pytest.mark.parametrize("role", ["oracle", "keeper"])
def test_revoke__the_last_of_another_role__applied(desk: Desk, role: str) -> None:
    desk.ok("role.revoke", "operator", role=role, account=role)
    desk.ok("role.grant", "operator", role=role, account=role)


def test_grant_and_revoke__held_already_or_not_held__applied_and_nothing_changes(desk: Desk) -> None:
    before = frozen_copy(desk.state)
    desk.ok("role.grant", "operator", role="keeper", account="keeper")
    desk.ok("role.revoke", "operator", role="keeper", account="nobody")
    desk.ok("role.revoke", "operator", role="operator", account="nobody")
    assert frozen_copy(desk.state) == before


def test_grant__unknown_role__malformed(desk: Desk) -> None:
    desk.no("malformed", "role.grant", "operator", role="king", account="alice")


def test_grant__takes_effect_at_once_and_ends_at_once(desk: Desk) -> None:
    desk.no("not_authorized", "network.end_era", "alice", era=1, rewards={})
    desk.ok("role.grant", "operator", role="oracle", account="alice")
    desk.ok("network.end_era", "alice", era=1, rewards={})
    desk.ok("role.revoke", "operator", role="oracle", account="alice")
    desk.no("not_authorized", "network.end_era", "alice", era=2, rewards={})
