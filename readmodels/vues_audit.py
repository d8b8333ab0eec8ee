"""What auditors read: the journal's events, and the balance over all soins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from ledger.payeurs import Payeur
from ledger.repartition import Anomalie, Split


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MoisDeSoin:
    """What the soins of one month of care cost and who bore it, in cents; each soin once."""

    mois: str
    soins: int
    depense: int
    regime_obligatoire: int
    smi: int
    autre_mutuelle: int
    reste_a_charge: int
    trop_percu: int
    indemnise_par_tiers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoisDePaiement:
    """What each payer paid in one month, by payment date, less what it took back, in cents."""

    mois: str
    regime_obligatoire: int
    smi: int
    autre_mutuelle: int
    recours_tiers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeurBalance:
    """The décomptes in force of one payer: how many, how many lines, the sum of their amounts in cents."""

    payeur: Payeur
    decomptes: int
    lignes: int
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recouvrements:
    """What third parties paid, by for whom, in cents. It changes no figure of the soins."""

    regime_obligatoire: int
    smi: int
    autre_mutuelle: int
    victime: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NombreAnomalie:
    """How often an anomaly was found."""

    code: Anomalie
    nombre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceGenerale:
    """The trial balance over all soins, as known at `position`.

    `ecart_invariant` is `depense − (regime_obligatoire + smi + autre_mutuelle − trop_percu + reste_a_charge)`, and
    `ecart_paiements` the largest difference between a payer's sum over soins and over months of payment: both are 0.
    """

    position: int
    enregistre_at: datetime | None
    adherents: int
    decomptes: int
    decomptes_annules: int
    annulations: int
    soins: int
    soins_provisoires: int
    total: Split
    ecart_invariant: int
    ecart_paiements: int
    par_payeur: tuple[PayeurBalance, ...]
    par_mois_de_soin: tuple[MoisDeSoin, ...]
    par_mois_de_paiement: tuple[MoisDePaiement, ...]
    recouvrements: Recouvrements
    anomalies: tuple[NombreAnomalie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegardConsigne:
    """A look at a member. `rang` is its place in the access log, and in its proof log.

    `sujet` is None when nobody was looked at, or the number was nobody's; `motif` is None when none was said, or, with
    `motif_perdu`, when the member was forgotten since. `nombre`: how many equal looks it stands for.
    """

    rang: int
    at: datetime
    acteur: str
    role: str
    sujet: UUID | None
    action: str
    motif: str | None
    motif_perdu: bool
    nombre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRegards:
    """A page of the access log, the newest first."""

    elements: tuple[RegardConsigne, ...]
    suivant: str | None
