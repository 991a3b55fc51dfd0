"""What the desk remembers besides balances: one frozen struct per kind of record, keyed by `id`.

Amounts here are claims on an account or terms that were agreed; what an account holds is asked of the book.
Fields are appended, never renamed or reordered: the journal keeps records as arrays.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from holdfast.primitives.asset import RANGE_MAX, Range, format_units, parse_units


class _Record(Struct, frozen=True, gc=False, array_like=True):
    """Base of all records; each has an `id` of its own within its kind."""


class Asset(_Record, frozen=True, tag="asset"):
    """A token: SEP-41's facts, and the tax that its transfers pay."""

    id: str
    decimals: int
    range: Range
    name: str
    symbol: str
    admin: str
    transfer_tax_bps: int = 0

    @property
    def maximum(self) -> int:
        """The largest amount of the asset's range, in base units."""
        return RANGE_MAX[self.range]

    def units(self, text: str) -> int:
        """Base units of an amount given as text (see `parse_units`)."""
        return parse_units(text, self.decimals, RANGE_MAX[self.range])

    def text(self, units: int) -> str:
        """Whole tokens as text."""
        return format_units(units, self.decimals)


class Allowance(_Record, frozen=True, tag="allowance"):
    """What `spender` may still move of `owner`'s `asset`, until `expires_at`; id `asset/owner/spender`."""

    id: str
    amount: int
    expires_at: int


class Freeze(_Record, frozen=True, tag="freeze"):
    """Whether an account is frozen for an asset; id `asset/account`."""

    id: str
    frozen: bool


class Role(_Record, frozen=True, tag="role"):
    """Who holds a role; id is the role's name."""

    id: str
    accounts: tuple[str, ...]


class Vault(_Record, frozen=True, tag="vault"):
    """A liquid vault. `locked_*` is the curve of profit that unlocks: a schedule, the assets lie in the vault.

    `owed` is what was deployed when the last share was burned: it goes to the treasury when it returns.
    """

    id: str
    asset: str
    share: str
    deposit_limit: int | None
    profit_unlock_seconds: int
    performance_fee_bps: int
    paused: bool = False
    locked_amount: int = 0
    locked_from: int = 0
    locked_until: int = 0
    owed: int = 0


class Exit(_Record, frozen=True, tag="exit"):
    """A request in a vault's exit queue; `assets` is the quote while pending, what is set aside afterwards."""

    id: str
    vault: str
    asset: str
    share: str
    owner: str
    receiver: str
    shares: int
    assets: int
    status: Literal["pending", "claimable", "claimed", "cancelled"]


class Stake(_Record, frozen=True, tag="stake"):
    """A term stake: a claim on `@term` until it is unstaked."""

    id: str
    owner: str
    amount: int
    staked_at: int
    period_days: int
    booster: str | None
    reinvest_amount: int
    unlocks_at: int
    unstaked: bool = False

    @property
    def withdraw_amount(self) -> int:
        """What is paid out (before tax) when the stake is unstaked."""
        return self.amount - self.reinvest_amount

    @property
    def auto_reinvest(self) -> bool:
        """Whether part of it is staked again."""
        return self.reinvest_amount > 0


class BoosterStake(_Record, frozen=True, tag="booster_stake"):
    """What was locked for a booster: a claim on `@boosters` until it is unstaked."""

    id: str
    owner: str
    amount: int
    unlocks_at: int
    booster: str
    unstaked: bool = False


class Booster(_Record, frozen=True, tag="booster"):
    """A booster; `stake` is the term stake that used it."""

    id: str
    owner: str
    status: Literal["active", "used", "expired"]
    stake: str | None = None


class FeeKey(_Record, frozen=True, tag="fee_key"):
    """A share in the fee pool by weight. `since` is the accumulator's value at its issue."""

    id: str
    owner: str
    locked_lp: int
    tier: str
    weight: int
    since: int
    paid: int = 0


