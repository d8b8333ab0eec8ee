"""A member's file at a day: the statement as known then, why an amount, what changed between days, and the proof."""

import re
from dataclasses import dataclass
from functools import partial

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.http.context import context_of
from infra.http.exports import once_sealed
from infra.http.problems import Problem
from infra.portal.audit_equipe import ADRESSE, auditor
from infra.portal.audit_moments import Vu, asked_moment, read_vu
from infra.portal.erreurs import PageRoute
from infra.portal.pages import HEADERS, render
from infra.preuve.evenements import NAME as EVENEMENTS
from infra.preuve.statements import prove_statement
from ledger.repartition import Etat
from readmodels.differences import differences
from readmodels.explication import soin_explique
from readmodels.explication_mots import TERMES
from readmodels.pieces import pieces_of
from readmodels.releve import releve
from readmodels.renderings.labels_fr import COLONNES
from readmodels.renderings.montants_fr import euros
from readmodels.vues_figures import LigneChangee

router = APIRouter(prefix=f"{ADRESSE}/adherents/{{numero}}", include_in_schema=False, route_class=PageRoute)

_ANNEE = re.compile(r"(?:19|20|21)[0-9]{2}")
_NAME = re.compile(r"(releve|preuve)-((?:19|20|21)[0-9]{2})\.json")
_AMOUNTS = frozenset(COLONNES) | {"montant"}
CHAMPS = {
    **COLONNES,
    "montant": "Payé par ce décompte",
    "date_soin": "Date du soin",
    "beneficiaire": "Bénéficiaire",
    "acte": "Acte",
    "libelle": "Libellé",
    "categorie": "Catégorie",
    "etat": "État",
    "anomalies": "Remarques",
    "soin": "Soin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changement:
    """One field of a line that changed, in words."""

    nom: str
    avant: str
    apres: str


@router.get("/releve")
async def show_releve(request: Request, numero: str) -> Response:
    """The statement of a year as known at a moment."""
    session = await auditor(request)
    vu = await read_vu(request, session, numero, "releve")
    annee = _annee(request, vu)
    view = releve(vu.dossier, numero_adherent=numero, annee=annee)
    return render(
        request,
        "audit_releve.html",
        session=session,
        vu=vu,
        annee=annee,
        annees=_annees(vu),
        view=view,
        pieces=pieces_of(vu.dossier, view),
        is_provisoire=any(ligne.etat is Etat.PROVISOIRE for d in view.decomptes for ligne in d.lignes),
        erreurs={"au": vu.erreur} if vu.erreur else {},
    )


@router.get("/soins/{soin}")
async def show_soin(request: Request, numero: str, soin: str) -> Response:
    """Why the amounts of a soin are what they are, or were."""
    session = await auditor(request)
    vu = await read_vu(request, session, numero, "soin")
    view = soin_explique(vu.dossier, soin, numero_adherent=numero)
    if view is None:
        raise Problem("ressource_inconnue")
    return render(
        request,
        "audit_soin.html",
        session=session,
        vu=vu,
        view=view,
        termes=TERMES,
        erreurs={"au": vu.erreur} if vu.erreur else {},
    )


@router.get("/differences")
async def show_differences(request: Request, numero: str) -> Response:
    """What changed in a statement between two moments."""
    session = await auditor(request)
    vu = await read_vu(request, session, numero, "differences")
    de, first, wrong_first = await asked_moment(request, "de")
    a, second, wrong_second = await asked_moment(request, "a")
    erreurs = {name: said for name, said in (("de", wrong_first), ("a", wrong_second)) if said}
    annee = _annee(request, vu)
    view = None
    if de and not erreurs:
        if first.position > second.position:
            erreurs["de"] = "Le premier moment doit précéder le second."
        else:
            member = await context_of(request).members.read(numero, au=second.position)
            upto = second.position if second.is_past else member.projected
            view = differences(member.dossier, numero_adherent=numero, annee=annee, de=first.position, a=upto)
    return render(
        request,
        "audit_differences.html",
        session=session,
        vu=vu,
        de=de,
        a=a,
        annee=annee,
        annees=_annees(vu),
        view=view,
        changements={id(ligne): _changes(ligne) for ligne in view.lignes} if view is not None else {},
        cle=id,
        status=422 if erreurs else 200,
        erreurs=erreurs,
    )


@router.get("/telecharger/{name}")
async def download(request: Request, numero: str, name: str) -> Response:
    """The statement as known at a moment, as JSON, alone or with its proof."""
    session = await auditor(request)
    match = _NAME.fullmatch(name)
    if match is None:
        raise Problem("ressource_inconnue")
    kind, annee = match[1], int(match[2])
    vu = await read_vu(request, session, numero, kind)
    if vu.erreur or not vu.is_known:
        raise Problem("ressource_inconnue")
    if kind == "releve":
        content = msgspec.json.encode(releve(vu.dossier, numero_adherent=numero, annee=annee))
    else:
        content = await _proven(request, vu, annee)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)


async def _proven(request: Request, vu: Vu, annee: int) -> bytes:
    context = context_of(request)
    log = context.proofs.log(EVENEMENTS)
    if log is None:
        raise Problem("ressource_inconnue")
    numero = vu.numero
    prove = partial(prove_statement, context.proofs, log, vu.dossier, numero_adherent=numero, annee=annee, taille=None)
    return await once_sealed(context, prove)


def _annee(request: Request, vu: Vu) -> int:
    """The year asked for; without one, the last that she has a payment in."""
    given = request.query_params.get("annee", "")
    return int(given) if _ANNEE.fullmatch(given) else max(_annees(vu), default=vu.moment.today.year)


def _annees(vu: Vu) -> list[int]:
    return sorted({d.faits.date_paiement.year for d in vu.dossier.decomptes.values()}, reverse=True)


def _changes(ligne: LigneChangee) -> list[Changement]:
    def said(champ: str, value: str | None) -> str:
        if value is None:
            return "absent"
        return euros(int(value)) if champ in _AMOUNTS else value

    return [
        Changement(nom=CHAMPS[c.champ], avant=said(c.champ, c.avant), apres=said(c.champ, c.apres))
        for c in ligne.champs
    ]
