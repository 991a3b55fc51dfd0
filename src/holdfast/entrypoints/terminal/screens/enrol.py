"""Becoming somebody: the first operator's link, invitations, and the first second factor with its recovery codes."""

from __future__ import annotations

from typing import Any

import segno

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import ENROLLING, PUBLIC, Answer, Redirect, Shown, action, page
from holdfast.entrypoints.terminal.proof import passkey_answer
from holdfast.entrypoints.terminal.visit import Visit

START, INVITATION = "enrol/start.html", "enrol/invitation.html"
FACTOR, APP, CODES = "enrol/factor.html", "enrol/app.html", "enrol/codes.html"


def qr_of(uri: str) -> str:
    """A QR code as the address of an image: drawn here, so that no script ever has the secret."""
    if not uri.startswith("otpauth://totp/") or len(uri) > 500:
        return ""
    return str(segno.make(uri, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=4))


def _typed(visit: Visit, refused: Refused | None = None) -> dict[str, Any]:
    """What came with a form but the password, and where a refusal stands."""
    place = ""
    if refused is not None:
        place = "password" if refused.code == "weak_password" else refused.field
        place = "token" if refused.code == "link_not_valid" else place
        place = "name" if refused.code in ("person_exists", "malformed") and not place else place
    names = ("token", "name", "title")
    return {name: visit.form.text(name) for name in names} | {"refused": refused, "place": place}


@page("/start", START, title="enrol.start", needs=PUBLIC, past=False)
async def start(visit: Visit) -> Answer:
    """The link that the server prints while nobody can sign in; its token stands behind #."""
    return _typed(visit)


@action("/do/start", needs=PUBLIC, title="enrol.start")
async def started(visit: Visit) -> Answer:
    """Become the first operator."""
    body: dict[str, Any] = {name: visit.form.text(name) for name in ("token", "name")}
    body |= {"password": "".join(visit.form.get("password", [])), "cookie": True, **visit.form.given("title")}
    try:
        await visit.api.post("/v1/bootstrap", body)
    except Refused as refused:
        return Shown(_typed(visit, refused), START, refused.status)
    return Redirect("/enrol")


@page("/invitation", INVITATION, title="enrol.invitation", needs=PUBLIC, past=False)
async def invitation(visit: Visit) -> Answer:
    """An invitation's link; its token stands behind #."""
    return _typed(visit)


@action("/do/invitation", needs=PUBLIC, title="enrol.invitation")
async def accepted(visit: Visit) -> Answer:
    """Choose a password."""
    body = {"token": visit.form.text("token"), "password": "".join(visit.form.get("password", [])), "cookie": True}
    try:
        await visit.api.post("/v1/invitations/accept", body)
    except Refused as refused:
        return Shown(_typed(visit, refused), INVITATION, refused.status)
    return Redirect("/enrol")


@page("/enrol", FACTOR, title="enrol.title", needs=ENROLLING, past=False)
async def factor(visit: Visit) -> Answer:
    """Choose a second factor."""
    if visit.person.stage == "full":
        return Redirect("/me")
    return {"refused": None} if visit.person.stage == "enrol" else Redirect("/sign-in")


@action("/do/enrol/app", needs=ENROLLING, title="enrol.app")
async def app_asked(visit: Visit) -> Answer:
    """The secret of a new authenticator app."""
    asked = await visit.api.post("/v1/me/totp")
    return Shown(_app(asked["secret"], asked["uri"]), APP)


@action("/do/enrol/app/confirm", needs=ENROLLING, title="enrol.app")
async def app_confirmed(visit: Visit) -> Answer:
    """The first code."""
    try:
        done = await visit.api.post("/v1/me/totp/confirm", {"code": visit.form.text("code").replace(" ", "")})
    except Refused as refused:
        if refused.status == 401 and refused.code != "sign_in_failed":
            raise
        if visit.person.stage == "full":
            return Redirect("/me", "enrol.done_before")
        context = _app(visit.form.text("secret"), visit.form.text("uri"), refused.at("code"))
        return Shown(context, APP, refused.status)
    return codes(visit, done)


def _app(secret: str, uri: str, refused: Refused | None = None) -> dict[str, Any]:
    """The page with the secret. It goes along in the form, so that a wrong code does not make another."""
    return {"secret": secret, "uri": uri, "qr": qr_of(uri), "refused": refused}


@action("/do/enrol/passkey", needs=ENROLLING, title="enrol.title")
async def passkey_made(visit: Visit) -> Answer:
    """The passkey that the browser made."""
    try:
        body = {"challenge": visit.form.text("challenge"), "answer": passkey_answer(visit.form.text("answer"))}
        return codes(visit, await visit.api.post("/v1/me/passkeys", body))
    except Refused as refused:
        if visit.person.stage == "full":
            return Redirect("/me", "enrol.done_before")
        return Shown({"refused": refused}, FACTOR, refused.status)


def codes(visit: Visit, done: dict[str, Any]) -> Answer:
    """The recovery codes, shown once; where there are none, on."""
    found = done.get("recovery_codes") or ()
    return Shown({"codes": found, "then": "/"}, CODES) if found else Redirect("/me", "me.factor_added")
