"""From looks to signed reports: which interval is reported when, and what a report says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.agent.config import Config
from holdfast.agent.keys import SigningKey
from holdfast.agent.measure import Figures, Look, summed_up
from holdfast.agent.spool import Spool
from holdfast.primitives.clock import format_instant, parse_instant
from holdfast.primitives.fixed_point import CEIL, mul_div
from holdfast.primitives.signatures import report_message


def interval_end(config: Config, start: int) -> int:
    """Where an interval that starts at `start` ends: after `interval_seconds`, or where the network's epoch does."""
    end = start + config.interval_seconds
    if config.epoch is None:
        return end
    began, length = parse_instant(config.epoch.started_at), config.epoch.seconds
    if start < began:
        return min(end, began)
    epochs = mul_div(start + 1 - began, 1, length, rounding=CEIL)
    return min(end, began + epochs * length)


def signed_report(config: Config, key: SigningKey, start: int, end: int, figures: Figures) -> dict[str, Any]:
    """A `depin.report` command. Its number is the second at which it ends, which rises by itself."""
    message = report_message(config.network, config.resource, start, end, *figures, end)
    return {
        "id": f"{config.resource}-{end}",
        "actor": config.attestor,
        "type": "depin.report",
        "resource": config.resource,
        "from": format_instant(start),
        "to": format_instant(end),
        "uptime_bps": figures.uptime_bps,
        "quality_bps": figures.quality_bps,
        "availability_bps": figures.availability_bps,
        "sequence": end,
        "signature": key.sign(message),
    }


class Agent:
    """Looks at the machine and keeps a signed report of every interval.

    `clock` gives Unix seconds, `sleep` waits so many of them, `show` is called after every look, `kept` after every
    report; all come from outside. Time in which the agent did not run is not reported. A clock that is set back makes
    no second report of a time: the agent waits until it has caught up.
    """

    def __init__(
        self,
        config: Config,
        key: SigningKey,
        spool: Spool,
        probe: Callable[[], tuple[int | None, str]],
        *,
        clock: Callable[[], int],
        sleep: Callable[[int], None],
        show: Callable[[Agent], None] = lambda agent: None,
        kept: Callable[[], None] = lambda: None,
    ) -> None:
        self._config, self._key, self._spool, self._probe = config, key, spool, probe
        self._clock, self._sleep, self._show, self._kept = clock, sleep, show, kept
        self._looks: list[Look] = []
        self._start = 0
        self.reports = 0
        self.told = ""

    def run(self, count: int | None = None) -> None:
        """Report until `count` reports are kept, else for ever; Ctrl-C keeps the time since the last one, too."""
        self._start = max(self._clock(), self._spool.last or 0)
        try:
            while count is None or self.reports < count:
                end = interval_end(self._config, self._start)
                self._watch(end)
                late = self._clock() - end > self._config.interval_seconds
                self._report(end)
                if late:  # the machine slept: that time is nobody's to attest
                    self._start = self._clock()
        except KeyboardInterrupt:
            now = min(self._clock(), interval_end(self._config, self._start))
            if now > self._start and self._looks:
                self._report(now)
            raise

    def _watch(self, end: int) -> None:
        while True:
            now = self._clock()
            capacity, self.told = self._probe()
            if self._start < now <= end:
                self._looks.append(Look(now, capacity, self.told))
            self._show(self)
            if now >= end:
                return
            self._sleep(min(self._config.sample_seconds, max(end - now, 1)))

    def _report(self, end: int) -> None:
        config = self._config
        figures = summed_up(self._looks, self._start, end, config.sample_seconds, config.capacity_millionths)
        self._spool.append(signed_report(config, self._key, self._start, end, figures))
        self.reports += 1
        self._kept()
        self._start, self._looks = end, []
        self._show(self)
