"""Quotes: what an operation would mean; nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.accounts import seen_account
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import Account, At, view
from holdfast.errors import (
    AmountOverflow,
    BelowMinimumStake,
    HoldfastError,
    InsufficientBalance,
    LeverageOutOfRange,
    Malformed,
    UnknownAccount,
    UnknownAsset,
    UnknownRecord,
    UnknownVault,
    ZeroAmount,
)
from holdfast.protocol.checks import require_asset, require_vault
from holdfast.protocol.records import Asset
from holdfast.protocol.state import State
from holdfast.views import leverage_terms, quote_answers, quotes, restaking, shapes

Amount = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$",
        max_length=200,
        description="Whole tokens, like 1000.5.",
        extra={"reason": "not_an_amount"},
    ),
]
Bps = Annotated[int, Meta(ge=0, le=10_000, description="Basis points.", extra={"reason": "not_basis_points"})]
VaultName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,30}$", description="A vault on this desk.", extra={"reason": "not_a_vault"}
    ),
]


class TermQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A stake; without an amount a table over amounts, with `curve` one that is close enough to be drawn.

    With `holder` also what he can do at most.
    """

    amount: Amount = ""
    booster: bool = False
    curve: bool = False
    holder: Account = ""


class LeverageQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A deposit; without a leverage every one that the desk allows.

    `reward_bps` is what a stake earns in a year, as the caller supposes; `curve` asks for health over slashes.
    """

    deposit: Amount = "100"
    leverage: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    slash_bps: Bps | None = None
    reward_bps: Bps | None = None
    curve: bool = False


class VaultQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A vault of this desk, or with totals that are supposed; without assets and shares one of each."""

    assets: Amount = ""
    shares: Amount = ""
    vault: VaultName = ""
    holder: Account = ""
    asset: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$",
            description="The asset, for its decimals.",
            extra={"reason": "not_an_asset"},
        ),
    ] = "FLUX"
    total_assets: Amount = ""
    total_shares: Amount = ""
    locked: Amount = ""


class ExitQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Who leaves which vault with how many shares; without a holder oneself, without shares all of them."""

    vault: VaultName
    shares: Amount = ""
    holder: Account = ""


class PlanQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a plan respects."""

    buffer_bps: Bps = 0
    min_change_bps: Bps = 0
    horizon_days: Annotated[int, Meta(ge=1, le=100_000, description="A move must pay within them.")] | None = None
    limits: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._-]{1,60}=[0-9]{1,5}(,[A-Za-z0-9._-]{1,60}=[0-9]{1,5}){0,49}$",
            description="At most so much in a protocol, in basis points, like BENQI=4000,AAVE=2500.",
            extra={"reason": "not_limits"},
        ),
    ] = ""


@get("/v1/quotes/term", "public.read", query=TermQuery, returns=shapes.TermQuote,
     errors=(BelowMinimumStake, AmountOverflow, UnknownAccount, UnknownRecord), streams="view")  # fmt: skip
async def quote_term(call: Call) -> Reply:
    """Say what a term stake means: period, tax, payout and reinvestments; without an amount, a table over amounts."""
    query = call.query
    holder = seen_account(call, query.holder) if query.holder else None

    def quote(state: State) -> Any:
        p = state.parameters.term
        asset = require_asset(state, p.asset)
        limits = {} if holder is None else quote_answers.term_limits(state, asset, holder)
        if not query.amount:
            over = quote_answers.over_curve if query.curve else quote_answers.over_amounts
            return quote_answers.term_amounts(p, asset, over(p, asset)) | limits
        units = units_of(asset, query.amount, "amount")
        chain = quotes.term_chain(p, asset, units, boosted=query.booster)
        other = quotes.term(p, asset, units, boosted=not query.booster)
        return quote_answers.term_chain(asset, chain, other) | limits

    return await view(call, quote)


@get("/v1/quotes/leverage", "public.read", query=LeverageQuery, returns=shapes.LeverageQuote,
     errors=(ZeroAmount, AmountOverflow, LeverageOutOfRange, UnknownRecord), streams="view")  # fmt: skip
