"""Flux's node list: read strictly, ranked as the chain ranks, turned into commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import Malformed
from holdfast.networks import flux
from networks.flux_samples import node, real, written

LIST = "viewdeterministicfluxnodelist-2026-09-30-subset.json"


def refused(path: Path, *nodes: dict[str, Any], **more: Any) -> Malformed:
    with pytest.raises(Malformed) as caught:
        flux.read_nodes(written(path / "list.json", *nodes, **more))
    assert caught.value.details["file"] == str(path / "list.json")
    return caught.value


def read(path: Path, *nodes: dict[str, Any]) -> list[flux.Node]:
    return flux.read_nodes(written(path / "list.json", *nodes))


def test_read__real_list__every_published_rank_is_reproduced() -> None:
    nodes = flux.read_nodes(real(LIST))
    assert len(nodes) == 15
    assert flux.misranked(nodes) == []
    assert [node.rank for node in flux.payout_order(nodes, "CUMULUS")][:3] == [0, 1, 2]
    never = [node for node in nodes if node.last_paid_height is None]
    assert [node.rank for node in never] == [42]


def test_read__real_list__no_node_has_lapsed() -> None:
    nodes = flux.read_nodes(real(LIST))
    height = max(node.last_confirmed_height for node in nodes)
    assert flux.lapsed(nodes, height) == []
    assert len(flux.lapsed(nodes, height + 641)) == len(nodes)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tier": "MEGA"}, "$.data[1].tier"),
        ({"amount": "999.00"}, "$.data[1].amount"),
        ({"amount": "1e3"}, "$.data[1].amount"),
        ({"amount": 1000}, "$.data[1].amount"),
        ({"outidx": "-1"}, "$.data[1].outidx"),
        ({"outidx": 0}, "$.data[1].outidx"),
        ({"txhash": "zz"}, "$.data[1].txhash"),
        ({"collateral": f"COutPoint({2:064x}, 1)"}, "$.data[1].collateral"),
        ({"last_paid_height": "12"}, "$.data[1].last_paid_height"),
        ({"last_paid_height": -1}, "$.data[1].last_paid_height"),
        ({"lastpaid": "1516980000"}, "$.data[1].lastpaid"),
        ({"last_paid_height": 0, "lastpaid": "1790697724"}, "$.data[1].lastpaid"),
        ({"payment_address": "t1 no"}, "$.data[1].payment_address"),
        ({"rank": None}, "$.data[1].rank"),
        ({"txhash": f"{1:064x}", "collateral": f"COutPoint({1:064x}, 0)"}, "$.data[1].collateral"),
    ],
)
def test_read__bad_node__names_file_and_field(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    assert refused(tmp_path, node(1), node(2, **changed)).details["field"] == field


def test_read__a_field_missing__is_named(tmp_path: Path) -> None:
    made = node(1)
    del made["last_paid_height"]
    assert "last_paid_height" in refused(tmp_path, made).message


def test_read__error_with_http_200__says_what_the_api_said(tmp_path: Path) -> None:
    said = refused(tmp_path, status="error", data={"code": 7, "message": "node is syncing"}).message
    assert '"error"' in said and "node is syncing" in said


@pytest.mark.parametrize(
    "content", ["", "[]", "null", '{"status": "success"}', '{"status": "success", "data": {}}', "{"]
)
def test_read__no_list__malformed(tmp_path: Path, content: str) -> None:
    (tmp_path / "list.json").write_text(content)
    with pytest.raises(Malformed, match=r"list\.json"):
        flux.read_nodes(str(tmp_path / "list.json"))
    with pytest.raises(Malformed):
        flux.read_nodes(str(tmp_path / "absent.json"))


def test_payout_order__longest_unpaid_first_then_never_paid_then_collateral(tmp_path: Path) -> None:
    last_byte_first = [f"{0:062x}02", "02" + f"{0:062x}"]  # as the chain keeps it: 02 00 …, then 00 … 02
    nodes = read(
        tmp_path,
        node(5),
        node(9, last_paid_height=0, confirmed_height=105),
        node(3, last_paid_height=104),
        *(node(0, txhash=txhash, last_paid_height=200) for txhash in last_byte_first),
        node(8, txhash="02" + f"{0:062x}", outidx="1", last_paid_height=200),
    )
    order = [
        (n.last_paid_height or -n.confirmed_height, n.txhash[:2], n.outidx) for n in flux.payout_order(nodes, "CUMULUS")
    ]
    assert order == [(104, "00", 0), (-105, "00", 0), (105, "00", 0), (200, "02", 0), (200, "02", 1), (200, "00", 0)]


def test_misranked__wrong_ranks__are_found(tmp_path: Path) -> None:
    nodes = read(tmp_path, node(1, rank=7), node(2, rank=3))
    assert [(n.rank, rank) for n, rank in flux.misranked(nodes)] == [(7, 3), (3, 7)]


@pytest.mark.parametrize(
    ("tier", "reductions", "reward"),
    [("CUMULUS", 0, 100_000_000), ("NIMBUS", 1, 315_000_000), ("STRATUS", 2, 729_000_000), ("CUMULUS", 20, 12_157_662)],
)
def test_reduced__a_tenth_less_each_time_floored(tier: str, reductions: int, reward: int) -> None:
    assert flux.reduced(flux.TIERS[tier].reward, reductions) == reward
    assert flux.reduced(flux.TIERS[tier].reward, 99) == flux.reduced(flux.TIERS[tier].reward, 20)


def test_rewards__of_a_block__are_fourteen() -> None:
    assert sum(tier.reward for tier in flux.TIERS.values()) + flux.FUND_REWARD == 14 * 10**8


def test_commands__a_network_for_each_tier_and_each_node_by_its_address(tmp_path: Path) -> None:
    made = {c["network"]: c["emission_per_epoch"] for c in flux.network_commands(epoch_seconds=86_400, reductions=1)}
    assert made == {"flux-cumulus": "2592", "flux-nimbus": "9072", "flux-stratus": "23328"}
    [command] = flux.resource_commands(read(tmp_path, node(1, tier="STRATUS")))
    assert json.loads(json.dumps(command)) == {
        "actor": "t1ZJR468HBuSt1SW2tgWjoxLfYv2yPHgGge", "type": "depin.register_resource", "network": "flux-stratus",
        "resource": f"{1:064x}:0", "kind": "stratus", "unit": "node", "capacity": "1",
    }  # fmt: skip
