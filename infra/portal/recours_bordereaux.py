"""Bordereaux of encaissements: a file is previewed, then taken; what waits for a person is resolved with a reason.

Between the preview and the commit nothing is kept here: the page carries the lines as they were read, and they are read
again. So what is taken is what was shown, and a page that is left behind leaves nothing.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.responses import Response

from commands.recours.bordereau import Bordereau, LigneClassee
from infra.auth.sessions import Session
from infra.http.corps_recours import is_bordereau
from infra.portal.attente import caught_up
from infra.portal.erreurs import PageRoute
from infra.portal.fichiers import read_form_with_file
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import redirect, render
from infra.portal.recours_equipe import ADRESSE, in_thread, provenance_of, team, today_of
from infra.portal.recours_etapes import MOTIF_MAX
from infra.portal.recours_liste import page_of
from infra.recours.bordereaux import COLONNES, CSV_TYPE, XLSX_TYPE, BordereauIllisible, read_bordereau
from infra.recours.recours import Recours
from ledger.bordereau.errors import BordereauInconnu
from ledger.bordereau.events import CLASSES_ENCAISSEES, Classe, Resolution
from ledger.recours.errors import RecoursRefusal, Unknown
from ledger.references import REFERENCE
from readmodels.bordereaux import count_classes

BORDEREAUX = f"{ADRESSE}/bordereaux"
LISTED_MAX = 50
"""How many bordereaux the list has."""

PREVIEWED_MAX = 200
"""How many of the lines that would wait a preview lists."""

PER_PAGE = 50
OUVERTES, TOUTES = "ouvertes", "toutes"
"""What of a bordereau is listed, beside the classes."""

router = APIRouter(prefix=BORDEREAUX, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_bordereaux(request: Request) -> Response:
    """The form, and what came before."""
    session = await team(request)
    return await _form(request, session, Formulaire())


@router.post("/apercu")
async def preview(request: Request) -> Response:
    """Where each line would land; nothing is recorded."""
    session = await team(request)
    form, name, content = await read_form_with_file(request, session, "fichier")
    erreurs = _reference(form)
    if not name:
        erreurs["fichier"] = "Choisissez un fichier CSV ou XLSX."
    if erreurs:
        return await _form(request, session, form, erreurs, status=422)
    media_type = XLSX_TYPE if PurePath(name).suffix.lower() == ".xlsx" or content[:4] == b"PK\x03\x04" else CSV_TYPE
    provenance, today = provenance_of(request, session), today_of(request)

    def run(recours: Recours) -> tuple[Bordereau, list[LigneClassee]]:
        bordereau = read_bordereau(content, media_type, reference=form["reference"])
        return bordereau, recours.bordereaux.preview(bordereau, provenance, today=today)

    try:
        bordereau, taken = await in_thread(request, run)
    except BordereauIllisible as fault:
        said = [f"Ligne {rang}{f', colonne {colonne}' if colonne else ''} : {m}." for rang, colonne, m in fault.fautes]
        return await _form(request, session, form, {"fichier": str(fault)}, fautes=said, status=422)
    except RecoursRefusal as refused:
        return await _form(request, session, form, {"reference": str(refused)}, status=409)
    waiting = [line for line in taken if line.classe not in CLASSES_ENCAISSEES]
    return render(
        request,
        "recours_apercu.html",
        session=session,
        actif=BORDEREAUX,
        reference=bordereau.reference,
        nom=name,
        contenu=written(bordereau),
        lignes=len(taken),
        nouvelles=sum(line.is_new for line in taken),
        total=sum(line.lue.montant for line in taken),
        classes=count_classes((line.classe, line.lue.montant) for line in taken),
        attend=waiting[:PREVIEWED_MAX],
        attend_count=len(waiting),
        encaissees=CLASSES_ENCAISSEES,
    )


@router.post("")
async def commit(request: Request) -> Response:
    """Take the lines that were previewed; sent twice, the second changes nothing."""
    session = await team(request)
    form, _, _ = await read_form_with_file(request, session, "fichier")
    erreurs = _reference(form)
    if erreurs:
        return await _form(request, session, form, erreurs, status=422)
    provenance, today = provenance_of(request, session), today_of(request)

    def run(recours: Recours) -> int:
        bordereau = read_bordereau(form["contenu"].encode(), CSV_TYPE, reference=form["reference"])
        return sum(line.is_new for line in recours.bordereaux.commit(bordereau, provenance, today=today))

    try:
        new = await in_thread(request, run)
    except BordereauIllisible as fault:
        return await _form(request, session, form, {"fichier": str(fault)}, status=422)
    except RecoursRefusal as refused:
        return await _form(request, session, form, {"reference": str(refused)}, status=409)
    await caught_up(request)
    return redirect(f"{BORDEREAUX}/{form['reference']}", fait="recours-bordereau" if new else "recours-rien")


@router.get("/{reference}")
async def show_bordereau(request: Request, reference: str) -> Response:
    """The result by class, and the lines: by default those that wait for a person."""
    session = await team(request)
    return await _page(request, session, reference, Formulaire())


@router.post("/{reference}/lignes/{ligne}")
async def resolve(request: Request, reference: str, ligne: str) -> Response:
    """Resolve a gap with a reason."""
    session = await team(request)
    form = await read_form(request, session)
    erreurs: Erreurs = {}
    given, motif, sinistre = form["resolution"], form["motif"], form["sinistre"]
    if given not in Resolution.__members__.values():
        erreurs[f"resolution-{ligne}"] = f"Ligne {ligne} : choisissez d’encaisser ou d’écarter."
    if not motif or len(motif) > MOTIF_MAX:
        erreurs[f"motif-{ligne}"] = f"Ligne {ligne} : dites pourquoi, en {MOTIF_MAX} caractères au plus."
    if sinistre and not re.fullmatch(REFERENCE, sinistre):
        erreurs[f"sinistre-{ligne}"] = f"Ligne {ligne} : ce n’est pas une référence de sinistre."
    status = 422
    if not erreurs:
        try:
            provenance = provenance_of(request, session)
            await in_thread(
                request,
                lambda recours: recours.bordereaux.resolve(
                    reference,
                    ligne,
                    provenance,
                    resolution=Resolution(given),
                    motif=motif,
                    sinistre=sinistre or None,
                ),
            )
            await caught_up(request)
            return redirect(f"{BORDEREAUX}/{reference}", fait="recours-resolution")
        except BordereauInconnu:
            raise
        except RecoursRefusal as refused:
            champ = f"sinistre-{ligne}" if isinstance(refused, Unknown) else ""
            erreurs, status = {champ: f"Ligne {ligne} : {refused}"}, 409
    await caught_up(request)
    return await _page(request, session, reference, form, erreurs, ligne=ligne, status=status)


def written(bordereau: Bordereau) -> str:
    """The lines as a file of our own format, whatever they were read from."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLONNES)
    for line in bordereau.lignes:
        euros = f"{line.montant // 100},{line.montant % 100:02d}"
        writer.writerow([line.ligne, line.sinistre, line.reference_paiement, line.date_encaissement.isoformat(), euros])
    return out.getvalue()


