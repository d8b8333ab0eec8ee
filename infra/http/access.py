"""Who asks, and whether that role may: no or bad token 401, wrong role 403, another member's data 404.

A bearer is a token made by the operator (`dcp_…`) or a session that somebody opened (`dcs_…`). A session of a person of
the house does nothing before its second factor; a member's shows amounts before it, and her care only after.
"""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, TypeVar
from urllib.parse import unquote

from anyio import to_thread
from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from infra.auth.journal_acces import MOTIF_CHARACTERS_MAX, Regard
from infra.auth.roles import Role
from infra.auth.sessions import SESSION_PREFIX, Session
from infra.auth.tokens import SQL, Bearer, bearer_of, token_empreinte
from infra.http.context import Context, context_of
from infra.http.problems import Problem

SCHEME = HTTPBearer(
    scheme_name="jeton",
    description="Jeton opaque, donné par `decompte token --role ROLE`, ou jeton de session (`dcs_…`), donné par "
    "`POST /v1/acces/sessions` ; l'un et l'autre expirent et se révoquent.",
    auto_error=False,
)
READERS = frozenset({Role.PORTAIL, Role.ADHERENT, Role.AUDITEUR})
AMOUNTS = frozenset({"accueil", "reste-a-charge", "comparatif", "notifications", "evenements"})
"""What a member's session reads without its second factor, by the first word after the number: no act, no label."""

HOME = "accueil"
_NUMERO = "/{numero}/"
_ANNEE = re.compile(r"\{annee(:[a-z]+)?\}")

Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)]
T = TypeVar("T")


async def acces_step(context: Context, step: Callable[[], T]) -> T:
    """Run a step of the access in a thread, a bounded number of them at once."""
    return await to_thread.run_sync(step, limiter=context.acces_threads)


async def bearer_of_request(request: Request, credentials: Credentials) -> Bearer:
    """Whom the token of the request stands for; looked up every time, so that a revocation holds at once."""
    context = context_of(request)
    if credentials is not None and credentials.credentials.startswith(SESSION_PREFIX):
        session = await session_of_request(request, credentials)
        if not session.may_act():
            raise Problem("second_facteur_requis")
        numero = session.numero
        return Bearer(
            id=session.compte,
            role=session.role,
            numero_empreinte=context.services.keyring.numero_empreinte(numero) if numero is not None else None,
            emetteurs=None,
            session=session,
        )
    if credentials is None or not credentials.credentials:
        raise Problem("jeton_absent", headers={"WWW-Authenticate": 'Bearer realm="decompte"'})
    empreinte = token_empreinte(credentials.credentials)
    rows = await context.pool.fetch(SQL["find"], {"empreinte": empreinte})
    if not rows:
        raise _unknown()
    bearer = bearer_of(rows[0])
    request.state.bearer = bearer
    return bearer


async def session_of_request(request: Request, credentials: Credentials) -> Session:
    """The live session of the request, whatever it may do; a token made by the operator is none."""
    if credentials is None or not credentials.credentials:
        raise Problem("jeton_absent", headers={"WWW-Authenticate": 'Bearer realm="decompte"'})
    secret = credentials.credentials
    if not secret.startswith(SESSION_PREFIX):
        raise _unknown()
    context = context_of(request)
    session = await acces_step(context, partial(context.services.acces.session_of, secret))
    if session is None:
        raise _unknown()
    request.state.bearer = session
    return session


def bearer_in(*roles: Role) -> Callable[..., Awaitable[Bearer]]:
    """A dependency: the bearer, whose role must be one of these."""

    async def permitted(bearer: Annotated[Bearer, Depends(bearer_of_request)]) -> Bearer:
        if bearer.role not in roles:
            raise Problem("role_interdit")
        return bearer

    return permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAccess:
    """A bearer who may read this member. `any_year` is for auditors; others read the two years.

    `session`: of the member herself, whose reading is of less than the whole contract: see `infra/http/lectures.py`.
    `shows_acts` False: nothing but amounts.
    """

    numero: str
    any_year: bool
    session: Session | None = None
    shows_acts: bool = True


async def member_access(
    request: Request,
    numero: Annotated[
        str,
        Path(
            description="Numéro d'adhérent.",
            examples=["00412345"],
            json_schema_extra={"pattern": "^[A-Z0-9-]{1,20}$"},
        ),
    ],
    bearer: Annotated[Bearer, Depends(bearer_in(*READERS))],
) -> MemberAccess:
    """Who may read the member of the path, and that she looks. To a member, any other number is as unknown as one that
    does not exist."""
    context = context_of(request)
    asked = context.services.keyring.numero_empreinte(numero)
    if bearer.role is Role.ADHERENT and not hmac.compare_digest(bearer.numero_empreinte or b"", asked):
        raise Problem("adherent_inconnu")
    action = _action(request)
    shows_acts = bearer.session is None or bearer.session.has_medical_access(datetime.now(UTC))
    if not shows_acts and action.partition("/")[0] not in AMOUNTS:
        raise Problem("second_facteur_requis")
    motif = motif_of(request)
    if motif is None and bearer.session is not None and bearer.session.is_house:
        raise Problem("motif_requis")
    await context.looks.look(Regard(bearer.actor, bearer.role, asked, action), motif=motif)
    return MemberAccess(
        numero=numero,
        any_year=bearer.role is Role.AUDITEUR,
        session=bearer.session if bearer.role is Role.ADHERENT else None,
        shows_acts=shows_acts,
    )


def motif_of(request: Request) -> str | None:
    """Why somebody looks at a member: the header `Motif`, in UTF-8 percent-encoded where it is not plain ASCII."""
    said = unquote(request.headers.get("motif", "")).strip()
    return said[:MOTIF_CHARACTERS_MAX] or None


def _action(request: Request) -> str:
    """What is read, as the access log says it: the route after the number, its year filled in and nothing else."""
    template: str = request.scope["route"].path_format
    annee = str(request.path_params.get("annee", ""))
    return _ANNEE.sub(lambda _: annee, template.partition(_NUMERO)[2])


def _unknown() -> Problem:
    challenge = 'Bearer realm="decompte", error="invalid_token"'
    return Problem("jeton_invalide", headers={"WWW-Authenticate": challenge})
