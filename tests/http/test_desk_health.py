"""How the desk is, for its staff: heads, the last verification, the keeper, webhooks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from serving import House, code, serving


def health(house: House) -> Any:
    answer = house.of("anna").get("/v1/desk/health")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_health__heads_and_the_last_verification(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1")
    found = health(house)
    assert (found["status"], found["seq"], found["verified"], found["era"]) == ("ok", 1, None, 0)
    assert found["digest"] == house.service.head.digest.hex()
    assert found["log_seq"] > 0
    assert found["webhooks"] == {"endpoints": 0, "failing": 0, "given_up": 0}
    assert found["keeper"] == {"here": False, "looked_at": None, "trouble": ""}
    job = house.of("anna").post("/v1/verify", json={}).json()
    for _ in range(200):
        if house.of("anna").get(f"/v1/jobs/{job['id']}").json()["status"] != "running":
            break
        time.sleep(0.02)
    assert health(house)["verified"] == {
        "at": "2026-01-01T00:00:00Z", "by": "anna", "outcome": "done", "records": 1,
    }  # fmt: skip
    assert code(house.of("alice").get("/v1/desk/health")) == "forbidden"


def test_health__the_keeper_in_this_server(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path}/desk.db", keeper=True, keeper_seconds=1) as house:
        for _ in range(300):
            found = health(house)["keeper"]
            if found["looked_at"]:
                break
            time.sleep(0.02)
        assert found == {"here": True, "looked_at": "2026-01-01T00:00:00Z", "trouble": ""}
