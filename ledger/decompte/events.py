"""What happens to a décompte: a payer paid, or took the whole notice back."""

from datetime import date
from typing import ClassVar

import msgspec

from ledger.events import Event, Facts, Personal
from ledger.montants import Montant
from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe


class LigneOrigine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The payment line that a correction or a deferred deduction refers to."""

    emetteur: str
    reference: str
    ligne: str


class LigneFaits(Facts, frozen=True, kw_only=True, gc=False):
    """The clear part of one payment line. Amounts are signed cents; `taux_pb` is a rate × 10,000."""

    ligne: str
    soin: str
    nature: Nature
    beneficiaire: str
    date_soin: date
    montant: Montant
    quantite: int | None = None
    depense: Montant | None = None
    base: Montant | None = None
    taux_pb: int | None = None
    ligne_origine: LigneOrigine | None = None
    pour_compte_de: PourCompteDe | None = None


class LignePersonnelle(Personal, frozen=True, kw_only=True, gc=False):
    """The sealed part of one payment line: which care it was, and why it was corrected."""

    acte: str | None = None
    libelle: str | None = None
    categorie: Categorie | None = None
    motif: str | None = None


class DecompteFaits(Facts, frozen=True, kw_only=True, gc=False):
    """The clear part of a décompte. `total` is the sum of the lines, in cents."""

    emetteur: str
    reference: str
    rang: int
    date_paiement: date
    destinataire: Destinataire
    total: Montant
    lignes: tuple[LigneFaits, ...]
    virement: str | None = None
    organisme: str | None = None
    sinistre: str | None = None


class DecomptePersonnel(Personal, frozen=True, kw_only=True, gc=False):
    """The sealed part of a décompte; `lignes` goes in step with those of the facts."""

    numero_adherent: str
    lignes: tuple[LignePersonnelle, ...]


class DecompteRecorded(Event, frozen=True, kw_only=True, gc=False):
    """A payer gave notice of a payment. Recorded once, whatever it says; never changed."""

    payeur: ClassVar[Payeur]

    faits: DecompteFaits
    personnel: DecomptePersonnel | None = None


class DecompteRegimeObligatoireRecorded(DecompteRecorded, frozen=True, kw_only=True, gc=False):
    """The régime obligatoire paid its part of a member's care, or took some of it back."""

    topic = "decompte.regime_obligatoire.recorded"
    payeur = Payeur.REGIME_OBLIGATOIRE


class DecompteSmiRecorded(DecompteRecorded, frozen=True, kw_only=True, gc=False):
    """SMI paid its part of a member's care, or took some of it back."""

    topic = "decompte.smi.recorded"
    payeur = Payeur.SMI


class DecompteAutreMutuelleRecorded(DecompteRecorded, frozen=True, kw_only=True, gc=False):
    """Another mutuelle paid its part of a member's care, or took some of it back."""

    topic = "decompte.autre_mutuelle.recorded"
    payeur = Payeur.AUTRE_MUTUELLE


class RecouvrementTiersRecorded(DecompteRecorded, frozen=True, kw_only=True, gc=False):
    """A liable third party, or its insurer, paid for the harm that it did, for a payer or for the victim."""

    topic = "decompte.recours_tiers.recorded"
    payeur = Payeur.RECOURS_TIERS


DECOMPTE_BY_PAYEUR: dict[Payeur, type[DecompteRecorded]] = {
    event.payeur: event
    for event in (
        DecompteRegimeObligatoireRecorded,
        DecompteSmiRecorded,
        DecompteAutreMutuelleRecorded,
        RecouvrementTiersRecorded,
    )
}


class DecompteCancelledFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Which décompte no longer counts, and the annulation that says so (same emetteur)."""

    emetteur: str
    reference: str
    annulation: str


class DecompteCancelled(Event, frozen=True, kw_only=True, gc=False):
    """A payer took back a whole décompte; none of its lines counts any more, now or when it arrives.

    It stands in a stream of its own, one per décompte and member: the database refuses a second one, which is
    how a second annulation of the same décompte changes nothing.
    """

    topic = "decompte.cancelled"

    faits: DecompteCancelledFaits
