"""A vault's plans and unwinds: the newest first, what is open before what is done."""

from __future__ import annotations

from pathlib import Path

from rich_desk import furnish
from serving import code, serving
from support import DAY


def test_newest_first__open_before_done__staff_only(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as house:
        furnish(house)
        house.later(DAY + 3600)
        house.do("strategy.complete", "operator", request="unwind-1")
        house.do("strategy.deallocate", "operator", strategy="lend", amount="50")
        house.do("portfolio.plan", "operator", vault="FLUX")
        olga = house.of("olga")
        told = olga.get("/v1/vaults/FLUX/moves").json()
        assert [(one["id"], one["status"]) for one in told["plans"]] == [("plan-2", "valid"), ("plan-1", "stale")]
        found = [(one["id"], one["status"]) for one in told["unwinds"]]
        assert found == [("unwind-2", "cooling"), ("unwind-1", "completed")]
        assert len(olga.get("/v1/vaults/FLUX/moves?limit=1").json()["plans"]) == 1
        assert code(olga.get("/v1/vaults/NONE/moves")) == "unknown_vault"
        assert house.of("alice").get("/v1/vaults/FLUX/moves").status_code == 403
