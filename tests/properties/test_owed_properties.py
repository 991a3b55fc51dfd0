"""Whatever happens on a desk: what is owed by name and what is the desk's adds up to the supply of each asset."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from test_machine import EveryCommand

from holdfast.views.owed import DESK, PARTS, owed


class EverythingOwed(EveryCommand):
    """The machine over all commands, asked after each step what the desk owes."""

    def step(self, kind: str, actor: str, fields: dict[str, Any]) -> None:
        super().step(kind, actor, fields)
        book = self.desk.state.book
        found = owed(self.desk.state)
        assert {code: sum(sum(parts.values()) for parts in accounts.values()) for code, accounts in found.items()} == {
            code: supply for code, supply in book.issued.items() if supply
        }
        for code, accounts in found.items():
            assert accounts[DESK]["balance"] >= 0
            for account, parts in accounts.items():
                assert set(parts) <= set(PARTS)
                assert all(parts.values()) or account == DESK
                assert account == DESK or not account.startswith("@")
                assert account == DESK or parts.get("balance", 0) == book.balance(code, account)

    def teardown(self) -> None:
        """Replaying is the other machine's."""


def test_owed__after_every_command__adds_up_to_the_supply() -> None:
    run_state_machine_as_test(EverythingOwed, settings=settings(max_examples=40, stateful_step_count=40, deadline=None))
