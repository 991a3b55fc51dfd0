"""What holds of every desk at every moment, by name. Checked after each command, in property tests and in `verify`.

`touched` looks only at what a command changed; `broken` looks at everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from holdfast.ledger import chart
from holdfast.ledger import invariants as ledger_invariants
from holdfast.ledger.posting import Posting
from holdfast.protocol import reward_index
from holdfast.protocol.indexes import Indexes
from holdfast.protocol.liquid_vault import locked
from holdfast.protocol.records import Network, Record
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool


def touched(state: State, postings: Sequence[Posting], changed: Sequence[Record]) -> list[str]:
    """`claims_equal_balances` for the accounts that the postings moved and the records claim otherwise than before.

    A network among the changed records must still cover the rewards that it holds for others.
    """
    claimed, keys, debt_asset = state.indexes.claimed, state.indexes.touched, state.parameters.leverage.debt_asset
    for posting in postings:
        if posting.debit in claimed:
            keys.add((posting.asset, posting.debit))
        if posting.credit in claimed:
            keys.add((posting.asset, posting.credit))
        if posting.asset == debt_asset:
            keys.add((debt_asset, chart.ISSUANCE))
    if not keys and not changed:
        return []
    wrong = [found for record in changed if isinstance(record, Network) for found in _network_short(state, record)]
    claims, book = state.indexes.claims, state.book
    for key in sorted(keys) if len(keys) > 1 else keys:
        asset, account = key
        held = book.supply(asset) if account == chart.ISSUANCE else book.balance(asset, account)
        if claims.get(key, 0) != held:
            wrong += _claim_broken(state, asset, account, claims.get(key, 0))
    keys.clear()
    return wrong


def broken(state: State) -> Iterator[str]:
    """Every invariant that does not hold, as `name: what is wrong`."""
    yield from ledger_invariants.conservation(state.book)
    yield from ledger_invariants.no_negative_balance(state.book)
    yield from amounts_in_range(state)
    yield from claims_equal_balances(state)
    yield from indexes_follow_records(state)
    yield from locked_profit_is_there(state)
    yield from owed_is_deployed(state)
    yield from empty_vaults_start_anew(state)
    yield from deployed_belongs_to_strategies(state)
    yield from fees_cover_claims(state)
    yield from an_operator_remains(state)
    yield from networks_cover_rewards(state)


def amounts_in_range(state: State) -> Iterator[str]:
    """The supply of every asset lies in its range, and every balance belongs to an asset."""
    for code in sorted(state.book.balances.keys() | state.book.issued.keys()):
        asset = state.assets.get(code)
        if asset is None:
            yield f"amounts_in_range: there are balances of {code}, which is no asset here"
        elif state.book.supply(code) > asset.maximum:
            yield f"amounts_in_range: the supply of {code} is outside {asset.range}"


def claims_equal_balances(state: State) -> Iterator[str]:
    """Where an account holds several claims, the records' claims sum to its balance."""
    sums: Counter[tuple[str, str]] = Counter()
    for table in state.tables().values():
        for record in table.values():
            for asset, account, amount in state.indexes.claims_of(record):
                sums[asset, account] += amount
    accounts = {
        (asset, account)
        for asset, balances in state.book.balances.items()
        for account in balances
        if account.startswith(("@term:", "@boosters:", "@delegated:", "@unbonding:", "@exits:"))
    }
    for asset, account in sorted(accounts | sums.keys()):
        yield from _claim_broken(state, asset, account, sums[asset, account])


def indexes_follow_records(state: State) -> Iterator[str]:
    """The indexes are what the records give when they are built anew."""
    fresh = Indexes(state.parameters)
    for table in state.tables().values():
        for record in table.values():
            fresh.follow(None, record)
    for name in ("contributions", "frozen", "holdings", "lent", "maturities"):
        if getattr(fresh, name) != getattr(state.indexes, name):
            yield f"indexes_follow_records: {name} is not what the records give"
    for name in ("claims", "latest_plan", "pending", "quoted", "strategies", "unwinding"):
        kept, built = getattr(state.indexes, name), getattr(fresh, name)
        if {k: v for k, v in kept.items() if v} != {k: v for k, v in built.items() if v}:
            yield f"indexes_follow_records: {name} is not what the records give"


def locked_profit_is_there(state: State) -> Iterator[str]:
    """A vault holds at least the profit that it keeps locked."""
    for vault in state.vaults.values():
        if locked(vault, state.now) > state.idle(vault) + state.deployed(vault) - vault.owed:
            yield f"locked_profit_is_there: vault {vault.id} keeps more profit locked than it holds"


def owed_is_deployed(state: State) -> Iterator[str]:
    """What a vault owes the treasury lies in its strategies."""
    for vault in state.vaults.values():
        deployed = state.deployed(vault)
        if not 0 <= vault.owed <= deployed:
            yield f"owed_is_deployed: vault {vault.id} owes {vault.owed} base units and has {deployed} deployed"


def empty_vaults_start_anew(state: State) -> Iterator[str]:
    """A vault without shares holds nothing but what it owes the treasury, so that the next share is 1:1 again."""
    for vault in state.vaults.values():
        own = state.idle(vault) + state.deployed(vault) - vault.owed
        if own and not state.book.supply(vault.share):
            yield f"empty_vaults_start_anew: vault {vault.id} has no shares and holds {own} base units"


def deployed_belongs_to_strategies(state: State) -> Iterator[str]:
    """Every @strategy account is that of a strategy and holds its asset; the strategy is one of its vault's."""
    for code, balances in sorted(state.book.balances.items()):
        for account in sorted(balances):
            if account.startswith(chart.strategy("")):
                strategy = state.strategies.get(account.removeprefix(chart.strategy("")))
                if strategy is None or strategy.asset != code:
                    yield f"deployed_belongs_to_strategies: {account} holds {code} and is no strategy's for it"
    for strategy in state.strategies.values():
        vault = state.vaults.get(strategy.vault)
        if vault is None or vault.asset != strategy.asset:
            yield f"deployed_belongs_to_strategies: {strategy.id} serves no vault of {strategy.asset}"


def fees_cover_claims(state: State) -> Iterator[str]:
    """What all fee keys can claim lies in the fee account."""
    pool = fee_pool(state)
    claimable = sum(max(reward_index.claimable(pool, key), 0) for key in state.fee_keys.values())
    held = state.book.balance(pool.id, chart.fees(pool.id))
    if claimable > held:
        yield f"fees_cover_claims: fee keys can claim {claimable} base units, the fee account holds {held}"


def an_operator_remains(state: State) -> Iterator[str]:
    """A desk has an operator."""
    if not (state.roles.get("operator") and state.roles["operator"].accounts):
        yield "an_operator_remains: nobody holds the role operator"


def networks_cover_rewards(state: State) -> Iterator[str]:
    """A contribution network's account holds what it owes to frozen owners and what it carries over."""
    for network in state.networks.values():
        yield from _network_short(state, network)


def _network_short(state: State, network: Network) -> Iterator[str]:
    needed = state.indexes.contributions.owed(network.id) + network.carried
    held = state.book.balance(network.asset, chart.depin(network.id))
    if needed > held:
        yield f"networks_cover_rewards: {network.id} owes or carries {needed} base units, its account holds {held}"


def _claim_broken(state: State, asset: str, account: str, claimed: int) -> Iterator[str]:
    if account == chart.ISSUANCE:
        account, held = f"the supply of {asset}", state.book.supply(asset)
    else:
        held = state.book.balance(asset, account)
    if claimed != held:
        yield f"claims_equal_balances: records claim {claimed} base units of {account} in {asset}, which holds {held}"
