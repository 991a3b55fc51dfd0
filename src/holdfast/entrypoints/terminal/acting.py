"""One way for everything that changes something: form, preview, confirmation, step-up, and then it is done.

    POST /do/glance    what it would do, while somebody types
    POST /do/preview   the form again with what is wrong at its field, or the confirmation
    POST /do/edit      back from the confirmation, everything typed still there
    POST /do/bound     for scripts: the hash that a factor confirms with the note as it is typed
    POST /do/commit    done: a receipt, a proposal where the policies want one, or another page
    GET  /do/{form}    the form on a page of its own; the query fills it

Nothing is kept between them: what was typed goes along in the page. The confirmation fixes the Idempotency-Key, so that
sending it twice does it once, and its hash: what is done is what was shown.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.forms import COMMANDS, PREFIX, Filled, Form, Wanted
from holdfast.entrypoints.terminal.pages import Answer, Bytes, Redirect, Shown
from holdfast.entrypoints.terminal.proof import Proofs, ask, give
from holdfast.entrypoints.terminal.visit import Values, Visit, own_path
from holdfast.identity.step_up import hash_of

TO_DIALOG = ((b"hx-retarget", b"#dialog"), (b"hx-reswap", b"innerHTML"), (b"hx-trigger-after-swap", b"holdfast:open"))

PROPOSALS = "/v1/proposals"
MOST_NOTE = 500

_STALE = "Holdfast-CSRF"
"""How the API's refusal begins where a form holds the token of a session that has a new one."""


class Confirmation(Struct, kw_only=True):
    """What somebody is about to confirm."""

    filled: Filled
    wanted: Wanted
    key: str
    hash: str
    preview: Any = None
    proofs: Proofs | None = None
    problem: Refused | None = None
    stale: bool = False
    note: str = ""
    proposing: bool = False

    @property
    def policy(self) -> str:
        """What the policies say: allow, block or require_approvals."""
        decision = (self.preview or {}).get("policy") or {}
        return str(decision.get("action", "allow"))

    @property
    def proposal(self) -> dict[str, Any]:
        """The command as it is proposed where others must approve it."""
        return {"command": self.wanted.told, "note": self.note[:MOST_NOTE]}

    @property
    def bound(self) -> str:
        """What a factor confirms: the hash of the request that will be sent."""
        return hash_of("POST", PROPOSALS, self.proposal) if self.proposing else self.hash


