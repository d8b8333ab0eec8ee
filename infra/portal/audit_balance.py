"""The trial balance as a page, at any day or position, and as files."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.audit.balances import CalculEnCours
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal.audit_equipe import ADRESSE, auditor, etat_journal
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs
from infra.portal.pages import HEADERS, render
from infra.reads.moments import AU_CHARACTERS_MAX, AuFutur, AuInvalide
from infra.recours.bordereaux import XLSX_TYPE
from readmodels.renderings.balance_fichiers import SPLIT, balance_csv, balance_xlsx
from readmodels.vues_audit import BalanceGenerale

BALANCE = f"{ADRESSE}/balance"
ATTENTE_SECONDS_MAX = 5.0
FORMES = {"csv": (balance_csv, "text/csv; charset=utf-8"), "xlsx": (balance_xlsx, XLSX_TYPE)}

router = APIRouter(prefix=BALANCE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_balance(request: Request) -> Response:
    """The balance at a moment; while it is being reckoned, a page that says so."""
    session = await auditor(request)
    au = request.query_params.get("au", "").strip()[:AU_CHARACTERS_MAX]
    erreurs: Erreurs = {}
    balance, position, en_cours = None, None, False
    try:
        position = await _position(request, au)
        balance = await context_of(request).balances.at(position)
    except AuInvalide:
        erreurs["au"] = "Saisissez un jour (2026-03-31), un instant ou une position."
    except AuFutur:
        erreurs["au"] = "Ce moment n’est pas encore venu."
    except CalculEnCours:
        en_cours = True
    return render(
        request,
        "audit_balance.html",
        session=session,
        actif=BALANCE,
        status=422 if erreurs else 503 if en_cours else 200,
        au=au,
        position=position,
        balance=balance,
        en_cours=en_cours,
        colonnes=SPLIT,
        erreurs=erreurs,
    )


@router.get("/telecharger/{nom}")
async def download_balance(request: Request, nom: str) -> Response:
    """`balance-18233.csv` or `.xlsx`: the figures of the page. Raises the Problems `ressource_inconnue`,
    `balance_en_cours`."""
    await auditor(request)
    stem, _, forme = nom.removeprefix("balance-").partition(".")
    if forme not in FORMES or not (stem.isascii() and stem.isdecimal()):
        raise Problem("ressource_inconnue")
    try:
        balance: BalanceGenerale = await context_of(request).balances.at(await _position(request, stem))
    except (AuInvalide, AuFutur):
        raise Problem("ressource_inconnue") from None
    except CalculEnCours:
        raise Problem("balance_en_cours") from None
    make, media_type = FORMES[forme]
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="balance-{balance.position}.{forme}"'}
    return Response(make(balance), media_type=media_type, headers=headers)


async def _position(request: Request, au: str) -> int:
    """The position that is meant, once the read rows are there; without `au`, where the journal ends."""
    context = context_of(request)
    position = (await context.moments.at(au)).position if au else (await etat_journal(request)).position
    if not await context.positions.wait_for(position, seconds_max=ATTENTE_SECONDS_MAX):
        raise Problem("projection_en_retard")
    return position
