"""A person's data, gathered: her dossier as she may see it, and what other tables keep of her. Blocks: for a thread."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from infra.auth.journal_acces import Question
from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.postgres.sql import statements
from ledger.adherent.events import AdherentPersonnel
from ledger.dossier import Dossier
from readmodels.donnees import (
    FORMAT,
    ConsentementDonnees,
    ConsultationDonnees,
    Donnees,
    NotificationsDonnees,
    annulations_of,
    declarations_of,
    decomptes_of,
    personnes_of,
    soins_of,
)
from readmodels.suivi import suivis

CONSULTATIONS_MAX = 10_000
"""How many looks are told, the latest: a year of them."""

CATEGORIES = {
    Role.ADHERENT.value: "un accès de votre contrat",
    Role.PORTAIL.value: "le portail de la mutuelle, pour vous",
    Role.AUDITEUR.value: "un auditeur de la mutuelle",
    Role.ASSIA.value: "l'équipe Assia, pour un sinistre",
    Role.EXPLOITANT.value: "un exploitant du service",
}
"""Who looked, as she is told: never which person."""

_SQL = statements("infra.donnees", "donnees.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Personne:
    """Whose data: of a contract (`beneficiaire` None) less what `masques` keep, or of one adult of it.

    `dossier` is already what this person may see.
    """

    numero: str
    sujet: UUID
    beneficiaire: str | None
    masques: frozenset[str]
    dossier: Dossier
    registration: AdherentPersonnel | None


def gather(services: Services, personne: Personne) -> Donnees:
    """Everything. Raises KeyAltered, SealBroken."""
    [member] = services.recours.reads.members([personne.sujet])
    sinistres = suivis(member.sinistres, personne.dossier, beneficiaire=personne.beneficiaire, masques=personne.masques)
    shown = frozenset(s.reference for s in sinistres)
    preference = services.preferences.get(personne.sujet, personne.beneficiaire)
    return Donnees(
        format=FORMAT,
        exporte_at=datetime.now(UTC),
        numero_adherent=personne.numero,
        beneficiaire=personne.beneficiaire,
        personnes=personnes_of(personne.registration, personne.beneficiaire),
        decomptes=decomptes_of(personne.dossier),
        soins=soins_of(personne.dossier),
        annulations=annulations_of(personne.dossier),
        sinistres=sinistres,
        declarations=declarations_of(member.sinistres, shown),
        consentements=_consentements(services, personne),
        # Looks are at the contract: an adult of it is not told who looked at the others.
        consultations=_consultations(services, personne.sujet) if personne.beneficiaire is None else (),
        notifications=NotificationsDonnees(frequence=preference.frequence.value, choisi_at=preference.choisi_at),
    )


def _consentements(services: Services, personne: Personne) -> tuple[ConsentementDonnees, ...]:
    parameters = {"sujet": personne.sujet, "beneficiaire": personne.beneficiaire}
    with services.datastore.get_connection() as connection:
        rows = connection.execute(_SQL["consentements"], parameters).fetchall()
    return tuple(ConsentementDonnees(**row | {"at": row["at"].astimezone(UTC)}) for row in rows)


def _consultations(services: Services, sujet: UUID) -> tuple[ConsultationDonnees, ...]:
    found = services.journal_acces.page(Question(sujet=sujet), avant=None, limit=CONSULTATIONS_MAX)
    return tuple(
        ConsultationDonnees(
            at=ligne.at.astimezone(UTC),
            categorie=CATEGORIES.get(ligne.role, "un autre accès"),
            quoi=ligne.action,
            nombre=ligne.nombre,
        )
        for ligne in found
    )
