"""Declare a sinistre for a member: from what she told the team, or from what the detection proposes."""

import re
import secrets
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from commands.sinistre.declare import DeclareSinistre
from infra.auth.sessions import Session
from infra.portal.attente import caught_up
from infra.portal.declaration import BLESSURES_MAX, CIRCONSTANCES, CIRCONSTANCES_MAX, CONTRAT_MAX, LIEU_MAX, NOM_MAX
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import redirect, render
from infra.portal.recours_equipe import (
    ADRESSE,
    in_thread,
    name_of,
    provenance_of,
    registration_of,
    team,
    today_of,
)
from infra.portal.regards import look, whom_and_why
from infra.recours.lectures import MembreRecours
from ledger.recours.errors import RecoursRefusal
from ledger.references import REFERENCE
from ledger.sinistre.decision import SOINS_MAX
from ledger.sinistre.etats import Circonstance, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels.soins_rattachables import suggestions

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)

_REFERENCE_SINISTRE = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
_SOIN = re.compile(REFERENCE)
_CLE = re.compile("[A-Za-z0-9_-]{8,64}")
_ORIGINES = {"assia": OrigineSinistre.ASSIA, "detection": OrigineSinistre.DETECTION}
INCONNU = "Aucun adhérent n’est connu à ce numéro. Vérifiez-le."


@router.get("/declarer")
async def show_recherche(request: Request) -> Response:
    """Whom, and why: what the access log keeps of the look."""
    session = await team(request)
    return _search(request, session, Formulaire())


@router.post("/adherent")
async def show_adherent(request: Request) -> Response:
    """Her sinistres, what the detection proposes, and the form of a declaration, filled in from a suggestion."""
    session = await team(request)
    form = await read_form(request, session)
    erreurs = whom_and_why(form)
    if erreurs:
        return _search(request, session, form, erreurs, status=422)
    filled = {"cle": secrets.token_urlsafe(16), "origine": form["origine"] if form["origine"] in _ORIGINES else "assia"}
    kept = [(name, value) for name in form for value in form.getall(name) if name not in filled]
    return await _page(request, session, Formulaire([*kept, *filled.items()]))


@router.post("/declarer")
async def declare(request: Request) -> Response:
    """Record the declaration; sent twice, it is recorded once."""
    session = await team(request)
    form = await read_form(request, session)
    if whom_and_why(form):
        return _search(request, session, form, whom_and_why(form), status=422)
    command, erreurs = read_declaration(form, today=today_of(request))
    if command is not None and await in_thread(request, lambda recours: recours.member(form["numero"])) is None:
        return _search(request, session, form, {"numero": INCONNU}, status=422)
    if command is not None:
        try:
            provenance = provenance_of(request, session)
            taken = await in_thread(request, lambda recours: recours.declarations.handle(command, provenance))
            await caught_up(request)
            return redirect(f"{ADRESSE}/sinistres/{taken.reference}", fait="recours-declaration")
        except RecoursRefusal as refused:
            erreurs = {"": str(refused)}
    return await _page(request, session, form, erreurs, status=409 if command else 422)


