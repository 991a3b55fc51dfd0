"""The terms of leveraged positions, their carry and health over slashes, and those nearest to liquidation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rich_desk import furnish
from serving import House, serving


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(f"sqlite:{Path(tmp_path_factory.mktemp('leverage')) / 'desk.db'}") as house:
        furnish(house)
        yield house


def test_terms(rich: House) -> None:
    told = rich.of("alice").get("/v1/leverage-terms").json()
    assert (told["asset"], told["debt_asset"], told["era"]) == ("CSPR", "mCSPR", 1)
    assert (told["maximum_leverage"], told["unbonding_eras"], told["liquidation_threshold_bps"]) == (5, 7, 8500)


def test_carry__rewards_on_the_whole_stake_against_interest(rich: House) -> None:
    quoted = rich.of("alice").get("/v1/quotes/leverage?deposit=200&leverage=5&reward_bps=800").json()
    assert quoted["quotes"][0]["carry"] == {
        "reward_bps": 800, "rewards_per_year": "80", "per_year": "80", "on_deposit_bps": 4000, "break_even_bps": 0,
    }  # fmt: skip


def test_health_over_slash__the_liquidating_one_is_a_point_of_it(rich: House) -> None:
    quoted = rich.of("alice").get("/v1/quotes/leverage?deposit=200&leverage=5&curve=true").json()["quotes"][0]
    points = {one["slash_bps"]: one for one in quoted["over_slash"]}
    assert points[0]["health_factor_bps"] == quoted["health_factor_bps"]
    least = quoted["liquidating_slash_bps"]
    assert points[least]["liquidated"]
    assert not any(one["liquidated"] for slash, one in points.items() if slash < least)
    assert points[10_000]["value"] == "0"


def test_at_risk__nearest_first__staff_only(rich: House) -> None:
    found = rich.of("olga").get("/v1/positions-at-risk").json()
    assert [one["id"] for one in found] == ["alice"]  # bob's is unbonding
    assert rich.of("alice").get("/v1/positions-at-risk").status_code == 403
