"""The command line on a house's desk, called in this process: HTTP must say the same."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from holdfast.entrypoints.cli import main
from serving import House


def cli(*arguments: str) -> list[Any]:
    """The JSON documents that a command line prints, one to a line; it must end well."""
    kept = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(kept, "utf-8", write_through=True)):
        ended = main(arguments)
        printed = kept.getvalue().decode()
    assert not ended, (arguments, ended, printed)
    return [json.loads(line) for line in printed.splitlines()]


def of_desk(house: House, *arguments: str) -> Any:
    """The one document that a verb prints of the house's desk."""
    (document,) = cli(*arguments, "--db", house.server.settings.db, "--json")
    return document
