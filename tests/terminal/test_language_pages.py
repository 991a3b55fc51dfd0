"""Pages in Russian are wholly in Russian: every page, button, form and refusal of a desk with something of everything.

English may stand in code, names, codes of assets, types of commands, and in what people wrote.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from browser import serving_pages
from plain import HTML, Plain
from prose import english

from holdfast.entrypoints.terminal.language import has, words
from holdfast.entrypoints.terminal.refusals import said
from holdfast.entrypoints.terminal.screens import FORMS
from holdfast.entrypoints.terminal.screens.commands import EVERY
from holdfast.errors import ERRORS, HoldfastError
from holdfast.protocol.commands import COMMANDS
from holdfast.views import exit_reasons
from holdfast.views.rules import rule
from rich_desk import furnish
from serving import House
from signed_requests import Signer

KNOWN = (
    "alice", "bob", "olga", "paul", "otto", "kira", "anna", "nora", "operator", "keeper", "oracle", "server",
    "approvers", "tests", "holdfast", "lend", "card", "board", "probe", "net", "gpu", "cpu", "mbps", "core", "node",
    "storage", "bandwidth", "gb", "vault", "term", "python", "syslog", "kyc", "aml", "accredited", "residence", "magni",
    "suzaku", "helium", "heartbeat", "liabilities", "xx", "yy",
)  # fmt: skip
"""Names: of people, of what the desk was furnished with, of programs, protocols and the words they are known by."""

PHRASES = (
    "roles decide", "large payments of the desk", "payments of the desk in a day", "governance", "large payments",
    "never the treasury", "rent for July", "Not this time", "Cold storage", "Vault share of FLUX",
)  # fmt: skip
"""What people have written on this desk: names of rules, notes, reasons, labels and assets."""

RULES = {
    "rules": [
        {"name": "roles decide", "action": "allow"},
        {"name": "large payments", "action": "require_approvals", "commands": ["asset.transfer", "vault.redeem"],
         "per_command": {"above": "100"}, "approvals": [{"group": "approvers", "count": 1}]},
        {"name": "never the treasury", "action": "block", "commands": ["treasury.spend"]},
    ],
    "changes": [{"group": "approvers"}],
    "tolerance_bps": 10,
}  # fmt: skip

NOT_PAGES = re.compile(r"\A/(static|v1)/|/export|/roots\Z|\.json\Z|\A/proofs/[^/]+/[^/]+\Z")

TYPED = ("", "0", "xx yy", "1,5,3", "9" * 40, "-1")
"""What is typed into every empty field of a form."""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The rich desk with policies, proposals in every state, an entry of the address book, keys and webhooks."""
    with serving_pages(f"sqlite:{tmp_path_factory.mktemp('language') / 'desk.db'}") as house:
        furnish(house)
        _govern(house)
        yield house


