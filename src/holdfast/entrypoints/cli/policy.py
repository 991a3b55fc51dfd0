"""`holdfast policy`: look at policies, check a file of them, try them on one command or on a desk's whole past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json

if TYPE_CHECKING:
    from holdfast.engine.service import Service
    from holdfast.identity.office import Office
    from holdfast.identity.policies.back_test import Difference, Report
    from holdfast.identity.policies.evaluate import Asker, Decision, Surroundings
    from holdfast.identity.policies.installed import PolicySet
    from holdfast.identity.policies.rules import Policies, Rule
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
    from holdfast.identity.policies import presets
    from holdfast.primitives.clock import format_instant

    if preset is not None:
        found, title = presets.load(preset), f"Preset {preset}: {presets.PRESETS.get(preset)}"
        if not json:
            print(presets.text(preset), end="")
            return
    else:
        kept = _installed(db, version)
        found = kept.policies
        title = f"Version {kept.version}, by {kept.by} at {format_instant(kept.at)}"
    if json:
        emit(found)
        return
    print(title)
    _print_rules(found)


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
    from holdfast.identity.policies.evaluate import CompiledPolicies

    found = _read(file)
    silent = [kind for kind, rules in CompiledPolicies(found).by_type.items() if not rules]
    if json:
        emit({"rules": len(found.rules), "denied": silent, "policies": found})
        return
    _print_rules(found)
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
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import emit
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
        result = explained(compiled, service.state, asked, who, around, now)
    if json:
        emit(result)
        return
    _print_simulation(result)


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
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance, emit
    from holdfast.identity.policies import back_test as testing

    with store(db) as journal, _office(db) as office, advance("back-test", journal.head().seq) as progress:
        found = _policies(file, office)
        who = None if office is None else _people(office)
        report = testing.back_test(
            journal, found, who=who, around=_around(office), after=after, limit=limit, progress=progress
        )
    if json:
        emit(report)
        return
    _print_report(report)


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


def _policies(file: str | None, office: Office | None) -> Policies:
    """Those of a file, else those in force. Raises: Malformed where there are none to try."""
    from holdfast.errors import Malformed
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


# --- printing ---------------------------------------------------------------------------------------------------------


def _print_rules(found: Policies) -> None:
    for number, rule in enumerate(found.rules, 1):
        print(f"{number:3}  {rule.name}: {_action(rule)}")
        for condition in _conditions(rule):
            _print_below(condition)
    if not found.rules:
        print("No rule: everything is denied.")


def _print_below(text: str) -> None:
    """A line that belongs to the one above it, as many lines as the terminal needs for it."""
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size((80, 24)).columns, 40)
    print(textwrap.fill(text, width, initial_indent=" " * 7, subsequent_indent=" " * 9, break_long_words=False))


def _action(rule: Rule) -> str:
    from holdfast.identity.policies.approvals import in_words

    if rule.action != "require_approvals":
        return rule.action
    return f"needs {in_words({need.group: need.count for need in rule.approvals})}"


def _conditions(rule: Rule) -> Iterator[str]:
    from holdfast.identity.policies.evaluate import Compiled

    for word in ("who", "commands", "accounts", "assets", "counterparties"):
        words: tuple[str, ...] = getattr(rule, word)
        if "*" not in words:
            yield f"{word} {', '.join(words)}"
    for wanted in rule.attested:
        places = "" if "*" in wanted.jurisdictions else f" in {', '.join(wanted.jurisdictions)}"
        yield f"{wanted.of} {'lacks' if wanted.lacking else 'has'} {wanted.kind}{places}"
    compiled = Compiled(0, rule)
    if compiled.limits is not None:
        yield compiled.limits.words()
    if compiled.period is not None and compiled.period_limits is not None:
        per = {"person": "a person", "account": "an account", "everyone": "all"}[compiled.period.per]
        yield f"{compiled.period_limits.words()} of {per} in {compiled.period.seconds:,} s"


def _said(decision: Decision) -> str:
    from holdfast.identity.policies.approvals import in_words

    if decision.action == "allow":
        return "allowed"
    if decision.action == "block":
        return f"blocked: {'; '.join(decision.reasons)}"
    return f"needs approval by {in_words(decision.approvals)}"


def _print_simulation(found: Simulation) -> None:
    from holdfast.entrypoints.cli.figures import grouped

    amount = f", {grouped(found.amount)} {found.asset}" if found.amount is not None else ""
    others = f", with {', '.join(found.counterparties[:3])}" if found.counterparties else ""
    print(f"{found.type} by {found.person}{amount}{others}: {_said(found.decision)}")
    for number, spoken in enumerate(found.rules, 1):
        word = spoken.action.replace("_", " ") if spoken.matches else "does not speak"
        print(f"{number:3}  {spoken.rule}: {word}")
        if spoken.why:
            _print_below(spoken.why)
    if found.refused is not None:
        print(f"The desk would refuse it anyhow: {found.message} ({found.refused})")


def _print_report(report: Report) -> None:
    from holdfast.entrypoints.cli.columns import Columns
    from holdfast.entrypoints.cli.figures import grouped

    print(
        f"{report.records:,} commands: {report.allowed:,} allowed, {report.need_approval:,} need approval, "
        f"{report.blocked:,} blocked. {report.differing:,} of {report.applied:,} that were applied would differ."
    )
    uses = [
        (use.rule, use.action.replace("_", " "), f"{use.matched:,}", f"{use.decided:,}",
         ", ".join(f"{grouped(amount)} {asset}" for asset, amount in sorted(use.volume.items())))
        for use in report.rules
    ]  # fmt: skip
    if uses:
        print(Columns("rule", "action", ">matched", ">decided", "moved", wrap_last=True).page(uses))
    if report.differences:
        print()
        rows = [
            (str(one.seq), one.at, one.person, one.type,
             "" if one.amount is None else f"{grouped(one.amount)} {one.asset}", _would_be(one))
            for one in report.differences
        ]  # fmt: skip
        print(Columns(">record", "when", "~who", "command", ">amount", "would be", wrap_last=True).page(rows))
    if report.next:
        print(f"More: --after {report.next}")


def _would_be(one: Difference) -> str:
    from holdfast.identity.policies.approvals import in_words

    if one.approvals:
        return f"needs {in_words(one.approvals)}"
    return f"blocked by {', '.join(one.rules)}" if one.rules else "denied"
