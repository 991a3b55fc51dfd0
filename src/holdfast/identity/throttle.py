"""Growing delays after wrong passwords and codes, per person and per address, shared by all servers.

    failures in a row    person: password, or second factor    address
    no delay             1 and 2                               1 to 19
    1 s                  3                                     20
    2 s, 4 s, … 512 s    4, 5, … 12                            21, 22, … 29
    15 min               from 13 on                            from 30 on
    forgotten            after a day without one               after an hour without one

An attempt is counted before it is looked at, and uncounted when it was right: guesses that race are all counted.
Passkeys and wallets never come here, so nobody can be locked out of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from msgspec import Struct

from holdfast.errors import TooManyAttempts
from holdfast.identity.office import Office, Transaction
from holdfast.identity.records import Attempts, Where

LONGEST = 15 * 60
"""Seconds of the longest delay."""
FREE = {"person": 2, "factor": 2, "address": 19, "joined": 999}
"""How many failures in a row have no delay, by what is counted; `joined` are the new wallets from one address."""
FORGET = {"person": 86_400, "factor": 86_400, "address": 3_600, "joined": 3_600}
"""After how many seconds without a failure a count starts anew."""


def delay(kind: str, failures: int) -> int:
    """Seconds until the next attempt is looked at.

    Formula: 0 up to the free failures, then min(2^(failures − free − 1), 900).
    """
    beyond = failures - FREE[kind]
    return 0 if beyond <= 0 else min(2 ** min(beyond - 1, 20), LONGEST)


class Attempt(Struct, frozen=True):
    """An attempt that is counted already: whose counts, and what they are with it."""

    counts: tuple[tuple[str, int], ...]

    def is_noted(self) -> bool:
        """Whether its failure gets a log entry: at 1, 2, 4, 8 … failures of one of the counts."""
        return any(count & (count - 1) == 0 for _, count in self.counts)

    def failures(self) -> int:
        """The largest count: what the entry stands for."""
        return max((count for _, count in self.counts), default=1)


def keys(kind: str, name: str, where: Where) -> tuple[str, ...]:
    """What an attempt is counted under: the name (hashed, it may be a mistyped password), and the address."""
    named = f"{kind}:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
    place = place_of(where.address)
    return (named, f"address:{place}") if place else (named,)


def place_of(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 one: its owner has all of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), 64), strict=False).network_address)


class Throttle:
    """The counts of an office."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def attempt(self, counted: Sequence[str]) -> Attempt:
        """Count an attempt as a failure before it is looked at.

        Raises: TooManyAttempts with `retry_after` (seconds) where a delay still runs; nothing is counted then.
        """
        self._require_due(counted, self._office, self._office.now())  # a flood costs no transaction
        counts: list[tuple[str, int]] = []
        if not counted:
            return Attempt(())
        with self._office.write() as t:
            self._require_due(counted, t, t.now)
            for key in counted:
                kind = key.partition(":")[0]
                kept = t.get(Attempts, key)
                failures = 1 if kept is None or kept.expires <= t.now else kept.failures + 1
                t.put(Attempts(key, failures, t.now + delay(kind, failures), t.now + FORGET[kind]))
                counts.append((key, failures))
        return Attempt(tuple(counts))

    @staticmethod
    def _require_due(counted: Sequence[str], reader: Office | Transaction, now: int) -> None:
        wait = max((kept.not_before - now for key in counted if (kept := reader.get(Attempts, key))), default=0)
        if wait > 0:
            raise TooManyAttempts(f"Too many wrong attempts. Try again in {wait} s.", retry_after=wait)

    def succeeded(self, t: Transaction, attempt: Attempt) -> None:
        """The attempt was right: the person's count ends, the address's loses this one (others may guess there)."""
        for key, _ in attempt.counts:
            kept = t.get(Attempts, key)
            if kept is None:
                continue
            if not key.startswith("address:") or kept.failures <= 1:
                t.delete(Attempts, key)
            else:
                t.put(Attempts(key, kept.failures - 1, min(kept.not_before, t.now), kept.expires))
