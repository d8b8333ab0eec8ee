"""Recoveries as a whole: soins to attach, suggestions, balance, gaps, net cost, bordereaux."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from commands.ports import Provenance
from infra.http import corps_recours as corps
from infra.http import examples_recours as examples
from infra.http.bodies import read_message
from infra.http.conditional import answer
from infra.http.context import context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.http.documentation import bordereau_body, json_body, json_response, problems
from infra.http.frame import trace_of
from infra.http.lectures import Attente
from infra.http.problems import Problem
from infra.http.regards_recours import look_at_members, look_at_sinistres, motif_for
from infra.http.sinistres import DENIED, FAILED, LIMITE_DEFAULT, NOT_MODIFIED, Team, in_thread, team, wait
from infra.http.vues_recours import BordereauPris, CoutNetAdherent, EcartResolu, LigneApercue
from infra.recours.bordereaux import CSV_TYPE, XLSX_TYPE, BordereauIllisible, read_bordereau
from infra.recours.lectures import MembreRecours
from infra.recours.recours import Recours
from ledger.bordereau.errors import BordereauInconnu
from ledger.bordereau.events import CLASSES_ENCAISSEES, Classe
from ledger.dossier import Dossier
from ledger.payeurs import Categorie
from readmodels import recours as views
from readmodels.bordereaux import BordereauVue, ListeBordereaux, count_classes
from readmodels.recours_ensemble import ecarts_without_sinistre
from readmodels.vues_recours import PageEcarts, SoinsRattachables, Suggestion, Suggestions

router = APIRouter(prefix="/v1/recours", tags=["recours"], dependencies=[Depends(team)])

ECARTS_LIMITE_MAX = 200
SUGGESTIONS_LIMITE_MAX = 100
_NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN_BORDEREAUX_MAX = 1_000
SHOWN_LINES_MAX = 1_000
"""How many lines of a bordereau one answer lists."""

_resolution: msgspec.json.Decoder[corps.ResolutionCorps] = msgspec.json.Decoder(corps.ResolutionCorps)

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
Bordereau = Annotated[
    str,
    Path(
        max_length=40,
        description="Référence du bordereau.",
        examples=[examples.BORDEREAU],
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"},
    ),
]
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
                views.soin_rattachable(member.dossier, member.dossier.soins[name], sinistre=holders.get(name))
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
            return views.suggestions(member.dossier, member.sinistres), None
        page = recours.reads.members_after(after, limite)
        found = [one for member in page for one in views.suggestions(member.dossier, member.sinistres)]
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
            cout_net=views.cout_net(member.dossier, _of_period(member.dossier, du, au)),
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
            found += views.ecarts(connu, members[sujet].dossier) if connu is not None else []
        return found, page[-1][0] if len(page) == limite else None

    elements, last = await in_thread(request, read)
    await look_at_sinistres(request, bearer, "ecarts", ((e.numero_adherent, e.sinistre) for e in elements))
    suivant, headers = None, {}
    if last is not None:
        suivant = write_cursor(keyring, last, liste="ecarts")
        headers["Link"] = f'</v1/recours/ecarts?{urlencode({"limite": limite, "curseur": suivant})}>; rel="next"'
    return answer(request, PageEcarts(elements=tuple(elements), suivant=suivant), headers=headers)


@router.post(
    "/bordereaux/{reference}",
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
    "/bordereaux",
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
    "/bordereaux/{reference}",
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
    "/bordereaux/{reference}/lignes/{ligne}/resolution",
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
