"""What decides a way out of a vault: a stable code with its figures, and the same as an English sentence."""

from __future__ import annotations

from msgspec import Struct

Figure = str | int

_SAID = {
    "ahead": "{count} requests ahead for {amount}",
    "brings": "{request} of {strategy} brings {amount} on {ready_at}",
    "brings_until": "{request} of {strategy} brings {amount} on {ready_at}, to be collected before {until}",
    "could_bring": "{strategy} could bring {amount} on {ready_at} if asked now",
    "could_bring_until": "{strategy} could bring {amount} on {ready_at} if asked now, to be collected before {until}",
    "frozen": "{account} is frozen for {asset}: it waits until that is lifted",
    "idle": "{idle} {asset} idle",
    "idle_quoted": "{idle} {asset} idle, {quoted} of it quoted to pending requests",
    "idle_quoted_short": "{idle} {asset} idle, {quoted} of it quoted to pending requests; {needed} are needed",
    "idle_short": "{idle} {asset} idle; {needed} are needed",
    "idle_then": "{idle} {asset} idle then",
    "lower": "paid is the lower of this quote and the value when it is filled",
    "more_than_free": "more than is free now: then by the queue, unless more is idle by that time",
    "next_settle": "filled at the next settle",
    "one_ahead": "1 request ahead for {amount}",
    "part_at_once": "{assets} {asset} at once for {shares} {share}",
    "profit_unlocks": "{locked} {asset} of profit unlock until {until}: {more} more for you",
    "rest_unknown": "the rest cannot be told",
    "set_aside": "set aside for {request} alone, paid to {receiver}",
    "shares_back": "the shares come back, worth {worth} {asset} now; the quote was {quote}",
    "treasury_first": "of what returns {amount} go to the treasury first",
}

CODES = tuple(_SAID)
"""Every code that there is."""


class Reason(Struct, frozen=True):
    """One reason. `figures` are texts: amounts in whole tokens, instants, names."""

    code: str
    figures: dict[str, Figure] = {}

    @property
    def text(self) -> str:
        """The English sentence."""
        return _SAID[self.code].format(**self.figures)


def reason(code: str, /, **figures: Figure) -> Reason:
    """A reason of this code."""
    return Reason(code, figures)
