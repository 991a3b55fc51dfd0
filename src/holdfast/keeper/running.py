"""A keeper at work: step after step until it is told to stop, in a thread or on an event loop."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from threading import Event

from holdfast.errors import Unavailable
from holdfast.keeper.loop import Keeper, Step

INTERVAL = 5.0
"""Seconds between two steps when nothing is left to do."""

LONGEST_PAUSE = 60.0
"""Seconds that a keeper waits at most before it tries again what could not be reached."""

Tell = Callable[[Step], None]
Trouble = Callable[[Unavailable, float], None]


class Pauses:
    """How long to wait between steps: not at all while there is more to do, else the interval; longer in trouble."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._failures = 0

    def after(self, step: Step) -> float:
        """Seconds after a step that went through."""
        self._failures = 0
        return 0.0 if step.more else jittered(self._interval)

    def after_trouble(self) -> float:
        """Seconds after one that did not: the interval, twice it, four times …, at most a minute."""
        longest = max(LONGEST_PAUSE, self._interval)
        pause = min(self._interval * 2**self._failures, longest)
        self._failures = min(self._failures + 1, 20)
        return jittered(pause)


def jittered(seconds: float) -> float:
    """A pause up to a tenth longer or shorter, so that several servers do not look in step."""
    return seconds * (0.9 + secrets.randbelow(2_001) / 10_000)


def _quiet(step: Step) -> None:
    """Nobody wants to hear of it."""


def _unheard(error: Unavailable, pause: float) -> None:
    """Nobody wants to hear of it."""


def run(
    keeper: Keeper, stop: Event, *, interval: float = INTERVAL, tell: Tell = _quiet, trouble: Trouble = _unheard
) -> None:
    """Step after step until `stop` is set. A step that has begun is brought to its end.

    `tell` hears of every step; `trouble` of what could not be reached, and in how many seconds it is tried again.
    Raises: Corrupt (the desk takes no commands any more), and what `tell` and `trouble` raise.
    """
    pauses = Pauses(interval)
    while not stop.is_set():
        stop.wait(_stepped(keeper, pauses, tell, trouble))


async def run_async(
    keeper: Keeper,
    stop: asyncio.Event,
    *,
    interval: float = INTERVAL,
    tell: Tell = _quiet,
    trouble: Trouble = _unheard,
) -> None:
    """`run` on an event loop, which never waits for the desk: steps, `tell` and `trouble` happen in a thread.

    A step that has begun is brought to its end, also when this is cancelled. Raises: as `run`.
    """
    pauses = Pauses(interval)
    while not stop.is_set():
        work = asyncio.create_task(asyncio.to_thread(_stepped, keeper, pauses, tell, trouble))
        try:
            pause = await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()
            raise
        if pause == 0:
            await asyncio.sleep(0)
            continue
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            continue


def _stepped(keeper: Keeper, pauses: Pauses, tell: Tell, trouble: Trouble) -> float:
    """One step; the seconds to wait after it."""
    try:
        step = keeper.step()
    except Unavailable as error:
        pause = pauses.after_trouble()
        trouble(error, pause)
        return pause
    tell(step)
    return pauses.after(step)
