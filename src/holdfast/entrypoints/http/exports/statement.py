"""What a file of a statement holds, and its headings in both languages."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from holdfast.views.account_book import AccountBook
from holdfast.views.statement import Line

Language = Literal["en", "ru"]

COLUMNS = ("date", "type", "asset", "in", "out", "counterparty", "balance", "record")
TOTALS = ("asset", "opening", "in", "out", "closing", "lines", "record")
AMOUNTS = frozenset(("in", "out", "balance", "opening", "closing"))
"""Columns that hold amounts: text in whole tokens."""

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Statement of account", "desk": "Desk", "account": "Account", "holder": "Holder", "period": "Period",
        "beginning": "the beginning", "made": "True at", "seq": "Journal record", "digest": "Its digest",
        "date": "Date (UTC)", "type": "Operation", "asset": "Asset", "in": "In", "out": "Out",
        "counterparty": "Counterparty", "balance": "Balance", "record": "Record", "opening": "Opening",
        "closing": "Closing", "lines": "Lines", "lines_title": "Lines", "totals": "Totals", "page": "Page",
        "of": "of", "number": "number", "about": "About", "nothing": "Nothing moved in this period.",
        "reconciled": "For each asset opening + in − out = closing, and closing is what the ledger holds.",
        "exact": "Amounts are text, exact to the last unit. The columns called number repeat those with at most 15 "
        "significant digits, which a spreadsheet keeps exactly; the others are empty there.",
    },
    "ru": {
        "title": "Выписка по счёту", "desk": "Площадка", "account": "Счёт", "holder": "Владелец", "period": "Период",
        "beginning": "начало", "made": "Верно на", "seq": "Запись журнала", "digest": "Её отпечаток",
        "date": "Дата (UTC)", "type": "Операция", "asset": "Актив", "in": "Приход", "out": "Расход",
        "counterparty": "Контрагент", "balance": "Остаток", "record": "Запись", "opening": "На начало",
        "closing": "На конец", "lines": "Строк", "lines_title": "Строки", "totals": "Итоги", "page": "Страница",
        "of": "из", "number": "число", "about": "О выписке", "nothing": "За этот период движений не было.",
        "reconciled": "По каждому активу: на начало + приход − расход = на конец, и это остаток в главной книге.",
        "exact": "Суммы записаны текстом, точно до последней единицы. В столбцах «число» повторены те, в которых не "
        "более 15 значащих цифр: их таблица хранит точно; остальные там пусты.",
    },
}  # fmt: skip
"""Every text of the files."""


class Statement(Struct, frozen=True):
    """A statement to be written: whose, over which period, true at which record."""

    desk: str
    account: str
    holder: str
    since: str
    until: str
    seq: int
    digest: str
    book: AccountBook
    language: Language = "en"

    def word(self, key: str) -> str:
        """A text in the statement's language."""
        return WORDS[self.language][key]

    def about(self) -> list[tuple[str, str]]:
        """What it is a statement of, as names and texts."""
        word = self.word
        told = [
            (word("desk"), self.desk), (word("account"), self.account), (word("holder"), self.holder),
            (word("period"), f"{self.since or word('beginning')} – {self.until}"), (word("seq"), str(self.seq)),
            (word("digest"), self.digest),
        ]  # fmt: skip
        return [(name, text) for name, text in told if text]

    def rows(self) -> list[dict[str, str]]:
        """The lines by column."""
        return [_row(line) for line in self.book.lines]

    def totals(self) -> list[dict[str, str]]:
        """The totals by column; the record is the one that made the closing balance."""
        return [
            {"asset": one.asset, "opening": one.opening, "in": one.received, "out": one.sent, "closing": one.closing,
             "lines": str(one.lines), "record": "" if one.last is None else str(one.last)}
            for one in self.book.totals
        ]  # fmt: skip

    def name(self, ending: str) -> str:
        """The file's name."""
        plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in self.account).strip("-")
        return f"statement-{plain}-{self.until[:10]}.{ending}"


def _row(line: Line) -> dict[str, str]:
    moved_in, moved_out = line.direction in ("in", "self"), line.direction in ("out", "self")
    return {
        "date": line.at, "type": line.type, "asset": line.asset, "in": line.amount if moved_in else "",
        "out": line.amount if moved_out else "", "counterparty": line.counterparty, "balance": line.balance,
        "record": str(line.seq),
    }  # fmt: skip
