"""The direct way: relevé, reste à charge and home served as finished documents, in front of the other routes.

One statement, shared with the requests that come at the same time, checks the token, the right to read and that the
document is made from all that is known, and brings it. It answers that and nothing else: no token, another role, an
unknown member, another year, a parameter, a HEAD, a document missing, stale or altered, a database away — all of
these go on to the application, which alone knows every rule and every error, and which keeps what it rendered for the
next reader.
"""

import time
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from fastapi import FastAPI
from prometheus_client import Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

from infra import metrics
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from infra.auth.sessions import SESSION_PREFIX
from infra.auth.tokens import token_empreinte
from infra.http.conditional import RawHeaders, document_answer
from infra.http.context import Context
from infra.http.frame import ANSWER_HEADERS, TRACE_HEADER, trace_id_of
from infra.http.hot_keys import HotKeys
from infra.http.hot_line import Hit
from infra.http.look_keeper import HOUSE
from infra.http.protocol import Constant, send_whole
from infra.journal.mapper import SealBroken
from infra.journal.members import KeyAltered
from infra.reads.documents import (
    Document,
    cle_accueil,
    cle_releve,
    cle_reste_a_charge,
    context_of_seal,
    unseal_document,
)
from ledger.dates import Fenetre

_PREFIX = "/v1/adherents/"
_BEARER = b"Bearer "
_TRACE = TRACE_HEADER.lower().encode()
_READ_HEADERS = frozenset({b"authorization", b"accept-encoding", b"if-none-match", b"traceparent", b"motif"})
_SESSION = SESSION_PREFIX.encode()
_HOUSE_ROLES = frozenset(role.value.encode() for role in HOUSE)
_ALWAYS: Final = Constant(
    (name.lower().encode(), value.encode()) for name, value in ANSWER_HEADERS.items() if name != "Cache-Control"
)
_SERVED = metrics.DOCUMENTS.labels("servi")
_PASSED_ON = metrics.DOCUMENTS.labels("rendu")
log = structlog.get_logger(__name__)


class _Target(NamedTuple):
    """What an address asks for: the key of its document, the measures of its route by status, its name in the log."""

    cle: bytes
    measures: dict[int, Histogram]
    action: str


class _Head(NamedTuple):
    """The headers that count here."""

    token: bytes
    accept_encoding: str
    if_none_match: list[str]
    traceparent: str | None


class HotReads:
    """The application, with the direct way in front."""

    def __init__(self, app: FastAPI) -> None:
        self._app: ASGIApp = app
        self._state = app.state
        self._annee = 0
        self._targets: dict[tuple[str, bytes], _Target] = {}
        self._keys: HotKeys | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # All in one coroutine: another within costs as much as a part of the work.
        started = time.perf_counter()
        request = self._request_of(scope)
        if request is None:
            await self._app(scope, receive, send)
            return
        context, target, head, empreinte = request
        asked = context.hot.find(token_empreinte(head.token.decode()), empreinte, target.cle)
        hit = await asked if asked is not None else None
        document = self._open(context, hit, empreinte, target.cle) if hit is not None else None
        if hit is None or document is None:
            is_looked = False
        elif hit.role in _HOUSE_ROLES:
            is_looked = await _is_looked(context, hit, empreinte, target.action)
        else:
            is_looked = context.looks.count((hit.jeton, hit.role, empreinte, target.action))
        if hit is None or document is None or not is_looked:
            _PASSED_ON.inc()
            await self._app(scope, receive, send)
            return
        status, headers, body = document_answer(
            document,
            projected=b"%d" % int.from_bytes(hit.projected, "big"),
            accept_encoding=head.accept_encoding,
            if_none_match=head.if_none_match,
        )
        headers.append((_TRACE, trace_id_of(head.traceparent).encode()))
        if not send_whole(send, status, headers, _ALWAYS, body):
            headers += _ALWAYS
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        target.measures[status].observe(time.perf_counter() - started)
        _SERVED.inc()

    def _request_of(self, scope: Scope) -> tuple[Context, _Target, _Head, bytes] | None:
        """What is asked for, by whom, about whom (the keyed hash of the number); None for what is not served here."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_PREFIX):
            return None
        numero, _, tail = scope["path"][len(_PREFIX) :].partition("/")
        context: Context = self._state.context
        target = self._targets_of(context).get((tail, scope["query_string"]))
        head = _head_of(scope["headers"]) if target is not None else None
        if target is None or head is None:
            return None
        return context, target, head, context.services.keyring.numero_empreinte(numero)

    def _open(self, context: Context, hit: Hit, numero_empreinte: bytes, cle: bytes) -> Document | None:
        if self._keys is None:
            self._keys = HotKeys(context.services.members)
        try:
            key = self._keys.key(hit.sujet, numero_empreinte, hit.enveloppe)
            if key is None:
                return None
            return unseal_document(key, hit.scelle, context_of_seal(hit.sujet, cle, hit.positions))
        except KeyAltered:
            return None  # The application meets the same row, and says so.
        except SealBroken:
            log.warning("document_altere", sujet=str(UUID(bytes=hit.sujet)), cle=cle.decode())
            return None  # It is rendered again from the read rows, and replaced.

    def _targets_of(self, context: Context) -> dict[tuple[str, bytes], _Target]:
        """What today's window lets everybody read who may read the member at all."""
        annee = context.services.settings.today().year
        if annee != self._annee:
            self._targets, self._annee = _targets(Fenetre(annee - 1, annee)), annee
        return self._targets


