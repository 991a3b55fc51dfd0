"""What `holdfast policy` prints for people: rules, one command explained, a desk's past judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.identity.policies.back_test import Difference, Report
    from holdfast.identity.policies.evaluate import Decision
    from holdfast.identity.policies.rules import Policies, Rule
    from holdfast.identity.policies.simulate import Simulation


def print_rules(found: Policies) -> None:
    """Every rule with its conditions."""
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


def print_simulation(found: Simulation) -> None:
    """What would be said of one command, rule by rule."""
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


def print_report(report: Report) -> None:
    """What would have been different."""
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
