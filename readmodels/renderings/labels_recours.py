"""The French words of sinistres and recoveries: the pages of the Assia team and what they send share them."""

from ledger.bordereau.events import Classe, Resolution
from ledger.payeurs import PourCompteDe
from ledger.sinistre.etats import Circonstance, EtatSinistre, OrigineSinistre
from readmodels.vues_recours import CodeEcart

ETAT_SINISTRE = {
    EtatSinistre.SIGNALE: "Signalé",
    EtatSinistre.RECENSE: "Recensé",
    EtatSinistre.OUVERT: "Ouvert",
    EtatSinistre.SOINS_RATTACHES: "Soins rattachés",
    EtatSinistre.CREANCE_ETABLIE: "Créance établie",
    EtatSinistre.RECLAME: "Réclamé",
    EtatSinistre.ACCORD: "Accord",
    EtatSinistre.CONTESTE: "Contesté",
    EtatSinistre.ENCAISSE: "Encaissé",
    EtatSinistre.VENTILE: "Ventilé",
    EtatSinistre.CLOTURE: "Clôturé",
    EtatSinistre.CLASSE_SANS_SUITE: "Classé sans suite",
}

ORIGINE = {
    OrigineSinistre.ADHERENT: "Déclaré par l'adhérent",
    OrigineSinistre.ASSIA: "Déclaré par l'équipe",
    OrigineSinistre.DETECTION: "Proposé par la détection, déclaré par l'équipe",
}

CIRCONSTANCE = {
    Circonstance.CIRCULATION: "Accident de la circulation",
    Circonstance.TRAVAIL: "Accident du travail ou de trajet",
    Circonstance.AGRESSION: "Agression",
    Circonstance.ANIMAL: "Morsure ou accident causé par un animal",
    Circonstance.SPORT: "Accident de sport ou de loisirs",
    Circonstance.MEDICAL: "Accident médical",
    Circonstance.AUTRE: "Autre accident",
}

PARTIE = {
    PourCompteDe.VICTIME: "Victime",
    PourCompteDe.REGIME_OBLIGATOIRE: "Régime obligatoire",
    PourCompteDe.SMI: "SMI",
    PourCompteDe.AUTRE_MUTUELLE: "Autres mutuelles",
}
"""In the order of the law: the victim first."""

EVENEMENT = {
    "sinistre.declared": "Déclaration",
    "sinistre.listed": "Recensement",
    "sinistre.opened": "Ouverture du dossier",
    "sinistre.soins_attached": "Rattachement de soins",
    "sinistre.soins_detached": "Détachement de soins",
    "sinistre.creance_stated": "Relevé de créance",
    "sinistre.reclamation_sent": "Réclamation",
    "sinistre.accord_reached": "Accord",
    "sinistre.reclamation_contested": "Contestation",
    "sinistre.encaissement_recorded": "Encaissement",
    "sinistre.encaissement_reversed": "Retrait d'un encaissement",
    "sinistre.ventilation_recorded": "Ventilation",
    "sinistre.closed": "Clôture",
    "sinistre.dropped": "Classement sans suite",
    "sinistre.reopened": "Réouverture",
}
"""By the kind of a step."""

CODE_ECART = {
    CodeEcart.RECOUVREMENT_EXCEDENTAIRE: "Recouvré au-delà de ce qui a été payé",
    CodeEcart.INDEMNISATION_EXCEDENTAIRE: "Versé à la victime au-delà de son reste à charge",
    CodeEcart.ENCAISSEMENT_EXCEDENTAIRE: "Reçu au-delà de l'accord",
    CodeEcart.CREANCE_PERIMEE: "Relevé de créance périmé : un décompte a changé depuis",
    CodeEcart.VENTILATION_DISCORDANTE: "Partage qui n'est pas celui de la règle",
    CodeEcart.SINISTRE_INCONNU: "Recouvrement d'un sinistre que personne n'a ouvert",
}

CLASSE = {
    Classe.RAPPROCHE: "Rapproché",
    Classe.PARTIEL: "Partiel",
    Classe.NON_RAPPROCHE: "Non rapproché",
    Classe.DOUBLE: "Double",
    Classe.EXCEDENTAIRE: "Excédentaire",
}

RAISON = {
    "sinistre_inconnu": "Aucun sinistre à cette référence.",
    "paiement_deja_encaisse": "Ce paiement est déjà encaissé sur ce sinistre.",
    "sinistre_ferme": "Le sinistre est clôturé ou classé sans suite.",
    "creance_absente": "Aucun relevé de créance n'est établi.",
    "rien_de_reclame": "Rien n'a encore été réclamé.",
    "date_incoherente": "La date est avant l'accident ou dans l'avenir.",
    "au_dela_de_l_attendu": "Le montant dépasse ce qui est encore attendu.",
    "adherent_efface": "La clé de l'adhérent a été détruite.",
}
"""Why a line of a bordereau was not booked."""

RESOLUTION = {
    Resolution.ENCAISSE: "Encaissé malgré tout",
    Resolution.ECARTE: "Écarté",
}

INDICE = {
    "sejour_avec_chirurgie": "séjour avec chirurgie",
    "imagerie_de_controle": "imagerie de contrôle",
    "reeducation": "rééducation",
}
"""Why the detection proposes soins."""
