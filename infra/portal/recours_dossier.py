"""The file of a sinistre: declaration, timeline, soins, créances, money, and the steps that its state allows."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Session
from infra.portal.attente import caught_up
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import redirect, render
from infra.portal.recours_equipe import (
    ADRESSE,
    Dossier,
    in_thread,
    provenance_of,
    read_sinistre,
    team,
    today_of,
)
from infra.portal.recours_etapes import ACTIONS, allowed, read_etape, take, typed
from ledger.recours.errors import Outdated, RecoursRefusal
from ledger.sinistre.errors import SinistreInconnu
from readmodels import recours as views
from readmodels.vues_recours import CodeEcart

router = APIRouter(prefix=f"{ADRESSE}/sinistres", include_in_schema=False, route_class=PageRoute)

SOINS_APART = frozenset({"rattachement", "detachement"})
"""The steps whose form is beside the soins that are ticked."""


@router.get("/{reference}")
async def show_sinistre(request: Request, reference: str) -> Response:
    """The file."""
    session = await team(request)
    dossier = await read_sinistre(request, session, reference, "sinistre")
    return page_of(request, session, dossier)


@router.post("/{reference}/etapes")
async def take_etape(request: Request, reference: str) -> Response:
    """Take a step. When it is refused nothing that was typed is lost, and the page says how things stand now."""
    session = await team(request)
    form = await read_form(request, session)
    lue, erreurs = read_etape(form, today=today_of(request))
    is_outdated = False
    if lue is not None:
        try:
            provenance = provenance_of(request, session)
            taken = await in_thread(request, lambda recours: take(recours, reference, lue, provenance))
            if taken.position is not None:
                await caught_up(request, taken.position)
            fait = f"recours-{lue.etape}" if taken.position is not None else "recours-rien"
            return redirect(f"{ADRESSE}/sinistres/{reference}", fait=fait)
        except SinistreInconnu:
            raise
        except RecoursRefusal as refused:
            is_outdated = isinstance(refused, Outdated)
            erreurs = {"": said(refused)}
    await caught_up(request)
    dossier = await read_sinistre(request, session, reference, "sinistre")
    return page_of(request, session, dossier, form, erreurs, is_outdated=is_outdated, status=409 if lue else 422)


def said(refused: RecoursRefusal) -> str:
    """A refusal in plain words, with the soins that it is about."""
    soins = getattr(refused, "soins", None)
    return f"{refused} ({', '.join(soins)})" if soins else str(refused)


def page_of(
    request: Request,
    session: Session,
    dossier: Dossier,
    form: Formulaire | None = None,
    erreurs: Erreurs | None = None,
    *,
    is_outdated: bool = False,
    status: int = 200,
) -> Response:
    """The page, by default as it is when nothing was sent."""
    connu, known = dossier.connu, dossier.member.dossier
    vue = views.dossier_sinistre(connu, known)
    is_due = not vue.creances or any(ecart.code is CodeEcart.CREANCE_PERIMEE for ecart in vue.ecarts)
    actions = allowed(connu.sinistre, recu=vue.solde.recu, is_creance_due=is_due)
    form = form or Formulaire()
    return render(
        request,
        "recours_dossier.html",
        session=session,
        actif=ADRESSE,
        status=status,
        dossier=dossier,
        vue=vue,
        creances=[views.releve_creance(connu, creance.numero) for creance in reversed(vue.creances)],
        soins=soins_by_name(dossier),
        actions=[action for action in actions if action.etape not in SOINS_APART],
        offered={action.etape for action in actions},
        details=ACTIONS,
        valeurs=form,
        envoyee=form["etape"],
        saisi=typed(form) if is_outdated else (),
        is_outdated=is_outdated,
        aujourdhui=today_of(request),
        erreurs=erreurs or {},
    )


def soins_by_name(dossier: Dossier) -> Mapping[str, Any]:
    """What each soin of a créance is called."""
    return {name: soin.repartition for name, soin in dossier.member.dossier.soins.items()}
