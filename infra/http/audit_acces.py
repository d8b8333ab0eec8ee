"""The access log for auditors: who looked at whom, at what, when and why. Reading it is a look itself."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from infra.audit.regards import QuandInvalide, begins, ends, vue
from infra.auth.journal_acces import Question, Regard
from infra.auth.roles import Role
from infra.http.audit import DENIED, FAILED, LIMITE_DEFAULT, LIMITE_MAX, NOT_MODIFIED, Auditor, in_thread
from infra.http.audit_filtres import ACTEUR_CHARACTERS_MAX
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_position_cursor, write_position_cursor
from infra.http.documentation import json_response, problems
from infra.http.lectures import HEADERS
from infra.http.problems import Problem, invalid_request
from infra.http.regards_recours import motif_for
from ledger.references import NUMERO_ADHERENT
from readmodels.vues_audit import PageRegards

router = APIRouter(prefix="/v1/audit", tags=["audit"])

ACTION = "acces"
NOBODY = b""
"""The hash of no number: who reads of all looks at nobody."""

_QUAND_CHARACTERS_MAX = 40
_QUAND = "un jour (à Paris) ou un instant (RFC 3339 ; `+` s'écrit `%2B`)"
_LINK = ("La page suivante, s'il y en a une.", {"type": "string"})


@router.get(
    "/acces",
    operation_id="list_acces",
    summary="Qui a consulté",
    description="Les consultations d'adhérents, de la plus récente à la plus ancienne : par qui, en quel rôle, de qui, "
    "quoi, pourquoi. `rang` est la place dans le journal de preuve `acces`. Passé la durée de garde (6 à 12 mois), "
    "elles n'y sont plus ; leur haché demeure. Lire cette liste est une consultation, consignée comme les autres.",
    responses={
        200: json_response("Une page.", PageRegards, headers={"ETag": HEADERS["ETag"], "Link": _LINK}),
        **NOT_MODIFIED,
        **problems(*DENIED, *FAILED, "curseur_invalide", "adherent_inconnu") | problems("requete_invalide"),
    },
)
async def list_acces(
    request: Request,
    bearer: Auditor,
    adherent: Annotated[
        str | None, Query(pattern=f"^{NUMERO_ADHERENT}$", description="Numéro d'adhérent.", examples=["00412345"])
    ] = None,
    acteur: Annotated[
        str | None,
        Query(max_length=ACTEUR_CHARACTERS_MAX, description="Qui a consulté : `compte:…` ou `jeton:…`."),
    ] = None,
    role: Annotated[Role | None, Query(description="En quel rôle.")] = None,
    du: Annotated[
        str | None, Query(max_length=_QUAND_CHARACTERS_MAX, description=f"Depuis : {_QUAND}.", examples=["2026-01-01"])
    ] = None,
    au: Annotated[
        str | None, Query(max_length=_QUAND_CHARACTERS_MAX, description=f"Jusqu'à : {_QUAND}.", examples=["2099-12-31"])
    ] = None,
    limite: Annotated[int, Query(ge=1, le=LIMITE_MAX, description="Éléments par page, au plus.")] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
) -> Response:
    """A page of the access log."""
    context = context_of(request)
    keyring = context.services.keyring
    given = [(n, v) for n, v in request.query_params.multi_items() if n != "curseur"]
    liste = "acces|" + urlencode(sorted(pair for pair in given if pair[0] != "limite"))
    avant = read_position_cursor(keyring, curseur, liste=liste) if curseur is not None else None
    question = Question(acteur=acteur, role=role, du=_when(begins, "du", du), au=_when(ends, "au", au))
    if adherent is not None:
        sujet = await in_thread(context, partial(context.services.members.find, adherent))
        if sujet is None:
            raise Problem("adherent_inconnu")
        question = replace(question, sujet=sujet)
    empreinte = keyring.numero_empreinte(adherent) if adherent is not None else NOBODY
    regard = Regard(bearer.actor, bearer.role, empreinte, ACTION)
    await context.looks.look(regard, motif=motif_for(request, bearer))
    page = partial(context.services.journal_acces.page, question, avant=avant, limit=limite + 1)
    lignes = await in_thread(context, page)
    suivant, headers = None, {}
    if len(lignes) > limite:
        suivant = write_position_cursor(keyring, lignes[limite - 1].rang, liste=liste)
        headers["Link"] = f'<{request.url.path}?{urlencode([*given, ("curseur", suivant)])}>; rel="next"'
    view = PageRegards(elements=tuple(map(vue, lignes[:limite])), suivant=suivant)
    return answer(request, view, headers=headers)


def _when(read: Any, name: str, given: str | None) -> Any:
    """An instant of a parameter. Raises the Problem `requete_invalide`."""
    try:
        return read(given) if given is not None else None
    except QuandInvalide:
        raise invalid_request([{"loc": ("query", name), "type": "datetime_parsing"}]) from None
