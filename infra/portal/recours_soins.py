"""Attach soins by ticking: search those of the member by period, kind and person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.portal.attente import caught_up
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import redirect, render
from infra.portal.recours_dossier import said
from infra.portal.recours_equipe import (
    ADRESSE,
    Dossier,
    in_thread,
    provenance_of,
    read_sinistre,
    team,
    today_of,
)
from infra.portal.recours_etapes import EN_TRAVAIL, read_day, read_etape, take
from ledger.payeurs import Categorie
from ledger.recours.errors import Outdated, RecoursRefusal
from ledger.sinistre.errors import SinistreInconnu
from readmodels.soins_rattachables import soin_rattachable
from readmodels.vues_recours import SoinRattachable

PER_PAGE = 100
TOUS = "tous"
router = APIRouter(prefix=f"{ADRESSE}/sinistres", include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recherche:
    """What is looked for: by default the soins of the injured person since the accident, no more than is needed."""

    beneficiaire: str
    categorie: Categorie | None
    du: date
    au: date
    erreurs: Mapping[str, str]

    def query(self, *, page: int = 1) -> str:
        """The address's part that asks the same, for another page."""
        asked = {
            "beneficiaire": self.beneficiaire,
            "categorie": self.categorie.value if self.categorie else "",
            "du": self.du.isoformat(),
            "au": self.au.isoformat(),
            "page": str(page) if page > 1 else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})


@router.get("/{reference}/soins")
async def show_soins(request: Request, reference: str) -> Response:
    """The search, and boxes to tick."""
    session = await team(request)
    dossier = await read_sinistre(request, session, reference, "soins")
    recherche = read_recherche(request.query_params, dossier, today=today_of(request))
    return _page(request, session, dossier, recherche, Formulaire())


@router.post("/{reference}/soins")
async def attach(request: Request, reference: str) -> Response:
    """Attach what was ticked; refused, the boxes stay ticked."""
    session = await team(request)
    form = await read_form(request, session)
    lue, erreurs = read_etape(form, today=today_of(request))
    is_outdated = False
    if lue is not None and lue.etape == "rattachement":
        try:
            provenance = provenance_of(request, session)
            taken = await in_thread(request, lambda recours: take(recours, reference, lue, provenance))
            if taken.position is not None:
                await caught_up(request, taken.position)
            fait = "recours-rattachement" if taken.position is not None else "recours-rien"
            return redirect(f"{ADRESSE}/sinistres/{reference}", fait=fait)
        except SinistreInconnu:
            raise
        except RecoursRefusal as refused:
            is_outdated = isinstance(refused, Outdated)
            erreurs = {"": said(refused)}
    await caught_up(request)
    dossier = await read_sinistre(request, session, reference, "soins")
    recherche = read_recherche(form, dossier, today=today_of(request))
    status = 409 if lue else 422
    return _page(request, session, dossier, recherche, form, erreurs, is_outdated=is_outdated, status=status)


def read_recherche(query: Mapping[str, str], dossier: Dossier, *, today: date) -> Recherche:
    """The search of an address; what cannot be read is said and left out."""
    sinistre = dossier.connu.sinistre
    erreurs: dict[str, str] = {}
    days = {"du": sinistre.date_accident, "au": today}
    for name in days:
        given = str(query.get(name) or "").strip()
        found = read_day(given) if given else days[name]
        if found is None:
            erreurs[name] = "Cette date n’existe pas. Écrivez-la ainsi : 14/03/2026."
        else:
            days[name] = found
    if days["du"] > days["au"]:
        erreurs["au"] = "La fin de la période est avant son début."
    categorie = str(query.get("categorie") or "")
    return Recherche(
        beneficiaire=str(query.get("beneficiaire") or sinistre.beneficiaire)[:20],
        categorie=Categorie(categorie) if categorie in Categorie.__members__.values() else None,
        du=days["du"],
        au=days["au"],
        erreurs=erreurs,
    )


def soins_of(dossier: Dossier, recherche: Recherche) -> list[SoinRattachable]:
    """The soins that match, the oldest first, each with the open sinistre that holds it."""
    member = dossier.member
    holders = {
        soin: connu.sinistre.reference
        for connu in member.sinistres
        if not connu.sinistre.is_closed
        for soin in connu.sinistre.soins
    }
    found = [
        soin_rattachable(member.dossier, soin, sinistre=holders.get(soin.soin))
        for soin in member.dossier.soins.values()
        if recherche.du <= soin.repartition.date_soin <= recherche.au
        and recherche.categorie in (None, soin.repartition.categorie)
        and recherche.beneficiaire in (TOUS, soin.repartition.beneficiaire)
    ]
    return sorted(found, key=lambda soin: (soin.date_soin, soin.soin))


def _page(
    request: Request,
    session: Session,
    dossier: Dossier,
    recherche: Recherche,
    form: Formulaire,
    erreurs: Erreurs | None = None,
    *,
    is_outdated: bool = False,
    status: int = 200,
) -> Response:
    found = soins_of(dossier, recherche)
    given = str(form["page"] or request.query_params.get("page", ""))
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(int(given), pages) if given.isascii() and given.isdigit() and len(given) < 6 and int(given) else 1
    codes = {soin.repartition.beneficiaire for soin in dossier.member.dossier.soins.values()}
    return render(
        request,
        "recours_soins.html",
        session=session,
        actif=ADRESSE,
        status=status,
        dossier=dossier,
        sinistre=dossier.connu.sinistre,
        can_attach=dossier.connu.sinistre.etat in EN_TRAVAIL,
        recherche=recherche,
        soins=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(found),
        page_no=page,
        pages=pages,
        personnes=sorted((code, dossier.nom_de(code)) for code in codes | {dossier.connu.sinistre.beneficiaire}),
        categories=tuple(Categorie),
        valeurs=form,
        is_outdated=is_outdated,
        aujourdhui=today_of(request),
        erreurs={**recherche.erreurs, **(erreurs or {})},
    )
