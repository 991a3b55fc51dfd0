"""`holdfast policy`: look at policies, check a file of them, try them on one command or on a desk's whole past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins

from holdfast.entrypoints.cli.options import Database, Json, Server
from holdfast.errors import Malformed

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.engine.service import Service
    from holdfast.identity.office import Office
    from holdfast.identity.policies.back_test import Report
    from holdfast.identity.policies.evaluate import Asker, Surroundings
    from holdfast.identity.policies.installed import PolicySet
    from holdfast.identity.policies.rules import Policies
    from holdfast.identity.policies.simulate import Simulation
    from holdfast.protocol.arguments import Command
    from holdfast.protocol.state import State

PolicyFile = Annotated[
    str | None,
    typer.Option("--policy", metavar="FILE", help="Policies to try. Default: those in force.", show_default=False),
]
Names = list[str]


def show(
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="A preset's file, to copy.", show_default=False)
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", metavar="NUMBER", help="An earlier version.", show_default=False)
    ] = None,
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Show the policies in force, an earlier version, or a preset to start from.

    \b
    Examples:
      holdfast policy show
      holdfast policy show --version 3 --json
      holdfast policy show --preset four_eyes > policy.toml
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.policy_tables import print_rules
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.identity.policies import presets
    from holdfast.primitives.clock import format_instant

    if preset is not None:
        found, title = presets.load(preset), f"Preset {preset}: {presets.PRESETS.get(preset)}"
        if not json:
            print(presets.text(preset), end="")
            return
    else:
        with reached(db, server) as client:
            kept = _installed(db, version) if client is None else _in_force(client, version)
        found = kept.policies
        title = f"Version {kept.version}, by {kept.by} at {format_instant(kept.at)}"
    if json:
        emit(found)
        return
    print(title)
    print_rules(found)


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="TOML or JSON.", show_default=False)],
    json: Json = False,
) -> None:
    """Check a policy file, and show what its rules say.

    Names every rule and field that does not fit, and leaves with 2 then. Commands of which no rule speaks are listed:
    they are denied.

    \b
    Examples:
      holdfast policy check policy.toml
      holdfast policy check policy.toml --json
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.policy_tables import print_rules
    from holdfast.identity.policies.evaluate import CompiledPolicies

    found = _read(file)
    silent = [kind for kind, rules in CompiledPolicies(found).by_type.items() if not rules]
    if json:
        emit({"rules": len(found.rules), "denied": silent, "policies": found})
        return
    print_rules(found)
    if silent:
        print(f"\nNo rule speaks of these, so they are denied: {', '.join(silent)}.")


def simulate(
    command: Annotated[str, typer.Argument(metavar="'JSON'", help="The command.", show_default=False)],
    policy: PolicyFile = None,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Who sends it. Default: its actor.", show_default=False),
    ] = None,
    role: Annotated[Names, typer.Option("--role", metavar="ROLE", help="A role of his; may be repeated.")] = [],  # noqa: B006 - Typer reads it
    group: Annotated[Names, typer.Option("--group", metavar="GROUP", help="A group of his; may be repeated.")] = [],  # noqa: B006
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Explain what policies would say of one command now.

    For every rule it tells whether it speaks, and if not which condition fails first. Roles and groups come from the
    desk's people; where none are kept, from the ledger's roles and the file's groups. Nothing is kept.

    \b
    Examples:
      holdfast policy simulate '{"actor": "alice", "type": "term.stake", "amount": "15000"}' --policy policy.toml
      holdfast policy simulate '{"actor": "operator", "type": "vault.pause", "vault": "FLUX"}' --as olga
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.policy_tables import print_simulation
    from holdfast.entrypoints.cli.remote import reached

    with reached(db, server) as client:
        if client is None:
            result = _simulated(db, command, policy, person, role, group)
        else:
            if person is not None or role or group:
                raise Malformed("--as, --role and --group: a server simulates for whoever asks it.", field="--as")
            result = _simulated_there(client, command, policy)
    if json:
        emit(result)
        return
    print_simulation(result)


def _simulated_there(client: Client, command: str, policy: str | None) -> Simulation:
    """What a server says of one command of ours."""
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.identity.policies.simulate import Simulation as Kind
    from holdfast.wire import codec

    fields = codec.parse_json(command)
    if not isinstance(fields, dict):
        raise Malformed('A command is a JSON object like {"type": …}.')
    fields.pop("id", None)
    given = None if policy is None else to_builtins(_read(policy))
    return as_type(client.policies.simulate_policies(command=fields, policies=given), Kind)


def _simulated(
    db: str | None, command: str, policy: str | None, person: str | None, role: Names, group: Names
) -> Simulation:
    """What policies say of one command on a desk in a database."""
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.identity.policies.evaluate import CompiledPolicies
    from holdfast.identity.policies.simulate import simulate as explained
    from holdfast.identity.policies.usage import with_sums
    from holdfast.primitives.clock import system_clock

    asked = _command(command, person)
    with desk(db, system_clock) as service, _office(db) as office:
        found = _policies(policy, office)
        who = _asker(found, office, service, asked, role, group)
        compiled = CompiledPolicies(found)
        now = max(service.state.now, system_clock())
        around = with_sums(
            compiled, service.store, service.state,
            lambda name, account: _labels(found, office, service, name, account),
            _around(office), upto=service.head.seq, now=now,
        )  # fmt: skip
        return explained(compiled, service.state, asked, who, around, now)


