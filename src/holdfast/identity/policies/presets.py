"""Policies to start from, each a file that can be copied and changed."""

from __future__ import annotations

from importlib.resources import files

from holdfast.errors import Malformed
from holdfast.identity.policies.rules import Policies, read

PRESETS: dict[str, str] = {
    "open": "Roles alone decide; what a new desk starts with.",
    "four_eyes": "Money that leaves the desk's own accounts above an amount, and governance, need a second person.",
}
"""The presets by name, with a sentence each."""


def text(name: str) -> str:
    """A preset's file. Raises: Malformed for another name."""
    if name not in PRESETS:
        raise Malformed(f"There is no preset {name[:40]!r}; there are {', '.join(PRESETS)}.", field="preset")
    return files(__package__).joinpath(f"{name}.toml").read_text("utf-8")


def load(name: str) -> Policies:
    """A preset's policies. Raises: Malformed for another name."""
    return read(text(name).encode(), f"{name}.toml")
