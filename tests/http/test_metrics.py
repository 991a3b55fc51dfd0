"""/metrics: what Prometheus reads, complete, and without a word about people or money."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from holdfast.entrypoints.http import metrics
from holdfast.entrypoints.http.metrics import Metrics
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.errors import ERRORS
from holdfast.protocol.commands import COMMANDS
from serving import House, code, serving

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path / 'desk.db'}") as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1234567")
        yield made


def samples(house: House) -> Samples:
    answer = house.nobody.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def parsed(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation.endswith("."), family.name
        assert family.name.startswith("holdfast_"), family.name
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def deposit(house: House, name: str, assets: str = "765432") -> int:
    body = {"type": "vault.deposit", "vault": "FLUX", "assets": assets}
    return house.of("alice").post("/v1/commands", json=body, headers={"Idempotency-Key": name}).status_code


def test_requests_commands_and_refusals__are_counted(house: House) -> None:
    before = samples(house)
    assert [deposit(house, "k-1"), deposit(house, "k-2", "99999999")] == [200, 422]
    house.nobody.get("/v1/accounts/alice")
    after = samples(house)
    assert after["holdfast_commands_total"][("status", "applied"), ("type", "vault.deposit")] == 1
    assert after["holdfast_commands_total"][("status", "rejected"), ("type", "vault.deposit")] == 1
    assert after["holdfast_requests_total"][("route", "submit"), ("status", "200")] == 1
    assert after["holdfast_requests_total"][("route", "submit"), ("status", "422")] == 1
    assert after["holdfast_request_seconds_count"][("route", "submit"),] == 2
    assert after["holdfast_refusals_total"][("code", "unauthenticated"),] == 1
    assert after["holdfast_journal_records"][()] == before["holdfast_journal_records"][()] + 2
    assert after["holdfast_event_streams"][()] == 0
    assert after["holdfast_corrupt"][()] == 0


def test_commits__are_measured(house: House) -> None:
    before = samples(house)
    one = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
    house.of("alice").post("/v1/commands/bulk", json={"commands": [{"id": f"b-{n}", **one} for n in range(7)]})
    after = samples(house)
    assert after["holdfast_commit_records_count"][()] == before["holdfast_commit_records_count"][()] + 1
    assert after["holdfast_commit_records_sum"][()] == before["holdfast_commit_records_sum"][()] + 7
    assert after["holdfast_commit_seconds_count"][()] == before["holdfast_commit_seconds_count"][()] + 1
    assert after["holdfast_commit_seconds_sum"][()] > before["holdfast_commit_seconds_sum"][()]


def test_a_replay_is_no_commit_of_records(house: House) -> None:
    deposit(house, "k-1")
    before = samples(house)
    assert deposit(house, "k-1") == 200
    after = samples(house)
    assert after["holdfast_commit_records_count"] == before["holdfast_commit_records_count"]


def test_writes_about_people__are_measured(house: House) -> None:
    before = samples(house)["holdfast_office_write_seconds_count"][()]
    house.add("zoe", "holder")
    assert samples(house)["holdfast_office_write_seconds_count"][()] == before + 1


def test_keeper_and_webhooks__are_counted() -> None:
    metrics = Metrics()
    metrics.kept("unstake", "applied")
    metrics.kept("unstake", "applied")
    metrics.webhooks.labels("delivered").inc()
    found = parsed(metrics.page().decode())
    assert found["holdfast_keeper_tasks_total"] == {(("kind", "unstake"), ("outcome", "applied")): 2}
    assert found["holdfast_webhook_deliveries_total"] == {(("outcome", "delivered"),): 1}


def test_the_keeper_of_a_server__counts_what_it_does(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path / 'desk.db'}", keeper=True, keeper_seconds=1) as house:
        house.do("faucet.drip", "alice", asset="VG", amount="1100")
        stake = house.do("term.stake", "alice", amount="1000")["stake"]
        house.later(200 * 86_400)
        wanted, end = ("kind", "unstake"), time.monotonic() + 30
        while time.monotonic() < end:
            found = samples(house).get("holdfast_keeper_tasks_total", {})
            if found:
                break
            time.sleep(0.1)
        assert found == {(wanted, ("outcome", "applied")): 1}, stake


def test_labels__hold_only_words_of_ours(house: House) -> None:
    deposit(house, "k-1")
    house.signed_in("bob").get("/v1/accounts/alice")
    house.nobody.get("/v1/accounts/alice")
    house.nobody.get("/v1/nowhere/alice/765432")
    house.nobody.request("BREW", "/health/live")
    words = {route.name for route in ROUTES} | set(ERRORS) | set(COMMANDS) | {"none", "applied", "rejected", "+Inf"}
    words |= {"method_not_allowed", "no_such_path"}
    for name, rows in samples(house).items():
        for labels in rows:
            for label, value in labels:
                assert label in ("route", "status", "code", "type", "outcome", "kind", "le"), name
                assert value in words or value.replace(".", "", 1).isdigit(), (name, label, value)
    text = house.nobody.get("/metrics").text
    assert not any(word in text for word in ("alice", "bob", "765432", "1234567", "127.0.0.1", "FLUX"))


def test_metrics_off__404(tmp_path: Path) -> None:
    with serving(f"sqlite:{tmp_path / 'desk.db'}", people=False, metrics=False) as house:
        answer = house.nobody.get("/metrics")
        assert (answer.status_code, code(answer)) == (404, "metrics_off")


def test_requests__counted_as_the_library_counts() -> None:
    ours = Metrics()
    registry = CollectorRegistry()
    number = Counter("holdfast_requests_total", "Requests by route and status.", ("route", "status"), registry=registry)
    taken = Histogram(
        "holdfast_request_seconds", "Seconds to an answer.", ("route",), buckets=metrics._SECONDS, registry=registry
    )
    for turn in range(200):
        route, status = ("read", "write")[turn % 2], (200, 404, 500)[turn % 3]
        seconds = (*metrics._SECONDS, 0.0, 99.5, 0.0004, 0.3)[turn % 16]
        ours.request(route, status, seconds)
        number.labels(route, status).inc()
        taken.labels(route).observe(seconds)
    told = {line for line in ours.page().decode().splitlines() if line.startswith("holdfast_request")}
    assert told == {
        line
        for line in generate_latest(registry).decode().splitlines()
        if line.startswith("holdfast_request") and "_created" not in line
    }
    assert 'holdfast_request_seconds_bucket{le="0.0025",route="read"}' in "\n".join(told)
