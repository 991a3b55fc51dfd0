"""`holdfast depin`: contribution networks: presets, node lists, spools of reports, a resource's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json

if TYPE_CHECKING:
    from holdfast.engine.journal import Receipt
    from holdfast.engine.service import Service
    from holdfast.networks.flux import Node
    from holdfast.networks.rocketpool import Performance

LOT = 500
"""Commands to one commit."""

Actor = Annotated[str, typer.Option(help="Who adds networks; needs the role operator.")]
Scenario = Annotated[
    str | None, typer.Option(metavar="OUT.jsonl", help="Write a scenario instead.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]
Emission = Annotated[str, typer.Option(metavar="AMOUNT", help="What an epoch pays, where the preset leaves it open.")]


def preset(
    name: Annotated[str, typer.Argument(metavar="PRESET", help="flux, render or generic.")],
    emission: Emission = "1000",
    epoch_seconds: Annotated[int, typer.Option(min=1, help="Seconds to an epoch (flux, generic).")] = 86_400,
    reductions: Annotated[int, typer.Option(min=0, max=20, help="How often Flux's rewards have fallen by 10 %.")] = 0,
) -> None:
    """Print the commands that make a known network, one to a line.

    Flux pays each tier out of its own reward, so it is three networks; Render is one for jobs and one for
    availability, each a week long; generic takes GPUs, bandwidth, storage, CPUs and nodes.

    \b
    Examples:
      holdfast depin preset flux > networks.jsonl && holdfast run networks.jsonl --db desk.db
      holdfast depin preset generic --emission 500 --epoch-seconds 3600
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.errors import Malformed
    from holdfast.networks import flux, render

    if name == "flux":
        made = list(flux.network_commands(epoch_seconds=epoch_seconds, reductions=reductions))
    elif name == "render":
        made = render.network_commands(emission)
    elif name == "generic":
        made = [
            {
                "type": "depin.add_network", "network": "generic", "reward_asset": "FLUX",
                "epoch_seconds": epoch_seconds, "emission_per_epoch": emission,
            }
        ]  # fmt: skip
    else:
        raise Malformed(f"There is no preset {name[:40]!r}; there are flux, render and generic.", field="PRESET")
    for command in made:
        emit({"id": f"preset-{command['network']}", "actor": "operator", **command})


