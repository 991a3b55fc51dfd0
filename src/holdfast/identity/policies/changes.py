"""Four eyes on the rules themselves: changes of policies, and of the groups that they name, wait for approval.

Policies say in `changes` who must approve. Without it whoever may edit them does so alone. A change is bound to what it
was made from: once that has changed otherwise, it has fallen. Who is put into a group or taken out does not approve it;
so nobody becomes an approver by a hand of his own.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from secrets import token_hex
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from holdfast.engine.journal import Problem
from holdfast.errors import (
    Conflict,
    Forbidden,
    Malformed,
    OwnApproval,
    ProposalClosed,
    ProposalMismatch,
    UnknownProposal,
)
from holdfast.identity.groups import Group, put_group, remove_group
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office, Transaction
from holdfast.identity.policies import installed
from holdfast.identity.policies.approvals import in_words, missing
from holdfast.identity.policies.directory import Directory
from holdfast.identity.policies.installed import PolicySet, groups_named
from holdfast.identity.policies.rules import Policies
from holdfast.primitives.clock import format_instant

Status = Literal["pending", "done", "rejected", "cancelled", "fallen"]
Step = Literal["approve", "reject", "cancel"]
"""What somebody can do about a change."""


class Change(Kept, frozen=True, tag="change"):
    """A change that waits. `about` is `policies` or a group's name, `before` the hash of what it was made from."""

    id: str
    subject: Literal["policies", "group"]
    about: str
    document: dict[str, Any]
    hash: str
    before: str
    by: str
    at: int
    expires_at: int
    needs: dict[str, int]
    status: Status = "pending"
    approvals: tuple[str, ...] = ()
    ended_by: str = ""
    ended_at: int = 0
    why: str = ""


class GroupMembers(Struct, frozen=True, forbid_unknown_fields=True):
    """What a group is to be."""

    members: tuple[str, ...]
    title: str | None = None


