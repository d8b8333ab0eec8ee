"""Sinistres: declared, read by Assia and auditors, followed by their member."""

import hashlib
import hmac
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from commands.sinistre.streams import Taken
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http import corps_recours as corps
from infra.http import examples_recours as examples
from infra.http.access import bearer_in
from infra.http.assia import (
    DENIED_TO_READERS,
    DENIED_TO_SESSIONS,
    FAILED,
    INVALID_QUESTION,
    LIMITE_DEFAULT,
    NOT_MODIFIED,
    VERSION_HEADERS,
    Reader,
    Reference,
    in_thread,
    taken_response,
    wait,
)
from infra.http.conditional import CACHE_CONTROL, answer, is_known
from infra.http.context import Context, context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.http.documentation import json_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.lectures import Access, Attente
from infra.http.problems import Problem
from infra.http.quand import DENIED_THEN, Quand
from infra.http.regards_recours import look_at_sinistres
from infra.http.vues_recours import EtapePrise
from infra.reads.moments import Moment
from infra.recours.lectures import MembreRecours
from infra.recours.recours import Recours
from ledger.recours.charges import recoveries_of
from ledger.sinistre.errors import CreanceInconnue, SinistreInconnu
from ledger.sinistre.etats import EtatSinistre, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels import recours as views
from readmodels.sinistres_connus import SinistreConnu
from readmodels.suivi import suivis
from readmodels.vues_recours import DossierSinistre, PageSinistres, ReleveCreance, ResumeSinistre, SuivisSinistres

router = APIRouter(tags=["recours"])

LIMITE_MAX = 200
SCANNED_MAX = 2_000
"""How many sinistres one page looks through for those of a state."""

_declaration: msgspec.json.Decoder[corps.DeclarationCorps] = msgspec.json.Decoder(corps.DeclarationCorps)


@router.post(
    "/v1/sinistres",
    operation_id="record_sinistre",
    summary="Déclarer un sinistre",
    description="Un accident causé par un tiers. L'adhérent déclare pour lui-même, le portail et Assia pour un "
    "adhérent "
    "connu. Renvoyer la même déclaration sous la même `cle` ne fait rien de plus : 200. `reference` et `origine` "
    "sont à "
    "Assia, pour un sinistre que les flux nomment déjà ou que la détection a proposé.",
    status_code=201,
    responses={
        200: json_response("Déjà déclaré, à l'identique.", EtapePrise),
        201: json_response("Déclaré.", EtapePrise),
        **DENIED_TO_SESSIONS,
        **FAILED,
        **problems("adherent_inconnu"),
        **problems("adherent_efface"),
        **problems("sinistre_en_conflit"),
        **problems("delai_depasse"),
        **problems("corps_trop_grand"),
        **problems("contenu_non_gere"),
        **problems("requete_invalide", "etape_invalide"),
    },
    openapi_extra=json_body([corps.DeclarationCorps], examples.DECLARATIONS),
)
async def record_sinistre(
    request: Request, bearer: Annotated[Bearer, Depends(bearer_in(Role.ASSIA, Role.ADHERENT, Role.PORTAIL))]
) -> Response:
    """Declare."""
    told = await corps.read_body(request, _declaration)
    context = context_of(request)
    if bearer.role is Role.ADHERENT and not is_own(context, bearer, told.numero_adherent):
        raise Problem("adherent_inconnu")
    if bearer.session is not None:
        if not bearer.session.has_medical_access(datetime.now(UTC)):
            raise Problem("second_facteur_requis")
        if bearer.session.beneficiaire not in (None, told.beneficiaire):
            raise _invalid("/body/beneficiaire", "une session de bénéficiaire déclare pour lui-même")
    is_team = bearer.role is Role.ASSIA
    if not is_team and (told.reference is not None or told.origine is not None):
        raise _invalid("/body/reference", "reference et origine sont à Assia")
    if is_team and told.origine is OrigineSinistre.ADHERENT:
        raise _invalid("/body/origine", "assia ou detection attendu")
    command = DeclareSinistre(
        numero_adherent=told.numero_adherent,
        cle=told.cle,
        origine=told.origine or (OrigineSinistre.ASSIA if is_team else OrigineSinistre.ADHERENT),
        le=context.services.settings.today(),
        beneficiaire=told.beneficiaire,
        date_accident=told.date_accident,
        circonstance=told.circonstance,
        lieu=told.lieu,
        recit=told.recit,
        blessures=told.blessures,
        tiers=TiersResponsable(nom=told.tiers.nom, assureur=told.tiers.assureur, contrat=told.tiers.contrat)
        if told.tiers
        else None,
        soins=told.soins,
        reference=told.reference,
    )
    provenance = Provenance(actor=bearer.actor, trace_id=trace_of(request.scope))

    def declare(recours: Recours) -> Taken:
        if context.services.members.find(told.numero_adherent) is None:
            raise Problem("adherent_inconnu")
        return recours.declarations.handle(command, provenance)

    taken = await in_thread(request, declare)
    return taken_response(taken, 200 if taken.position is None else 201)


