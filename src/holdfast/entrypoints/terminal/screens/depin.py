"""Contribution networks and resources: open epochs, scores, rewards, and why they are what they are."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import format_instant

SHOWN = 100
"""Reports and rewards on a resource's page, the newest."""


@page("/depin", "depin/depin.html", title="depin.title", needs="own.read", nav="depin")
async def depin(visit: Visit) -> dict[str, Any]:
    """The networks, and one's resources; for staff everybody's."""
    networks, listed = await asyncio.gather(
        visit.see("/v1/networks", limit=200),
        visit.see("/v1/resources", cursor=visit.query.text("cursor"), limit=50),
    )
    by_name = {one["id"]: one for one in networks["items"]}
    resources = [_with_share(one, by_name.get(one["network"])) for one in listed["items"]]
    return {
        "networks": [_with_end(visit, one) for one in networks["items"]], "by_name": by_name, "resources": resources,
        "next": listed["next"], "own": visit.person.accounts,
    }  # fmt: skip


@page("/depin/{resource}", "depin/resource.html", title="depin.resource", needs="own.read", nav="depin")
async def resource(visit: Visit) -> dict[str, Any]:
    """A resource: its reports, what counted, and what it was paid and why."""
    found, networks = await asyncio.gather(
        visit.see(f"/v1/resources/{visit.path['resource']}"), visit.see("/v1/networks", limit=200)
    )
    network = next(one for one in networks["items"] if one["id"] == found["network"])
    return {
        "resource": found, "network": _with_end(visit, network), "drawn": _drawn(visit, found),
        "reports": found["reports"][: -SHOWN - 1 : -1], "rewards": found["rewards"][: -SHOWN - 1 : -1],
        "cut": max(len(found["reports"]), len(found["rewards"])) > SHOWN,
    }  # fmt: skip


def _with_end(visit: Visit, network: dict[str, Any]) -> dict[str, Any]:
    """A network with whether its epoch can be closed: the desk's time is that of its last record, the clock's later."""
    late = not visit.as_of and network["epoch_ends_at"] <= format_instant(visit.now)
    return {**network, "ended": late}


def _with_share(resource: dict[str, Any], network: dict[str, Any] | None) -> dict[str, Any]:
    """A resource with its part of all scores in basis points, as its own page says it."""
    total = int(network["total_score"]) if network else 0
    return {**resource, "share_bps": int(resource["score"]) * 10_000 // total if total else 0}


def _drawn(visit: Visit, found: dict[str, Any]) -> dict[str, Any] | None:
    """What each epoch brought, as a chart."""
    rewards = found["rewards"][-SHOWN:]
    if len(rewards) < 2:
        return None
    one = {"label": visit.t("depin.reward"), "unit": found["reward_asset"], "kind": "bars"}
    return {
        "x": [row["to"] for row in rewards], "x_kind": "time", "x_label": visit.t("depin.epoch_end"),
        "series": [{**one, "values": [row["reward"] for row in rewards]}],
    }  # fmt: skip
