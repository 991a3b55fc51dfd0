"""Who has one right and not the next: what it shows him of other people's accounts, and what other sites' pages may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from holdfast.identity.roles import Grant
from serving import House, code, serving
from signed_requests import Signer

HELD = "7001.25"
"""What alice has, in no other figure of the desk."""


@pytest.fixture(params=[False, True], ids=["disclosure off", "disclosure on"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("asset.mint", "operator", asset="FLUX", to="alice", amount=HELD)
        made.add("vera", Grant("auditor", ("audit.verify", "audit.read", "policy.read")))
        made.add("hugo", Grant("operator", ("webhook.manage",)))
        olga = Signer(made, "olga")
        assert olga("PUT", "/v1/disclosure", {"on": request.param}).status_code == 200
        yield made


def shows(text: str) -> bool:
    """Whether the amount stands there, in tokens or in base units."""
    return HELD in text or re.search(r"\b700125000000\b", text) is not None


def test_journal_export__shows_amounts_to_those_alone_who_may_read_every_account(house: House) -> None:
    """`audit.verify` checks chains; it is no way around desk.read, nor around what is sealed."""
    vera = house.of("vera")
    assert code(vera.get("/v1/journal/export")) == "forbidden"
    anna = house.of("anna")
    assert shows(anna.get("/v1/journal/export").text), "an auditor of the desk reads everything"
    narrow = house.client(house.key("anna", "audit.verify"))
    assert code(narrow.get("/v1/journal/export")) == "forbidden", "a key's scope is narrower than its person"
    assert code(house.of("alice").get("/v1/journal/export")) == "forbidden"


def test_audit_log__without_desk_read__has_no_records_of_the_journal(house: House) -> None:
    vera, anna = house.of("vera"), house.of("anna")
    for path in ("/v1/audit", "/v1/audit/export", "/v1/audit/export?format=csv", "/v1/audit/export?format=syslog"):
        found = vera.get(path)
        assert found.status_code == 200 and not shows(found.text), path
        assert shows(anna.get(path).text), path
    assert {item["source"] for item in vera.get("/v1/audit").json()["items"]} == {"log"}
    assert code(vera.get("/v1/audit?source=journal")) == "forbidden"
    assert code(vera.get("/v1/audit/export?source=journal")) == "forbidden"


def test_back_test_and_webhooks__tell_of_every_account__need_desk_read(house: House) -> None:
    answer = house.of("vera").post("/v1/policies/back-test", json={"policies": {"rules": []}})
    assert code(answer) == "forbidden"
    wanted = {"url": "https://example.com/hook", "types": ["*"]}
    assert code(Signer(house, "hugo")("POST", "/v1/webhooks", wanted)) == "forbidden"
    assert Signer(house, "olga")("POST", "/v1/webhooks", wanted).status_code == 201


# --- other sites' pages -----------------------------------------------------------------------------------------------


def foreign(house: House) -> list[tuple[str, str, int]]:
    """What the log has of it: by whom, about what, how often."""
    return [
        (entry.by, entry.about, int(str(entry.details["times"])))
        for entry in house.office.log()
        if entry.what == "access.foreign"
    ]


@pytest.mark.parametrize("house", [False], indirect=True)
def test_another_sites_page__stands_in_the_log_of_people__a_flood_does_not_fill_it(house: House) -> None:
    session = house.session("alice")
    cookie = {"Cookie": f"__Host-holdfast={session}"}
    body = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}

    def send(**headers: str) -> httpx.Response:
        return house.nobody.post("/v1/commands", json=body, headers=cookie | headers)

    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        assert code(send(**headers)) == "forbidden"
    assert foreign(house) == [("alice", "submit", 1), ("alice", "submit", 2)]
    for _ in range(60):
        send(Origin="https://evil.example")
    assert [times for _, _, times in foreign(house)] == [1, 2, 4, 8, 16, 32]
    entry = [entry for entry in house.office.log() if entry.what == "access.foreign"][-1]
    assert entry.where == "127.0.0.1" and "another site" in str(entry.details["why"])

    page = {"Accept": "text/html", "Origin": "https://evil.example"}
    assert house.nobody.post("/do/sign-out", headers=cookie | page).status_code == 403
    assert foreign(house)[-1] == ("alice", "/do/sign-out", 1)
    before = len(foreign(house))
    for token in ("", "hfs_nothing"):
        house.nobody.post("/v1/commands", json=body, headers={"Cookie": f"__Host-holdfast={token}", **page})
        house.nobody.post("/do/sign-in", headers={"Cookie": f"__Host-holdfast={token}", **page})
    assert len(foreign(house)) == before, "who has no session makes no entry"