def import_(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="Flux's deterministic node list.", show_default=False)
    ] = None,
    rocketpool: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rocket Pool's performance file.", show_default=False)
    ] = None,
    db: Database = None,
    network: Annotated[str, typer.Option(help="What the names of Flux's networks begin with.")] = "flux",
    emission: Emission = "1000",
    actor: Actor = "operator",
    scenario: Scenario = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Read a real network's node list into a desk, or write it as a scenario.

    Flux: each tier's network is made where it is not there yet, each node is registered by the address that it pays,
    and the payout order is worked out and compared with the published ranks. Nodes registered already are left as they
    are. Rocket Pool: attestations made and missed become one epoch of a network of its own, from its making to its
    close, at the file's own dates, in memory unless --db names a desk.

    \b
    Examples:
      holdfast depin import nodelist.json --db desk.db
      holdfast depin import nodelist.json --scenario flux.jsonl && holdfast run flux.jsonl
      holdfast depin import --rocketpool performance.json.gz
    """
    from holdfast.entrypoints.cli.network import _require_new
    from holdfast.errors import Malformed

    if (file is None) == (rocketpool is None):
        raise Malformed("State one file: Flux's node list, or --rocketpool FILE.", field="FILE")
    if not force:
        _require_new(scenario)
    if file is not None:
        _flux(file, network, db, actor, scenario, json=json)
    elif rocketpool is not None:
        _rocketpool(rocketpool, db, emission, scenario, json=json)


def _flux(file: str, prefix: str, db: str | None, actor: str, scenario: str | None, *, json: bool) -> None:
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.networks import flux
    from holdfast.primitives.clock import system_clock

    nodes = flux.read_nodes(file)
    height = max((node.last_confirmed_height for node in nodes), default=0)
    gone = {node.resource for node in flux.lapsed(nodes, height)}
    live = [node for node in nodes if node.resource not in gone]
    added = [{"actor": actor, **command} for command in flux.network_commands(prefix)]
    registered = list(flux.resource_commands(live, prefix))
    facts: dict[str, Any] = {"file": file, "nodes": len(nodes), "lapsed": len(gone), "misranked": _misranked(nodes)}
    if scenario is not None:
        _write_scenario(scenario, [*added, *registered])
        facts |= {"scenario": scenario, "commands": len(added) + len(registered)}
    else:
        with desk(db, system_clock) as service:
            known = service.state.networks.keys() | service.state.resources.keys()
            fresh = [c for c in (*added, *registered) if c.get("resource", c["network"]) not in known]
            _carry_out(service, fresh, "flux", file)
            news = sum("resource" in command for command in fresh)
            facts |= {"networks": len(fresh) - news, "registered": news, "skipped": len(live) - news}
            facts |= {"seq": service.state.seq}
    _tell_flux(facts, nodes, json=json)


def _misranked(nodes: list[Node]) -> list[dict[str, Any]]:
    from holdfast.networks.flux import misranked

    return [{"resource": node.resource, "rank": node.rank, "expected": rank} for node, rank in misranked(nodes)]


def _tell_flux(facts: dict[str, Any], nodes: list[Node], *, json: bool) -> None:
    from holdfast.entrypoints.cli.figures import table
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.entrypoints.cli.words import short
    from holdfast.networks import flux

    ordered = {tier: flux.payout_order(nodes, tier) for tier in flux.TIERS}
    if json:
        emit({**facts, "next": {tier: queue[0].resource for tier, queue in ordered.items() if queue}})
        return
    out = console()
    out.print(f"{facts['file']}: {facts['nodes']:,} Flux nodes, {facts['lapsed']:,} of them lapsed and left out.\n")
    rows = []
    for tier, queue in ordered.items():
        upcoming = queue[0] if queue else None
        paid = (
            "never"
            if upcoming and not upcoming.last_paid_height
            else f"{upcoming.last_paid_height:,}"
            if upcoming
            else ""
        )
        rows.append((tier, f"{len(queue):,}", short(upcoming.resource, 24) if upcoming else "", paid))
    out.print(table(("tier", "nodes", "paid next", "last paid at height"), rows, left=(0, 2)))
    agree = facts["nodes"] - len(facts["misranked"])
    out.print(f"\nThe payout order gives {agree:,} of {facts['nodes']:,} published ranks.")
    if "scenario" in facts:
        out.print(f"{facts['scenario']}: {facts['commands']:,} commands. Next: holdfast run {facts['scenario']}")
    else:
        said = f"{facts['networks']:,} networks were added, {facts['registered']:,} nodes registered"
        out.print(f"{said}; {facts['skipped']:,} were there already.")


def _rocketpool(file: str, db: str | None, emission: str, scenario: str | None, *, json: bool) -> None:
    from hashlib import sha256

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from holdfast import bootstrap
    from holdfast.networks.rocketpool import epoch_commands, read_performance

    performance = read_performance(file)
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"holdfast: the example's attestor, known to all").digest())
    public_key = key.public_key().public_bytes_raw().hex()
    made = list(epoch_commands(performance, public_key, lambda message: key.sign(message).hex(), emission))
    if scenario is not None:
        _write_scenario(scenario, made)
        _tell_rocketpool(performance, file, {"scenario": scenario, "commands": len(made)}, json=json)
        return
    service = bootstrap.memory_desk() if db is None else bootstrap.ensure_desk(db, None)
    try:
        last = _carry_out(service, made, "rocketpool", file)[-1]
        result = {} if not last.result else last.result
        rewards = dict(last.events[0]["rewards"]) if last.events else {}
        facts = {"commands": len(made), "seq": service.state.seq, **result, "rewarded": len(rewards)}
    finally:
        service.close()
    _tell_rocketpool(performance, file, facts, rewards, json=json)


def _tell_rocketpool(
    performance: Performance, file: str, facts: dict[str, Any], rewards: dict[str, str] | None = None, *, json: bool
) -> None:
    from holdfast.entrypoints.cli.figures import percent, table
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.networks.rocketpool import uptime_bps

    uptimes = {address: uptime_bps(*duties) for address, duties in performance.nodes.items()}
    if json:
        emit({"file": file, "nodes": len(uptimes), **facts})
        return
    out = console()
    out.print(f"{file}: interval {performance.index}, {len(uptimes):,} nodes.\n")
    if "scenario" in facts:
        out.print(f"{facts['scenario']}: {facts['commands']:,} commands. Next: holdfast run {facts['scenario']}")
        return
    ranked = sorted(uptimes, key=lambda address: (uptimes[address], address))
    rows = [(a, percent(uptimes[a]), (rewards or {}).get(a, "0")) for a in (*ranked[:3], *ranked[-2:])]
    out.print(table(("node (the three worst, two of the best)", "uptime", "reward"), rows))
    out.print(f"\nEpoch {facts['epoch']} paid {facts['paid']} to {facts['rewarded']:,} nodes, to the last unit.")


def _carry_out(service: Service, made: list[dict[str, Any]], prefix: str, file: str) -> list[Receipt]:
    """Carry commands out in lots. Raises: the class of the first refusal, naming the file."""
    from holdfast.entrypoints.cli.output import advance
    from holdfast.errors import ERRORS, Rejected
    from holdfast.wire import codec

    base = f"{prefix}-{service.state.seq}"
    built = [codec.decode({"id": f"{base}-{number}", **command}) for number, command in enumerate(made, 1)]
    receipts: list[Receipt] = []
    with advance("import", len(built), least=LOT) as shown:
        for start in range(0, len(built), LOT):
            receipts += service.submit_many(built[start : start + LOT])
            shown(len(receipts))
    refused = [receipt.error for receipt in receipts if receipt.error]
    if refused:
        kind = ERRORS.get(refused[0].code, Rejected)
        raise kind(f"{file}: {len(refused)} of {len(receipts)} commands were refused, first: {refused[0].message}")
    return receipts


def _write_scenario(name: str, made: list[dict[str, Any]]) -> None:
    import msgspec

    from holdfast.entrypoints.cli.network import _write

    _write(name, (msgspec.json.encode(command) + b"\n" for command in made))
