"""What all pages have: their policy, words and size; and that they work without scripts and when things fail."""

from __future__ import annotations

import ast
import gzip
import re
import string
import tomllib
from pathlib import Path

import httpx
import pytest
from browser import Desk, accessible, fits, shot
from plain import HTML, Plain

import holdfast.entrypoints.terminal as package
from holdfast.entrypoints.terminal import figures
from holdfast.entrypoints.terminal.application import POLICY
from holdfast.entrypoints.terminal.language import FOLDER, FORMS, LANGUAGES, Language, plural, preferred, words
from holdfast.entrypoints.terminal.pages import ENROLLING, NAVIGATION, PUBLIC, Page
from holdfast.entrypoints.terminal.screens import FORMS as ALL_FORMS
from holdfast.entrypoints.terminal.screens import PAGES
from holdfast.entrypoints.terminal.visit import own_path
from holdfast.errors import ERRORS
from holdfast.identity.records import Where
from holdfast.identity.roles import FUNCTIONS
from serving import House

ROOT = Path(package.__file__).parent
SOURCES = [path for suffix in ("py", "html", "js") for path in ROOT.rglob(f"*.{suffix}") if "vendor" not in path.parts]

FAMILIES = ("commands.", "errors.", "field.", "js.", "log.", "nav.", "error.", "me.instruction_", "record.", "result.",
            "roles.", "rules.", "status.", "vaults.reason_", "why.")  # fmt: skip
"""Words whose keys come from elsewhere: the API's codes and names, or are put together."""

SAID_BY_THE_API = ("errors.", "rules.", "why.")
"""Words that other languages have for what the API says in English."""

LIMIT = 100_000
"""Bytes of the first page with everything that it needs, compressed."""

OPEN = [one for one in PAGES if one.method == "GET" and one.needs in (PUBLIC, ENROLLING) and "{" not in one.path]
CLOSED = [one for one in PAGES if one.method == "GET" and one.needs not in (PUBLIC, ENROLLING) and "{" not in one.path]


# --- words ------------------------------------------------------------------------------------------------------


def test_words__same_keys_in_every_language() -> None:
    english = {key for key in words("en") if not key.startswith(SAID_BY_THE_API)}
    for language in LANGUAGES:
        assert {key for key in words(language) if not key.startswith(SAID_BY_THE_API)} == english, language
        assert sorted(set(words("en")) - set(words(language))) == [], language


def test_words__every_refusal_is_said_in_russian() -> None:
    said = {key.removeprefix("errors.") for key in words("ru") if key.startswith("errors.")}
    assert sorted(set(ERRORS) - said) == []
    assert sorted({key.removeprefix("errors.") for key in words("en") if key.startswith("errors.")} - said) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words__plural_forms_and_gaps_are_those_of_english(language: Language) -> None:
    for key, text in words(language).items():
        if not isinstance(text, str):
            assert sorted(text) == sorted(FORMS[language]), f"{language} {key}"
        if key.startswith(SAID_BY_THE_API) and key not in words("en"):
            continue
        assert gaps(text) == gaps(words("en")[key]), f"{language} {key}"


def gaps(text: object) -> set[str]:
    """The names that stand in braces in a text, in any of its forms."""
    texts = [text] if isinstance(text, str) else list(text.values())  # type: ignore[attr-defined]
    return {name for one in texts for _, name, _, _ in string.Formatter().parse(one) if name}


def literal_keys() -> set[str]:
    """Every text in the code that looks like the key of a word, and what t("…") of a script asks for."""
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        found |= set(re.findall(r"""["']([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)["']""", text))
        if path.suffix == ".js":
            found |= {"js." + key for key in re.findall(r"""\bt\("([a-z_]+)\"""", text)}
    return found


def test_words__none_is_missing() -> None:
    asked = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        if path.suffix == ".html":
            asked |= set(re.findall(r"""\bt\(\s*["']([a-z0-9_.]+)["']""", text))
        elif path.suffix == ".js" and path.name != "words.js":
            asked |= {"js." + key for key in re.findall(r"""\bt\("([a-z_]+)"[,)]""", text)}
        elif path.suffix == ".py":
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            asked |= {
                node.args[0].value
                for node in calls
                if isinstance(node.func, ast.Attribute)
                and node.func.attr == "t"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            }
    asked |= {one.title for one in PAGES if one.title} | {one.title for one in ALL_FORMS.values()}
    for form in ALL_FORMS.values():
        asked |= {form.submit}
        for one in form.fields:
            if one.kind != "hidden":
                asked.add(one.label or f"field.{one.name}")
            asked |= {one.hint} if one.hint else set()
    asked |= {f"nav.{entry.key}" for _, group in NAVIGATION for entry in group}
    asked -= {"act.edit"} - set(words("en"))
    missing = sorted(key for key in asked if key not in words("en") and not key.endswith((".", "_")))
    assert missing == []


