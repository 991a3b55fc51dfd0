"""A browser without scripts: it follows links, fills in forms and sends them, and keeps cookies."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx
from browser import COOKIE

from serving import House

HTML = "text/html,application/xhtml+xml"


class Form:
    """A form of a page: where it goes, and what its fields hold."""

    def __init__(self, action: str, method: str, id: str) -> None:
        self.action, self.method, self.id = action, method, id
        self.fields: dict[str, str] = {}
        self.buttons: list[dict[str, str]] = []


class _Reader(HTMLParser):
    """Finds the forms of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._area = ""
        self._select = ""
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._skip += 1
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"), given.get("id", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "button":
            self._form.buttons.append(given)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form.fields):
            self._form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = name
            self._form.fields[name] = ""
        elif tag == "input" and name and not (given.get("type") == "checkbox" and "checked" not in given):
            self._form.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skip -= 1
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data
        elif not self._skip:
            self.text.append(data)


class Plain:
    """Somebody's browser."""

    def __init__(self, house: House, person: str = "", lang: str = "en") -> None:
        self.house = house
        self.cookies: dict[str, str] = {COOKIE: house.session(person)} if person else {}
        self.client = house.client()
        self.client.headers.update({"Accept": HTML, "Accept-Language": lang, "User-Agent": "plain"})
        self.answer = httpx.Response(200)
        self.path = ""
        self._read = _Reader()

    def go(self, path: str) -> Plain:
        """Open a page and follow where it leads."""
        return self._ask("GET", path)

    def send(self, action: str, button: dict[str, str] | None = None, **fields: Any) -> Plain:
        """Fill in the form with this action (or id) and send it; `f_x` stands for the field `f.x`."""
        form = self.form(action)
        filled = dict(form.fields)
        for name, value in fields.items():
            field = "f." + name.removeprefix("f_") if name.startswith("f_") else name
            assert field in filled, f"{field} is no field of {action}: {sorted(filled)}"
            filled[field] = value
        where = (button or {}).get("formaction", form.action)
        return self._ask("POST", where, data=filled)

    def form(self, action: str) -> Form:
        """A form of the page."""
        found = [one for one in self._read.forms if action in (one.action, one.id)]
        assert found, f"no form {action} on {self.path}: {[one.action for one in self._read.forms]}\n{self.text[:2000]}"
        return found[0]

    @property
    def text(self) -> str:
        """What stands on the page, in one line."""
        return " ".join(" ".join(self._read.text).split())

    @property
    def status(self) -> int:
        return self.answer.status_code

    def _ask(self, method: str, path: str, **more: Any) -> Plain:
        for _ in range(5):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if method == "POST":
                headers |= {"Origin": self.house.url, "Sec-Fetch-Site": "same-origin"}
            self.answer = self.client.request(method, path, headers=headers, **more)
            self._keep()
            self.path = path
            if self.answer.status_code != 303:
                break
            method, path, more = "GET", self.answer.headers["location"], {}
        self._read = _Reader()
        self._read.feed(self.answer.text.replace("<wbr>", ""))
        return self

    def _keep(self) -> None:
        for line in self.answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in rest or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
