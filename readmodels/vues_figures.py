"""What an auditor reads of a figure: why it is what it is, and what made it another one. Amounts are cents."""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.calcul import BrancheDepense
from ledger.explication import Raison, Terme
from ledger.payeurs import Categorie, Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split
from readmodels.vues import DecompteReleve, Origine


@dataclass(frozen=True, slots=True, kw_only=True)
class PartVue:
    """A signed part of an amount: another amount (`terme`), or a payment line, with the position of its event."""

    montant: int
    terme: Terme | None
    position: int | None
    emetteur: str | None
    reference: str | None
    ligne: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MontantVue:
    """An amount of the soin, in words, and the parts that add up to it."""

    terme: Terme
    montant: int
    phrase: str
    parts: tuple[PartVue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnonceVue:
    """What one payer states that the soin cost: the smaller of `somme` and `plus_grande`; `retenue`: it was taken."""

    payeur: Payeur
    rang: int
    somme: int
    plus_grande: int
    montant: int
    retenue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegleVue:
    """Which branch of the rule gave the dépense, in words, and what each payer stated."""

    branche: BrancheDepense
    phrase: str
    annonces: tuple[AnnonceVue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteVue:
    """What a line adds to an amount."""

    terme: Terme
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisonVue:
    """Why a line, or the dépense that it states, does not count; in words too."""

    code: Raison
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneExpliquee:
    """A payment line about the soin, as received: its event, what it counts for, what of it does not count."""

    position: int
    enregistre_at: datetime
    emetteur: str
    reference: str
    ligne: str
    payeur: Payeur
    rang: int
    date_paiement: date
    soin: str
    soin_imputation: str
    nature: Nature
    beneficiaire: str
    date_soin: date
    acte: str | None
    libelle: str | None
    quantite: int | None
    depense: int | None
    base: int | None
    montant: int
    ligne_origine: Origine | None
    pour_compte_de: PourCompteDe | None
    motif: str | None
    compte_pour: tuple[CompteVue, ...]
    ne_compte_pas: tuple[RaisonVue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSoin:
    """What corrected a décompte about the soin: an annulation, or a décompte whose line names one of its lines."""

    position: int
    emetteur: str
    reference: str
    date: date
    motif: str | None
    decompte_emetteur: str
    decompte_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeSoin:
    """One event about the soin: what it brought (`montant` on this soin; None of an annulation), and the split before
    and after it."""

    position: int
    enregistre_at: datetime
    evenement: str
    emetteur: str
    reference: str
    date: date
    montant: int | None
    motif: str | None
    avant: Split
    apres: Split
    etat: Etat | None
    anomalies: tuple[Anomalie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinExplique:
    """Why the figures of one soin are what they are. `etat` is None when every décompte about it is cancelled."""

    numero_adherent: str
    soin: str
    position: int
    date_soin: date | None
    beneficiaire: str | None
    acte: str | None
    libelle: str | None
    categorie: Categorie | None
    split: Split
    etat: Etat | None
    anomalies: tuple[Anomalie, ...]
    regle: RegleVue
    montants: tuple[MontantVue, ...]
    lignes: tuple[LigneExpliquee, ...]
    corrections: tuple[CorrectionSoin, ...]
    etapes: tuple[EtapeSoin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenementAdherent:
    """An event of the member between the two moments; `montant` is the total of a décompte."""

    position: int
    enregistre_at: datetime
    evenement: str
    emetteur: str
    reference: str
    date: date
    montant: int | None
    motif: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteApparu:
    """A décompte that the earlier statement did not have, and the position of its event."""

    position: int
    decompte: DecompteReleve


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteAnnule:
    """A décompte in force then, cancelled now: by which annulation."""

    emetteur: str
    reference: str
    montant: int
    motif: str | None
    position: int
    annulation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampChange:
    """A figure, état or name that changed, as a person reads JSON: its field, before, after."""

    champ: str
    avant: str | None
    apres: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneChangee:
    """A line of a décompte that both statements have: what changed, and the events that may have changed it."""

    emetteur: str
    reference: str
    soin: str
    libelle: str | None
    champs: tuple[ChampChange, ...]
    evenements: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What makes the statement of a year at `a` another one than at `de` (positions, `de` the earlier)."""

    numero_adherent: str
    annee: int
    de: int
    a: int
    totaux_avant: Split
    totaux_apres: Split
    apparus: tuple[DecompteApparu, ...]
    annules: tuple[DecompteAnnule, ...]
    lignes: tuple[LigneChangee, ...]
    evenements: tuple[EvenementAdherent, ...]
