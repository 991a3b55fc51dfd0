"""Trying policies: on one command, rule by rule; and on everything that has happened, as a job with its progress."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.command_fields import CommandField, command_types, fields_of, value_of
from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.pages import Answer, Redirect, Shown, action, page
from holdfast.entrypoints.terminal.rule_words import RuleWords
from holdfast.entrypoints.terminal.visit import Visit

TRY, REPORT = "policies/try.html", "policies/report.html"
MOST_DIFFERENCES = 10_000
PER_PAGE = 25


class Trial(Struct):
    """A command to be tried: its type, its fields as typed, for whom; and what came of it."""

    type: str = ""
    person: str = ""
    actor: str = ""
    fields: tuple[CommandField, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] | None = None
    rules: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """Every command's type."""
        return command_types()

    async def run(self, visit: Visit, policies: dict[str, Any] | None = None) -> None:
        """Ask what these policies would make of it, or those in force."""
        command: dict[str, Any] = {"type": self.type}
        if self.actor:
            command["actor"] = self.actor
        for one in self.fields:
            if text := self.values.get(one.name, ""):
                command[one.name] = value_of(one, text)
        body: dict[str, Any] = {"command": command, **({"policies": policies} if policies is not None else {})}
        if self.person and self.person != visit.person.person.id:
            body["person"] = self.person
        try:
            self.found = await visit.api.post("/v1/policies/simulate", body)
            kept = policies if policies is not None else (await visit.api.get("/v1/policies"))["policies"]
            self.rules = {rule["name"]: rule for rule in kept.get("rules", ())}
        except Refused as refused:
            self.refused = refused


def trial_of(visit: Visit) -> Trial:
    """The trial as it came with the form."""
    given = visit.form if visit.form else visit.query
    kind = given.text("c.type")
    if kind not in command_types():
        return Trial(person=given.text("c.person") or visit.person.person.id, actor=given.text("c.actor"))
    own = fields_of(kind)
    values = {
        one.name: plain(visit.language, given.text(f"c.{kind}.{one.name}"))
        if one.kind == "amount"
        else given.text(f"c.{kind}.{one.name}")
        for one in own
    }
    person = given.text("c.person") or visit.person.person.id
    return Trial(type=kind, person=person, actor=given.text("c.actor"), fields=own, values=values)


@page("/policies/try", TRY, title="policies.try", needs="policy.read", nav="policies", past=False)
async def attempt(visit: Visit) -> dict[str, Any]:
    """The policies in force, tried on a command or on the past."""
    return {"trial": trial_of(visit), "words": RuleWords(visit), "job": None, "refused": None}


@action("/do/policies/try", needs="policy.read", template=TRY, title="policies.try")
async def attempted(visit: Visit) -> Answer:
    """What the policies in force would make of it."""
    trial = trial_of(visit)
    context: dict[str, Any] = {"words": RuleWords(visit), "job": None, "refused": None}
    step = visit.form.text("op")
    if step == "simulate":
        await trial.run(visit)
    elif step == "back-test":
        try:
            job = await start_back_test(visit)
        except Refused as refused:
            return Shown({"trial": trial, **context, "refused": refused}, TRY)
        if not visit.htmx:
            return Redirect(f"/policies/back-test/{job['id']}")
        context["job"] = job
    return Shown({"trial": trial, **context}, TRY)


async def start_back_test(visit: Visit, policies: dict[str, Any] | None = None) -> dict[str, Any]:
    """Begin to try policies on everything that has happened. Raises: Refused."""
    body: dict[str, Any] = {"limit": MOST_DIFFERENCES}
    if policies is not None:
        body["policies"] = policies
    job: dict[str, Any] = await visit.api.post("/v1/policies/back-test", body)
    return job


@page("/policies/back-test/{job}", "policies/back_test.html", title="policies.back_test", needs="policy.read",
      nav="policies", past=False)  # fmt: skip
async def back_test(visit: Visit) -> Answer:
    """How far a back-test is, and what came of it."""
    job = await visit.api.get(f"/v1/jobs/{visit.path['job']}")
    at = visit.query.text("cursor")
    start = int(at) if at.isascii() and at.isdigit() else 0
    listed = (job.get("result") or {}).get("differences", [])
    more = start + PER_PAGE if start + PER_PAGE < len(listed) else None
    context = {"job": job, "listed": listed[start : start + PER_PAGE], "start": start, "next": more,
               "words": RuleWords(visit), "size": PER_PAGE}  # fmt: skip
    return Shown(context, REPORT if visit.htmx else "")
