"""What is read of one member: home, statement, reste à charge, comparison, one décompte."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from infra.http.access import MemberAccess, member_access
from infra.http.conditional import answer, answer_document, document_of
from infra.http.context import context_of
from infra.http.documentation import Responses, json_response, problems
from infra.http.problems import Problem
from infra.reads.documents import cle_accueil, cle_releve, cle_reste_a_charge, cles_of
from infra.reads.dossiers import MemberRead
from ledger.dates import Fenetre
from readmodels import releve as releves
from readmodels import reste_a_charge as restes
from readmodels.vues import Accueil, Comparatif, DetailDecompte, Releve, ResteACharge

ATTENTE_SECONDS_MAX = 5.0
"""How long a read waits for `attendre_position`."""

ANNEE_MIN, ANNEE_MAX = 1900, 2200
_POSITION_MAX = 2**63 - 1


class _AnneeConvertor(Convertor[str]):
    """Four digits: anything else in that place is another address (`2026.pdf`), or none."""

    regex = "[0-9]{4}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("annee", _AnneeConvertor())

router = APIRouter(prefix="/v1/adherents/{numero}", tags=["adherents"])

Access = Annotated[MemberAccess, Depends(member_access)]
Attente = Annotated[
    int | None,
    Query(
        ge=0,
        le=_POSITION_MAX,
        description="Attendre, 5 s au plus, que la projection ait lu le journal jusqu'à cette position.",
    ),
]
_ANNEE = {"ge": ANNEE_MIN, "le": ANNEE_MAX, "examples": [2026]}


def _responses(description: str, model: Any, *further: str) -> Responses:
    """The answers that every read of a member may give."""
    headers = {
        "ETag": ("Empreinte forte du corps.", {"type": "string"}),
        "Ledger-Position": ("Jusqu'où la projection a lu le journal.", {"type": "string", "pattern": "^[0-9]+$"}),
        "Cache-Control": ("Toujours `private, no-cache`.", {"type": "string"}),
    }
    return {
        200: json_response(description, model, headers=headers),
        304: {"description": "Le client a déjà ces octets (`If-None-Match`)."},
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "requete_invalide"),
        **problems("adherent_inconnu", *further, "ressource_inconnue"),
        **problems("erreur_interne", "base_indisponible", "projection_en_retard", "donnees_alterees"),
    }


@router.get(
    "/accueil",
    operation_id="read_accueil",
    summary="L'accueil d'un adhérent",
    description="Derniers paiements, reste à charge de l'année en cours et de la précédente, soins en attente.",
    responses=_responses("L'accueil.", Accueil),
)
async def read_accueil(request: Request, access: Access, attendre_position: Attente = None) -> Response:
    """Home."""
    member = await _read(request, access, attendre_position)
    fenetre = _fenetre(request)
    return _finish(request, member, cle_accueil(fenetre), restes.accueil(member.dossier, fenetre=fenetre))


@router.get(
    "/releves/{annee:annee}",
    operation_id="read_releve",
    summary="Le relevé d'une année",
    description="Les décomptes payés dans l'année, le plus récent d'abord. Le portail et l'adhérent lisent l'année en "
    "cours et la précédente, l'auditeur toutes.",
    responses=_responses("Le relevé.", Releve, "annee_hors_fenetre"),
)
async def read_releve(
    request: Request,
    access: Access,
    annee: Annotated[int, Path(description="Année civile de paiement.", **_ANNEE)],
    attendre_position: Attente = None,
) -> Response:
    """The statement of a year."""
    member = await _read(request, access, attendre_position)
    _check_annee(request, access, annee)
    view = releves.releve(member.dossier, numero_adherent=access.numero, annee=annee)
    return _finish(request, member, cle_releve(annee), view)


@router.get(
    "/reste-a-charge",
    operation_id="read_reste_a_charge",
    summary="Le reste à charge d'une année de soins",
    description="Chaque soin une fois, par catégorie, mois et bénéficiaire. Sans `annee`, l'année en cours.",
    responses=_responses("Le reste à charge.", ResteACharge, "annee_hors_fenetre"),
)
async def read_reste_a_charge(
    request: Request,
    access: Access,
    annee: Annotated[int | None, Query(description="Année civile de soin.", **_ANNEE)] = None,
    attendre_position: Attente = None,
) -> Response:
    """What is left to the member, by year of care."""
    member = await _read(request, access, attendre_position)
    annee = _fenetre(request).courante if annee is None else annee
    _check_annee(request, access, annee)
    return _finish(request, member, cle_reste_a_charge(annee), restes.reste_a_charge(member.dossier, annee=annee))


@router.get(
    "/comparatif",
    operation_id="read_comparatif",
    summary="Les deux années côte à côte",
    description="L'année en cours et la précédente, par catégorie et par année de soin.",
    responses=_responses("Le comparatif.", Comparatif),
)
async def read_comparatif(request: Request, access: Access, attendre_position: Attente = None) -> Response:
    """The two years by category."""
    member = await _read(request, access, attendre_position)
    view = restes.comparatif(member.dossier, fenetre=_fenetre(request))
    return answer(request, view, projected=member.projected)


@router.get(
    "/decomptes/{emetteur}/{reference}",
    operation_id="read_decompte",
    summary="Un décompte et ses corrections",
    description="Chaque ligne telle que reçue, le soin sur lequel elle compte, et ce qui a corrigé le décompte.",
    responses=_responses("Le décompte.", DetailDecompte, "decompte_inconnu", "annee_hors_fenetre"),
)
async def read_decompte(
    request: Request,
    access: Access,
    emetteur: Annotated[str, Path(description="Émetteur du décompte.", examples=["smi"])],
    reference: Annotated[str, Path(description="Sa référence chez cet émetteur.", examples=["SMI-2026-19"])],
    attendre_position: Attente = None,
) -> Response:
    """One décompte."""
    member = await _read(request, access, attendre_position)
    view = releves.detail(member.dossier, (emetteur, reference))
    if view is None:
        raise Problem("decompte_inconnu")
    _check_annee(request, access, view.date_paiement.year)
    return answer(request, view, projected=member.projected)


async def _read(request: Request, access: MemberAccess, attendre_position: int | None) -> MemberRead:
    """The member, once the projection has read far enough. Raises `projection_en_retard`, `adherent_inconnu`."""
    context = context_of(request)
    if attendre_position is not None and not await context.positions.wait_for(
        attendre_position, seconds_max=ATTENTE_SECONDS_MAX
    ):
        raise Problem("projection_en_retard")
    member = await context.members.read(access.numero)
    if not member.is_known:
        raise Problem("adherent_inconnu")
    return member


def _finish(request: Request, member: MemberRead, cle: str, view: Any) -> Response:
    """Answer with a finished document, and keep it for the next reader (`infra/http/hot.py`) if it is of the window."""
    document = document_of(view)
    fenetre = _fenetre(request)
    if member.base is not None and cle in cles_of(fenetre):
        context_of(request).documents.keep(member.base, cle, document, fenetre=fenetre)
    return answer_document(request, document, projected=member.projected)


def _fenetre(request: Request) -> Fenetre:
    return Fenetre.at(context_of(request).services.settings.today())


def _check_annee(request: Request, access: MemberAccess, annee: int) -> None:
    """Raises `annee_hors_fenetre` for who reads the two years only."""
    if not access.any_year and annee not in _fenetre(request):
        raise Problem("annee_hors_fenetre")
