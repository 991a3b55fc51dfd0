"""Rocket Pool's performance file as one epoch of a generic network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attesting import key_of, public_key
from holdfast.errors import Malformed
from holdfast.networks import rocketpool
from networks.flux_samples import real
from support import Desk

FILE = "rocketpool_node_performance.json.gz"
ANNA, BERT = "0x" + "a1" * 20, "0x" + "b2" * 20


def document(**more: Any) -> dict[str, Any]:
    nodes = {
        name: {"successfulAttestations": m, "missedAttestations": n} for name, m, n in ((BERT, 1, 2), (ANNA, 3, 0))
    }
    period = {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-03T00:00:00Z"}
    return {"index": 7, **period, "minipoolPerformance": nodes, **more}


def read(path: Path, **more: Any) -> rocketpool.Performance:
    (path / "p.json").write_text(json.dumps(document(**more)))
    return rocketpool.read_performance(str(path / "p.json"))


def played(performance: rocketpool.Performance) -> Desk:
    desk = Desk()
    made = rocketpool.epoch_commands(performance, public_key("w"), lambda m: key_of("w").sign(m).hex(), "1000")
    for number, command in enumerate(made):
        receipt = desk.post({"id": f"c-{number}", **command})
        assert receipt.status == "applied", receipt.error
    desk.check()
    return desk


@pytest.mark.parametrize(
    ("made", "missed", "bps"), [(449, 1, 9_977), (1, 2, 3_333), (5, 0, 10_000), (0, 5, 0), (0, 0, 0)]
)
def test_uptime__is_the_share_of_duties_done(made: int, missed: int, bps: int) -> None:
    assert rocketpool.uptime_bps(made, missed) == bps


def test_epoch__of_two_nodes__pays_by_uptime_to_the_last_unit(tmp_path: Path) -> None:
    desk = played(read(tmp_path))
    assert desk.units("FLUX", ANNA) + desk.units("FLUX", BERT) == 1000 * 10**8
    assert desk.units("FLUX", BERT) == 1000 * 10**8 * 3_333 // 13_333


def test_epoch__of_the_real_file__pays_all_nodes() -> None:
    performance = rocketpool.read_performance(real(FILE))
    desk = played(performance)
    paid = [desk.units("FLUX", address) for address in performance.nodes]
    assert (len(paid), sum(paid), min(paid) > 0) == (270, 1000 * 10**8, True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"endTime": "2026-01-01T00:00:00Z"}, "$.endTime"),
        ({"startTime": "yesterday"}, "$.startTime"),
        ({"index": -1}, "$.index"),
        ({"minipoolPerformance": {ANNA: {"successfulAttestations": "3", "missedAttestations": 0}}}, "successful"),
        ({"minipoolPerformance": {"anna": {"successfulAttestations": 3, "missedAttestations": 0}}}, "minipool"),
    ],
)
def test_read__bad_file__names_file_and_field(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(tmp_path, **changed)
    assert "p.json" in caught.value.message and field in caught.value.message