class Changes:
    """Changes of one office's policies and groups."""

    def __init__(self, office: Office, directory: Directory) -> None:
        self._office = office
        self._people = directory
        office.all(Change)

    def get(self, change_id: str) -> Change:
        """The change. Raises: UnknownProposal."""
        return _known(self._office.get(Change, change_id), change_id)

    def open_to(self, change: Change, person: str) -> tuple[tuple[Step, ...], Problem | None]:
        """What somebody can do about a change now, and why he cannot approve it, where he cannot."""
        now, steps = self._office.now(), list[Step]()
        why: Problem | None = None
        try:
            _require_open(change, now)
            self._require_approver(replace(change, needs=self.needs()), person, now)
            steps += ["approve", "reject"]
        except (ProposalClosed, Forbidden) as error:
            why = Problem(error.code, error.message, error.details)
        if person in change.approvals and "approve" in steps:
            steps.remove("approve")
            why = Problem("forbidden", f"{person} has approved {change.id} already.", {"reason": "has_approved"})
        if change.status == "pending" and now < change.expires_at and person == change.by:
            steps.append("cancel")
        return tuple(steps), why

    def needs(self) -> dict[str, int]:
        """Who must approve changes, by the policies in force."""
        return {need.group: need.count for need in installed.policies_now(self._office).changes}

    def lacking(self, change: Change) -> dict[str, int]:
        """How many approvals are missing of each group, counting only those who may approve at present."""
        now, needs = self._office.now(), self.needs() if change.status == "pending" else change.needs
        asked = replace(change, needs=needs)
        able = [person for person in change.approvals if self._may_approve(asked, person, now)]
        return missing(needs, able, self._people.is_member)

    def base(self, change: Change) -> dict[str, Any] | None:
        """What a change was made from: policies or a group; None where that is no longer known."""
        if change.subject == "group":
            group = self._office.get(Group, change.about)
            if _hash(group) != change.before:
                return None
            return _plain(GroupMembers((), "") if group is None else GroupMembers(group.members, group.title))
        for kept in reversed(installed.history(self._office)):
            if _hash(replace(kept, id=installed.CURRENT)) == change.before:
                return _plain(kept.policies)
        return _plain(Policies()) if change.before == _hash(None) else None

    def fits(self, change: Change) -> bool:
        """Whether what a change was made from is still what is there."""
        office = self._office
        kept: Any = installed.current(office) if change.subject == "policies" else office.get(Group, change.about)
        return change.before == _hash(kept)

    def set_policies(
        self, policies: Policies, *, by: str, expected: int | None = None, where: str = ""
    ) -> PolicySet | Change:
        """Put policies in force, or propose it where the present ones want approval.

        Raises: Malformed that names the rule, PoliciesChanged.
        """
        with self._office.write() as t:
            needs = self._needs(t)
            if not needs:
                return self._put_policies(t, policies, by=by, expected=expected, where=where)
            trial = replace(policies, groups={})
            installed.require_fitting(t, trial, expected)
            _require_changeable(t, trial)
            return self._propose(t, "policies", "policies", msgspec.to_builtins(trial), needs, by=by, where=where)

    def set_group(
        self, name: str, members: Iterable[str], *, by: str, title: str | None = None, where: str = ""
    ) -> Group | Change:
        """Make or change a group, or propose it where policies name it and want approval.

        Raises: Malformed, UnknownPerson.
        """
        wanted = GroupMembers(tuple(sorted(set(members))), title)
        with self._office.write() as t:
            kept = t.get(PolicySet, installed.CURRENT)
            needs = self._needs(t) if kept is not None and name in groups_named(kept.policies) else {}
            if not needs:
                return put_group(t, name, wanted.members, by=by, title=title, where=where)
            document = msgspec.to_builtins(wanted)
            return self._propose(t, "group", name, document, needs, by=by, where=where)

    def remove_group(self, name: str, *, by: str, where: str = "") -> None:
        """Remove a group that the policies in force do not name. Raises: UnknownGroup, Conflict."""
        remove_group(self._office, name, by=by, used=groups_named(installed.policies_now(self._office)), where=where)

    def approve(self, change_id: str, *, by: str, hash: str, where: str = "") -> Change:
        """Approve exactly this change; with the last approval that is needed it is made.

        Raises: UnknownProposal, ProposalClosed, ProposalMismatch, OwnApproval, Forbidden, Conflict (approved already),
                Malformed or UnknownPerson where it can no longer be made.
        """
        with self._office.write() as t:
            found = _open(t, change_id)
            if self._people.may(by, "proposal.approve", t.now) and found.before != _before(t, found):
                return self._end(t, found, "fallen", by=by, why="what it changes was changed otherwise", where=where)
            old = self._checked(t, found, by, hash)
            if by in old.approvals:
                raise Conflict(f"{by} has approved {old.id} already.", change=old.id)
            after = replace(old, approvals=(*old.approvals, by))
            able = [person for person in after.approvals if self._may_approve(after, person, t.now)]
            lacking = missing(after.needs, able, self._people.is_member)
            t.put(after)
            t.log(
                "change.approved", by=by, about=old.about, where=where, change=old.id, hash=hash,
                missing=in_words(lacking) or None,
            )  # fmt: skip
            if lacking:
                return after
            self._make(t, after, where)
            done = replace(after, status="done", ended_by=by, ended_at=t.now)
            t.put(done)
            return done

    def reject(self, change_id: str, *, by: str, hash: str, why: str = "", where: str = "") -> Change:
        """Decline: one who might approve ends it. Raises: as `approve`."""
        with self._office.write() as t:
            old = self._checked(t, _open(t, change_id), by, hash)
            return self._end(t, old, "rejected", by=by, why=why, where=where)

    def cancel(self, change_id: str, *, by: str, why: str = "", where: str = "") -> Change:
        """Withdraw one's own change. Raises: UnknownProposal, ProposalClosed, Forbidden."""
        with self._office.write() as t:
            old = _open(t, change_id)
            if by != old.by:
                raise Forbidden(f"Only {old.by} may withdraw {old.id}.", change=old.id)
            return self._end(t, old, "cancelled", by=by, why=why, where=where)

    # --- parts ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _needs(t: Transaction) -> dict[str, int]:
        kept = t.get(PolicySet, installed.CURRENT)
        return {} if kept is None else {need.group: need.count for need in kept.policies.changes}

    def _propose(
        self, t: Transaction, subject: Literal["policies", "group"], about: str, document: dict[str, Any],
        needs: dict[str, int], *, by: str, where: str,
    ) -> Change:  # fmt: skip
        kept = t.get(PolicySet, installed.CURRENT)
        end = t.now + (Policies() if kept is None else kept.policies).expires_seconds
        before = _hash_of(t, subject, about)
        shown = {
            "about": about, "before": before, "by": by, "document": document, "expires_at": format_instant(end),
            "subject": subject,
        }  # fmt: skip
        digest = sha256(msgspec.json.encode(shown, order="sorted")).hexdigest()
        made = Change(token_hex(5), subject, about, document, digest, before, by, t.now, end, needs)
        t.put(made)
        t.log("change.proposed", by=by, about=about, where=where, change=made.id, hash=digest, needs=in_words(needs))
        return made

    def _make(self, t: Transaction, change: Change, where: str) -> None:
        if change.subject == "policies":
            wanted = msgspec.convert(change.document, Policies)
            self._put_policies(t, wanted, by=change.by, expected=None, where=where)
        else:
            group = msgspec.convert(change.document, GroupMembers)
            put_group(t, change.about, group.members, by=change.by, title=group.title, where=where)

    @staticmethod
    def _put_policies(t: Transaction, policies: Policies, *, by: str, expected: int | None, where: str) -> PolicySet:
        _require_changeable(t, policies)
        return installed.put(t, policies, by=by, expected=expected, where=where)

    def _checked(self, t: Transaction, found: Change, by: str, digest: str) -> Change:
        old = replace(found, needs=self._needs(t))
        self._require_approver(old, by, t.now)
        if digest != old.hash:
            raise ProposalMismatch(f"{old.id} has another hash: {old.hash}.", change=old.id)
        return old

    def _require_approver(self, change: Change, by: str, now: int) -> None:
        if by == change.by or by in self._concerned(change):
            raise OwnApproval(f"{by} proposed {change.id}, or is concerned by it.", change=change.id)
        if not self._may_approve(change, by, now):
            raise Forbidden(
                f"{change.id} needs approval by {in_words(change.needs)}.", approvals=in_words(change.needs)
            )

    def _may_approve(self, change: Change, person: str, now: int) -> bool:
        return (
            person != change.by
            and not self._people.just_let_in(person, change.by, now)
            and person not in self._concerned(change)
            and self._people.may(person, "proposal.approve", now)
            and any(self._people.is_member(group, person) for group in change.needs)
        )

    def _concerned(self, change: Change) -> set[str]:
        """Those whom a change of a group puts in or takes out."""
        if change.subject != "group":
            return set()
        group = self._office.get(Group, change.about)
        return set(change.document["members"]) ^ set(group.members if group else ())

    def _end(self, t: Transaction, old: Change, status: Status, *, by: str, why: str, where: str) -> Change:
        after = replace(old, status=status, ended_by=by, ended_at=t.now, why=why[:500])
        t.put(after)
        t.log(f"change.{status}", by=by, about=old.about, where=where, change=old.id, why=why[:500] or None)
        return after


