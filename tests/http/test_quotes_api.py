"""Quotes over HTTP: what the command line says with --json, and what the commands then do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from console_of import cli, of_desk

from serving import STAFF, House, code


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(*arguments: str) -> Any:
    (document,) = cli("quote", *arguments, "--json")
    return document


def test_term__what_a_holder_can_do_at_most(rich: House) -> None:
    mine = good(rich.of("alice").get("/v1/quotes/term?holder=alice"))
    quoted = good(rich.of("alice").get(f"/v1/quotes/term?holder=alice&amount={mine['max_stake']}"))
    assert quoted["max_stake"] == mine["max_stake"]
    assert 0 <= Decimal(mine["balance"]) - Decimal(quoted["total_cost"]) < Decimal("0.000000002")  # the tax is counted
    assert isinstance(mine["max_boosters"], int) and "max_sell" in mine
    assert "max_stake" not in good(rich.of("alice").get("/v1/quotes/term"))
    assert code(rich.of("alice").get("/v1/quotes/term?holder=bob")) == "unknown_account"
    assert good(rich.of("anna").get("/v1/quotes/term?holder=alice")) == mine


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", ()),
        ("amount=15000", ("15000",)),
        ("amount=15000&booster=true", ("15000", "--booster")),
        ("amount=120.5", ("120.5",)),
    ],
)
def test_term(rich: House, query: str, arguments: tuple[str, ...]) -> None:
    assert good(rich.of("alice").get(f"/v1/quotes/term?{query}")) == said("term", *arguments)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", ()),
        ("deposit=250.5", ("250.5",)),
        ("deposit=100&leverage=5&slash_bps=600", ("100", "--leverage", "5", "--slash", "600")),
        ("slash_bps=0", ("--slash", "0")),
    ],
)
def test_leverage(rich: House, query: str, arguments: tuple[str, ...]) -> None:
    assert good(rich.of("alice").get(f"/v1/quotes/leverage?{query}")) == said("leverage", *arguments)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", ""),
        ("total_assets=1500&total_shares=1000&assets=10", "--total-assets 1500 --total-shares 1000 --assets 10"),
        (
            "total_assets=1500&total_shares=1000&locked=7&shares=3&asset=VG",
            "--total-assets 1500 --total-shares 1000 --locked 7 --shares 3 --asset VG",
        ),
    ],
)  # fmt: skip
def test_vault__supposed(rich: House, query: str, arguments: str) -> None:
    assert good(rich.of("alice").get(f"/v1/quotes/vault?{query}")) == said("vault", *arguments.split())


def test_vault__of_the_desk(rich: House) -> None:
    alice = rich.of("alice")
    assert good(alice.get("/v1/quotes/vault?vault=FLUX&shares=10")) == of_desk(
        rich, "quote", "vault", "--vault", "FLUX", "--shares", "10"
    )
    assert good(alice.get("/v1/quotes/vault?vault=FLUX&holder=alice")) == of_desk(
        rich, "quote", "vault", "--vault", "FLUX", "--holder", "alice"
    )
    assert code(alice.get("/v1/quotes/vault?vault=FLUX&holder=bob")) == "unknown_account"
    assert good(rich.of("olga").get("/v1/quotes/vault?vault=FLUX&holder=bob"))["max_redeem"] != "0"


def test_exit__ones_own_and_with_desk_read_anybodys(rich: House) -> None:
    assert good(rich.of("alice").get("/v1/quotes/exit?vault=FLUX&shares=500")) == of_desk(
        rich, "quote", "exit", "FLUX", "500", "--holder", "alice"
    )
    assert good(rich.of("anna").get("/v1/quotes/exit?vault=FLUX&holder=bob")) == of_desk(
        rich, "quote", "exit", "FLUX", "--holder", "bob"
    )
    for holder in ("bob", "nobody"):
        assert code(rich.of("alice").get(f"/v1/quotes/exit?vault=FLUX&holder={holder}")) == "unknown_account"


def test_plan__is_that_of_the_command_line_and_keeps_nothing(rich: House) -> None:
    before = rich.state.seq
    found = good(rich.of("kira").get("/v1/vaults/FLUX/plan?buffer_bps=500&horizon_days=30&limits=BENQI=4000"))
    assert found == of_desk(
        rich, "plan", "FLUX", "--buffer-bps", "500", "--horizon-days", "30", "--limit", "BENQI=4000"
    )
    assert rich.state.seq == before
    assert found["moves"]
    assert code(rich.of("alice").get("/v1/vaults/FLUX/plan")) == "forbidden"
    assert code(rich.of("olga").get("/v1/vaults/NOPE/plan")) == "unknown_vault"


def test_quotes__equal_what_the_commands_give(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX")
    house.do("faucet.drip", "alice", asset="FLUX", amount="5000")
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    house.do("faucet.drip", "operator", asset="FLUX", amount="77")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="77")
    house.later(100_000)  # profit unlocks while nothing is recorded
    alice = house.of("alice")
    quote = good(alice.get("/v1/quotes/vault?vault=FLUX&assets=123.456&shares=77.7"))["now"]
    assert house.do("vault.deposit", "alice", vault="FLUX", assets="123.456")["shares"] == quote["deposit"]
    way = next(
        way for way in good(alice.get("/v1/quotes/exit?vault=FLUX&shares=77.7"))["routes"] if way["route"] == "instant"
    )
    assert way["possible"]
    assert house.do("vault.redeem", "alice", vault="FLUX", shares="77.7")["assets"] == way["assets"]
    assert way["fee"] == "0"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("term?amount=0", "below_minimum_stake"), ("term?amount=-1", "malformed"), ("term?amount=1e3", "malformed"),
        ("term?amount=1.0000000001", "malformed"), ("term?amount=99999999999999", "amount_overflow"),
        ("term?booster=maybe", "malformed"), ("leverage?deposit=0", "zero_amount"),
        ("leverage?leverage=0", "malformed"), ("leverage?leverage=2.0", "malformed"),
        ("leverage?slash_bps=10001", "malformed"),
        ("vault?vault=NOPE", "unknown_vault"), ("vault?asset=NOPE", "unknown_asset"),
        ("vault?vault=FLUX&total_assets=1", "malformed"), ("vault?holder=alice", "malformed"), ("exit", "malformed"),
        ("exit?vault=NOPE", "unknown_vault"), ("exit?vault=FLUX&shares=0", "zero_amount"),
        ("exit?vault=FLUX&shares=99999999", "insufficient_balance"), ("exit?vault=FLUX&as_of=1", "unknown_vault"),
    ],
)  # fmt: skip
def test_refusals(rich: House, path: str, expected: str) -> None:
    answer = rich.of("alice").get(f"/v1/quotes/{path}")
    assert code(answer) == expected


def test_exit__without_shares_or_requests__malformed(rich: House) -> None:
    assert code(rich.of("olga").get("/v1/quotes/exit?vault=FLUX")) == "malformed"


@pytest.mark.parametrize("limits", ["BENQI", "BENQI=10001", "BENQI=1,BENQI=2", "=5", "BENQI=x", "BENQI=1,"])
def test_plan__unusable_limits__malformed(rich: House, limits: str) -> None:
    assert code(rich.of("olga").get("/v1/vaults/FLUX/plan", params={"limits": limits})) == "malformed"


def test_who_may_ask(rich: House) -> None:
    for path in ("term", "leverage", "vault"):
        for person in (*STAFF, "otto", "alice"):
            good(rich.of(person).get(f"/v1/quotes/{path}"))
        assert code(rich.of("nora").get(f"/v1/quotes/{path}")) == "forbidden"
        assert code(rich.nobody.get(f"/v1/quotes/{path}")) == "unauthenticated"
