"""OpenTelemetry: spans of requests, commands, commits and writes about people, seen by the SDK's own exporter."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from holdfast.entrypoints.http import traces
from holdfast.settings import ServerSettings
from serving import House, Log, serving

PARENT = f"00-{'a1' * 16}-{'b2' * 8}-01"


class Spans:
    """What the exporter was given."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        """The only span of this name; it ends a moment after the answer."""
        end = time.monotonic() + 10
        while not self.named(name) and time.monotonic() < end:
            time.sleep(0.005)
        (span,) = self.named(name)
        return span


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def house(tmp_path: Path, spans: Spans, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(traces, "set_up", lambda log: traces.with_provider(spans.provider))
    with serving(f"sqlite:{tmp_path / 'desk.db'}", traces=True) as made:
        made.do("vault.create", "operator", asset="FLUX")
        made.do("faucet.drip", "alice", asset="FLUX", amount="1234567")
        spans.exporter.clear()
        yield made


def deposit(house: House, **headers: str) -> Any:
    body = {"type": "vault.deposit", "vault": "FLUX", "assets": "765432"}
    return house.of("alice").post("/v1/commands", json=body, headers={"Idempotency-Key": "k-1", **headers})


def test_request__has_a_span_with_route_and_status(house: House, spans: Spans) -> None:
    answer = house.of("alice").get("/v1/accounts/alice")
    span = spans.one("GET /v1/accounts/{account}")
    assert span.kind is SpanKind.SERVER
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET", "http.route": "/v1/accounts/{account}",
        "http.response.status_code": answer.status_code,
    }  # fmt: skip
    assert span.status.status_code is StatusCode.UNSET


def test_request__continues_the_callers_trace__and_the_log_names_it(house: House, spans: Spans) -> None:
    house.nobody.get("/health/live", headers={"traceparent": PARENT})
    span = spans.one("GET /health/live")
    assert span.context is not None and f"{span.context.trace_id:032x}" == "a1" * 16
    assert span.parent is not None and f"{span.parent.span_id:016x}" == "b2" * 8
    line = next(fields for _, event, fields in house.log.lines if event == "request" and "trace" in fields)
    assert line["trace"] == "a1" * 16


@pytest.mark.parametrize("given", ["", "00-zz-b2-01", f"00-{'0' * 32}-{'b2' * 8}-01", "x" * 5_000])
def test_request__a_traceparent_that_is_none__begins_a_trace(house: House, spans: Spans, given: str) -> None:
    assert house.nobody.get("/health/live", headers={"traceparent": given}).status_code == 200
    assert spans.one("GET /health/live").parent is None


def test_command__is_a_span_inside_its_request__and_commits_have_their_own(house: House, spans: Spans) -> None:
    assert deposit(house).status_code == 200
    request, command, commit = (
        spans.one(name) for name in ("POST /v1/commands", "command vault.deposit", "commit")
    )  # fmt: skip
    assert command.parent is not None and request.context is not None
    assert command.parent.span_id == request.context.span_id
    assert dict(command.attributes or {}) == {"holdfast.commands": 1}
    assert dict(commit.attributes or {}) == {"holdfast.records": 1}
    assert commit.parent is None, "one commit holds the commands of many requests"
    assert (commit.start_time or 0) < (commit.end_time or 0)


def test_bulk__is_one_span(house: House, spans: Spans) -> None:
    one = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
    body = {"commands": [{"id": f"b-{n}", **one} for n in range(3)]}
    assert house.of("alice").post("/v1/commands/bulk", json=body).status_code == 200
    assert dict(spans.one("commands").attributes or {}) == {"holdfast.commands": 3}
    assert dict(spans.one("commit").attributes or {}) == {"holdfast.records": 3}


def test_writes_about_people__are_spans(house: House, spans: Spans) -> None:
    body = {"name": "alice", "password": "not the right one"}
    house.nobody.post("/v1/sign-in/password", json=body)
    request = spans.one("POST /v1/sign-in/password")
    writes = spans.named("office write")
    assert writes
    assert request.context is not None
    assert all(write.parent is not None and write.parent.span_id == request.context.span_id for write in writes)


def test_spans__hold_no_amounts_accounts_names_or_secrets(house: House, spans: Spans) -> None:
    deposit(house)
    house.of("bob").get("/v1/accounts/alice")
    house.nobody.post("/v1/sign-in/password", json={"name": "alice", "password": "hunter22 hunter22"})
    spans.one("POST /v1/sign-in/password")
    told = "\n".join(span.to_json() for span in spans.exporter.get_finished_spans())
    for secret in ("765432", "1234567", "alice", "bob", "hunter22", "k-1", "127.0.0.1"):
        assert secret not in told, secret


def test_a_fault_of_ours__is_an_error(house: House, spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("alice has 765432")

    monkeypatch.setattr("holdfast.entrypoints.http.authentication.identify", broken)
    house.nobody.get("/health/live")
    span = spans.one("GET /health/live")
    assert span.status.status_code is StatusCode.ERROR
    assert "alice" not in span.to_json()
    house.log.lines.clear()


def test_work_that_raises__tells_the_kind_only(spans: Spans) -> None:
    made = traces.with_provider(spans.provider)
    with pytest.raises(KeyError), made.work("something"):
        raise KeyError("alice")
    span = spans.one("something")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "KeyError"
    assert not span.events


# --- the SDK ----------------------------------------------------------------------------------------------------------


def test_off__makes_nothing(tmp_path: Path) -> None:
    assert ServerSettings().traces is False
    with serving(f"sqlite:{tmp_path / 'desk.db'}", people=False) as house:
        assert not house.server.traces
        assert house.nobody.get("/health/live", headers={"traceparent": PARENT}).status_code == 200


def test_without_the_sdk__a_warning_and_no_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log()
    for name in [name for name in sys.modules if name.startswith("opentelemetry.sdk")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    assert not traces.set_up(log, {})
    assert log.lines[0][0] == "warning" and "the SDK is missing" in log.lines[0][1]


@pytest.mark.parametrize(
    ("environment", "package"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "opentelemetry-exporter-zipkin"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "opentelemetry-exporter-otlp-proto-grpc"),
        ({}, "opentelemetry-exporter-otlp-proto-http"),
    ],
)
def test_without_the_exporter__a_warning_names_its_package(
    environment: dict[str, str], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "entry_points", lambda **_: ())
    log = Log()
    assert not traces.set_up(log, environment)
    assert log.lines[0][2]["install"] == f"pip install {package}"


def test_no_exporter_wanted__no_traces_and_no_warning() -> None:
    log = Log()
    assert not traces.set_up(log, {"OTEL_TRACES_EXPORTER": "none"})
    assert log.lines == []


def test_the_console_exporter__is_found() -> None:
    made = traces.set_up(Log(), {"OTEL_TRACES_EXPORTER": "console"})
    assert made
    made.close()


def test_an_exporter_that_cannot_be_made__is_told_and_traces_stay_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def load() -> Any:
            raise RuntimeError("no")

    monkeypatch.setattr(traces, "entry_points", lambda **_: (Broken,))
    log = Log()
    assert not traces.set_up(log, {"OTEL_TRACES_EXPORTER": "console"})
    assert log.lines[0][0] == "exception"
