"""Attacks on the pages themselves: forged requests, links that lead elsewhere, texts that want to be code."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from browser import COOKIE, Desk, serving_pages
from plain import HTML, Plain
from signing import App

from holdfast.entrypoints.http.answers import GUARDED
from holdfast.entrypoints.terminal.api import Api, Refused
from holdfast.entrypoints.terminal.pages import PUBLIC
from holdfast.entrypoints.terminal.screens import FORMS, PAGES
from holdfast.identity.records import ApiKey, Organisation, Person, Session
from rich_desk import furnish
from serving import PEOPLE, House
from signed_requests import Signer

ELSEWHERE = (
    "//evil.example/", "///evil.example", "/\\evil.example", "/%5Cevil.example", "/%2F%2Fevil.example",
    "/%09/evil.example", "/%0a/evil.example", "/.//evil.example", "/..//evil.example/%2e%2e", "https://evil.example",
    "javascript:alert(1)", "data:text/html,x", "\\\\evil.example", " //evil.example", "/\t/evil.example",
    "/@evil.example/..//evil.example",
)  # fmt: skip

PLACES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data-options", "data-bound", "poster", "srcdoc")

CODE = "\"'><xss onload=alert(1)></textarea></script></title></pre>{{9**17}}"
"""What no page may take for its own, in a text that somebody typed."""


class Seen(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def addresses(self) -> Iterator[str]:
        for _, given in self.elements:
            yield from (given[name] for name in PLACES if given.get(name))


def own(address: str) -> bool:
    """Whether a browser stays on this site with it: browsers drop tabs and line ends and take \\ for /."""
    read = re.sub(r"[\t\r\n]", "", address.strip()).replace("\\", "/")
    return read.startswith(("#", "?", "data:image/")) or (read.startswith("/") and not read.startswith("//"))


# --- addresses --------------------------------------------------------------------------------------------------------


def raw(house: House, first: str, *lines: str) -> bytes:
    """The whole answer to a request with just this first line."""
    host, port = house.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        text = "\r\n".join((first, "Host: localhost", "Accept: text/html", "Connection: close", *lines, "", ""))
        connection.sendall(text.encode("latin-1"))
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found


def test_addresses_of_any_shape__answered_with_our_headers_and_no_way_to_another_site(house: House) -> None:
    targets = ["*", "http://evil.example/vaults", "http://evil.example", "//evil.example/%2e%2e", "/%00", "/\xff",
               "/%ff%fe", "/%2F%2Fevil.example", "/%5Cevil.example", "/%09/evil.example",
               "//evil.example?x=%22%3E%3Cxss%3E", "/%22%3E%3Cxss%3E", "/vaults/%2e%2e/%2e%2e/v1",
               "/a" * 3_000]  # fmt: skip
    for method in ("GET", "OPTIONS", "POST", "HEAD", "PROPFIND"):
        for target in targets:
            head, _, body = raw(house, f"{method} {target} HTTP/1.1").partition(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            status = int(lines[0].split()[1])
            assert status < 500, (method, target, lines[0])
            names = {line.partition(b":")[0] for line in lines[1:]}
            assert {name for name, _ in GUARDED} <= names, (method, target)
            seen = Seen(body.decode("utf-8", "replace"))
            assert all(map(own, seen.addresses())), (method, target, [one for one in seen.addresses() if not own(one)])
            assert "xss" not in {tag for tag, _ in seen.elements}, (method, target)


def test_back_and_next__lead_to_no_other_site(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX")
    house.do("faucet.drip", "alice", asset="FLUX", amount="9")
    at = Plain(house, "alice")
    for evil in ELSEWHERE:
        for page in (f"/do/vault.deposit?vault=FLUX&back={quote(evil)}", f"/sign-in?next={quote(evil)}",
                     f"/vaults?back={quote(evil)}&next={quote(evil)}&cursor={quote(evil)}"):  # fmt: skip
            at.go(page)
            assert all(map(own, Seen(at.answer.text).addresses())), (page, list(Seen(at.answer.text).addresses()))
        for fields in ({"language": "ru", "back": evil}, {"theme": "dark", "back": evil}):
            answer = at.client.post("/do/choose", data=fields, headers={"Origin": house.url})
            assert answer.status_code == 303 and own(answer.headers["location"]), evil
        sent = {"form": "vault.deposit", "f.vault": "FLUX", "f.assets": "1", "back": evil}
        at.go("/do/vault.deposit?vault=FLUX")
        at._ask("POST", "/do/preview", data=sent | {"csrf": at.form("/do/preview").fields["csrf"]})
        assert all(map(own, Seen(at.answer.text).addresses())), evil


def test_names_in_forms__are_one_part_of_a_path_of_the_api_and_no_more() -> None:
    """The pages ask in somebody's name: what came with a form must not choose another route."""
    api = Api(None, {"headers": [], "asgi": {}})  # type: ignore[arg-type, typeddict-item]
    for name in ("", "..", ".", "a/../b", "a/b/../../c", "x?y=1", "x#y", "x%2Fy", "x\ny", "x y", "ü", "x" * 129):
        for path in (f"/v1/me/sessions/{name}", f"/v1/people/{name}/disable"):
            if path == "/v1/people/a/b/../../c/disable":
                continue
            with pytest.raises(Refused) as refused:
                api_call(api, path)
            assert refused.value.status == 404


