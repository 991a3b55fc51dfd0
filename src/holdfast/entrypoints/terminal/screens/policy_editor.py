"""Editing policies: as a form or as text, checked on the way, tried on a command and on all that has happened.

The draft goes along in the page; nothing of it is kept here until it is put in force.
"""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import Answer, Redirect, Shown, action, page
from holdfast.entrypoints.terminal.rule_forms import (
    MOST_RULES,
    Draft,
    document_of,
    draft_of,
    typed_draft,
    wrong_at,
)
from holdfast.entrypoints.terminal.rule_words import RuleWords
from holdfast.entrypoints.terminal.screens.policy_trials import Trial, start_back_test, trial_of
from holdfast.entrypoints.terminal.toml_text import from_text, to_toml
from holdfast.entrypoints.terminal.visit import Values, Visit

EDIT, PART, CHECKED = "policies/edit.html", "policies/editor.html", "policies/checked.html"


@page("/policies/edit", EDIT, title="policies.edit", needs="policy.read", nav="policies", past=False)
async def edit(visit: Visit) -> dict[str, Any]:
    """The policies in force, a version that was, or a preset, to be changed."""
    present = await visit.api.get("/v1/policies")
    document, preset, version = present["policies"], visit.query.text("preset"), visit.query.text("version")
    if preset:
        found = await visit.api.get("/v1/policies/presets")
        document = next((one["policies"] for one in found if one["name"] == preset), document)
    elif version:
        found = await visit.api.get("/v1/policies/history")
        document = next((one["policies"] for one in found if str(one["version"]) == version), document)
    document = {name: value for name, value in document.items() if name != "groups"}
    editing = Editing(visit, str(present["version"]))
    editing.fill(document)
    return await editing.context()


@action("/do/policies/draft", needs="policy.read", template=EDIT, title="policies.edit")
async def draft(visit: Visit) -> Answer:
    """One step of editing: what the pressed button says."""
    editing = Editing(visit, visit.form.text("expected"))
    editing.read()
    step, _, where = visit.form.text("op").partition(":")
    if step == "install":
        return await editing.install()
    if step == "back-test":
        job = await editing.back_test()
        if job and not visit.htmx:
            return Redirect(f"/policies/back-test/{job}")
    elif step == "simulate":
        await editing.simulate()
    elif step in ("text", "form"):
        await editing.turn(step)
    elif step in ("add", "remove", "up", "down"):
        editing.step(step, int(where) if where.isascii() and where.isdigit() else -1)
    if step != "choose" and editing.refused is None:
        await editing.check()
    return Shown(await editing.context(), PART if visit.htmx else EDIT)


class Editing:
    """One request of the editor."""

    def __init__(self, visit: Visit, expected: str) -> None:
        self.visit = visit
        self.expected = expected
        self.mode = "form"
        self.text = ""
        self.draft = Draft([], {})
        self.refused: Refused | None = None
        self.good = False
        self.focus = ""
        self.trial: Trial | None = None
        self.job: dict[str, Any] | None = None

    # --- the draft --------------------------------------------------------------------------------------------------

    def fill(self, document: dict[str, Any]) -> None:
        """Begin with these policies: as a form where they are few enough."""
        self.draft = draft_of(document)
        if len(self.draft.rules) > MOST_RULES:
            self.mode, self.text = "text", to_toml(document)

    def read(self) -> None:
        """The draft as it came with the form."""
        form = self.visit.form
        self.mode = "text" if form.text("mode") == "text" else "form"
        if self.mode == "text":
            self.text = form.text("text")
        else:
            self.draft = typed_draft(form, self.visit.language)
        self.trial = trial_of(self.visit)

    def document(self) -> dict[str, Any]:
        """The policies as they stand in the form. Raises: Refused, for a text that cannot be read."""
        return from_text(self.text) if self.mode == "text" else document_of(self.draft)

    async def checked(self) -> dict[str, Any] | None:
        """The policies, if nothing is wrong with them; else `refused` says what."""
        try:
            found: dict[str, Any] = await self.visit.api.post("/v1/policies/check", self.document())
        except Refused as refused:
            self.refused = refused
            return None
        self.good = True
        return {name: value for name, value in found.items() if name != "groups"}

    async def check(self) -> None:
        """Whether anything is wrong."""
        await self.checked()

    def step(self, step: str, at: int) -> None:
        """Add, remove or move a rule; the button that was pressed has the focus again."""
        if step == "add" and len(self.draft.rules) < MOST_RULES:
            self.focus = f"r{self.draft.add()}-name"
        elif step == "remove":
            self.draft.remove(at)
            self.focus = "add-rule"
        elif step in ("up", "down"):
            self.focus = f"r{self.draft.move(at, -1 if step == 'up' else 1)}-{step}"

    async def turn(self, to: str) -> None:
        """From the form to text, or back: a text that does not fit stays one."""
        if to == "text" and self.mode == "form":
            found = await self.checked()
            self.mode, self.text = "text", to_toml(found or self.document())
        elif to == "form" and self.mode == "text" and (found := await self.checked()) is not None:
            if len(found.get("rules", ())) > MOST_RULES:
                self.refused = Refused(422, {"code": "malformed", "detail": self.visit.t("policies.too_many")})
                return
            self.mode, self.draft = "form", draft_of(found)

    # --- what is done with it ---------------------------------------------------------------------------------------

    async def install(self) -> Answer:
        """The confirmation, or what is wrong."""
        if await self.checked() is None:
            if self.visit.htmx:
                return Shown(await self.context(), CHECKED)
            return Shown(await self.context(), EDIT)
        form = self.visit.form
        values = {"form": ["policies.install"], "csrf": [form.text("csrf")], "back": ["/policies"],
                  "f.text": [to_toml(self.document())], "f.expected": [self.expected]}  # fmt: skip
        self.visit.form = Values(values)
        return await self.visit.terminal.acting.preview(self.visit)

    async def simulate(self) -> None:
        """What the draft makes of the command that stands in the trial."""
        if (found := await self.checked()) is not None and self.trial is not None:
            await self.trial.run(self.visit, found)

    async def back_test(self) -> str:
        """Try the draft on everything that has happened; the job's name."""
        found = await self.checked()
        if found is None:
            return ""
        try:
            self.job = await start_back_test(self.visit, found)
        except Refused as refused:
            self.refused = refused
            return ""
        return str(self.job["id"])

    # --- what is shown ----------------------------------------------------------------------------------------------

    async def context(self) -> dict[str, Any]:
        """Everything that the templates need."""
        groups, words = await self.visit.api.get("/v1/groups"), RuleWords(self.visit)
        wrong = wrong_at(self.refused.field) if self.refused is not None else (-2, "")
        if self.mode == "form" and wrong[0] >= 0 and wrong[0] < len(self.draft.rules):
            self.draft.rules[wrong[0]]["open"] = "1"
        rules = document_of(self.draft)["rules"] if self.mode == "form" else []
        return {
            "editing": self, "draft": self.draft, "groups": [one["id"] for one in groups], "wrong": wrong,
            "sentences": [words.sentence(rule) for rule in rules], "words": words,
            "trial": self.trial or trial_of(self.visit), "most": MOST_RULES,
        }  # fmt: skip
