"""The examples of the documentation about recoveries. A test sends the bodies and compares the answers."""

from typing import Any

NUMERO = "00412345"
SINISTRE = "SIN-2026-000312"
BORDEREAU = "ASSIA-2026-06"

DECLARATION: dict[str, Any] = {
    "numero_adherent": NUMERO,
    "cle": "formulaire-7Q2",
    "beneficiaire": "01",
    "date_accident": "2026-03-10",
    "circonstance": "circulation",
    "lieu": "Rue de la Paix, Lyon",
    "recit": "Renversée par une voiture sur un passage piéton.",
    "blessures": "Entorse de la cheville",
    "tiers": {"nom": "Jean Dupont", "assureur": "Assurances du Rhône", "contrat": "AR-5512"},
    "soins": ["F889123-1"],
}
DECLARATION_ASSIA: dict[str, Any] = {
    "numero_adherent": NUMERO,
    "cle": "assia-312",
    "date_accident": "2026-03-10",
    "circonstance": "circulation",
    "reference": SINISTRE,
    "origine": "assia",
}
DECLARATIONS = {"adherent": DECLARATION, "assia": DECLARATION_ASSIA}

ETAPES: dict[str, dict[str, Any]] = {
    "recensement": {"etape": "recensement"},
    "ouverture": {"etape": "ouverture", "motif": "Tiers identifié et assuré."},
    "rattachement": {"etape": "rattachement", "soins": ["F889123-1"]},
    "detachement": {"etape": "detachement", "soins": ["F889123-1"], "motif": "Sans rapport avec l'accident."},
    "creance": {"etape": "creance"},
    "reclamation": {"etape": "reclamation"},
    "accord": {"etape": "accord", "responsabilite_pb": 5000},
    "contestation": {"etape": "contestation", "motif": "L'assureur conteste la priorité."},
    "encaissement": {"etape": "encaissement", "montant": 1000, "reference_paiement": "VIR-88120"},
    "retrait": {"etape": "retrait", "numero": 1, "motif": "Chèque sans provision."},
    "ventilation": {"etape": "ventilation", "motif": "Après le relevé de créance n° 2."},
    "cloture": {"etape": "cloture"},
    "classement": {"etape": "classement", "motif": "Tiers insolvable."},
    "reouverture": {"etape": "reouverture", "motif": "Nouvel encaissement annoncé."},
}
WAY = ("recensement", "ouverture", "rattachement", "creance", "reclamation", "accord", "encaissement")
"""The steps that lead to what the examples of answers show."""

CSV = (
    "ligne;sinistre;reference_paiement;date_encaissement;montant\r\n"
    f"1;{SINISTRE};VIR-88121;2026-06-30;5,00\r\n"
    f"2;{SINISTRE};VIR-88121;2026-06-30;5,00\r\n"
    "3;SIN-INCONNU;VIR-9;30/06/2026;120,50\r\n"
)
RESOLUTION = {"resolution": "ecarte", "motif": "Le sinistre est celui d'une autre mutuelle."}
RESOLUTIONS = {
    "ecarte": RESOLUTION,
    "encaisse": {"resolution": "encaisse", "motif": "Bien reçu.", "sinistre": SINISTRE},
}
