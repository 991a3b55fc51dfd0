"""What is done about a proposal or a change: approve exactly what was shown, refuse, withdraw, carry out."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import Wanted, area, form, hidden
from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.visit import Values, Visit

_WHICH = (hidden("kind"), hidden("proposal"), hidden("hash", required=False))


def _path(values: Values, step: str) -> str:
    kind = "changes" if values.text("kind") == "changes" else "proposals"
    return f"/v1/{kind}/{in_path(values.text('proposal'))}/{step}"


def _back(values: Values) -> str:
    return f"/approvals/{in_path(values.text('proposal'))}"


async def _look(visit: Visit, values: Values) -> dict[str, Any]:
    """What is approved, once more, for the confirmation."""
    name = in_path(values.text("proposal"))
    if values.text("kind") == "changes":
        return {"review": await visit.api.get(f"/v1/changes/{name}")}
    return {"review": await visit.api.get(f"/v1/proposals/{name}/review")}


@form("approvals.approve", "approvals.approve_title", *_WHICH, prepare=_look, summary="approvals/summary.html")
def approve(values: Values) -> Wanted:
    """An approval, bound to the hash of what was shown."""
    body = {"hash": values.text("hash")}
    return Wanted(
        path=_path(values, "approve"), body=body, step_up=True, then=_back(values), said="approvals.said_approved"
    )


@form("approvals.reject", "approvals.reject_title", *_WHICH,
      area("why", label="approvals.why", hint="approvals.why_hint", required=False, most_length=500),
      submit="approvals.reject", danger=True)  # fmt: skip
def reject(values: Values) -> Wanted:
    """A refusal, which ends it."""
    body = {"hash": values.text("hash"), **values.given("why")}
    return Wanted(path=_path(values, "reject"), body=body, then=_back(values), said="approvals.said_rejected")


@form("approvals.cancel", "approvals.cancel_title", *_WHICH,
      area("why", label="approvals.why", required=False, most_length=500), submit="approvals.cancel")  # fmt: skip
def cancel(values: Values) -> Wanted:
    """A withdrawal."""
    path = _path(values, "cancel")
    return Wanted(path=path, body=values.given("why"), then=_back(values), said="approvals.said_cancelled")


@form(
    "approvals.execute",
    "approvals.execute_title",
    *_WHICH,
    hidden("step_up", required=False),
    prepare=_look,
    summary="approvals/summary.html",
)
def execute(values: Values) -> Wanted:
    """What was approved, carried out; with a factor where the command would ask for one."""
    return Wanted(path=_path(values, "execute"), then=_back(values), said="approvals.said_executed",
                  step_up=bool(values.text("step_up")))  # fmt: skip
