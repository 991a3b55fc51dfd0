"""Makers of restaking commands for the stateful machine, and what they must move (see `command_makers`, `ghost`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support import DAY

if TYPE_CHECKING:
    from command_makers import Draws, Made, Maker
    from ghost import Ghost

Fields = dict[str, Any]

NAMES = ("s", "t", "p")
CURVES = ([["0", 800], ["50", 500]], [["0", 700]], [["0", 900], ["10", 900], ["30", 0]], [["0", 5], ["1", 6]])
STRATEGIES_OPENING: tuple[tuple[str, str, Fields], ...] = (
    ("strategy.add", "operator", {"vault": "FLUX", "strategy": "s", "protocol": "BENQI", "cap": "500",
                                  "yield_curve": CURVES[0], "cooldown_seconds": DAY, "redemption_window_seconds": DAY}),
    ("strategy.add", "operator", {"vault": "port", "strategy": "p", "protocol": "Suzaku", "cap": "30",
                                  "yield_curve": CURVES[1], "move_cost_bps": 9, "max_loss_bps": 6_000}),
    ("strategy.allocate", "keeper", {"vault": "FLUX", "strategy": "s", "amount": "150.00000001"}),
    ("strategy.allocate", "keeper", {"vault": "port", "strategy": "p", "amount": "20"}),
    ("strategy.deallocate", "keeper", {"strategy": "s", "amount": "30"}),
)  # fmt: skip
"""What makes restaking come to life on the machine's desk."""


def _strategy(draws: Draws) -> str:
    return str(draws.of(draws.desk.state.strategies, "s"))


def _vault_of(draws: Draws, name: str) -> str:
    known = draws.desk.state.strategies.get(name)
    return known.vault if known else "FLUX"


def _held(draws: Draws, name: str) -> str:
    """Some of what a strategy holds."""
    known = draws.desk.state.strategies.get(name)
    return draws.part(known.asset, f"@strategy:{name}") if known else "1"


def _add(draws: Draws) -> Made:
    vault = draws.one("FLUX", "FLUX", "port", "w1")
    return draws.often("operator", draws.holder()), {
        "vault": vault, "strategy": draws.one(*NAMES), "protocol": draws.one("BENQI", "Suzaku"),
        "yield_curve": draws.one(*CURVES), "cap": draws.some(), "max_loss_bps": draws.maybe(5_000),
        "cooldown_seconds": draws.one(None, 0, 1_000, DAY), "redemption_window_seconds": draws.maybe(2_000),
        "move_cost_bps": draws.maybe(7),
    }  # fmt: skip


def _allocate(draws: Draws) -> Made:
    name = _strategy(draws)
    vault = _vault_of(draws, name)
    record = draws.desk.state.vaults.get(vault)
    amount = draws.part(record.asset, f"@vault:{vault}") if record else "1"
    return draws.often("keeper", "alice"), {"vault": vault, "strategy": name, "amount": amount}


def _report(draws: Draws) -> Made:
    name = _strategy(draws)
    known = draws.desk.state.strategies.get(name)
    if draws.one(True, False):
        return "oracle", {"strategy": name, "loss": _held(draws, name)}
    mine = known is not None and known.asset != "FLUX"
    return "oracle", {"strategy": name, "gain": draws.part("vFLUX", "oracle") if mine else draws.some()}


def _plan(draws: Draws) -> Made:
    return draws.often("keeper", "bob"), {
        "vault": draws.one("FLUX", "FLUX", "port"), "buffer_bps": draws.one(None, 0, 1_000, 10_000),
        "min_change_bps": draws.maybe(300), "horizon_days": draws.maybe(30),
        "protocol_limits_bps": draws.maybe({"BENQI": 2_500}),
    }  # fmt: skip


def _rebalance(draws: Draws) -> Made:
    plans = draws.desk.state.plans
    name = draws.of(plans, "plan-99")
    return "keeper", {"vault": plans[name].vault if name in plans else "FLUX", "plan": draws.maybe(name)}


RESTAKING_MAKERS: dict[str, Maker] = {
    "strategy.add": _add,
    "strategy.set_yield": lambda d: ("oracle", {"strategy": _strategy(d), "yield_curve": d.one(*CURVES)}),
    "strategy.set_cap": lambda d: ("operator", {"strategy": _strategy(d), "cap": d.some()}),
    "strategy.allocate": _allocate,
    "strategy.deallocate": lambda d: ("keeper", {"strategy": (n := _strategy(d)), "amount": _held(d, n)}),
    "strategy.complete": lambda d: ("keeper", {"request": d.of(d.desk.state.unwinds, "unwind-99")}),
    "strategy.report": _report,
    "strategy.disable": lambda d: (d.one("operator", "alice", "bob", "carol"), {"strategy": _strategy(d)}),
    "portfolio.plan": _plan,
    "portfolio.rebalance": _rebalance,
}
RESTAKING_OFTEN = ("strategy.allocate", "strategy.deallocate", "strategy.complete", "strategy.complete",
                   "strategy.report", "portfolio.plan", "portfolio.rebalance")  # fmt: skip


class RestakingGhost:
    """What restaking commands move, from command and receipt alone; mixed into the ghost."""

    def _strategy_allocate(self: Ghost, c: Fields, result: Fields, before: Fields) -> None:  # type: ignore[misc]
        asset = self.state.strategies[c["strategy"]].asset
        self.move(asset, c["amount"], f"@vault:{c['vault']}", f"@strategy:{c['strategy']}")

    def _strategy_complete(self: Ghost, c: Fields, result: Fields, before: Fields) -> None:  # type: ignore[misc]
        unwind = before["unwinds"][c["request"]]
        strategy = before["strategies"][unwind.strategy]
        self._once(c["request"])
        returned = self.units(strategy.asset, result["amount"])
        assert returned <= unwind.amount
        to_treasury = min(before["vaults"][strategy.vault].owed, returned)
        source = f"@strategy:{strategy.id}"
        self.move_units(strategy.asset, to_treasury, source, f"@treasury:{strategy.asset}")
        self.move_units(strategy.asset, returned - to_treasury, source, f"@vault:{strategy.vault}")

    def _strategy_report(self: Ghost, c: Fields, result: Fields, before: Fields) -> None:  # type: ignore[misc]
        strategy = before["strategies"][c["strategy"]]
        account, treasury = f"@strategy:{strategy.id}", f"@treasury:{strategy.asset}"
        issued = strategy.asset != "FLUX"
        if "loss" in c:
            self.move(strategy.asset, c["loss"], account, treasury if issued else None)
        else:
            payer = c["actor"] if issued else None
            self.move(strategy.asset, result["gain"], payer, account)
            self.move(strategy.asset, result["fee"], payer, treasury)

    def _portfolio_rebalance(self: Ghost, c: Fields, result: Fields, before: Fields) -> None:  # type: ignore[misc]
        vault = before["vaults"][c["vault"]]
        plan = before["plans"][result["plan"]]
        deployed = 0
        for name, held, target in plan.moves:
            now = self.state.book.balance(vault.asset, f"@strategy:{name}")
            added = now - self.held[vault.asset, f"@strategy:{name}"]
            assert 0 <= added <= max(target - held, 0)
            self.move_units(vault.asset, added, f"@vault:{vault.id}", f"@strategy:{name}")
            deployed += added
        assert deployed == self.units(vault.asset, result["deployed"])
        assert self.state.idle(vault) >= plan.buffer or not deployed
