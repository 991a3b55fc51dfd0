"""What all tests share: the desk fixture, and how long Hypothesis may search (HYPOTHESIS_PROFILE)."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from support import Desk

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("dev", max_examples=60, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("ci", max_examples=100, deadline=None, suppress_health_check=_SLOW, derandomize=True)
settings.register_profile("deep", max_examples=3_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


signal.signal(signal.SIGINT, signal.default_int_handler)
"""What a shell starts in the background ignores Ctrl-C, and so would all that the tests start."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests of pages, of stores and of time wait a good deal."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.fixture
def desk() -> Desk:
    """An empty desk of the standard genesis, at the start of 2026."""
    return Desk()
