"""Render: weekly epochs, rewards for availability and for jobs, and the factor against sybils. Figures of 2026.

Amounts are base units of RENDER (8 decimals), multipliers millionths; everything is exact until it is floored once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from msgspec import Struct

from holdfast.primitives.fixed_point import BPS, FLOOR, mul_div

DECIMALS = 8
UNIT = 10**DECIMALS
EPOCH_HOURS = 168
EPOCH_SECONDS = EPOCH_HOURS * 3_600
MILLION = 10**6

AVAILABILITY = 2 * UNIT
"""What a node gets for an epoch in which it was up all the time."""
JOB_RATE = 10
"""RENDER for an epoch of work at a multiplier of 1."""
FREE_NODES = 3
"""Nodes of one wallet up to which the factor is 1."""
DECAY = Fraction(65, 100)
VANISHED = 42
"""e^42 is above 10^18: from this exponent on the factor is less than its least part."""
SCALE = 10**18
"""The factor is told as an integer of this many parts."""


class Measures(Struct, frozen=True):
    """A node against the reference machine, in millionths: 1,000,000 is just as good."""

    gpu: int
    vram: int
    network: int
    clock: int
    memory_bandwidth: int
    cpu: int


WEIGHTS = {"gpu": 36, "vram": 26, "network": 15, "clock": 8, "memory_bandwidth": 8, "cpu": 4}
"""Hundredths; as published they sum to 97."""


def compute_multiplier(measures: Measures) -> int:
    """CM, in hundred-millionths.

    Formula:   0.36 GPU + 0.26 VRAM + 0.15 network + 0.08 clock + 0.08 memory bandwidth + 0.04 CPU
    Units:     millionths -> hundred-millionths; exact.
    """
    return sum(weight * getattr(measures, name) for name, weight in WEIGHTS.items())


def job_reward(multiplier: int, seconds: int) -> int:
    """What a node gets for its jobs of an epoch.

    Formula:   10 RENDER · CM · hours / 168
    Units:     `multiplier` in hundred-millionths, seconds -> base units of RENDER.
    Rounding:  floor.
    Source:    networks, Render: CM 1.8098 and 100 h are 10.77 RENDER.
    """
    return mul_div(JOB_RATE * UNIT * multiplier, seconds, 100 * MILLION * EPOCH_SECONDS, rounding=FLOOR)


def availability_reward(uptime_bps: int) -> int:
    """What a node gets for having been there.

    Formula:   2 RENDER · uptime / 10,000
    Rounding:  floor.
    """
    return mul_div(AVAILABILITY, uptime_bps, BPS, rounding=FLOOR)


def sybil_factor(nodes: int) -> int:
    """The factor on the rewards of a wallet with so many nodes, in parts of 10^18.

    Formula:   1 up to 3 nodes, then exp(−0.65 · (nodes − 3))
    Rounding:  floor of the exact real value: bounds on both sides are narrowed until they agree on it. No binary
               floating point.
    """
    if nodes <= FREE_NODES:
        return SCALE
    exponent = DECAY * (nodes - FREE_NODES)
    if exponent >= VANISHED:
        return 0
    terms = 64
    while True:
        low, high = _exp_bounds(exponent, terms)
        least, most = (mul_div(SCALE, e.denominator, e.numerator, rounding=FLOOR) for e in (high, low))
        if least == most:
            return least
        terms *= 2


def _exp_bounds(x: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """Rationals below and above e^x for 0 <= x < terms: the series cut off, without and with a bound on its tail."""
    total = term = Fraction(1)
    for n in range(1, terms):
        term = term * x / n
        total += term
    tail = term * x / terms / (1 - x / (terms + 1))
    return total, total + tail


def with_factor(reward: int, nodes: int) -> int:
    """A reward of one of a wallet's nodes, after the factor against sybils.

    Rounding:  floor.
    """
    return mul_div(reward, sybil_factor(nodes), SCALE, rounding=FLOOR)


def network_commands(emission_per_epoch: str, prefix: str = "render") -> list[dict[str, Any]]:
    """`depin.add_network` for jobs (a GPU's capacity is its multiplier) and for availability, each a week long."""
    shared = {"type": "depin.add_network", "reward_asset": "RENDER", "epoch_seconds": EPOCH_SECONDS}
    return [
        {**shared, "network": f"{prefix}-{name}", "emission_per_epoch": emission_per_epoch, "kinds": kinds}
        for name, kinds in (("jobs", {"gpu": "cm"}), ("availability", {"node": "node"}))
    ]