def _govern(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="5000")
    house.do("vault.deposit", "operator", vault="FLUX", assets="1000")
    olga, paul = Signer(house, "olga"), Signer(house, "paul")

    def sent(who: Signer, method: str, path: str, body: Any) -> Any:
        answer = who(method, path, body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    sent(olga, "PUT", "/v1/groups/approvers", {"members": ["olga", "paul"]})
    sent(olga, "PUT", "/v1/policies", {"policies": RULES, "expected": 1})
    pay = {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", "to": "alice", "amount": "500"}
    redeem = {"type": "vault.redeem", "actor": "operator", "vault": "FLUX", "shares": "300"}
    made = [
        sent(olga, "POST", "/v1/proposals", {"command": one, "note": "rent for July"}) for one in (pay, pay, redeem)
    ]
    sent(paul, "POST", f"/v1/proposals/{made[1]['id']}/reject", {"hash": made[1]["hash"], "why": "Not this time"})
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="500")
    house.later(86_400)
    olga("PUT", "/v1/policies", {"policies": RULES | {"tolerance_bps": 0}, "expected": 2})
    sent(olga, "PUT", "/v1/address-book/custodian", {"label": "Cold storage"})
    sent(olga, "POST", "/v1/webhooks", {"url": "https://hooks.example/desk", "types": ["vault.*"]})


class Crawler:
    """Somebody who opens every page that he is led to, presses every button and fills in every form, in Russian."""

    def __init__(self, house: House, person: str) -> None:
        self.at = Plain(house, person, lang="ru")
        self.house = house
        self.seen: dict[str, str] = {}

    def walk(self) -> None:
        """Open the first page and all that can be reached from it; press every kind of button once."""
        todo, pressed = ["/"], set()
        while todo:
            path = todo.pop()
            if path.partition("?")[0] in self.seen or NOT_PAGES.search(path):
                continue
            self.at.go(path)
            self._keep(path.partition("?")[0])
            links = (html.unescape(one).partition("#")[0] for one in re.findall(r'href="(/[^/"][^"]*)"', self._text))
            todo += links
            for form in [one for one in self.at._read.forms if one.action == "/do/preview"]:
                if (name := form.fields["form"]) not in pressed:
                    pressed.add(name)
                    self.send(f"{path} [{name}]", form.fields)

    def fill(self, names: list[str], *typed: str) -> None:
        """Open these forms, and send each with these texts in its empty fields."""
        for name in names:
            self.at.go(f"/do/{name}")
            self._keep(f"/do/{name}")
            forms = [one for one in self.at._read.forms if one.action == "/do/preview"]
            for text in typed if forms else ():
                fields = forms[0].fields
                empty = [key for key, value in fields.items() if key.startswith("f.") and not value]
                self.send(f"/do/{name} {text[:8]!r}", fields | dict.fromkeys(empty, text))

    def send(self, name: str, fields: dict[str, str]) -> None:
        """Send a form to be previewed."""
        cookies = "; ".join(f"{key}={value}" for key, value in self.at.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.house.url, "Sec-Fetch-Site": "same-origin", "Accept": HTML}
        self.at.answer = self.at.client.post("/do/preview", data=fields, headers=headers)
        self._keep(name)

    @property
    def _text(self) -> str:
        return self.at.answer.text

    def _keep(self, name: str) -> None:
        assert self.at.answer.status_code < 500, f"{name}: {self._text[:500]}"
        if "text/html" in self.at.answer.headers.get("content-type", ""):
            self.seen[name] = self._text

    def english(self) -> list[str]:
        """Every piece of English in what was seen, each once."""
        found: dict[str, str] = {}
        for name, text in self.seen.items():
            for piece in english(text, KNOWN, PHRASES):
                found.setdefault(piece, name)
        return [f"{name}: {piece}" for piece, name in found.items()]


@pytest.mark.parametrize("person", ["olga", "alice", "anna", "paul", "nora"])
def test_pages_and_dialogs__no_english_in_russian(lived_in: House, person: str) -> None:
    crawler = Crawler(lived_in, person)
    crawler.walk()
    own = [name for name in FORMS if name not in EVERY]
    crawler.fill(own, *TYPED) if person in ("olga", "alice") else crawler.fill(own, "0")
    assert len(crawler.seen) > 20
    assert not crawler.english(), "\n".join(crawler.english())


def test_forms_of_all_commands__no_english_in_russian(lived_in: House) -> None:
    crawler = Crawler(lived_in, "olga")
    crawler.fill(list(EVERY), "", "xx yy", "0")
    assert len(crawler.seen) > 2 * len(EVERY)
    assert not crawler.english(), "\n".join(crawler.english())


def test_past__no_english_in_russian(lived_in: House) -> None:
    for path in ("/", "/vaults/FLUX", "/term", "/leverage", "/strategies/FLUX", "/statement", "/depin"):
        at = Plain(lived_in, "alice", lang="ru").go(f"{path}?as_of=2026-01-01T00:30")
        assert at.status == 200
        assert english(at.answer.text, KNOWN, PHRASES) == [], path


def test_scripts__english_nowhere_in_russian() -> None:
    told = {key: text for key, text in words("ru").items() if key.startswith("js.") and isinstance(text, str)}
    assert [key for key, text in told.items() if english(f"<p>{re.sub('{[a-z]+}', '', text)}</p>", KNOWN)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>Всего 5 FLUX</p>", 0),
        ("<p>Всего <code>term.stake</code> @vault:FLUX vFLUX asset.transfer</p>", 0),
        ("<p>filled at the next settle</p>", 1),
        ('<input placeholder="Your name">', 1),
        ("<pre>English prose</pre>", 0),
        ("<td data-label='Amount'>5</td>", 1),
    ],
)
def test_the_test__finds_english(text: str, found: int) -> None:
    assert len(english(text, KNOWN)) == found


