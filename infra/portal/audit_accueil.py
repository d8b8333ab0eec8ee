"""The auditors' home: where the ledger is, what can be looked at, and whose file to open for which reason."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal.audit_equipe import (
    ADRESSE,
    auditor,
    consulted,
    etat_journal,
    is_ours,
    open_consultation,
)
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import redirect, render
from infra.portal.regards import is_numero, look, whom_and_why

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)

INCONNU = "Aucun message enregistré ne nomme cet adhérent. Vérifiez le numéro."


@router.get("")
async def show_accueil(request: Request) -> Response:
    """Home; with `numero` the form is filled in, for who came to a page of a member whose file is not open."""
    session = await auditor(request)
    query = request.query_params
    valeurs = Formulaire([(name, query.get(name, "")) for name in ("numero", "suite")])
    return await _page(request, session, valeurs)


@router.post("/consultations")
async def open_file(request: Request) -> Response:
    """Open a member's file: the reason is written with this look and goes with those that follow."""
    session = await auditor(request)
    form = await read_form(request, session)
    erreurs = whom_and_why(form)
    numero, motif = form["numero"], form["motif"]
    if not erreurs:
        await look(request, session, numero, "consultation", motif)
        if not (await context_of(request).members.read(numero)).is_known:
            erreurs["numero"] = INCONNU
    if erreurs:
        return await _page(request, session, form, erreurs, status=422)
    suite = form["suite"]
    response = redirect(suite if is_ours(suite) else f"{ADRESSE}/adherents/{numero}")
    open_consultation(request, response, session, numero, motif)
    return response


@router.get("/adherents/{numero}")
async def show_adherent(request: Request, numero: str) -> Response:
    """A member's file: who she is, and what may be looked at. Raises the Problem `ressource_inconnue`."""
    session = await auditor(request)
    if not is_numero(numero):
        raise Problem("ressource_inconnue")
    motif = await consulted(request, session, numero, "dossier")
    member = await context_of(request).members.read(numero)
    if not member.is_known:
        raise Problem("ressource_inconnue")
    decomptes = member.dossier.decomptes.values()
    return render(
        request,
        "audit_adherent.html",
        session=session,
        numero=numero,
        motif_regard=motif,
        registration=member.registration,
        is_erased=member.base is None,
        decomptes=len(decomptes),
        annulations=sum(len(found) for found in member.dossier.annulations.values()),
        soins=len(member.dossier.soins),
        annees=sorted({d.faits.date_paiement.year for d in decomptes}, reverse=True),
    )


async def _page(
    request: Request, session: Session, form: Formulaire, erreurs: Erreurs | None = None, *, status: int = 200
) -> Response:
    return render(
        request,
        "audit_accueil.html",
        session=session,
        actif=ADRESSE,
        status=status,
        etat=await etat_journal(request),
        valeurs=form,
        erreurs=erreurs or {},
    )
