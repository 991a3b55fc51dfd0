"""`holdfast quote`: figures for people in 80 columns, one JSON document for programs, no desk touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.entrypoints.cli import main
from holdfast.entrypoints.cli.figures import days, grouped, percent
from holdfast.wire import codec


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HOLDFAST_DB", raising=False)
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["quote", *arguments]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert list(Path().iterdir()) == [] or any(word in arguments for word in ("--desk", "--db"))
    return text


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["quote", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def row(text: str, *cells: str) -> bool:
    """Whether a line of the text begins with these cells."""
    return any(line.split()[: len(cells)] == list(cells) for line in text.splitlines())


def test_term__no_amount__shows_both_sides_of_the_cliff_and_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "term")
    assert row(text, "9,999", "127", "95", "10,998.9", "8,999.1", "-")
    assert row(text, "10,000", "63", "48", "11,000", "2,700", "7,000")
    assert row(text, "100", "180", "135", "110", "90", "-")
    assert "The cliff: 9,999 VG are locked for 127 days, 10,000 for 63 days." in text
    assert "180 |***" in text


def test_term__an_amount__follows_its_reinvestments(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "term", "15000", "--booster")
    assert row(text, "period", "46", "days", "61", "without", "a", "booster")
    assert row(text, "total", "cost", "16,500")
    assert row(text, "1", "day", "0", "46", "day", "46", "15,000", "4,050", "10,500")
    assert row(text, "2", "day", "46", "63", "day", "109", "10,500", "2,835", "7,350")
    assert row(text, "3", "day", "109", "130", "day", "239", "7,350", "6,615", "-")
    assert "13,500 VG are paid in all by day 239." in text


def test_term__json__has_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    one = answered(capsys, "term", "15000", "--booster")
    assert (one["period_days"], one["period_days_without_booster"], one["unlocks_day"]) == (46, 61, 46)
    assert (one["tax"], one["total_cost"], one["paid"], one["reinvest_amount"]) == ("1500", "16500", "4050", "10500")
    assert [link["amount"] for link in one["chain"]] == ["15000", "10500", "7350"]
    many = answered(capsys, "term")
    assert {(r["amount"], r["period_days"]) for r in many["amounts"]} >= {("9999", 127), ("10000", 63)}


def test_term__a_desk_file__sets_the_parameters(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text('[term]\nperiod_rounding = "nearest"\ntax_bps = 500\n')
    one = answered(capsys, "term", "15000", "--booster", "--desk", str(desk))
    assert (one["period_days"], one["tax"]) == (45, "750")
    said(capsys, "term", "--desk", str(desk))


def test_term__an_endless_chain__is_cut_and_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text("[term]\nreinvest_bps = 10000\n")
    assert "only the first 50 are shown" in said(capsys, "term", "15000", "--desk", str(desk))


def test_leverage__100__shows_each_leverage(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "leverage", "100")
    assert row(text, "1x", "100", "0", "0", "%", "-", "no:", "under", "500", "never")
    assert row(text, "5x", "500", "400", "80", "%", "106.25", "%", "yes", "5.89", "%")


def test_leverage__a_slash__shows_what_remains(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "leverage", "100", "--leverage", "5", "--slash", "600")
    assert row(text, "5x", "470", "85.11", "%", "liquidated", "400", "70", "0")
    after = answered(capsys, "leverage", "100", "--leverage", "5", "--slash", "2500")["quotes"][0]["after_slash"]
    assert (after["repaid"], after["paid"], after["bad_debt"]) == ("375", "0", "25")


def test_leverage__a_borrow_rate__shows_the_carry(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text("[leverage]\nborrow_rate_bps = 300\n")
    assert row(said(capsys, "leverage", "100", "--desk", str(desk)), "5x", "400", "12")


def test_vault__totals_given__rounds_for_the_vault(capsys: pytest.CaptureFixture[str]) -> None:
    totals = ("--total-assets", "1500", "--total-shares", "1000", "--locked", "20.5")
    found = answered(capsys, "vault", *totals, "--assets", "10", "--shares", "3")
    assert found["now"] == {"deposit": "6.66666666", "withdraw": "6.66666667", "redeem": "4.49999999", "mint": "4.5"}
    assert found["once_unlocked"]["mint"] == "4.5615"
    text = said(capsys, "vault", *totals, "--assets", "10", "--shares", "3")
    assert row(text, "depositing", "10", "FLUX", "mints", "6.66666666", "6.57678395", "vFLUX", "down")
    assert row(text, "minting", "3", "vFLUX", "takes", "4.5", "4.5615", "FLUX", "up")


def test_vault__nothing_given__is_one_to_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "vault")["now"] == {"deposit": "1", "withdraw": "1", "redeem": "1", "mint": "1"}
    assert answered(capsys, "vault", "--asset", "CSPR")["share"] == "vCSPR"


def test_vault__on_a_desk__reads_it_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    service = bootstrap.create_desk("desk.db", Genesis(demo=True))
    for number, (kind, actor, fields) in enumerate(
        (
            ("vault.create", "operator", {"asset": "FLUX"}),
            ("faucet.drip", "bob", {"asset": "FLUX", "amount": "12"}),
            ("vault.deposit", "bob", {"vault": "FLUX", "assets": "10"}),
        )
    ):
        assert service.submit(codec.command(kind, f"c{number}", actor, **fields)).status == "applied"
    head = service.head
    service.close()
    found = answered(capsys, "vault", "--db", "desk.db", "--vault", "FLUX", "--shares", "4", "--holder", "bob")
    assert (found["seq"], found["total_assets"], found["now"]["redeem"]) == (3, "10", "4")
    assert (found["max_deposit"], found["max_redeem"]) == ("2", "10")
    assert "max_withdraw" in said(capsys, "vault", "--db", "desk.db", "--vault", "FLUX", "--holder", "bob")
    again = bootstrap.open_desk("desk.db")
    assert again.head == head
    again.close()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("term", "99"), 6, "smallest stake"),
        (("term", "1e3"), 2, "AMOUNT"),
        (("term", "-1"), 2, ""),
        (("term", "0.0000000001"), 2, "AMOUNT"),
        (("term", "9" * 80), 6, "AMOUNT"),
        (("term", "--desk", "nowhere.toml"), 2, "nowhere.toml"),
        (("leverage", "0"), 6, "deposit"),
        (("leverage", "100", "--leverage", "0"), 2, "--leverage"),
        (("leverage", "100", "--slash", "10001"), 2, "--slash"),
        (("vault", "--assets", "x"), 2, "--assets"),
        (("vault", "--asset", "NONE"), 4, "NONE"),
        (("vault", "--vault", "FLUX", "--db", "nowhere.db"), 4, "nowhere.db"),
        (("vault", "--db", "nowhere.db"), 2, "--vault"),
    ],
)
def test_quote__unusable_input__names_it(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, word: str
) -> None:
    assert main(["quote", *arguments]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert word in told.err


def test_figures__are_written_for_people() -> None:
    assert [grouped(text) for text in ("0", "999", "1234567.25", "-")] == ["0", "999", "1,234,567.25", "-"]
    assert [percent(bps) for bps in (0, 8_000, 589, 1_050, None)] == ["0 %", "80 %", "5.89 %", "10.5 %", "-"]
    assert [days(1), days(46)] == ["1 day", "46 days"]
