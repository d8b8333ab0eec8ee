"""The answers that are about messages, as the contract fixes them; those that people read are in `readmodels`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from infra.intake.flow import RejetLigne
from infra.notifications.frequences import Frequence
from infra.observation.etat import RetardProjection


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePris:
    """A message that is recorded; its position is None in a dry run."""

    statut: Literal["enregistre", "deja_enregistre", "en_attente"]
    emetteur: str
    reference: str
    position: int | None
    annule: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxPris:
    """What became of the messages of a feed: `recus` is the sum of the four outcomes."""

    recus: int
    enregistres: int
    deja_enregistres: int
    en_attente: int
    en_quarantaine: int
    position: int
    rejets: tuple[RejetLigne, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErreurMessage:
    """One fault of a message, at its JSON pointer."""

    chemin: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEnQuarantaine:
    """A refused message. Exactly one of `message` (UTF-8) and `message_base64` (anything else) is not None."""

    id: UUID
    code: str
    detail: str
    erreurs: tuple[ErreurMessage, ...]
    differences: tuple[str, ...]
    recu_at: datetime
    dernier_recu_at: datetime
    origine: str
    ligne: int | None
    nombre: int
    message: str | None
    message_base64: str | None
    rejoue_at: datetime | None
    rejoue_par: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuarantaine:
    """A page of the quarantine, newest first; `suivant` is the cursor of the next page, None at the end."""

    elements: tuple[MessageEnQuarantaine, ...]
    suivant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What an access chose; `beneficiaire` None is the holder's. `choisi_at` None: she never chose."""

    frequence: Frequence
    beneficiaire: str | None
    joignable: bool
    choisi_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vivant:
    """The process answers."""

    statut: Literal["vivant"] = "vivant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pret:
    """Whether the service can answer: the database is reached and its migrations are those of this release."""

    statut: Literal["pret", "indisponible"]
    base: Literal["disponible", "indisponible"]
    migrations: Literal["a_jour", "a_appliquer", "inconnues"] | None
    projections: tuple[RetardProjection, ...]