def _reference(form: Formulaire) -> Erreurs:
    if is_bordereau(form["reference"]):
        return {}
    return {"reference": "Donnez la référence du bordereau : 40 caractères au plus, parmi A-Z a-z 0-9 . _ -"}


async def _form(
    request: Request,
    session: Session,
    form: Formulaire,
    erreurs: Erreurs | None = None,
    *,
    fautes: Sequence[str] = (),
    status: int = 200,
) -> Response:
    liste = await in_thread(request, lambda recours: recours.liste_bordereaux(LISTED_MAX))
    return render(
        request,
        "recours_bordereaux.html",
        session=session,
        actif=BORDEREAUX,
        status=status,
        valeurs=form,
        fautes=fautes,
        bordereaux=liste.elements,
        colonnes=COLONNES,
        erreurs=erreurs or {},
    )


async def _page(
    request: Request,
    session: Session,
    reference: str,
    form: Formulaire,
    erreurs: Erreurs | None = None,
    *,
    ligne: str | None = None,
    status: int = 200,
) -> Response:
    """Raises BordereauInconnu."""
    vue = await in_thread(request, lambda recours: recours.bordereau(reference))
    if vue is None:
        raise BordereauInconnu
    asked = request.query_params.get("classe", "")
    classe = asked if asked in Classe.__members__.values() or asked == TOUTES else OUVERTES
    shown = [
        e for e in vue.elements if classe == "toutes" or (e.is_ouverte if classe == OUVERTES else e.classe == classe)
    ]
    if ligne is not None:
        # What was sent is shown first, wherever its line stands.
        shown.sort(key=lambda element: element.ligne != ligne)
    pages = max(1, -(-len(shown) // PER_PAGE))
    page = min(page_of(request), pages)
    return render(
        request,
        "recours_bordereau.html",
        session=session,
        actif=BORDEREAUX,
        status=status,
        vue=vue,
        classe=classe,
        elements=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(shown),
        page_no=page,
        pages=pages,
        valeurs=form,
        envoyee=ligne,
        encaissees=CLASSES_ENCAISSEES,
        erreurs=erreurs or {},
    )
