"""`erase` and `donnees`: what a person may ask about her own data."""

import os
import re
import sys
import uuid
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from commands.ports import Provenance
from infra.auth.journal_acces import Regard
from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.cli.console import number, say
from infra.cli.options import Data, services_of
from infra.donnees.donnees import Personne, gather
from infra.effacement.effacements import NumeroInconnu, Plan
from ledger.adherent.errors import EffacementRefuse, RaisonDeConserver
from ledger.adherent.events import BaseEffacement
from ledger.references import NUMERO_ADHERENT
from readmodels.confidentialite import de_beneficiaire, masquer
from readmodels.donnees import Donnees
from readmodels.renderings.donnees_zip import fichier_json, fichier_zip

ACTEUR = "cli:erase"

Numero = Annotated[str, typer.Argument(metavar="NUMERO", help="Numéro d'adhérent.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "erase",
        epilog="Exemples :  decompte erase 00412345 --basis donnees_plus_necessaires --dry-run  ·  "
        "decompte erase 00412345 --basis donnees_plus_necessaires",
    )(erase)
    app.command(
        "donnees",
        epilog="Exemples :  decompte donnees 00412345 > donnees.json  ·  decompte donnees 00412345 --zip donnees.zip",
    )(donnees)


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


def donnees(
    numero: Numero,
    beneficiaire: Annotated[
        str | None, typer.Option("--beneficiaire", help="Code d'un bénéficiaire majeur : ses données à lui seul.")
    ] = None,
    fichier: Annotated[
        Path | None, typer.Option("--zip", metavar="FICHIER", help="Écrire un dossier ZIP, avec des CSV.")
    ] = None,
    data: Data = None,
) -> None:
    """Écrit ce que le grand livre sait d'une personne, en JSON, comme son espace le lui donnerait (RGPD, 15 et 20)."""
    with services_of(data) as services:
        services.projection_worker().catch_up()
        found = _gathered(services, numero, beneficiaire)
        if fichier is None:
            sys.stdout.write(msgspec.json.format(fichier_json(found).contenu, indent=2).decode() + "\n")
            return
        descriptor = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(fichier_zip(found).contenu)
    say(f"{fichier} : à remettre à la personne, et à elle seule.")


def _gathered(services: Services, numero: str, beneficiaire: str | None) -> Donnees:
    fiche = services.acces.registered(numero)
    sujet = services.members.find(numero)
    if sujet is None:
        raise NumeroInconnu("Aucun message enregistré ne nomme cet adhérent.")
    efface_le = services.effacements.efface_le(sujet)
    if efface_le is not None:
        raise typer.BadParameter(f"effacé le {efface_le:%d/%m/%Y}", param_hint="NUMERO")
    adults = fiche.adults(today=services.settings.today()) if fiche is not None else frozenset()
    if beneficiaire is not None and beneficiaire not in adults:
        raise typer.BadParameter("aucun bénéficiaire majeur à ce code", param_hint="--beneficiaire")
    regard = Regard("cli:donnees", Role.EXPLOITANT, services.keyring.numero_empreinte(numero), "donnees")
    services.journal_acces.write(regard, motif="demande de la personne (RGPD, art. 15 et 20)")
    [member] = services.recours.reads.members([sujet])
    masques = services.acces.masked_beneficiaires(numero) if beneficiaire is None else frozenset[str]()
    dossier = (
        masquer(member.dossier, masques) if beneficiaire is None else de_beneficiaire(member.dossier, beneficiaire)
    )
    personne = Personne(
        numero=numero,
        sujet=sujet,
        beneficiaire=beneficiaire,
        masques=masques,
        dossier=dossier,
        registration=fiche.registration if fiche is not None else None,
    )
    return gather(services, personne)


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
