"""Statements as files: every line, totals that reconcile to the last unit, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from typing import Any

import httpx
import openpyxl
import pypdf
import pytest
from msgspec.structs import replace

from holdfast.entrypoints.http.exports import csv_file, pdf_file, xlsx_file
from holdfast.entrypoints.http.exports.statement import WORDS, Statement
from holdfast.entrypoints.http.routes import exports
from holdfast.errors import Corrupt, TooManyRequests
from holdfast.views.account_book import AccountBook, AssetTotals
from holdfast.views.statement import Line
from serving import House, code

YEAR = {"since": "2026-01-01T00:00:00Z", "until": "2026-12-31T23:59:59Z"}
HEADS = ["Date (UTC)", "Operation", "Asset", "In", "Out", "Counterparty", "Balance", "Record"]


def file(house: House, who: str, account: str = "", **asked: str) -> httpx.Response:
    answer = house.of(who).get(f"/v1/accounts/{account or who}/export", params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def lines(house: House, who: str, account: str, **asked: str) -> list[Any]:
    answer = house.of(who).get(f"/v1/accounts/{account}/statement", params={**asked, "limit": "1000"})
    return list(answer.json()["items"])


@pytest.mark.parametrize(
    ("who", "account"), [("alice", "alice"), ("bob", "bob"), ("anna", "@vault:FLUX"), ("anna", "@issuance")]
)
def test_csv__every_line_between_opening_and_closing(rich: House, who: str, account: str) -> None:
    rows = rows_of(file(rich, who, account, **YEAR))
    expected = lines(rich, who, account)
    found = [row for row in rows if row["Operation"] not in ("opening", "closing")]
    assert [(row["Record"], row["In"] or row["Out"], row["Balance"], row["Asset"]) for row in found] == [
        (str(one["seq"]), one["amount"], one["balance"], one["asset"]) for one in expected
    ]
    opening = {row["Asset"]: Decimal(row["Balance"]) for row in rows if row["Operation"] == "opening"}
    for row in rows:
        if row["Operation"] == "closing":
            own = [one for one in found if one["Asset"] == row["Asset"]]
            came, went = (sum(Decimal(one[name] or 0) for one in own) for name in ("In", "Out"))
            assert (came, went) == (Decimal(row["In"]), Decimal(row["Out"]))
            assert opening[row["Asset"]] + came - went == Decimal(row["Balance"])


def test_csv__a_part_of_the_year_opens_with_what_was_there(rich: House) -> None:
    later = {"since": "2026-01-01T01:00:00Z"}
    rows = rows_of(file(rich, "alice", **later))
    before = lines(rich, "alice", "alice", until="2026-01-01T00:59:59Z")
    held = {one["asset"]: one["balance"] for one in before}
    opening = {row["Asset"]: row["Balance"] for row in rows if row["Operation"] == "opening"}
    assert {asset: opening[asset] for asset in held} == held
    assert len(rows) - 2 * len(opening) == len(lines(rich, "alice", "alice", **later))


def test_until_the_past__closing_is_what_was_held_then(rich: House) -> None:
    rows = rows_of(file(rich, "alice", until="2026-01-01T00:30:00Z"))
    held = rich.of("alice").get("/v1/accounts/alice", params={"as_of": "2026-01-01T00:30:00Z"}).json()["balances"]
    closing = {row["Asset"]: row["Balance"] for row in rows if row["Operation"] == "closing"}
    assert {asset: text for asset, text in closing.items() if Decimal(text)} == held


def test_before_the_desk_began__empty(rich: House) -> None:
    assert rows_of(file(rich, "alice", until="2020-01-01T00:00:00Z")) == []
    assert file(rich, "alice", until="2020-01-01T00:00:00Z", format="pdf").content.startswith(b"%PDF")


def test_headers__name_and_position(rich: House) -> None:
    answer = file(rich, "anna", "@vault:FLUX", format="xlsx", **YEAR)
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-vault-FLUX-2026-12-31.xlsx"'
    assert answer.headers["holdfast-seq"] == str(rich.state.seq)


def test_others__not_there(rich: House) -> None:
    assert code(rich.of("alice").get("/v1/accounts/bob/export")) == "unknown_account"
    assert code(rich.of("alice").get("/v1/accounts/alice/export", params={"format": "exe"})) == "malformed"
    assert rich.nobody.get("/v1/accounts/alice/export").status_code == 401


def test_too_many_lines__refused(rich: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 3)
    answer = rich.of("alice").get("/v1/accounts/alice/export")
    assert code(answer) == "malformed"
    assert "shorter period" in answer.json()["detail"]


def test_does_not_reconcile__refused(rich: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "held", lambda state, account: {"FLUX": 1})
    answer = rich.of("alice").get("/v1/accounts/alice/export")
    assert code(answer) == Corrupt.code
    assert answer.status_code == 503


# --- workbooks -------------------------------------------------------------------------------------------------------


def book_of(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_xlsx__text_exact_numbers_only_where_they_are(rich: House) -> None:
    book = book_of(file(rich, "alice", format="xlsx", **YEAR).content)
    assert book.sheetnames == ["Lines", "Totals", "About"]
    heads, *rows = [[cell.value for cell in row] for row in book["Lines"].rows]
    assert [head for head in heads if "number" not in head] == HEADS
    assert len(rows) == len(lines(rich, "alice", "alice"))
    for row in rows:
        named = dict(zip(heads, row, strict=True))
        for name in ("In", "Out", "Balance"):
            number = named[f"{name} (number)"]
            if number is not None:
                assert Decimal(repr(number)) == Decimal(named[name])
    assert any("alice" in str(cell.value) for row in book["About"].rows for cell in row)


@pytest.mark.parametrize(
    ("text", "exact"),
    [("1", True), ("0", True), ("123456789012345", True), ("1234567890123456", False), ("0.123456789012345", True),
     ("9007199254740993", False), ("1000000000000000000", True), ("0.000000000000000001", True), ("-12.5", True)],
)  # fmt: skip
def test_xlsx__exact_number(text: str, exact: bool) -> None:
    number = xlsx_file.exact_number(text)
    assert (number is not None) is exact
    if number is not None:
        assert Decimal(repr(float(f"{number:.16G}"))) == number  # as it stands in the file, read as a binary number


def nasty() -> Statement:
    amount = "12345678901234567.5"
    line = Line(7, "2026-01-01T00:00:00Z", "x", "=HYPERLINK(1)", "@a", "FLUX", "in", amount, "=cmd|' /C'!A0", amount)
    total = AssetTotals("FLUX", "0", amount, "0", amount, 1, 7)
    return Statement("Площадка «Юг»", "@desk", "Анна Ёжикова", "", "2026-12-31T23:59:59Z", 7, "ab" * 32,
                     AccountBook([line], [total]), "ru")  # fmt: skip


def test_files__nothing_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_file.write(nasty()).decode("utf-8-sig"))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    data = xlsx_file.write(nasty())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert not any(b"<f>" in packed.read(name) for name in packed.namelist())
    book = book_of(data)
    cells = [cell for row in book[WORDS["ru"]["lines_title"]].rows for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}  # too long for a number: text alone
    assert "12345678901234567.5" in [cell.value for cell in cells]


def test_pdf__russian_pages_and_figures() -> None:
    statement = nasty()
    many = AccountBook(statement.book.lines * 100, statement.book.totals)
    data = pdf_file.write(replace(statement, book=many), 1_800_000_000)
    reader = pypdf.PdfReader(io.BytesIO(data))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 2
    assert "Выписка по счёту" in texts[0]
    assert "Анна Ёжикова" in texts[0]
    assert all(f"Страница {number} из {len(texts)}" in text for number, text in enumerate(texts, 1))
    assert "12345678901234567.5" in texts[0]
    assert all("Контрагент" in text for text in texts)


def test_pdf__over_http_the_same_bytes_twice(rich: House) -> None:
    first, again = (file(rich, "alice", format="pdf", language="ru", **YEAR) for _ in range(2))
    assert first.content == again.content
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(first.content)).pages)
    assert "term.stake" in text


def test_pdf__one_at_a_time() -> None:
    with pdf_file._setting, pytest.raises(TooManyRequests):
        pdf_file.write(nasty(), 0)
