"""Consents: recorded one after the other, with their date; the last one about an object holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor

from infra.auth.outils import Outils
from infra.auth.refus import ConsentementImpossible
from infra.auth.sessions import Consentement, Objet, Session
from infra.postgres.sql import statements

_SQL = statements("infra.auth", "consentements.sql")
Curseur = Cursor[Any]


class Consentements:
    """Who may decide what: the holder her paperless statements, an adult beneficiary whether the holder sees her acts.

    Read by member, not by account: a consent outlives the access that it was given by.
    """

    def __init__(self, outils: Outils) -> None:
        self._outils = outils

    def record(self, session: Session, objet: Objet, *, accorde: bool) -> Consentement:
        """Record one. The same again is recorded again. Raises ConsentementImpossible, SessionTerminee."""
        if objet not in objets_of(session) or session.sujet is None:
            raise ConsentementImpossible
        outils = self._outils
        with outils.transaction() as cursor:
            now = outils.clock()
            outils.locked(cursor, session, now=now)
            cursor.execute(
                _SQL["insert"],
                {
                    "sujet": session.sujet,
                    "beneficiaire": session.beneficiaire,
                    "objet": objet.value,
                    "accorde": accorde,
                    "acteur": session.actor,
                    "now": now,
                },
            )
        return Consentement(objet=objet, accorde=accorde, at=now)

    def in_force(self, session: Session) -> tuple[Consentement, ...]:
        """What this person last said about each object that is hers to decide."""
        said = self._last(session.sujet)
        found = []
        for objet in objets_of(session):
            row = said.get((session.beneficiaire, objet.value))
            accorde, at = (row["accorde"], row["at"]) if row is not None else (False, None)
            found.append(Consentement(objet=objet, accorde=accorde, at=at))
        return tuple(found)

    def masked(self, numero: str) -> frozenset[str]:
        """The adult beneficiaries who have not consented that the holder sees their acts."""
        fiche = self._outils.registre.read(numero)
        if fiche is None:
            return frozenset()
        said = self._last(fiche.sujet)
        return frozenset(
            beneficiaire
            for beneficiaire in fiche.adults(today=self._outils.today())
            if not said.get((beneficiaire, Objet.PARTAGE_TITULAIRE.value), _NEVER)["accorde"]
        )

    def paperless_since(self, sujet: UUID) -> datetime | None:
        """Since when the holder wants her statements without paper; None when she does not."""
        row = self._last(sujet).get((None, Objet.RELEVES_DEMATERIALISES.value), _NEVER)
        return row["at"] if row["accorde"] else None

    def _last(self, sujet: UUID | None) -> Mapping[tuple[str | None, str], Mapping[str, Any]]:
        with self._outils.datastore.get_connection() as connection:
            rows = connection.execute(_SQL["last"], {"sujet": sujet}).fetchall()
        return {(row["beneficiaire"], row["objet"]): row for row in rows}


_NEVER: Mapping[str, Any] = {"accorde": False, "at": None}


def objets_of(session: Session) -> tuple[Objet, ...]:
    """What this person may decide."""
    if session.is_house:
        return ()
    return (Objet.RELEVES_DEMATERIALISES,) if session.beneficiaire is None else (Objet.PARTAGE_TITULAIRE,)
