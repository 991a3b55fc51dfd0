"""Statements, the journal and receipts over HTTP: pages one after another are the whole, whatever their size."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest
from console_of import cli

from holdfast.engine.genesis import root
from holdfast.primitives.clock import format_instant
from holdfast.views import journal, statement
from serving import House, code
from support import START


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def history(house: House, account: str, *arguments: str) -> list[Any]:
    """The statement as the command line prints it."""
    return cli("history", account, *arguments, "--db", house.server.settings.db, "--json")


def pages(client: httpx.Client, path: str, limit: int, **filters: str) -> list[Any]:
    found: list[Any] = []
    parameters: dict[str, Any] = {**filters, "limit": limit}
    for _ in range(1_000):
        answer = good(client.get(path, params=parameters))
        assert len(answer["items"]) <= limit
        found += answer["items"]
        if answer["next"] is None:
            return found
        parameters["cursor"] = answer["next"]
    raise AssertionError("a statement without an end")


def test_asset__any_code_that_there_can_be(house: House) -> None:
    """Long, and with dots, dashes and underscores: vault shares have such codes."""
    house.do("asset.create", "operator", asset="AVAX.e_-0123456789012345678901", decimals=18)
    house.do("vault.create", "operator", asset="AVAX.e_-0123456789012345678901", profit_unlock_seconds=0)
    house.do("asset.mint", "operator", asset="AVAX.e_-0123456789012345678901", to="alice", amount="3")
    house.do("vault.deposit", "alice", vault="AVAX.e_-0123456789012345678901", assets="2")
    alice = house.of("alice")
    for code_, held in (("AVAX.e_-0123456789012345678901", "1"), ("vAVAX.e_-0123456789012345678901", "2")):
        found = good(alice.get("/v1/accounts/alice/statement", params={"asset": code_}))["items"]
        assert found[-1]["balance"] == held
        assert good(alice.get("/v1/accounts/alice", params={"asset": code_}))["balances"] == {code_: held}
        assert good(alice.get("/v1/quotes/vault", params={"asset": code_}))["asset"] == code_


# --- statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize("account", ["alice", "bob", "operator", "@vault:FLUX", "@issuance", "nobody"])
def test_statement__its_pages_are_that_of_the_command_line(rich: House, account: str, limit: int) -> None:
    found = pages(rich.of("olga"), f"/v1/accounts/{account}/statement", limit)
    assert found == history(rich, account)
    assert found or account == "nobody"


FILTERS = [
    {"asset": "FLUX"},
    {"since": format_instant(START + 3_600)},
    {"until": format_instant(START + 3_600)},
    {"until": format_instant(START + 3_599)},
    {"asset": "VG", "since": format_instant(START + 3_600), "until": format_instant(START + 4_200)},
    {"since": "2030-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_statement__filtered__is_that_of_the_command_line(rich: House, filters: dict[str, str], limit: int) -> None:
    arguments = [word for name, value in filters.items() for word in (f"--{name}", value)]
    found = pages(rich.of("alice"), "/v1/accounts/alice/statement", limit, **filters)
    assert found == history(rich, "alice", *arguments)


def test_statement__a_page_looks_at_so_many_records_and_no_more(rich: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "LOOK", 3)
    first = good(rich.of("bob").get("/v1/accounts/bob/statement", params={"asset": "CSPR"}))
    assert first["items"] == []
    assert first["next"] is not None
    assert pages(rich.of("bob"), "/v1/accounts/bob/statement", 2, asset="CSPR") == history(
        rich, "bob", "--asset", "CSPR"
    )


def test_statement__while_the_journal_grows__goes_on_where_it_was(house: House) -> None:
    for _ in range(5):
        house.do("faucet.drip", "alice", asset="FLUX", amount="1")
    alice = house.of("alice")
    first = good(alice.get("/v1/accounts/alice/statement?limit=3"))
    house.do("faucet.drip", "alice", asset="RENDER", amount="7")
    rest = good(alice.get("/v1/accounts/alice/statement", params={"cursor": first["next"]}))
    assert rest["next"] is None
    assert first["items"] + rest["items"] == history(house, "alice")
    assert [line["balance"] for line in first["items"] + rest["items"]] == ["1", "2", "3", "4", "5", "7"]


def test_statement__cursor_changed__malformed(rich: House) -> None:
    alice, path = rich.of("alice"), "/v1/accounts/alice/statement"
    cursor = good(alice.get(path, params={"limit": 1}))["next"]
    richer = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert b'{"FLUX":' in richer or b"{}" in richer
    for at in range(len(cursor)):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        answer = alice.get(path, params={"cursor": changed})
        assert code(answer) == "malformed"
        assert answer.json()["details"]["field"] == "cursor"
    for filters in ({"asset": "VG"}, {"since": format_instant(START)}):
        assert code(alice.get(path, params={"cursor": cursor, **filters})) == "malformed"
    assert code(rich.of("bob").get("/v1/accounts/bob/statement", params={"cursor": cursor})) == "malformed"
    assert good(alice.get(path, params={"cursor": cursor, "limit": 1}))["items"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("since=2026-01-01", "since"), ("until=now", "until"), ("since=2026-02-30T00:00:00Z", "since"),
        ("asset=%0a", "asset"), ("order=desc", "order"), ("limit=0", "limit"), ("limit=5&limit=6", "limit"),
    ],
)  # fmt: skip
def test_statement__unusable_query__malformed(rich: House, query: str, named: str) -> None:
    answer = rich.of("alice").get(f"/v1/accounts/alice/statement?{query}")
    assert code(answer) == "malformed"
    assert answer.json()["details"]["field"] == named


def test_statement__unknown_asset__not_found(rich: House) -> None:
    assert code(rich.of("alice").get("/v1/accounts/alice/statement?asset=NOPE")) == "unknown_asset"


# --- the journal -----------------------------------------------------------------------------------------------------


def whole_journal(house: House, limit: int, **filters: Any) -> list[Any]:
    found: list[Any] = []
    after = 0
    while True:
        answer = good(house.of("anna").get("/v1/journal", params={"after": after, "limit": limit, **filters}))
        found += answer["items"]
        if answer["next"] is None:
            return found
        assert answer["next"] > after
        after = answer["next"]


def test_journal__its_pages_are_all_records(rich: House) -> None:
    everything = whole_journal(rich, 1_000)
    assert [record["seq"] for record in everything] == list(range(1, rich.state.seq + 1))
    assert [record["digest"] for record in everything] == [row.digest.hex() for row in rich.service.store.rows()]
    assert {record["status"] for record in everything} == {"applied", "rejected"}
    assert whole_journal(rich, 7) == everything
    assert good(rich.of("anna").get(f"/v1/journal?after={rich.state.seq}")) == {"items": [], "next": None}


@pytest.mark.parametrize("look", [2, 50_000])
@pytest.mark.parametrize(
    "filters",
    [{"type": "vault.deposit"}, {"actor": "bob"}, {"type": "asset.approve", "actor": "bob"}, {"actor": "carol"}],
    ids=str,
)
def test_journal__filtered(rich: House, filters: dict[str, str], look: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LOOK", look)
    everything = whole_journal(rich, 1_000)
    wanted = [record for record in everything if all(record[name] == value for name, value in filters.items())]
    assert wanted or filters == {"actor": "carol"}
    assert whole_journal(rich, 2, **filters) == wanted


def test_record__has_everything_that_a_number_rests_on(rich: House) -> None:
    olga = rich.of("olga")
    rows = list(rich.service.store.rows())
    previous = root(rich.service.store.genesis() or b"")
    for row in rows:
        record = good(olga.get(f"/v1/journal/{row.seq}"))
        assert record["previous"] == previous.hex()
        assert (
            hashlib.sha256(bytes.fromhex(record["previous"]) + record["body"].encode()).hexdigest() == record["digest"]
        )
        body = json.loads(record["body"])
        assert record["command"] == body["command"]
        outcome = body.get("outcome", {})
        assert len(record["postings"]) == len(outcome.get("postings", []))
        assert len(record["records"]) == len(outcome.get("records", []))
        for shown, (asset, debit, credit, units) in zip(record["postings"], outcome.get("postings", []), strict=True):
            assert shown == {
                "asset": asset, "debit": debit, "credit": credit, "amount": rich.state.assets[asset].text(units)
            }  # fmt: skip
        assert record["status"] == ("rejected" if "error" in body else "applied")
        previous = row.digest


@pytest.mark.parametrize("seq", ["0", "the next", "9999999999999999"])
def test_record__that_is_not_there__unknown_record(rich: House, seq: str) -> None:
    wanted = str(rich.state.seq + 1) if seq == "the next" else seq
    assert code(rich.of("olga").get(f"/v1/journal/{wanted}")) == "unknown_record"


@pytest.mark.parametrize("seq", ["-1", "one", "1.0", "1e1", "12345678901234567"])
def test_record__no_number__malformed(rich: House, seq: str) -> None:
    assert code(rich.of("olga").get(f"/v1/journal/{seq}")) == "malformed"


def test_record__of_holders__forbidden(rich: House) -> None:
    assert code(rich.of("alice").get("/v1/journal/1")) == "forbidden"


# --- receipts --------------------------------------------------------------------------------------------------------


def test_receipt__of_ones_own_command_alone(house: House) -> None:
    from holdfast.wire import codec

    for person in ("alice", "bob"):
        for number, amount in enumerate(("1", "0")):
            command = codec.command("faucet.drip", f"{person}/k-{number}", person, asset="FLUX", amount=amount)
            sent = house.service.submit(command)
            found = good(house.of(person).get(f"/v1/commands/k-{number}"))
            assert found == json.loads(json.dumps(codec.receipt_object(sent)))
            assert found["status"] == ("applied", "rejected")[number]
    house.service.submit(codec.command("faucet.drip", "bob/only-his", "bob", asset="FLUX", amount="1"))
    for missing in ("only-his", "k-2", "bob"):
        assert code(house.of("alice").get(f"/v1/commands/{missing}")) == "unknown_receipt"
