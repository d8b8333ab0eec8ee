"""Sinistres: declared, followed by their member, worked on by Assia, one step at a time at a known version."""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from commands.sinistre.follow import Step
from commands.sinistre.streams import Taken
from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http import corps_recours as corps
from infra.http import examples_recours as examples
from infra.http.access import bearer_in
from infra.http.conditional import CACHE_CONTROL, answer, is_known
from infra.http.context import Context, context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.http.documentation import Responses, json_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.lectures import Access, Attente
from infra.http.problems import Problem
from infra.http.quand import ATTENTE_SECONDS_MAX, DENIED_THEN, INVALID_THEN, Quand
from infra.http.regards_recours import look_at_sinistres
from infra.http.vues_recours import EtapePrise
from infra.reads.moments import Moment
from infra.recours.lectures import MembreRecours
from infra.recours.recours import Recours
from ledger.recours.charges import recoveries_of
from ledger.recours.errors import RecoursRefusal
from ledger.sinistre.errors import CreanceInconnue, EtapeInvalide, SinistreInconnu
from ledger.sinistre.etats import EtatSinistre, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels import recours as views
from readmodels.vues_recours import DossierSinistre, PageSinistres, ReleveCreance, ResumeSinistre, SuivisSinistres

router = APIRouter(tags=["recours"])

LIMITE_DEFAULT, LIMITE_MAX = 50, 200
SCANNED_MAX = 2_000
"""How many sinistres one page looks through for those of a state."""

_IF_MATCH = re.compile(r'"(\d{1,18})(-[0-9a-f]{32})?"')
_declaration: msgspec.json.Decoder[corps.DeclarationCorps] = msgspec.json.Decoder(corps.DeclarationCorps)
_etape: msgspec.json.Decoder[corps.EtapeCorps] = msgspec.json.Decoder(corps.EtapeCorps)
T = TypeVar("T")

team = bearer_in(Role.ASSIA)
Team = Annotated[Bearer, Depends(team)]
reader = bearer_in(Role.ASSIA, Role.AUDITEUR)
Reader = Annotated[Bearer, Depends(reader)]
Reference = Annotated[
    str,
    Path(
        max_length=64,
        description="Référence du sinistre.",
        examples=[examples.SINISTRE],
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
    ),
]
DENIED = problems("jeton_absent", "jeton_invalide", "role_interdit")
DENIED_TO_READERS = problems("jeton_absent", "jeton_invalide", "role_interdit", *DENIED_THEN)
INVALID_QUESTION = problems("requete_invalide", *INVALID_THEN)
DENIED_TO_SESSIONS = problems("jeton_absent", "jeton_invalide", "role_interdit", "second_facteur_requis")
FAILED = problems("erreur_interne", "base_indisponible", "journal_altere", "donnees_alterees", "projection_en_retard")
NOT_MODIFIED: Responses = {304: {"description": "Le client a déjà ces octets (`If-None-Match`)."}}
_VERSION = {
    "ETag": ('`"VERSION-EMPREINTE"` : la version du sinistre, que `If-Match` reprend.', {"type": "string"}),
    "Ledger-Position": ("Jusqu'où la projection a lu le journal.", {"type": "string", "pattern": "^[0-9]+$"}),
}
_REFUSED = (
    "sinistre_ferme",
    "transition_refusee",
    "soin_deja_rattache",
    "soin_non_rattache",
    "soin_inconnu",
    "aucun_soin_rattache",
    "creance_absente",
    "creance_inchangee",
    "encaissement_deja_retire",
    "paiement_deja_encaisse",
)


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
        200: json_response("Le dossier.", DossierSinistre, headers=_VERSION),
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


