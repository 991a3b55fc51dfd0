"""The four weeks before somebody opens the demo's terminal: strategies that earn, nodes that report, a position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from holdfast.primitives.clock import DAY, format_instant

if TYPE_CHECKING:
    from holdfast.engine.service import Service

HOUR = 3_600
WEEKS = 4
NETWORK, ATTESTOR = "flux-cumulus", "bench"
EMISSION = "1.2"
"""FLUX a day for three nodes: of 2,880 that the tier gets a day, the part of three among some 7,000."""
NODES = (("node-67.165.64.194", "alice", 10_000, 9_900), ("node-65.108.104.93", "alice", 9_990, 10_000),
         ("node-162.55.241.254", "carol", 9_850, 9_700))  # fmt: skip
"""Nodes with their owners, uptime and quality in basis points."""
STRATEGIES = (("benqi-15d", "BENQI", [["0", 520], ["600", 340]], "1000", 15 * DAY, 2 * DAY, "700", "0.66"),
              ("suzaku-14d", "Suzaku", [["0", 410]], "800", 14 * DAY, 0, "400", "0.31"))  # fmt: skip
"""Name, protocol, yields, cap, cooldown, window, what lies there, and what it gains in a week."""
ERA = 2 * HOUR
ERAS = 24
"""Eras for which the position is open: two days."""
REWARD = "0.027"
"""CSPR an era for 1,600 that are delegated: 8 % a year less the validator's commission."""


class Event(NamedTuple):
    """A command at its instant."""

    at: int
    kind: str
    actor: str
    fields: dict[str, Any]


class Past:
    """What happens at which instant of the weeks that end now; then all of it, in the order of time."""

    def __init__(self, service: Service, now: int) -> None:
        self.service, self.now = service, max(now, service.state.now)
        self.begin = max(service.state.now, now - WEEKS * 7 * DAY)
        self.is_whole = self.begin == now - WEEKS * 7 * DAY
        """Whether there is room for all of it: the machine's clock may stand before the story's end."""
        self._events: list[Event] = []

    def at(self, second: int, kind: str, actor: str, /, **fields: Any) -> None:
        """Note a command; a field may be a function that gives it once the time has come."""
        self._events.append(Event(max(self.begin, min(second, self.now)), kind, actor, fields))

    def play(self) -> None:
        """Carry all of it out. Raises: Corrupt where a command is refused."""
        from holdfast.errors import Corrupt
        from holdfast.wire import codec

        for number, event in enumerate(sorted(self._events, key=lambda one: one.at)):
            given = {name: value() if callable(value) else value for name, value in event.fields.items()}
            command = codec.command(event.kind, f"demo-terminal-{number}", event.actor, **given)
            receipt = self.service.submit(command, event.at)
            if receipt.status != "applied":
                raise Corrupt(f"The demo's {event.kind} of {event.actor} was refused: {receipt.error}")


def live(service: Service, now: int) -> None:
    """Play the four weeks up to now. Raises: Corrupt where a command is refused."""
    past = Past(service, now)
    _enter(past)
    _deploy(past)
    if past.is_whole:
        _contribute(past)
    _borrow(past)
    past.at(past.now - DAY, "vault.request_redeem", "alice", vault="FLUX", shares="60")
    past.at(past.now - DAY, "vault.settle", "keeper", vault="FLUX")
    past.at(past.now, "vault.request_redeem", "carol", vault="FLUX", shares="300")
    past.at(past.now, "portfolio.plan", "operator", vault="FLUX", buffer_bps=2_000)
    past.play()