def _before(t: Transaction, change: Change) -> str:
    """The hash of what a change would replace now."""
    return _hash_of(t, change.subject, change.about)


def _hash_of(t: Transaction, subject: str, about: str) -> str:
    kept: Any = t.get(PolicySet, installed.CURRENT) if subject == "policies" else t.get(Group, about)
    return _hash(kept)


def _plain(kept: Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(kept)
    return found


def _hash(kept: Any) -> str:
    return sha256(msgspec.json.encode(kept, order="sorted")).hexdigest()


def _known(found: Change | None, change_id: str) -> Change:
    if found is None:
        raise UnknownProposal(f"There is no change {change_id[:60]}.", change=change_id[:60])
    return found


def _open(t: Transaction, change_id: str) -> Change:
    change = _known(t.get(Change, change_id), change_id)
    _require_open(change, t.now)
    return change


def _require_open(change: Change, now: int) -> None:
    """Raises: ProposalClosed for one that is over, or whose time is."""
    if change.status != "pending":
        raise ProposalClosed(f"{change.id} is {change.status}.", change=change.id, status=change.status)
    if now >= change.expires_at:
        raise ProposalClosed(
            f"{change.id} ended at {format_instant(change.expires_at)}.", change=change.id, status="expired"
        )


def _require_changeable(t: Transaction, policies: Policies) -> None:
    """Raises: Malformed where so many approvals of changes could never come together."""
    for need in policies.changes:
        group = t.get(Group, need.group)
        if group is None or len(group.members) < need.count:
            raise Malformed(
                f"changes: {need.group} has not {need.count} members; nobody could change the policies again.",
                field="changes",
            )
