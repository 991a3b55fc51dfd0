"""What is publicly known of real restaking protocols, as arguments for `strategy.add`.

A preset states the time that a withdrawal takes and for how long it can then be collected. Rates, caps and the loss
that is believable are the operator's to state: they change from day to day and from vault to vault.
"""

from __future__ import annotations

from msgspec import Struct

from holdfast.primitives.clock import DAY

FACTS_AS_OF = "2026-09"
"""The month in which the figures below were looked up; check them before money depends on them."""


class Preset(Struct, frozen=True):
    """A protocol's waiting times in seconds, and a sentence on what they stand for."""

    protocol: str
    cooldown_seconds: int
    redemption_window_seconds: int
    note: str

    def arguments(self) -> dict[str, str | int]:
        """The arguments of `strategy.add` that the preset knows; without a window there is none to state."""
        known: dict[str, str | int] = {"protocol": self.protocol, "cooldown_seconds": self.cooldown_seconds}
        if self.redemption_window_seconds:
            known["redemption_window_seconds"] = self.redemption_window_seconds
        return known


SUZAKU_EPOCH = 7 * DAY

PRESETS: dict[str, Preset] = {
    "benqi": Preset(
        "BENQI",
        15 * DAY,
        2 * DAY,
        "BENQI sAVAX: 15 days of cooldown, then two days to redeem; whoever misses them is restaked and must ask "
        "again.",
    ),
    "suzaku": Preset(
        "Suzaku",
        2 * SUZAKU_EPOCH,
        0,
        "Suzaku vaults: epochs of 7 days; a request in epoch e is claimable from epoch e + 2 on, which is after more "
        "than 7 and at most 14 days. The cooldown stated is that longest time. What is claimable stays so.",
    ),
}
