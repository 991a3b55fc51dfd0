"""Every way out of a vault for one holder, with amount, fee, time, and what decides it (decision I2).

Times are estimates: they say when the money can be there if whoever runs the vault does what time makes due, and asks
strategies at once for what is missing. Nothing is promised by them; what a route pays at once is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from holdfast.primitives.clock import format_instant
from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol import liquid_vault, vault_limits
from holdfast.protocol.checks import require_amount, require_balance, require_thawed, require_vault
from holdfast.protocol.records import Asset, Exit, Vault
from holdfast.protocol.shares import VaultTotals, to_assets
from holdfast.protocol.state import State
from holdfast.protocol.strategies import deployed_in, pending_unwinds, unwinding
from holdfast.views.exit_reasons import Reason, reason


class Route(Struct, frozen=True):
    """One way out: `shares` given for `assets`, in base units; `ready_at` is None where no time can be told.

    `request` is the exit request that it is about, if it is about one that is there already.
    """

    kind: str
    possible: bool
    shares: int
    assets: int
    ready_at: int | None
    decided_by: tuple[Reason, ...]
    request: str | None = None
    fee: int = 0


Reasons = tuple[Reason, ...]


class Source(Struct, frozen=True):
    """Assets that can come back: when, how many, from which strategy, by which running request if there is one."""

    ready_at: int
    request: str | None
    strategy: str
    amount: int
    until: int | None


def routes(state: State, vault_name: str, shares: int, holder: str, now: int) -> list[Route]:
    """Every way in which `holder` can leave with `shares`: at once, in part, by the queue, later; then his requests.

    Formula:   instant as `vault.redeem`; a queued request is quoted as `vault.request_redeem` and filled once idle
               assets cover the requests ahead and its own quote
    Units:     base units of the share and of the asset.
    Rounding:  floor, as the commands.
    Raises:    UnknownVault, ZeroAmount, InsufficientBalance, AccountFrozen.
    """
    vault = require_vault(state, vault_name)
    share = state.assets[vault.share]
    require_amount(shares, "shares")
    require_balance(state, share, holder, shares)
    require_thawed(state, share.id, holder)
    frozen = _frozen(state, vault.asset, holder)
    found = [
        _instant(state, vault, shares, now, frozen),
        *_in_part(state, vault, shares, holder, now),
        _queued(state, vault, shares, now, frozen),
        *_waiting(state, vault, shares, now, frozen),
    ]
    return found + requests(state, vault_name, holder, now)


def requests(state: State, vault_name: str, holder: str, now: int) -> list[Route]:
    """What the holder's own requests allow: claim what was set aside, cancel or wait for what is pending.

    Raises: UnknownVault.
    """
    vault = require_vault(state, vault_name)
    mine = (e for e in state.exits.values() if (e.vault, e.owner) == (vault.id, holder))
    found: list[Route] = []
    for request in mine:
        if request.status == "claimable":
            found.append(_claim(state, request, now))
        elif request.status == "pending":
            found += [_pending(state, vault, request, now), _cancel(state, vault, request, now)]
    return found


def _instant(state: State, vault: Vault, shares: int, now: int, frozen: Reasons) -> Route:
    """Redeem everything now."""
    assets, free = liquid_vault.assets_to_redeem(state, vault, shares, now), _free(state, vault)
    possible = 0 < assets <= free and not frozen
    why = (_free_reason(state, vault, assets), *frozen)
    return Route("instant", possible, shares, assets, now if possible else None, why)


def _in_part(state: State, vault: Vault, shares: int, holder: str, now: int) -> Iterator[Route]:
    """Redeem now what idle assets allow, and queue the rest."""
    asset = state.assets[vault.asset]
    at_once = min(vault_limits.max_redeem(state, vault.id, holder, now), shares)
    if not 0 < at_once < shares:
        return
    paid = liquid_vault.assets_to_redeem(state, vault, at_once, now)
    totals = liquid_vault.totals(state, vault, now)
    left = VaultTotals(totals.assets - paid, totals.shares - at_once)
    quote = to_assets(shares - at_once, left, rounding=FLOOR)
    ready_at, reasons = _filled_at(state, vault, quote, now, spent=paid)
    given = state.assets[vault.share].text(at_once)
    first = reason("part_at_once", assets=asset.text(paid), asset=asset.id, shares=given, share=vault.share)
    yield Route("part now, rest queued", quote > 0, shares, paid + quote, ready_at, (first, *reasons))


def _queued(state: State, vault: Vault, shares: int, now: int, frozen: Reasons) -> Route:
    """Queue everything; what is filled is set aside, also for one who is frozen."""
    quote = to_assets(shares, liquid_vault.totals(state, vault, now), rounding=FLOOR)
    ready_at, reasons = _filled_at(state, vault, quote, now)
    ready_at = None if frozen else ready_at
    return Route("queue", quote > 0, shares, quote, ready_at, (*reasons, reason("lower"), *frozen))


def _waiting(state: State, vault: Vault, shares: int, now: int, frozen: Reasons) -> Iterator[Route]:
    """Leave after the locked profit has unlocked."""
    still = liquid_vault.locked(vault, now)
    if not still:
        return
    asset, then = state.assets[vault.asset], vault.locked_until
    assets = liquid_vault.assets_to_redeem(state, vault, shares, then)
    more = assets - liquid_vault.assets_to_redeem(state, vault, shares, now)
    locked, until = asset.text(still), format_instant(then)
    reasons = [reason("profit_unlocks", locked=locked, asset=asset.id, until=until, more=asset.text(more))]
    ready_at: int | None = then
    if assets > _free(state, vault):
        filled, _ = _filled_at(state, vault, assets, now)
        ready_at = None if filled is None else max(then, filled)
        reasons.append(reason("more_than_free"))
    possible = assets > 0 and not frozen
    yield Route("wait for profit", possible, shares, assets, ready_at if possible else None, (*reasons, *frozen))


def _claim(state: State, request: Exit, now: int) -> Route:
    """Take what was set aside; it waits while its receiver is frozen."""
    set_aside, frozen = (
        reason("set_aside", request=request.id, receiver=request.receiver),
        _frozen(state, request.asset, request.receiver),
    )
    ready_at = None if frozen else now
    return Route("claim", not frozen, request.shares, request.assets, ready_at, (set_aside, *frozen), request.id)


def _pending(state: State, vault: Vault, request: Exit, now: int) -> Route:
    """Stay in the queue."""
    ready_at, reasons = _filled_at(state, vault, _due(state, vault, request, now), now, before=request.id)
    due = _due(state, vault, request, now)
    return Route("stay queued", True, request.shares, due, ready_at, reasons, request.id)


def _cancel(state: State, vault: Vault, request: Exit, now: int) -> Route:
    """Take the shares of a pending request back."""
    asset = state.assets[vault.asset]
    worth = to_assets(request.shares, liquid_vault.totals(state, vault, now), rounding=FLOOR)
    back = reason("shares_back", worth=asset.text(worth), asset=asset.id, quote=asset.text(request.assets))
    return Route("cancel request", True, request.shares, 0, now, (back,), request.id)


def _filled_at(
    state: State, vault: Vault, quote: int, now: int, *, spent: int = 0, before: str | None = None
) -> tuple[int | None, Reasons]:
    """When idle assets can cover all requests ahead and `quote`, and what that rests on.

    `spent` leaves the idle assets first; `before` names the request that asks: only older ones are ahead of it.
    """
    asset = state.assets[vault.asset]
    ahead, count = 0, 0
    for name in state.indexes.pending.get(vault.id, ()):
        if name == before:
            break
        ahead += _due(state, vault, state.exits[name], now)
        count += 1
    idle = state.idle(vault) - spent
    reasons = [reason("idle_then" if spent else "idle", idle=asset.text(idle), asset=asset.id)]
    if count:
        reasons.append(reason("ahead" if count > 1 else "one_ahead", count=count, amount=asset.text(ahead)))
    missing, owed, ready = ahead + quote - idle, vault.owed, now
    if missing <= 0:
        return now, (*reasons, reason("next_settle"))
    for source in sources(state, vault, now):
        if missing <= 0:
            break
        to_treasury = min(owed, source.amount)
        owed -= to_treasury
        if source.amount == to_treasury:
            continue
        missing -= source.amount - to_treasury
        ready = max(ready, source.ready_at)
        reasons.append(_source_reason(asset, source, source.amount - to_treasury))
    if vault.owed:
        reasons.append(reason("treasury_first", amount=asset.text(vault.owed)))
    return (ready, tuple(reasons)) if missing <= 0 else (None, (*reasons, reason("rest_unknown")))


def sources(state: State, vault: Vault, now: int) -> list[Source]:
    """What can come back from the vault's strategies, the earliest first, what is on its way before what is not.

    Formula:   a running request at its ready_at; the rest of a strategy now + cooldown, as if it were asked for now
    Units:     base units, Unix seconds.
    """
    found: list[Source] = []
    for name in sorted(state.indexes.strategies.get(vault.id, ())):
        strategy = state.strategies[name]
        left = deployed_in(state, strategy)
        for request in pending_unwinds(state, strategy, now):
            amount = min(request.amount, left)
            left -= amount
            ready = max(request.ready_at, now)
            found.append(Source(ready, request.id, name, amount, request.expires_at))
        if free := deployed_in(state, strategy) - unwinding(state, strategy, now):
            ready, window = now + strategy.cooldown_seconds, strategy.redemption_window_seconds
            found.append(Source(ready, None, name, free, ready + window if window else None))
    return sorted((s for s in found if s.amount), key=_order)


def _order(source: Source) -> tuple[int, bool, str]:
    """The earliest first; of one second what is on its way before what is not, then by name."""
    return source.ready_at, source.request is None, source.request or source.strategy


def _source_reason(asset: Asset, source: Source, amount: int) -> Reason:
    """What a source brings, when, and until when it must be collected."""
    code = "could_bring" if source.request is None else "brings"
    figures = {"strategy": source.strategy, "amount": asset.text(amount), "ready_at": format_instant(source.ready_at)}
    if source.request is not None:
        figures["request"] = source.request
    if source.until is not None:
        code, figures["until"] = code + "_until", format_instant(source.until)
    return Reason(code, {**figures})


def _due(state: State, vault: Vault, request: Exit, now: int) -> int:
    """What a pending request would get now: the lower of its quote and its value."""
    totals = liquid_vault.totals(state, vault, now)
    return min(request.assets, to_assets(request.shares, totals, rounding=FLOOR))


def _frozen(state: State, asset: str, account: str) -> Reasons:
    """Why an account cannot be paid now; empty where it can."""
    return (reason("frozen", account=account, asset=asset),) if state.is_frozen(asset, account) else ()


def _free(state: State, vault: Vault) -> int:
    return max(liquid_vault.free_assets(state, vault), 0)


def _free_reason(state: State, vault: Vault, needed: int) -> Reason:
    asset, quoted = state.assets[vault.asset], state.indexes.quoted.get(vault.id, 0)
    code = "idle" + "_quoted" * bool(quoted) + "_short" * (needed > _free(state, vault))
    figures = {"idle": asset.text(state.idle(vault)), "asset": asset.id}
    figures |= {"quoted": asset.text(quoted)} if quoted else {}
    figures |= {"needed": asset.text(needed)} if code.endswith("_short") else {}
    return Reason(code, {**figures})
