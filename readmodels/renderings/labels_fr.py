"""The French words of every closed list, and what each column means in plain words: page and downloads share them."""

from ledger.payeurs import Categorie, Destinataire, Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat

PAYEUR = {
    Payeur.REGIME_OBLIGATOIRE: "Sécurité sociale",
    Payeur.SMI: "SMI",
    Payeur.AUTRE_MUTUELLE: "Autre mutuelle",
    Payeur.RECOURS_TIERS: "Tiers responsable",
}

CATEGORIE = {
    Categorie.CONSULTATIONS: "Consultations",
    Categorie.PHARMACIE: "Pharmacie",
    Categorie.ANALYSES_IMAGERIE: "Analyses et imagerie",
    Categorie.DENTAIRE: "Dentaire",
    Categorie.OPTIQUE: "Optique",
    Categorie.AUDIOLOGIE: "Audiologie",
    Categorie.HOSPITALISATION: "Hospitalisation",
    Categorie.PSYCHOLOGIE: "Psychologie",
    Categorie.AUXILIAIRES: "Soins infirmiers et de kinésithérapie",
    Categorie.TRANSPORT: "Transport",
    Categorie.AUTRES: "Autres soins",
}

NATURE = {
    Nature.PRESTATION: "Remboursement",
    Nature.COMPLEMENT_LOCAL: "Complément du régime local d'Alsace-Moselle",
    Nature.PARTICIPATION_FORFAITAIRE: "Participation forfaitaire",
    Nature.FRANCHISE: "Franchise médicale",
    Nature.MAJORATION_HORS_PARCOURS: "Majoration hors parcours de soins",
    Nature.INDEMNITE: "Indemnité versée par un tiers",
}

DESTINATAIRE = {
    Destinataire.ADHERENT: "à vous",
    Destinataire.PROFESSIONNEL: "au professionnel de santé (tiers payant)",
    Destinataire.SMI: "à SMI",
    Destinataire.REGIME_OBLIGATOIRE: "à la Sécurité sociale",
    Destinataire.AUTRE_MUTUELLE: "à une autre mutuelle",
}
"""After « versé »."""

POUR_COMPTE_DE = {
    PourCompteDe.SMI: "pour SMI",
    PourCompteDe.REGIME_OBLIGATOIRE: "pour la Sécurité sociale",
    PourCompteDe.AUTRE_MUTUELLE: "pour une autre mutuelle",
    PourCompteDe.VICTIME: "pour vous",
}

ETAT = {
    Etat.COMPLET: "Définitif",
    Etat.PROVISOIRE: "Provisoire",
}

ANOMALIE = {
    Anomalie.DEPENSE_DISCORDANTE: "Les payeurs n'annoncent pas la même dépense.",
    Anomalie.DEPENSE_REPETEE: "Un même payeur a annoncé la dépense plusieurs fois.",
    Anomalie.DEPENSE_INCONNUE: "Aucun payeur n'a annoncé la dépense : elle est déduite des paiements.",
    Anomalie.REGULARISATION_ORPHELINE: "Une régularisation reprend un paiement que nous n'avons pas reçu.",
    Anomalie.RETENUE_INCOHERENTE: "Les retenues dépassent ce qu'elles devraient être.",
    Anomalie.ORIGINE_INCONNUE: "Une ligne se rapporte à un paiement que nous n'avons pas reçu.",
    Anomalie.SOIN_INCOHERENT: "Les payeurs n'annoncent pas la même date ou la même personne pour ce soin.",
    Anomalie.TROP_PERCU: "Les paiements dépassent la dépense : le surplus est à rendre.",
    Anomalie.ADHERENT_INCONNU: "Votre inscription ne nous est pas encore parvenue.",
    Anomalie.ANNULATION_EN_ATTENTE: "Une annulation est arrivée avant le décompte qu'elle annule.",
    Anomalie.RECOUVREMENT_EXCEDENTAIRE: "Il a été récupéré du tiers plus que ce qui avait été payé.",
    Anomalie.INDEMNISATION_EXCEDENTAIRE: "Le tiers vous a versé plus que ce qui restait à votre charge.",
}

COLONNES = {
    "depense": "Dépense",
    "base": "Base",
    "regime_obligatoire": "Sécurité sociale",
    "smi": "SMI",
    "autre_mutuelle": "Autre mutuelle",
    "reste_a_charge": "Reste à charge",
    "trop_percu": "Trop-perçu",
    "indemnise_par_tiers": "Indemnisé par un tiers",
}
"""Titles of the columns of a split, in the order of the paper statement."""

AIDE_COLONNES = {
    "depense": "Ce que le professionnel vous a facturé pour le soin.",
    "base": "Le tarif que la Sécurité sociale retient pour calculer son remboursement. "
    "Il peut être plus bas que la dépense.",
    "regime_obligatoire": "Ce que la Sécurité sociale a remboursé, "
    "participation forfaitaire et franchises déjà retirées.",
    "smi": "Ce que SMI, votre mutuelle, a remboursé.",
    "autre_mutuelle": "Ce qu'une seconde mutuelle ou surcomplémentaire a remboursé. "
    "Cette colonne n'existe que pour les décomptes payés depuis le 15 février 2023.",
    "reste_a_charge": "Ce que vous payez finalement, après tous les remboursements. Il n'est jamais négatif.",
    "trop_percu": "Ce que les payeurs ont versé au-delà de la dépense. Il devra être rendu.",
    "indemnise_par_tiers": "Ce que le responsable d'un accident vous a versé. Il ne change pas le reste à charge.",
    "montant": "Ce que ce décompte-ci a payé pour le soin. Négatif : une somme reprise.",
    "etat": "« Provisoire » : un payeur n'a pas encore répondu ; les chiffres de ce soin peuvent encore changer.",
    "annule": "Un décompte annulé reste visible mais ne compte dans aucun total.",
    "totaux": "Chaque soin n'est compté qu'une fois, même si plusieurs payeurs en parlent : "
    "le total n'est donc pas la somme des lignes affichées.",
}
"""By field of the answers."""

NON_DISPONIBLE = "n. d."
"""In the place of an amount that the statement never had: « autre mutuelle » before 15 February 2023."""

ACTE_NON_COMMUNIQUE = "Soin non communiqué"
"""In the place of the name of a care that nobody named, that was erased, or that is not this reader's to see."""