@router.post(
    "/v1/sinistres/{reference}/etapes",
    operation_id="record_etape",
    summary="Faire avancer un sinistre",
    description="Une étape du cycle de vie, sur la version que nomme `If-Match` (obligatoire). Si le sinistre a changé "
    "depuis : 412, avec son état actuel ; si l'étape ne suit pas de son état, ou qu'un soin est rattaché ailleurs : "
    "409.",
    status_code=201,
    responses={
        200: json_response("Rien de nouveau.", EtapePrise, headers={"ETag": _VERSION["ETag"]}),
        201: json_response("Étape enregistrée.", EtapePrise, headers={"ETag": _VERSION["ETag"]}),
        **DENIED,
        **FAILED,
        **problems("sinistre_inconnu", "encaissement_inconnu", "ressource_inconnue"),
        **problems(*_REFUSED),
        **problems("adherent_efface"),
        **problems("delai_depasse"),
        **problems("version_perimee"),
        **problems("corps_trop_grand"),
        **problems("contenu_non_gere"),
        **problems("requete_invalide", "etape_invalide"),
        **problems("version_requise"),
    },
    openapi_extra=json_body(corps.EtapeCorps.__args__, examples.ETAPES, discriminator="etape"),
)
async def record_etape(
    request: Request,
    bearer: Team,
    reference: Reference,
    if_match: Annotated[
        str | None,
        Header(description="L'`ETag` du sinistre, tel que lu.", examples=['"3"'], max_length=80),
    ] = None,
) -> Response:
    """Take a step."""
    told = await corps.read_body(request, _etape)
    attendu = version_of(if_match)
    today = context_of(request).services.settings.today()
    le = told.date or today
    provenance = Provenance(actor=bearer.actor, trace_id=trace_of(request.scope))

    def take(recours: Recours) -> Taken:
        if le > today:
            raise EtapeInvalide("La date de l'étape est dans l'avenir.")
        step = Step(reference=reference, attendu=attendu, le=le, motif=told.motif)
        return _take(recours, told, step, provenance)

    taken = await in_thread(request, take, reference=reference)
    return taken_response(taken, 200 if taken.position is None else 201)


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
        elements = views.suivis(
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


def version_of(if_match: str | None) -> int:
    """The version that If-Match names. Raises `version_requise` without one, `version_perimee` for any other tag."""
    if if_match is None:
        raise Problem("version_requise")
    found = _IF_MATCH.fullmatch(if_match.strip())
    if found is None:
        raise Problem("version_perimee")
    return int(found[1])


async def wait(request: Request, attendre_position: int | None) -> None:
    """Wait for the projection. Raises `projection_en_retard`."""
    if attendre_position is not None and not await context_of(request).positions.wait_for(
        attendre_position, seconds_max=ATTENTE_SECONDS_MAX
    ):
        raise Problem("projection_en_retard")


async def in_thread(request: Request, work: Callable[[Recours], T], *, reference: str | None = None) -> T:
    """Run what is synchronous in a thread; a refusal becomes its problem, with the sinistre as it stands now."""
    context = context_of(request)
    recours = context.services.recours
    try:
        return await to_thread.run_sync(partial(work, recours), limiter=context.recours_threads)
    except RecoursRefusal as refusal:
        members: dict[str, Any] = {}
        soins = getattr(refusal, "soins", None)
        if soins is not None:
            members["soins"] = soins
        if reference is not None and not isinstance(refusal, SinistreInconnu):
            now = partial(recours.state_of, reference)
            members["sinistre"] = await to_thread.run_sync(now, limiter=context.recours_threads)
        raise Problem(refusal.code, detail=str(refusal), **members) from refusal


def taken_response(taken: Taken, status: int) -> Response:
    """How a step ended."""
    body = EtapePrise(reference=taken.reference, version=taken.version, position=taken.position)
    headers = {"ETag": f'"{taken.version}"'}
    return Response(msgspec.json.encode(body), status, headers=headers, media_type="application/json")


def _found(recours: Recours, reference: str, quand: Moment) -> tuple[MembreRecours, views.SinistreConnu]:
    found = recours.reads.sinistre(reference, au=quand.position)
    if found is None:
        raise SinistreInconnu
    return found


def _resume(member: MembreRecours, reference: str, today: date) -> ResumeSinistre | None:
    connu = member.sinistre(reference)
    if connu is None:
        return None
    return views.resume(connu, recoveries_of(member.dossier, reference), today=today)


def _take(recours: Recours, told: corps.EtapeCorps, step: Step, provenance: Provenance) -> Taken:
    follow, hold, recover = recours.follow, recours.hold, recours.recover
    match told:
        case corps.Recensement():
            return follow.list_sinistre(step, provenance)
        case corps.Ouverture():
            return follow.open_sinistre(step, provenance)
        case corps.Rattachement(soins=soins):
            return hold.attach(step, soins, provenance)
        case corps.Detachement(soins=soins):
            return hold.detach(step, soins, provenance)
        case corps.EtablissementCreance():
            return recover.state_creance(step, provenance)
        case corps.Reclamation():
            return follow.claim(step, provenance)
        case corps.Accord(responsabilite_pb=share):
            return follow.agree(step, share, provenance)
        case corps.Contestation():
            return follow.contest(step, provenance)
        case corps.EncaissementCorps(montant=montant, reference_paiement=paiement):
            return recover.receive(step, montant, provenance, reference_paiement=paiement)
        case corps.Retrait(numero=numero):
            return recover.take_back(step, numero, provenance)
        case corps.NouvelleVentilation():
            return recover.share_anew(step, provenance)
        case corps.Cloture():
            return hold.close(step, provenance)
        case corps.ClassementSansSuite():
            return hold.drop(step, provenance)
        case corps.Reouverture():
            return hold.reopen(step, provenance)


def _invalid(chemin: str, message: str) -> Problem:
    return Problem("requete_invalide", erreurs=[{"chemin": chemin, "message": message}])
