"""`erase`: what a person may ask about her own data."""

import re
import uuid
from typing import Annotated

import typer

from commands.ports import Provenance
from infra.bootstrap import Services
from infra.cli.console import number, say
from infra.cli.options import Data, services_of
from infra.effacement.effacements import Plan
from ledger.adherent.errors import EffacementRefuse, RaisonDeConserver
from ledger.adherent.events import BaseEffacement
from ledger.references import NUMERO_ADHERENT

ACTEUR = "cli:erase"

Numero = Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro d'adhérent.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "erase",
        epilog="Exemples :  decompte erase 00412345 --basis donnees_plus_necessaires --dry-run  ·  "
        "decompte erase 00412345 --basis donnees_plus_necessaires",
    )(erase)


def erase(
    numero: Numero,
    basis: Annotated[
        BaseEffacement,
        typer.Option("--basis", help="Fondement, RGPD art. 17.1, de a) à e) : pourquoi effacer."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Dire ce qui se passerait, sans rien changer ; code 1 si c'est refusé.")
    ] = False,
    data: Data = None,
) -> None:
    """Efface un adhérent : détruit sa clé et nettoie ce qui reste, si plus aucune raison légale ne court.

    Code 1 si c'est refusé : chaque raison est dite, avec ce qui y met fin et quand. Les montants et les dates restent.
    """
    if not re.fullmatch(NUMERO_ADHERENT, numero):
        raise typer.BadParameter("1 à 20 caractères parmi A-Z 0-9 -", param_hint="NUMERO")
    with services_of(data) as services:
        plan = services.effacements.plan(numero)
        if plan.raisons:
            _refuse(plan.raisons)
        if dry_run:
            _rehearse(plan)
            return
        _erase(services, numero, basis, plan)


def _erase(services: Services, numero: str, basis: BaseEffacement, plan: Plan) -> None:
    provenance = Provenance(actor=ACTEUR, trace_id=uuid.uuid4().hex)
    try:
        position = services.effacements.erase(numero, base=basis, provenance=provenance)
    except EffacementRefuse as refus:  # something came in between
        _refuse(refus.raisons)
        return
    if position is None:
        say(f"Effacée déjà le {plan.efface_le:%d/%m/%Y} ; ce qui était revenu depuis est nettoyé.")
    else:
        say(f"Effacée à la position {number(position)} : clé détruite. Montants, dates et références restent.")
    _say_rests(plan, "Nettoyés")
    say("Les sauvegardes d'avant contiennent encore sa clé : voir docs/privacy.md.")


def _rehearse(plan: Plan) -> None:
    if plan.efface_le is not None:
        say(f"Effacée déjà le {plan.efface_le:%d/%m/%Y}.")
    else:
        say("Rien ne s'y oppose : la clé serait détruite, et l'effacement enregistré.")
    _say_rests(plan, "À nettoyer")


def _say_rests(plan: Plan, begins: str) -> None:
    restes = plan.restes
    say(
        f"{begins} : {number(restes.documents)} documents, {number(restes.courriels)} courriels, "
        f"{number(restes.comptes)} accès, {number(restes.preferences)} réglages de notification, "
        f"{number(restes.jetons)} jetons, {number(restes.quarantaine)} messages en quarantaine."
    )


def _refuse(raisons: tuple[RaisonDeConserver, ...]) -> None:
    for raison in raisons:
        print(f"REFUS {raison}")
    say(f"Refusé : {number(len(raisons))} raison{'s' if len(raisons) > 1 else ''} de conserver.")
    raise typer.Exit(1)
