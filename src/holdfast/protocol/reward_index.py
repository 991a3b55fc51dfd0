"""Sharing a stream among weights without a loop: an accumulator per unit of weight.

Formula:   accumulated += floor((amount · 10^18 + remainder) / weight), the remainder kept for the next accrual;
           a share of weight w that joined at `since` has earned floor(w · (accumulated − since) / 10^18).
Source:    the accumulator of MasterChef and Synthetix; decision V12.
"""

from __future__ import annotations

from holdfast.primitives.fixed_point import FLOOR, divide, mul_div
from holdfast.protocol.records import FeeKey, FeePool

PRECISION = 10**18


def accrue(pool: FeePool, amount: int) -> FeePool:
    """The pool after `amount` base units arrived; with no weight yet they wait outside of it.

    Rounding: floor, and what is floored away is carried in `remainder`.
    """
    if pool.weight == 0 or amount == 0:
        return pool
    total = amount * PRECISION + pool.remainder
    step = divide(total, pool.weight, rounding=FLOOR)
    return FeePool(pool.id, pool.accumulated + step, total - step * pool.weight, pool.weight)


def join(pool: FeePool, weight: int) -> FeePool:
    """The pool with a new share of `weight`, which earns from the accumulator's present value on."""
    return FeePool(pool.id, pool.accumulated, pool.remainder, pool.weight + weight)


def claimable(pool: FeePool, key: FeeKey) -> int:
    """Base units that a key has earned and not been paid.

    Formula:   floor(weight · (accumulated − since) / 10^18) − paid
    Rounding:  floor; it may be a base unit short until the next accrual.
    """
    return mul_div(key.weight, pool.accumulated - key.since, PRECISION, rounding=FLOOR) - key.paid
