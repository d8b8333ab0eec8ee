"""The steps of a sinistre: one at a time, on the version that the caller has read."""

import re
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from commands.ports import Provenance
from commands.sinistre.follow import Step
from commands.sinistre.streams import Taken
from infra.http import corps_recours as corps
from infra.http import examples_recours as examples
from infra.http.assia import DENIED, FAILED, VERSION_HEADERS, Reference, Team, in_thread, taken_response
from infra.http.context import context_of
from infra.http.documentation import json_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.problems import Problem
from infra.http.vues_recours import EtapePrise
from infra.recours.recours import Recours
from ledger.sinistre.errors import EtapeInvalide

router = APIRouter(tags=["recours"])

_IF_MATCH = re.compile(r'"(\d{1,18})(-[0-9a-f]{32})?"')
_etape: msgspec.json.Decoder[corps.EtapeCorps] = msgspec.json.Decoder(corps.EtapeCorps)

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
    "/v1/sinistres/{reference}/etapes",
    operation_id="record_etape",
    summary="Faire avancer un sinistre",
    description="Une étape du cycle de vie, sur la version que nomme `If-Match` (obligatoire). Si le sinistre a changé "
    "depuis : 412, avec son état actuel ; si l'étape ne suit pas de son état, ou qu'un soin est rattaché ailleurs : "
    "409.",
    status_code=201,
    responses={
        200: json_response("Rien de nouveau.", EtapePrise, headers={"ETag": VERSION_HEADERS["ETag"]}),
        201: json_response("Étape enregistrée.", EtapePrise, headers={"ETag": VERSION_HEADERS["ETag"]}),
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


def version_of(if_match: str | None) -> int:
    """The version that If-Match names. Raises `version_requise` without one, `version_perimee` for any other tag."""
    if if_match is None:
        raise Problem("version_requise")
    found = _IF_MATCH.fullmatch(if_match.strip())
    if found is None:
        raise Problem("version_perimee")
    return int(found[1])


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
