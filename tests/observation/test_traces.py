"""Spans reach a real collector's door, under the very trace id of the answer and of the event recorded."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from commands.ports import Provenance
from infra.auth.roles import Role
from infra.intake.flow import take_flow
from tests.support.ledger import SOURCE, decompte, encode, services_on
from tests.support.serving import serving

CALLER = "0af7651916cd43dd8448eb211c80319c"
CALLER_SPAN = "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP and keeps the spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.spans: list[Span] = []


class _Door(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_request_is_a_span_of_the_callers_trace_and_of_the_event(database_url: str, collector: Collector) -> None:
    with serving(database_url, otlp_url=f"http://127.0.0.1:{collector.server_port}") as served:
        source = served.as_(Role.SOURCE)
        parent = {"traceparent": f"00-{CALLER}-{CALLER_SPAN}-01"}
        source.post("/v1/messages", content=encode(decompte("R-1")), headers=parent)
        alone = source.post("/v1/messages", content=encode(decompte("R-2")))
        with psycopg.connect(database_url) as connection:
            rows = connection.execute(
                "SELECT convert_from(state, 'UTF8')::json->>'trace' FROM stored_events"
            ).fetchall()
    # The server is closed: what it had to say has been sent.
    spans = {span.trace_id.hex(): span for span in collector.spans if span.name == "POST /v1/messages"}
    assert {trace for (trace,) in rows} == set(spans) == {CALLER, alone.headers["X-Trace-Id"]}
    assert spans[CALLER].parent_span_id.hex() == CALLER_SPAN
    told = {one.key: one.value for one in spans[CALLER].attributes}
    assert (told["methode"].string_value, told["statut"].int_value) == ("POST", 201)
    assert "00412345" not in str(collector.spans)


def test_the_batches_of_an_import_are_spans_of_its_trace(database_url: str, collector: Collector) -> None:
    with services_on(database_url, otlp_url=f"http://127.0.0.1:{collector.server_port}") as services:
        feed = b"\n".join(encode(decompte(f"R-{number}")) for number in range(3))
        take_flow([feed], intake=services.intake, source=SOURCE, provenance=Provenance(actor="test", trace_id=CALLER))
    [flux] = [span for span in collector.spans if span.name == "flux"]
    assert flux.trace_id.hex() == CALLER
    inside = {span.name for span in collector.spans if span.parent_span_id == flux.span_id}
    assert inside == {"preparer", "enregistrer"}


def test_a_collector_that_is_away_costs_no_request(database_url: str) -> None:
    with serving(database_url, otlp_url="http://127.0.0.1:1", log_level="error") as served:
        assert served.post(decompte("R-1")).status_code == 201
