"""What changes policies: a new version put in force, groups of approvers; where approval is needed they wait."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.forms import Field, Wanted, area, form, hidden, text
from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.rule_words import RuleWords, differing
from holdfast.entrypoints.terminal.toml_text import from_text
from holdfast.entrypoints.terminal.visit import Values, Visit

MADE = "policies/made.html"


async def _difference(visit: Visit, values: Values) -> dict[str, Any]:
    """What would be otherwise than now; and whether somebody else was quicker."""
    present = await visit.api.get("/v1/policies")
    try:
        new = await visit.api.post("/v1/policies/check", from_text(values.text("text")))
    except Refused:
        return {"difference": None, "words": RuleWords(visit), "present": present}
    return {"difference": differing(present["policies"], new), "words": RuleWords(visit), "present": present}


@form("policies.install", "policies.install", area("text", label="policies.as_text"), hidden("expected"),
      prepare=_difference, summary="policies/install_summary.html", at={"malformed": "text"})  # fmt: skip
def install(values: Values) -> Wanted:
    """Other policies in force."""
    expected = values.text("expected")
    body = {"policies": from_text(values.text("text")), "expected": int(expected) if expected.isdigit() else 0}
    return Wanted(method="PUT", path="/v1/policies", body=body, then="/policies", reveal=MADE, step_up=True)


async def _people(visit: Visit, values: Values) -> dict[str, Any]:
    """Who can be in a group, and who is in it now."""
    people = await visit.api.get("/v1/people") if visit.may("people.manage") else []
    groups = {one["id"]: one for one in await visit.api.get("/v1/groups")}
    return {"people": [one for one in people if one.get("disabled") is None], "now": groups.get(values.text("group"))}


@form("groups.set", "groups.set", text("group", label="groups.name", hint="groups.name_hint", most_length=32),
      text("title", label="groups.title_of", required=False, most_length=100),
      Field(name="members", kind="area", label="groups.members", required=False),
      prepare=_people, template="policies/group_fields.html", summary="policies/group_summary.html",
      at={"unknown_person": "members"})  # fmt: skip
def set_group(values: Values) -> Wanted:
    """A group, or other people in it."""
    members = [name for line in values.all("members") for name in line.replace(",", " ").split()]
    body = {"members": members, "title": values.text("title")}
    path = f"/v1/groups/{in_path(values.text('group'))}"
    return Wanted(method="PUT", path=path, body=body, then="/policies/groups", reveal=MADE, step_up=True)


@form("groups.remove", "groups.remove", hidden("group"), danger=True)
def remove_group(values: Values) -> Wanted:
    """A group less."""
    path = f"/v1/groups/{in_path(values.text('group'))}"
    return Wanted(method="DELETE", path=path, then="/policies/groups", said="groups.removed", step_up=True)
