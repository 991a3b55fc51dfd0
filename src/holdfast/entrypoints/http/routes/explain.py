"""What a number rests on: the rule of a command, the records before and after, totals that reconcile."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.accounts import seen_account
from holdfast.entrypoints.http.routes.history import Instant, second
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import shown, tagged
from holdfast.errors import Malformed, UnknownAccount, UnknownCommand, UnknownRecord
from holdfast.views import journal, rules, shapes
from holdfast.views.account_book import AssetTotals, account_book, held
from holdfast.views.rules import RuleView


class Period(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Since and until which instant, both included; until now where it is left out."""

    since: Instant = ""
    until: Instant = ""


class Totals(Struct, frozen=True):
    """The totals of an account by asset, reconciled with the ledger at the record that `Holdfast-Seq` names."""

    items: list[AssetTotals]


class Before(Struct, frozen=True):
    """Records before one of the journal, in the order of its `records`; null for those that it made."""

    items: list[dict[str, Any] | None]


@get("/v1/rules/{type}", "public.read", returns=RuleView, errors=(UnknownCommand,))
async def command_rule(call: Call) -> Reply:
    """Give the documented rule of a command: its checks in order, formula, rounding, postings and source."""
    return tagged(call, rules.rule(call.path["type"]))


@get("/v1/journal/{seq}/before", "desk.read", returns=Before, errors=(UnknownRecord,), streams="view")
async def journal_record_before(call: Call) -> Reply:
    """Give the records that one record of the journal changed, as they stood before it."""
    seq = record_number(call.path["seq"])
    present = await call.server.moments.look("", lambda _: None)
    if not 0 < seq <= present.head.seq:
        raise UnknownRecord(f"There is no record {seq}.", seq=seq)
    past = await call.server.moments.look(str(seq - 1), lambda moment: moment.state, by=call.who.person)
    items = await call.server.readers.read(lambda store: journal.before(past.found, store, seq))
    return shown(call, past._replace(found=Before(items)))


@get("/v1/accounts/{account}/records/{seq}", "own.read", returns=shapes.SeenRecord,
     errors=(UnknownAccount, UnknownRecord), streams="view")  # fmt: skip
async def account_record(call: Call) -> Reply:
    """Give a record as one of one's accounts may see it: its own command in full, of another's what touched it."""
    name, seq = seen_account(call, call.path["account"]), record_number(call.path["seq"])
    seen = await call.server.moments.look("", lambda moment: dict(moment.state.assets))
    found = await call.server.readers.read(lambda store: journal.seen_record(store, seen.found, seq, name))
    return shown(call, seen._replace(found=found))


@get("/v1/accounts/{account}/totals", "own.read", query=Period, returns=Totals,
     errors=(UnknownAccount, UnknownRecord), streams="view")  # fmt: skip
async def account_totals(call: Call) -> Reply:
    """Give an account's totals by asset: opening, received, sent, closing, and the record that made the closing.

    Costs one look at every record of the journal.
    """
    name, query = seen_account(call, call.path["account"]), call.query
    since, until = second("since", query.since), second("until", query.until)
    as_of = "" if until is None or until >= call.server.office.now() else query.until
    seen = await call.server.moments.look(
        as_of, lambda m: (dict(m.state.assets), held(m.state, name)), by=call.who.person
    )
    assets, ledger = seen.found
    book = await call.server.readers.read(
        lambda store: account_book(
            store, assets, name, since=since, upto=seen.head.seq, ledger=ledger, most=None
        )
    )  # fmt: skip
    return shown(call, seen._replace(found=Totals(book.totals)))


def record_number(text: str) -> int:
    """The number of a record in a path. Raises: Malformed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise Malformed("seq: write a record's number.", field="seq", reason="not_a_whole_number")
    return int(text)
