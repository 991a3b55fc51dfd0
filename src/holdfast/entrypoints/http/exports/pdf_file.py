"""A statement as PDF: totals first, then the lines, every page numbered."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from holdfast.entrypoints.http.exports.statement import AMOUNTS, COLUMNS, TOTALS, Statement
from holdfast.errors import TooManyRequests

MOST = 1_500
"""Lines that a PDF has at most: setting them takes some seconds."""

_setting = Lock()

FONT = "OpenSans"
WIDTHS = {"date": 37, "type": 43, "asset": 15, "in": 38, "out": 38, "counterparty": 42, "balance": 46, "record": 18}
TOTAL_WIDTHS = {"asset": 25, "opening": 54, "in": 54, "out": 54, "closing": 54, "lines": 16, "record": 20}


def write(statement: Statement, at: int) -> bytes:
    """The file; `at` is the second that it says it was made at: the same statement gives the same bytes.

    Raises: TooManyRequests while another one is set: it is the most costly thing that a holder can ask for.
    """
    if not _setting.acquire(blocking=False):
        raise TooManyRequests("Another PDF is being made. Try again in a few seconds.", retry_after=5)
    try:
        return _set(statement, at)
    finally:
        _setting.release()


def _set(statement: Statement, at: int) -> bytes:
    pdf = _paper(statement)
    pdf.set_creation_date(datetime.fromtimestamp(at, UTC))
    pdf.add_page()
    pdf.set_font(FONT, "B", 15)
    pdf.cell(text=statement.word("title"), new_x="LMARGIN", new_y="NEXT", h=9)
    for name, text in statement.about():
        pdf.set_font(FONT, "", 9)
        pdf.set_text_color(90)
        pdf.cell(w=38, h=5, text=name)
        pdf.set_text_color(0)
        pdf.multi_cell(w=0, h=5, text=_shown(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    _table(pdf, statement, "totals", TOTAL_WIDTHS, TOTALS, statement.totals())
    pdf.set_font(FONT, "", 8)
    pdf.multi_cell(w=0, h=4.5, text=statement.word("reconciled"), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    rows = statement.rows()
    if rows:
        _table(pdf, statement, "lines_title", WIDTHS, COLUMNS, rows)
    else:
        pdf.set_font(FONT, "", 10)
        pdf.cell(text=statement.word("nothing"))
    return bytes(pdf.output())


def _paper(statement: Statement) -> Any:
    from fpdf import FPDF

    class Paper(FPDF):
        def footer(self) -> None:
            """See FPDF: the page's number and whose statement it is."""
            self.set_y(-12)
            self.set_font(FONT, "", 8)
            self.set_text_color(90)
            page = f"{statement.word('page')} {self.page_no()} {statement.word('of')} {{nb}}"
            self.cell(w=138, h=6, text=_shown(f"{statement.account} · {statement.digest[:16]}"))
            self.cell(w=0, h=6, text=page, align="R")
            self.set_text_color(0)

    pdf = Paper(orientation="landscape", format="A4")
    pdf.set_auto_page_break(True, margin=16)
    pdf.set_margins(10, 12, 10)
    for style, file in (("", "OpenSans-Regular"), ("B", "OpenSans-Bold")):
        pdf.add_font(FONT, style, _fonts() / f"{file}.ttf")
    pdf.set_title(f"{statement.word('title')}: {statement.account}")
    pdf.set_lang(statement.language)
    return pdf


def _table(
    pdf: Any, statement: Statement, title: str, widths: dict[str, int], columns: tuple[str, ...], rows: Any
) -> None:
    pdf.set_font(FONT, "B", 11)
    pdf.cell(text=statement.word(title), new_x="LMARGIN", new_y="NEXT", h=7)
    pdf.set_font(FONT, "", 8)
    right = AMOUNTS | {"lines", "record"}
    align = tuple("RIGHT" if name in right else "LEFT" for name in columns)
    sizes = tuple(widths[name] for name in columns)
    with pdf.table(col_widths=sizes, text_align=align, line_height=4.5, borders_layout="HORIZONTAL_LINES",
                   wrapmode="CHAR") as table:  # fmt: skip
        heads = table.row()
        for name in columns:
            heads.cell(statement.word(name))
        for one in rows:
            row = table.row()
            for name in columns:
                row.cell(_shown(one[name]))
    pdf.ln(2)


def _fonts() -> Path:
    """Where the fonts lie; the package is not imported, it only carries them."""
    found = find_spec("ttf_opensans")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package ttf-opensans is missing")
    return Path(found.submodule_search_locations[0]) / "ttf"


def _shown(text: str) -> str:
    """Text without signs that the font has no letters for or that turn directions."""
    return "".join(c if c.isprintable() else "?" for c in text)
