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

from ledger.payeurs import NATURES_RETENUES, PAYEURS_DU_SOIN, Categorie, Nature, Payeur, PourCompteDe


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
class LignePayee:
    """One payment line in force, on the soin where it counts. Amounts are signed cents."""

    payeur: Payeur
    rang: int
    emetteur: str
    reference: str
    ligne: str
    nature: Nature
    montant: int
    date_soin: date
    beneficiaire: str
    quantite: int | None = None
    depense: int | None = None
    base: int | None = None
    acte: str | None = None
    libelle: str | None = None
    categorie: Categorie | None = None
    pour_compte_de: PourCompteDe | None = None
    is_origine_unknown: bool = False


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
_TIE_OF_RANK = {payeur: order for order, payeur in enumerate(PAYEURS_DU_SOIN)}


def repartir(lignes: Sequence[LignePayee]) -> Repartition:
    """Fold the lines in force of one soin (at least one) into its split, its state and its anomalies."""
    prestations = sorted((ligne for ligne in lignes if ligne.nature is Nature.PRESTATION), key=_RANK_OF_LINE)
    paid = {payeur: sum(ligne.montant for ligne in lignes if ligne.payeur is payeur) for payeur in PAYEURS_DU_SOIN}
    paid_in_all = sum(paid.values())
    retenues = sum(ligne.montant for ligne in lignes if ligne.nature in NATURES_RETENUES)
    non_couvert = max(0, -retenues)

    depenses = _stated_by_payer(prestations, "depense")
    stated = [value for _, value in depenses]
    is_orphan = _is_orphan(lignes) or any(value < 0 for value in stated)
    is_unknown = not is_orphan and not stated
    if is_orphan or is_unknown:
        depense = paid_in_all + non_couvert
    else:
        depense = next((value for value in stated if value > 0), 0)

    trop_percu = max(0, paid_in_all - (depense - non_couvert))
    split = Split(
        depense=depense,
        regime_obligatoire=paid[Payeur.REGIME_OBLIGATOIRE],
        smi=paid[Payeur.SMI],
        autre_mutuelle=paid[Payeur.AUTRE_MUTUELLE],
        reste_a_charge=depense - paid_in_all + trop_percu,
        trop_percu=trop_percu,
        indemnise_par_tiers=sum(ligne.montant for ligne in lignes if ligne.pour_compte_de is PourCompteDe.VICTIME),
    )

    found = {
        Anomalie.DEPENSE_DISCORDANTE: len({value for value in stated if value > 0}) > 1,
        Anomalie.DEPENSE_REPETEE: _is_repeated(prestations),
        Anomalie.DEPENSE_INCONNUE: is_unknown,
        Anomalie.REGULARISATION_ORPHELINE: is_orphan,
        Anomalie.RETENUE_INCOHERENTE: retenues > 0 or non_couvert > max(0, depense),
        Anomalie.ORIGINE_INCONNUE: any(ligne.is_origine_unknown for ligne in lignes),
        Anomalie.SOIN_INCOHERENT: len({(ligne.date_soin, ligne.beneficiaire) for ligne in prestations}) > 1,
        Anomalie.TROP_PERCU: trop_percu > 0,
    }
    is_final = _is_settled(lignes) and not is_orphan and not is_unknown
    first = prestations[0] if prestations else min(lignes, key=lambda ligne: (ligne.date_soin, *_RANK_OF_LINE(ligne)))
    bases = _stated_by_payer(prestations, "base")
    return Repartition(
        split=split,
        etat=Etat.COMPLET if is_final else Etat.PROVISOIRE,
        anomalies=tuple(anomalie for anomalie, is_found in found.items() if is_found),
        base=bases[0][1] if bases else None,
        date_soin=first.date_soin,
        beneficiaire=first.beneficiaire,
        acte=first.acte,
        libelle=first.libelle,
        categorie=first.categorie or Categorie.AUTRES,
    )


def _stated_by_payer(prestations: Sequence[LignePayee], field: str) -> list[tuple[Payeur, int]]:
    """What each payer says that the soin cost (or its base), first payer first; who says nothing is absent.

    Every payer repeats it, and a payer that pays twice repeats its own: so it is never added up over payers,
    nor over the décomptes of one payer beyond the largest that one of them states. A régularisation takes it
    back with a minus, so the sum is signed.
    """
    stated: dict[Payeur, tuple[int, int]] = {}
    for payeur in PAYEURS_DU_SOIN:
        own = [ligne for ligne in prestations if ligne.payeur is payeur and getattr(ligne, field) is not None]
        if own:
            rang = min(ligne.rang for ligne in own)
            stated[payeur] = (rang, min(sum(getattr(ligne, field) for ligne in own), _largest(own, field)))
    order = sorted(stated, key=lambda payeur: (stated[payeur][0], _TIE_OF_RANK[payeur]))
    return [(payeur, stated[payeur][1]) for payeur in order]


def _largest(own: Sequence[LignePayee], field: str) -> int:
    """The largest sum of positive values that one décompte states, in cents; 0 when none is positive."""
    by_decompte: dict[tuple[str, str], int] = {}
    for ligne in own:
        identite = (ligne.emetteur, ligne.reference)
        by_decompte[identite] = by_decompte.get(identite, 0) + max(0, getattr(ligne, field))
    return max(by_decompte.values())


def _is_repeated(prestations: Sequence[LignePayee]) -> bool:
    """Whether a payer's own décomptes state the dépense more than once: a double payment or a rappel."""
    for payeur in PAYEURS_DU_SOIN:
        own = [ligne for ligne in prestations if ligne.payeur is payeur and ligne.depense is not None]
        if own and sum(ligne.depense or 0 for ligne in own) > _largest(own, "depense"):
            return True
    return False


def _is_orphan(lignes: Sequence[LignePayee]) -> bool:
    """Whether a payer took back more than it is known to have paid: the original never arrived."""
    natures = (Nature.PRESTATION, Nature.COMPLEMENT_LOCAL)
    return any(
        sum(ligne.montant for ligne in lignes if ligne.payeur is payeur and ligne.nature in natures) < 0
        for payeur in PAYEURS_DU_SOIN
    )


def _is_settled(lignes: Sequence[LignePayee]) -> bool:
    """Whether SMI has paid its part, and so has the régime obligatoire where a base says that it must."""

    def has_paid(payeur: Payeur) -> bool:
        own = [ligne for ligne in lignes if ligne.payeur is payeur and ligne.nature is Nature.PRESTATION]
        return sum(ligne.quantite or 0 for ligne in own) > 0

    is_covered_by_ro = any((ligne.base or 0) > 0 for ligne in lignes)
    return has_paid(Payeur.SMI) and (has_paid(Payeur.REGIME_OBLIGATOIRE) or not is_covered_by_ro)
