"""Ways in: password and second factor, passkey, wallet; and out."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import ENROLLING, PUBLIC, Answer, Redirect, Shown, action, page
from holdfast.entrypoints.terminal.proof import passkey_answer
from holdfast.entrypoints.terminal.visit import Visit, own_path

FIRST, SECOND, WALLET = "sign_in/first.html", "sign_in/second.html", "sign_in/wallet.html"


def _first(visit: Visit, refused: Refused | None = None, place: str = "password") -> Shown:
    """The first step, with what was typed but the password."""
    refused = refused and refused.at(place)
    context = {"next": _next(visit), "name": visit.form.text("name"), "refused": refused, "place": place}
    return Shown(context, FIRST, 200 if refused is None else refused.status)


def _second(visit: Visit, refused: Refused | None = None, place: str = "code") -> Shown:
    context = {"next": _next(visit), "refused": refused and refused.at(place), "place": place}
    return Shown(context, SECOND, 200 if refused is None else refused.status)


def _next(visit: Visit) -> str:
    return own_path(visit.form.text("next") or visit.query.text("next"))


def _on(visit: Visit, opened: dict[str, Any]) -> Redirect:
    """Where a session of this stage goes on."""
    if opened["stage"] == "enrol":
        return Redirect("/enrol")
    to = _next(visit)
    if opened["stage"] == "password":
        return Redirect("/sign-in" if to == "/" else f"/sign-in?next={to}")
    left = opened.get("recovery_left")
    return Redirect("/me" if left is not None else to, "sign_in.recovery_used" if left is not None else "")


@page("/sign-in", FIRST, title="sign_in.title", needs=PUBLIC, past=False)
async def sign_in(visit: Visit) -> Answer:
    """The step that is next: the first, the second, or on to the page that was wanted."""
    if visit.me is None:
        return _first(visit)
    if visit.me.stage == "full":
        return Redirect(_next(visit))
    return Redirect("/enrol") if visit.me.stage == "enrol" else _second(visit)


@action("/do/sign-in", needs=PUBLIC, title="sign_in.title")
async def with_password(visit: Visit) -> Answer:
    """The first step."""
    body = {"name": visit.form.text("name"), "password": "".join(visit.form.get("password", [])), "cookie": True}
    try:
        return _on(visit, await visit.api.post("/v1/sign-in/password", body))
    except Refused as refused:
        return _first(visit, refused)


@action("/do/sign-in/code", needs=ENROLLING, title="sign_in.title")
async def with_code(visit: Visit) -> Answer:
    """The second step: a code of the app."""
    return await _complete(visit, "/v1/sign-in/code", "code")


@action("/do/sign-in/recovery", needs=ENROLLING, title="sign_in.title")
async def with_recovery_code(visit: Visit) -> Answer:
    """The second step without the device."""
    return await _complete(visit, "/v1/sign-in/recovery", "recovery")


async def _complete(visit: Visit, path: str, field: str) -> Answer:
    try:
        return _on(visit, await visit.api.post(path, {"code": visit.form.text(field).replace(" ", "")}))
    except Refused as refused:
        if refused.status == 401 and refused.code != "sign_in_failed":
            raise
        return _second(visit, refused, field)


@action("/do/sign-in/passkey", needs=PUBLIC, title="sign_in.title")
async def with_passkey(visit: Visit) -> Answer:
    """A passkey: alone, or as the second step."""
    second = visit.me is not None and visit.me.stage == "password"
    try:
        body: dict[str, Any] = {
            "challenge": visit.form.text("challenge"), "answer": passkey_answer(visit.form.text("answer")),
        }  # fmt: skip
        if second:
            return _on(visit, await visit.api.post("/v1/sign-in/second/passkey", body))
        return _on(visit, await visit.api.post("/v1/sign-in/passkey", body | {"cookie": True}))
    except Refused as refused:
        return _second(visit, refused, "passkey") if second else _first(visit, refused, "passkey")


@page("/sign-in/wallet", WALLET, title="sign_in.wallet", needs=PUBLIC, past=False)
async def wallet(visit: Visit) -> Answer:
    """Which wallet."""
    return {"next": _next(visit), "asked": None, "address": "", "refused": None, "place": ""}


@action("/do/sign-in/wallet", needs=PUBLIC, title="sign_in.wallet")
async def wallet_asked(visit: Visit) -> Answer:
    """The text that the wallet signs."""
    return await _wallet_text(visit, None)


@action("/do/sign-in/wallet/finish", needs=PUBLIC, title="sign_in.wallet")
async def wallet_signed(visit: Visit) -> Answer:
    """The signature."""
    body = {name: visit.form.text(name) for name in ("address", "challenge", "signature")}
    try:
        return _on(visit, await visit.api.post("/v1/sign-in/wallet", body | {"cookie": True}))
    except Refused as refused:
        return await _wallet_text(visit, refused.at("signature"))


async def _wallet_text(visit: Visit, refused: Refused | None) -> Shown:
    address, asked, place = visit.form.text("address"), None, "signature"
    try:
        asked = await visit.api.post("/v1/sign-in/wallet/options", {"address": address})
    except Refused as bad:
        refused, place = refused or bad, "address"
    context = {"next": _next(visit), "asked": asked, "address": address, "refused": refused, "place": place}
    return Shown(context, WALLET, 200 if refused is None else refused.status)


@action("/do/sign-out", needs=PUBLIC)
async def sign_out(visit: Visit) -> Redirect:
    """End this session at once; one that has ended already is fine too."""
    try:
        await visit.api.post("/v1/sign-out")
    except Refused as refused:
        if refused.status != 401:
            raise
    return Redirect("/sign-in", "sign_in.signed_out")
