"""`holdfast demo`: the documents' figures, an audited journal, and no desk but a demo's is ever replaced."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from holdfast import bootstrap
from holdfast.engine import audit
from holdfast.engine.audit import Report
from holdfast.engine.genesis import Genesis
from holdfast.entrypoints.cli import demo_history, main
from holdfast.entrypoints.story.stage import Stage
from holdfast.primitives.clock import DAY
from holdfast.views.state import View, whole


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["demo", "--json", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_demo__for_programs__has_the_figures_of_the_documents(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    chapters = [[(figure["what"], figure["value"]) for figure in chapter["figures"]] for chapter in found["chapters"]]
    pipeline, liquid, term, leverage = chapters
    assert ("Gia's, staked 1:1", "10.77261904") in pipeline
    assert ("in epochs-7d", "4.99904761") in pipeline
    assert ("Gia is paid", "11.24273766") in pipeline
    assert ("Alice's shares", "1000") in liquid
    assert ("Alice is paid", "1069.99999999") in liquid
    assert [value for what, value in term if what in ("locked for", "for")] == [46, 63, 130]
    assert [value for what, value in term if what == "paid"] == ["4050", "2835", "6615"]
    assert [value for what, value in term if what == "staked again"] == ["10500", "7350"]
    assert ("Dan is paid", "375") in term
    assert ("delegated", "500") in leverage
    assert ("debt, and mCSPR in hand", "400") in leverage
    assert ("loan-to-value", 8_000) in leverage
    assert ("worth after a day", "500.10411952") in leverage
    assert ("Frank is paid", "100.017361511") in leverage
    assert ("Gina is paid", "129.940529673") in leverage
    assert found["figures"] == sum(map(len, chapters))
    assert found["audit"]["problems"] == []
    assert found["audit"]["refused"] == 6


def test_demo__for_people__fits_and_says_where_to_go_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    text = capsys.readouterr().out
    story, _, after = text.partition("Go on from here:")
    assert max(map(len, story.splitlines())) <= 80
    assert story.count("✓") == told(capsys)["figures"]
    for command in ("state", "history", "verify", "quote vault", "quote term"):
        assert f"holdfast {command}" in after
    assert str(Path("demo/desk.db")) in after


def test_demo__afterwards__leaves_a_desk_that_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    digest = told(capsys, "--dir", "here")["audit"]["digest"]
    service = bootstrap.open_desk("here/desk.db")
    report = audit.verify(service.store)
    assert (report.ok, report.digest) == (True, digest)
    assert service.genesis.demo
    service.close()


def lived(capsys: pytest.CaptureFixture[str], days: int) -> tuple[View, Report]:
    """The demo's desk as the terminal shows it to who opens it so many days after the story's end."""
    told(capsys)
    service = bootstrap.open_desk("demo/desk.db")
    demo_history.live(service, service.state.now + days * DAY)
    seen, report = whole(service.state), audit.verify(service.store)
    assert seen["reserve"]["bad_debt"] == "0"
    service.close()
    return seen, report


def test_demo__when_its_terminal_opens__four_weeks_of_work_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    seen, report = lived(capsys, 200)
    assert report.problems == ()
    vault = seen["vaults"]["FLUX"]
    assert Decimal(vault["deployed"]) > 1_100 and Decimal(vault["pending_exits"]) > 300
    assert [one["owner"] for one in seen["exits"].values() if one["status"] == "claimable"] == ["alice"]
    network = seen["networks"]["flux-cumulus"]
    assert (network["epoch"], network["scored"], network["payable"]) == (7, 3, "1.2")  # and it is open
    assert Decimal(seen["positions"]["frank"]["interest"]) > 0
    assert Decimal(seen["positions"]["frank"]["value"]) - 1_600 > Decimal(seen["positions"]["frank"]["interest"])


@pytest.mark.parametrize("days", [-300, 0, 5])
def test_demo__a_clock_that_stands_before_or_soon_after_the_story__does_what_it_can(
    capsys: pytest.CaptureFixture[str], days: int
) -> None:
    seen, report = lived(capsys, days)
    assert report.problems == ()
    assert "flux-cumulus" not in seen["networks"]
    assert Decimal(seen["vaults"]["FLUX"]["deployed"]) >= 1_100


def test_demo__again__replaces_its_own_desk_with_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    first = told(capsys)["audit"]["digest"]
    Path("demo/notes.txt").write_text("mine")
    assert told(capsys)["audit"]["digest"] == first
    assert Path("demo/notes.txt").read_text() == "mine"


def test_demo__a_desk_that_is_no_demo__is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("demo").mkdir()
    bootstrap.create_desk("demo/desk.db", Genesis(name="ours")).close()
    assert main(["demo"]) == 5
    assert "not a demo's" in capsys.readouterr().err
    service = bootstrap.open_desk("demo/desk.db")
    assert service.genesis.name == "ours"
    service.close()


@pytest.mark.parametrize("content", [b"", b"something else entirely, longer than a header of SQLite " * 40])
def test_demo__a_foreign_file__is_left_alone(capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    Path("demo").mkdir()
    Path("demo/desk.db").write_bytes(content)
    assert main(["demo"]) == 5
    assert "demo/desk.db" in capsys.readouterr().err
    assert Path("demo/desk.db").read_bytes() == content


def test_demo__a_folder_that_cannot_be_made__is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("")
    assert main(["demo", "--dir", "file/demo"]) == 2
    assert "file/demo" in capsys.readouterr().err


def test_demo__an_unusable_auction__is_named_before_anything_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    Path("auction.json").write_text("[]")
    assert main(["demo", "--auction", "auction.json"]) == 2
    assert "auction.json" in capsys.readouterr().err
    assert not Path("demo").exists()


def test_demo__a_figure_that_differs__ends_with_70_and_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    balance = Stage.balance
    monkeypatch.setattr(
        Stage, "balance", lambda self, asset, account: "751" if account == "@fees:VG" else balance(self, asset, account)
    )
    assert main(["demo"]) == 70
    error = capsys.readouterr().err
    assert "'to the fee keys' is 751 VG" in error
    assert "750" in error


def test_demo__a_refusal_that_does_not_come__ends_with_70(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Stage.later
    monkeypatch.setattr(Stage, "later", lambda self, *, days=0, seconds=0: later(self, days=days + 1, seconds=seconds))
    assert main(["demo"]) == 70
    assert "holdfast:" in capsys.readouterr().err