def api_call(api: Api, path: str) -> None:
    """Run a call up to where it would be sent."""
    step = api.call("DELETE", path)
    try:
        step.send(None)
    finally:
        step.close()


# --- forged requests --------------------------------------------------------------------------------------------------

FILLED = {"amount": "1", "assets": "1", "shares": "1", "to": "bob", "asset": "FLUX", "vault": "FLUX", "person": "bob",
          "role": "operator", "title": "x", "functions": "*", "expires": "2026-06-01", "account": "bob", "group": "g",
          "members": "alice", "label": "x", "url": "https://evil.example/x", "types": "*", "proposal": "0" * 10,
          "hash": "0" * 64, "kind": "proposals", "public_key": "ab" * 32, "session": "s", "key": "k"}  # fmt: skip


def test_every_action__without_the_token_of_the_session__does_nothing(house: House) -> None:
    furnish(house)
    cookies = {name: house.session(name) for name in ("olga", "alice", "anna", "paul")}
    office = {one.what for one in house.office.log()}
    records, people = house.service.head, {name: house.office.get(ApiKey, name) for name in PEOPLE}
    actions = [(one.path, {}) for one in PAGES if one.method == "POST" and "{" not in one.path]
    actions += [("/do/commit", {"form": name}) for name in FORMS]
    assert len(actions) > 60
    client = house.client()
    for path, fields in actions:
        form = FORMS.get(fields.get("form", ""))
        values = {f"f.{one.name}": FILLED.get(one.name, one.default or "1") for one in form.fields} if form else FILLED
        for token in ("", "x" * 43):
            for who, cookie in cookies.items():
                headers = {"Cookie": f"{COOKIE}={cookie}", "Accept": HTML, "Origin": house.url}
                answer = client.post(path, data=values | fields | {"csrf": token}, headers=headers)
                assert answer.status_code < 500, (path, fields, answer.status_code)
                renewed = [line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE)]
                assert not renewed or path.startswith("/do/sign-in"), (path, fields, who)
    assert house.service.head == records
    assert {one.what for one in house.office.log()} - office <= {
        "access.foreign", "access.refused", "sign_in.failed", "step_up.refused",
    }  # fmt: skip
    assert {name: house.office.get(ApiKey, name) for name in PEOPLE} == people
    for name, cookie in cookies.items():
        assert house.client(cookie).get("/v1/me").status_code == 200, f"{name} is still signed in"


# --- texts that want to be code ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk on which everything that people can name is named CODE."""
    with serving_pages(f"sqlite:{tmp_path_factory.mktemp('marked') / 'desk.db'}") as house:
        furnish(house)
        mark(house)
        yield house


def mark(house: House) -> None:
    """Put the text wherever the API takes one."""
    olga = Signer(house, "olga")
    with house.office.write() as t:
        for name in PEOPLE:
            kept = t.get(Person, name)
            assert kept is not None
            t.put(msgspec.structs.replace(kept, title=CODE))
        t.put(Organisation("org", CODE, t.now))
        for key in list(t.all(ApiKey).values()):
            t.put(msgspec.structs.replace(key, title=CODE))
    rule = {"name": CODE[:50], "action": "require_approvals", "commands": ["asset.transfer"],
            "per_command": {"above": "1"}, "approvals": [{"group": "board", "count": 1}]}  # fmt: skip
    done = [
        olga("PUT", "/v1/groups/board", {"members": ["paul"], "title": CODE[:60]}),
        olga("PUT", "/v1/policies", {"policies": {"rules": [{"name": "all", "action": "allow"}, rule]}, "expected": 1}),
        olga("PUT", "/v1/address-book/custodian", {"label": CODE[:60]}),
        olga("POST", "/v1/webhooks", {"url": "https://x.example/\"'><xss>", "types": ["*"]}),
        olga("POST", "/v1/proposals", {"command": pay(house), "note": CODE}),
        olga("POST", "/v1/compliance/freeze", {"asset": "FLUX", "account": "bob", "reason": CODE},
             **{"Idempotency-Key": "freeze-1"}),
    ]  # fmt: skip
    for one in done:
        assert one.status_code < 300, (one.request.url, one.text)


