"""What is really there: a look at the machine, and what many looks come to.

Three figures, in basis points. Uptime: how much of the interval the agent was running (a machine that slept or was
off shows as a gap). Availability: in how many looks the resource answered. Quality: the least that was measured,
against what was registered. Whole numbers throughout; a figure is never above what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from msgspec import Struct

from holdfast.agent.config import Config
from holdfast.errors import Malformed
from holdfast.primitives.fixed_point import BPS, FLOOR, mul_div

MILLION = 10**6
GIB, GB = 2**30, 10**9


class Look(Struct, frozen=True):
    """One look: the second, the capacity found in millionths of the unit (None: no answer), and words for people."""

    at: int
    capacity: int | None
    told: str


class Figures(NamedTuple):
    """What a report says of its interval."""

    uptime_bps: int
    quality_bps: int
    availability_bps: int


def summed_up(looks: Sequence[Look], start: int, end: int, sample_seconds: int, registered: int) -> Figures:
    """The figures of [start, end).

    Formula:   uptime = 10,000 · seconds covered / (end − start), each look covering the `2 · sample_seconds` before it;
               availability = 10,000 · looks answered / looks;
               quality = 10,000 · min(least capacity found, registered) / registered
    Rounding:  floor.
    """
    inside = [look for look in looks if start < look.at <= end]
    covered, upto = 0, start
    for look in inside:
        covered += look.at - max(upto, look.at - 2 * sample_seconds)
        upto = look.at
    if inside:
        covered += min(end - upto, sample_seconds)
    answered = [look.capacity for look in inside if look.capacity is not None]
    if not answered:
        return Figures(mul_div(BPS, covered, end - start, rounding=FLOOR), 0, 0)
    return Figures(
        mul_div(BPS, covered, end - start, rounding=FLOOR),
        mul_div(BPS, min(*answered, registered), registered, rounding=FLOOR),
        mul_div(BPS, len(answered), len(inside), rounding=FLOOR),
    )


def prober(config: Config) -> Callable[[], tuple[int | None, str]]:
    """What looks at the configured kind: capacity in millionths of its unit (None: no answer), and words.

    Raises: Malformed where psutil is missing.
    """
    try:
        psutil = import_module("psutil")
    except ImportError:
        raise Malformed("The agent measures with psutil: install holdfast[agent].") from None
    probes: dict[str, Callable[[Any, Config], tuple[int | None, str]]] = {
        "cpu": _cpu,
        "memory": _memory,
        "storage": _storage,
        "bandwidth": _bandwidth,
        "gpu": _gpu,
        "node": _node,
    }
    probe = probes[config.kind]
    return lambda: probe(psutil, config)


def _cpu(psutil: Any, config: Config) -> tuple[int | None, str]:
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 0
    return cores * MILLION, f"{cores} cores, {psutil.cpu_percent():.0f} % busy"


def _memory(psutil: Any, config: Config) -> tuple[int | None, str]:
    memory = psutil.virtual_memory()
    return mul_div(
        memory.total, MILLION, GIB, rounding=FLOOR
    ), f"{memory.total // GIB} GiB, {memory.percent:.0f} % used"


def _storage(psutil: Any, config: Config) -> tuple[int | None, str]:
    try:
        disk = psutil.disk_usage(config.path)
    except OSError as error:
        return None, f"{config.path}: {error.strerror}"
    return mul_div(disk.total, MILLION, GB, rounding=FLOOR), f"{disk.total // GB} GB, {disk.percent:.0f} % used"


def _bandwidth(psutil: Any, config: Config) -> tuple[int | None, str]:
    up = {name: stats.speed for name, stats in psutil.net_if_stats().items() if stats.isup and name != "lo"}
    if config.interface is not None:
        up = {name: speed for name, speed in up.items() if name == config.interface}
    if not up:
        return None, "no interface is up"
    name, speed = max(up.items(), key=lambda item: (item[1], item[0]))
    return speed * MILLION, f"{name}, {speed} Mbit/s"


def _gpu(psutil: Any, config: Config) -> tuple[int | None, str]:
    try:
        pynvml = import_module("pynvml")
        pynvml.nvmlInit()
    except Exception:  # neither the library nor a driver: nothing here answers
        return None, "no GPU answers"
    try:
        names = []
        for number in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            names.append(str(pynvml.nvmlDeviceGetName(handle)))
            pynvml.nvmlDeviceGetMemoryInfo(handle)  # a card that has fallen off the bus fails here
        return (len(names) * MILLION, ", ".join(names)) if names else (None, "no GPU answers")
    except pynvml.NVMLError as error:
        return None, f"GPU: {error}"
    finally:
        pynvml.nvmlShutdown()


def _node(psutil: Any, config: Config) -> tuple[int | None, str]:
    cores, memory = psutil.cpu_count() or 0, psutil.virtual_memory()
    return config.capacity_millionths, f"{cores} threads, {memory.total // GIB} GiB"
