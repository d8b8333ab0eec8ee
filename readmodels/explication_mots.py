"""The rule in words, for who asks why a figure is what it is (domain.md section 3)."""

from collections.abc import Mapping

from ledger.calcul import BrancheDepense, Calcul
from ledger.explication import Raison, Terme
from readmodels.renderings.labels_fr import PAYEUR
from readmodels.renderings.montants_fr import euros

TERMES: Mapping[Terme, str] = {
    Terme.DEPENSE: "Dépense",
    Terme.REGIME_OBLIGATOIRE: "Sécurité sociale",
    Terme.SMI: "SMI",
    Terme.AUTRE_MUTUELLE: "Autre mutuelle",
    Terme.NON_COUVERT: "Non couvert",
    Terme.TROP_PERCU: "Trop-perçu",
    Terme.RESTE_A_CHARGE: "Reste à charge",
    Terme.INDEMNISE_PAR_TIERS: "Indemnisé par un tiers",
    Terme.PLANCHER: "Ramené à zéro : ce montant n'est jamais négatif",
}
PHRASES: Mapping[Terme, str] = {
    Terme.REGIME_OBLIGATOIRE: "La somme signée de ce que la Sécurité sociale a payé et repris sur ce soin.",
    Terme.SMI: "La somme signée de ce que SMI a payé et repris sur ce soin.",
    Terme.AUTRE_MUTUELLE: "La somme signée de ce que les autres mutuelles ont payé et repris sur ce soin.",
    Terme.NON_COUVERT: "Participation forfaitaire, franchise et majoration hors parcours : l'opposé de leur somme, "
    "jamais moins de zéro.",
    Terme.TROP_PERCU: "Ce qui a été payé au-delà de la dépense diminuée du non couvert ; jamais moins de zéro (code "
    "de la mutualité, art. L224-8).",
    Terme.RESTE_A_CHARGE: "La dépense, moins tout ce qui a été payé, plus le trop-perçu.",
    Terme.INDEMNISE_PAR_TIERS: "Ce que le tiers responsable a versé à la victime ; il ne change pas le reste à charge.",
}
RAISONS: Mapping[Raison, str] = {
    Raison.ANNULE: "Le décompte est annulé : aucune de ses lignes ne compte.",
    Raison.IMPUTEE_AILLEURS: "La retenue compte sur le soin de la ligne qu'elle nomme comme origine.",
    Raison.RECOUVREMENT: "Un recouvrement sur le tiers réduit le coût net du payeur, jamais le reste à charge.",
    Raison.DEPENSE_HORS_PRESTATION: "La dépense n'est lue que sur les lignes de prestation ; ici elle est répétée.",
    Raison.DEPENSE_D_UN_AUTRE_PAYEUR: "Chaque payeur répète la dépense : celle d'un autre payeur a été retenue.",
    Raison.DEPENSE_REPETEE: "Le même payeur l'a déjà dite dans un autre de ses décomptes : elle ne s'ajoute pas.",
    Raison.DEPENSE_ORPHELINE: "Une reprise sans paiement connu : la dépense annoncée n'est pas retenue.",
}


def rule_of(calcul: Calcul) -> str:
    """Which branch gave the dépense, with its figures."""
    source = calcul.source
    match calcul.branche:
        case BrancheDepense.ORPHELINE:
            return (
                "Un payeur a repris plus qu'il n'est connu pour avoir payé : la dépense est la somme de ce qui a été "
                "payé et du non couvert, et reste provisoire."
            )
        case BrancheDepense.INCONNUE:
            return (
                "Aucun payeur n'a dit la dépense : elle est la somme de ce qui a été payé et du non couvert, et reste "
                "provisoire."
            )
        case BrancheDepense.NULLE:
            return "La dépense a été annoncée, et par personne au-dessus de zéro : elle est nulle."
        case BrancheDepense.ANNONCEE:
            assert source is not None
            payeur = PAYEUR[source.payeur]
            said = f"La dépense est celle du premier payeur qui en annonce une : {payeur}, rang {source.rang}."
            if source.is_repeated:
                said += (
                    f" Ses décomptes l'annoncent plusieurs fois ({euros(source.somme)} en tout) : seul compte celui "
                    f"qui en dit le plus, {euros(source.plus_grande)}."
                )
            return said


def phrase_of(terme: Terme, calcul: Calcul) -> str:
    """How an amount is reckoned."""
    return rule_of(calcul) if terme is Terme.DEPENSE else PHRASES[terme]
