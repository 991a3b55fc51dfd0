"""The policies in force, and all that were: kept in the office by version, every change in the log."""

from __future__ import annotations

from msgspec.structs import replace

from holdfast.errors import PoliciesChanged
from holdfast.identity.groups import Group
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office, Transaction
from holdfast.identity.policies import presets, rules
from holdfast.identity.policies.rules import Policies

CURRENT = "current"


class PolicySet(Kept, frozen=True, tag="policy_set"):
    """One version of the policies; that in force is kept as `current` too."""

    id: str
    version: int
    policies: Policies
    by: str
    at: int


def current(office: Office) -> PolicySet | None:
    """The version in force, or None where nothing was ever installed: then everything is denied."""
    return office.get(PolicySet, CURRENT)


def policies_now(office: Office) -> Policies:
    """The policies in force; without any, an empty set."""
    found = current(office)
    return Policies() if found is None else found.policies


def history(office: Office) -> list[PolicySet]:
    """Every version, the first one first."""
    kept = [found for key, found in office.all(PolicySet).items() if key != CURRENT]
    return sorted(kept, key=lambda found: found.version)


def install(office: Office, policies: Policies, *, by: str, expected: int | None = None, where: str = "") -> PolicySet:
    """Put policies in force. `expected` is the version that was read before the change (0: none yet).

    The groups that rules name must be there; groups in the policies themselves serve trials and are left out.
    Raises: Malformed that names the rule, PoliciesChanged.
    """
    with office.write() as t:
        return put(t, policies, by=by, expected=expected, where=where)


def put(t: Transaction, policies: Policies, *, by: str, expected: int | None = None, where: str = "") -> PolicySet:
    """As `install`, inside of a transaction."""
    own = replace(policies, groups={})
    version = require_fitting(t, own, expected)
    after = PolicySet(str(version + 1), version + 1, own, by, t.now)
    t.put(after, replace(after, id=CURRENT))
    names = [rule.name for rule in own.rules]
    t.log("policy.changed", by=by, about=after.id, where=where, rules=names, before=version)
    return after


def require_fitting(t: Transaction, policies: Policies, expected: int | None) -> int:
    """The version that policies would follow. Raises: PoliciesChanged, Malformed that names the rule."""
    before = t.get(PolicySet, CURRENT)
    version = before.version if before else 0
    if expected is not None and expected != version:
        raise PoliciesChanged(f"The policies are at version {version}, not {expected}.", version=version)
    if problems := rules.check(policies, groups=t.all(Group)):
        raise problems[0].refusal()
    return version


def install_first(t: Transaction, *, by: str, where: str = "") -> PolicySet:
    """What a new office starts with: the preset `open`, as version 1; what is in force already stays."""
    return t.get(PolicySet, CURRENT) or put(t, presets.load("open"), by=by, where=where)


def groups_named(policies: Policies) -> set[str]:
    """The groups that rules name, as approvers or among those they speak for."""
    needs = [*policies.changes, *(need for rule in policies.rules for need in rule.approvals)]
    found = {need.group for need in needs}
    words = (word.partition(":") for rule in policies.rules for word in rule.who)
    return found | {name for kind, _, name in words if kind == "group"}
