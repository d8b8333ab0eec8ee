"""Who looked: the access log as auditors read it, by member, by who looked, by day. Looking at it is a look itself."""

from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.audit.regards import QuandInvalide, begins, ends, vue
from infra.auth.journal_acces import Question, Regard
from infra.http.audit import in_thread
from infra.http.audit_acces import ACTION, NOBODY
from infra.http.audit_filtres import ACTEUR_CHARACTERS_MAX
from infra.http.context import context_of
from infra.portal.audit_equipe import ADRESSE, auditor, consulted
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs
from infra.portal.pages import render
from infra.portal.regards import is_numero

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)

PER_PAGE = 50
MOTIF = "contrôle du journal des accès"
"""Why somebody looks at the looks of all: nobody's file is opened by that."""

RANG_DIGITS_MAX = 18
CHAMPS = ("numero", "acteur", "du", "au")


@router.get("/acces")
async def show_acces(request: Request) -> Response:
    """A page of looks, the newest first."""
    session = await auditor(request)
    context = context_of(request)
    asked = {name: request.query_params.get(name, "").strip() for name in CHAMPS}
    erreurs: Erreurs = {}
    du, au = _when(asked, "du", erreurs), _when(asked, "au", erreurs)
    if asked["numero"] and not is_numero(asked["numero"]):
        erreurs["numero"] = "Saisissez le numéro de l’adhérent, tel qu’il est sur sa carte."
    sujet = None
    if asked["numero"] and not erreurs:
        await consulted(request, session, asked["numero"], ACTION)
        sujet = await in_thread(context, partial(context.services.members.find, asked["numero"]))
        if sujet is None:
            erreurs["numero"] = "Aucun message enregistré ne nomme cet adhérent. Vérifiez le numéro."
    lignes, suite = [], None
    if not erreurs:
        if sujet is None:
            await context.looks.look(Regard(session.actor, session.role, NOBODY, ACTION), motif=MOTIF)
        question = Question(sujet=sujet, acteur=asked["acteur"][:ACTEUR_CHARACTERS_MAX] or None, du=du, au=au)
        given = request.query_params.get("avant", "")
        avant = int(given) if given.isascii() and given.isdecimal() and len(given) <= RANG_DIGITS_MAX else None
        page = partial(context.services.journal_acces.page, question, avant=avant, limit=PER_PAGE + 1)
        found = await in_thread(context, page)
        lignes = [vue(ligne) for ligne in found[:PER_PAGE]]
        if len(found) > PER_PAGE:
            given_fields = {name: value for name, value in asked.items() if value}
            suite = f"{ADRESSE}/acces?" + urlencode({**given_fields, "avant": str(lignes[-1].rang)})
    return render(
        request,
        "audit_acces.html",
        session=session,
        actif=f"{ADRESSE}/acces",
        status=422 if erreurs else 200,
        valeurs=asked,
        erreurs=erreurs,
        regards=lignes,
        suite=suite,
        garde_jours=context.services.settings.journal_acces_jours,
        lu_at=datetime.now(UTC),
    )


def _when(asked: dict[str, str], name: str, erreurs: Erreurs) -> datetime | None:
    if not asked[name]:
        return None
    try:
        return (begins if name == "du" else ends)(asked[name])
    except QuandInvalide:
        erreurs[name] = "Donnez un jour, par exemple 2026-03-31."
        return None