def pay(house: House) -> dict[str, Any]:
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="5000")
    return {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", "to": "alice", "amount": "500"}


def pages_of(house: House) -> list[str]:
    """Every page without names in its address, forms filled with the text, and those that lists lead to."""
    plain = [one.path for one in PAGES if one.method == "GET" and "{" not in one.path]
    code = quote(CODE)
    filled = [f"/do/{name}?{'&'.join(f'{one.name}={code}' for one in form.fields)}" for name, form in FORMS.items()]
    names = ("as_of", "who", "type", "cursor")
    asked = [f"{path}?{name}={code}" for path in plain for name in names]
    return [*plain, *filled, *asked, f"/nowhere/{code}", f"/vaults/{code[:60]}", "/receipt/t-1"]


@pytest.mark.parametrize("person", ["olga", "paul", "alice", ""])
def test_what_people_typed__is_text_on_every_page(marked: House, person: str) -> None:
    at, shown = Plain(marked, person, lang="ru" if person == "paul" else "en"), 0
    queue, done = pages_of(marked), set[str]()
    while queue:
        path = queue.pop()
        if path in done or path.startswith(("/v1/", "/static/")) or len(done) > 400:
            continue
        done.add(path)
        at.go(path)
        if not at.answer.headers["content-type"].startswith("text/html"):
            continue
        text = at.answer.text
        shown += "xss onload" in text
        seen = Seen(text)
        assert "xss" not in {tag for tag, _ in seen.elements}, path
        assert not [name for _, given in seen.elements for name in given if name.startswith("on")], path
        assert "16677181699666569" not in text, f"{path}: a template in a text was carried out"
        assert all(map(own, seen.addresses())), (path, [one for one in seen.addresses() if not own(one)])
        queue += [one for one in seen.addresses() if one.startswith("/") and "/do/" not in one and "export" not in one]
    assert shown >= (4 if person else 0), "the text stands on pages, so it is tested"


# --- what a browser keeps ---------------------------------------------------------------------------------------------


def test_every_answer_of_the_pages__is_not_kept(house: House, tmp_path: Path) -> None:
    at = Plain(house, "olga")
    for path in [one.path for one in PAGES if one.method == "GET" and "{" not in one.path] + ["/nowhere"]:
        answer = at.client.get(path, headers={"Cookie": f"{COOKIE}={at.cookies[COOKIE]}", "Accept": HTML})
        assert answer.headers["cache-control"] == "no-store", path
    file = at.client.get("/statement/olga/export?year=2026", headers={"Cookie": f"{COOKIE}={at.cookies[COOKIE]}"})
    assert file.status_code == 200 and file.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9%._-]+", file.headers["content-disposition"])


def test_a_page_that_the_browser_kept__is_asked_for_anew(desk: Desk, house: House) -> None:
    """Some browsers show a page again as it was, also after signing out."""
    page = desk("alice", "/me")
    page.get_by_role("heading", level=1).wait_for()
    house.server.sessions.find(house.session("alice"))
    with house.office.write() as t:
        for id in [one.id for one in t.all(Session).values() if one.person == "alice"]:
            t.delete(Session, id)
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_url(re.compile("/sign-in"))


def test_a_form_without_a_session__shares_no_answer(house: House) -> None:
    """Whoever is nobody gets no answer that was made for another nobody, whatever key he sends."""
    App(house, "alice")
    sent = {"name": "alice", "password": "violet anchor tuesday", "key": "t-1"}
    headers = {"Accept": HTML, "Origin": house.url}
    first = house.client().post("/do/sign-in", data=sent, headers=headers)
    assert COOKIE in first.headers["set-cookie"]
    second = house.client().post("/do/sign-in", data=sent | {"password": "wrong words here"}, headers=headers)
    assert second.status_code == 401 and COOKIE not in second.headers.get("set-cookie", "")


def test_pages_for_nobody__are_few() -> None:
    """A page that needs nobody is named here, so that none comes about by mistake."""
    assert sorted(one.path for one in PAGES if one.needs == PUBLIC) == [
        "/do/choose", "/do/invitation", "/do/sign-in", "/do/sign-in/passkey", "/do/sign-in/wallet",
        "/do/sign-in/wallet/finish", "/do/sign-out", "/do/start", "/invitation", "/sign-in", "/sign-in/wallet",
        "/start",
    ]  # fmt: skip