# --- what words/ru must hold ----------------------------------------------------------------------------------------


def english_of(kind: str) -> dict[str, str]:
    """The English texts of a command's rule by the names of their Russian ones."""
    told = rule(kind)
    texts = {f"{kind}.does": told.does}
    texts |= {f"{kind}.{name.lower()}": text for name, text in told.sections.items()}
    return texts | {f"{kind}.check_{at}": one for at, one in enumerate(told.checks, 1) if " " in one}


def test_rules__every_text_is_said_in_russian() -> None:
    wanted = {f"rules.{name}" for kind in COMMANDS for name in english_of(kind)}
    assert {key for key in words("ru") if key.startswith("rules.")} == wanted


def test_rules__russian_was_written_for_this_english() -> None:
    """Whoever changes what a rule says, words it in words/ru/rules.toml too, and renews its line in rule_texts.txt."""
    now = {kind: sha256(str(english_of(kind)).encode()).hexdigest()[:12] for kind in COMMANDS}
    lines = Path(__file__).with_name("rule_texts.txt").read_text("utf-8").splitlines()
    assert now == dict(line.split() for line in lines)


def _below(kind: type[HoldfastError]) -> Iterator[type[HoldfastError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def test_why__speaks_of_codes_that_there_are() -> None:
    codes = {kind.code for kind in _below(HoldfastError)}
    for key in (key.removeprefix("why.") for key in words("ru") if key.startswith("why.")):
        assert any(key == code or key.startswith((code + ".", code + "_")) for code in codes), key


def test_reasons__every_one_is_said() -> None:
    for language in ("en", "ru"):
        assert [code for code in exit_reasons.CODES if not has(language, f"vaults.reason_{code}")] == []  # type: ignore[arg-type]


def test_errors__also_those_of_the_door_are_said_in_russian() -> None:
    codes = {kind.code for kind in _below(HoldfastError)} - {HoldfastError.code}
    assert sorted(code for code in codes if not has("ru", f"errors.{code}")) == []


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_refusals__russian_of_every_code_never_repeats_the_sentence(code: str) -> None:
    error = {"code": code, "detail": "The sentence of the API.", "details": {"asset": "FLUX", "reason": "unheard_of"}}
    told = said("ru", error)
    assert told.first and "sentence" not in told.first + told.more
    assert "unheard_of" not in told.first + told.more


def test_refusals__details_in_words() -> None:
    needs = {
        "code": "insufficient_balance",
        "message": "…",
        "details": {"asset": "VG", "needed": "16500", "available": "12"},
    }
    assert said("ru", needs).more == "Нужно 16\u202f500 VG, есть 12."
    assert said("en", needs).first == "…"
    named = {"code": "malformed", "detail": "…", "details": {"field": "amount", "reason": "too_many_digits", "most": 9}}
    assert said("ru", named).first == "Сумма: Слишком много знаков после запятой: здесь их не больше 9."
    assert said("en", named, named=False).first == "Too many digits after the point: at most 9 are possible here."
    assert said("ru", {"code": "vault_exists", "details": {"vault": "FLUX"}}).more == "Хранилище: FLUX"
