"""The audit log with its filters and exports, and checking everything anew."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.folding import PAGES, folds, lines
from holdfast.entrypoints.terminal.pages import SIGNED_IN, Answer, Redirect, Shown, action, page
from holdfast.entrypoints.terminal.screens.looking import instant_of, second_of, tabs, until_of
from holdfast.entrypoints.terminal.visit import Visit

FILTERS = ("who", "what", "about", "source")
FORMATS = ("ndjson", "csv", "syslog")
SHOWN = 50
"""Entries on a page, at least where there are as many."""
HEADS = ("seq", "digest", "log_seq", "log_digest")


@page("/audit", "audit/log.html", title="audit.title", needs=SIGNED_IN, nav="audit")
async def audit(visit: Visit) -> Answer:
    """The log; who may not read it is led to what he may see."""
    if not visit.may("audit.read"):
        return Redirect(visit.link("/journal" if visit.may("desk.read") else "/statement"))
    query = {name: visit.query.text(name) for name in FILTERS}
    asked: dict[str, Any] = {name: text for name, text in query.items() if text}
    since, until = instant_of(visit.query.text("since")), await until_of(visit)
    asked |= {name: second_of(text) for name, text in (("since", since), ("until", until)) if text}
    foldable = not any(query[name] for name in ("who", "what", "about"))
    fold = foldable and not visit.query.text("each")
    problem: Refused | None = None
    found: dict[str, Any] = {"items": [], "next": None}
    try:
        found = await _entries(visit, asked, fold=fold)
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        problem = refused
    shown = lines(found["items"], fold=fold)
    exports = [(name, "/v1/audit/export?" + urlencode(asked | {"format": name})) for name in FORMATS]
    return {
        "found": found, "lines": shown, "folds": folds(shown, each=foldable and not fold), "filters": query,
        "filtered": bool(asked), "exports": exports, "problem": problem, "tabs": tabs(visit, "log"),
    }  # fmt: skip


async def _entries(visit: Visit, asked: dict[str, Any], *, fold: bool) -> dict[str, Any]:
    """A page of entries, and more where folded ones leave room on it. Raises: Refused."""
    wanted = asked | {"limit": SHOWN, "newest_first": "false" if visit.query.text("order") == "oldest" else "true"}
    items: list[dict[str, Any]] = []
    cursor: str | None = visit.query.text("cursor")
    for _ in range(PAGES):
        more = await visit.api.get("/v1/audit", **wanted, cursor=cursor)
        items, cursor = items + more["items"], more["next"]
        if not fold or cursor is None or len(lines(items, fold=True)) >= SHOWN:
            break
    return {"items": items, "next": cursor}


@page("/audit/verify", "audit/verify.html", title="audit.verify", needs="audit.verify", nav="audit", past=False)
async def verify(visit: Visit) -> dict[str, Any]:
    """The fields for heads that were noted elsewhere, and the button."""
    return {"heads": {name: visit.query.text(name) for name in HEADS}, "problem": None, "tabs": tabs(visit, "verify")}


@action("/do/audit/verify", needs="audit.verify", template="audit/verify.html", title="audit.verify")
async def begin(visit: Visit) -> Answer:
    """Begin to check; what was typed stays where it is refused."""
    heads = {name: visit.form.text(name) for name in HEADS}
    body = {name: int(text) if name in ("seq", "log_seq") and text.isdigit() else text for name, text in heads.items()}
    try:
        job = await visit.api.post("/v1/verify", {name: value for name, value in body.items() if value != ""})
    except Refused as refused:
        if refused.status in (401, 403):
            raise
        return Shown({"heads": heads, "problem": refused, "tabs": tabs(visit, "verify")}, status=refused.status)
    return Redirect(f"/audit/verify/{job['id']}")


@page("/audit/verify/{job}", "audit/checked.html", title="audit.verify", needs="audit.verify", nav="audit", past=False)
async def checked(visit: Visit) -> Answer:
    """How far it is, and what came of it; a script asks for the middle part alone while it runs."""
    job = await visit.api.get(f"/v1/jobs/{visit.path['job']}")
    context = {"job": job, "tabs": tabs(visit, "verify")}
    return Shown(context, "audit/job.html") if visit.htmx else context
