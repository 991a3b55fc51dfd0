"""How a request is got through: what is sent again and when, and how a request is confirmed; without any network.

`exchange` yields what is to be done next and is told what came of it, so that waiting and not waiting clients share it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from holdfast.client.credentials import Credentials
from holdfast.client.problems import error_of
from holdfast.client.requests import JSON, Request
from holdfast.errors import HoldfastError, StepUpRequired, TooManyRequests, Unavailable

STEP_UP = "Holdfast-Step-Up"


class Retries(Struct, frozen=True):
    """How often and how patiently a request is sent again. Units: seconds.

    Waits double from `first_wait` to `longest_wait`, a quarter of each by chance. A server that asks for more than
    `longest_wait` is not waited for.
    """

    attempts: int = 5
    first_wait: float = 0.2
    longest_wait: float = 10.0


class Send(NamedTuple):
    """Send this now."""

    method: str
    target: str
    headers: dict[str, str]
    content: bytes
    streams: bool


class Wait(NamedTuple):
    """Do nothing for so many seconds."""

    seconds: float


class Ask(NamedTuple):
    """Ask for a code that confirms the request with this hash."""

    request: str


class Got(NamedTuple):
    """What came back; `body` is empty where the answer is still being read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    stream: Any = None


class Lost(Exception):
    """There was no answer. `sent`: the request may have gone through all the same."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


Step = Send | Wait | Ask
Exchange = Generator[Step, Any, Got]


class Terms(NamedTuple):
    """What an exchange goes by."""

    credentials: Credentials
    retries: Retries
    clock: Callable[[], int]
    confirms: bool
    agent: str


def exchange(terms: Terms, request: Request) -> Exchange:
    """Get one request through; its answer.

    Sent again, with the same key: what got no answer, 503 and 429, if nothing can be done twice by it. What never
    left this machine and what a server was too busy for was not done, so that is sent again whatever it is.
    Raises: the server's refusal; Unavailable where it cannot be reached or does not answer.
    """
    proof: str | None = None
    tried = 0
    while True:
        tried += 1
        try:
            got: Got = yield _send(terms, request, proof)
        except Lost as lost:
            if tried >= terms.retries.attempts or (lost.sent and not request.again):
                raise _unreachable(request, lost) from None
            yield Wait(_pause(terms.retries, tried))
            continue
        if got.status < 300 or _is_own_answer(got):
            return got
        error = error_of(got.status, got.headers, got.body)
        wait = _again(terms.retries, request, got, error, tried)
        if wait is not None:
            yield Wait(wait)
        elif proof is None and _can_confirm(terms, error):
            proof = yield from _confirm(terms, str(error.details["request"]))
        else:
            raise _with_key(request, error)


def _send(terms: Terms, request: Request, proof: str | None = None) -> Send:
    target, content = request.target, request.content
    headers = {name: value for name, value in request.headers.items() if value is not None}
    headers |= {"User-Agent": terms.agent, "Accept": "*/*"}
    if content:
        headers["Content-Type"] = JSON
    if proof is not None:
        headers[STEP_UP] = proof
    id = headers.get("Idempotency-Key", "")
    headers |= terms.credentials.headers(request.method, target, content, terms.clock(), id)
    return Send(request.method, target, headers, content, request.streams)


def _is_own_answer(got: Got) -> bool:
    """A status that is part of the answer, as that of /health/ready while the server stops."""
    return got.status == 503 and got.headers.get("content-type", "").startswith(JSON)


def _again(retries: Retries, request: Request, got: Got, error: HoldfastError, tried: int) -> float | None:
    """How long to wait before the request is sent again; None where it is not."""
    if tried >= retries.attempts:
        return None
    if got.status == 429 and type(error) is TooManyRequests:
        pass  # the server did nothing
    elif not (got.status == 503 and type(error) is Unavailable and request.again):
        return None
    asked = got.headers.get("retry-after", "")
    least = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    return None if least > retries.longest_wait else max(float(least), _pause(retries, tried))


def _pause(retries: Retries, tried: int) -> float:
    longest = min(retries.first_wait * 2.0 ** (tried - 1), retries.longest_wait)
    return longest * (750 + secrets.randbelow(251)) / 1_000


def _can_confirm(terms: Terms, error: HoldfastError) -> bool:
    asked = isinstance(error, StepUpRequired) and isinstance(error.details.get("request"), str)
    return asked and terms.confirms and terms.credentials.session is not None


def _confirm(terms: Terms, wanted: str) -> Generator[Step, Any, str]:
    """Confirm exactly this request by a code; the proof that goes along with it. Raises: SignInFailed, Unavailable."""
    code = yield Ask(wanted)
    body = {"request": wanted, "method": "totp", "code": str(code)}
    got = yield from exchange(
        terms._replace(confirms=False), Request(method="POST", path="/v1/step-up/confirm", body=body)
    )
    told = msgspec.json.decode(got.body)
    terms.credentials.adopt(told)
    return str(told["proof"])


def _unreachable(request: Request, lost: Lost) -> Unavailable:
    key = request.headers.get("Idempotency-Key")
    if not lost.sent:
        said = f"The server cannot be reached ({lost.reason}). Nothing was sent; try again."
    elif key is not None:
        said = f"The server gave no answer ({lost.reason}). It may have been done: send it again with the same key."
    elif request.again:
        said = f"The server gave no answer ({lost.reason}). Try again."
    else:
        said = f"The server gave no answer ({lost.reason}). It may have been done: look before you send it again."
    return Unavailable(said, key=key) if key is not None else Unavailable(said)


def _with_key(request: Request, error: HoldfastError) -> HoldfastError:
    """A server that is not available is asked again with the same key."""
    key = request.headers.get("Idempotency-Key")
    if type(error) is Unavailable and key is not None:
        error.message = f"{error.message.rstrip('.')}. Send it again with the same key."
        error.args = (error.message,)
        error.details = {**error.details, "key": key}
    return error
