"""What belongs to somebody: stakes, exits, boosters, keys, positions, resources.

Lists hold what the caller may see: everything with `desk.read`, else what belongs to his accounts. A single thing of
somebody else's answers as one that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.moments import Moment
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import (
    At,
    Limit,
    Listed,
    Owned,
    Page,
    asked,
    is_seen,
    listed,
    owners,
    shown,
    view,
)
from holdfast.errors import (
    NotFound,
    UnknownBooster,
    UnknownKey,
    UnknownPosition,
    UnknownRecord,
    UnknownRequest,
    UnknownResource,
    UnknownStake,
    UnknownVault,
)
from holdfast.protocol.checks import require_vault
from holdfast.protocol.state import State
from holdfast.views import shapes, state
from holdfast.views.contribution_page import resource_page
from holdfast.views.items import Resources, booster
from holdfast.views.leverage_terms import at_risk

Item = Callable[[State, Any], dict[str, Any]]


async def _list(call: Call, table: str, item: Item, *, long: bool = False) -> Reply:
    return await listed(call, table, item, owners(call, call.query.owner), long=long)


async def _one(call: Call, table: str, item: Item, missing: type[NotFound], what: str) -> Reply:
    name = call.path["id"]

    def found(s: State) -> dict[str, Any]:
        record = getattr(s, table).get(name)
        if record is None or not is_seen(call, getattr(record, "owner", record.id)):
            raise missing(f"There is no {what} {name}, or it is not yours.")
        return {"id": name, **item(s, record)}

    return await view(call, found)


@get("/v1/exits", "own.read", query=Owned, returns=Page[shapes.ExitItem], errors=(UnknownRecord,), streams="view")
async def exits(call: Call) -> Reply:
    """List exit requests."""
    return await _list(call, "exits", state.exit_request)


@get("/v1/exits/{id}", "own.read", query=At, returns=shapes.ExitItem, errors=(UnknownRequest, UnknownRecord),
     streams="view")  # fmt: skip
async def exit_(call: Call) -> Reply:
    """Show an exit request."""
    return await _one(call, "exits", state.exit_request, UnknownRequest, "exit request")


@get("/v1/vaults/{vault}/queue", "desk.read", query=Listed, returns=Page[shapes.ExitItem],
     errors=(UnknownVault, UnknownRecord), streams="view")  # fmt: skip
async def vault_queue(call: Call) -> Reply:
    """List a vault's pending exit requests, the next to be filled first."""
    name, query, cursors, about = call.path["vault"], call.query, call.server.cursors, asked(call)
    after = cursors.open(about, query.cursor, int) if query.cursor else 0

    def page(moment: Moment) -> Page[Any]:
        s = moment.state
        waiting = s.indexes.pending.get(require_vault(s, name).id, {})
        behind = (one for one in waiting if _number(one) > after)
        ids = list(islice(behind, query.limit + 1))
        items = [{"id": one, **state.exit_request(s, s.exits[one])} for one in ids[: query.limit]]
        more = len(ids) > query.limit
        return Page(items, cursors.seal(about, _number(ids[query.limit - 1])) if more else None)

    return shown(call, await call.server.moments.look(query.as_of, page, by=call.who.person, long=True))


def _number(request: str) -> int:
    """Requests are numbered in the order of their making, which is that of the queue."""
    return int(request.rpartition("-")[2])


@get("/v1/stakes", "own.read", query=Owned, returns=Page[shapes.StakeItem], errors=(UnknownRecord,), streams="view")
async def stakes(call: Call) -> Reply:
    """List term stakes."""
    return await _list(call, "stakes", state.stake)


@get("/v1/stakes/{id}", "own.read", query=At, returns=shapes.StakeItem, errors=(UnknownStake, UnknownRecord),
     streams="view")  # fmt: skip
async def stake(call: Call) -> Reply:
    """Show a term stake."""
    return await _one(call, "stakes", state.stake, UnknownStake, "stake")


