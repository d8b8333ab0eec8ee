"""Who a member is and how to reach her, as the ledger knows it: read when needed, kept nowhere else."""

from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore

from infra.journal.keyring import sealing_context
from infra.journal.mapper import unseal
from infra.journal.members import MemberKeys
from infra.mail.contents import CourrielInvalide, address
from infra.postgres.sql import statements
from ledger.adherent.events import AdherentPersonnel, AdherentRegistered
from ledger.registry import REGISTRY

AGE_ADULT = 18
HOLDER_CODE = "01"
"""How the feed names the holder among the people of her contract."""

_SQL = statements("infra.auth", "registre.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Personne:
    """One person of a contract who may have an access. `email` None: a letter is the only way."""

    prenom: str
    date_naissance: date
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiche:
    """A member's registration in force, and her token."""

    sujet: UUID
    numero: str
    registration: AdherentPersonnel

    def personne(self, beneficiaire: str | None, *, today: date) -> Personne | None:
        """The holder, or an adult beneficiary. The holder's e-mail is hers alone: it never reaches for another."""
        said = self.registration
        if beneficiaire is None:
            return Personne(prenom=said.prenom, date_naissance=said.date_naissance, email=_usable(said.email))
        for other in said.beneficiaires:
            if other.beneficiaire == beneficiaire and beneficiaire in self.adults(today=today):
                return Personne(prenom=other.prenom, date_naissance=other.date_naissance, email=None)
        return None

    def adults(self, *, today: date) -> frozenset[str]:
        """The beneficiaries of eighteen and more, the holder left out."""
        return frozenset(
            other.beneficiaire
            for other in self.registration.beneficiaires
            if other.beneficiaire != HOLDER_CODE and age(other.date_naissance, today) >= AGE_ADULT
        )


class Registre:
    """Reads registrations from the read rows."""

    def __init__(self, datastore: PostgresDatastore, members: MemberKeys) -> None:
        self._datastore = datastore
        self._members = members

    def read(self, numero: str) -> Fiche | None:
        """The registration in force; None for who was never registered, or whose key is destroyed.

        Raises KeyAltered, SealBroken.
        """
        sujet = self._members.find(numero)
        key = self._members.key(sujet) if sujet is not None else None
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["registrations"], {"sujet": sujet}).fetchall()
        if sujet is None or key is None or not rows:
            return None
        registered = []
        for row in rows:
            context = sealing_context(row["originator_id"], AdherentRegistered.topic)
            content = unseal(key, bytes(row["scelle"]), context)
            personal = cast(
                AdherentPersonnel, REGISTRY.read_personal(AdherentRegistered.topic, row["version"], content)
            )
            registered.append((row["date_effet"], personal.reference, row["emetteur"], personal))
        return Fiche(sujet=sujet, numero=numero, registration=max(registered, key=lambda r: r[:3])[3])


def age(date_naissance: date, today: date) -> int:
    """In whole years."""
    return today.year - date_naissance.year - ((today.month, today.day) < (date_naissance.month, date_naissance.day))


def _usable(email: str | None) -> str | None:
    """An address that can be written to, or none: the feed may carry anything."""
    try:
        return address(email) if email is not None else None
    except CourrielInvalide:
        return None
