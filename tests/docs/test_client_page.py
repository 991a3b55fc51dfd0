"""The page on clients: its blocks run against a real server, and its tables name what there is."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documents import ROOT, blocks

from holdfast import bootstrap
from holdfast.client import TIMEOUT, Client, Retries
from holdfast.client.streams import STREAM_SILENCE
from holdfast.docs.command_line import every_verb, parameters
from holdfast.entrypoints.cli import main
from serving import House, serving

PAGE = ROOT / "docs" / "reference" / "client.md"
TEXT = PAGE.read_text("utf-8")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as running:
        running.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
        running.do("vault.create", "operator", asset="FLUX")
        monkeypatch.setenv("HOLDFAST_SERVER", running.url)
        monkeypatch.setenv("HOLDFAST_API_KEY", running.key("alice"))
        monkeypatch.setenv("AUDITOR_KEY", running.key("anna"))
        yield running


def test_the_python_runs_as_it_stands(house: House) -> None:
    """All blocks of the page, one after the other, as one program."""
    kept, names = io.StringIO(), dict[str, Any]()
    with contextlib.redirect_stdout(kept):
        for block in blocks(PAGE, "python"):
            exec(compile(block.text, f"client.md:{block.line}", "exec"), names)  # noqa: S102 - it is our own page
    lines = kept.getvalue().splitlines()
    assert lines[0] == "alice/rent-2026-01 10"
    assert lines[1] == "FLUX 10"
    assert "990 at record 3" in lines
    assert "3 vault.deposit applied" in lines
    assert lines[-2:] == ["True", "1"]
    assert [line for line in lines if re.fullmatch(r"965 \d+ 422", line)]


def test_the_command_lines_run_as_they_stand(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(PAGE, "sh")
    for line in block.text.splitlines():
        words = shlex.split(line)
        assert words[0] == "holdfast"
        assert main(words[1:]) == 0, (line, capsys.readouterr().err)
    assert house.state.seq == 3


def test_the_table_of_verbs_is_whole() -> None:
    """What takes --server stands in the table, and nothing else does."""
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \|$", TEXT.partition("### Keys")[0], re.MULTILINE)
    named = {words for row in rows for words in re.findall(r"`([a-z -]+)`", row)}
    with_server = {
        words for words, verb in every_verb().items()
        if any(written.startswith("--server URL") for written, _ in parameters(words, verb))
    }  # fmt: skip
    assert named == with_server


def test_every_variable_of_a_client_is_named() -> None:
    named = set(re.findall(r"^\| `(HOLDFAST_\w+)` \|", TEXT, re.MULTILINE))
    fields = bootstrap.ClientSettings.__struct_fields__
    assert named == {f"HOLDFAST_{name.upper()}" for name in fields if name not in ("folder", "db")}
    for name in named:
        told = bootstrap.client_settings({name: "told", "HOME": "/home/ann"})
        assert "told" in (told.server, told.api_key, told.api_key_file, told.signing_key_file)
    assert bootstrap.client_settings({"HOME": "/home/ann"}).folder == "/home/ann/.config/holdfast"
    assert bootstrap.client_settings({"XDG_CONFIG_HOME": "/etc/x"}).folder == "/etc/x/holdfast"


def test_the_figures_are_the_codes() -> None:
    retries = Retries()
    assert f"| attempts | {retries.attempts}:" in TEXT
    assert f"{retries.first_wait} s, doubled each time up to {retries.longest_wait:.0f} s" in TEXT
    assert f"| {TIMEOUT.connect:.0f} s, {TIMEOUT.read:.0f} s: `Client" in TEXT
    assert f"| {STREAM_SILENCE:.0f} s; the server" in TEXT


def test_the_topics_named_are_there() -> None:
    with Client("http://127.0.0.1:9") as client:
        for name in re.findall(r"`client\.(\w+)`", TEXT):
            assert hasattr(client, name), name
        for path in re.findall(r"client\.([a-z_]+(?:\.[a-z_]+)?)\(", TEXT):
            found: Any = client
            for part in path.split("."):
                found = getattr(found, part)
