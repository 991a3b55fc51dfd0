"""Step-up in the pages: what somebody can confirm a request by, and the proof from what he gave."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.visit import Visit

METHODS = ("passkey", "totp", "wallet")


class Proofs(Struct, kw_only=True):
    """The ways that somebody has, and for a wallet the text that it signs."""

    request: str
    methods: tuple[str, ...]
    wallet: dict[str, Any] | None = None


async def ask(visit: Visit, request: str) -> Proofs:
    """By what this person can confirm the request with this hash. Raises: Refused.

    A passkey's options are asked for by the script when its button is pressed; see `static/js/passkey.js`.
    """
    methods = tuple((await visit.api.post("/v1/step-up/methods"))["methods"])
    wallet = None
    if "wallet" in methods:
        wallet = await visit.api.post("/v1/step-up", {"request": request, "method": "wallet"})
    return Proofs(request=request, methods=methods, wallet=wallet)


async def give(visit: Visit, request: str) -> str:
    """The proof from what came with the form, empty where nothing did. Raises: Refused, at a field of the step-up."""
    given = visit.form
    body: dict[str, Any] = {"request": request}
    if answer := given.text("answer"):
        body |= {"method": "passkey", "challenge": given.text("challenge"), "answer": passkey_answer(answer)}
    elif code := given.text("code").replace(" ", ""):
        body |= {"method": "totp", "code": code}
    elif signature := given.text("signature"):
        body |= {"method": "wallet", "challenge": given.text("wallet_challenge"), "signature": signature}
    else:
        return ""
    try:
        proven = await visit.api.post("/v1/step-up/confirm", body)
    except Refused as refused:
        if refused.status == 400:  # a code of the wrong length, say
            refused = Refused(403, {**refused.told, "code": "sign_in_failed", "details": {}})
        raise refused.at({"totp": "code", "wallet": "signature"}.get(str(body["method"]), "")) from None
    return str(proven["proof"])


def passkey_answer(text: str) -> Any:
    """What the browser made, from its text. Raises: Refused."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise Refused(400, {"code": "bad_passkey"}) from None
