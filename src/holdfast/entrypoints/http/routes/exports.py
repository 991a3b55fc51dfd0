"""Statements as files."""

from __future__ import annotations

from typing import Literal

from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.exports import csv_file, pdf_file, xlsx_file
from holdfast.entrypoints.http.exports.statement import Language, Statement
from holdfast.entrypoints.http.routes.accounts import seen_account
from holdfast.entrypoints.http.routes.explain import Period
from holdfast.entrypoints.http.routes.history import second
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import position_headers, reads_all
from holdfast.errors import TooManyRequests, UnknownAccount, UnknownRecord
from holdfast.identity.disclosure import is_on
from holdfast.identity.records import Person
from holdfast.primitives.clock import format_instant
from holdfast.views.account_book import account_book, held

MOST = 100_000
"""Lines of a file at most; a longer statement is asked for in shorter periods."""

TYPES = {
    "csv": b"text/csv; charset=utf-8",
    "xlsx": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": b"application/pdf",
}


class Wanted(Period, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which file, in which language."""

    format: Literal["csv", "xlsx", "pdf"] = "csv"
    language: Language = "en"


@get("/v1/accounts/{account}/export", "own.read", query=Wanted, returns=bytes,
     errors=(UnknownAccount, UnknownRecord, TooManyRequests))  # fmt: skip
async def export_account(call: Call) -> Reply:
    """Give an account's statement as a file, for taxes say: CSV, XLSX or PDF.

    Every line of the period with the balance after it, and for each asset opening, sums and closing. It is refused
    unless opening + in − out = closing, and closing is what the ledger holds. At most 100,000 lines, 1,500 in a PDF.
    """
    name, query, server = seen_account(call, call.path["account"]), call.query, call.server
    since, until = second("since", query.since), second("until", query.until)
    as_of = "" if until is None or until >= server.office.now() else query.until
    with server.exporting.place(call.who.person, object()):
        seen = await server.moments.look(
            as_of, lambda m: (dict(m.state.assets), held(m.state, name)), by=call.who.person
        )  # fmt: skip
        assets, ledger = seen.found
        most = pdf_file.MOST if query.format == "pdf" else MOST
        book = await server.readers.read(
            lambda store: account_book(
                store, assets, name, since=since, upto=seen.head.seq, ledger=ledger, most=most
            )
        )  # fmt: skip
        at = server.office.now() if until is None else until
        told = reads_all(call) or not is_on(server.office)
        headers = position_headers(seen, digest=told)
        statement = Statement(
            server.settings.name, name, _holder(call, name), query.since, format_instant(at), seen.head.seq,
            seen.head.digest.hex() if told else "", book, query.language,
        )  # fmt: skip
        body = await server.readers.run(lambda: _written(statement, query.format, at))
    attached = f'attachment; filename="{statement.name(query.format)}"'.encode()
    return Reply(
        body, headers=((b"content-disposition", attached), *headers), content_type=TYPES[query.format], raw=True
    )


def _written(statement: Statement, form: str, at: int) -> bytes:
    if form == "pdf":
        return pdf_file.write(statement, at)
    return xlsx_file.write(statement) if form == "xlsx" else csv_file.write(statement)


def _holder(call: Call, account: str) -> str:
    """Whose account it is, by the name that the desk knows."""
    people = call.server.office.all(Person).values()
    return next((one.title for one in people if one.account == account and one.title != account), "")
