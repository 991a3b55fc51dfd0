"""The terminal around the API: pages at their paths, everything else goes on to the API as it is."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from typing import Any, cast
from urllib.parse import quote

import msgspec
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from holdfast.entrypoints.http import answers, observing, parsing
from holdfast.entrypoints.http.answers import Header
from holdfast.entrypoints.http.authentication import note_foreign, token_of_browser
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC, SIGNED_IN
from holdfast.entrypoints.http.server import Server
from holdfast.entrypoints.terminal.acting import Acting
from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.files import Files
from holdfast.entrypoints.terminal.once import Once, Sent
from holdfast.entrypoints.terminal.pages import Answer, Bytes, Page, Redirect, Shown, table
from holdfast.entrypoints.terminal.rendering import Renderer
from holdfast.entrypoints.terminal.screens import FORMS, PAGES
from holdfast.entrypoints.terminal.visit import SAID, Me, Visit, read_form
from holdfast.errors import HoldfastError
from holdfast.identity.records import Where

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HTML = b"text/html; charset=utf-8"

HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"same-origin"),  # with no-referrer a form's Origin would be "null"
    (b"permissions-policy", b"publickey-credentials-get=(self), publickey-credentials-create=(self)"),
    (b"vary", b"accept-encoding, accept-language, cookie, hx-request"),
)
"""On every page. Pages are compressed though they hold tokens: cookies are SameSite=Strict, so no other site can have
a page made with text of its choice and this person's tokens in it."""

TO_TOP: tuple[Header, ...] = (
    (b"hx-retarget", b"#said"), (b"hx-reswap", b"innerHTML show:window:top"), (b"hx-trigger", b"holdfast:close"),
)  # fmt: skip
"""Where a script puts what went wrong: on top of the page, the dialog closed."""

FOR_EVER = b"public, max-age=31536000, immutable"
SMALL = 600
MAX_FORM = 2**20