async def quote_leverage(call: Call) -> Reply:
    """Say what a leveraged delegation means: debt, loan-to-value, health, and what a slash leaves of it."""
    query = call.query

    def quote(state: State) -> Any:
        p = state.parameters.leverage
        asset = require_asset(state, p.asset)
        units = units_of(asset, query.deposit, "deposit")
        steps = range(1, p.maximum_leverage + 1) if query.leverage is None else (query.leverage,)
        quoted = [quotes.leverage(p, asset, units, step) for step in steps]
        slash = query.slash_bps
        hit = [] if slash is None else [quotes.slashed(p, one, slash) for one in quoted]
        answer = quote_answers.leverage(p, asset, quoted, hit)
        for row, one in zip(answer["quotes"], quoted, strict=True):
            if query.reward_bps is not None:
                row["carry"] = leverage_terms.carry(asset, one, query.reward_bps)
            if query.curve:
                row["over_slash"] = leverage_terms.over_slash(p, asset, one)
        return answer

    return await view(call, quote)


@get("/v1/quotes/vault", "public.read", query=VaultQuery, returns=shapes.VaultQuote,
     errors=(UnknownVault, UnknownAsset, UnknownAccount, AmountOverflow, UnknownRecord), streams="view")  # fmt: skip
async def quote_vault(call: Call) -> Reply:
    """Say what shares of a vault give and cost, now and once all profit has unlocked.

    With `vault` its totals are those on this desk, with `holder` also what he can do at most; else they are those
    that the query supposes.
    """
    query = call.query
    supposed = query.total_assets or query.total_shares or query.locked
    if query.vault and supposed:
        raise Malformed("vault: leave it out where you state the totals yourself.", field="vault")
    if query.holder and not query.vault:
        raise Malformed("holder: it goes with a vault of this desk.", field="holder")
    holder = seen_account(call, query.holder) if query.holder else None

    def quote(state: State) -> Any:
        if query.vault:
            subject = quote_answers.on_desk(state, query.vault, holder)
        else:
            token = require_asset(state, query.asset)
            totals = [units_of(token, getattr(query, name) or "0", name)
                      for name in ("total_assets", "total_shares", "locked")]  # fmt: skip
            subject = quote_answers.supposed(token, *totals)
        one = subject.asset.text(10**subject.asset.decimals) if not (query.assets or query.shares) else ""
        wanted = [units_of(subject.asset, text, field) if text else None
                  for text, field in ((query.assets or one, "assets"), (query.shares or one, "shares"))]  # fmt: skip
        return quote_answers.vault(subject, *wanted)

    return await view(call, quote)


@get("/v1/quotes/exit", "own.read", query=ExitQuery, returns=shapes.ExitQuote,
     errors=(UnknownVault, UnknownAccount, ZeroAmount, InsufficientBalance, UnknownRecord), streams="view")  # fmt: skip
async def quote_exit(call: Call) -> Reply:
    """Say every way out of a vault: what it pays, what it costs, when, and what decides it.

    What is paid at once is exact. Times are estimates: whoever runs the vault must settle and ask strategies for what
    is missing.
    """
    query = call.query
    holder = seen_account(call, query.holder or call.who.account)

    def quote(state: State) -> Any:
        share = state.assets[require_vault(state, query.vault).share]
        units = units_of(share, query.shares, "shares") if query.shares else None
        shares, found = quote_answers.ways_out(state, query.vault, holder, units)
        return quote_answers.ways_out_object(state, query.vault, holder, shares, found)

    return await view(call, quote)


@get("/v1/vaults/{vault}/plan", "desk.read", query=PlanQuery, returns=shapes.PlanQuote,
     errors=(UnknownVault, UnknownRecord), streams="view")  # fmt: skip
async def quote_plan(call: Call) -> Reply:
    """Work out the allocation of a vault that would earn most, beside the present one; nothing is kept."""
    query, name = call.query, call.path["vault"]
    limits = protocol_limits(query.limits)

    def planned(state: State) -> Any:
        return restaking.planned(
            state, name, buffer_bps=query.buffer_bps, min_change_bps=query.min_change_bps,
            horizon_days=query.horizon_days, protocol_limits_bps=limits,
        )  # fmt: skip

    return await view(call, planned, long=True)


def units_of(asset: Asset, text: str, field: str) -> int:
    """Base units of an amount in a query; the refusal names the parameter. Raises: Malformed, AmountOverflow."""
    try:
        return asset.units(text)
    except HoldfastError as error:
        raise type(error)(f"{field}: {error.message}", **{**error.details, "field": field}) from None


def protocol_limits(text: str) -> dict[str, int]:
    """`BENQI=4000,AAVE=2500` as protocols and basis points. Raises: Malformed."""
    found: dict[str, int] = {}
    for part in text.split(",") if text else ():
        protocol, _, bps = part.partition("=")
        if int(bps) > 10_000 or protocol in found:
            raise Malformed(
                "limits: name each protocol once, with at most 10000 basis points.", field="limits", reason="not_limits"
            )
        found[protocol] = int(bps)
    return found
