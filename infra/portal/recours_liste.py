"""The team's worklist: every sinistre by state and age with the amounts at stake, the balance, the gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.portal.erreurs import PageRoute
from infra.portal.pages import HEADERS, render
from infra.portal.recours_equipe import ADRESSE, in_thread, team, today_of
from infra.portal.recours_mots import EN_COURS
from infra.recours.recours import Recours
from ledger.sinistre.etats import ETATS_FERMES, EtatSinistre
from readmodels import recours as views
from readmodels.recours_ensemble import balance
from readmodels.renderings.sinistres_csv import sinistres_csv
from readmodels.vues_recours import Balance, Ecart, ResumeSinistre

PER_PAGE = 50
AGES = {"30": "Plus de 30 jours", "90": "Plus de 90 jours", "180": "Plus de 6 mois", "365": "Plus d’un an"}
TRIS = {"age": "Les plus anciens d’abord", "recent": "Les plus récents d’abord", "reste": "Le plus gros reste d’abord"}
ECARTS_SHOWN_MAX = 500
"""How many gaps one page lists."""

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtres:
    """What was asked of the worklist: what cannot be read is left out."""

    etat: str = ""
    age: str = ""
    reference: str = ""
    tri: str = "age"

    def query(self, *, page: int = 1) -> str:
        """The address's part that asks the same, for another page."""
        asked = {
            "etat": self.etat,
            "age": self.age,
            "reference": self.reference,
            "tri": self.tri if self.tri != "age" else "",
            "page": str(page) if page > 1 else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def is_narrowing(self) -> bool:
        return bool(self.etat or self.age or self.reference)


@router.get("")
async def show_liste(request: Request) -> Response:
    """The balance, then the sinistres that were asked for. No member is named here."""
    session = await team(request)
    filtres = read_filtres(request.query_params)
    balance, resumes = await _read(request)
    asked = narrow(resumes, filtres)
    pages = max(1, -(-len(asked) // PER_PAGE))
    page = min(page_of(request), pages)
    return render(
        request,
        "recours_liste.html",
        session=session,
        actif=ADRESSE,
        balance=balance,
        total=views.sum_of([resume.solde for resume in asked]),
        elements=asked[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(asked),
        filtres=filtres,
        page_no=page,
        pages=pages,
        ages=AGES,
        tris=TRIS,
    )


@router.get("/sinistres.csv")
async def download_liste(request: Request) -> Response:
    """The same list as a file, whole."""
    await team(request)
    _, resumes = await _read(request)
    content = sinistres_csv(narrow(resumes, read_filtres(request.query_params)))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="sinistres.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/ecarts")
async def show_ecarts(request: Request) -> Response:
    """What does not agree, over all sinistres. Each names a sinistre, never a member."""
    session = await team(request)
    today = today_of(request)
    gaps = await in_thread(request, lambda recours: ecarts_of(recours, today))
    return render(
        request,
        "recours_ecarts.html",
        session=session,
        actif=f"{ADRESSE}/ecarts",
        ecarts=gaps[:ECARTS_SHOWN_MAX],
        count=len(gaps),
    )


def ecarts_of(recours: Recours, today: date) -> list[Ecart]:
    """Every gap, by kind and then the largest first."""
    found = [ecart for part in recours.tenus.read(today).parts for ecart in part.ecarts]
    return sorted(found, key=lambda ecart: (ecart.code, -abs(ecart.montant), ecart.sinistre))


def read_filtres(query: Mapping[str, str]) -> Filtres:
    """The filters of an address."""
    etat, age, tri = query.get("etat", ""), query.get("age", ""), query.get("tri", "")
    return Filtres(
        etat=etat if etat in EtatSinistre.__members__.values() or etat == EN_COURS else "",
        age=age if age in AGES else "",
        reference=query.get("reference", "").strip()[:64],
        tri=tri if tri in TRIS else "age",
    )


def narrow(resumes: Sequence[ResumeSinistre], filtres: Filtres) -> list[ResumeSinistre]:
    """The sinistres that were asked for, in the order that was asked for. `en_cours` are those not closed."""
    found = [
        resume
        for resume in resumes
        if (not filtres.etat or _is_in(resume.etat, filtres.etat))
        and (not filtres.age or resume.age_jours > int(filtres.age))
        and filtres.reference.casefold() in resume.reference.casefold()
    ]
    if filtres.tri == "reste":
        return sorted(found, key=lambda r: (-r.solde.reste, r.declare_le, r.reference))
    return sorted(found, key=lambda r: (r.declare_le, r.reference), reverse=filtres.tri == "recent")


def page_of(request: Request) -> int:
    """The page that an address asks for."""
    given = request.query_params.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _is_in(etat: EtatSinistre, asked: str) -> bool:
    return etat not in ETATS_FERMES if asked == EN_COURS else etat == asked


async def _read(request: Request) -> tuple[Balance, list[ResumeSinistre]]:
    """The balance and the list, from one reading: they agree."""
    today = today_of(request)
    return await in_thread(request, lambda recours: read_all(recours, today))


def read_all(recours: Recours, today: date) -> tuple[Balance, list[ResumeSinistre]]:
    """Every sinistre and the balance over them. Blocks: for a thread."""
    ensemble = recours.tenus.read(today)
    resumes = [resume for part in ensemble.parts for resume in part.resumes]
    return balance((part.argent for part in ensemble.parts), position=ensemble.position), resumes
