"""One's own account: devices, factors, password, API keys."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.naming import in_path
from holdfast.entrypoints.terminal.pages import SIGNED_IN, Answer, Redirect, action, page
from holdfast.entrypoints.terminal.visit import Visit


@page("/me", "me/me.html", title="me.title", needs=SIGNED_IN, nav="me", past=False)
async def me(visit: Visit) -> dict[str, Any]:
    """Everything about one's own account."""
    sessions, passkeys, keys = await visit.see_all("/v1/me/sessions", "/v1/me/passkeys", "/v1/me/api-keys")
    instructions = await visit.api.get("/v1/me/instructions") if visit.may("standing.manage") else None
    factors = len(passkeys) + ("totp" in visit.person.person.factors) + bool(visit.person.person.wallet)
    return {
        "sessions": sessions, "passkeys": passkeys, "keys": keys, "instructions": instructions, "only": factors == 1,
    }  # fmt: skip


@action("/do/me/end-session")
async def end_session(visit: Visit) -> Redirect:
    """End one of one's sessions."""
    await visit.api.call("DELETE", f"/v1/me/sessions/{in_path(visit.form.text('session'))}")
    return Redirect("/me", "me.session_ended")


@action("/do/me/end-others")
async def end_others(visit: Visit) -> Redirect:
    """End all sessions but this one."""
    await visit.api.call("DELETE", "/v1/me/sessions")
    return Redirect("/me", "me.others_ended")


@action("/do/me/app", template="act/form_page.html", title="me.new_app")
async def new_app(visit: Visit) -> Answer:
    """The secret of another authenticator app, which counts once a code of it is confirmed."""
    asked = await visit.api.post("/v1/me/totp")
    filled = await visit.form_of("me.totp.confirm", secret=asked["secret"], uri=asked["uri"])
    return {"filled": filled, "back": "/me"}
