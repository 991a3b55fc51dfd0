"""The desk's views that concern nobody in particular, and those for its staff."""

from __future__ import annotations

from msgspec import Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import At, Limit, Listed, Page, listed, shown, view
from holdfast.errors import UnknownAsset, UnknownRecord, UnknownVault
from holdfast.primitives.clock import format_instant
from holdfast.protocol.checks import require_asset, require_vault
from holdfast.views import leverage_terms, restaking, shapes, state
from holdfast.views.items import Networks, Plans
from holdfast.views.tax_totals import tax_totals


class Desk(Struct, frozen=True):
    """Which desk this is, and where its journal stands; `demo` is whether anybody can draw from its faucet."""

    name: str
    demo: bool
    seq: int
    at: str
    digest: str


@get("/v1/desk", "public.read", returns=Desk, streams="view")
async def desk(call: Call) -> Reply:
    """Say which desk this is, and where its journal stands."""
    genesis = call.server.service.genesis
    seen = await call.server.moments.look("", lambda moment: moment.written)
    found = Desk(genesis.name, genesis.demo, seen.head.seq, format_instant(seen.found), seen.head.digest.hex())
    return shown(call, seen._replace(found=found))


@get("/v1/state", "desk.read", query=At, returns=shapes.Whole, errors=(UnknownRecord,), streams="view")
async def whole_state(call: Call) -> Reply:
    """Give everything on the desk at once.

    The shape of `holdfast state --json`. On a large desk the lists are quicker: they come in pages.
    """
    return await view(call, state.whole, long=True)


@get("/v1/assets", "public.read", query=Listed, returns=Page[shapes.AssetItem], errors=(UnknownRecord,), streams="view")
async def assets(call: Call) -> Reply:
    """List the assets."""
    return await listed(call, "assets", lambda _, record: state.asset(record))


@get("/v1/assets/{asset}", "public.read", query=At, returns=shapes.AssetItem, errors=(UnknownAsset, UnknownRecord),
     streams="view")  # fmt: skip
async def asset(call: Call) -> Reply:
    """Show an asset."""
    code = call.path["asset"]
    return await view(call, lambda s: {"id": code, **state.asset(require_asset(s, code))})


@get("/v1/supply", "public.read", query=At, returns=dict[str, str], errors=(UnknownRecord,), streams="view")
async def supply(call: Call) -> Reply:
    """Say how much there is of each asset, assets without any left out."""
    return await view(call, state.supply)


@get("/v1/vaults", "public.read", query=Listed, returns=Page[shapes.VaultItem], errors=(UnknownRecord,), streams="view")
async def vaults(call: Call) -> Reply:
    """List the vaults."""
    return await listed(call, "vaults", state.vault)


@get("/v1/vaults/{vault}", "public.read", query=At, returns=shapes.VaultItem, errors=(UnknownVault, UnknownRecord),
     streams="view")  # fmt: skip
async def vault(call: Call) -> Reply:
    """Show a vault."""
    name = call.path["vault"]
    return await view(call, lambda s: {"id": name, **state.vault(s, require_vault(s, name))})


@get("/v1/reserve", "public.read", query=At, returns=shapes.Reserve, errors=(UnknownRecord,), streams="view")
async def reserve(call: Call) -> Reply:
    """Show the reserve that leveraged positions borrow from."""
    return await view(call, state.reserve_view)


@get("/v1/leverage-terms", "public.read", query=At, returns=shapes.LeverageTerms, errors=(UnknownAsset, UnknownRecord),
     streams="view")  # fmt: skip
async def terms(call: Call) -> Reply:
    """Say what holds for every leveraged position, and which era it is."""
    return await view(call, leverage_terms.leverage_terms)


@get("/v1/validators", "public.read", query=Listed, returns=Page[shapes.ValidatorItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def validators(call: Call) -> Reply:
    """List the validators with the desk's pools there."""
    return await listed(call, "validators", state.validator)


@get("/v1/strategies", "public.read", query=Listed, returns=Page[shapes.StrategyItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def strategies(call: Call) -> Reply:
    """List the strategies with what vaults have deployed there."""
    return await listed(call, "strategies", restaking.strategy)


@get("/v1/unwinds", "desk.read", query=Listed, returns=Page[shapes.UnwindItem], errors=(UnknownRecord,), streams="view")
async def unwinds(call: Call) -> Reply:
    """List what is, or was, on its way out of strategies."""
    return await listed(call, "unwinds", restaking.unwind)


@get("/v1/plans", "desk.read", query=Listed, returns=Page[shapes.PlanItem], errors=(UnknownRecord,), streams="view")
async def plans(call: Call) -> Reply:
    """List the allocations that were planned for vaults, and whether they still fit."""
    return await listed(call, "plans", Plans(), long=True)


class Newest(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many of each at most."""

    limit: Limit = 50


@get("/v1/vaults/{vault}/moves", "desk.read", query=Newest, returns=shapes.VaultMoves,
     errors=(UnknownVault, UnknownRecord), streams="view")  # fmt: skip
async def moves(call: Call) -> Reply:
    """Show a vault's newest plans, and what is or was on its way out of its strategies; what is open comes first."""
    return await view(call, lambda s: restaking.moves(s, call.path["vault"], call.query.limit), long=True)


@get("/v1/networks", "public.read", query=Listed, returns=Page[shapes.NetworkItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def networks(call: Call) -> Reply:
    """List the contribution networks with their open epochs."""
    return await listed(call, "networks", Networks(), long=True)


@get("/v1/term-pool", "public.read", query=At, returns=shapes.TermPool, errors=(UnknownRecord,), streams="view")
async def term_pool(call: Call) -> Reply:
    """Show term staking as a whole."""
    return await view(call, state.term_pool, long=True)


@get("/v1/tax", "desk.read", query=At, returns=dict[str, shapes.Tax], errors=(UnknownRecord,), streams="view")
async def tax(call: Call) -> Reply:
    """Say what the taxes have brought in all, and where it went.

    Read from the journal. What lies at a destination now is the balance of its account.
    """
    if not call.query.as_of:
        return shown(call, await call.server.gathered.tax())
    seen = await call.server.moments.look(call.query.as_of, lambda _: None, by=call.who.person)
    totals = await call.server.readers.read(lambda journal: tax_totals(journal.rows(upto=seen.head.seq)))
    return shown(call, seen._replace(found=totals))
