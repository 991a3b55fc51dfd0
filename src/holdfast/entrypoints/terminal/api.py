"""The public API as the pages use it: called inside this process, as the browser that asks, through the same door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
from litestar.types import ASGIApp, HTTPScope, Message
from msgspec import Struct

from holdfast.entrypoints.http.authentication import COOKIE

PASSED_ON = (
    b"cookie", b"host", b"origin", b"sec-fetch-site", b"traceparent", b"user-agent", b"x-forwarded-for",
)  # fmt: skip
"""Headers of the browser that the API sees: who asks, from where, and by which page."""


_PATH = re.compile(r"(/[A-Za-z0-9@._:-]{1,128})+")


class Answer(Struct, frozen=True):
    """What the API answered."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def json(self) -> Any:
        """The body as an object; None where there is none."""
        return msgspec.json.decode(self.body) if self.body else None


class Refused(Exception):
    """The API refused: problem details as an exception."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        super().__init__(str(told.get("detail", "")))
        self.status = status
        self.told = dict(told)
        self.code = str(told.get("code", "internal_error"))
        self.message = str(told.get("detail", ""))
        self.details: dict[str, Any] = dict(told.get("details") or {})
        self.remedy = str(told.get("remedy", ""))

    @property
    def field(self) -> str:
        """The field that it is about, empty where it is about none."""
        return str(self.details.get("field") or "")

    def at(self, place: str) -> Refused:
        """The same, told where it stands: what the API keeps to itself ("name, password, code or signature"), the page
        knows by the field that was filled in; texts in other languages go by it."""
        if self.code != "sign_in_failed":
            return self
        return Refused(self.status, {**self.told, "details": {"reason": place, **self.details}})


class Api:
    """One browser's way to the API, for the time of one request.

    A new session token that the API answers is used from then on, and kept in `cookies` for the browser.
    """

    def __init__(self, app: ASGIApp, scope: HTTPScope) -> None:
        self._app = app
        self._scope = scope
        given = dict(scope["headers"])
        self._headers = {name: given[name] for name in PASSED_ON if name in given}
        self.cookies: list[bytes] = []
        self.csrf = ""
        """What goes along in Holdfast-CSRF: the token in the form that the browser sent."""
        self.renewed = ""
        """The CSRF token of a session that began or was renewed during this request."""
        self.seen: dict[bytes, bytes] = {}
        """The headers of the last answer."""
        self.made_at: int | None = None
        """The earliest record that an answer about the present was true at: what comes after it, a page may lack."""

    @property
    def has_cookie(self) -> bool:
        """Whether the browser has a session, good or not."""
        return f"{COOKIE}=".encode() in self._headers.get(b"cookie", b"")

    async def get(self, path: str, **query: Any) -> Any:
        """Read something. Raises: Refused."""
        return (await self.call("GET", path, query=query)).json()

    async def post(self, path: str, body: Any = None, *, key: str = "", proof: str = "") -> Any:
        """Do something. Raises: Refused."""
        return (await self.call("POST", path, body=body, key=key, proof=proof)).json()

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str = "",
        proof: str = "",
    ) -> Answer:
        """Any request; `key` is its Idempotency-Key, `proof` that of a step-up. Raises: Refused.

        A name that came with a form may be part of the path: it stays one part, and leads nowhere else.
        """
        if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            raise Refused(404, {"code": "no_such_path", "detail": ""})
        headers = [*self._headers.items()]
        if body is not None:
            headers.append((b"content-type", b"application/json"))
        if self.csrf:
            headers.append((b"holdfast-csrf", self.csrf.encode()))
        if key:
            headers.append((b"idempotency-key", key.encode("latin-1", "replace")))
        if proof:
            headers.append((b"holdfast-step-up", proof.encode("latin-1", "replace")))
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        answer = await self._send(method, path, urlencode(given), headers, b"" if body is None else _encode(body))
        self.seen = answer.headers
        if (seq := answer.headers.get(b"holdfast-seq")) is not None and "as_of" not in given:
            self.made_at = min(int(seq), int(seq) if self.made_at is None else self.made_at)
        if answer.status >= 400:
            raise _refused(answer)
        return answer

    async def _send(
        self, method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answer:
        raw = path.encode("utf-8", "replace")
        scope: dict[str, Any] = {
            "type": "http", "asgi": self._scope["asgi"], "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": raw, "root_path": "", "query_string": query.encode("ascii"), "headers": headers,
            "client": self._scope.get("client"), "server": self._scope.get("server"), "extensions": {},
        }  # fmt: skip
        start: dict[str, Any] = {}
        parts: list[bytes] = []
        asked = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(cast(dict[str, Any], message))
            elif message["type"] == "http.response.body":
                parts.append(message["body"])

        await self._app(cast(Any, scope), receive, send)
        answer = Answer(start["status"], dict(start["headers"]), b"".join(parts))
        for name, value in start["headers"]:
            if name == b"set-cookie":
                self._renew(value, answer)
        return answer

    def _renew(self, cookie: bytes, answer: Answer) -> None:
        """Go on with the session's new token: the old one is worth nothing any more."""
        self.cookies.append(cookie)
        others = [
            part for part in self._headers.get(b"cookie", b"").split(b"; ") if not part.startswith(COOKIE.encode())
        ]
        self._headers[b"cookie"] = b"; ".join([*others, cookie.partition(b";")[0]])
        told = answer.json()
        if isinstance(told, dict):
            opened = told.get("opened") or told
            self.csrf = self.renewed = str(opened.get("csrf") or "")


def _encode(body: Any) -> bytes:
    return msgspec.json.encode(body)


def _refused(answer: Answer) -> Refused:
    try:
        told = answer.json()
    except msgspec.DecodeError:
        told = None
    return Refused(answer.status, told if isinstance(told, dict) else {})
