"""A statement as a workbook: lines, totals, and what it is."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

from holdfast.entrypoints.http.exports.statement import AMOUNTS, COLUMNS, TOTALS, Statement

DIGITS = 15
"""Significant digits that a spreadsheet keeps: it reckons in binary floating point."""

WIDTHS = {"date": 21, "type": 26, "asset": 10, "counterparty": 26, "record": 10, "lines": 8}


def write(statement: Statement) -> bytes:
    """The file. Every amount is text, exact; beside it stands a number where it has at most 15 significant digits.

    Nothing is a formula or a link, whatever it begins with.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        right = book.add_format({"align": "right"})
        _sheet(book, statement, "lines_title", COLUMNS, statement.rows(), (head, right))
        _sheet(book, statement, "totals", TOTALS, statement.totals(), (head, right))
        about = book.add_worksheet(statement.word("about"))
        about.set_column(0, 0, 20)
        about.set_column(1, 1, 90, book.add_format({"text_wrap": True}))
        told = [*statement.about(), ("", statement.word("reconciled")), ("", statement.word("exact"))]
        for place, (name, text) in enumerate(told):
            about.write_string(place, 0, name)
            about.write_string(place, 1, text)
    return file.getvalue()


def exact_number(text: str) -> Decimal | None:
    """An amount as a number that a spreadsheet keeps exactly; None where it would be rounded."""
    if not text:
        return None
    number = Decimal(text)
    return number if len(number.normalize().as_tuple().digits) <= DIGITS else None


def _sheet(
    book: Any, statement: Statement, title: str, columns: tuple[str, ...], rows: list[dict[str, str]], formats: Any
) -> None:
    sheet = book.add_worksheet(statement.word(title))
    head, right = formats
    wide = [part for name in columns for part in ((name, False), *(((name, True),) if name in AMOUNTS else ()))]
    for place, (name, number) in enumerate(wide):
        text = statement.word(name) + (f" ({statement.word('number')})" if number else "")
        sheet.write_string(0, place, text, head)
        sheet.set_column(place, place, 18 if name in AMOUNTS else WIDTHS[name])
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, 1):
        for place, (name, number) in enumerate(wide):
            if number:
                exact = exact_number(row[name])
                if exact is not None:
                    sheet.write_number(line, place, exact)
            elif row[name]:
                sheet.write_string(line, place, row[name], right if name in AMOUNTS else None)