def test_words__none_is_left_over() -> None:
    used = literal_keys()
    left = [key for key in words("en") if key not in used and not key.startswith(FAMILIES) and not computed(key)]
    assert left == []


def computed(key: str) -> bool:
    """Whether a template puts this key together: t('shell.theme_' ~ theme)."""
    beginnings = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        beginnings |= set(re.findall(r"""["']([a-z_]+\.[a-z_]*_)["'] ?(?:~|\+)""", text))
        beginnings |= set(re.findall(r"""word\(\s*["']([a-z_]+)["']""", text))
        beginnings |= set(re.findall(r"""f["']([a-z_]+\.[a-z_]*)\{""", text))
        beginnings |= set(re.findall(r"""t\(\s*["']([a-z_]+\.)["'] ?~""", text))
    return key.startswith(tuple(beginnings))


def test_words__files_are_plain() -> None:
    for path in FOLDER.rglob("*.toml"):
        for key, text in tomllib.loads(path.read_text("utf-8")).items():
            for one in [text] if isinstance(text, str) else text.values():
                assert one.strip(), f"{path.name} {key}"
                assert "<" not in one, f"{path.name} {key}: texts hold no HTML"


@pytest.mark.parametrize(
    ("accept", "chosen", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "", "ru"),
        ("de,en;q=0.5,ru;q=0.7", "", "ru"),
        ("de-DE", "", "en"),
        ("ru", "en", "en"),
        ("", "ru", "ru"),
        ("", "xx", "en"),
        ("ru;q=0, en", "", "en"),
        ("ru;q=a", "", "en"),
    ],
)
def test_language__chosen_before_asked_before_english(accept: str, chosen: str, language: str) -> None:
    assert preferred(accept, chosen) == language


@pytest.mark.parametrize(
    ("n", "form"),
    [(0, "many"), (1, "one"), (2, "few"), (5, "many"), (11, "many"), (21, "one"), (22, "few"), (112, "many")],
)
def test_plural__russian(n: int, form: str) -> None:
    assert plural("ru", n) == form


# --- figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("0", "0", "0"),
        ("1234567.50", "1,234,567.50", "1\u202f234\u202f567,50"),
        ("-1000", "−1,000", "−1\u202f000"),
        ("340282366920938463463374607431768211455", "340,282,366,920,938,463,463,374,607,431,768,211,455", None),
        ("alice", "alice", "alice"),
        ("1e9", "1e9", "1e9"),
    ],
)
def test_amounts__are_grouped_and_never_counted(text: str, english: str, russian: str | None) -> None:
    assert figures.amount("en", text) == english
    assert figures.amount("ru", text) == (russian if russian is not None else english.replace(",", "\u202f"))


def test_amounts__cut_never_rounded_up() -> None:
    assert figures.amount("en", "0.999999", places=2) == "0.99"
    assert figures.amount("en", "5.1", places=0) == "5"


@pytest.mark.parametrize(
    ("language", "typed", "plain"),
    [
        ("en", "1,234.5", "1234.5"),
        ("en", "1,5", "1,5"),
        ("en", " 12 ", "12"),
        ("ru", "1 234,5", "1234.5"),
        ("ru", "1\u202f234", "1234"),
        ("ru", "0,5", "0.5"),
        ("ru", "12.5", "12.5"),
        ("ru", "1,234,567", "1,234,567"),
        ("en", "1e5", "1e5"),
        ("en", "-5", "-5"),
    ],
)
def test_amounts__typed_as_people_do__what_is_unclear_stays_for_the_api(
    language: Language, typed: str, plain: str
) -> None:
    assert figures.plain(language, typed) == plain


@pytest.mark.parametrize(
    ("points", "text"),
    [(0, "0\u00a0%"), (5, "0.05\u00a0%"), (1250, "12.5\u00a0%"), (10_000, "100\u00a0%"), (-25, "−0.25\u00a0%")],
)
def test_bps__as_percent(points: int, text: str) -> None:
    assert figures.bps("en", points) == text


# --- every page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", OPEN + CLOSED, ids=lambda page: page.path)
def test_every_page__policy_headers_no_inline(rich: House, page: Page) -> None:
    person = "" if page.needs in (PUBLIC, ENROLLING) else "olga"
    at = Plain(rich, person).go(page.path)
    assert at.status < 500, at.text[:500]
    headers = at.answer.headers
    assert headers["content-security-policy"] == POLICY.decode()
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    no_inline(at.answer.text)


def no_inline(text: str) -> None:
    """Nothing in a page that its policy would stop, and nothing from elsewhere."""
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|\shx-on|javascript:", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes
    for address in re.findall(r"""(?:src|href|action)="([^"]*)\"""", text):
        assert address.startswith(("/", "#", "data:", "?")), address