@router.get(
    "/v1/sinistres",
    operation_id="list_sinistres",
    summary="La liste de travail",
    description="Les sinistres, de la déclaration la plus ancienne à la plus récente, avec les montants en jeu. Une "
    "page "
    "peut avoir moins d'éléments que `limite` quand on ne demande qu'un état ; il y en a d'autres tant que `suivant` "
    'n\'est pas null (`Link: rel="next"`).',
    responses={
        200: json_response(
            "Une page.",
            PageSinistres,
            headers={"Link": ("La page suivante, s'il y en a une.", {"type": "string"})},
        ),
        **NOT_MODIFIED,
        **DENIED_TO_READERS,
        **FAILED,
        **problems("curseur_invalide"),
        **INVALID_QUESTION,
    },
)
async def list_sinistres(
    request: Request,
    bearer: Reader,
    quand: Quand,
    etat: Annotated[EtatSinistre | None, Query(description="Seulement les sinistres de cet état.")] = None,
    limite: Annotated[int, Query(ge=1, le=LIMITE_MAX, description="Éléments par page, au plus.")] = LIMITE_DEFAULT,
    curseur: Annotated[
        str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="Le `suivant` d'une page de la même liste.")
    ] = None,
    attendre_position: Attente = None,
) -> Response:
    """The worklist."""
    context = context_of(request)
    await wait(request, attendre_position)
    liste = f"sinistres|{etat or ''}"
    after = read_cursor(context.services.keyring, curseur, liste=liste) if curseur is not None else None

    def read(recours: Recours) -> tuple[list[ResumeSinistre], Any]:
        found: list[ResumeSinistre] = []
        place, scanned = after, 0
        while len(found) < limite and scanned < SCANNED_MAX:
            page = recours.reads.page(place, limite, au=quand.position)
            sujets = {sujet for _, sujet, _ in page}
            members = {m.sujet: m for m in recours.reads.members(sujets, is_whole=False, au=quand.position)}
            for here, sujet, reference in page:
                place, scanned = here, scanned + 1
                element = _resume(members[sujet], reference, quand.today)
                if element is not None and etat in (None, element.etat):
                    found.append(element)
                    if len(found) == limite:
                        break
            else:
                if len(page) < limite:
                    return found, None
        return found, place

    elements, last = await in_thread(request, read)
    await look_at_sinistres(request, bearer, "sinistres", ((e.numero_adherent, e.reference) for e in elements))
    suivant, headers = None, {}
    if last is not None:
        suivant = write_cursor(context.services.keyring, last, liste=liste)
        query = {"limite": limite, "curseur": suivant, **({"etat": etat.value} if etat is not None else {})}
        if quand.is_past:
            query["au"] = str(quand.position)
        headers["Link"] = f'</v1/sinistres?{urlencode(query)}>; rel="next"'
    return answer(request, PageSinistres(elements=tuple(elements), suivant=suivant), headers=headers)


