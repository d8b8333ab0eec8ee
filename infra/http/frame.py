"""Around every request: its trace, its log line, its measure, the headers of every answer, and the last resort.

Logs and measures name the route's template, never the path: a path may hold a member's number.
"""

import re
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra import metrics
from infra.http.failures import problem_of
from infra.http.problems import Problem
from infra.observation.traces import describe, span
from infra.trace import new_trace_id

REQUESTS_MAX = 4_096
"""How many requests are served at once; the next ones are told to come back. Health is always answered."""

TRACE_HEADER = "X-Trace-Id"
_UNKNOWN_ROUTE = "(inconnue)"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ALWAYS_SERVED = ("/v1/sante/", "/metrics")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
ANSWER_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise."""

log = structlog.get_logger(__name__)


def trace_of(scope: Scope) -> str:
    """The trace id of a request."""
    return str(scope["state"]["trace_id"])


def trace_id_of(traceparent: str | None) -> str:
    """The trace that the caller is in (W3C Trace Context), else a new one."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match.group(1) if match else new_trace_id()


class RequestFrame:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        # A copy: the server keeps the true method, and leaves out the body of the answer to a HEAD.
        inner = {**scope, "method": "GET" if method == "HEAD" else method}
        traceparent = Headers(scope=scope).get("traceparent")
        trace_id = trace_id_of(traceparent)
        inner["state"] = {**scope.get("state", {}), "trace_id": trace_id, "is_head": method == "HEAD"}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        started = time.perf_counter()
        self._under_way += 1
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[TRACE_HEADER] = trace_id
                for name, value in ANSWER_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if self._under_way > REQUESTS_MAX and not scope["path"].startswith(_ALWAYS_SERVED):
                await Problem("service_sature").response(trace_id)(inner, receive, framed)
            else:
                with span("requete", trace_id=trace_id, traceparent=traceparent, methode=method):
                    await self._app(inner, receive, framed)
                    describe(f"{method} {_route(inner)}", statut=status)
        except ClientDisconnect:
            log.info("client_parti", route=_route(inner))
        except Exception as error:
            problem = problem_of(error)
            say = log.error if problem.code == "erreur_interne" else log.warning
            say("echec", code=problem.code, route=_route(inner), exc_info=error)
            if not status:
                await problem.response(trace_id)(inner, receive, framed)
        finally:
            self._under_way -= 1
            self._finish(inner, method, status, time.perf_counter() - started)

    def _finish(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = _route(scope)
        labels = (method if method in _METHODS else "(autre)", route, str(status))
        metrics.REQUESTS.labels(*labels).observe(seconds)
        bearer: Any = scope["state"].get("bearer")
        log.info(
            "requete",
            methode=labels[0],
            route=route,
            statut=status,
            millisecondes=round(seconds * 1000, 1),
            acteur=bearer.actor if bearer is not None else None,
        )


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path_format", _UNKNOWN_ROUTE)