@pytest.mark.parametrize("page", CLOSED, ids=lambda page: page.path)
def test_every_page__only_to_who_may(rich: House, page: Page) -> None:
    assert Plain(rich).go(page.path).path.startswith("/sign-in")
    if page.needs in FUNCTIONS:
        without = next(name for name in ("nora", "alice", "otto", "paul") if not may(rich, name, page.needs))
        refused = Plain(rich, without).go(page.path)
        assert refused.status == 403
        assert "not open to you" in refused.text
        assert page.needs in refused.text


def may(house: House, name: str, function: str) -> bool:
    return function in house.of(name).get("/v1/me").json()["functions"]


@pytest.mark.parametrize("page", [one for one in PAGES if one.method == "POST"], ids=lambda page: page.path)
def test_every_form__another_sites_page_is_refused(rich: House, page: Page) -> None:
    at = Plain(rich, "olga")
    cookies = "; ".join(f"{name}={value}" for name, value in at.cookies.items())
    for origin in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = at.client.post(page.path, headers={"Cookie": cookies, "Accept": HTML, **origin})
        assert answer.status_code == 403
        assert answer.headers["content-security-policy"] == POLICY.decode()


@pytest.mark.parametrize("page", [one for one in PAGES if one.method == "POST"], ids=lambda page: page.path)
def test_every_form__never_by_get(rich: House, page: Page) -> None:
    at = Plain(rich, "olga")
    before = rich.service.head.seq, rich.office.version
    at.go(page.path)
    assert at.path == "/"  # whoever reloads a form's address by hand is led back
    assert (rich.service.head.seq, rich.office.version) == before


@pytest.mark.parametrize("page", [one for one in PAGES if one.part_of], ids=lambda page: page.path)
def test_a_part_of_a_page__opened_by_hand_leads_to_the_whole(rich: House, page: Page) -> None:
    at = Plain(rich, "olga").go(page.path.replace("{vault}", "FLUX") + "?amount=700&deposit=700&horizon=70&x=%D1%8F")
    assert at.status == 200
    whole = page.part_of.replace("{vault}", "FLUX")
    assert at.path == whole + "?amount=700&deposit=700&horizon=70&x=%D1%8F"
    assert "<title>" in at.answer.text
    assert re.search(r'value="70+"', at.answer.text)  # what was asked for stands in the page's fields


# --- states -----------------------------------------------------------------------------------------------------


def test_nothing_there__a_page_for_people_a_problem_for_programs(house: House) -> None:
    at = Plain(house).go("/nothing/here")
    assert at.status == 404
    assert "There is nothing here" in at.text
    assert house.nobody.get("/nothing/here").json()["code"] == "no_such_path"
    assert house.nobody.get("/v1/nothing").json()["code"] == "no_such_path"


def test_an_error_inside__a_page_that_tells_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.entrypoints.terminal.api import Api

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("the secret of the house")

    monkeypatch.setattr(Api, "get", broken)
    at = Plain(house, "alice").go("/me")
    assert at.status == 500
    assert "The server made a mistake" in at.text
    assert "secret of the house" not in at.answer.text
    assert house.log.lines.pop()[1]
    house.log.lines[:] = [one for one in house.log.lines if one[0] != "exception"]


@pytest.mark.parametrize("path", ["/nothing", "/people", "/vaults/NONE"])
def test_errors__have_titles_of_their_own(house: House, path: str) -> None:
    at = Plain(house, "alice").go(path)
    heading = re.search("<h1>([^<]+)</h1>", at.answer.text)
    assert heading and f"<title>{heading[1]} · Holdfast</title>" in at.answer.text


def test_states__look(desk: Desk) -> None:
    for path, who, name in (
        ("/nothing", "alice", "missing"),
        ("/people", "alice", "forbidden"),
        ("/", "nora", "empty"),
    ):
        if name == "forbidden" and not any(one.path == path for one in PAGES):
            continue
        for lang, width in (("en", 1280), ("ru", 360)):
            page = desk(who, path, lang=lang, width=width)
            desk.window_of(page).allow(r"status of 40[34]")
            accessible(page)
            fits(page)
            shot(page, f"state-{name}-{lang}-{width}")


# --- choices ----------------------------------------------------------------------------------------------------


def test_language_and_colours__chosen_and_kept(house: House) -> None:
    at = Plain(house, "alice").go("/me")
    assert 'lang="en"' in at.answer.text
    form = at.form("/do/choose")
    form.fields["language"] = "ru"
    at.send("/do/choose")
    assert at.path == "/me"
    assert 'lang="ru"' in at.answer.text
    form = [one for one in at._read.forms if one.action == "/do/choose"][1]
    form.fields["theme"] = "dark"
    at._read.forms = [form]
    at.send("/do/choose")
    assert 'data-theme="dark"' in at.answer.text
    assert 'lang="ru"' in at.answer.text


