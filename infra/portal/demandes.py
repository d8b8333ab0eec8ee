"""« Mes demandes »: declare an accident caused by somebody else, and follow it."""

import secrets
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.http.frame import trace_of
from infra.portal.attente import caught_up
from infra.portal.declaration import AGE_YEARS_MAX, CIRCONSTANCES, SOINS_MAX, read_declaration
from infra.portal.dossiers import Lecture, read_dossier, today
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Formulaire, read_form
from infra.portal.gardes import step, with_second_factor
from infra.portal.pages import redirect, render
from infra.portal.sinistres import ETATS, SinistreRefuse, declare_sinistre, suivis_of
from ledger.dossier import Soin
from readmodels.renderings.titulaire import HOLDER

ADRESSE = "/espace/demandes"

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_demandes(request: Request) -> Response:
    """What was declared, and where each stands."""
    session = await with_second_factor(request)
    lecture = await read_dossier(request, session)
    services = context_of(request).services
    suivis = await step(request, lambda: suivis_of(services, session, masques=lecture.masques))
    return render(
        request,
        "demandes.html",
        session=session,
        actif=ADRESSE,
        lecture=lecture,
        suivis=suivis,
        etats=ETATS,
    )


@router.get("/tiers")
async def show_declaration(request: Request) -> Response:
    """The form."""
    session = await with_second_factor(request)
    lecture = await read_dossier(request, session)
    return _page(request, session, lecture, Formulaire([("cle", secrets.token_urlsafe(16))]))


@router.post("/tiers")
async def declare(request: Request) -> Response:
    """Check the declaration and hand it on; sent twice, it is recorded once."""
    services = context_of(request).services
    session = await with_second_factor(request)
    form = await read_form(request, session)
    lecture = await read_dossier(request, session)
    declaration, erreurs = read_declaration(
        form,
        today=today(request),
        beneficiaires=[code for code, _ in _people(session, lecture)],
        soins=frozenset(soin.soin for soin in _soins(request, lecture)),
    )
    if declaration is not None:
        try:
            await step(
                request,
                lambda: declare_sinistre(
                    services, session, declaration, cle=form["cle"][:64], trace_id=trace_of(request.scope)
                ),
            )
            await caught_up(request)
            return redirect(ADRESSE, fait="declare")
        except SinistreRefuse as refused:
            erreurs = {"": str(refused)}
    return _page(request, session, lecture, form, erreurs, status=422)


def _people(session: Session, lecture: Lecture) -> list[tuple[str, str]]:
    """Who may have had the accident: everybody of the contract, but for adults who keep their care to themselves; in a
    beneficiary's own access, herself."""
    if session.beneficiaire is not None:
        return [(session.beneficiaire, lecture.nom_de(session.beneficiaire))]
    codes = {HOLDER, *lecture.noms, *(s.repartition.beneficiaire for s in lecture.dossier.soins.values())}
    return [(code, lecture.nom_de(code)) for code in sorted(codes - lecture.masques)]


def _soins(request: Request, lecture: Lecture) -> list[Soin]:
    """The soins that may be named: the latest first, and no longer ago than an accident may be."""
    earliest = today(request) - timedelta(days=366 * AGE_YEARS_MAX)
    found = [s for s in lecture.dossier.soins.values() if s.repartition.date_soin >= earliest]
    found.sort(key=lambda s: (s.repartition.date_soin, s.soin), reverse=True)
    return found[:SOINS_MAX]


def _page(
    request: Request,
    session: Session,
    lecture: Lecture,
    form: Formulaire,
    erreurs: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    people = _people(session, lecture)
    return render(
        request,
        "declaration.html",
        session=session,
        actif=ADRESSE,
        status=status,
        lecture=lecture,
        valeurs=form,
        personnes=[{"valeur": code, "nom": nom, "aide": None} for code, nom in people],
        circonstances=[{"valeur": c.value, "nom": nom, "aide": None} for c, nom in CIRCONSTANCES.items()],
        soins=_soins(request, lecture),
        erreurs=erreurs or {},
    )