class Terminal:
    """An ASGI application: the terminal, and the API behind it."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self.app = app
        self.server = server
        self.pages = table(PAGES)
        self.files = Files()
        self.renderer = Renderer(self.files, self.pages, server.settings.name)
        self.acting = Acting(FORMS)
        self._once = Once()
        self._api = {route.path.split("/")[1] for route in server.routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if str(scope["type"]) != "http":
            await self.app(scope, receive, send)
            return
        request = cast(HTTPScope, scope)
        path = str(request["path"])
        if path.startswith("/static/"):
            await self._static(request, send)
        elif path.removeprefix("/").partition("/")[0] in self._api:
            await self.app(scope, receive, send)
        else:
            await self._enter(request, receive, send)

    # --- files ------------------------------------------------------------------------------------------------------

    async def _static(self, scope: HTTPScope, send: Send) -> None:
        found = self.files.find(str(scope["path"])) if scope["method"] in ("GET", "HEAD") else None
        if found is None:
            await answers.send_bytes(send, 404, b"", b"text/plain")
            return
        body, headers = found.body, [(b"cache-control", FOR_EVER), (b"vary", b"accept-encoding")]
        if found.zipped is not None and _takes_gzip(dict(scope["headers"])):
            body = found.zipped
            headers.append((b"content-encoding", b"gzip"))
        await answers.send_bytes(send, 200, body, found.kind, tuple(headers), head=scope["method"] == "HEAD")

    # --- pages ------------------------------------------------------------------------------------------------------

    async def _enter(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began, method = time.perf_counter(), str(scope["method"])
        try:
            scope["headers"] = [*parsing.headers_once(scope["headers"]).items()]
        except HoldfastError as error:
            await answers.send_bytes(send, error.status, answers.encode(answers.problem(error)), answers.PROBLEM)
            return
        found = self.pages.find(str(scope["path"]))
        if found is None and b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
            await self.app(scope, receive, send)  # a program is told as the API tells it
            return
        page = (found[0].get("GET" if method == "HEAD" else method) if found else None) or NOWHERE
        if page is NOWHERE and found is not None:
            page = LED_BACK
        visit = Visit(self, page, scope, found[1] if found else {})
        try:
            sent = await self._answer(visit, receive)
        except Exception:
            self.server.log.exception("page failed", page=page.path)
            sent = self._failed(visit, Refused(500, {"code": "internal_error"}))
        finally:
            observing.notice(cast(Call, _Noticed(visit, self.server)))
        self.server.metrics.request(page.name, sent.status, time.perf_counter() - began)
        await self._send(visit, sent, send)

    async def _answer(self, visit: Visit, receive: Receive) -> Sent:
        """What a page answers; refusals of the API become pages too."""
        page = visit.page
        try:
            if page.method == "POST":
                visit.form = read_form(await parsing.read_body(receive, MAX_FORM))
                visit.api.csrf = visit.form.text("csrf")
                await self._require_own_page(visit)
                key, token = visit.form.text("key"), token_of_browser(visit.headers)
                if key and token:
                    whose = hashlib.sha256(token.encode()).hexdigest()
                    return await self._once.run((whose, page.path, key), lambda: self._made(visit))
            return await self._made(visit)
        except Refused as refused:
            return self._refused(visit, refused)
        except HoldfastError as error:
            return self._failed(visit, Refused(error.status, answers.problem(error)))

    async def _made(self, visit: Visit) -> Sent:
        """The page's answer with the cookies that the API gave meanwhile: whoever waits for the same gets them too."""
        try:
            await self._identify(visit)
            led = visit.page.part_of and not visit.htmx  # opened by hand: a part has no head and no styles
            sent = self._sent(visit, Redirect(visit.whole) if led else await visit.page.answer(visit))
        except Refused as refused:
            sent = self._refused(visit, refused)
        return sent._replace(cookies=_renewed(visit))

    def _sent(self, visit: Visit, answer: Answer) -> Sent:
        if isinstance(answer, Redirect):
            return self._redirect(visit, answer)
        if isinstance(answer, Bytes):
            name = f"attachment; filename*=UTF-8''{quote(answer.name)}" if answer.name else "inline"
            return Sent(200, ((b"content-disposition", name.encode()),), answer.body, answer.kind)
        shown = answer if isinstance(answer, Shown) else Shown(answer)
        template = shown.template or visit.page.template
        return self._page(visit, template, shown.context, shown.status, shown.headers)

    async def _identify(self, visit: Visit) -> None:
        """Who asks, by the API; and whether he may see this page."""
        needs = visit.page.needs
        if visit.api.has_cookie or needs != PUBLIC:
            try:
                visit.me = msgspec.convert(await visit.api.get("/v1/me"), Me)
            except Refused as refused:
                if needs != PUBLIC or refused.status >= 500:
                    raise
        if needs in (PUBLIC, ENROLLING):
            return
        if visit.me is not None and visit.me.stage != "full":
            raise Refused(401, {"code": "second_factor_missing"})
        if needs != SIGNED_IN and not visit.may(needs):
            raise Refused(403, {"code": "forbidden", "details": {"function": needs}})

    async def _require_own_page(self, visit: Visit) -> None:
        """As the API does for what comes with a cookie; here also for signing in, where there is none yet."""
        site, origin = visit.header(b"sec-fetch-site"), visit.header(b"origin")
        if site in ("", "same-origin", "none") and (not origin or origin == self.server.origin):
            return
        why, token = "This request was made by another site's page.", token_of_browser(visit.headers)
        where = Where(self.server.address_of(cast(Scope, visit.scope), visit.headers), visit.header(b"user-agent"))
        await asyncio.to_thread(note_foreign, self.server, token, where, visit.page.path, why)
        raise Refused(403, {"code": "forbidden", "detail": why})

    # --- answers ----------------------------------------------------------------------------------------------------

    def _page(
        self, visit: Visit, template: str, context: dict[str, Any], status: int = 200, headers: tuple[Header, ...] = ()
    ) -> Sent:
        body = self.renderer.render(visit, template, context)
        if visit.said and not visit.htmx:
            headers = (*headers, _cookie(SAID, "", 0))
        return Sent(status, headers, body, HTML)

    def _redirect(self, visit: Visit, to: Redirect) -> Sent:
        headers: tuple[Header, ...] = () if not to.said else (_cookie(SAID, to.said, 30),)
        if visit.htmx:
            return Sent(200, ((b"hx-redirect", to.to.encode()), (b"hx-reswap", b"none"), *headers), b"", HTML)
        return Sent(303, ((b"location", to.to.encode()), *headers), b"", HTML)

    def _refused(self, visit: Visit, refused: Refused) -> Sent:
        """A refusal of the API where no form shows it: signing in, or a page that says what is to be done."""
        if refused.status != 401 or visit.page.path == "/sign-in":
            return self._failed(visit, refused)
        if visit.htmx:  # the page stays, with what was typed, while he signs in beside it
            return self._page(visit, "parts/signed_out.html", {}, 401, TO_TOP)
        if _from_elsewhere(visit):
            return self._page(visit, "again.html", {})
        if visit.form.text("form"):
            return self._page(visit, "act/ended.html", {"kept": self.acting.kept(visit)}, 401)
        here = visit.here if visit.page.method == "GET" and visit.page is not NOWHERE else "/"
        ended = visit.api.has_cookie and refused.code == "unauthenticated"
        said = "" if not ended else "sign_in.ended_here" if visit.page.method == "GET" else "sign_in.ended_lost"
        return self._redirect(visit, Redirect("/sign-in" + ("" if here == "/" else "?next=" + quote(here)), said))

    def _failed(self, visit: Visit, refused: Refused) -> Sent:
        context = {"problem": refused}
        if visit.htmx:
            return self._page(visit, "parts/problem.html", context, refused.status, TO_TOP)
        return self._page(visit, "error.html", context, refused.status)

    async def _send(self, visit: Visit, sent: Sent, send: Send) -> None:
        headers, body = (*sent.headers, *(sent.cookies or _renewed(visit)), *HEADERS), sent.body
        if len(body) > SMALL and sent.kind.startswith(b"text/") and _takes_gzip(visit.headers):
            body = await asyncio.to_thread(gzip.compress, body, 5) if len(body) > 2**18 else gzip.compress(body, 5)
            headers = (*headers, (b"content-encoding", b"gzip"))
        await answers.send_bytes(send, sent.status, body, sent.kind, headers, head=visit.scope["method"] == "HEAD")