async def _is_looked(context: Context, hit: Hit, numero_empreinte: bytes, action: str) -> bool:
    """Whether the access log has it: what a person of the house reads is written before it is shown."""
    regard = Regard(f"jeton:{UUID(bytes=hit.jeton)}", Role(hit.role.decode()), numero_empreinte, action)
    try:
        await context.looks.look(regard)
    except Exception:  # The application tries again, and says what is wrong.
        return False
    return True


def _targets(fenetre: Fenetre) -> dict[tuple[str, bytes], _Target]:
    """By the rest of the path, after the number, and the query."""
    accueil, releve, reste = (
        {status: metrics.REQUESTS.labels("GET", f"{_PREFIX}{{numero}}/{tail}", str(status)) for status in (200, 304)}
        for tail in ("accueil", "releves/{annee}", "reste-a-charge")
    )
    targets = {("accueil", b""): _Target(cle_accueil(fenetre).encode(), accueil, "accueil")}
    for annee in (fenetre.precedente, fenetre.courante):
        targets[f"releves/{annee}", b""] = _Target(cle_releve(annee).encode(), releve, f"releves/{annee}")
        targets["reste-a-charge", b"annee=%d" % annee] = _Target(
            cle_reste_a_charge(annee).encode(), reste, "reste-a-charge"
        )
    targets["reste-a-charge", b""] = _Target(cle_reste_a_charge(fenetre.courante).encode(), reste, "reste-a-charge")
    return targets


def _head_of(headers: RawHeaders) -> _Head | None:
    """The headers of a request; None when its token is not plainly one."""
    authorization = b""
    accepted: list[str] = []
    if_none_match: list[str] = []
    traceparent: str | None = None
    for name, value in headers:
        if name not in _READ_HEADERS:
            continue
        if name == b"authorization":
            if authorization:
                return None
            authorization = value
        elif name == b"accept-encoding":
            accepted.append(value.decode("latin-1"))
        elif name == b"if-none-match":
            if_none_match.append(value.decode("latin-1"))
        elif name == b"motif":
            return None  # It goes to the access log, with everything else that the application checks.
        elif traceparent is None:
            traceparent = value.decode("latin-1")
    token = authorization[len(_BEARER) :]
    if not authorization.startswith(_BEARER) or not token.isascii() or token != token.strip():
        return None
    if token.startswith(_SESSION):
        return None  # What a person may see depends on more than her role: the application knows.
    return _Head(token, ",".join(accepted), if_none_match, traceparent)
