"""What docs/operating/serving.md says of the log, of figures and of exit codes is so."""

from __future__ import annotations

import re

import pytest
from documents import ROOT

from holdfast.entrypoints.cli.failure import INTERRUPTED
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routes.commands import MAX_BULK, MAX_BULK_BODY
from holdfast.entrypoints.http.routes.events import HEARTBEAT
from holdfast.errors import Corrupt, Malformed, Unavailable
from holdfast.identity.bootstrap_link import LIFETIME

PAGE = (ROOT / "docs" / "operating" / "serving.md").read_text("utf-8")
FLAT = " ".join(PAGE.split())


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("within a day", LIFETIME == 86_400),
        ("a comment every 15 seconds", HEARTBEAT == 15),
        ("bodies up to 2 MiB | a bulk of 1,000 commands", (MAX_BULK_BODY, MAX_BULK) == (2 * 2**20, 1_000)),
        ("| 2 | a setting", Malformed.exit_code == 2),
        ("| 70 | the desk", Corrupt.exit_code == 70),
        ("| 75 | the database", Unavailable.exit_code == 75),
        ("at once with 130", INTERRUPTED == 130),
    ],
)
def test_figure(sentence: str, holds: bool) -> None:
    assert sentence in FLAT
    assert holds, f"correct the page: {sentence}"


def test_paths_that_it_names__are_there() -> None:
    named = set(re.findall(r"`(?:GET |POST )?(/(?:v1|health|metrics)[/\w-]*)`", PAGE))
    assert named and named <= {route.path for route in ROUTES}


def test_fields_of_the_log__are_all_told() -> None:
    section = PAGE.split("\n## The log\n")[1].split("\n## ")[0]
    told = {name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    http = ROOT / "src" / "holdfast" / "entrypoints" / "http"
    source = "\n".join((http / name).read_text("utf-8") for name in ("observing.py", "logs.py", "background.py"))
    written = set(re.findall(r'more\["(\w+)"\]', source)) | {"request", "method", "route", "status", "ms", "logger"}
    written |= set(re.findall(r"(\w+)=done\.", source)) | {"time", "level", "event", "exception"}
    assert written <= told, written - told
