"""Render's rewards: the published example, exactly, and the factor against sybils to its last digit."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext

import pytest

from holdfast.networks import render
from holdfast.networks.render import Measures

EXAMPLE = Measures(1_700_000, 1_330_000, 4_000_000, 1_120_000, 1_280_000, 1_500_000)


def test_job_reward__the_published_example__10_77() -> None:
    assert render.compute_multiplier(EXAMPLE) == 180_980_000
    assert render.job_reward(180_980_000, 100 * 3_600) == 1_077_261_904  # 10.77261904… RENDER


def test_multiplier__the_reference_machine__is_what_the_weights_sum_to() -> None:
    assert render.compute_multiplier(Measures(*[1_000_000] * 6)) == 97_000_000


@pytest.mark.parametrize(("uptime", "reward"), [(10_000, 200_000_000), (9_999, 199_980_000), (1, 20_000), (0, 0)])
def test_availability__in_proportion_to_uptime(uptime: int, reward: int) -> None:
    assert render.availability_reward(uptime) == reward


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_sybil_factor__up_to_three_nodes__is_one(nodes: int) -> None:
    assert render.sybil_factor(nodes) == render.SCALE
    assert render.with_factor(12_345, nodes) == 12_345


@pytest.mark.parametrize("nodes", [*range(4, 75), 1_000, 10**9])
def test_sybil_factor__is_the_floor_of_the_real_value(nodes: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = (Decimal("-0.65") * (min(nodes, 500) - 3)).exp() * render.SCALE
    assert render.sybil_factor(nodes) == int(exact.to_integral_value(ROUND_FLOOR))


def test_with_factor__floors_once() -> None:
    assert render.with_factor(1_077_261_904, 4) == 1_077_261_904 * 522_045_776_761_016_047 // 10**18


def test_commands__a_week_for_jobs_and_for_availability() -> None:
    jobs, availability = render.network_commands("1000")
    assert (jobs["epoch_seconds"], jobs["kinds"], jobs["reward_asset"]) == (604_800, {"gpu": "cm"}, "RENDER")
    assert (availability["network"], availability["kinds"]) == ("render-availability", {"node": "node"})
