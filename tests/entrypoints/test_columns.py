"""Plain tables: what gives way when the terminal is narrow."""

from __future__ import annotations

from holdfast.entrypoints.cli.columns import Columns, fit
from holdfast.entrypoints.cli.words import facts, percent, plain, short, visible

KEY = "01" + "ab" * 30 + "9f"


def test_fit__narrow__shortens_names_and_never_amounts():
    ((name, amount),) = fit(("~name", ">amount"), [(KEY, "123456789.123456789")], 40)
    assert amount == "123456789.123456789"
    assert len(name) == 40 - 2 - len(amount)
    assert name.startswith("01ab")
    assert name.endswith("9f")


def test_fit__wide__leaves_all_as_it_is():
    assert fit(("~name", ">amount"), [(KEY, "1")], 200) == [[KEY, "1"]]


def test_fit__too_narrow__keeps_nine_characters_of_a_name():
    assert [len(cell) for cell in fit(("~a", "~b"), [(KEY, KEY)], 5)[0]] == [9, 9]


def test_columns__pages__repeat_the_heading_only_where_columns_move():
    columns = Columns(">n", "word")
    assert columns.page([("1", "a")]) == "n  word\n───────\n1  a"
    assert columns.page([("2", "b")]) == "2  b"
    assert columns.page([("10", "b")]).splitlines()[0] == " n  word"


def test_columns__wrapped_last_column__hangs_under_itself(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    lines = Columns("n", "text", wrap_last=True).page([("1", "one two three four five six seven eight")]).splitlines()
    assert all(len(line) <= 30 for line in lines)
    assert lines[3].startswith("   ")


def test_words__are_plain():
    assert percent(8_000) == "80%"
    assert percent(6_667) == "66.67%"
    assert percent(5) == "0.05%"
    assert percent(0) == "0%"
    assert plain([True, None, {"a": "1"}]) == "yes None (a 1)"
    assert facts({"period_days": 46, "ltv_bps": 8000, "none": None}) == "period days 46, ltv 80%"
    assert plain("2026-01-01T00:00:00Z") == "2026-01-01 00:00"
    assert visible("a\x1b[31m\u202e") == "a�[31m�"
    assert len(short(KEY, 10)) == 10
