"""What each access chose, and the addresses on file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor

from infra.journal.members import MemberKeys
from infra.mail.contents import CourrielInvalide, address
from infra.notifications.frequences import Frequence, last_end
from infra.postgres.sql import statements
from infra.reads.dossiers import read_member
from ledger.adherent.events import AdherentPersonnel

TITULAIRE = ""
"""How the table names the holder's own access."""

_SQL = statements("infra.notifications", "preferences.sql")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What an access chose, and when; None: it never did. `is_joignable`: there is an address to write to."""

    frequence: Frequence
    choisi_at: datetime | None
    is_joignable: bool


class BeneficiaireInconnu(Exception):
    """The contract of this member covers nobody under this code."""


class Preferences:
    """Where accesses say what they want to be told. Without a choice: nothing."""

    def __init__(self, datastore: PostgresDatastore, members: MemberKeys) -> None:
        self._datastore = datastore
        self._members = members

    def get(self, sujet: UUID, beneficiaire: str | None = None) -> Preference:
        """What an access chose; None is the holder's. Raises KeyAltered, SealBroken."""
        with self._datastore.transaction(commit=False) as cursor:
            return self._get(cursor, sujet, beneficiaire)

    def choose(self, sujet: UUID, beneficiaire: str | None, frequence: Frequence) -> Preference:
        """Note a choice; what was recorded before it is not announced.

        Raises BeneficiaireInconnu, KeyAltered, SealBroken.
        """
        with self._datastore.transaction(commit=True) as cursor:
            if beneficiaire is not None and self._get(cursor, sujet, beneficiaire).choisi_at is None:
                registration = self._registrations(cursor, [sujet]).get(sujet)
                covered = registration.beneficiaires if registration is not None else ()
                if beneficiaire not in {person.beneficiaire for person in covered}:
                    raise BeneficiaireInconnu
            cursor.execute(
                _SQL["choose"],
                {
                    "sujet": sujet,
                    "beneficiaire": beneficiaire or TITULAIRE,
                    "frequence": frequence.value,
                    "resume_fin": last_end(frequence, datetime.now(UTC)),
                },
            )
            return self._get(cursor, sujet, beneficiaire)

    def addresses(self, cursor: Cursor[Any], sujets: Iterable[UUID]) -> dict[UUID, str]:
        """The address of each holder, from the registration in force; those without a usable one are left out.

        It is the holder's alone: nothing that concerns another person's access goes there.
        """
        found = {}
        for sujet, registration in self._registrations(cursor, sujets).items():
            if registration.email is None:
                continue
            try:
                found[sujet] = address(registration.email)
            except CourrielInvalide:
                log.warning("adresse_inutilisable", sujet=str(sujet))
        return found

    def _registrations(self, cursor: Cursor[Any], sujets: Iterable[UUID]) -> dict[UUID, AdherentPersonnel]:
        """The registration in force of each member; those whose key is destroyed are left out."""
        sujets = list(set(sujets))
        rows = cursor.execute(_SQL["registrations"], {"sujets": sujets}).fetchall() if sujets else []
        keys = self._members.keys(sujets) if rows else {}
        found = {}
        for sujet, own in groupby(rows, key=lambda row: row["sujet"]):
            registration = read_member(own, keys.get(sujet)).registration
            if registration is not None:
                found[sujet] = registration
        return found

    def _get(self, cursor: Cursor[Any], sujet: UUID, beneficiaire: str | None) -> Preference:
        parameters = {"sujet": sujet, "beneficiaire": beneficiaire or TITULAIRE}
        row = cursor.execute(_SQL["of_access"], parameters).fetchone()
        return Preference(
            frequence=Frequence(row["frequence"]) if row else Frequence.AUCUNE,
            choisi_at=row["choisi_at"] if row else None,
            is_joignable=beneficiaire is None and bool(self.addresses(cursor, [sujet])),
        )
