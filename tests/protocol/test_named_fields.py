"""A refusal of an amount names the argument that holds it, also where the asset had to be known first."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.engine.genesis import Genesis, check
from holdfast.errors import Malformed
from holdfast.protocol.parameters import Parameters, TermParameters
from support import Desk

TOO_FINE, TOO_LARGE = "0.0000000001", "1" + "0" * 160


@pytest.mark.parametrize(
    ("code", "kind", "actor", "fields", "field"),
    [
        ("malformed", "asset.transfer", "alice", {"asset": "FLUX", "to": "bob", "amount": TOO_FINE}, "amount"),
        ("amount_overflow", "asset.burn", "alice", {"asset": "FLUX", "amount": TOO_LARGE}, "amount"),
        ("malformed", "buyback.sell", "alice", {"vc": "1", "min_vg": TOO_FINE}, "min_vg"),
        ("malformed", "network.end_era", "oracle", {"era": 1, "rewards": {"v1": TOO_FINE}}, "rewards.v1"),
    ],
)
def test_decide__amount_out_of_bounds__names_the_argument(
    desk: Desk, code: str, kind: str, actor: str, fields: dict[str, Any], field: str
) -> None:
    desk.lender()
    receipt = desk.send(kind, actor, **fields)
    assert receipt.error.code == code  # type: ignore[union-attr]
    found = desk.state.assets["FLUX" if kind.startswith("asset") else "VG"].decimals
    why = {"amount": TOO_FINE, "reason": "too_many_digits", "most": found} if code == "malformed" else {}
    assert receipt.error.details == {**why, "field": field}  # type: ignore[union-attr]
    assert receipt.error.message.startswith(f"{field}: ")  # type: ignore[union-attr]


def test_genesis__reinvestment_below_a_base_unit__malformed() -> None:
    term = TermParameters(reinvest_bps=1, auto_reinvest_from="0.000000004", minimum_stake="0.000000001")
    with pytest.raises(Malformed, match=r"term\.reinvest_bps"):
        check(Genesis(parameters=Parameters(term=term)))
