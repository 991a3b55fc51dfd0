"""A small network of our own for demonstrations and simulations: deterministic, without I/O, a clock or randomness.

The devnet is a frozen value; `next_era` makes the next one of it and says what the network reports to the desk.
Amounts are motes inside and whole CSPR as text in commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import structs

from holdfast.errors import Malformed
from holdfast.networks.cspr import Command, cspr_motes, cspr_text
from holdfast.primitives.clock import YEAR, format_instant
from holdfast.primitives.fixed_point import BPS, FLOOR, bps_of, mul_div

NO_SLASHES: Mapping[str, int] = {}
_NAME = re.compile(r"\A[A-Za-z0-9._:-]{1,128}\Z")


class DevnetValidator(msgspec.Struct, frozen=True):
    """A validator: its name, its own stake in motes (which earns as well) and its commission."""

    name: str
    stake: int
    commission_bps: int


class Devnet(msgspec.Struct, frozen=True):
    """The network at the end of `era`, at Unix second `at`. `rate_bps` is the yearly reward before commission."""

    validators: tuple[DevnetValidator, ...]
    rate_bps: int
    era_seconds: int
    era: int
    at: int


def make_devnet(
    validators: tuple[DevnetValidator, ...], *, rate_bps: int, era_seconds: int = 7_200, era: int = 0, at: int = 0
) -> Devnet:
    """A devnet whose next era is `era` + 1 and ends `era_seconds` after `at`.

    Units:   motes, bps, seconds.
    Raises:  Malformed naming the field: a name that is none or is there twice, a negative stake, a commission outside
             0..10,000 bps, a negative rate, era or instant, an era shorter than a second.
    """
    names = [validator.name for validator in validators]
    for validator in validators:
        _require(bool(_NAME.match(validator.name)), "name", "1 to 128 letters, digits or . _ : -", validator.name)
        _require(names.count(validator.name) == 1, "name", "each validator once", validator.name)
        _require(validator.stake >= 0, "stake", "motes, 0 or more", validator.stake)
        _require(0 <= validator.commission_bps <= BPS, "commission_bps", f"0 to {BPS}", validator.commission_bps)
    _require(rate_bps >= 0, "rate_bps", "0 or more", rate_bps)
    _require(era_seconds >= 1, "era_seconds", "1 or more", era_seconds)
    _require(era >= 0, "era", "0 or more", era)
    _require(at >= 0, "at", "Unix seconds, 0 or more", at)
    return Devnet(validators, rate_bps, era_seconds, era, at)


def builtin_devnet(at: int = 0) -> Devnet:
    """The devnet that needs no settings: four validators, eras of two hours, 8 % a year before commission."""
    return make_devnet(
        (
            DevnetValidator("devnet-anchor", cspr_motes("2000000"), 500),
            DevnetValidator("devnet-beacon", cspr_motes("1500000"), 1_000),
            DevnetValidator("devnet-cleat", cspr_motes("750000"), 0),
            DevnetValidator("devnet-dolphin", cspr_motes("250000"), 2_000),
        ),
        rate_bps=800,
        at=at,
    )


def register_commands(devnet: Devnet, actor: str = "operator") -> Iterator[Command]:
    """`validator.register` for every validator of the devnet, at its present instant."""
    for validator in devnet.validators:
        yield {
            "id": f"devnet-register-{validator.name}",
            "at": format_instant(devnet.at),
            "actor": actor,
            "type": "validator.register",
            "validator": validator.name,
            "commission_bps": validator.commission_bps,
        }


def era_reward(stake: int, rate_bps: int, commission_bps: int, seconds: int) -> int:
    """What a stake earns in one era, commission taken off.

    Formula:   stake · rate_bps · seconds · (10,000 - commission_bps) / (10,000 · 31,536,000 · 10,000)
    Units:     motes -> motes; a year is 365 days; nothing compounds within an era.
    Rounding:  floor, once at the end.
    Raises:    nothing.
    """
    return mul_div(stake * rate_bps * seconds, BPS - commission_bps, BPS * YEAR * BPS, rounding=FLOOR)


def next_era(
    devnet: Devnet, stakes: Mapping[str, int], slashes: Mapping[str, int] = NO_SLASHES
) -> tuple[Devnet, Command]:
    """End one era: the devnet after it, and the `network.end_era` that the oracle reports.

    `stakes` are the motes delegated at each validator now (one left out has none), `slashes` the bps that each
    offender loses. The command carries the delegators' rewards, in the validators' order, without those of 0.
    Formula:   rewards: `era_reward` of the delegated stake. The validator's own stake grows by its own reward and by
               the commission (reward without commission less reward with it), then loses floor(stake · bps / 10,000).
    Units:     motes in, whole CSPR as text in the command.
    Rounding:  floor.
    Raises:    Malformed for a validator that the devnet does not have, a negative stake, a slash outside 0..10,000 bps.
    """
    _check_known(devnet, stakes, slashes)
    rewards = {
        v.name: era_reward(stakes.get(v.name, 0), devnet.rate_bps, v.commission_bps, devnet.era_seconds)
        for v in devnet.validators
    }
    after = structs.replace(
        devnet,
        era=devnet.era + 1,
        at=devnet.at + devnet.era_seconds,
        validators=tuple(
            _after_era(v, devnet, stakes.get(v.name, 0), rewards[v.name], slashes.get(v.name, 0))
            for v in devnet.validators
        ),
    )
    command: Command = {
        "id": f"devnet-end-era-{after.era}",
        "at": format_instant(after.at),
        "actor": "oracle",
        "type": "network.end_era",
        "era": after.era,
        "rewards": {name: cspr_text(reward) for name, reward in rewards.items() if reward},
    }
    lost = {v.name: slashes[v.name] for v in devnet.validators if v.name in slashes}
    return after, command | ({"slashes": lost} if lost else {})


def stakes_after(stakes: Mapping[str, int], command: Command) -> dict[str, int]:
    """The delegated stakes once a desk has applied a `network.end_era`, if nobody else acts.

    Formula:   stake + reward, then less floor(stake · bps / 10,000) for a slash; a reward without stake adds nothing.
    Units:     motes.
    Raises:    Malformed for a reward that is no amount.
    """
    rewards, slashes = command["rewards"], command.get("slashes", NO_SLASHES)
    grown = {name: stake + (cspr_motes(rewards.get(name, "0")) if stake else 0) for name, stake in stakes.items()}
    return {name: stake - bps_of(stake, slashes.get(name, 0), rounding=FLOOR) for name, stake in grown.items()}


def run_eras(
    devnet: Devnet, stakes: Mapping[str, int], eras: int, slashes: Mapping[int, Mapping[str, int]] | None = None
) -> Iterator[Command]:
    """`network.end_era` for a number of eras in which nobody delegates or withdraws; `slashes` are keyed by era."""
    for _ in range(eras):
        devnet, command = next_era(devnet, stakes, (slashes or {}).get(devnet.era + 1, NO_SLASHES))
        stakes = stakes_after(stakes, command)
        yield command


def _after_era(validator: DevnetValidator, devnet: Devnet, delegated: int, net: int, slash_bps: int) -> DevnetValidator:
    gross = era_reward(delegated, devnet.rate_bps, 0, devnet.era_seconds)
    own = era_reward(validator.stake, devnet.rate_bps, 0, devnet.era_seconds)
    grown = validator.stake + own + gross - net
    return structs.replace(validator, stake=grown - bps_of(grown, slash_bps, rounding=FLOOR))


def _check_known(devnet: Devnet, stakes: Mapping[str, int], slashes: Mapping[str, int]) -> None:
    names = {validator.name for validator in devnet.validators}
    for name, stake in stakes.items():
        _require(name in names, "stakes", "validators of this devnet", name)
        _require(stake >= 0, "stakes", "motes, 0 or more", stake)
    for name, bps in slashes.items():
        _require(name in names, "slashes", "validators of this devnet", name)
        _require(0 <= bps <= BPS, "slashes", f"0 to {BPS} bps", bps)


def _require(fits: bool, field: str, expected: str, got: str | int) -> None:
    if not fits:
        raise Malformed(f"devnet: {field}: expected {expected}, got {got!r}", file=None, field=field)