async def _nowhere(_: Visit) -> Shown:
    raise Refused(404, {"code": "no_such_path"})


NOWHERE = Page("GET", "none", _nowhere, PUBLIC, "error.html", "error.title")
"""What stands at a path without a page."""


async def _led_back(_: Visit) -> Redirect:
    return Redirect("/")


LED_BACK = Page("GET", "none", _led_back, PUBLIC)
"""What stands at a form's path for whoever opens it by hand."""


class _Noticed:
    """A visit as the log of requests tells it."""

    def __init__(self, visit: Visit, server: Server) -> None:
        self.scope = visit.scope
        self.route = visit.page
        self.address = server.address_of(cast(Scope, visit.scope), visit.headers)
        self.who = None if visit.me is None else _Named(visit.me.person.id)


class _Named:
    def __init__(self, person: str) -> None:
        self.person = person


def _from_elsewhere(visit: Visit) -> bool:
    """Whether a link on another site led here: the browser keeps its cookies back then, and sends them when our own
    page leads to the same address."""
    elsewhere = visit.header(b"sec-fetch-site") == "cross-site" and visit.header(b"sec-fetch-mode") == "navigate"
    return elsewhere and visit.page.method == "GET" and not visit.api.has_cookie


def _renewed(visit: Visit) -> tuple[Header, ...]:
    return tuple((b"set-cookie", value) for value in visit.api.cookies)


def _takes_gzip(headers: Any) -> bool:
    return b"gzip" in headers.get(b"accept-encoding", b"")


def _cookie(name: str, value: str, seconds: int) -> Header:
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict".encode()
