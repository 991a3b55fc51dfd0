"""OpenTelemetry traces: of requests, commands, commits and writes about people. They hold no amounts and no accounts.

The API alone does nothing. With `traces = true` and the SDK installed, exporter and sampling are set by the SDK's own
variables: OTEL_TRACES_EXPORTER (otlp, console, none), OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER and the like.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, get_tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from holdfast.engine.async_service import AsyncService
from holdfast.engine.journal import Receipt
from holdfast.engine.service import Service, Submission

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
_INCOMING = TraceContextTextMapPropagator()


class Traces:
    """Makes spans; without a tracer it makes none."""

    def __init__(self, tracer: Tracer | None = None, provider: TracerProvider | None = None) -> None:
        self._tracer, self._provider = tracer, provider

    def __bool__(self) -> bool:
        return self._tracer is not None

    @contextmanager
    def request(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Span | None]:
        """The span of a request, continuing the trace that its `traceparent` names."""
        if self._tracer is None:
            yield None
            return
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name.startswith(b"trace")}
        with self._tracer.start_as_current_span(
            method, _INCOMING.extract(sent), SpanKind.SERVER, {"http.request.method": method}, record_exception=False
        ) as span:
            yield span

    @contextmanager
    def work(self, name: str, **attributes: str | int) -> Iterator[None]:
        """The span of some work; where it raises, the span tells the kind of error and not what it says."""
        if self._tracer is None:
            yield
            return
        given = {f"holdfast.{key}": value for key, value in attributes.items()}
        with self._tracer.start_as_current_span(
            name, attributes=given, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def done(self, name: str, began: int, ended: int, *, alone: bool = False, **attributes: str | int) -> None:
        """The span of work that lies behind us, in nanoseconds since 1970; `alone`: it belongs to no one request."""
        if self._tracer is not None:
            given = {f"holdfast.{key}": value for key, value in attributes.items()}
            context = Context() if alone else None
            self._tracer.start_span(name, context, attributes=given, start_time=began).end(ended)

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def ended(span: Span, method: str, route: str, status: int) -> None:
    """Say how a request ended."""
    if route:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500 or not status:
        span.set_status(Status(StatusCode.ERROR))


def trace_id(span: Span) -> str:
    """The trace's id as other programs write it."""
    return f"{span.get_span_context().trace_id:032x}"


class TracedDesk(AsyncService):
    """The desk with a span around what each caller has done, until he is answered."""

    def __init__(self, service: Service, traces: Traces) -> None:
        super().__init__(service)
        self._traces = traces

    async def submit_many(self, submissions: Sequence[Submission], *, atomic: bool = False) -> list[Receipt]:
        """See `AsyncService`."""
        name = f"command {submissions[0].command.__struct_config__.tag}" if len(submissions) == 1 else "commands"
        with self._traces.work(name, commands=len(submissions)):
            return await super().submit_many(submissions, atomic=atomic)


# --- the SDK ----------------------------------------------------------------------------------------------------------


def set_up(log: Any, environment: Mapping[str, str] | None = None) -> Traces:
    """Traces by the SDK as its variables say; where it or the exporter is missing, a warning and no traces."""
    try:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces are on, but the SDK is missing: pip install opentelemetry-sdk and an exporter")
        return Traces()
    exporter = _exporter(log, os.environ if environment is None else environment)
    if exporter is None:
        return Traces()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return with_provider(provider)


def with_provider(provider: TracerProvider) -> Traces:
    """Traces that this provider takes."""
    return Traces(get_tracer("holdfast", version("holdfast"), provider), provider)


def _exporter(log: Any, environment: Mapping[str, str]) -> Any:
    name = environment.get("OTEL_TRACES_EXPORTER", "otlp").strip()
    if name in ("", "none"):
        return None
    if name == "otlp":
        protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get(
            "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
        )
        name = _PROTOCOLS.get(protocol, "otlp_proto_http")
    for found in entry_points(group="opentelemetry_traces_exporter", name=name):
        try:
            return found.load()()
        except Exception:
            log.exception("the exporter of traces cannot be used", exporter=name)
            return None
    package = f"opentelemetry-exporter-{name.replace('_', '-')}"
    log.warning("traces are on, but their exporter is missing", exporter=name, install=f"pip install {package}")
    return None
