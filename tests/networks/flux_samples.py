"""Made-up Flux nodes in the list's real shape, and where the real lists lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

AMOUNTS = {"CUMULUS": "1000.00", "NIMBUS": "12500.00", "STRATUS": "40000.00"}


def node(number: int, **more: Any) -> dict[str, Any]:
    """A Cumulus node that was paid at height 100 + number."""
    made: dict[str, Any] = {
        "txhash": f"{number:064x}", "outidx": "0", "ip": "192.0.2.7:16127", "network": "ipv4", "added_height": 8,
        "confirmed_height": 10, "last_confirmed_height": 900, "last_paid_height": 100 + number, "tier": "CUMULUS",
        "payment_address": "t1ZJR468HBuSt1SW2tgWjoxLfYv2yPHgGge", "activesince": "1787565604",
        "lastpaid": "1790697724", "rank": number,
    } | more  # fmt: skip
    made.setdefault("collateral", f"COutPoint({made['txhash']}, {made['outidx']})")
    made.setdefault("amount", AMOUNTS.get(made["tier"], "1000.00"))
    if made["last_paid_height"] == 0 and "lastpaid" not in more:
        made["lastpaid"] = "1516980000"
    return made


def written(path: Path, *nodes: dict[str, Any], status: str = "success", **more: Any) -> str:
    """A node list in a file; its name."""
    path.write_text(json.dumps({"status": status, "data": list(nodes)} | more), "utf-8")
    return str(path)


def real(name: str) -> str:
    """A recorded file, or skip: they are not part of the project."""
    path = Path(os.environ.get("HOLDFAST_DATA", ROOT / ".." / "shared" / "data")) / "depin" / name
    if not path.exists():
        pytest.skip(f"no real data: {path} is absent (set HOLDFAST_DATA)")
    return str(path)
