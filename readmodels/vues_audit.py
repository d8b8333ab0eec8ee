"""What auditors read: the journal's events, and the balance over all soins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EtatPersonnel(StrEnum):
    """What became of the personal part of an event."""

    AUCUN = "aucun"
    SCELLE = "scelle"
    OUVERT = "ouvert"
    DETRUIT = "detruit"
    ALTERE = "altere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenement:
    """A stored event. `faits` is as it was stored, in the shape of `version`.

    `is_intact`: its MAC is that of its columns. What an event that was altered no longer says is None.
    `personnel` is there when it was asked for and its key is; `etat_personnel` says which.
    """

    position: int
    enregistre_at: datetime
    flux: UUID
    rang: int
    topic: str
    version: int | None
    acteur: str | None
    trace: str | None
    sujet: UUID | None
    empreinte: str | None
    faits: dict[str, Any] | None
    etat_personnel: EtatPersonnel
    personnel: dict[str, Any] | None
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenementBrut:
    """An event with its stored columns: the state to the byte, as text, or in base64 where it is no UTF-8; its MAC."""

    evenement: Evenement
    etat: str | None
    etat_base64: str | None
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvenements:
    """A page of the journal. `examine`: up to which position it was looked through."""

    elements: tuple[Evenement, ...]
    examine: int
    suivant: str | None