def test_own_path__never_elsewhere() -> None:
    for text in ("//evil", "/\\evil", "https://evil", "evil", "/a\r\nb", "/<script>", ""):
        assert own_path(text) == "/", text
    assert own_path("/vaults/FLUX?as_of=2026-01-01T00:00") == "/vaults/FLUX?as_of=2026-01-01T00:00"


def test_the_past__shown_and_not_acted_on(rich: House) -> None:
    at = Plain(rich, "alice").go("/?as_of=2026-01-01T00:00")
    assert at.status == 200
    assert "You are looking at the past" in at.text
    assert "Back to now" in at.text


# --- weight -----------------------------------------------------------------------------------------------------


def test_first_page__is_light(rich: House) -> None:
    """The page, its styles and every script that it loads, as they come over the wire."""
    for person, path in (("", "/sign-in"), ("olga", "/")):
        at = Plain(rich, person).go(path)
        total = len(gzip.compress(at.answer.content, 5))
        assert at.answer.headers["content-encoding"] == "gzip"
        seen = set(re.findall(r"""(?:src|href)="(/static/[^"]+)\"""", at.answer.text))
        while seen:
            address = seen.pop()
            answer = rich.nobody.get(address)
            assert answer.status_code == 200, address
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            total += int(answer.headers["content-length"])
            folder = address.rpartition("/")[0]
            if address.endswith(".js") and "vendor" not in address:
                seen |= {f"{folder}/{name}" for name in re.findall(r"""from "\./([a-z_]+\.js)\"""", answer.text)}
        assert total < LIMIT, f"{path}: {total:,} bytes"


def test_static__only_this_version_and_nothing_outside(house: House) -> None:
    files = house.nobody.get("/sign-in", headers={"Accept": HTML}).text
    address = re.search(r"/static/([0-9a-f]{16})/terminal\.css", files)
    assert address is not None
    here = f"/static/{address[1]}"
    for path in (
        "/static/0000000000000000/terminal.css",
        "/static/",
        f"{here}/../pages.py",
        f"{here}/vendor/README.md",
    ):
        assert raw(house, path).status_code == 404, path


def raw(house: House, path: str) -> httpx.Response:
    """A request whose path is not tidied up on the way."""
    request = httpx.Request("GET", house.url + "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    return house.nobody.send(request)


# --- live -------------------------------------------------------------------------------------------------------


def test_live__what_happens_shows_by_itself(desk: Desk, house: House) -> None:
    page = desk("alice", "/")
    page.locator('[data-live-state="on"]').wait_for()
    other = page.context.new_page()  # a second tab, on the same stream
    other.goto("/")
    other.locator('[data-live-state="on"]').wait_for()
    page.evaluate("window.stillHere = true")
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1234.5")
    other.get_by_text("1,234.5").first.wait_for()
    page.bring_to_front()
    page.get_by_text("1,234.5").first.wait_for()
    assert page.evaluate("window.stillHere")


def test_live__goes_on_after_the_session_was_renewed_or_ended(desk: Desk, house: House) -> None:
    page = desk("alice", "/")
    page.locator('[data-live-state="on"]').wait_for()
    desk.window_of(page).allow(r"status of 401|ERR_")
    house.server.sessions.end_all("alice", Where("", ""))
    page.locator('[data-live-state="out"]').wait_for()


# --- doors ------------------------------------------------------------------------------------------------------


def test_a_link_on_another_site__leads_in_without_signing_in_again(house: House) -> None:
    elsewhere = {"Accept": HTML, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = house.nobody.get("/me?a=1", headers=elsewhere)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/me?a=1">' in answer.text
    own = house.nobody.get("/me?a=1", headers=elsewhere | {"Sec-Fetch-Site": "same-origin"})
    assert own.headers["location"] == "/sign-in?next=/me%3Fa%3D1"


def test_a_session_that_ends_over_a_form__what_was_typed_stays(desk: Desk, house: House) -> None:
    page = desk("alice", "/do/me.key.add")
    desk.window_of(page).allow(r"status of 401")
    page.get_by_label("What it is for").fill("a bot")
    page.get_by_label("Good until").fill("2026-03-01")
    house.server.sessions.end_all("alice", Where("", ""))
    page.get_by_role("button", name="Review").click()
    page.get_by_text("Your session has ended.").wait_for()
    assert page.get_by_label("What it is for").input_value() == "a bot"
    desk.sign_in(page.context, "alice")  # in another tab
    page.get_by_role("button", name="Review").click()
    page.get_by_text("This page had grown old").wait_for()
    assert not page.get_by_text("Your session has ended.").count()  # it is said no longer than it is so
    assert page.get_by_label("What it is for").input_value() == "a bot"
    page.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_text("a bot").wait_for()
