"""Who asks, and whether that role may: no or bad token 401, wrong role 403, another member's data 404."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from infra.auth.roles import Role
from infra.auth.tokens import SQL, Bearer, bearer_of, token_empreinte
from infra.http.context import context_of
from infra.http.problems import Problem

SCHEME = HTTPBearer(
    scheme_name="jeton",
    description="Jeton opaque, donné par `decompte token --role ROLE` ; il expire et peut être révoqué.",
    auto_error=False,
)
READERS = frozenset({Role.PORTAIL, Role.ADHERENT, Role.AUDITEUR})


async def bearer_of_request(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)]
) -> Bearer:
    """Whom the token of the request stands for; looked up every time, so that a revocation holds at once."""
    if credentials is None or not credentials.credentials:
        raise Problem("jeton_absent", headers={"WWW-Authenticate": 'Bearer realm="decompte"'})
    empreinte = token_empreinte(credentials.credentials)
    rows = await context_of(request).pool.fetch(SQL["find"], {"empreinte": empreinte})
    if not rows:
        challenge = 'Bearer realm="decompte", error="invalid_token"'
        raise Problem("jeton_invalide", headers={"WWW-Authenticate": challenge})
    bearer = bearer_of(rows[0])
    request.state.bearer = bearer
    return bearer


def bearer_in(*roles: Role) -> Callable[..., Awaitable[Bearer]]:
    """A dependency: the bearer, whose role must be one of these."""

    async def permitted(bearer: Annotated[Bearer, Depends(bearer_of_request)]) -> Bearer:
        if bearer.role not in roles:
            raise Problem("role_interdit")
        return bearer

    return permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAccess:
    """A bearer who may read this member. `any_year` is for auditors; others read the two years."""

    numero: str
    any_year: bool


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
    """Who may read the member of the path. To a member, any other number is as unknown as one that does not exist."""
    if bearer.role is Role.ADHERENT:
        asked = context_of(request).services.keyring.numero_empreinte(numero)
        if not hmac.compare_digest(bearer.numero_empreinte or b"", asked):
            raise Problem("adherent_inconnu")
    return MemberAccess(numero=numero, any_year=bearer.role is Role.AUDITEUR)
