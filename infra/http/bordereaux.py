"""Bordereaux of receipts: previewed, imported, read, their gaps resolved by a person."""

from dataclasses import replace
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from commands.ports import Provenance
from infra.http import corps_recours as corps
from infra.http import examples_recours as examples
from infra.http.assia import DENIED, FAILED, NOT_MODIFIED, Team, in_thread, team, wait
from infra.http.bodies import read_message
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.documentation import bordereau_body, json_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.lectures import Attente
from infra.http.problems import Problem
from infra.http.vues_recours import BordereauPris, EcartResolu, LigneApercue
from infra.recours.bordereaux import CSV_TYPE, XLSX_TYPE, BordereauIllisible, read_bordereau
from infra.recours.recours import Recours
from ledger.bordereau.errors import BordereauInconnu
from ledger.bordereau.events import CLASSES_ENCAISSEES, Classe
from readmodels.bordereaux import BordereauVue, ListeBordereaux, count_classes

router = APIRouter(prefix="/v1/recours/bordereaux", tags=["recours"], dependencies=[Depends(team)])

SHOWN_BORDEREAUX_MAX = 1_000
SHOWN_LINES_MAX = 1_000
"""How many lines of a bordereau one answer lists."""

_resolution: msgspec.json.Decoder[corps.ResolutionCorps] = msgspec.json.Decoder(corps.ResolutionCorps)

Bordereau = Annotated[
    str,
    Path(
        max_length=40,
        description="Référence du bordereau.",
        examples=[examples.BORDEREAU],
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"},
    ),
]
_INVALID = problems("requete_invalide")


