"""What came of things, from the journal: earnings of accounts, rates of vaults, chains of stakes, the pool's taxes."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.moments import Moment
from holdfast.entrypoints.http.routes.accounts import seen_account
from holdfast.entrypoints.http.routes.history import Instant, second
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import Account, At, Cursor, Limit, Page, asked, is_seen, shown
from holdfast.errors import Malformed, UnknownAccount, UnknownRecord, UnknownStake, UnknownVault
from holdfast.primitives.asset import format_units
from holdfast.primitives.clock import format_instant
from holdfast.protocol.state import State
from holdfast.views import shapes
from holdfast.views.earnings import Earnings
from holdfast.views.stake_chain import stake_chain
from holdfast.views.tax_totals import tax_totals
from holdfast.views.timeline import HOUR
from holdfast.views.vault_history import Rate

RATE_DECIMALS = 18


class EarningsQuery(At, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it one's own."""

    account: Account = ""


class RatesQuery(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far apart, from when to when."""

    every: Annotated[
        int, Meta(ge=HOUR, le=8_784 * HOUR, description="Seconds from one to the next: whole hours.")
    ] = 24 * HOUR  # fmt: skip
    since: Instant = ""
    until: Instant = ""
    limit: Limit = 100
    cursor: Cursor = ""


@get("/v1/me/earnings", "own.read", query=EarningsQuery, returns=shapes.Earnings,
     errors=(UnknownAccount, UnknownRecord), streams="view")  # fmt: skip
async def my_earnings(call: Call) -> Reply:
    """Say what one's own account earned in the last 1, 7 and 30 days and in all, net and gross, product by product.

    Exact, read from the journal: what a product is worth and has paid out, less what was put in; a deposit is no
    profit and a withdrawal no loss. Gross adds what was taken on the way: performance fees, taxes, interest. Periods
    end at the desk's present second, or at that of `as_of`, and begin at full hours. Of a past moment the journal is
    read anew up to there: 503 where that takes long, and what was read by then is kept for the next try.
    """
    name, gathered = seen_account(call, call.query.account or call.who.account), call.server.gathered
    moment = await call.server.moments.look(call.query.as_of, lambda _: None, by=call.who.person)
    if not call.query.as_of:
        seen = await gathered.look(lambda earnings: earnings.of(name, moment.at))
        return shown(call, seen._replace(at=max(seen.at, moment.at)))
    with call.server.looking_back.place(call.who.person, moment.head.seq):
        found = await gathered.look_back(moment.head.seq, lambda earnings: earnings.of(name, moment.at))
    return shown(call, moment._replace(found=found))


@get("/v1/vaults/{vault}/rates", "public.read", query=RatesQuery, returns=Page[shapes.RateItem], errors=(UnknownVault,),
     streams="view")  # fmt: skip
async def vault_rates(call: Call) -> Reply:
    """Give what a vault's shares stood for at every multiple of so many seconds, from the journal.

    A rate is (total_assets + 1) / (total_shares + 1) in assets per share, floored to 18 digits after the point.
    """
    name, query, cursors, about = call.path["vault"], call.query, call.server.cursors, asked(call)
    if query.every % HOUR:
        raise Malformed("every: write a multiple of 3600 seconds.", field="every")
    since, until = second("since", query.since) or 0, second("until", query.until)
    first = cursors.open(about, query.cursor, int) if query.cursor else since
    now = (await call.server.moments.look("", lambda _: None)).at

    def page(earnings: Earnings) -> Page[Any]:
        if name not in earnings.vaults.points:
            raise UnknownVault(f"There is no vault {name} on this desk.", vault=name)
        last = max(earnings.now, now) if until is None else min(until, max(earnings.now, now))
        found = list(islice(earnings.rates(name, query.every, first, last), query.limit + 1))
        text = earnings.text_of(name)
        items = [_item(rate, text) for rate in found[: query.limit]]
        return Page(items, cursors.seal(about, found[-1].at) if len(found) > query.limit else None)

    rates = await call.server.gathered.look(page)
    return shown(call, rates._replace(at=max(rates.at, now)))


@get("/v1/stakes/{id}/chain", "own.read", query=At, returns=shapes.StakeChain, errors=(UnknownStake, UnknownRecord),
     streams="view")  # fmt: skip
async def chain_of_stake(call: Call) -> Reply:
    """Say what auto-reinvestment did with a term stake, and what it will do.

    Read from the journal: the stakes that it came from and went on in, what each paid, and those to come if each is
    unstaked when it unlocks.
    """
    name = call.path["id"]

    def seen(moment: Moment) -> State:
        record = moment.state.stakes.get(name)
        if record is None or not is_seen(call, record.owner):
            raise UnknownStake(f"There is no stake {name}, or it is not yours.")
        return moment.state

    at = await call.server.moments.look(call.query.as_of, seen, by=call.who.person, long=True)
    gathered = await call.server.gathered.look(lambda earnings: earnings.stakes.chain(name))
    return shown(call, at._replace(found=stake_chain(at.found, name, gathered.found)))


@get("/v1/term-pool/tax", "public.read", query=At, returns=shapes.Tax, errors=(UnknownRecord,), streams="view")
async def term_pool_tax(call: Call) -> Reply:
    """Say what the tax on the term asset has brought in all, and how much went to fee keys, buyback and treasury.

    Totals of the pool, which name nobody. Read from the journal.
    """
    seen = await call.server.moments.look(
        call.query.as_of, lambda moment: moment.state.parameters.term.asset, by=call.who.person
    )
    asset = seen.found
    if call.query.as_of:
        totals = await call.server.readers.read(lambda journal: tax_totals(journal.rows(upto=seen.head.seq)))
    else:
        seen = await call.server.gathered.tax()
        totals = seen.found
    nothing = dict.fromkeys(("tax", "fees", "buyback", "treasury"), "0")
    return shown(call, seen._replace(found=totals.get(asset, nothing)))


def _item(rate: Rate, text: Any) -> dict[str, Any]:
    return {
        "at": format_instant(rate.at),
        "seq": rate.seq,
        "total_assets": text(rate.totals.assets),
        "total_shares": text(rate.totals.shares),
        "rate": format_units(rate.units, RATE_DECIMALS),
    }
