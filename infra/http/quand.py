"""`?au=`: reading what was served at a moment of the past, which auditors alone may.

It goes by the journal, beyond the two years, and waits until the read rows have what was recorded up to there: an
answer about the past is the whole of it, or it is not given.
"""

from typing import Annotated

from fastapi import Depends, Query, Request

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_of_request
from infra.http.context import context_of
from infra.http.documentation import Responses, problems
from infra.http.problems import Problem
from infra.reads.moments import AU_CHARACTERS_MAX, AuFutur, AuInvalide, Moment, now_on

ATTENTE_SECONDS_MAX = 5.0
"""How long a read waits for the projection."""

DENIED_THEN = ("au_reserve",)
"""What a role that may not ask for the past is told, with 403."""

INVALID_THEN = ("au_invalide", "au_futur")
"""What is wrong with « au », with 422."""

Au = Annotated[
    str | None,
    Query(
        max_length=AU_CHARACTERS_MAX,
        description="Auditeur seulement : ce qui était répondu à ce moment. Une position du journal (`18233`), un "
        "instant (RFC 3339 ; `+` s'écrit `%2B`) ou un jour (sa fin, à Paris). « Aujourd'hui » est alors ce jour-là.",
        examples=["4"],
    ),
]


async def moment_of(request: Request, bearer: Bearer, au: str | None) -> Moment:
    """The moment that « au » names, once it can be read. Raises the Problems of this module, `projection_en_retard`."""
    if au is None:
        return now_on(context_of(request).services.settings.today())
    if bearer.role is not Role.AUDITEUR:
        raise Problem("au_reserve")
    return await past_moment(request, au)


async def past_moment(request: Request, au: str) -> Moment:
    """The moment, for who may ask. Raises `au_invalide`, `au_futur`, `projection_en_retard`."""
    context = context_of(request)
    try:
        moment = await context.moments.at(au)
    except AuInvalide:
        raise Problem("au_invalide") from None
    except AuFutur:
        raise Problem("au_futur") from None
    if not await context.positions.wait_for(moment.position, seconds_max=ATTENTE_SECONDS_MAX):
        raise Problem("projection_en_retard")
    return moment


async def quand(request: Request, bearer: Annotated[Bearer, Depends(bearer_of_request)], au: Au = None) -> Moment:
    """When a read is about."""
    return await moment_of(request, bearer, au)


Quand = Annotated[Moment, Depends(quand)]


def answers_then() -> Responses:
    """What `au` adds to the answers of a read that documents neither 403 nor 422 otherwise."""
    return problems("role_interdit", *DENIED_THEN, "requete_invalide", *INVALID_THEN)
