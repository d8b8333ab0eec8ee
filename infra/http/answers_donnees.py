"""The example of the data that a person takes away: part of what the messages of `examples` give."""

from typing import Any

from infra.http import examples
from infra.http.answers import SOIN, SPLIT

DONNEES: dict[str, Any] = {
    "format": "decompte/donnees/1",
    "exporte_at": "2026-04-03T09:00:00.000001Z",
    "numero_adherent": examples.NUMERO,
    "beneficiaire": None,
    "personnes": [
        {
            "beneficiaire": "01",
            "prenom": "Ada",
            "date_naissance": "1980-02-03",
            "nom": "Martin",
            "email": "ada@exemple.fr",
            "telephone": "+33600000000",
        }
    ],
    "decomptes": [
        {
            "emetteur": "smi",
            "organisme": None,
            "reference": "SMI-2026-19",
            "payeur": "smi",
            "rang": 2,
            "date_paiement": "2026-03-17",
            "destinataire": "adherent",
            "virement": None,
            "sinistre": None,
            "enregistre_at": "2026-03-18T08:15:30.123456Z",
            "annule": False,
            "lignes": [
                {
                    "ligne": "1",
                    **SOIN,
                    "soin_imputation": SOIN["soin"],
                    "nature": "prestation",
                    "quantite": 1,
                    "depense": 3000,
                    "base": 3000,
                    "taux_pb": None,
                    "montant": 900,
                    "ligne_origine": None,
                    "motif": None,
                    "pour_compte_de": None,
                }
            ],
        }
    ],
    "soins": [
        {
            **SOIN,
            "etat": "complet",
            "anomalies": [],
            "repartition": SPLIT,
        }
    ],
    "annulations": [
        {
            "emetteur": "smi",
            "reference": "A-77",
            "annule": "SMI-2026-88",
            "date": "2026-04-02",
            "motif": "double_paiement",
            "en_attente": True,
        }
    ],
    "sinistres": [],
    "declarations": [],
    "consentements": [{"objet": "releves_dematerialises", "accorde": True, "at": "2026-03-20T10:00:00.000001Z"}],
    "consultations": [
        {
            "at": "2026-03-21T10:00:00.000001Z",
            "categorie": "un auditeur de la mutuelle",
            "quoi": "releves/2026",
            "nombre": 1,
        }
    ],
    "notifications": {"frequence": "aucune", "choisi_at": None},
}

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("read_donnees", 200): {"donnees": DONNEES},
    ("read_donnees_zip", 200): {"dossier": "PK"},
}
