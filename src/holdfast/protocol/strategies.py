"""Strategies: where a vault's idle assets work, and what comes of them (rules 5)."""

from __future__ import annotations

from msgspec import UnsetType
from msgspec.structs import replace

from holdfast.errors import (
    BadCurve,
    CapBelowDeployed,
    CooldownNotComplete,
    ExceedsCap,
    InsufficientLiquidity,
    LossAboveLimit,
    LossExceedsDeployed,
    RequestNotPending,
    StrategyDisabled,
    StrategyExists,
    UnknownRequest,
    UnknownStrategy,
)
from holdfast.ledger import chart
from holdfast.ledger.chart import is_protocol
from holdfast.ledger.posting import Posting, burn, mint, nonzero
from holdfast.primitives.clock import format_instant
from holdfast.primitives.fixed_point import BPS, FLOOR, bps_of
from holdfast.protocol import commands
from holdfast.protocol.checks import require_amount, require_balance, require_vault
from holdfast.protocol.liquid_vault import free_assets, locked, with_lock
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Asset, Record, Strategy, Unwind, Vault
from holdfast.protocol.state import State
from holdfast.protocol.vault_profit import lock_more

Curve = tuple[tuple[int, int], ...]


def require_strategy(state: State, name: str, vault: str | UnsetType) -> Strategy:
    """The strategy of this name (of this vault, if one is named), or `unknown_strategy`."""
    strategy = state.strategies.get(name)
    if strategy is None or (not isinstance(vault, UnsetType) and strategy.vault != vault):
        raise UnknownStrategy(f"There is no strategy {name} here.", strategy=name)
    return strategy


def deployed_in(state: State, strategy: Strategy) -> int:
    """Base units that lie in a strategy, those on their way out among them."""
    return state.book.balance(strategy.asset, chart.strategy(strategy.id))


def pending_unwinds(state: State, strategy: Strategy, now: int) -> list[Unwind]:
    """Requests that are on their way or can be completed now, in the order they were made.

    One whose window has passed is not among them, completed or not: what it asked for has been restaked.
    """
    requests = map(state.unwinds.__getitem__, state.indexes.unwinding.get(strategy.id, ()))
    return [request for request in requests if not missed(request, now)]


def missed(request: Unwind, now: int) -> bool:
    """Whether a request's redemption window has passed."""
    return request.expires_at is not None and now >= request.expires_at


def unwinding(state: State, strategy: Strategy, now: int) -> int:
    """Base units that are on their way out of a strategy; after a loss at most what it still holds."""
    asked = sum(request.amount for request in pending_unwinds(state, strategy, now))
    return min(asked, deployed_in(state, strategy))


def read_curve(asset: Asset, steps: tuple[tuple[str, int], ...]) -> Curve:
    """A yield curve in base units; its rules are checked by `require_curve`."""
    return tuple((asset.units(amount), rate) for amount, rate in steps)


def require_curve(curve: Curve) -> None:
    """`bad_curve` unless amounts rise from 0 and rates do not rise."""
    for number, (amount, rate) in enumerate(curve, 1):
        if number == 1 and amount != 0:
            raise BadCurve("yield_curve: the first step must start at amount 0.", field="yield_curve")
        if number > 1 and amount <= curve[number - 2][0]:
            raise BadCurve(f"yield_curve: step {number} must start above step {number - 1}.", field="yield_curve")
        if number > 1 and rate > curve[number - 2][1]:
            raise BadCurve(f"yield_curve: step {number} has a higher rate than step {number - 1}.", field="yield_curve")