@router.post(
    "/{reference}",
    operation_id="record_bordereau",
    summary="Importer un bordereau d'encaissements",
    description="CSV ou XLSX, colonnes `ligne`, `sinistre`, `reference_paiement`, `date_encaissement`, `montant` "
    "(format "
    "propre au projet). `apercu=true` dit où chaque ligne irait, sans rien enregistrer. Les lignes rapprochées et "
    "partielles sont encaissées ; les autres attendent une personne. Renvoyer le même bordereau ne fait rien de "
    "plus, et "
    "achève un import interrompu.",
    status_code=201,
    responses={
        200: json_response("Aperçu, ou rien de nouveau.", BordereauPris),
        201: json_response("Importé.", BordereauPris),
        **DENIED,
        **FAILED,
        **problems("ressource_inconnue"),
        **problems("bordereau_en_conflit"),
        **problems("delai_depasse"),
        **problems("version_perimee"),
        **problems("corps_trop_grand"),
        **problems("contenu_non_gere"),
        **problems("requete_invalide"),
    },
    openapi_extra=bordereau_body(examples.CSV),
)
async def record_bordereau(
    request: Request,
    bearer: Team,
    reference: Bordereau,
    apercu: Annotated[bool, Query(description="Dire où chaque ligne irait, sans rien enregistrer.")] = False,
    content_type: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Import a bordereau, or show what that would do."""
    if not corps.is_bordereau(reference):
        raise Problem("ressource_inconnue")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type not in (CSV_TYPE, XLSX_TYPE):
        raise Problem("contenu_non_gere", detail="Envoyer du text/csv ou un classeur XLSX, sans compression.")
    content = await read_message(request)
    today = context_of(request).services.settings.today()
    provenance = Provenance(actor=bearer.actor, trace_id=trace_of(request.scope))

    def take(recours: Recours) -> BordereauPris:
        bordereau = read_bordereau(content, media_type, reference=reference)
        run = recours.bordereaux.preview if apercu else recours.bordereaux.commit
        taken = run(bordereau, provenance, today=today)
        return BordereauPris(
            reference=reference,
            apercu=apercu,
            lignes=len(taken),
            nouvelles=sum(line.is_new for line in taken),
            total=sum(line.lue.montant for line in taken),
            classes=count_classes((line.classe, line.lue.montant) for line in taken),
            elements=tuple(
                LigneApercue(
                    ligne=line.lue.ligne,
                    sinistre=line.lue.sinistre,
                    montant=line.lue.montant,
                    classe=line.classe,
                    raison=line.raison,
                    encaissement=line.encaissement,
                    is_new=line.is_new,
                )
                for line in [line for line in taken if line.classe not in CLASSES_ENCAISSEES][:SHOWN_LINES_MAX]
            ),
        )

    try:
        pris = await in_thread(request, take)
    except BordereauIllisible as fault:
        raise Problem(
            "requete_invalide",
            detail=str(fault),
            erreurs=[
                {"chemin": f"/{rang}/{colonne}".rstrip("/"), "message": said} for rang, colonne, said in fault.fautes
            ],
        ) from None
    status = 201 if pris.nouvelles and not apercu else 200
    return Response(msgspec.json.encode(pris), status, media_type="application/json")


@router.get(
    "",
    operation_id="list_bordereaux",
    summary="Les bordereaux",
    description="Le plus récent d'abord, au plus 1 000 ; `ouvertes` : les lignes qui attendent une personne.",
    responses={200: json_response("Les bordereaux.", ListeBordereaux), **NOT_MODIFIED, **DENIED, **FAILED, **_INVALID},
)
async def list_bordereaux(request: Request, attendre_position: Attente = None) -> Response:
    """The bordereaux."""
    await wait(request, attendre_position)
    return answer(request, await in_thread(request, lambda recours: recours.liste_bordereaux(SHOWN_BORDEREAUX_MAX)))


@router.get(
    "/{reference}",
    operation_id="read_bordereau",
    summary="Ce qu'est devenu un bordereau",
    description="Les lignes, leur classe, ce qui attend une personne et comment le reste a été résolu. `elements` "
    "donne "
    "au plus 1 000 lignes.",
    responses={
        200: json_response("Le bordereau.", BordereauVue),
        **NOT_MODIFIED,
        **DENIED,
        **FAILED,
        **problems("bordereau_inconnu", "ressource_inconnue"),
        **_INVALID,
    },
)
async def read_bordereau_route(
    request: Request,
    reference: Bordereau,
    classe: Annotated[Classe | None, Query(description="Seulement les lignes de cette classe.")] = None,
    ouvertes: Annotated[bool, Query(description="Seulement ce qui attend une personne.")] = False,
    attendre_position: Attente = None,
) -> Response:
    """What became of a bordereau."""
    await wait(request, attendre_position)

    def read(recours: Recours) -> BordereauVue:
        view = recours.bordereau(reference)
        if view is None:
            raise BordereauInconnu
        shown = [e for e in view.elements if classe in (None, e.classe) and (e.is_ouverte or not ouvertes)]
        return replace(view, elements=tuple(shown[:SHOWN_LINES_MAX]))

    return answer(request, await in_thread(request, read))


@router.post(
    "/{reference}/lignes/{ligne}/resolution",
    operation_id="record_resolution",
    summary="Résoudre un écart de bordereau",
    description="Encaisser la ligne malgré tout, sur son sinistre ou sur un autre, ou l'écarter ; avec un motif.",
    status_code=201,
    responses={
        201: json_response("Résolu.", EcartResolu),
        **DENIED,
        **FAILED,
        **problems("bordereau_inconnu", "ligne_inconnue", "sinistre_inconnu", "ressource_inconnue"),
        **problems("adherent_efface"),
        **problems(
            "ligne_sans_ecart",
            "ecart_deja_resolu",
            "sinistre_ferme",
            "transition_refusee",
            "creance_absente",
            "paiement_deja_encaisse",
        ),
        **problems("delai_depasse"),
        **problems("version_perimee"),
        **problems("corps_trop_grand"),
        **problems("contenu_non_gere"),
        **problems("requete_invalide", "etape_invalide"),
    },
    openapi_extra=json_body([corps.ResolutionCorps], examples.RESOLUTIONS),
)
async def record_resolution(
    request: Request,
    bearer: Team,
    reference: Bordereau,
    ligne: Annotated[str, Path(max_length=20, description="Numéro de la ligne.", examples=["3"])],
) -> Response:
    """Resolve a gap."""
    told = await corps.read_body(request, _resolution)
    provenance = Provenance(actor=bearer.actor, trace_id=trace_of(request.scope))

    def take(recours: Recours) -> int | None:
        return recours.bordereaux.resolve(
            reference,
            ligne,
            provenance,
            resolution=told.resolution,
            motif=told.motif,
            sinistre=told.sinistre,
        )

    numero = await in_thread(request, take)
    body = EcartResolu(bordereau=reference, ligne=ligne, encaissement=numero)
    return Response(msgspec.json.encode(body), 201, media_type="application/json")
