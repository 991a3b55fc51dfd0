"""What happened: statements of accounts, the journal, and the receipts of one's own commands."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, to_builtins

from holdfast.engine import journal as records
from holdfast.engine.journal import Receipt
from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.accounts import AssetCode, seen_account
from holdfast.entrypoints.http.routing import SIGNED_IN, get
from holdfast.entrypoints.http.viewing import Account, Cursor, Limit, Page, asked, shown
from holdfast.errors import Malformed, UnknownAccount, UnknownAsset, UnknownReceipt, UnknownRecord
from holdfast.primitives.clock import parse_instant
from holdfast.views import journal, shapes, statement
from holdfast.views.journal import Wanted
from holdfast.views.statement import Line, Place, Query

Instant = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="An instant like 2026-01-01T00:00:00Z.",
    ),
]


class StatementQuery(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which lines of a statement: of one asset, since and until an instant, both included."""

    asset: AssetCode = ""
    since: Instant = ""
    until: Instant = ""
    limit: Limit = 100
    cursor: Cursor = ""


class JournalQuery(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which records: behind `after`, of one type of command, of one actor."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Only records behind this one.")] = 0
    limit: Limit = 100
    type: Annotated[str, Meta(pattern=r"^[a-z_]+\.[a-z_]+$", description="A type of command.")] = ""
    actor: Account = ""


class JournalPage(Struct, frozen=True):
    """Records of the journal; `next` is the `after` of the next page, null at the journal's end."""

    items: list[shapes.JournalLine]
    next: int | None


@get("/v1/accounts/{account}/statement", "own.read", query=StatementQuery, returns=Page[Line],
     errors=(UnknownAccount, UnknownAsset), streams="view")  # fmt: skip
async def account_statement(call: Call) -> Reply:
    """Give an account's statement: every posting that touched it, in order, with the balance after it.

    Read from the journal. A page looks at a bounded number of records: it may have fewer lines than its limit, none
    even, and still have a next one.
    """
    name, query, cursors, about = seen_account(call, call.path["account"]), call.query, call.server.cursors, asked(call)
    place = cursors.open(about, query.cursor, Place) if query.cursor else Place()
    wanted = Query(name, query.asset or None, second("since", query.since), second("until", query.until))
    seen = await call.server.moments.look("", lambda moment: dict(moment.state.assets))
    assets = seen.found
    if query.asset and query.asset not in assets:
        raise UnknownAsset(f"There is no asset {query.asset} on this desk.", asset=query.asset)
    items, rest = await call.server.readers.read(
        lambda store: statement.page(store, assets, wanted, place, query.limit, seen.head.seq)
    )
    return shown(call, seen._replace(found=Page(items, cursors.seal(about, rest) if rest else None)))


@get("/v1/journal", "desk.read", query=JournalQuery, returns=JournalPage, streams="view")
async def journal_records(call: Call) -> Reply:
    """List the journal's records with what each command answered.

    A page looks at a bounded number of records: with `type` or `actor` it may have fewer items than its limit, none
    even, and still have a next one.
    """
    query = call.query
    seen = await call.server.moments.look("", lambda _: None)
    wanted, upto = Wanted(query.type, query.actor), seen.head.seq
    found = await call.server.readers.read(lambda store: journal.lines(store, wanted, query.after, query.limit, upto))
    return shown(call, seen._replace(found={"items": found.items, "next": found.next}))


@get("/v1/journal/{seq}", "desk.read", returns=shapes.JournalRecord, errors=(UnknownRecord,), streams="view")
async def journal_record(call: Call) -> Reply:
    """Give one record in full: command, postings, changed records, events, and its place in the chain of digests."""
    text = call.path["seq"]
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise Malformed("seq: write a record's number.", field="seq", reason="not_a_whole_number")

    def read(store: JournalStore, assets: Any) -> Any:
        return journal.record(store, assets, int(text))

    seen = await call.server.moments.look("", lambda moment: dict(moment.state.assets))
    return shown(call, seen._replace(found=await call.server.readers.read(lambda store: read(store, seen.found))))


@get("/v1/commands/{id}", SIGNED_IN, returns=Receipt, errors=(UnknownReceipt,), streams="view")
async def command_receipt(call: Call) -> Reply:
    """Give the receipt of one of one's own commands, by its Idempotency-Key.

    A key with characters that no path takes is answered by sending the same command again: that is answered from the
    journal too.
    """
    key = call.path["id"]
    name = f"{call.who.person}/{key}"

    def read(store: JournalStore) -> Any:
        found = store.find([name])
        if name not in found:
            raise UnknownReceipt(f"There is no command {key} of yours that was recorded.", id=key)
        return to_builtins(records.receipt(store.row(found[name])))

    seen = await call.server.moments.look("", lambda _: None)
    return shown(call, seen._replace(found=await call.server.readers.read(read)))


def second(field: str, text: str) -> int | None:
    """The second of an instant in a query, None where it is not given. Raises: Malformed."""
    if not text:
        return None
    try:
        return parse_instant(text)
    except Malformed as error:
        raise Malformed(f"{field}: {error.message}", field=field, reason="not_an_instant") from None