class FeePool(_Record, frozen=True, tag="fee_pool"):
    """The accumulator per unit of weight, 10^18-fold, and the remainder that waits for the next accrual."""

    id: str
    accumulated: int
    remainder: int
    weight: int


class Price(_Record, frozen=True, tag="price"):
    """The oracle's price: 10^18-fold term tokens per booster token."""

    id: str
    scaled: int
    set_at: int


class Validator(_Record, frozen=True, tag="validator"):
    """A validator and the desk's delegation to it; `pool_assets` is a claim on `@delegated`."""

    id: str
    commission_bps: int
    active: bool = True
    minimum_delegation: int | None = None
    maximum_delegation: int | None = None
    pool_assets: int = 0
    pool_shares: int = 0


class Position(_Record, frozen=True, tag="position"):
    """A holder's leveraged delegation; id is the holder. `proceeds` is a claim on `@unbonding`.

    `bad_debt` and `unreturned` add up what this holder's closed positions left owing.
    """

    id: str
    status: Literal["active", "unbonding", "empty"]
    equity: int = 0
    debt: int = 0
    leverage: int = 0
    validator: str = ""
    shares: int = 0
    opened_era: int = 0
    claimable_era: int | None = None
    proceeds: int = 0
    interest: int = 0
    accrued_era: int = 0
    accrued_at: int = 0
    liquidator: str | None = None
    bad_debt: int = 0
    unreturned: int = 0


class Strategy(_Record, frozen=True, tag="strategy"):
    """Where a vault deploys assets. `curve` are steps (amount from, marginal rate in bps a year)."""

    id: str
    vault: str
    asset: str
    protocol: str
    curve: tuple[tuple[int, int], ...]
    cap: int
    cooldown_seconds: int
    redemption_window_seconds: int
    max_loss_bps: int
    move_cost_bps: int
    active: bool = True


class Unwind(_Record, frozen=True, tag="unwind"):
    """An amount on its way out of a strategy; without a window `expires_at` is None."""

    id: str
    strategy: str
    amount: int
    ready_at: int
    expires_at: int | None
    status: Literal["pending", "completed", "missed"] = "pending"


class Plan(_Record, frozen=True, tag="plan"):
    """An allocation worked out for a vault: its moves, and the digest of what it was worked out from."""

    id: str
    vault: str
    basis: str
    moves: tuple[tuple[str, int, int], ...]
    buffer: int
    done: bool = False


class Network(_Record, frozen=True, tag="network"):
    """A contribution network. `kinds` are (kind, unit); `carried` raises what the open epoch may pay."""

    id: str
    asset: str
    epoch_seconds: int
    emission: int
    kinds: tuple[tuple[str, str], ...]
    epoch: int
    epoch_started_at: int
    carried: int = 0


class Attestor(_Record, frozen=True, tag="attestor"):
    """Who may report on a network's resources, and the ed25519 key that signs; id `network/attestor`."""

    id: str
    public_key: str
    active: bool = True


class Resource(_Record, frozen=True, tag="resource"):
    """What an owner contributes. `score` and `spans` are those of epoch `epoch`; in a later one they are nothing.

    `capacity` is a million-fold; `spans` are the reported times, merged; `sequences` the last number of each attestor.
    """

    id: str
    network: str
    owner: str
    kind: str
    unit: str
    capacity: int
    vault: str | None
    epoch: int = 0
    score: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    sequences: tuple[tuple[str, int], ...] = ()


class HeldReward(_Record, frozen=True, tag="held_reward"):
    """A reward that waits in `@depin` because its owner was frozen; id is the resource. 0 once it is paid."""

    id: str
    network: str
    asset: str
    amount: int


class Era(_Record, frozen=True, tag="era"):
    """The instant at which an era ended; id is its number as text."""

    id: str
    ended_at: int


Record = (
    Asset | Allowance | Freeze | Role | Vault | Exit | Stake | BoosterStake | Booster
    | FeeKey | FeePool | Price | Validator | Position | Era | Strategy | Unwind | Plan
    | Network | Attestor | Resource | HeldReward
)  # fmt: skip
