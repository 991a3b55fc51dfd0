"""Which asset a figure of a result is in, as far as the postings beside it leave no doubt.

Results name amounts without their assets. Postings name both; where they do not settle it, no unit is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ISSUANCE = "@issuance"

AMOUNTS = frozenset(
    (
        "amount", "bad_debt", "cost", "debt", "deposit", "emission", "equity", "fee", "gain", "held_back", "loss",
        "paid", "proceeds", "released", "repaid", "reward", "rewards", "slash", "tax", "to_treasury", "total_staked",
        "value",
    )
)  # fmt: skip
"""Figures that are amounts of what was moved."""

ISSUED = frozenset(("debt_token_burned", "shares", "unreturned_debt_token", "vc"))
"""Figures in what is made or taken away by the same command: shares of a vault, tokens of a debt."""

SIDES = frozenset(("assets",)) | ISSUED
"""Figures whose unit is clear only where both sides are posted: a request for an exit posts the shares alone."""

CHARGED = ("@fees:", "@buyback:", "@treasury")
"""Accounts into which fees and taxes go."""


def is_amount(name: str) -> bool:
    """Whether a figure of this name counts something that is held."""
    return name in AMOUNTS or name in SIDES


def unit_of(name: str, postings: Iterable[Mapping[str, Any]]) -> str:
    """The asset of a result's figure, empty where the postings leave a doubt."""
    posted = [(str(one["asset"]), ISSUANCE in (one["debit"], one["credit"])) for one in postings]
    assets = {asset for asset, _ in posted}
    if len(assets) == 1:
        return assets.pop() if name in AMOUNTS else ""
    issued = {asset for asset, made in posted if made}
    moved = assets - issued
    if len(issued) != 1 or len(moved) != 1:
        return ""
    if name in ISSUED:
        return issued.pop()
    return moved.pop() if name in AMOUNTS | SIDES else ""


def is_free(result: Mapping[str, Any], postings: Iterable[Mapping[str, Any]]) -> bool:
    """Whether money moves and none of it is a fee or a tax: neither told nor posted."""
    moved = list(postings)
    charged = any(one["credit"].startswith(CHARGED) for one in moved)
    return bool(moved) and not charged and not {"fee", "tax", "cost"} & result.keys()
