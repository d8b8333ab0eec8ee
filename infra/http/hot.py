"""The direct way: relevé, reste à charge and home served as finished documents, in front of the other routes.

One statement, shared with the requests that come at the same time, checks the token, the right to read and that the
document is made from all that is known, and brings it. It answers that and nothing else: no token, another role, an
unknown member, another year, a parameter, a HEAD, a document missing, stale or altered, a database away — all of
these go on to the application, which alone knows every rule and every error, and which keeps what it rendered for the
next reader.
"""

import asyncio
import time
from collections.abc import Sequence
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
from infra.http.front import Request, header_lines
from infra.http.hot_keys import HotKeys
from infra.http.hot_line import Hit, Keys
from infra.http.look_keeper import HOUSE
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

_PREFIX = b"/v1/adherents/"
_BEARER = b"Bearer "
_TRACE = TRACE_HEADER.lower().encode()
_READ_HEADERS = frozenset({b"authorization", b"accept-encoding", b"if-none-match", b"traceparent", b"motif"})
_SESSION = SESSION_PREFIX.encode()
_HOUSE_ROLES = frozenset(role.value.encode() for role in HOUSE)
_ALWAYS: Final = header_lines(
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


class Asked(NamedTuple):
    """A request that waits for its document."""

    request: Request
    numero: str
    target: _Target
    head: _Head
    started: float


class _Found(NamedTuple):
    """A request and the document that answers it, opened."""

    asked: Asked
    hit: Hit
    document: Document
    numero_empreinte: bytes


class _Opened(NamedTuple):
    """What it works with, once the application has begun."""

    context: Context
    keys: HotKeys


class HotReads:
    """The application, with the direct way in front of it (`front.Front`, `hot_lookup.Desk`).

    Requests that one statement answered are answered together, one step for all before the next: from the key to the
    socket, one after the other, they would run through more code than a processor keeps at hand.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app: ASGIApp = app
        self._state = app.state
        self._annee = 0
        self._targets: dict[bytes, _Target] = {}
        self._opened: _Opened | None = None
        self._awaited: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application itself: its lifespan, and whatever a server does not offer to `take`."""
        await self.app(scope, receive, send)

    def take(self, request: Request) -> bool:
        """See to a request that a finished document may answer."""
        started = time.perf_counter()
        url = request.url
        if not url.startswith(_PREFIX) or not request.can_be_answered:
            return False
        numero, _, tail = url[len(_PREFIX) :].partition(b"/")
        context = self._open().context
        target = self._targets_of(context).get(tail)
        is_plain = numero.isascii() and b"%" not in numero
        head = _head_of(request.headers) if target is not None and is_plain else None
        if target is None or head is None:
            return False
        return context.hot.ask(Asked(request, numero.decode("ascii"), target, head, started))

    def keys_of(self, batch: Sequence[Asked]) -> Keys:
        """What a batch asks for."""
        numero_empreinte = self._open().context.services.keyring.numero_empreinte
        return Keys(
            [token_empreinte(asked.head.token.decode()) for asked in batch],
            [numero_empreinte(asked.numero) for asked in batch],
            [asked.target.cle for asked in batch],
        )

    def answer(self, batch: Sequence[Asked], keys: Keys, hits: Sequence[Hit | None]) -> None:
        """Answer what was found, and pass the rest on."""
        later: set[Request] = set()
        try:
            found = [
                _Found(asked, hit, document, numero)
                for asked, numero, hit in zip(batch, keys.numeros, hits, strict=True)
                if hit is not None and (document := self._document(hit, numero, asked.target.cle)) is not None
            ]
            later = {self._answer_later(each) for each in found if each.hit.role in _HOUSE_ROLES}
            _answer([each for each in found if each.asked.request not in later and self._is_counted(each)])
        except Exception as error:  # Nobody waits for ever: the application says what is wrong.
            log.error("lecture_directe_abandonnee", exc_info=error)
        self.pass_on([asked for asked in batch if asked.request not in later])

    def pass_on(self, batch: Sequence[Asked]) -> None:
        """Let the application answer those who were not."""
        for asked in batch:
            if asked.request.is_waiting:
                _PASSED_ON.inc()
                asked.request.pass_on()

    def _document(self, hit: Hit, numero_empreinte: bytes, cle: bytes) -> Document | None:
        try:
            key = self._open().keys.key(hit.sujet, numero_empreinte, hit.enveloppe)
            if key is None:
                return None
            return unseal_document(key, hit.scelle, context_of_seal(hit.sujet, cle, hit.positions))
        except KeyAltered:
            return None  # The application meets the same row, and says so.
        except SealBroken:
            log.warning("document_altere", sujet=str(UUID(bytes=hit.sujet)), cle=cle.decode())
            return None  # It is rendered again from the read rows, and replaced.

    def _open(self) -> _Opened:
        if self._opened is None:
            context: Context = self._state.context
            context.hot.serve(self)
            self._opened = _Opened(context, HotKeys(context.services.members))
        return self._opened

    def _is_counted(self, found: _Found) -> bool:
        """Whether the access log will have it."""
        read = found.hit.jeton, found.hit.role, found.numero_empreinte, found.asked.target.action
        return self._open().context.looks.count(read)

    def _answer_later(self, found: _Found) -> Request:
        task = asyncio.get_running_loop().create_task(self._answer_house(found))
        self._awaited.add(task)
        task.add_done_callback(self._awaited.discard)
        return found.asked.request

    async def _answer_house(self, found: _Found) -> None:
        """What a person of the house reads is in the access log before it is shown."""
        hit, asked = found.hit, found.asked
        regard = Regard(
            f"jeton:{UUID(bytes=hit.jeton)}", Role(hit.role.decode()), found.numero_empreinte, asked.target.action
        )
        try:
            await self._open().context.looks.look(regard)
            _answer([found])
        except Exception as error:  # The application tries again, and says what is wrong.
            log.warning("regard_non_ecrit", exc_info=error)
        finally:
            self.pass_on([asked])

    def _targets_of(self, context: Context) -> dict[bytes, _Target]:
        """What today's window lets everybody read who may read the member at all."""
        annee = context.services.settings.today().year
        if annee != self._annee:
            self._targets, self._annee = _targets(Fenetre(annee - 1, annee)), annee
        return self._targets


def _answer(found: Sequence[_Found]) -> None:
    """Send documents, each with its trace."""
    ready = []
    for asked, hit, document, _ in found:
        status, headers, body = document_answer(
            document,
            projected=b"%d" % int.from_bytes(hit.projected, "big"),
            accept_encoding=asked.head.accept_encoding,
            if_none_match=asked.head.if_none_match,
        )
        headers.append((_TRACE, trace_id_of(asked.head.traceparent).encode()))
        ready.append((asked, status, asked.request.whole(status, headers, _ALWAYS, body)))
    for asked, _, content in ready:
        asked.request.answer(content)
    now = time.perf_counter()
    for asked, status, _ in ready:
        asked.target.measures[status].observe(now - asked.started)
    _SERVED.inc(len(ready))


def _targets(fenetre: Fenetre) -> dict[bytes, _Target]:
    """By the rest of the address, after the number."""
    accueil, releve, reste = (
        {
            status: metrics.REQUESTS.labels("GET", f"{_PREFIX.decode()}{{numero}}/{tail}", str(status))
            for status in (200, 304)
        }
        for tail in ("accueil", "releves/{annee}", "reste-a-charge")
    )
    targets = {b"accueil": _Target(cle_accueil(fenetre).encode(), accueil, "accueil")}
    for annee in (fenetre.precedente, fenetre.courante):
        targets[b"releves/%d" % annee] = _Target(cle_releve(annee).encode(), releve, f"releves/{annee}")
        targets[b"reste-a-charge?annee=%d" % annee] = _Target(
            cle_reste_a_charge(annee).encode(), reste, "reste-a-charge"
        )
    targets[b"reste-a-charge"] = _Target(cle_reste_a_charge(fenetre.courante).encode(), reste, "reste-a-charge")
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
