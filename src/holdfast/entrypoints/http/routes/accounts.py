"""Accounts: what they hold, and everything of one's own."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.moments import Moment
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import Account, At, Listed, Page, asked, is_seen, shown
from holdfast.errors import UnknownAccount, UnknownAsset, UnknownRecord
from holdfast.views import balances, items, shapes
from holdfast.views.portfolio import portfolio

AssetCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$",
        description="Only this asset, also where its balance is 0.",
        extra={"reason": "not_an_asset"},
    ),
]


class OfAsset(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which balances of an account."""

    asset: AssetCode = ""


class OfAccount(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it one's own."""

    account: Account = ""


@get("/v1/accounts", "desk.read", query=Listed, returns=Page[shapes.Account], errors=(UnknownRecord,), streams="view")
async def accounts(call: Call) -> Reply:
    """List the accounts that hold something, by name.

    A page may have fewer items than its limit and still have a next one.
    """
    cursors, about, query = call.server.cursors, asked(call), call.query
    after = cursors.open(about, query.cursor, str) if query.cursor else ""

    def page(moment: Moment) -> Page[Any]:
        state, listing = moment.state, moment.listing
        names = listing.accounts(after, query.limit)
        found = [items.account(state, name, listing.tables["allowances"].of(name)) for name in names]
        more = len(names) == query.limit
        return Page([one for one in found if one["balances"]], cursors.seal(about, names[-1]) if more else None)

    return shown(call, await call.server.moments.look(query.as_of, page, by=call.who.person))


@get("/v1/accounts/{account}", "own.read", query=OfAsset, returns=shapes.Account,
     errors=(UnknownAccount, UnknownAsset, UnknownRecord), streams="view")  # fmt: skip
async def account(call: Call) -> Reply:
    """Show an account: its balances, where it is frozen, and what it lets others move."""
    name, asset = seen_account(call, call.path["account"]), call.query.asset

    def found(moment: Moment) -> Any:
        whole = items.account(moment.state, name, moment.listing.tables["allowances"].of(name))
        if not asset:
            return whole
        one = balances.account(moment.state, name, asset)["balances"]
        allowed = [given for given in whole["allowances"] if given["asset"] == asset]
        return whole | {"balances": one, "allowances": allowed}

    return shown(call, await call.server.moments.look(call.query.as_of, found, by=call.who.person))


@get("/v1/me/portfolio", "own.read", query=OfAccount, returns=shapes.Portfolio, errors=(UnknownAccount, UnknownRecord),
     streams="view")  # fmt: skip
async def my_portfolio(call: Call) -> Reply:
    """Give everything that is open of one's own account, and what can be claimed, in one answer."""
    name = seen_account(call, call.query.account or call.who.account)
    found = await call.server.moments.look(
        call.query.as_of, lambda m: portfolio(m.state, m.listing, name), by=call.who.person
    )
    return shown(call, found)


def seen_account(call: Call, name: str) -> str:
    """The account, if the caller may see it. Raises: UnknownAccount, whether there is such an account or not."""
    if not is_seen(call, name):
        raise UnknownAccount(f"There is no account {name}, or it is not yours.", account=name)
    return name
