"""What every page of the auditors shares: who may see it, and that a member is looked at for a reason that was said.

An auditor says once why she opens a member's file: a *consultation*. It is kept in her browser, sealed and bound to her
session, and goes with every look that follows at that member. No page about a member is shown without one.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.journal.mapper import SealBroken, seal, unseal
from infra.portal import cookies
from infra.portal.gardes import Ailleurs, of_the_house
from infra.portal.pages import redirect
from infra.portal.regards import look
from infra.postgres.sql import statements
from projections.dossiers import NAME

ADRESSE = "/maison/audit"
CONSULTATIONS_MAX = 3
"""How many members' files one session keeps open; a cookie holds 4 KiB."""

_SUITE = re.compile(rf"{ADRESSE}(?:/[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}){{1,6}}(?:\?[A-Za-z0-9=&%._:+-]{{0,400}})?")
_USE = b"consultation"
_LAG = statements("infra.projections", "runner.sql")["lag"]
_HEAD = statements("infra.journal", "recorder.sql")["head"]
_decode = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class EtatJournal:
    """How far the journal goes (0 and None: it is empty), and how far its read rows have followed it."""

    position: int
    recorded_at: datetime | None
    projected: int


async def auditor(request: Request) -> Session:
    """An auditor who proved her second factor. Raises the Problem `role_interdit` for other roles."""
    session = await of_the_house(request)
    if session.role is not Role.AUDITEUR:
        raise Problem("role_interdit")
    return session


async def consulted(request: Request, session: Session, numero: str, action: str) -> str:
    """The reason for which this member's file is open, once this look is written with it.

    `action` says what is looked at, as the access log keeps it. Raises Ailleurs, to the form that asks for a reason and
    comes back here, when the file is not open.
    """
    motif = _open_files(request, session).get(numero)
    if motif is None:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        suite = {"suite": asked} if request.method in ("GET", "HEAD") and is_ours(asked) else {}
        raise Ailleurs(redirect(f"{ADRESSE}?{urlencode({'numero': numero, **suite})}"))
    await look(request, session, numero, action, motif)
    return motif


def open_consultation(request: Request, response: Response, session: Session, numero: str, motif: str) -> None:
    """Keep in the browser that this member's file is open, and why; the oldest of too many is closed."""
    files = {n: why for n, why in _open_files(request, session).items() if n != numero} | {numero: motif}
    kept = dict(list(files.items())[-CONSULTATIONS_MAX:])
    sealed = seal(context_of(request).services.keyring.acces(), msgspec.json.encode(kept), _USE + session.id.bytes)
    value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    cookies.put(request, response, cookies.CONSULTATION, value, seconds=cookies.COURT_SECONDS)


def is_ours(address: str) -> bool:
    """Whether an address is one of these pages, to come back to."""
    return _SUITE.fullmatch(address) is not None


async def etat_journal(request: Request) -> EtatJournal:
    """Where the journal is now."""
    pool = context_of(request).pool
    head = await pool.fetch(_HEAD)
    lag = await pool.fetch(_LAG, {"projection": NAME})
    return EtatJournal(
        position=head[0]["position"] if head else 0,
        recorded_at=head[0]["recorded_at"] if head and head[0]["position"] else None,
        projected=lag[0]["position"] if lag else 0,
    )


def _open_files(request: Request, session: Session) -> dict[str, str]:
    """The reasons by member, the oldest first; nothing for what is not of this session."""
    given = cookies.read(request, cookies.CONSULTATION) or ""
    try:
        sealed = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        return _decode(unseal(context_of(request).services.keyring.acces(), sealed, _USE + session.id.bytes))
    except (binascii.Error, ValueError, SealBroken):
        return {}
