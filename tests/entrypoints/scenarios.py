"""Scenarios that the tests of the command line share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def command(kind: str, actor: str = "operator", **fields: Any) -> dict[str, Any]:
    """A command as a JSON object."""
    return {"actor": actor, "type": kind, **fields}


def scenario(path: Path, *lines: dict[str, Any] | str) -> str:
    """Write lines to a file; its name."""
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return str(path)


MINT = command("asset.mint", asset="FLUX", to="alice", amount="1000")
PAY = command("asset.transfer", "alice", asset="FLUX", to="bob", amount="10.5")
VAULT = command("vault.create", asset="FLUX")


def deposits(path: Path, count: int) -> str:
    """A long scenario: a vault and many deposits, every hundredth refused."""
    lot = [
        command("vault.deposit", "alice", vault="FLUX", assets="0" if number % 100 == 0 else "0.5")
        for number in range(count)
    ]
    return scenario(path, MINT | {"amount": "1000000"}, VAULT, *lot)
