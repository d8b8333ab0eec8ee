"""What a declaration of an accident caused by somebody else is: its fields, what is admitted, where it goes.

The page knows this port alone. The ledger's own event, its command and its read model are behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from infra.auth.sessions import Session


class Circonstance(StrEnum):
    """What kind of accident it was."""

    CIRCULATION = "circulation"
    TRAVAIL = "travail"
    AGRESSION = "agression"
    ANIMAL = "animal"
    SPORT = "sport"
    MEDICAL = "medical"
    AUTRE = "autre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Who caused it, as far as the member knows."""

    nom: str
    assureur: str | None
    contrat: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationSinistre:
    """A declaration as the member made it. `tiers` is None when she does not know who caused it."""

    beneficiaire: str
    date_accident: date
    circonstance: Circonstance
    lieu: str
    recit: str
    blessures: str
    tiers: Tiers | None
    soins: tuple[str, ...]
    """The soins that she says are concerned, by their number; the team completes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiviSinistre:
    """Where a declaration stands, as its member reads it. `etat` is a sentence's end: « reçue », « transmise… »."""

    reference: str
    declare_le: date
    date_accident: date
    beneficiaire: str
    etat: str


class SinistreRefuse(Exception):
    """The ledger does not take this declaration; the message says why, in French."""


class Sinistres(Protocol):
    """Where declarations go. Synchronous: called in a thread."""

    def declare_sinistre(self, session: Session, declaration: DeclarationSinistre, *, cle: str) -> str:
        """Record a declaration; returns its reference. The same `cle` again records nothing and answers the same.

        Raises SinistreRefuse.
        """

    def suivi(self, session: Session) -> Sequence[SuiviSinistre]:
        """The declarations of this member, newest first."""
