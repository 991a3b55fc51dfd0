"""Commands for the stateful machine: for every verb a maker that draws one which has a fair chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from depin_makers import DEPIN_MAKERS, DEPIN_OFTEN
from hypothesis import strategies as st
from restaking_makers import RESTAKING_MAKERS, RESTAKING_OFTEN

from holdfast.primitives.asset import format_units
from holdfast.primitives.clock import format_instant
from support import Desk

HOLDERS = ("alice", "bob", "carol")
EVERYBODY = (*HOLDERS, "operator", "oracle", "keeper")
ASSETS = ("FLUX", "RENDER", "VG", "VC", "CSPR", "mCSPR", "vFLUX", "vport", "TAX")
VAULTS = ("FLUX", "port", "debt")
VALIDATORS = ("v1", "v2", "v3")

Made = tuple[str, dict[str, Any]]
Maker = Callable[["Draws"], Made]


class Draws:
    """Draws names and amounts that mean something on a desk."""

    def __init__(self, data: st.DataObject, desk: Desk) -> None:
        self.data, self.desk = data, desk

    def one(self, *values: Any) -> Any:
        return self.data.draw(st.sampled_from(values))

    def number(self, low: int, high: int) -> int:
        return self.data.draw(st.integers(low, high))

    def often(self, value: Any, other: Any) -> Any:
        """`value` in three of four cases."""
        return self.one(value, value, value, other)

    def holder(self) -> str:
        return str(self.one(*HOLDERS))

    def owner_of(self, asset: str) -> str:
        """Mostly somebody who holds some."""
        rich = [holder for holder in HOLDERS if self.desk.units(asset, holder)]
        return str(self.one(*rich, *rich, self.one(*HOLDERS)))

    def maybe(self, value: Any) -> Any:
        return self.one(None, None, value)

    def of(self, table: dict[str, Any], fallback: str) -> str:
        """A record's id: of the newest few, seldom one that is not there."""
        return str(self.one(*list(table)[-4:], fallback))

    def part(self, asset: str, account: str) -> str:
        """Some of what an account holds: all, a unit more or less, a fraction, or little."""
        held, decimals = self.desk.units(asset, account), self.desk.state.assets[asset].decimals
        units = self.one(held, held // 2, held // 3, held // 7, held // 100, max(held - 1, 0), held + 1, 1, 7, 0)
        return format_units(units, decimals)

    def some(self, decimals: int = 8) -> str:
        """An amount out of nowhere."""
        return format_units(self.one(self.number(0, 20), self.number(1, 10**12), 10**decimals), decimals)


def _owned(draws: Draws, table: dict[str, Any], fallback: str) -> tuple[str, str]:
    """A record's id, and mostly its owner."""
    name = draws.of(table, fallback)
    owner = table[name].owner if name in table else "alice"
    return str(draws.often(owner, draws.one(*EVERYBODY))), name


def _asset(draws: Draws, *among: str) -> str:
    return str(draws.one(*(code for code in (among or ASSETS) if code in draws.desk.state.assets)))


def _approve(draws: Draws) -> Made:
    asset, owner = _asset(draws), draws.holder()
    until = format_instant(draws.desk.now + draws.one(0, 1, 100, 10_000_000))
    amount = draws.part(asset, owner)
    return owner, {"asset": asset, "spender": draws.holder(), "amount": amount, "expires_at": draws.often(until, None)}


def _transfer(draws: Draws) -> Made:
    asset = _asset(draws)
    actor = draws.owner_of(asset)
    return actor, {"asset": asset, "to": draws.holder(), "amount": draws.part(asset, actor)}


def _from(draws: Draws, **more: str) -> Made:
    """A spender and an owner: mostly a pair with an allowance."""
    allowances = [a.id.split("/") for a in draws.desk.state.allowances.values() if a.amount]
    asset, owner, spender = draws.one(*allowances[-3:], [_asset(draws), draws.holder(), draws.holder()])
    allowed = draws.desk.state.allowance(asset, owner, spender, draws.desk.now)
    decimals = draws.desk.state.assets[asset].decimals
    amount = draws.one(draws.part(asset, owner), format_units(allowed, decimals), format_units(allowed // 2, decimals))
    return spender, {"asset": asset, "from": owner, "amount": amount, **more}


def _mint(draws: Draws) -> Made:
    return draws.often("operator", draws.holder()), {
        "asset": _asset(draws), "to": draws.often(draws.holder(), "operator"), "amount": draws.some(),
    }  # fmt: skip


def _burn(draws: Draws) -> Made:
    asset = _asset(draws, "FLUX", "VG", "TAX", "mCSPR")
    actor = draws.owner_of(asset)
    return actor, {"asset": asset, "amount": draws.part(asset, actor)}


def _clawback(draws: Draws) -> Made:
    asset = _asset(draws)
    holder = draws.owner_of(asset)
    return "operator", {"asset": asset, "from": holder, "amount": draws.part(asset, holder)}


def _authorized(draws: Draws) -> Made:
    frozen = sorted(draws.desk.state.indexes.frozen)
    if frozen and draws.one(True, True, False):
        asset, account = draws.one(*frozen).split("/")
        return "operator", {"asset": asset, "account": account, "authorized": True}
    return "operator", {"asset": _asset(draws), "account": draws.holder(), "authorized": draws.one(True, False)}


def _admin(draws: Draws) -> Made:
    """The admin of TAX wanders; the other assets keep theirs, or nothing could be minted any more."""
    admin = draws.desk.state.assets["TAX"].admin
    return draws.often(admin, "bob"), {"asset": "TAX", "admin": draws.one("operator", "bob")}


def _create_vault(draws: Draws) -> Made:
    name = draws.one("FLUX", "port", "debt", "w" + str(draws.number(1, 9)))
    asset = {"port": "vFLUX", "debt": "mCSPR"}.get(name) or draws.one("FLUX", "RENDER", "VG")
    return "operator", {
        "asset": asset, "vault": name, "profit_unlock_seconds": draws.one(0, 1, 1_000, 604_800),
        "performance_fee_bps": draws.one(0, 777, 2_000, 2_001), "deposit_limit": draws.maybe("100000"),
    }  # fmt: skip


def _vault(draws: Draws) -> str:
    return str(draws.one("FLUX", "FLUX", *VAULTS))


def _coin(draws: Draws, vault: str, which: str) -> str:
    record = draws.desk.state.vaults.get(vault)
    return getattr(record, which) if record else "FLUX"


def _assets_of(draws: Draws, vault: str, account: str) -> str:
    record = draws.desk.state.vaults.get(vault)
    return draws.part(record.asset, account) if record else "1"


def _shares_of(draws: Draws, vault: str, account: str) -> str:
    record = draws.desk.state.vaults.get(vault)
    return draws.part(record.share, account) if record else "1"


def _into(draws: Draws, field: str, bound: str) -> Made:
    vault = _vault(draws)
    actor = draws.owner_of(_coin(draws, vault, "asset"))
    amount = _assets_of(draws, vault, actor)
    limit = draws.maybe(draws.some())
    return actor, {"vault": vault, field: amount, "receiver": draws.maybe(draws.holder()), bound: limit}


def _out_of(draws: Draws, field: str, bound: str | None) -> Made:
    vault = _vault(draws)
    owner = draws.owner_of(_coin(draws, vault, "share"))
    amount = _shares_of(draws, vault, owner)
    actor = draws.often(owner, draws.holder())
    made = {"vault": vault, field: amount, "receiver": draws.maybe(draws.holder())}
    if actor != owner or draws.one(True, False):
        made["owner"] = owner
    if bound:
        made[bound] = draws.maybe(draws.some())
    return actor, made


def _request(draws: Draws) -> Made:
    actor, name = _owned(draws, draws.desk.state.exits, "exit-99")
    record = draws.desk.state.exits.get(name)
    return actor, {"request": name, "vault": draws.one(None, None, record.vault if record else "FLUX", "port")}


def _by_operator(draws: Draws, **fields: Any) -> Made:
    return draws.often("operator", draws.holder()), fields


def _term_stake(draws: Draws) -> Made:
    actor = draws.holder()
    mine = [booster.id for booster in draws.desk.state.boosters.values() if booster.owner == actor]
    booster = draws.one(None, None, *mine[-3:], "booster-1")
    return actor, {
        "amount": draws.one("100", "99.9", "5000", "10000", "15000", draws.part("VG", actor)),
        "booster": booster,
    }


def _stake_of(draws: Draws, table: str, fallback: str) -> Made:
    actor, name = _owned(draws, getattr(draws.desk.state, table), fallback)
    return draws.often(actor, "keeper"), {"stake": name}


def _claim(draws: Draws) -> Made:
    actor, key = _owned(draws, draws.desk.state.fee_keys, "key-99")
    return actor, {"key": key}


def _give(draws: Draws, table: str, field: str) -> Made:
    actor, name = _owned(draws, getattr(draws.desk.state, table), f"{field}-99")
    return actor, {field: name, "to": draws.holder()}


def _sell(draws: Draws) -> Made:
    actor = draws.holder()
    return actor, {"vc": draws.part("VC", actor), "min_vg": draws.maybe(draws.some(9))}


def _spend(draws: Draws) -> Made:
    asset = _asset(draws, "VG", "FLUX", "TAX")
    amount = draws.part(asset, f"@treasury:{asset}")
    return _by_operator(draws, asset=asset, to=draws.holder(), amount=amount, memo="well")


def _open(draws: Draws) -> Made:
    actor = draws.holder()
    deposit = draws.one("100", "500", "1000", draws.part("CSPR", actor))
    return actor, {"deposit": deposit, "leverage": draws.one(1, 2, 3, 5, 5, 6), "validator": draws.one(*VALIDATORS)}


def _position_holder(draws: Draws) -> str:
    return str(draws.one(*list(draws.desk.state.positions)[:3], "alice"))


def _finalize(draws: Draws) -> Made:
    holder = _position_holder(draws)
    return draws.one(holder, "bob"), {"holder": draws.often(holder, None)}


def _end_era(draws: Draws) -> Made:
    era = draws.often(draws.desk.state.era + 1, draws.number(0, 9))
    rewards = {name: draws.some(9) for name in draws.one((), ("v1",), ("v1", "v2"), ("v2", "v3"))}
    slashes = {name: draws.one(0, 1, 500, 3_333, 10_000) for name in draws.one((), (), (), ("v1",), ("v1", "v2"))}
    return draws.often("oracle", "alice"), {"era": era, "rewards": rewards, "slashes": slashes or None}


def _role(draws: Draws) -> Made:
    return _by_operator(draws, role=draws.one("keeper", "oracle", "operator"), account=draws.one("dave", "erin"))


MAKERS: dict[str, Maker] = {
    "role.grant": _role,
    "role.revoke": lambda d: _by_operator(d, role=d.one("keeper", "operator"), account=d.one("dave", "operator")),
    "asset.create": lambda d: _by_operator(d, asset=d.one("TAX", "NEW"), decimals=d.one(0, 19), transfer_tax_bps=1_999),
    "asset.mint": _mint,
    "asset.burn": _burn,
    "asset.burn_from": _from,
    "asset.transfer": _transfer,
    "asset.transfer_from": lambda d: _from(d, to=d.holder()),
    "asset.approve": _approve,
    "asset.set_admin": _admin,
    "asset.set_authorized": _authorized,
    "asset.clawback": _clawback,
    "faucet.drip": lambda d: (d.holder(), {"asset": _asset(d), "amount": d.some()}),
    "vault.create": _create_vault,
    "vault.pause": lambda d: _by_operator(d, vault=_vault(d)),
    "vault.unpause": lambda d: _by_operator(d, vault=_vault(d)),
    "vault.deposit": lambda d: _into(d, "assets", "min_shares"),
    "vault.mint": lambda d: _into(d, "shares", "max_assets"),
    "vault.withdraw": lambda d: _out_of(d, "assets", "max_shares"),
    "vault.redeem": lambda d: _out_of(d, "shares", "min_assets"),
    "vault.add_rewards": lambda d: _by_operator(d, vault=_vault(d), assets=d.some()),
    "vault.report_loss": lambda d: _by_operator(d, vault=_vault(d), assets=_assets_of(d, "FLUX", "@vault:FLUX")),
    "vault.request_redeem": lambda d: _out_of(d, "shares", None),
    "vault.settle": lambda d: (d.often("keeper", "alice"), {"vault": _vault(d), "limit": d.one(None, 1, 2)}),
    "vault.claim": _request,
    "vault.cancel_redeem": _request,
    "term.stake": _term_stake,
    "term.unstake": lambda d: _stake_of(d, "stakes", "vg-99"),
    "booster.stake": lambda d: (d.holder(), {}),
    "booster.unstake": lambda d: _stake_of(d, "booster_stakes", "vc-99"),
    "booster.transfer": lambda d: _give(d, "boosters", "booster"),
    "fee_key.issue": lambda d: _by_operator(d, to=d.holder(), locked_lp=d.one(0, 1, 3, 1_000, 10**6)),
    "fee_key.claim": _claim,
    "fee_key.transfer": lambda d: _give(d, "fee_keys", "key"),
    "buyback.set_price": lambda d: (d.often("oracle", "bob"), {"vg_per_vc": d.one("0.5", "3", "0.000000001", "0")}),
    "buyback.sell": _sell,
    "treasury.spend": _spend,
    "validator.register": lambda d: _by_operator(d, validator=d.one(*VALIDATORS), commission_bps=d.one(0, 500)),
    "validator.set_active": lambda d: _by_operator(d, validator=d.one(*VALIDATORS), active=d.often(True, False)),
    "leverage.provide_reserve": lambda d: _by_operator(d, amount=d.part("CSPR", "operator")),
    "leverage.withdraw_reserve": lambda d: _by_operator(d, amount=d.part("CSPR", "@reserve:CSPR")),
    "leverage.open_position": _open,
    "leverage.request_close_position": lambda d: (_position_holder(d), {}),
    "leverage.finalize_close_position": _finalize,
    "leverage.liquidate": lambda d: (d.holder(), {"holder": _position_holder(d)}),
    "network.end_era": _end_era,
    **RESTAKING_MAKERS,
    **DEPIN_MAKERS,
}

OFTEN = (
    "vault.deposit", "vault.deposit", "vault.redeem", "vault.withdraw", "vault.request_redeem", "vault.settle",
    "vault.claim", "vault.claim", "vault.add_rewards", "term.stake", "term.unstake", "term.unstake",
    "leverage.open_position", "leverage.open_position", "leverage.request_close_position",
    "leverage.finalize_close_position",
    "network.end_era", "network.end_era", "fee_key.issue", "fee_key.claim", "booster.stake", "leverage.liquidate",
    "asset.approve", "buyback.set_price", "buyback.sell", *RESTAKING_OFTEN,
    *DEPIN_OFTEN,
)  # fmt: skip
"""Verbs that are drawn more often, so that their products come to life."""
