"""Small made-up Casper documents of both shapes, and where the real ones are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

ANNA = "01" + "a1" * 32  # validators
BERT = "02" + "b2" * 33
CARL = "01" + "c3" * 32
DORA = "01" + "d4" * 32  # delegators
EMIL = "02" + "e5" * 33
PURSE = "f6" * 32


def real(name: str) -> Path:
    """A real recording, or skip: they are not part of the project."""
    folder = Path(os.environ.get("HOLDFAST_DATA", ROOT / ".." / "shared" / "data"))
    path = folder / "casper" / name
    if not path.exists():
        pytest.skip(f"no real data: {path} is absent (set HOLDFAST_DATA)")
    return path


def text(document: Any) -> bytes:
    return json.dumps(document).encode()


def weights(*eras: tuple[int, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {"era_id": era, "validator_weights": [{"public_key": k, "weight": str(w)} for k, w in ws.items()]}
        for era, ws in eras
    ]


def state_v1() -> dict[str, Any]:
    """ANNA: 1,000 own, DORA 300, EMIL 200. BERT: inactive, 50 own, DORA 7. CARL: nothing but 10 own."""

    def bid(stake: int, rate: int, inactive: bool, **delegators: int) -> dict[str, Any]:
        keys = {"dora": DORA, "emil": EMIL}
        return {
            "bonding_purse": "uref-" + "0" * 64 + "-007",
            "staked_amount": str(stake),
            "delegation_rate": rate,
            "delegators": [
                {"public_key": keys[who], "staked_amount": str(amount), "bonding_purse": "uref", "delegatee": ANNA}
                for who, amount in delegators.items()
            ],
            "inactive": inactive,
        }

    return {
        "state_root_hash": "00" * 32,
        "block_height": 77,
        "era_validators": weights((5, {ANNA: 1}), (6, {ANNA: 1_500, CARL: 10})),
        "bids": [
            {"public_key": ANNA, "bid": bid(1_000, 10, False, dora=300, emil=200)},
            {"public_key": BERT, "bid": bid(50, 0, True, dora=7)},
            {"public_key": CARL, "bid": bid(10, 100, False)},
        ],
    }


def kind_bid(validator: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"public_key": validator, "bid": {kind: {"validator_public_key": validator, **fields}}}


def validator_v2(key: str, stake: int, rate: int = 10, inactive: bool = False, slots: int = 0) -> dict[str, Any]:
    return kind_bid(
        key,
        "Validator",
        bonding_purse="uref",
        staked_amount=str(stake),
        delegation_rate=rate,
        inactive=inactive,
        minimum_delegation_amount=250 * 10**9,
        maximum_delegation_amount=10**18,
        reserved_slots=slots,
        vesting_schedule=None,
    )


def delegator_v2(validator: str, kind: dict[str, str], stake: int) -> dict[str, Any]:
    return kind_bid(validator, "Delegator", delegator_kind=kind, staked_amount=str(stake), bonding_purse="uref")


def state_v2() -> dict[str, Any]:
    """ANNA: 1,000 own, DORA 300 (reserved at 4 %), a purse 200, DORA leaves with 9. BERT: inactive, 50, EMIL 0."""
    return {
        "state_root_hash": "00" * 32,
        "block_height": 88,
        "era_validators": weights((9, {ANNA: 1}), (10, {ANNA: 1_500})),
        "bids": [
            validator_v2(ANNA, 1_000, slots=3),
            delegator_v2(ANNA, {"PublicKey": DORA}, 300),
            delegator_v2(BERT, {"PublicKey": EMIL}, 0),
            delegator_v2(ANNA, {"Purse": PURSE}, 200),
            validator_v2(BERT, 50, rate=0, inactive=True),
            kind_bid(ANNA, "Reservation", delegator_kind={"PublicKey": DORA}, delegation_rate=4),
            kind_bid(
                ANNA,
                "Unbond",
                unbond_kind={"DelegatedPublicKey": DORA},
                eras=[
                    {"bonding_purse": "uref", "era_of_creation": 8, "amount": "4", "new_validator": None},
                    {"bonding_purse": "uref", "era_of_creation": 9, "amount": "5", "new_validator": BERT},
                ],
            ),
            kind_bid(ANNA, "Credit", era_id=9, amount="1"),
        ],
    }


def envelope(inner: str, value: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "1", "result": {"api_version": "0.0.0", inner: value}}


def era_summary(*allocations: dict[str, Any], era: int = 5) -> dict[str, Any]:
    return {
        "block_hash": "00" * 32,
        "era_id": era,
        "stored_value": {"EraInfo": {"seigniorage_allocations": list(allocations)}},
        "state_root_hash": "00" * 32,
        "merkle_proof": "00",
    }


def paid(validator: str, amount: int, delegator: str | None = None, purse: str | None = None) -> dict[str, Any]:
    base = {"validator_public_key": validator, "amount": str(amount)}
    if purse is not None:
        return {"DelegatorKind": {"delegator_kind": {"Purse": purse}, **base}}
    if delegator is not None:
        return {"Delegator": {"delegator_public_key": delegator, **base}}
    return {"Validator": base}
