"""The answers that people read, as the contract fixes them: amounts in cents, days as dates.

Plain frozen dataclasses: the HTTP documentation, the rendered bytes and the exports all come from these.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneReleve:
    """One soin of a décompte: what this décompte paid for it (`montant`), and the whole split as known now.

    `autre_mutuelle` is None where the statement never showed that column: décomptes paid before 2023-02-15.
    `acte` and `libelle` are None when no payer named the care, or when the member's data has been erased.
    """

    soin: str
    date_soin: date
    beneficiaire: str
    acte: str | None
    libelle: str | None
    categorie: Categorie
    montant: int
    depense: int
    base: int | None
    regime_obligatoire: int
    smi: int
    autre_mutuelle: int | None
    reste_a_charge: int
    trop_percu: int
    indemnise_par_tiers: int
    etat: Etat
    anomalies: tuple[Anomalie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecompteReleve:
    """One décompte of a statement. A cancelled one stays, says so, and counts for nothing."""

    emetteur: str
    organisme: str
    reference: str
    payeur: Payeur
    date_paiement: date
    destinataire: Destinataire
    montant: int
    annule: bool
    motif_annulation: str | None
    lignes: tuple[LigneReleve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Releve:
    """The statement of a civil year, by payment date; `totaux` counts each soin once."""

    numero_adherent: str
    annee: int
    position: int
    totaux: Split
    decomptes: tuple[DecompteReleve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCategorie(Split):
    """The split of one category."""

    categorie: Categorie


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMois(Split):
    """The split of one month of care, `YYYY-MM`."""

    mois: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBeneficiaire(Split):
    """The split of one beneficiary."""

    beneficiaire: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalieSoin:
    """What looks wrong, and on which soin; `soin` is None when it concerns the member as a whole."""

    code: Anomalie
    soin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResteACharge:
    """The reste à charge of a civil year of care, each soin once."""

    annee: int
    position: int
    total: Split
    par_categorie: tuple[PartCategorie, ...]
    par_mois: tuple[PartMois, ...]
    par_beneficiaire: tuple[PartBeneficiaire, ...]
    anomalies: tuple[AnomalieSoin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paiement:
    """One payment at a glance."""

    emetteur: str
    reference: str
    date_paiement: date
    payeur: Payeur
    montant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalAnnee:
    """The whole split of a civil year of care."""

    annee: int
    total: Split


@dataclass(frozen=True, slots=True, kw_only=True)
class SoinEnAttente(Split):
    """A soin of the two years whose figures are not final."""

    soin: str
    date_soin: date
    beneficiaire: str
    acte: str | None
    libelle: str | None
    categorie: Categorie
    etat: Etat
    anomalies: tuple[Anomalie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accueil:
    """Home: the latest payments, what is left to the member this year and last, what is pending."""

    derniers_paiements: tuple[Paiement, ...]
    reste_a_charge: tuple[TotalAnnee, ...]
    en_attente: tuple[SoinEnAttente, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorieComparee:
    """One category over the two years, the earlier first."""

    categorie: Categorie
    annees: tuple[Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparatif:
    """The two years side by side, by year of care."""

    annees: tuple[int, ...]
    par_categorie: tuple[CategorieComparee, ...]
    total: tuple[Split, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origine:
    """The payment line that a correction or a deferred deduction refers to."""

    emetteur: str
    reference: str
    ligne: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LignePaiement:
    """A payment line as received, and the soin on which it counts."""

    ligne: str
    soin: str
    soin_imputation: str
    nature: Nature
    beneficiaire: str
    date_soin: date
    acte: str | None
    libelle: str | None
    categorie: Categorie | None
    quantite: int | None
    depense: int | None
    base: int | None
    taux_pb: int | None
    montant: int
    ligne_origine: Origine | None
    motif: str | None
    pour_compte_de: PourCompteDe | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An annulation, or a décompte whose lines correct or defer a line of this one."""

    emetteur: str
    reference: str
    date: date
    motif: str | None
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailDecompte:
    """One décompte with every payment line as received (`lignes`), the split of each of its soins as the
    statement shows it (`soins`), and what corrected it."""

    emetteur: str
    organisme: str
    reference: str
    payeur: Payeur
    date_paiement: date
    destinataire: Destinataire
    montant: int
    annule: bool
    motif_annulation: str | None
    rang: int
    total: int
    virement: str | None
    sinistre: str | None
    lignes: tuple[LignePaiement, ...]
    soins: tuple[LigneReleve, ...]
    corrections: tuple[Correction, ...]
    enregistre_at: datetime
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LienOrigine:
    """A line that names another as its origin: what it is, where it counts, and when that other was paid.

    `date_paiement` is None while the ledger does not know the décompte that the line names.
    """

    soin: str
    nature: Nature
    montant: int
    motif: str | None
    emetteur: str
    reference: str
    date_paiement: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What ties a décompte of a statement to others: its payer's turn, what it refers to, what corrected it."""

    rang: int
    sinistre: str | None
    origines: tuple[LienOrigine, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFiscale:
    """What was spent on care, given back and left, in cents: `depense = rembourse + reste_a_charge`.

    `rembourse` is net of what was paid above the expense. `reste_a_charge_provisoire` is the part of `reste_a_charge`
    that may still change, of `soins_provisoires` soins out of `soins`.
    """

    depense: int = 0
    rembourse: int = 0
    reste_a_charge: int = 0
    indemnise_par_tiers: int = 0
    reste_a_charge_provisoire: int = 0
    soins: int = 0
    soins_provisoires: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalCategorie(PartFiscale):
    """The part of one category."""

    categorie: Categorie


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalBeneficiaire(PartFiscale):
    """The part of one beneficiary, and of each of her categories."""

    beneficiaire: str
    par_categorie: tuple[FiscalCategorie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecapitulatifFiscal:
    """The care of a civil year, each soin once: in all, by category, and by beneficiary and category."""

    annee: int
    position: int
    total: PartFiscale
    par_categorie: tuple[FiscalCategorie, ...]
    par_beneficiaire: tuple[FiscalBeneficiaire, ...]