@get("/v1/booster-stakes", "own.read", query=Owned, returns=Page[shapes.BoosterStakeItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def booster_stakes(call: Call) -> Reply:
    """List what is, or was, locked for boosters."""
    return await _list(call, "booster_stakes", state.booster_stake)


@get("/v1/booster-stakes/{id}", "own.read", query=At, returns=shapes.BoosterStakeItem,
     errors=(UnknownStake, UnknownRecord), streams="view")  # fmt: skip
async def booster_stake(call: Call) -> Reply:
    """Show what was locked for a booster."""
    return await _one(call, "booster_stakes", state.booster_stake, UnknownStake, "booster stake")


@get("/v1/boosters", "own.read", query=Owned, returns=Page[shapes.BoosterItem], errors=(UnknownRecord,), streams="view")
async def boosters(call: Call) -> Reply:
    """List boosters."""
    return await _list(call, "boosters", booster)


@get("/v1/boosters/{id}", "own.read", query=At, returns=shapes.BoosterItem, errors=(UnknownBooster, UnknownRecord),
     streams="view")  # fmt: skip
async def one_booster(call: Call) -> Reply:
    """Show a booster."""
    return await _one(call, "boosters", booster, UnknownBooster, "booster")


@get("/v1/fee-keys", "own.read", query=Owned, returns=Page[shapes.FeeKeyItem], errors=(UnknownRecord,), streams="view")
async def fee_keys(call: Call) -> Reply:
    """List fee keys with what they can claim."""
    return await _list(call, "fee_keys", state.fee_key)


@get("/v1/fee-keys/{id}", "own.read", query=At, returns=shapes.FeeKeyItem, errors=(UnknownKey, UnknownRecord),
     streams="view")  # fmt: skip
async def fee_key(call: Call) -> Reply:
    """Show a fee key."""
    return await _one(call, "fee_keys", state.fee_key, UnknownKey, "fee key")


@get("/v1/positions", "own.read", query=Owned, returns=Page[shapes.PositionItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def positions(call: Call) -> Reply:
    """List leveraged positions; an item's id is its holder."""
    return await _list(call, "positions", state.position)


@get("/v1/positions/{id}", "own.read", query=At, returns=shapes.PositionItem, errors=(UnknownPosition, UnknownRecord),
     streams="view")  # fmt: skip
async def position(call: Call) -> Reply:
    """Show the leveraged position of an account."""
    return await _one(call, "positions", state.position, UnknownPosition, "position of")


class AtRisk(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many at most."""

    limit: Limit = 50


@get("/v1/positions-at-risk", "desk.read", query=AtRisk, returns=list[shapes.PositionItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def positions_at_risk(call: Call) -> Reply:
    """List active positions with debt, those nearest to their liquidation first."""
    return await view(call, lambda s: at_risk(s, call.query.limit), long=True)


@get("/v1/resources", "own.read", query=Owned, returns=Page[shapes.ResourceItem], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def resources(call: Call) -> Reply:
    """List what is contributed to networks, with what it would earn now."""
    return await _list(call, "resources", Resources(), long=True)


@get("/v1/resources/{id}", "own.read", query=At, returns=shapes.ResourcePage, errors=(UnknownResource, UnknownRecord),
     streams="view")  # fmt: skip
async def resource(call: Call) -> Reply:
    """Show a resource: its reports, its score, what it was paid and will be, and why.

    Read from the journal.
    """
    name = call.path["id"]

    def seen(s: State) -> State:
        record = s.resources.get(name)
        if record is None or not is_seen(call, record.owner):
            raise UnknownResource(f"There is no resource {name}, or it is not yours.", resource=name)
        return s

    found = await call.server.moments.look(
        call.query.as_of, lambda moment: seen(moment.state), by=call.who.person, long=True
    )
    page = await call.server.readers.read(lambda journal: resource_page(journal, found.found, name))
    return shown(call, found._replace(found=page))
