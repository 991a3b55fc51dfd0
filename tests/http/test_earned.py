"""Earnings and rates over HTTP: whose, following the desk, and the same as the vaults say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from holdfast.entrypoints.http import gathered
from serving import House, code
from support import DAY


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_earnings__ones_own_and_with_desk_read_anybodys(rich: House) -> None:
    alice = good(rich.of("alice").get("/v1/me/earnings"))
    assert alice["account"] == "alice"
    assert {kind for kind in ("vaults", "stakes", "positions", "fee_keys") if alice[kind]} == {
        "vaults", "stakes", "positions", "fee_keys",
    }  # fmt: skip
    assert good(rich.of("anna").get("/v1/me/earnings?account=alice")) == alice
    assert good(rich.of("bob").get("/v1/me/earnings")) != alice
    answers = [rich.of("alice").get(f"/v1/me/earnings?account={name}") for name in ("bob", "nobody")]
    assert {code(answer) for answer in answers} == {"unknown_account"}
    assert good(rich.of("otto").get("/v1/me/earnings"))["total"] == {}


def test_earnings__of_the_past__are_what_was_told_then(house: House) -> None:
    alice, told = house.of("alice"), []

    def note() -> None:
        told.append((house.service.head.seq, good(alice.get("/v1/me/earnings"))))

    for asset, holder, amount in (("FLUX", "alice", "1000"), ("FLUX", "operator", "90"), ("VG", "alice", "30000")):
        house.do("asset.mint", "operator", asset=asset, to=holder, amount=amount)
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=10 * DAY)
    note()
    house.do("vault.deposit", "alice", vault="FLUX", assets="600")
    house.do("term.stake", "alice", amount="15000")
    note()
    for days in (0.5, 3, 9, 40):
        house.later(int(days * DAY) + 7)
        house.do("vault.add_rewards", "operator", vault="FLUX", assets="20")
        house.do("vault.redeem", "alice", vault="FLUX", shares="30")
        note()
    for seq, then in (told[3], told[1], told[-1], told[0], *told):
        answer = alice.get(f"/v1/me/earnings?as_of={seq}")
        assert good(answer) == then
        assert answer.headers["holdfast-seq"] == str(seq)
    assert len({str(then) for _, then in told}) == len(told)


def test_earnings__of_an_instant_between_two_records(house: House) -> None:
    """Profit unlocks by itself: at an instant behind the last record it has earned more than at that record."""
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="100")
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=4 * DAY)
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="100")
    seq = house.service.head.seq
    house.later(2 * DAY)
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1")
    alice = house.of("alice")
    then = good(alice.get("/v1/me/earnings?as_of=2026-01-02T00:00:00Z"))
    assert then["at"] == "2026-01-02T00:00:00Z"
    assert then["total"]["FLUX"]["all"]["net"] == "25"  # a day of four
    assert good(alice.get(f"/v1/me/earnings?as_of={seq}"))["total"]["FLUX"]["all"]["net"] == "0"
    assert code(alice.get("/v1/me/earnings?as_of=99")) == "unknown_record"
    assert code(house.of("bob").get("/v1/me/earnings?account=alice&as_of=2")) == "unknown_account"


def test_earnings__follow_the_desk(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0)
    alice = house.of("alice")
    assert good(alice.get("/v1/me/earnings"))["vaults"] == []
    house.do("faucet.drip", "alice", asset="FLUX", amount="1000")
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    first = alice.get("/v1/me/earnings")
    assert good(first)["total"]["FLUX"]["all"] == {"net": "0", "gross": "0"}
    house.do("faucet.drip", "operator", asset="FLUX", amount="50")
    house.later(3 * DAY)
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="50")
    second = alice.get("/v1/me/earnings", headers={"If-None-Match": first.headers["etag"]})
    found = good(second)["vaults"][0]
    assert (found["1d"]["net"], found["all"]["net"]) == ("50", "50")
    assert second.headers["holdfast-seq"] == str(house.service.head.seq)
    assert second.headers["holdfast-digest"] == house.service.head.digest.hex()


def test_rates__are_what_the_vault_says_as_of_then(rich: House) -> None:
    alice = rich.of("alice")
    rates = good(alice.get("/v1/vaults/FLUX/rates?every=3600"))["items"]
    assert len(rates) == 3
    for rate in rates:
        vault = good(alice.get("/v1/vaults/FLUX", params={"as_of": rate["at"]}))
        assert {name: vault[name] for name in ("total_assets", "total_shares")} == {
            name: rate[name] for name in ("total_assets", "total_shares")
        }
    assert rates[0]["rate"] == "1"


@pytest.mark.parametrize("limit", [1, 2])
def test_rates__in_pages_and_between_instants(rich: House, limit: int) -> None:
    alice, path = rich.of("alice"), "/v1/vaults/FLUX/rates"
    whole = good(alice.get(path, params={"every": 3_600}))["items"]
    found: list[Any] = []
    query: dict[str, Any] = {"every": 3_600, "limit": limit}
    while True:
        page = good(alice.get(path, params=query))
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == whole
    middle = good(alice.get(path, params={"every": 3_600, "since": whole[1]["at"], "until": whole[1]["at"]}))
    assert middle["items"] == [whole[1]]


@pytest.mark.parametrize("query", ["every=3601", "every=60", "every=0", "since=x", "cursor=AAAA", "limit=0"])
def test_rates__unusable__malformed(rich: House, query: str) -> None:
    assert code(rich.of("alice").get(f"/v1/vaults/FLUX/rates?{query}")) == "malformed"


def test_rates__unknown_vault(rich: House) -> None:
    assert code(rich.of("alice").get("/v1/vaults/NOPE/rates")) == "unknown_vault"


def test_long_journal__is_read_over_several_questions(rich: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = gathered.Gathered(rich.service.genesis, rich.server.readers)
    monkeypatch.setattr(rich.server, "gathered", fresh)
    monkeypatch.setattr(gathered, "LOT", 10)
    monkeypatch.setattr(gathered, "PATIENCE", -1.0)
    answers = [rich.of("alice").get("/v1/me/earnings") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 503, 200]
    assert answers[0].headers["retry-after"] == "1"