def add(state: State, c: commands.StrategyAdd, now: int) -> Outcome:
    """Make a strategy known to a vault.

    Checks:    unknown_vault -> strategy_exists -> bad_curve
    Postings:  none.
    Source:    decision I5; BENQI and Suzaku for cooldowns and windows.
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    curve, cap = read_curve(asset, c.yield_curve), asset.units(c.cap)
    if c.strategy in state.strategies:
        raise StrategyExists(f"There is a strategy {c.strategy} already.", strategy=c.strategy)
    require_curve(curve)
    strategy = Strategy(
        c.strategy, vault.id, asset.id, c.protocol, curve, cap,
        _number(c.cooldown_seconds, 0), _number(c.redemption_window_seconds, 0),
        _number(c.max_loss_bps, BPS), _number(c.move_cost_bps, 0),
    )  # fmt: skip
    return Outcome(
        records=(strategy,),
        events=({"type": "strategy.added", "strategy": c.strategy, "vault": vault.id, "protocol": c.protocol},),
        result={"strategy": c.strategy},
    )


def set_yield(state: State, c: commands.StrategySetYield, now: int) -> Outcome:
    """Replace a strategy's yield curve.

    Checks:    unknown_strategy -> bad_curve
    Postings:  none.
    """
    strategy = require_strategy(state, c.strategy, c.vault)
    curve = read_curve(state.assets[strategy.asset], c.yield_curve)
    require_curve(curve)
    return _changed(replace(strategy, curve=curve), "strategy.yield_set")


def set_cap(state: State, c: commands.StrategySetCap, now: int) -> Outcome:
    """Change the most that a strategy may hold.

    Checks:    unknown_strategy -> cap_below_deployed
    Postings:  none.
    """
    strategy = require_strategy(state, c.strategy, c.vault)
    asset = state.assets[strategy.asset]
    cap, held = asset.units(c.cap), deployed_in(state, strategy)
    if cap < held:
        raise CapBelowDeployed(
            f"{strategy.id} holds {asset.text(held)} {asset.id}; a cap of {asset.text(cap)} is less.",
            deployed=asset.text(held),
        )
    return _changed(replace(strategy, cap=cap), "strategy.cap_set")


def disable(state: State, c: commands.StrategyDisable, now: int) -> Outcome:
    """Deploy nothing more into a strategy.

    Checks:    unknown_strategy
    Postings:  none.
    """
    return _changed(replace(require_strategy(state, c.strategy, c.vault), active=False), "strategy.disabled")


def allocate(state: State, c: commands.StrategyAllocate, now: int) -> Outcome:
    """Deploy idle assets that no pending exit is quoted.

    Checks:    unknown_vault -> unknown_strategy -> zero_amount -> strategy_disabled -> exceeds_cap
               -> insufficient_liquidity
    Postings:  @vault -> @strategy
    """
    vault = require_vault(state, c.vault)
    strategy = require_strategy(state, c.strategy, vault.id)
    asset = state.assets[vault.asset]
    amount = asset.units(c.amount)
    require_amount(amount)
    if not strategy.active:
        raise StrategyDisabled(f"{strategy.id} takes nothing more in.", strategy=strategy.id)
    if deployed_in(state, strategy) + amount > strategy.cap:
        raise ExceedsCap(
            f"{strategy.id} may hold {asset.text(strategy.cap)} {asset.id} at most.", cap=asset.text(strategy.cap)
        )
    free = max(free_assets(state, vault), 0)
    if free < amount:
        raise InsufficientLiquidity(
            f"Vault {vault.id} has {asset.text(free)} {asset.id} to deploy; {asset.text(amount)} are asked.",
            available=asset.text(free),
            needed=asset.text(amount),
        )
    return allocated(asset, strategy, amount)


def allocated(asset: Asset, strategy: Strategy, amount: int) -> Outcome:
    """What deploying does once it is allowed."""
    result = {"strategy": strategy.id, "amount": asset.text(amount)}
    return Outcome(
        postings=(Posting(asset.id, chart.vault(strategy.vault), chart.strategy(strategy.id), amount),),
        events=({"type": "strategy.allocated", "vault": strategy.vault, **result},),
        result=result,
    )


def deallocate(state: State, c: commands.StrategyDeallocate, now: int) -> Outcome:
    """Ask for assets back; they stay in the strategy until its cooldown has ended.

    Checks:    unknown_strategy -> zero_amount -> insufficient_liquidity (beyond what it holds and has not promised)
    Postings:  none.
    """
    strategy = require_strategy(state, c.strategy, c.vault)
    asset = state.assets[strategy.asset]
    amount = asset.units(c.amount)
    require_amount(amount)
    free = deployed_in(state, strategy) - unwinding(state, strategy, now)
    if free < amount:
        raise InsufficientLiquidity(
            f"{strategy.id} holds {asset.text(free)} {asset.id} that are not on their way out; {c.amount} are asked.",
            available=asset.text(free),
            needed=asset.text(amount),
        )
    return unwound(asset, strategy, amount, f"unwind-{len(state.unwinds) + 1}", now)


def unwound(asset: Asset, strategy: Strategy, amount: int, name: str, now: int) -> Outcome:
    """What asking for assets back does once it is allowed."""
    ready = now + strategy.cooldown_seconds
    window = strategy.redemption_window_seconds
    request = Unwind(name, strategy.id, amount, ready, ready + window if window else None)
    result = {"request": name, "amount": asset.text(amount), "ready_at": format_instant(ready)}
    return Outcome(
        records=(request,),
        events=({"type": "strategy.deallocation_requested", "strategy": strategy.id, **result},),
        result=result,
    )


def complete(state: State, c: commands.StrategyComplete, now: int) -> Outcome:
    """Take assets back; after the redemption window they have been restaked, the request is spent: ask again.

    Checks:    unknown_request -> request_not_pending -> cooldown_not_complete
    Postings:  @strategy -> @treasury (as far as the vault owes it), @strategy -> @vault (the rest)
    Formula:   amount = min(requested, what the strategy still holds)
    Source:    BENQI: 15 days, then 2 days, else restaked; decision I8 for what the treasury is owed.
    """
    request = _named(state, c)
    if request.status != "pending":
        raise RequestNotPending(f"{request.id} is {request.status}.", request=request.id, status=request.status)
    if now < request.ready_at:
        ready = format_instant(request.ready_at)
        raise CooldownNotComplete(f"{request.id} can be completed from {ready} on.", ready_at=ready)
    strategy = state.strategies[request.strategy]
    asset, vault = state.assets[strategy.asset], state.vaults[strategy.vault]
    if missed(request, now):
        event: Event = {"type": "strategy.window_missed", "strategy": strategy.id, "request": request.id}
        restaked = {"request": request.id, "amount": "0", "missed": True}
        return Outcome(records=(replace(request, status="missed"),), events=(event,), result=restaked)
    amount = min(request.amount, deployed_in(state, strategy))
    owed = min(vault.owed, amount)
    source = chart.strategy(strategy.id)
    records: tuple[Record, ...] = (replace(request, status="completed"),)
    if owed:
        records += (replace(vault, owed=vault.owed - owed),)
    result = {"request": request.id, "amount": asset.text(amount), "missed": False}
    return Outcome(
        postings=nonzero(
            Posting(asset.id, source, chart.treasury(asset.id), owed),
            Posting(asset.id, source, chart.vault(vault.id), amount - owed),
        ),
        records=records,
        events=({"type": "strategy.deallocated", "strategy": strategy.id, "to_treasury": asset.text(owed), **result},),
        result=result,
    )


def _named(state: State, c: commands.StrategyComplete) -> Unwind:
    request = state.unwinds.get(c.request)
    strategy = state.strategies[request.strategy] if request else None
    wrong = strategy is None or not (
        (isinstance(c.strategy, UnsetType) or c.strategy == strategy.id)
        and (isinstance(c.vault, UnsetType) or c.vault == strategy.vault)
    )
    if request is None or wrong:
        raise UnknownRequest(f"There is no request {c.request} here.", request=c.request)
    return request


def report(state: State, c: commands.StrategyReport, now: int) -> Outcome:
    """Take over a strategy's gain or loss; holders see it through the share price alone.

    A gain or loss in an asset that a protocol issues (a vToken) mints and burns nothing, which would move the price of
    the vault that issued it: the gain comes from the actor, who received it, the loss goes to the treasury.

    Checks:    unknown_strategy -> zero_amount -> insufficient_balance (a gain in an asset that a protocol issues)
               -> loss_exceeds_deployed -> loss_above_limit (max_loss_bps of what it holds)
               -> amount_overflow (a gain)
    Postings:  gain: @issuance (or the actor) -> @treasury (fee), -> @strategy (rest);
               loss: @strategy -> @issuance (or @treasury)
    Formula:   as `vault.add_rewards` and `vault.report_loss`. What is owed to the treasury bears a loss first; while
               the vault has no shares a gain is owed to it too.
    """
    strategy = require_strategy(state, c.strategy, c.vault)
    asset, vault = state.assets[strategy.asset], state.vaults[strategy.vault]
    if isinstance(c.gain, UnsetType):
        amount = asset.units("0" if isinstance(c.loss, UnsetType) else c.loss)
        require_amount(amount, "loss")
        return _lost(state, asset, strategy, vault, amount, now)
    amount = asset.units(c.gain)
    require_amount(amount, "gain")
    if is_protocol(asset.admin):
        require_balance(state, asset, c.actor, amount)
    return _gained(state, asset, strategy, vault, amount, c.actor, now)


def _gained(state: State, asset: Asset, strategy: Strategy, vault: Vault, amount: int, actor: str, now: int) -> Outcome:
    """Without shares only the treasury can have earned it: it joins what is owed."""
    shareless = state.book.supply(vault.share) == 0
    fee = 0 if shareless else bps_of(amount, vault.performance_fee_bps, rounding=FLOOR)
    rest = amount - fee

    def arrived(account: str, units: int) -> Posting:
        return Posting(asset.id, actor, account, units) if is_protocol(asset.admin) else mint(asset.id, account, units)

    after = replace(vault, owed=vault.owed + rest) if shareless else lock_more(vault, rest, now)
    result = {"gain": asset.text(rest), "fee": asset.text(fee)}
    return Outcome(
        postings=nonzero(arrived(chart.treasury(asset.id), fee), arrived(chart.strategy(strategy.id), rest)),
        records=() if after == vault else (after,),
        events=({"type": "strategy.gained", "strategy": strategy.id, "vault": vault.id, **result},),
        result=result,
    )


def _lost(state: State, asset: Asset, strategy: Strategy, vault: Vault, amount: int, now: int) -> Outcome:
    held = deployed_in(state, strategy)
    if amount > held:
        raise LossExceedsDeployed(
            f"{strategy.id} holds {asset.text(held)} {asset.id}; it cannot lose {asset.text(amount)}.",
            deployed=asset.text(held),
        )
    if amount * BPS > held * strategy.max_loss_bps:
        most = asset.text(bps_of(held, strategy.max_loss_bps, rounding=FLOOR))
        raise LossAboveLimit(
            f"{strategy.id} holds {asset.text(held)} {asset.id} and may lose {most} of it at once.", limit=most
        )
    by_treasury = min(vault.owed, amount)
    after = replace(_unlocked_by(vault, amount - by_treasury, now), owed=vault.owed - by_treasury)
    source = chart.strategy(strategy.id)
    gone = burn(asset.id, source, amount)
    if is_protocol(asset.admin):
        gone = Posting(asset.id, source, chart.treasury(asset.id), amount)
    result = {"loss": asset.text(amount)}
    return Outcome(
        postings=(gone,),
        records=() if after == vault else (after,),
        events=({"type": "strategy.lost", "strategy": strategy.id, "vault": vault.id, **result},),
        result=result,
    )


def _unlocked_by(vault: Vault, loss: int, now: int) -> Vault:
    """The vault after its holders lost this much: locked profit bears it first, its curve keeps its end."""
    still = locked(vault, now)
    if loss == 0 or still == 0:
        return vault
    left = still - min(still, loss)
    return with_lock(vault, left, now, vault.locked_until) if left else with_lock(vault, 0, 0, 0)


def _changed(after: Strategy, kind: str) -> Outcome:
    event = {"type": kind, "strategy": after.id, "vault": after.vault}
    return Outcome(records=(after,), events=(event,), result={"strategy": after.id})


def _number(value: int | UnsetType, default: int) -> int:
    return default if isinstance(value, UnsetType) else value
