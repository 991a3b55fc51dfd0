"""Names that came with a form, as parts of a path of the API."""

from __future__ import annotations

import re

from holdfast.entrypoints.terminal.api import Refused

_NAME = re.compile(r"[A-Za-z0-9@._:-]{1,128}")


def in_path(name: str) -> str:
    """The name, if it can be one. Raises: Refused, as for something that is not there."""
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise Refused(404, {"code": "no_such_path", "detail": ""})
    return name
