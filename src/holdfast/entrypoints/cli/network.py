"""`holdfast network`: what real networks publish, into a desk, a scenario, or a table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Everything, Json

if TYPE_CHECKING:
    from holdfast.engine.service import Service
    from holdfast.networks.casper.records import Auction, Validator
    from holdfast.networks.casper.scenario import ScenarioSummary

LOT = 500
"""Commands to one commit."""
SHOWN = 20
"""Validators that `show` lists unless all are asked for."""

AuctionFile = Annotated[
    str, typer.Argument(metavar="FILE", help="Auction info of a Casper node 1.x or 2.x, plain or gzip.")
]


def import_(
    file: AuctionFile,
    db: Database = None,
    actor: Annotated[str, typer.Option(help="Who registers; needs the role operator.")] = "operator",
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it happens, in a simulation.", show_default=False)
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="OUT.jsonl", help="Write a scenario instead.", show_default=False)
    ] = None,
    desk_out: Annotated[
        str | None, typer.Option(metavar="OUT.toml", help="Write the desk file it needs.", show_default=False)
    ] = None,
    era_info: Annotated[
        str | None, typer.Option(metavar="FILE", help="The era's rewards, for the scenario.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
    json: Json = False,
) -> None:
    """Read a Casper auction document into a desk or a scenario.

    On a desk every validator is registered with its commission, its limits and whether it is active, at the system's
    present second or at --at; those registered already are left as they are. With --scenario nothing is registered: a
    file of commands is written in which every real delegation is a holder's position and, with --era-info, an era ends
    with the rewards that were really paid.

    \b
    Examples:
      holdfast network import auction.json.gz --db desk.db
      holdfast network import auction.json.gz --scenario all.jsonl --desk-out all.toml --era-info era.json.gz
      holdfast run all.jsonl --desk all.toml --db all.db
    """
    from holdfast.errors import Malformed
    from holdfast.networks.casper.auction import read_auction

    if scenario is None and (era_info is not None or desk_out is not None):
        option = "--era-info" if era_info is not None else "--desk-out"
        raise Malformed(f"{option} goes with --scenario: say where the scenario shall be written.", field=option)
    if not force:
        _require_new(scenario, desk_out)
    auction = read_auction(file)
    if scenario is None:
        _into_desk(auction, file, db, actor, at, json=json)
    else:
        _into_scenario(auction, file, scenario, desk_out, era_info, json=json)


def show(file: AuctionFile, everything: Everything = False, json: Json = False) -> None:
    """Show the validators of a Casper auction document, the largest first.

    \b
    Examples:
      holdfast network show auction.json.gz
      holdfast network show auction.json.gz --json | jq '.validators[0]'
    """
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.networks.casper.auction import check_weights, read_auction

    auction = read_auction(file)
    ranked = sorted(auction.validators, key=lambda validator: (-validator.total_stake, validator.key))
    weights = check_weights(auction)
    if json:
        emit(
            {
                **_facts(auction, file),
                "weights": {
                    "era": weights.era,
                    "checked": weights.checked,
                    "mismatches": [mismatch.validator for mismatch in weights.mismatches],
                },
                "validators": [_validator_object(validator) for validator in ranked],
            }
        )
        return
    from holdfast.entrypoints.cli.figures import table

    out, listed = console(), ranked if everything else ranked[:SHOWN]
    _print_headline(auction)
    columns = ("validator", "own CSPR", "delegated", "delegators", "fee", "active")
    out.print(table(columns, [_validator_row(validator) for validator in listed], left=(0, 5)))
    if len(listed) < len(ranked):
        out.print(f"\n{len(ranked) - len(listed):,} more validators: --all lists them.")
    agree = weights.checked - len(weights.mismatches)
    out.print(f"\n{agree:,} of {weights.checked:,} weights of era {weights.era:,} are own stake plus delegations.")


def _into_desk(auction: Auction, file: str, db: str | None, actor: str, at: str | None, *, json: bool) -> None:
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.errors import ERRORS, NotAuthorized, Rejected
    from holdfast.primitives.clock import parse_instant, system_clock

    moment = None if at is None else parse_instant(at)
    with desk(db, system_clock) as service:
        state = service.state
        if not state.has_role(actor, "operator"):
            raise NotAuthorized(f"{actor} lacks the role operator; name who registers with --actor.", actor=actor)
        known = {validator.key for validator in auction.validators if validator.key in state.validators}
        registered = _register(service, auction, known, actor, moment)
        seq = service.state.seq
    refused = [receipt for receipt in registered if receipt.error]
    if refused:
        problem = refused[0].error
        kind = ERRORS.get(problem.code, Rejected)
        raise kind(f"{file}: {len(refused)} of {len(registered)} commands were refused, first: {problem.message}")
    fresh = [validator for validator in auction.validators if validator.key not in known]
    inactive = sum(not validator.active for validator in fresh)
    if json:
        counts = {"registered": len(fresh), "inactive": inactive, "skipped": len(known), "seq": seq}
        emit({**_facts(auction, file), **counts})
        return
    _print_headline(auction)
    said = f"{len(fresh):,} validators are registered now, {inactive:,} of them inactive"
    console().print(f"{said}; {len(known):,} were there already.")


def _register(service: Service, auction: Auction, known: set[str], actor: str, at: int | None) -> list[Any]:
    """Carry out the registrations in lots; the receipts."""
    from holdfast.engine.service import Submission
    from holdfast.entrypoints.cli.output import advance
    from holdfast.networks.casper.scenario import register_commands
    from holdfast.wire import codec

    base = f"casper-{auction.era}-{service.state.seq}"
    commands = [command for command in register_commands(auction, actor) if command["validator"] not in known]
    built = [
        Submission(codec.decode({"id": f"{base}-{number}", **command}).command, at)
        for number, command in enumerate(commands, 1)
    ]
    receipts: list[Any] = []
    with advance("register", len(built), least=LOT) as shown:
        for start in range(0, len(built), LOT):
            receipts += service.submit_many(built[start : start + LOT])
            shown(len(receipts))
    return receipts


def _into_scenario(
    auction: Auction, file: str, scenario: str, desk_out: str | None, era_info: str | None, *, json: bool
) -> None:
    from holdfast.entrypoints.cli.output import advance, console, emit, say
    from holdfast.networks.casper import scenario as scenarios
    from holdfast.networks.casper.rewards import read_era_info
    from holdfast.networks.cspr import cspr_text

    info = None if era_info is None else read_era_info(era_info)
    if info is not None and info.era != auction.era - 1:
        say(f"holdfast: {era_info} is of era {info.era}; the auction's last ended era is {auction.era - 1}.")
    summary = scenarios.summarize(auction, info)
    with advance("write", summary.commands) as shown:
        _write(scenario, _lines(scenarios.scenario(auction, info), shown))
    if desk_out is not None:
        _write(desk_out, iter([scenarios.desk_toml().encode()]))
    if json:
        amounts = {"delegated": cspr_text(summary.delegated), "rewards": cspr_text(summary.rewards)}
        counts = {
            name: getattr(summary, name)
            for name in ("commands", "inactive", "skipped", "outside_limits", "rewarded")
        }  # fmt: skip
        written = {"scenario": scenario, "desk": desk_out}
        emit({**_facts(auction, file), **amounts, **counts, "unregistered": cspr_text(summary.unregistered), **written})
        return
    _print_headline(auction)
    for line in _told(summary, scenario, desk_out):
        console().print(line)


def _told(summary: ScenarioSummary, scenario: str, desk_out: str | None) -> list[str]:
    """What was written, as sentences."""
    said = [f"{scenario}: {summary.commands:,} commands, {summary.delegations:,} positions of holders."]
    if summary.rewarded:
        said.append(f"Era 1 pays {_whole(summary.rewards)} CSPR to the delegators of {summary.rewarded:,} validators.")
    if summary.skipped:
        said.append(f"{summary.skipped:,} delegations of 0 are left out: no position holds nothing.")
    if summary.unregistered:
        said.append(f"{_whole(summary.unregistered)} CSPR went to delegators of validators without a bid; left out.")
    options = f"--desk {desk_out} --db FILE.db" if desk_out else "--db FILE.db"
    if desk_out is None:
        said.append("The desk must take delegations of any size: --desk-out writes the file that says so.")
    return [*said, f"Next: holdfast run {scenario} {options}"]


def _lines(commands: Iterator[dict[str, Any]], shown: Any) -> Iterator[bytes]:
    import msgspec

    encode = msgspec.json.encode
    for number, command in enumerate(commands, 1):
        if number % LOT == 0:
            shown(number)
        yield encode(command) + b"\n"


def _require_new(*names: str | None) -> None:
    """Raises: Malformed where one of the files is there already."""
    from holdfast.errors import Malformed

    for name in names:
        if name is not None and Path(name).exists():
            raise Malformed(f"{name} exists already; --force writes over it.", file=name)


def _write(name: str, parts: Iterator[bytes]) -> None:
    """A file as a whole or not at all. Raises: Malformed or Unavailable where it cannot be written."""
    from holdfast.wire.problems import from_os_error

    path = Path(name)
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise from_os_error(error, "write") from None
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _facts(auction: Auction, file: str) -> dict[str, Any]:
    return {
        "file": file,
        "era": auction.era,
        "block_height": auction.block_height,
        "validator_count": len(auction.validators),
        "delegation_count": auction.delegation_count,
    }


def _print_headline(auction: Auction) -> None:
    from holdfast.entrypoints.cli.output import console

    total = sum(validator.total_stake for validator in auction.validators)
    console().print(
        f"Casper's auction in era {auction.era:,} (block {auction.block_height:,}): {len(auction.validators):,} "
        f"validators,\n{auction.delegation_count:,} delegations, {_whole(total)} CSPR staked in all.\n"
    )


def _whole(motes: int) -> str:
    """Whole CSPR for people, what is less left out."""
    return f"{motes // 10**9:,}"


def _validator_row(validator: Validator) -> tuple[str, ...]:
    key = f"{validator.key[:10]}…{validator.key[-6:]}"
    delegated = validator.total_stake - validator.stake
    fee = f"{validator.commission_percent} %"
    delegators = f"{len(validator.delegations):,}"
    return key, _whole(validator.stake), _whole(delegated), delegators, fee, "yes" if validator.active else "no"


def _validator_object(validator: Validator) -> dict[str, Any]:
    from holdfast.networks.cspr import cspr_text

    limits = {"minimum_delegation": validator.minimum_delegation, "maximum_delegation": validator.maximum_delegation}
    return {
        "validator": validator.key,
        "stake": cspr_text(validator.stake),
        "total_stake": cspr_text(validator.total_stake),
        "delegators": len(validator.delegations),
        "commission_bps": validator.commission_percent * 100,
        "active": validator.active,
        "reserved_slots": validator.reserved_slots,
        **{name: None if motes is None else cspr_text(motes) for name, motes in limits.items()},
    }
