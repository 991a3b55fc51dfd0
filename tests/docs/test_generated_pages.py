"""The generated pages are current and leave nothing out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documents import PAGES, ROOT, anchors, blocks

from holdfast.docs import __main__ as docs
from holdfast.docs import command_line, commands
from holdfast.engine.machine import RULES
from holdfast.entrypoints.cli.verbs import VERBS
from holdfast.errors import ERRORS
from holdfast.protocol.commands import COMMANDS
from holdfast.protocol.parameters import Parameters
from holdfast.settings import NAMES
from holdfast.wire import codec, desk_file, settings_file

REFERENCE = ROOT / "docs" / "reference"


def text(page: str) -> str:
    return (REFERENCE / page).read_text("utf-8")


@pytest.mark.parametrize("page", docs.PAGES)
def test_page_is_current(page: str) -> None:
    assert text(page) == docs.PAGES[page](), f"{page} is stale: run `make docs`"


def test_check_says_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main([str(tmp_path)]) == 0
    assert docs.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "errors.md").write_text("old", "utf-8")
    capsys.readouterr()
    assert docs.main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'errors.md'} is stale; run `make docs`.\n"
    assert (tmp_path / "errors.md").read_text("utf-8") == "old"


@pytest.mark.parametrize("arguments", [["--chek"], ["a", "b"], ["/nowhere/at/all"]])
def test_unusable_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert name.replace(".", "") in anchors(REFERENCE / "commands.md")


def test_every_command_has_a_rule_and_a_family() -> None:
    assert set(RULES) == set(COMMANDS.values())
    assert {name.split(".")[0] for name in COMMANDS} == set(commands.GROUPS)


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=list(COMMANDS))
def test_every_example_is_a_command(kind: type) -> None:
    example = commands.example(kind)
    assert type(codec.decode(example).command) is kind
    shown = [json.loads(block.text) for block in blocks(REFERENCE / "commands.md", "json")]
    assert example in shown


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_is_documented(code: str) -> None:
    assert code in anchors(REFERENCE / "errors.md")


def test_every_setting_is_documented() -> None:
    page = text("settings.md")
    for name, table in ((name, getattr(Parameters(), name)) for name in Parameters.__struct_fields__):
        section = page.split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
        for key in table.__struct_fields__:
            assert f"| `{key}` |" in section, f"{name}.{key}"


def test_every_setting_of_the_server_is_documented() -> None:
    section = text("settings.md").split("\n## The server\n")[1].split("\n## ")[0]
    for name in NAMES:
        (row,) = [line for line in section.splitlines() if line.startswith(f"| `{name}` |")]
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert cells[1] == f"`HOLDFAST_{name.upper()}`"
        assert all(cells), name
        assert cells[4].endswith("."), name


def test_desk_files_of_the_documents_can_be_used() -> None:
    shown = [block.text for page in PAGES for block in blocks(page, "toml")]
    desks = [text_ for text_ in shown if not text_.startswith(("# holdfast.toml", "# policy"))]
    assert desks
    for text_ in desks:
        assert desk_file.load(text_.encode(), "example").name == "Main desk"


def test_settings_files_of_the_documents_can_be_used() -> None:
    shown = [block.text for page in PAGES for block in blocks(page, "toml")]
    files = [text_ for text_ in shown if text_.startswith("# holdfast.toml")]
    assert files
    for text_ in files:
        assert settings_file.read(("example", text_.encode()), {}).settings.origin == "https://desk.example.org"


def test_every_verb_and_option_is_documented() -> None:
    page = text("command-line.md")
    assert set(VERBS) == {words.split()[0] for words in command_line.every_verb()}
    for words, verb in command_line.every_verb().items():
        section = page.split(f"\n## holdfast {words}\n")[1].split("\n## ")[0]
        for parameter in command_line.load(words, verb).params:
            for written in parameter.opts if parameter.name != "help" else []:
                if written.startswith("-"):
                    assert written in section, f"holdfast {words} {written}"
