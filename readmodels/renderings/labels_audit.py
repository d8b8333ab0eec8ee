"""French words of the journal, as auditors read it."""

from readmodels.renderings import labels_recours
from readmodels.vues_audit import EtatPersonnel

EVENEMENT = {
    "decompte.regime_obligatoire.recorded": "Décompte de la Sécurité sociale",
    "decompte.smi.recorded": "Décompte de SMI",
    "decompte.autre_mutuelle.recorded": "Décompte d'une autre mutuelle",
    "decompte.recours_tiers.recorded": "Paiement d'un tiers responsable",
    "decompte.cancelled": "Décompte annulé",
    "annulation.recorded": "Annulation reçue",
    "adherent.registered": "Inscription d'un adhérent",
    "adherent.erased": "Effacement d'un adhérent",
    "soin.taken": "Soin tenu par un sinistre",
    "soin.freed": "Soin libéré",
    "bordereau.received": "Bordereau reçu",
    "bordereau.ligne_classed": "Ligne de bordereau classée",
    "bordereau.ecart_resolved": "Écart de bordereau résolu",
    **{topic: f"Sinistre : {nom}" for topic, nom in labels_recours.EVENEMENT.items()},
}
"""By topic."""

ETAT_PERSONNEL = {
    EtatPersonnel.AUCUN: "Rien de personnel",
    EtatPersonnel.SCELLE: "Scellée",
    EtatPersonnel.OUVERT: "Ouverte",
    EtatPersonnel.DETRUIT: "Détruite avec la clé de l'adhérent",
    EtatPersonnel.ALTERE: "Altérée : elle ne s'ouvre plus",
}
