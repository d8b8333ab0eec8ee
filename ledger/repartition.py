"""The reste à charge of one soin: the rule that the statement, the audit, the tests and every export share.

Source: domain.md section 3 *(project)*, on the Code de la mutualité art. L224-8 (no reimbursement above the
expense). The invariant `depense = ro + smi + autre − trop_percu + reste_a_charge` holds for every soin, hence
for every sum, and nothing here depends on the order in which the lines came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

from ledger.calcul import BrancheDepense, LignePayee, annonces_of, calculer
from ledger.payeurs import Categorie, Nature, Payeur


class Etat(StrEnum):
    """Whether the figures of a soin are final. A provisional figure is never shown as final."""

    COMPLET = "complet"
    PROVISOIRE = "provisoire"


class Anomalie(StrEnum):
    """What looks wrong. The ledger records first and says so here; it is never a refusal."""

    DEPENSE_DISCORDANTE = "depense_discordante"
    DEPENSE_REPETEE = "depense_repetee"
    DEPENSE_INCONNUE = "depense_inconnue"
    REGULARISATION_ORPHELINE = "regularisation_orpheline"
    RETENUE_INCOHERENTE = "retenue_incoherente"
    ORIGINE_INCONNUE = "origine_inconnue"
    SOIN_INCOHERENT = "soin_incoherent"
    TROP_PERCU = "trop_percu"
    ADHERENT_INCONNU = "adherent_inconnu"
    ANNULATION_EN_ATTENTE = "annulation_en_attente"
    RECOUVREMENT_EXCEDENTAIRE = "recouvrement_excedentaire"
    INDEMNISATION_EXCEDENTAIRE = "indemnisation_excedentaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Who bore what, in cents. Splits add up."""

    depense: int = 0
    regime_obligatoire: int = 0
    smi: int = 0
    autre_mutuelle: int = 0
    reste_a_charge: int = 0
    trop_percu: int = 0
    indemnise_par_tiers: int = 0

    def __add__(self, other: "Split") -> "Split":
        return Split(
            depense=self.depense + other.depense,
            regime_obligatoire=self.regime_obligatoire + other.regime_obligatoire,
            smi=self.smi + other.smi,
            autre_mutuelle=self.autre_mutuelle + other.autre_mutuelle,
            reste_a_charge=self.reste_a_charge + other.reste_a_charge,
            trop_percu=self.trop_percu + other.trop_percu,
            indemnise_par_tiers=self.indemnise_par_tiers + other.indemnise_par_tiers,
        )


def total_of(splits: Iterable[Split]) -> Split:
    """The sum of splits; nothing gives zeros."""
    return sum(splits, Split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Repartition:
    """What the ledger says of one soin."""

    split: Split
    etat: Etat
    anomalies: tuple[Anomalie, ...]
    base: int | None
    date_soin: date
    beneficiaire: str
    acte: str | None
    libelle: str | None
    categorie: Categorie


_RANK_OF_LINE = attrgetter("rang", "emetteur", "reference", "ligne")


def repartir(lignes: Sequence[LignePayee]) -> Repartition:
    """Fold the lines in force of one soin (at least one) into its split, its state and its anomalies."""
    calcul = calculer(lignes)
    split = Split(
        depense=calcul.depense,
        regime_obligatoire=calcul.paye[Payeur.REGIME_OBLIGATOIRE],
        smi=calcul.paye[Payeur.SMI],
        autre_mutuelle=calcul.paye[Payeur.AUTRE_MUTUELLE],
        reste_a_charge=calcul.reste_a_charge,
        trop_percu=calcul.trop_percu,
        indemnise_par_tiers=calcul.indemnise_par_tiers,
    )
    prestations = sorted(calcul.prestations, key=_RANK_OF_LINE)
    is_orphan = calcul.branche is BrancheDepense.ORPHELINE
    is_unknown = calcul.branche is BrancheDepense.INCONNUE
    found = {
        Anomalie.DEPENSE_DISCORDANTE: len({a.montant for a in calcul.annonces if a.montant > 0}) > 1,
        Anomalie.DEPENSE_REPETEE: any(annonce.is_repeated for annonce in calcul.annonces),
        Anomalie.DEPENSE_INCONNUE: is_unknown,
        Anomalie.REGULARISATION_ORPHELINE: is_orphan,
        Anomalie.RETENUE_INCOHERENTE: calcul.retenues > 0 or calcul.non_couvert > max(0, calcul.depense),
        Anomalie.ORIGINE_INCONNUE: any(ligne.is_origine_unknown for ligne in lignes),
        Anomalie.SOIN_INCOHERENT: len({(ligne.date_soin, ligne.beneficiaire) for ligne in prestations}) > 1,
        Anomalie.TROP_PERCU: calcul.trop_percu > 0,
    }
    is_final = _is_settled(lignes) and not is_orphan and not is_unknown
    first = prestations[0] if prestations else min(lignes, key=lambda ligne: (ligne.date_soin, *_RANK_OF_LINE(ligne)))
    bases = annonces_of(prestations, "base")
    return Repartition(
        split=split,
        etat=Etat.COMPLET if is_final else Etat.PROVISOIRE,
        anomalies=tuple(anomalie for anomalie, is_found in found.items() if is_found),
        base=bases[0].montant if bases else None,
        date_soin=first.date_soin,
        beneficiaire=first.beneficiaire,
        acte=first.acte,
        libelle=first.libelle,
        categorie=first.categorie or Categorie.AUTRES,
    )


def _is_settled(lignes: Sequence[LignePayee]) -> bool:
    """Whether SMI has paid its part, and so has the régime obligatoire where a base says that it must."""

    def has_paid(payeur: Payeur) -> bool:
        own = [ligne for ligne in lignes if ligne.payeur is payeur and ligne.nature is Nature.PRESTATION]
        return sum(ligne.quantite or 0 for ligne in own) > 0

    is_covered_by_ro = any((ligne.base or 0) > 0 for ligne in lignes)
    return has_paid(Payeur.SMI) and (has_paid(Payeur.REGIME_OBLIGATOIRE) or not is_covered_by_ro)