def back_test(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Policies to try. Default: those in force.", show_default=False),
    ] = None,
    after: Annotated[
        int, typer.Option("--after", metavar="SEQ", min=0, help="List differences after this record.")
    ] = 0,
    limit: Annotated[int, typer.Option("--limit", metavar="NUMBER", min=1, help="List so many differences.")] = 50,
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Judge everything that a desk has done by policies, and list what would have been different.

    Each command is judged at the state that it met, with the sums of that moment. The desk is not changed and no server
    is needed. Groups are read as they are now.

    \b
    Examples:
      holdfast policy back-test policy.toml
      holdfast policy back-test policy.toml --db sqlite:desk.db --after 4711 --json
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.policy_tables import print_report
    from holdfast.entrypoints.cli.remote import reached

    with reached(db, server) as client:
        report = _judged(db, file, after, limit) if client is None else _judged_there(client, file, after, limit)
    if json:
        emit(report)
        return
    print_report(report)


def _judged_there(client: Client, file: str | None, after: int, limit: int) -> Report:
    """What a server says of its desk's past."""
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.identity.policies.back_test import Report as Kind

    given = None if file is None else to_builtins(_read(file))
    job = client.policies.back_test_policies(policies=given, after=after, limit=limit)
    with advance("back-test", job["total"]) as show:
        return as_type(client.jobs.wait(job, lambda at, _: show(at))["result"], Kind)


def _judged(db: str | None, file: str | None, after: int, limit: int) -> Report:
    """What policies say of the past of a desk in a database."""
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance
    from holdfast.identity.policies import back_test as testing

    with store(db) as journal, _office(db) as office, advance("back-test", journal.head().seq) as progress:
        found = _policies(file, office)
        who = None if office is None else _people(office)
        return testing.back_test(
            journal, found, who=who, around=_around(office), after=after, limit=limit, progress=progress
        )


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(file: str) -> Policies:
    from holdfast.entrypoints.cli.scenario import opened
    from holdfast.identity.policies.rules import read
    from holdfast.wire.codec import MAX_LINE

    with opened(file) as source:
        return read(source.read(MAX_LINE + 1), "stdin" if file == "-" else file)


@contextmanager
def _office(db: str | None) -> Iterator[Office | None]:
    """The office beside the desk, or None where there is none."""
    from holdfast import bootstrap
    from holdfast.identity.office import Office
    from holdfast.primitives.clock import system_clock

    documents = bootstrap.find_documents(db)
    if documents is None:
        yield None
        return
    try:
        yield Office(documents, system_clock)
    finally:
        documents.close()


def _installed(db: str | None, version: int | None) -> PolicySet:
    """A version of the policies, by default the one in force. Raises: NotFound, NoOffice."""
    from holdfast.errors import NoOffice, NotFound
    from holdfast.identity.policies.installed import CURRENT, PolicySet

    with _office(db) as office:
        if office is None:
            raise NoOffice("This desk has no policies in force: no server has admitted anybody to it yet.")
        found = office.get(PolicySet, CURRENT if version is None else str(version))
        if found is None:
            which = "in force" if version is None else f"of version {version}"
            raise NotFound(f"There are no policies {which}.")
        return found


def _in_force(client: Client, version: int | None) -> PolicySet:
    """The same of a server. Raises: NotFound."""
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.errors import NotFound
    from holdfast.identity.policies.installed import CURRENT
    from holdfast.identity.policies.installed import PolicySet as Kind
    from holdfast.identity.policies.rules import Policies as Rules

    known = [client.policies.show()] if version is None else client.policies.policy_history()
    for one in known:
        if one["version"] == version or (version is None and one["version"]):
            return Kind(CURRENT, one["version"], as_type(one["policies"], Rules), one["by"], one["at"])
    raise NotFound(f"There are no policies {'in force' if version is None else f'of version {version}'}.")


def _policies(file: str | None, office: Office | None) -> Policies:
    """Those of a file, else those in force. Raises: Malformed where there are none to try."""
    from holdfast.identity.policies.installed import current

    if file is not None:
        return _read(file)
    kept = None if office is None else current(office)
    if kept is None:
        raise Malformed("This desk has no policies in force; name a file of policies to try.", field="FILE")
    return kept.policies


def _command(text: str, person: str | None) -> Command:
    from holdfast.wire import codec

    fields = codec.parse_json(text)
    actor = fields.get("actor") if isinstance(fields, dict) else None
    if isinstance(fields, dict):
        fields = {**fields, "id": f"{person or actor}/simulated"[:128]}
    return codec.decode(fields).command


def _asker(
    found: Policies, office: Office | None, service: Service, command: Command, roles: Names, groups: Names
) -> Asker:
    """The sender with what was given by hand besides."""
    from holdfast.identity.policies.evaluate import Asker
    from holdfast.identity.policies.facts import person_of

    who = _labels(found, office, service, person_of(command), command.actor)
    given = {*(f"role:{role}" for role in roles), *(f"group:{group}" for group in groups)}
    return Asker(who.person, who.labels | given, who.barred)


def _labels(found: Policies, office: Office | None, service: Service, person: str, account: str) -> Asker:
    from holdfast.identity.policies.back_test import by_ledger

    who = by_ledger(found) if office is None else _people(office)
    return who(person, account, service.state)


def _people(office: Office) -> Callable[[str, str, State], Asker]:
    from holdfast.identity.policies.directory import Directory

    directory = Directory(office)
    return lambda person, account, state: directory.asker(person, office.now())


def _around(office: Office | None) -> Surroundings:
    from functools import partial

    from holdfast.identity.address_book import usable
    from holdfast.identity.attestations import attested
    from holdfast.identity.policies.evaluate import NOTHING_AROUND, Surroundings

    return NOTHING_AROUND if office is None else Surroundings(partial(usable, office), partial(attested, office))
