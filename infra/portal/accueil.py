"""Home, money first: what was last paid, what is left, what is pending. And the two years side by side."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from infra.portal.dossiers import read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.gardes import second_factor_address, signed_in
from infra.portal.pages import now, render
from ledger.repartition import Anomalie
from readmodels import reste_a_charge as restes
from readmodels.renderings.graphique_comparatif import graphique_comparatif
from readmodels.vues import Accueil, SoinEnAttente

router = APIRouter(prefix="/espace", include_in_schema=False, route_class=PageRoute)

EN_ATTENTE_SHOWN = 5
"""How many pending soins home tells one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attente:
    """A pending soin, and in plain words what it waits for."""

    soin: SoinEnAttente
    attend: str


@router.get("")
async def show_accueil(request: Request) -> Response:
    """Home. Without a second factor: amounts only, no act."""
    session = await signed_in(request)
    lecture = await read_dossier(request, session)
    view = restes.accueil(lecture.dossier, fenetre=lecture.fenetre)
    is_open = session.has_medical_access(now())
    return render(
        request,
        "accueil.html",
        session=session,
        actif="/espace",
        lecture=lecture,
        vue=view,
        attentes=[Attente(soin=soin, attend=waits_for(soin)) for soin in view.en_attente[:EN_ATTENTE_SHOWN]],
        is_open=is_open,
        provisoires={annee: is_provisional(view, annee) for annee in lecture.fenetre},
        porte=second_factor_address(session),
        is_titulaire=session.beneficiaire is None,
    )


@router.get("/comparaison")
async def show_comparaison(request: Request) -> Response:
    """The two years by category."""
    session = await signed_in(request)
    lecture = await read_dossier(request, session)
    view = restes.comparatif(lecture.dossier, fenetre=lecture.fenetre)
    provisoires = {
        annee: is_provisional(restes.accueil(lecture.dossier, fenetre=lecture.fenetre), annee) for annee in view.annees
    }
    return render(
        request,
        "comparaison.html",
        session=session,
        actif="/espace/comparaison",
        lecture=lecture,
        vue=view,
        provisoires=provisoires,
        graphique=Markup(graphique_comparatif(view)),  # noqa: S704 (made by us, from amounts and closed lists)
    )


def is_provisional(view: Accueil, annee: int) -> bool:
    """Whether a year's reste à charge may still change."""
    return any(soin.date_soin.year == annee for soin in view.en_attente)


def waits_for(soin: SoinEnAttente) -> str:
    """What a pending soin waits for, in plain words."""
    if Anomalie.DEPENSE_INCONNUE in soin.anomalies:
        return "Nous ne connaissons pas encore le prix du soin."
    if Anomalie.REGULARISATION_ORPHELINE in soin.anomalies:
        return "Un paiement d’origine ne nous est pas encore parvenu."
    if soin.smi == 0 and soin.regime_obligatoire == 0:
        return "Nous attendons la Sécurité sociale, puis SMI."
    if soin.smi == 0:
        return "La Sécurité sociale a payé ; nous attendons le remboursement de SMI."
    return "SMI a payé ; nous attendons le décompte de la Sécurité sociale."
