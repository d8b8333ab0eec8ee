"""Declarations kept in memory, with the promise of the real port: the same key again records nothing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from infra.auth.sessions import Session
from infra.portal.sinistres import DeclarationSinistre, SuiviSinistre


class SinistresInMemory:
    """Where the pages' tests declare accidents."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.declared: dict[tuple[UUID | None, str], DeclarationSinistre] = {}

    def declare_sinistre(self, session: Session, declaration: DeclarationSinistre, *, cle: str) -> str:
        """Keep it once; answer its reference."""
        self.declared.setdefault((session.sujet, cle), declaration)
        return self._reference((session.sujet, cle))

    def suivi(self, session: Session) -> Sequence[SuiviSinistre]:
        """Those of this member, newest first."""
        return [
            SuiviSinistre(
                reference=self._reference(key),
                declare_le=self._today,
                date_accident=declaration.date_accident,
                beneficiaire=declaration.beneficiaire,
                etat="Reçue",
            )
            for key, declaration in reversed(self.declared.items())
            if key[0] == session.sujet
        ]

    def _reference(self, key: tuple[UUID | None, str]) -> str:
        return f"SIN-{list(self.declared).index(key) + 1}"
