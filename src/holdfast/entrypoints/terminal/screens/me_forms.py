"""What one changes about one's own account, each confirmed by a factor."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import Field, Wanted, area, form, hidden, second_of_day, text
from holdfast.entrypoints.terminal.proof import passkey_answer
from holdfast.entrypoints.terminal.screens import enrol
from holdfast.entrypoints.terminal.visit import Values, Visit


def _path_name(values: Values, name: str) -> str:
    """A name in a path; what is no name finds nothing there."""
    return values.text(name).replace("/", "").replace("?", "").replace("%", "")


@form(
    "me.password", "me.password",
    Field(name="present", kind="password", label="me.present_password"),
    Field(name="new", kind="password", label="me.new_password", hint="enrol.password_hint"),
    at={"sign_in_failed": "present", "weak_password": "new"},
)  # fmt: skip
def password(values: Values) -> Wanted:
    """Another password."""
    body = {"present": values.text("present"), "new": values.text("new")}
    return Wanted(path="/v1/me/password", body=body, then="/me", said="me.password_changed", step_up=True)


@form("me.totp.remove", "me.remove_app", danger=True)
def remove_app(_: Values) -> Wanted:
    """No authenticator app any more."""
    return Wanted(method="DELETE", path="/v1/me/totp", then="/me", said="me.factor_removed", step_up=True)


async def _secret(_: Visit, values: Values) -> dict[str, Any]:
    """The secret as an image; it goes along in the form, so that a wrong code does not make another."""
    return {"qr": enrol.qr_of(values.text("uri"))}


@form("me.totp.confirm", "me.new_app", text("code", label="enrol.code"), hidden("secret", required=False),
      hidden("uri", required=False), prepare=_secret, template="me/new_app.html",
      summary="me/new_app_summary.html", at={"sign_in_failed": "code"})  # fmt: skip
def new_app(values: Values) -> Wanted:
    """The first code of a new authenticator app."""
    body = {"code": values.text("code").replace(" ", "")}
    return Wanted(path="/v1/me/totp/confirm", body=body, then="/me", said="me.factor_added", step_up=True)


@form("me.passkey.add", "me.add_passkey", hidden("challenge"), hidden("answer"))
def add_passkey(values: Values) -> Wanted:
    """A passkey more, which the browser has just made."""
    body = {"challenge": values.text("challenge"), "answer": passkey_answer(values.text("answer"))}
    return Wanted(path="/v1/me/passkeys", body=body, then="/me", said="me.factor_added", step_up=True)


@form("me.passkey.remove", "me.remove_passkey", hidden("passkey"), danger=True)
def remove_passkey(values: Values) -> Wanted:
    """A passkey less."""
    path = f"/v1/me/passkeys/{_path_name(values, 'passkey')}"
    return Wanted(method="DELETE", path=path, then="/me", said="me.factor_removed", step_up=True)


@form("me.recovery", "me.new_recovery")
def new_recovery_codes(_: Values) -> Wanted:
    """Fresh recovery codes."""
    return Wanted(path="/v1/me/recovery-codes", then="/me", reveal="me/codes.html", step_up=True)


@form(
    "me.key.add", "me.add_key",
    text("title", label="me.key_title", most_length=100),
    Field(name="expires", kind="day", label="me.key_expires"),
    area("functions", label="me.key_functions", hint="me.key_functions_hint", default="*"),
    area("networks", label="me.key_networks", hint="me.key_networks_hint", required=False),
    text("public_key", label="me.key_public", hint="me.key_public_hint", required=False),
    at={"bad_functions": "functions"},
)  # fmt: skip
def add_key(values: Values) -> Wanted:
    """An API key."""
    body: dict[str, Any] = {
        "title": values.text("title"),
        "expires": second_of_day(values, "expires"),
        "functions": values.text("functions").split(),
        "networks": values.text("networks").split(), **values.given("public_key"),
    }  # fmt: skip
    return Wanted(path="/v1/me/api-keys", body=body, then="/me", reveal="me/key.html", step_up=True)


@form("me.key.revoke", "me.revoke_key", hidden("key"), hidden("title", required=False), danger=True)
def revoke_key(values: Values) -> Wanted:
    """An API key less."""
    path = f"/v1/api-keys/{_path_name(values, 'key')}"
    return Wanted(method="DELETE", path=path, then="/me", said="me.key_revoked")


@form("me.instruction.end", "me.end_instruction", hidden("instruction"), danger=True)
def end_instruction(values: Values) -> Wanted:
    """A standing instruction less."""
    path = f"/v1/me/instructions/{_path_name(values, 'instruction')}"
    return Wanted(method="DELETE", path=path, then="/me", said="me.instruction_ended")