def read_declaration(form: Formulaire, *, today: date) -> tuple[DeclareSinistre | None, Erreurs]:
    """The declaration of a form, or what is wrong with it, in the order of the page."""
    erreurs: Erreurs = {}
    if not re.fullmatch("[A-Za-z0-9]{1,4}", form["beneficiaire"]):
        erreurs["beneficiaire"] = "Choisissez la personne accidentée."
    jour = form.jour("accident")
    if jour is None:
        erreurs["accident"] = "Saisissez la date de l’accident, par exemple 14 / 3 / 2026."
    elif jour > today:
        erreurs["accident"] = "La date de l’accident est dans l’avenir. Vérifiez-la."
    if form["circonstance"] not in Circonstance.__members__.values():
        erreurs["circonstance"] = "Choisissez ce qui s’est passé."
    longest = {"lieu": LIEU_MAX, "recit": CIRCONSTANCES_MAX, "blessures": BLESSURES_MAX, "tiers_nom": NOM_MAX}
    for name, most in {**longest, "assureur": NOM_MAX, "contrat": CONTRAT_MAX}.items():
        if len(form[name]) > most:
            erreurs[name] = f"{most} caractères au plus : vous en avez saisi {len(form[name])}."
    if (form["assureur"] or form["contrat"]) and not form["tiers_nom"]:
        erreurs["tiers_nom"] = "Donnez aussi le nom du responsable."
    if form["reference"] and not _REFERENCE_SINISTRE.fullmatch(form["reference"]):
        erreurs["reference"] = "48 caractères au plus, parmi A-Z a-z 0-9 . _ -"
    soins = tuple(dict.fromkeys(form.getall("soins")))
    if len(soins) > SOINS_MAX or not all(_SOIN.fullmatch(soin) for soin in soins):
        erreurs["soins"] = f"Un sinistre a {SOINS_MAX} soins au plus."
    if not _CLE.fullmatch(form["cle"]):
        erreurs[""] = "Cette page est incomplète. Rechargez-la et recommencez."
    if erreurs or jour is None:
        return None, erreurs
    tiers = TiersResponsable(nom=form["tiers_nom"], assureur=form["assureur"] or None, contrat=form["contrat"] or None)
    command = DeclareSinistre(
        numero_adherent=form["numero"],
        cle=form["cle"],
        origine=_ORIGINES.get(form["origine"], OrigineSinistre.ASSIA),
        le=today,
        beneficiaire=form["beneficiaire"],
        date_accident=jour,
        circonstance=Circonstance(form["circonstance"]),
        lieu=form["lieu"] or None,
        recit=form["recit"] or None,
        blessures=form["blessures"] or None,
        tiers=tiers if form["tiers_nom"] else None,
        soins=soins,
        reference=form["reference"] or None,
    )
    return command, {}


def _search(
    request: Request, session: Session, form: Formulaire, erreurs: Erreurs | None = None, *, status: int = 200
) -> Response:
    return render(
        request,
        "recours_adherent_recherche.html",
        session=session,
        actif=f"{ADRESSE}/declarer",
        status=status,
        valeurs=form,
        erreurs=erreurs or {},
    )


async def _page(
    request: Request, session: Session, form: Formulaire, erreurs: Erreurs | None = None, *, status: int = 200
) -> Response:
    """The member, once the look is written."""
    numero = form["numero"]
    await look(request, session, numero, "suggestions", form["motif"])
    member: MembreRecours | None = await in_thread(request, lambda recours: recours.member(numero))
    if member is None:
        return _search(request, session, form, {"numero": INCONNU}, status=422)
    registration = await registration_of(request, numero)
    codes = {"01", *(soin.repartition.beneficiaire for soin in member.dossier.soins.values())}
    if registration is not None:
        codes |= {b.beneficiaire for b in registration.beneficiaires}
    return render(
        request,
        "recours_adherent.html",
        session=session,
        actif=f"{ADRESSE}/declarer",
        status=status,
        valeurs=form,
        nom=name_of(registration, "01"),
        sinistres=[connu.sinistre for connu in reversed(member.sinistres)],
        suggestions=suggestions(member.dossier, member.sinistres),
        soins={name: soin.repartition for name, soin in member.dossier.soins.items()},
        choisis=[soin for soin in form.getall("soins") if soin in member.dossier.soins],
        noms={code: name_of(registration, code) for code in codes},
        personnes=[{"valeur": c, "nom": name_of(registration, c), "aide": None} for c in sorted(codes)],
        circonstances=[{"valeur": c.value, "nom": nom, "aide": None} for c, nom in CIRCONSTANCES.items()],
        erreurs=erreurs or {},
    )
