"""Chains of stakes, the pool's taxes and the curve of periods over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from holdfast.primitives.clock import format_instant
from serving import House, code
from support import DAY


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def staked(house: House) -> House:
    """Alice stakes 15,000 VG for 61 days."""
    house.do("asset.mint", "operator", asset="VG", to="alice", amount="20000")
    house.do("term.stake", "alice", amount="15000")
    return house


def chain(house: House, stake: str, **query: Any) -> Any:
    return good(house.of("alice").get(f"/v1/stakes/{stake}/chain", params=query))


def test_chain__what_it_will_do_is_what_it_then_did(staked: House) -> None:
    before = chain(staked, "vg-1")
    assert [(one["id"], one["amount"], one["unstaked_at"]) for one in before["stakes"]] == [("vg-1", "15000", None)]
    assert [one["amount"] for one in before["planned"]] == ["10500", "7350"]
    assert (before["paid"], before["still_to_pay"]) == ("0", "13500")
    planned = [{key: one[key] for key in ("amount", "paid", "unstake_tax", "unlocks_at")} for one in before["planned"]]
    for number in (1, 2, 3):
        stake = good(staked.of("alice").get(f"/v1/stakes/vg-{number}"))
        staked.later(stake["seconds_left"])
        staked.do("term.unstake", "alice", stake=stake["id"])
    after = chain(staked, "vg-2")
    assert after["stake"] == "vg-2"
    assert (after["planned"], after["paid"], after["still_to_pay"]) == ([], "13500", "0")
    assert [one["id"] for one in after["stakes"]] == ["vg-1", "vg-2", "vg-3"]
    assert [{key: one[key] for key in planned[0]} for one in after["stakes"][1:]] == planned
    assert [one["unstaked_at"] for one in after["stakes"]] == [one["unlocks_at"] for one in after["stakes"]]
    assert after["stakes"] == chain(staked, "vg-1")["stakes"]


def test_chain__as_of_the_past__knows_nothing_of_what_came_later(staked: House) -> None:
    before = chain(staked, "vg-1")
    moment = format_instant(staked.clock.now)
    staked.later(90 * DAY)
    staked.do("term.unstake", "keeper", stake="vg-1")
    assert chain(staked, "vg-1", as_of=moment) == before
    assert len(chain(staked, "vg-1")["stakes"]) == 2
    assert [one["starts_at"] for one in chain(staked, "vg-1")["planned"]] == [
        good(staked.of("alice").get("/v1/stakes/vg-2"))["unlocks_at"]
    ]


def test_chain__of_somebody_else__as_one_that_is_not_there(staked: House) -> None:
    answers = [staked.of("bob").get(f"/v1/stakes/{name}/chain") for name in ("vg-1", "vg-9")]
    assert [code(answer) for answer in answers] == ["unknown_stake"] * 2
    assert good(staked.of("anna").get("/v1/stakes/vg-1/chain"))["stake"] == "vg-1"


def test_taxes_of_the_pool__for_everybody_and_as_of_then(staked: House) -> None:
    read = staked.of("bob").get
    assert good(read("/v1/term-pool/tax")) == {"tax": "1500", "fees": "750", "buyback": "450", "treasury": "300"}
    assert good(read("/v1/term-pool/tax", params={"as_of": "1"}))["tax"] == "0"
    assert good(staked.of("olga").get("/v1/tax"))["VG"] == good(read("/v1/term-pool/tax"))
    assert code(read("/v1/tax")) == "forbidden"


def test_curve__rising_amounts_with_both_sides_of_the_cliff(house: House) -> None:
    rows = good(house.of("alice").get("/v1/quotes/term?curve=true"))["amounts"]
    by_amount = {row["amount"]: row for row in rows}
    assert (rows[0]["amount"], rows[-1]["amount"], len(rows)) == ("100", "1000000", 82)
    assert [by_amount[text]["period_days"] for text in ("100", "1000", "9999", "10000")] == [180, 153, 127, 63]
    assert all(row["period_days_with_booster"] <= row["period_days"] for row in rows)