class Acting:
    """The whole flow for all forms."""

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self._forms = forms

    def form(self, name: str) -> Form:
        """A form by its name. Raises: Refused where there is none."""
        if name not in self._forms:
            raise Refused(404, {"code": "no_such_path"})
        return self._forms[name]

    async def blank(self, visit: Visit, name: str, values: Mapping[str, str]) -> Filled:
        """A form before anybody typed."""
        form = self.form(name)
        given = {one.name: [one.default] for one in form.fields if one.default}
        given |= {key: [str(value)] for key, value in values.items()}
        return await self._filled(visit, Filled(form=form, values=Values(given)))

    async def typed(self, visit: Visit) -> Filled:
        """The form that came, with what was typed."""
        form = self.form(visit.form.text("form"))
        values = Values(
            {key.removeprefix(PREFIX): texts for key, texts in visit.form.items() if key.startswith(PREFIX)}
        )
        return await self._filled(visit, Filled(form=form, values=values))

    async def _filled(self, visit: Visit, filled: Filled) -> Filled:
        if filled.form.prepare is not None:
            filled.context = await filled.form.prepare(visit, filled.values)
        return filled

    def kept(self, visit: Visit) -> list[tuple[str, str]]:
        """What was typed, for a page that goes on with it once its person is signed in: no password, code or token."""
        form = self._forms.get(visit.form.text("form"))
        secret = {PREFIX + one.name for one in (form.fields if form else ()) if one.kind == "password"}
        given = {name: texts for name, texts in visit.form.items() if name.startswith(PREFIX) and name not in secret}
        given |= {name: [text] for name, text in visit.form.given("form", "back").items()}
        return [(name, text) for name, texts in given.items() for text in texts]

    # --- steps ------------------------------------------------------------------------------------------------------

    async def alone(self, visit: Visit) -> Answer:
        """The form on a page of its own."""
        values = {name: texts[-1] for name, texts in visit.query.items()}
        filled = await self.blank(visit, visit.path["form"], values)
        return self._form(visit, filled)

    async def edit(self, visit: Visit) -> Answer:
        """The form again, as it was typed."""
        return self._form(visit, await self.typed(visit))

    async def glance(self, visit: Visit) -> Answer:
        """What it would do; where it would be refused, why: nobody is to be stopped while typing."""
        filled = await self.typed(visit)
        context: dict[str, Any] = {"filled": filled, "preview": None, "problem": None}
        if _missing(filled):
            return Shown(context, filled.form.glance or "act/glance.html")
        try:
            wanted = filled.form.wanted(filled.form.read(filled.values, visit.language))
            context["preview"] = await visit.api.post(f"{COMMANDS}/preview", wanted.told)
            context["problem"] = _refused_by_rules(context["preview"])
        except Refused as refused:
            context["problem"] = refused
        except KeyError:
            pass  # something is not filled in yet
        return Shown(context, filled.form.glance or "act/glance.html")

    async def preview(self, visit: Visit) -> Answer:
        """The confirmation, or the form with what is wrong."""
        filled = await self.typed(visit)
        try:
            if missing := _missing(filled):
                return self._again(visit, filled, missing)
            asked = await self._asked(visit, filled)
        except Refused as refused:
            return self._again(visit, filled, refused)
        if not asked.wanted.is_command or (refused_ := _refused_by_rules(asked.preview)) is None:
            return self._confirmation(visit, asked)
        return self._again(visit, filled, refused_)

    async def commit(self, visit: Visit) -> Answer:
        """Do it, once."""
        filled, key = await self.typed(visit), visit.form.text("key") or new_key()
        try:
            asked = await self._asked(visit, filled, key, look=False)
        except Refused as refused:
            return self._again(visit, filled, refused)
        if filled.form.confirm and asked.hash != visit.form.text("hash"):
            return await self._ask_again(visit, asked, None)
        if asked.wanted.is_command and await self._is_done(visit, key):
            return Redirect(f"/receipt/{key}")
        try:
            try:
                proof = await give(visit, asked.bound)
            except Refused as refused:
                return await self._unproved(visit, asked, refused)
            if asked.proposing:
                return await self._propose(visit, asked, proof)
            answer = await self._send(visit, asked.wanted, key, proof)
        except Refused as refused:
            return await self._after_refusal(visit, asked, refused)
        if asked.wanted.reveal:
            context = {"answer": answer, "filled": filled, "wanted": asked.wanted, "back": self._back(visit, asked)}
            return self._shown(visit, context, asked.wanted.reveal, "act/reveal_page.html")
        if asked.wanted.is_command:
            return Redirect(visit.link(f"/receipt/{key}", back=self._back(visit, asked)))
        return Redirect(self._back(visit, asked), asked.wanted.said)

    async def bound(self, visit: Visit) -> Answer:
        """What a factor would confirm with the note as it is now, and the text for a wallet: a script asks for it."""
        asked = await self._asked(visit, await self.typed(visit), look=False)
        told: dict[str, Any] = {"request": asked.bound}
        if visit.form.text("wallet_challenge"):
            told["wallet"] = (await ask(visit, asked.bound)).wallet
        return Bytes(msgspec.json.encode(told), b"application/json")

    # --- parts ------------------------------------------------------------------------------------------------------

    async def _asked(self, visit: Visit, filled: Filled, key: str = "", *, look: bool = True) -> Confirmation:
        """What would be confirmed now. Raises: Refused."""
        wanted, key = filled.form.wanted(filled.form.read(filled.values, visit.language)), key or new_key()
        id_ = key if wanted.is_command else ""
        asked = Confirmation(
            filled=filled, wanted=wanted, key=key, note=" ".join((visit.form.text("note") or wanted.note).split()),
            hash=hash_of(wanted.method, wanted.path, wanted.body, query=wanted.query_string, id=id_),
            proposing=wanted.is_command and bool(visit.form.text("propose")),
        )  # fmt: skip
        if not look:
            return asked
        if wanted.is_command:
            asked.preview = await visit.api.post(f"{COMMANDS}/preview", wanted.told)
            asked.proposing = asked.policy == "require_approvals"
        if asked.policy != "block" and ((asked.preview or {}).get("step_up") or wanted.step_up):
            asked.proofs = await ask(visit, asked.bound)
        return asked

    async def _ask_again(self, visit: Visit, asked: Confirmation, refused: Refused | None) -> Answer:
        """The same confirmation with what went wrong; its key stays."""
        try:
            again = await self._asked(visit, asked.filled, asked.key)
        except Refused as other:
            return self._again(visit, asked.filled, refused or other)
        if again.wanted.is_command and (by_rules := _refused_by_rules(again.preview)) is not None:
            return self._again(visit, asked.filled, by_rules)
        again.problem, again.stale = refused, refused is None
        if again.proofs is None and refused is not None and refused.code == "step_up_required":
            again.proofs = await ask(visit, again.bound)
        return self._confirmation(visit, again)

    async def _after_refusal(self, visit: Visit, asked: Confirmation, refused: Refused) -> Answer:
        if refused.code == "approval_required" and asked.wanted.is_command and not asked.proposing:
            try:
                return await self._propose(visit, asked)
            except Refused as other:
                if other.code == "step_up_required":  # the factor was for the command: this is another request
                    return await self._ask_again(visit, asked, None)
                return self._again(visit, asked.filled, other)
        if _is_stale(refused) or (refused.status in (401, 403, 429, 503) and not asked.filled.form.place(refused)):
            return await self._unproved(visit, asked, refused)
        return self._again(visit, asked.filled, refused)

    async def _unproved(self, visit: Visit, asked: Confirmation, refused: Refused) -> Answer:
        """The confirmation once more: another factor, a fresh token or simply another try may do."""
        if refused.code == "unauthenticated":
            raise refused
        if not asked.filled.form.confirm:
            return self._again(visit, asked.filled, refused)
        if _is_stale(refused):
            visit.api.csrf = visit.csrf
            return await self._ask_again(visit, asked, None)
        return await self._ask_again(visit, asked, refused)

    async def _send(self, visit: Visit, wanted: Wanted, key: str, proof: str) -> Any:
        answer = await visit.api.call(
            wanted.method, wanted.path, query=wanted.query, body=wanted.body,
            key=key if wanted.is_command else "", proof=proof,
        )  # fmt: skip
        return answer.json()

    async def _is_done(self, visit: Visit, key: str) -> bool:
        try:
            await visit.api.get(f"{COMMANDS}/{key}")
        except Refused:
            return False
        return True

    async def _propose(self, visit: Visit, asked: Confirmation, proof: str = "") -> Answer:
        made = await visit.api.post(PROPOSALS, asked.proposal, proof=proof)
        return Redirect(f"/approvals/{made['id']}", "act.proposed")

    def _back(self, visit: Visit, asked: Confirmation) -> str:
        return asked.wanted.then or own_path(visit.form.text("back"))

    # --- answers ----------------------------------------------------------------------------------------------------

    def _again(self, visit: Visit, filled: Filled, refused: Refused) -> Answer:
        """The form with a refusal at its field."""
        if refused.code == "unauthenticated":
            raise refused
        filled.values.pop(filled.form.forget.get(refused.code, ""), None)
        if _is_stale(refused):
            filled.stale = True
        elif place := filled.form.place(refused, filled.form.read(filled.values, visit.language)):
            filled.errors = {place: refused.at(place)}
        else:
            filled.problem = refused
        return self._form(visit, filled)

    def _form(self, visit: Visit, filled: Filled) -> Answer:
        context = {"filled": filled, "back": own_path(visit.form.text("back") or visit.query.text("back"))}
        if visit.htmx and visit.form.text("inline"):
            headers = ((b"hx-trigger", b"holdfast:close"), (b"hx-retarget", f"#{filled.id}".encode()),
                       (b"hx-reswap", b"outerHTML"))  # fmt: skip
            return Shown(context, "act/form.html", headers=headers)
        filled.apart = visit.htmx
        return self._shown(visit, context, "act/form_dialog.html", "act/form_page.html")

    def _confirmation(self, visit: Visit, asked: Confirmation) -> Answer:
        context = {
            "asked": asked, "filled": asked.filled, "inline": visit.form.text("inline"),
            "back": own_path(visit.form.text("back")),
        }  # fmt: skip
        return self._shown(visit, context, "act/confirm.html", "act/confirm_page.html")

    def _shown(self, visit: Visit, context: dict[str, Any], part: str, whole: str) -> Answer:
        """A part for the dialog, or without scripts a page."""
        if visit.htmx:
            return Shown(context, part, headers=TO_DIALOG)
        return Shown({"part": part, **context}, whole)


def new_key() -> str:
    """A new Idempotency-Key, which is a name in a path as well."""
    return "t-" + secrets.token_hex(12)


def _refused_by_rules(preview: Any) -> Refused | None:
    """The refusal in a preview, if there is one: the rules', not the policies'."""
    error = (preview or {}).get("receipt", {}).get("error")
    if not error:
        return None
    told = {"code": error["code"], "detail": error["message"], "details": error.get("details") or {}}
    return Refused(422, told)


def _is_stale(refused: Refused) -> bool:
    return refused.code == "forbidden" and refused.message.startswith(_STALE)


def _missing(filled: Filled) -> Refused | None:
    """The first field that must be filled in and is not."""
    for one in filled.form.fields:
        if one.required and one.kind != "check" and not filled.values.text(one.name):
            return Refused(400, {"code": "missing", "details": {"field": one.name}})
    return None