@router.get(
    "/v1/sinistres/{reference}",
    operation_id="read_sinistre",
    summary="Le dossier d'un sinistre",
    description="Déclaration, étapes (qui, quand, pourquoi), soins et coût net, relevés de créance, argent, écarts.",
    responses={
        200: json_response("Le dossier.", DossierSinistre, headers=VERSION_HEADERS),
        **NOT_MODIFIED,
        **DENIED_TO_READERS,
        **FAILED,
        **problems("sinistre_inconnu", "ressource_inconnue"),
        **INVALID_QUESTION,
    },
)
async def read_sinistre(
    request: Request, bearer: Reader, quand: Quand, reference: Reference, attendre_position: Attente = None
) -> Response:
    """The file of a sinistre."""
    await wait(request, attendre_position)

    def read(recours: Recours) -> tuple[DossierSinistre, int]:
        member, connu = _found(recours, reference, quand)
        return views.dossier_sinistre(connu, member.dossier), member.au

    view, au = await in_thread(request, read)
    await look_at_sinistres(request, bearer, "sinistre", [(view.numero_adherent, view.reference)])
    content = msgspec.json.encode(view)
    etag = f'"{view.version}-{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Authorization",
        "Ledger-Position": str(au),
    }
    if is_known(etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


@router.get(
    "/v1/sinistres/{reference}/creances/{numero}",
    operation_id="read_creance",
    summary="Un relevé de créance",
    description="Figé à la position `au` du journal : ce que SMI, et pour information le régime obligatoire, les "
    "autres "
    "mutuelles et la victime, ont supporté sur les soins rattachés ; et ce que disait le relevé précédent.",
    responses={
        200: json_response("Le relevé.", ReleveCreance),
        **NOT_MODIFIED,
        **DENIED_TO_READERS,
        **FAILED,
        **problems("sinistre_inconnu", "creance_inconnue", "ressource_inconnue"),
        **INVALID_QUESTION,
    },
)
async def read_creance(
    request: Request,
    bearer: Reader,
    quand: Quand,
    reference: Reference,
    numero: Annotated[int, Path(ge=1, le=1_000_000, description="Numéro du relevé.", examples=[1])],
    attendre_position: Attente = None,
) -> Response:
    """A frozen relevé de créance."""
    await wait(request, attendre_position)

    def read(recours: Recours) -> ReleveCreance:
        _, connu = _found(recours, reference, quand)
        view = views.releve_creance(connu, numero)
        if view is None:
            raise CreanceInconnue
        return view

    view = await in_thread(request, read)
    await look_at_sinistres(request, bearer, "creance", [(view.numero_adherent, view.sinistre)])
    return answer(request, view)


@router.get(
    "/v1/adherents/{numero}/sinistres",
    operation_id="list_suivis",
    summary="Les sinistres d'un adhérent, tels qu'il les suit",
    description="Où en est chacun, ce qui lui a été versé par le tiers, et ce qui reste à sa charge. Rien de ce que "
    "SMI "
    "recouvre pour elle-même.",
    responses={
        200: json_response("Ses sinistres, le plus récent d'abord.", SuivisSinistres),
        **NOT_MODIFIED,
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "second_facteur_requis", *DENIED_THEN),
        **problems("motif_requis"),
        **FAILED,
        **problems("adherent_inconnu", "ressource_inconnue"),
        **INVALID_QUESTION,
    },
)
async def list_suivis(
    request: Request,
    access: Access,
    quand: Quand,
    attendre_position: Attente = None,
) -> Response:
    """One's own sinistres: an adult beneficiary's session follows hers alone, the holder's leaves out those of adults
    who keep their care to themselves."""
    context = context_of(request)
    await wait(request, attendre_position)

    def read(recours: Recours) -> SuivisSinistres:
        sujet = context.services.members.find(access.numero)
        if sujet is None:
            raise Problem("adherent_inconnu")
        [member] = recours.reads.members([sujet], au=quand.position)
        if not (member.is_known or member.sinistres):
            raise Problem("adherent_inconnu")
        session, acces = access.session, context.services.acces
        is_holder = session is not None and session.beneficiaire is None
        elements = suivis(
            member.sinistres,
            member.dossier,
            beneficiaire=session.beneficiaire if session is not None else None,
            masques=acces.masked_beneficiaires(access.numero) if is_holder else frozenset(),
        )
        return SuivisSinistres(elements=elements)

    return answer(request, await in_thread(request, read))


def is_own(context: Context, bearer: Bearer, numero: str) -> bool:
    """Whether a member's bearer speaks of herself."""
    asked = context.services.keyring.numero_empreinte(numero)
    return hmac.compare_digest(bearer.numero_empreinte or b"", asked)


def _found(recours: Recours, reference: str, quand: Moment) -> tuple[MembreRecours, SinistreConnu]:
    found = recours.reads.sinistre(reference, au=quand.position)
    if found is None:
        raise SinistreInconnu
    return found


def _resume(member: MembreRecours, reference: str, today: date) -> ResumeSinistre | None:
    connu = member.sinistre(reference)
    if connu is None:
        return None
    return views.resume(connu, recoveries_of(member.dossier, reference), today=today)


def _invalid(chemin: str, message: str) -> Problem:
    return Problem("requete_invalide", erreurs=[{"chemin": chemin, "message": message}])
