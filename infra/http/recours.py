"""Recoveries as a whole: soins to attach, suggestions, gaps, net cost."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from infra.http import examples_recours as examples
from infra.http.assia import DENIED, FAILED, LIMITE_DEFAULT, NOT_MODIFIED, Team, in_thread, team, wait
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.http.documentation import json_response, problems
from infra.http.lectures import Attente
from infra.http.problems import Problem
from infra.http.regards_recours import look_at_members, look_at_sinistres, motif_for
from infra.http.vues_recours import CoutNetAdherent
from infra.recours.lectures import MembreRecours
from infra.recours.recours import Recours
from ledger.dossier import Dossier
from ledger.payeurs import Categorie
from readmodels import cout_net, ecarts
from readmodels.recours_ensemble import ecarts_without_sinistre
from readmodels.soins_rattachables import soin_rattachable, suggestions
from readmodels.vues_recours import PageEcarts, SoinsRattachables, Suggestion, Suggestions

router = APIRouter(prefix="/v1/recours", tags=["recours"], dependencies=[Depends(team)])

ECARTS_LIMITE_MAX = 200
SUGGESTIONS_LIMITE_MAX = 100
_NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
Numero = Annotated[
    str,
    Query(
        description="Numéro d'adhérent.",
        max_length=20,
        examples=[examples.NUMERO],
        json_schema_extra={"pattern": "^[A-Z0-9-]{1,20}$"},
    ),
]
Du = Annotated[date | None, Query(description="Premier jour de soin.")]
Au = Annotated[date | None, Query(description="Dernier jour de soin.")]
_KNOWN = problems("adherent_inconnu")
_INVALID = problems("requete_invalide")
_WHY = problems("motif_requis")


@router.get(
    "/soins",
    operation_id="list_soins_rattachables",
    summary="Chercher des soins à rattacher",
    description="Les soins d'un adhérent, par période et par catégorie, avec ce que chacun a supporté et le sinistre "
    "ouvert qui les tient.",
    responses={
        200: json_response("Les soins, le plus ancien d'abord.", SoinsRattachables),
        **NOT_MODIFIED,
        **DENIED,
        **FAILED,
        **_KNOWN,
        **_WHY,
        **_INVALID,
    },
)
async def list_soins(
    request: Request,
    bearer: Team,
    numero_adherent: Numero,
    du: Du = None,
    au: Au = None,
    categorie: Annotated[Categorie | None, Query(description="Seulement cette catégorie.")] = None,
    attendre_position: Attente = None,
) -> Response:
    """Soins to attach."""
    await look_at_members(request, bearer, "soins", [numero_adherent], motif_for(request, bearer))
    await wait(request, attendre_position)

    def read(recours: Recours) -> SoinsRattachables:
        member = _member(recours, numero_adherent)
        holders = {
            soin: s.sinistre.reference
            for s in member.sinistres
            if not s.sinistre.is_closed
            for soin in s.sinistre.soins
        }
        return SoinsRattachables(
            elements=tuple(
                soin_rattachable(member.dossier, member.dossier.soins[name], sinistre=holders.get(name))
                for name in _of_period(member.dossier, du, au)
                if categorie in (None, member.dossier.soins[name].repartition.categorie)
            )
        )

    return answer(request, await in_thread(request, read))


@router.get(
    "/suggestions",
    operation_id="list_suggestions",
    summary="Ce qui ressemble à un accident",
    description="Des soins dont l'ensemble ressemble aux suites d'un accident, et qu'aucun sinistre ouvert ne tient "
    ": d'un "
    "adhérent, ou de tous, `limite` adhérents par page. Rien n'est rattaché : une personne déclare (`origine: "
    "detection`), ou non. Une page peut être vide ; il y en a d'autres tant que `suivant` n'est pas null.",
    responses={
        200: json_response(
            "Les suggestions.",
            Suggestions,
            headers={"Link": ("La page suivante, s'il y en a une.", {"type": "string"})},
        ),
        **NOT_MODIFIED,
        **DENIED,
        **FAILED,
        **problems("curseur_invalide", "motif_requis"),
        **_KNOWN,
        **_INVALID,
    },
)
async def list_suggestions(
    request: Request,
    bearer: Team,
    numero_adherent: Annotated[
        str | None,
        Query(
            description="Seulement cet adhérent.",
            max_length=20,
            json_schema_extra={"pattern": "^[A-Z0-9-]{1,20}$"},
        ),
    ] = None,
    limite: Annotated[
        int, Query(ge=1, le=SUGGESTIONS_LIMITE_MAX, description="Adhérents par page, au plus.")
    ] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
    attendre_position: Attente = None,
) -> Response:
    """What looks like an accident."""
    motif = motif_for(request, bearer)
    await wait(request, attendre_position)
    keyring = context_of(request).services.keyring
    after = read_cursor(keyring, curseur, liste="suggestions")[1] if curseur is not None else None

    def read(recours: Recours) -> tuple[list[Suggestion], UUID | None]:
        if numero_adherent is not None:
            member = _member(recours, numero_adherent)
            return suggestions(member.dossier, member.sinistres), None
        page = recours.reads.members_after(after, limite)
        found = [one for member in page for one in suggestions(member.dossier, member.sinistres)]
        return found, page[-1].sujet if len(page) == limite else None

    elements, last = await in_thread(request, read)
    seen = [numero_adherent] if numero_adherent is not None else [one.numero_adherent for one in elements]
    await look_at_members(request, bearer, "suggestions", seen, motif)
    suivant, headers = None, {}
    if last is not None:
        # Members have no order but that of their tokens: the instant of the cursor says nothing.
        suivant = write_cursor(keyring, (_NO_INSTANT, last), liste="suggestions")
        query = urlencode({"limite": limite, "curseur": suivant})
        headers["Link"] = f'</v1/recours/suggestions?{query}>; rel="next"'
    return answer(request, Suggestions(elements=tuple(elements), suivant=suivant), headers=headers)


@router.get(
    "/cout-net",
    operation_id="read_cout_net",
    summary="Le coût net des soins d'un adhérent",
    description="Ce que chacun supporte finalement, soin par soin, sur une période de soins. Le reste à charge est "
    "`supporte.victime` : un recouvrement ne le change jamais.",
    responses={
        200: json_response("Le coût net.", CoutNetAdherent),
        **NOT_MODIFIED,
        **DENIED,
        **FAILED,
        **_KNOWN,
        **_WHY,
        **_INVALID,
    },
)
async def read_cout_net(
    request: Request,
    bearer: Team,
    numero_adherent: Numero,
    du: Du = None,
    au: Au = None,
    attendre_position: Attente = None,
) -> Response:
    """What each finally bears."""
    await look_at_members(request, bearer, "cout-net", [numero_adherent], motif_for(request, bearer))
    await wait(request, attendre_position)

    def read(recours: Recours) -> CoutNetAdherent:
        member = _member(recours, numero_adherent)
        return CoutNetAdherent(
            numero_adherent=numero_adherent,
            du=du.isoformat() if du else None,
            au=au.isoformat() if au else None,
            cout_net=cout_net.cout_net(member.dossier, _of_period(member.dossier, du, au)),
        )

    return answer(request, await in_thread(request, read))


@router.get(
    "/ecarts",
    operation_id="list_ecarts",
    summary="Les écarts des sinistres",
    description="Ce qui ne s'accorde pas : trop recouvré pour quelqu'un, relevé de créance périmé, partage qui "
    "n'est pas "
    "celui de la règle, reçu au-delà de l'accord, recouvrement d'un sinistre inconnu. Une page parcourt `limite` "
    "sinistres, et peut n'avoir aucun écart ; il y en a d'autres tant que `suivant` n'est pas null.",
    responses={
        200: json_response(
            "Une page.", PageEcarts, headers={"Link": ("La page suivante, s'il y en a une.", {"type": "string"})}
        ),
        **NOT_MODIFIED,
        **DENIED,
        **FAILED,
        **problems("curseur_invalide"),
        **_INVALID,
    },
)
async def list_ecarts(
    request: Request,
    bearer: Team,
    limite: Annotated[
        int, Query(ge=1, le=ECARTS_LIMITE_MAX, description="Sinistres par page, au plus.")
    ] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
    attendre_position: Attente = None,
) -> Response:
    """The gaps."""
    await wait(request, attendre_position)
    keyring = context_of(request).services.keyring
    after = read_cursor(keyring, curseur, liste="ecarts") if curseur is not None else None

    def read(recours: Recours) -> tuple[list[Any], Any]:
        found = []
        if after is None:
            for member in recours.reads.members_without_sinistre():
                found += ecarts_without_sinistre(member.dossier, member.sinistres)
        page = recours.reads.page(after, limite)
        members = {m.sujet: m for m in recours.reads.members({sujet for _, sujet, _ in page})}
        for _, sujet, reference in page:
            connu = members[sujet].sinistre(reference)
            found += ecarts.ecarts(connu, members[sujet].dossier) if connu is not None else []
        return found, page[-1][0] if len(page) == limite else None

    elements, last = await in_thread(request, read)
    await look_at_sinistres(request, bearer, "ecarts", ((e.numero_adherent, e.sinistre) for e in elements))
    suivant, headers = None, {}
    if last is not None:
        suivant = write_cursor(keyring, last, liste="ecarts")
        headers["Link"] = f'</v1/recours/ecarts?{urlencode({"limite": limite, "curseur": suivant})}>; rel="next"'
    return answer(request, PageEcarts(elements=tuple(elements), suivant=suivant), headers=headers)


def _member(recours: Recours, numero: str) -> MembreRecours:
    """The member of a number. Raises the Problem `adherent_inconnu`."""
    member = recours.member(numero)
    if member is None:
        raise Problem("adherent_inconnu")
    return member


def _of_period(dossier: Dossier, du: date | None, au: date | None) -> list[str]:
    """The soins of a period of care, the oldest first."""
    found = [
        soin
        for soin in dossier.soins.values()
        if (du is None or soin.repartition.date_soin >= du) and (au is None or soin.repartition.date_soin <= au)
    ]
    return [soin.soin for soin in sorted(found, key=lambda soin: (soin.repartition.date_soin, soin.soin))]
