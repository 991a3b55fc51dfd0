"""A statement as CSV (RFC 4180, UTF-8 with a mark that spreadsheets look for)."""

from __future__ import annotations

from holdfast.entrypoints.http.exports.statement import AMOUNTS, COLUMNS, Statement
from holdfast.identity.audit_exports import csv_line, csv_text

BOM = b"\xef\xbb\xbf"


def write(statement: Statement) -> bytes:
    """The file: for each asset an `opening` line, the lines, and a `closing` line with the sums.

    Text that a spreadsheet would take for a formula begins with an apostrophe; amounts are left as they are.
    """
    parts = [BOM, csv_line(statement.word(name) for name in COLUMNS)]
    totals = statement.totals()
    blank = dict.fromkeys(COLUMNS, "")
    parts += [
        _line(blank | {"date": statement.since, "type": "opening", "asset": one["asset"], "balance": one["opening"]})
        for one in totals
    ]
    parts += [_line(row) for row in statement.rows()]
    parts += [
        _line(blank | {"date": statement.until, "type": "closing", "balance": one["closing"], "record": one["record"]}
              | {name: one[name] for name in ("asset", "in", "out")})
        for one in totals
    ]  # fmt: skip
    return b"".join(parts)


def _line(row: dict[str, str]) -> bytes:
    return csv_line(row[name] if name in AMOUNTS else csv_text(row[name]) for name in COLUMNS)
