"""Looks of Assia's systems and people at members: who, whom, what, when, why; written before they are answered."""

from collections.abc import Iterable

from starlette.requests import Request

from infra.auth.journal_acces import Regard
from infra.auth.tokens import Bearer
from infra.http.access import motif_of
from infra.http.context import context_of
from infra.http.problems import Problem


async def look_at_sinistres(
    request: Request, bearer: Bearer, action: str, seen: Iterable[tuple[str | None, str]]
) -> None:
    """Of each sinistre that is shown, its member was seen; its reference is the reason. No number: nobody was seen."""
    context = context_of(request)
    regards = [
        (Regard(bearer.actor, bearer.role, context.services.keyring.numero_empreinte(numero), action), reference)
        for numero, reference in dict.fromkeys(seen)
        if numero is not None
    ]
    await context.looks.look_all(regards)


def motif_for(request: Request, bearer: Bearer) -> str | None:
    """Why, outside a sinistre: the header `Motif`. Raises the Problem `motif_requis` where a person does not say."""
    motif = motif_of(request)
    if motif is None and bearer.session is not None:
        raise Problem("motif_requis")
    return motif


async def look_at_members(
    request: Request, bearer: Bearer, action: str, numeros: Iterable[str], motif: str | None
) -> None:
    """These members were seen outside a sinistre."""
    context = context_of(request)
    regards = [
        (Regard(bearer.actor, bearer.role, context.services.keyring.numero_empreinte(numero), action), motif)
        for numero in dict.fromkeys(numeros)
    ]
    await context.looks.look_all(regards)
