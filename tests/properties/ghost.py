"""A naive second bookkeeping: from each command and its receipt alone, what every account must hold afterwards.

It knows none of the rules' formulas but the split of a tax and of a slash; whatever moves elsewhere than a receipt says
shows as a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from depin_makers import DepinGhost
from restaking_makers import RestakingGhost

from holdfast.engine.journal import Receipt
from holdfast.protocol.state import State

Fields = dict[str, Any]
Account = tuple[str, str]


class Ghost(RestakingGhost, DepinGhost):
    """Balances by (asset, account), and what open claims are remembered of."""

    def __init__(self, desk_state: State) -> None:
        self.state = desk_state
        self.held: Counter[Account] = Counter()
        self.exits: dict[str, Fields] = {}
        self.stakes: dict[str, str] = {}
        self.positions: dict[str, Fields] = {}
        self.paid_once: set[str] = set()

    def units(self, asset: str, text: str) -> int:
        exact = Fraction(text) * 10 ** self.state.assets[asset].decimals
        assert exact.denominator == 1
        return int(exact)

    def move(self, asset: str, text: str, source: str | None, to: str | None) -> None:
        """An amount from one account to another; None is nowhere: minted or burned."""
        self.move_units(asset, self.units(asset, text), source, to)

    def move_units(self, asset: str, units: int, source: str | None, to: str | None) -> None:
        if source is not None:
            self.held[asset, source] -= units
        if to is not None:
            self.held[asset, to] += units

    def split(self, asset: str, text: str, payer: str) -> None:
        tax = self.units(asset, text)
        fees = tax * 5_000 // 10_000 if asset == "VG" else 0
        buyback = tax * 3_000 // 10_000
        for units, pot in ((fees, "fees"), (buyback, "buyback"), (tax - fees - buyback, "treasury")):
            self.move_units(asset, units, payer, f"@{pot}:{asset}")

    def differences(self) -> list[str]:
        """Accounts that hold something else than they must."""
        book = self.state.book.balances
        found = {(asset, account): units for asset, accounts in book.items() for account, units in accounts.items()}
        accounts = sorted(found.keys() | {account for account, units in self.held.items() if units})
        return [
            f"{account}: {found.get(account, 0)} instead of {self.held[account]}"
            for account in accounts
            if found.get(account, 0) != self.held[account]
        ]

    def follow(self, fields: Fields, receipt: Receipt, before: Fields) -> None:
        """Book an applied command. `before` holds validators and positions as they were."""
        kind = fields["type"].replace(".", "_")
        book: Callable[..., None] | None = getattr(self, f"_{kind}", None)
        if book is not None:
            book(fields, receipt.result, before)
        for event in receipt.events or ():  # type: ignore[union-attr]
            if event["type"] == "vault.residue_swept":
                asset = self.state.vaults[event["vault"]].asset
                self.move(asset, event["assets"], f"@vault:{event['vault']}", f"@treasury:{asset}")
            elif event["type"] == "vault.exit_filled":
                self._filled(event)
            elif event["type"] == "depin.epoch_closed":
                self.rewards(receipt.events)  # type: ignore[arg-type]

    # --- assets -----------------------------------------------------------------------------------------------------

    def _asset_mint(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move(c["asset"], c["amount"], None, c["to"])

    def _faucet_drip(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move(c["asset"], c["amount"], None, c["actor"])

    def _asset_burn(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move(c["asset"], c["amount"], c.get("from", c["actor"]), None)

    _asset_burn_from = _asset_clawback = _asset_burn

    def _asset_transfer(self, c: Fields, result: Fields, before: Fields) -> None:
        source = c.get("from", c["actor"])
        self.move(c["asset"], result["amount"], source, c["to"])
        self.split(c["asset"], result["tax"], source)
        whole = self.units(c["asset"], c["amount"])
        assert self.units(c["asset"], result["amount"]) + self.units(c["asset"], result["tax"]) == whole

    _asset_transfer_from = _asset_transfer

    # --- vault ------------------------------------------------------------------------------------------------------

    def _vault_deposit(self, c: Fields, result: Fields, before: Fields) -> None:
        vault = self.state.vaults[c["vault"]]
        self.move(vault.asset, result["assets"], c["actor"], f"@vault:{vault.id}")
        self.move(vault.share, result["shares"], None, c.get("receiver", c["actor"]))

    _vault_mint = _vault_deposit

    def _vault_withdraw(self, c: Fields, result: Fields, before: Fields) -> None:
        vault = self.state.vaults[c["vault"]]
        self.move(vault.asset, result["assets"], f"@vault:{vault.id}", c.get("receiver", c["actor"]))
        self.move(vault.share, result["shares"], c.get("owner", c["actor"]), None)

    _vault_redeem = _vault_withdraw

    def _vault_add_rewards(self, c: Fields, result: Fields, before: Fields) -> None:
        asset = self.state.vaults[c["vault"]].asset
        self.move(asset, result["assets"], c["actor"], f"@vault:{c['vault']}")
        self.move(asset, result["fee"], c["actor"], f"@treasury:{asset}")

    def _vault_report_loss(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move(self.state.vaults[c["vault"]].asset, c["assets"], f"@vault:{c['vault']}", None)

    def _vault_request_redeem(self, c: Fields, result: Fields, before: Fields) -> None:
        owner = c.get("owner", c["actor"])
        self.exits[result["request"]] = {
            "vault": c["vault"], "shares": c["shares"], "quote": result["assets"], "owner": owner,
            "receiver": c.get("receiver", owner),
        }  # fmt: skip
        self.move(self.state.vaults[c["vault"]].share, c["shares"], owner, f"@exits:{c['vault']}")

    def _filled(self, event: Fields) -> None:
        vault, exit_ = self.state.vaults[event["vault"]], self.exits[event["request"]]
        assert self.units(vault.asset, event["assets"]) <= self.units(vault.asset, exit_["quote"])
        exit_["assets"] = event["assets"]
        self.move(vault.asset, event["assets"], f"@vault:{vault.id}", f"@exits:{vault.id}")
        self.move(vault.share, exit_["shares"], f"@exits:{vault.id}", None)

    def _vault_claim(self, c: Fields, result: Fields, before: Fields) -> None:
        exit_ = self.exits[c["request"]]
        self._once(c["request"])
        assert result["assets"] == exit_["assets"]
        asset = self.state.vaults[exit_["vault"]].asset
        self.move(asset, exit_["assets"], f"@exits:{exit_['vault']}", exit_["receiver"])

    def _vault_cancel_redeem(self, c: Fields, result: Fields, before: Fields) -> None:
        exit_ = self.exits[c["request"]]
        self._once(c["request"])
        share = self.state.vaults[exit_["vault"]].share
        self.move(share, exit_["shares"], f"@exits:{exit_['vault']}", exit_["owner"])

    def _once(self, name: str) -> None:
        assert name not in self.paid_once, f"{name} was paid twice"
        self.paid_once.add(name)

    # --- staking ----------------------------------------------------------------------------------------------------

    def _term_stake(self, c: Fields, result: Fields, before: Fields) -> None:
        self.stakes[result["stake"]] = c["actor"]
        self.move("VG", c["amount"], c["actor"], "@term:VG")
        self.split("VG", result["tax"], c["actor"])

    def _term_unstake(self, c: Fields, result: Fields, before: Fields) -> None:
        self._once(c["stake"])
        owner = self.stakes[c["stake"]]
        self.move("VG", result["paid"], "@term:VG", owner)
        self.split("VG", result["tax"], "@term:VG")
        if "reinvested_stake" in result:
            self.stakes[result["reinvested_stake"]] = owner

    def _booster_stake(self, c: Fields, result: Fields, before: Fields) -> None:
        self.stakes[result["stake"]] = c["actor"]
        self.move("VC", self.state.parameters.booster.stake_amount, c["actor"], "@boosters:VC")

    def _booster_unstake(self, c: Fields, result: Fields, before: Fields) -> None:
        self._once(c["stake"])
        self.move("VC", result["paid"], "@boosters:VC", self.stakes[c["stake"]])

    def _fee_key_claim(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("VG", result["paid"], "@fees:VG", c["actor"])

    def _buyback_sell(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("VC", c["vc"], c["actor"], None)
        self.move("VG", result["paid"], "@buyback:VG", c["actor"])

    def _treasury_spend(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move(c["asset"], c["amount"], f"@treasury:{c['asset']}", c["to"])

    # --- leverage ---------------------------------------------------------------------------------------------------

    def _leverage_provide_reserve(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("CSPR", c["amount"], c["actor"], "@reserve:CSPR")

    def _leverage_withdraw_reserve(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("CSPR", c["amount"], "@reserve:CSPR", c["actor"])

    def _leverage_open_position(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("CSPR", c["deposit"], c["actor"], "@delegated:CSPR")
        self.move("CSPR", result["debt"], "@reserve:CSPR", "@delegated:CSPR")
        self.move("mCSPR", result["debt"], None, c["actor"])

    def _leverage_request_close_position(self, c: Fields, result: Fields, before: Fields) -> None:
        self.move("CSPR", result["proceeds"], "@delegated:CSPR", "@unbonding:CSPR")

    _leverage_liquidate = _leverage_request_close_position

    def _leverage_finalize_close_position(self, c: Fields, result: Fields, before: Fields) -> None:
        holder = c.get("holder", c["actor"])
        position = before["positions"][holder]
        self.move("CSPR", result["repaid"], "@unbonding:CSPR", "@reserve:CSPR")
        self.move("CSPR", result["fee"], "@unbonding:CSPR", position.liquidator or holder)
        self.move("CSPR", result["paid"], "@unbonding:CSPR", holder)
        self.move_units("mCSPR", position.debt - self.units("mCSPR", result["unreturned_debt_token"]), holder, None)

    def _network_end_era(self, c: Fields, result: Fields, before: Fields) -> None:
        slashes = c.get("slashes", {})
        for name in c["rewards"].keys() | slashes.keys():
            pool, reward = before["validators"][name], self.units("CSPR", c["rewards"].get(name, "0"))
            home = "@delegated:CSPR" if pool.pool_shares else "@reserve:CSPR"
            self.move_units("CSPR", reward, None, home)
            assets = pool.pool_assets + (reward if pool.pool_shares else 0)
            self.move_units("CSPR", assets * slashes.get(name, 0) // 10_000, "@delegated:CSPR", None)
            if self.state.parameters.leverage.slash_unbonding:
                for position in before["positions"].values():
                    if position.validator == name:
                        lost = position.proceeds * slashes.get(name, 0) // 10_000
                        self.move_units("CSPR", lost, "@unbonding:CSPR", None)
