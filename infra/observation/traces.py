"""Spans for OpenTelemetry, when a collector is named in the settings and the extra `otel` is installed.

A trace has the id that is already ours: the one of the request or command, in the log lines, in X-Trace-Id and in every
event recorded. So one goes from an event to what happened around it. Spans name routes and counts, never a person.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING

from infra.settings import BadSettings
from infra.version import __version__

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

Attribut = str | int | float | bool

EXPORT_SECONDS_MAX = 5
"""How long one export may take; a collector that is away costs spans, never a request."""

_NOTHING: AbstractContextManager[None] = nullcontext()
_trace_id: ContextVar[int | None] = ContextVar("decompte_trace_id", default=None)
_tracer: "Tracer | None" = None


def span(
    name: str, *, trace_id: str | None = None, traceparent: str | None = None, **attributes: Attribut
) -> AbstractContextManager[None]:
    """Time what happens inside. Outside of another span it begins the trace `trace_id`, under the caller's span if any.

    Costs nothing while no collector is configured.
    """
    if _tracer is None:
        return _NOTHING
    return _span(_tracer, name, trace_id, traceparent, attributes)


def describe(name: str, **attributes: Attribut) -> None:
    """Give the span that we are in the name and what else is known at its end."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        current = get_current_span()
        current.update_name(name)
        current.set_attributes(attributes)


@contextmanager
def traced(otlp_url: str | None) -> Iterator[None]:
    """Send the spans of this process to a collector (OTLP over HTTP) until the end. Raises BadSettings."""
    global _tracer
    if otlp_url is None or _tracer is not None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    except ImportError:
        raise BadSettings("DECOMPTE_OTLP_URL demande l'extra otel : pip install 'decompte[otel]'.") from None

    class OurTraces(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return _trace_id.get() or super().generate_trace_id()

    resource = Resource.create({"service.name": "decompte", "service.version": __version__})
    provider = TracerProvider(resource=resource, id_generator=OurTraces())
    exporter = OTLPSpanExporter(endpoint=f"{otlp_url}/v1/traces", timeout=EXPORT_SECONDS_MAX)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("decompte", __version__)
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


@contextmanager
def _span(
    tracer: "Tracer", name: str, trace_id: str | None, traceparent: str | None, attributes: dict[str, Attribut]
) -> Iterator[None]:
    token = _trace_id.set(int(trace_id, 16) if trace_id is not None else None)
    try:
        with tracer.start_as_current_span(name, context=_parent(traceparent), attributes=attributes):
            yield
    finally:
        _trace_id.reset(token)


def _parent(traceparent: str | None) -> "Context | None":
    """The caller's span (W3C Trace Context); None: whatever span we are in."""
    if traceparent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})
