"""Where the server's settings come from, which place wins, and how what does not fit is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs

from holdfast import bootstrap
from holdfast.docs.server_settings import meanings
from holdfast.entrypoints.cli import main
from holdfast.errors import Malformed
from holdfast.settings import NAMES, ServerSettings
from holdfast.wire import settings_file
from holdfast.wire.settings_file import holds_password

FILE = b"""
db = "file.db"
port = 1001
host = "10.0.0.1"
trusted_proxies = ["10.0.0.0/8"]
keeper = false
"""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*(f"HOLDFAST_{name.upper()}" for name in NAMES), "HOLDFAST_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def refused(file: str = "", environment: dict[str, str] | None = None, **options: object) -> str:
    with pytest.raises(Malformed) as caught:
        settings_file.read(("holdfast.toml", file.encode()) if file else None, environment or {}, options)
    return caught.value.message


def test_nothing_set__defaults() -> None:
    found = bootstrap.effective_settings(environment={})
    assert found.settings == ServerSettings()
    assert set(found.origins.values()) == {"default"}
    assert bootstrap.server_settings(environment={}) == ServerSettings()


def test_later_places_win__and_each_origin_is_known() -> None:
    found = settings_file.read(
        ("holdfast.toml", FILE), {"HOLDFAST_PORT": "1002", "HOLDFAST_HOST": "10.0.0.2"}, {"port": 1003, "origin": None}
    )
    assert (found.settings.port, found.settings.host, found.settings.db) == (1003, "10.0.0.2", "file.db")
    assert found.settings.trusted_proxies == ("10.0.0.0/8",)
    assert found.settings.keeper is False
    assert {found.origins[name] for name in ("port", "host", "db", "origin")} == {
        "--port", "HOLDFAST_HOST", "holdfast.toml", "default",
    }  # fmt: skip


def test_every_setting__can_be_set_in_the_environment() -> None:
    words = {
        "db": ("x.db", "x.db"), "name": ("A desk", "A desk"), "host": ("::1", "::1"), "port": ("0", 0),
        "origin": ("https://d.example", "https://d.example"),
        "trusted_proxies": (" 10.0.0.0/8 ,::1,", ("10.0.0.0/8", "::1")), "secret_file": ("s", "s"),
        "wallet_sign_up": ("false", False), "keeper": ("false", False), "keeper_seconds": ("9", 9),
        "webhooks_to_private": ("true", True), "metrics": ("false", False), "log_format": ("json", "json"),
        "log_level": ("error", "error"), "traces": ("true", True), "head_seconds": ("7", 7), "leave_seconds": ("3", 3),
        "drain_seconds": ("0", 0),
    }  # fmt: skip
    assert set(words) == set(NAMES), "a new setting: say here how its variable is written"
    found = settings_file.read(None, {f"HOLDFAST_{name.upper()}": text for name, (text, _) in words.items()})
    assert structs.asdict(found.settings) == {name: value for name, (_, value) in words.items()}
    assert all(found.settings.__getattribute__(name) != getattr(ServerSettings(), name) for name in NAMES)


def test_empty_variables__count_as_not_set() -> None:
    assert settings_file.read(None, {"HOLDFAST_PORT": "", "HOLDFAST_DB": ""}).settings == ServerSettings()


def test_other_variables__are_left_alone() -> None:
    environment = {
        "HOLDFAST_CONFIG": "x",
        "HOLDFAST_TEST_POSTGRES": "x",
        "HOLDFAST_TEST_BROWSER": "x",
        "HOLDFASTER": "1",
        "PORT": "x",
    }
    assert settings_file.read(None, environment).settings == ServerSettings()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("prot = 1", "holdfast.toml: there is no setting prot; take it out, or write port."),
        ("[server]\nport = 1", "holdfast.toml: there is no setting server; take it out"),
        ('port = "1"', 'holdfast.toml: port = "1": write a whole number, 0 to 65,535.'),
        ("port = 65536", "port = 65536: write a whole number, 0 to 65,535."),
        ("port = true", "port = true: write"),
        ("port = 1.0", "port = 1.0: write"),
        ("keeper = 1", "keeper = 1: write true or false."),
        ('trusted_proxies = "10.0.0.0/8"', "write a list, like [\"10.0.0.0/8\""),
        ('log_format = "xml"', 'write "text" or "json".'),
        ('trusted_proxies = ["10.0.0.1/8"]', 'trusted_proxies: "10.0.0.1/8" is no network'),
        ('trusted_proxies = ["0.0.0.0/0"]', "would believe everybody"),
        ('trusted_proxies = ["proxy"]', '"proxy" is no network'),
        ('name = "a\\nb"', "name: write printable text"),
        ('host = " "', "host: write printable text"),
        ('origin = "http://desk.example"', "origin: browsers keep sign-ins and passkeys to https"),
        ('origin = "https://desk.example/app"', "write scheme, host and nothing else"),
        ('origin = "https://u:p@desk.example"', "write scheme, host and nothing else"),
        ('origin = "https://Desk.example"', "in small letters"),
        ('origin = "https://desk.example:443"', "leave :443 out"),
        ('origin = "https://desk.example:99999"', "write it like"),
        ('origin = "desk.example"', "write scheme, host"),
        ("port = ", "holdfast.toml: not TOML"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_the_file__is_named(file: str, said: str) -> None:
    assert said in refused(file)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000", "https://a.b/"])
def test_origins_that_fit(origin: str) -> None:
    assert settings_file.read(None, {}, {"origin": origin}).settings.origin == origin


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("HOLDFAST_PORT", "tcp://10.0.0.1:8000", 'HOLDFAST_PORT = "tcp://10.0.0.1:8000": write a whole number'),
        ("HOLDFAST_PORT", "٣", "write a whole number"),
        ("HOLDFAST_KEEPER", "yes", 'HOLDFAST_KEEPER = "yes": write true or false.'),
        ("HOLDFAST_TRUSTED_PROXIES", "10.0.0.0/99", "HOLDFAST_TRUSTED_PROXIES: "),
        ("HOLDFAST_PROT", "1", "HOLDFAST_PROT: there is no such setting; unset it, or write HOLDFAST_PORT."),
        ("HOLDFAST_port", "1", "HOLDFAST_port: there is no such setting"),
        ("HOLDFAST_SERVICE_HOST", "1", "HOLDFAST_SERVICE_HOST: there is no such setting; unset it"),
    ],
)
def test_what_does_not_fit_in_the_environment__is_named(variable: str, text: str, said: str) -> None:
    assert said in refused(environment={variable: text})


def test_everything_that_does_not_fit__is_told_at_once() -> None:
    said = refused("port = -1\nkeepr = true", {"HOLDFAST_LOG_LEVEL": "loud"}, drain_seconds=601)
    assert [line.split(":")[0].strip() for line in said.splitlines()] == [
        "These settings do not fit", "holdfast.toml", "holdfast.toml", 'HOLDFAST_LOG_LEVEL = "loud"',
        "--drain-seconds = 601",
    ]  # fmt: skip


def test_the_file__is_found(tmp_path: Path) -> None:
    (tmp_path / "holdfast.toml").write_text("port = 1")
    (tmp_path / "other.toml").write_text("port = 2")
    (tmp_path / "third.toml").write_text("port = 3")
    environment = {"HOLDFAST_CONFIG": "other.toml"}
    assert bootstrap.server_settings(environment={}).port == 1
    assert bootstrap.server_settings(environment=environment).port == 2
    assert bootstrap.server_settings("third.toml", environment).port == 3
    with pytest.raises(Malformed, match=r"nowhere.toml: cannot read it: there is no such file"):
        bootstrap.server_settings("nowhere.toml", {})


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("postgresql://u:p@h/d", True),
        ("postgresql://u@h/d?password=x", True),
        ("postgresql://u@h/d?a=b&password=x", True),
        ("postgresql://u@h/d?sslpassword2=x", False),
        ("postgresql://u@h/d", False),
        ("desk.db", False),
    ],
)
def test_passwords_in_urls__are_seen(url: str, holds: bool) -> None:
    assert holds_password(url) is holds


def test_print_config__shows_origins_and_no_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "holdfast.toml").write_text('db = "postgresql://ann:hunter22@db1/vaults?desk=main"\nkeeper = false\n')
    monkeypatch.setenv("HOLDFAST_PORT", "9000")
    assert main(["serve", "--print-config", "--host", "10.0.0.5"]) == 0
    out = capsys.readouterr().out
    assert "hunter22" not in out
    lines = {line.split()[0]: line.partition("=")[2].split("#") for line in out.splitlines()}
    assert list(lines) == list(NAMES)
    assert [part.strip() for part in lines["port"]] == ["9000", "HOLDFAST_PORT"]
    assert lines["keeper"][1].strip() == "holdfast.toml"
    assert lines["host"][1].strip() == "--host"
    assert "ann@db1" in lines["db"][0]

    assert main(["serve", "--print-config", "--json"]) == 0
    out = capsys.readouterr().out
    assert "hunter22" not in out
    assert json.loads(out)["port"] == {"value": 9000, "from": "HOLDFAST_PORT"}
    assert not (tmp_path / "holdfast.db").exists()


def test_a_password_as_an_option__is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--print-config", "--db", "postgresql://ann:hunter22@db1/vaults"]) == 2
    said = capsys.readouterr().err
    assert "PGPASSFILE" in said
    assert "hunter22" not in said


def test_a_setting_that_does_not_fit__never_shows_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter22" not in refused('db = ["postgresql://u:hunter22@h/d"]')


def test_every_setting__says_what_it_is_for() -> None:
    told = meanings(ServerSettings)
    assert list(told) == list(NAMES)
    assert all(text.endswith(".") and len(text) > 20 for text in told.values())