def _enter(past: Past) -> None:
    """Holders stake and pay in."""
    begin, state = past.begin, past.service.state
    past.at(begin, "faucet.drip", "alice", asset="VG", amount="40000")
    past.at(begin, "faucet.drip", "alice", asset="VC", amount="1000000")
    past.at(begin, "booster.stake", "alice")
    past.at(begin, "term.stake", "alice", amount="15000", booster=lambda: [*state.boosters][-1])
    past.at(begin, "term.stake", "alice", amount="5000")
    past.at(begin, "vault.deposit", "alice", vault="FLUX", assets="500")
    past.at(begin, "faucet.drip", "carol", asset="FLUX", amount="900")
    past.at(begin, "vault.deposit", "carol", vault="FLUX", assets="900")
    past.at(begin, "term.stake", "carol", amount="12000")
    past.at(begin, "asset.mint", "operator", asset="FLUX", to="operator", amount="9000")


def _deploy(past: Past) -> None:
    """Two strategies, and what they gain from week to week."""
    for name, protocol, curve, cap, cooldown, window, amount, gain in STRATEGIES:
        past.at(
            past.begin, "strategy.add", "operator", vault="FLUX", strategy=name, protocol=protocol, yield_curve=curve,
            cap=cap, cooldown_seconds=cooldown, redemption_window_seconds=window,
        )  # fmt: skip
        past.at(past.begin, "strategy.allocate", "operator", vault="FLUX", strategy=name, amount=amount)
        for week in range(1, WEEKS):
            past.at(past.begin + week * 7 * DAY, "strategy.report", "oracle", strategy=name, gain=gain)


def _contribute(past: Past) -> None:
    """A week of a network's epochs of a day; in the open one its nodes have reported as well."""
    start, key = past.now - 7 * DAY + 10 * HOUR, _Key()
    past.at(
        start, "depin.add_network", "operator", network=NETWORK, reward_asset="FLUX", epoch_seconds=DAY,
        emission_per_epoch=EMISSION, kinds={"cumulus": "node"},
    )  # fmt: skip
    past.at(start, "depin.add_attestor", "operator", network=NETWORK, attestor=ATTESTOR, public_key=key.public)
    past.at(start, "depin.fund", "operator", network=NETWORK, amount="100")
    for name, owner, *_ in NODES:
        past.at(
            start, "depin.register_resource", owner, network=NETWORK, resource=name, kind="cumulus", unit="node",
            capacity="1",
        )  # fmt: skip
    for number in range(7):
        since, end = start + number * DAY, start + (number + 1) * DAY
        until = min(end, past.now)
        for name, _, uptime, quality in NODES:
            report = key.report(name, since, until, uptime, quality, number + 1)
            past.at(until, "depin.report", ATTESTOR, **report)
        if until == end:
            past.at(end, "depin.close_epoch", "keeper", network=NETWORK)


def _borrow(past: Past) -> None:
    """Frank borrows; the eras of two days pass."""
    state = past.service.state
    validator = next(name for name, one in state.validators.items() if one.active)
    opened = max(past.begin, past.now - ERAS * ERA)
    past.at(opened, "faucet.drip", "frank", asset="CSPR", amount="1000")
    past.at(opened, "leverage.open_position", "frank", deposit="400", leverage=4, validator=validator)
    for number in range(1, ERAS + 1):
        past.at(
            opened + number * ERA, "network.end_era", "oracle", era=lambda: state.era + 1, rewards={validator: REWARD}
        )  # fmt: skip


class _Key:
    """The benchmarks' ed25519 key, always the same."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(b"the benchmarks of the demo nodes")
        self.public = self._key.public_key().public_bytes_raw().hex()

    def report(self, node: str, since: int, until: int, uptime: int, quality: int, number: int) -> dict[str, Any]:
        """The fields of a signed report."""
        from holdfast.primitives.signatures import report_message

        message = report_message(NETWORK, node, since, until, uptime, quality, 10_000, number)
        return {
            "resource": node, "from_": format_instant(since), "to": format_instant(until), "uptime_bps": uptime,
            "quality_bps": quality, "availability_bps": 10_000, "sequence": number,
            "signature": self._key.sign(message).hex(),
        }  # fmt: skip
