"""The example of every answer about recoveries; a test sends the bodies of the examples and compares."""

from typing import Any

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("list_bordereaux", 200): {
        "bordereaux": {
            "elements": [
                {
                    "reference": "ASSIA-2026-06",
                    "recu_at": "2026-07-01T08:15:30.123456Z",
                    "lignes": 3,
                    "total": 13050,
                    "prises": 3,
                    "ouvertes": 1,
                }
            ]
        }
    },
    ("list_ecarts", 200): {"ecarts": {"elements": [], "suivant": None}},
    ("list_sinistres", 200): {
        "sinistres": {
            "elements": [
                {
                    "reference": "SIN-2026-000312",
                    "version": 11,
                    "etat": "ventile",
                    "origine": "assia",
                    "numero_adherent": "00412345",
                    "beneficiaire": "01",
                    "date_accident": "2026-03-10",
                    "declare_le": "2026-07-01",
                    "age_jours": 0,
                    "nombre_soins": 1,
                    "solde": {
                        "valeur": 3000,
                        "reclame": 3000,
                        "accorde": 1500,
                        "recu": 1500,
                        "partage": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                        "reste": 0,
                    },
                }
            ],
            "suivant": None,
        }
    },
    ("list_soins_rattachables", 200): {
        "soins_rattachables": {
            "elements": [
                {
                    "soin": "F889123-1",
                    "date_soin": "2026-03-10",
                    "beneficiaire": "01",
                    "acte": "G",
                    "libelle": "Consultation généraliste",
                    "categorie": "consultations",
                    "etat": "complet",
                    "depense": 3000,
                    "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                    "sinistre": "SIN-2026-000312",
                }
            ]
        }
    },
    ("list_suggestions", 200): {"suggestions": {"elements": [], "suivant": None}},
    ("list_suivis", 200): {
        "suivis": {
            "elements": [
                {
                    "reference": "SIN-2026-000312",
                    "declare_le": "2026-07-01",
                    "date_accident": "2026-03-10",
                    "beneficiaire": "01",
                    "etat": "accord",
                    "etapes": [
                        {"date": "2026-07-01", "etat": "signale"},
                        {"date": "2026-07-01", "etat": "recense"},
                        {"date": "2026-07-01", "etat": "ouvert"},
                        {"date": "2026-07-01", "etat": "reclame"},
                        {"date": "2026-07-01", "etat": "accord"},
                    ],
                    "reste_a_charge": 200,
                    "indemnise_par_tiers": 200,
                    "charge_finale": 0,
                }
            ]
        }
    },
    ("read_balance", 200): {
        "balance": {
            "nombre": 1,
            "solde": {
                "valeur": 3000,
                "reclame": 3000,
                "accorde": 1500,
                "recu": 1500,
                "partage": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                "reste": 0,
            },
            "par_etat": [
                {
                    "etat": "ventile",
                    "nombre": 1,
                    "solde": {
                        "valeur": 3000,
                        "reclame": 3000,
                        "accorde": 1500,
                        "recu": 1500,
                        "partage": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                        "reste": 0,
                    },
                }
            ],
            "hors_dossier": {"victime": 0, "regime_obligatoire": 0, "smi": 0, "autre_mutuelle": 0},
            "position": 24,
        }
    },
    ("read_bordereau", 200): {
        "bordereau": {
            "reference": "ASSIA-2026-06",
            "recu_at": "2026-07-01T08:15:30.123456Z",
            "lignes": 3,
            "prises": 3,
            "total": 13050,
            "classes": [
                {"classe": "rapproche", "nombre": 1, "montant": 500},
                {"classe": "partiel", "nombre": 0, "montant": 0},
                {"classe": "non_rapproche", "nombre": 1, "montant": 12050},
                {"classe": "double", "nombre": 1, "montant": 500},
                {"classe": "excedentaire", "nombre": 0, "montant": 0},
            ],
            "ouvertes": 1,
            "elements": [
                {
                    "ligne": "1",
                    "sinistre": "SIN-2026-000312",
                    "reference_paiement": "VIR-88121",
                    "date_encaissement": "2026-06-30",
                    "montant": 500,
                    "classe": "rapproche",
                    "raison": None,
                    "encaissement": 2,
                    "is_ouverte": False,
                    "resolution": None,
                    "resolu_sur": None,
                    "resolu_par": None,
                    "motif": None,
                },
                {
                    "ligne": "2",
                    "sinistre": "SIN-2026-000312",
                    "reference_paiement": "VIR-88121",
                    "date_encaissement": "2026-06-30",
                    "montant": 500,
                    "classe": "double",
                    "raison": "paiement_deja_encaisse",
                    "encaissement": None,
                    "is_ouverte": True,
                    "resolution": None,
                    "resolu_sur": None,
                    "resolu_par": None,
                    "motif": None,
                },
                {
                    "ligne": "3",
                    "sinistre": "SIN-INCONNU",
                    "reference_paiement": "VIR-9",
                    "date_encaissement": "2026-06-30",
                    "montant": 12050,
                    "classe": "non_rapproche",
                    "raison": "sinistre_inconnu",
                    "encaissement": None,
                    "is_ouverte": False,
                    "resolution": "ecarte",
                    "resolu_sur": None,
                    "resolu_par": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "motif": "Le sinistre est celui d'une autre mutuelle.",
                },
            ],
        }
    },
    ("read_cout_net", 200): {
        "cout_net": {
            "numero_adherent": "00412345",
            "du": None,
            "au": None,
            "cout_net": {
                "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                "recouvre": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                "net": {"victime": 0, "regime_obligatoire": 1018, "smi": 482, "autre_mutuelle": 0},
                "charge_finale": 0,
                "soins": [
                    {
                        "soin": "F889123-1",
                        "date_soin": "2026-03-10",
                        "beneficiaire": "01",
                        "acte": "G",
                        "libelle": "Consultation généraliste",
                        "categorie": "consultations",
                        "etat": "complet",
                        "depense": 3000,
                        "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                        "recouvre": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                        "net": {"victime": 0, "regime_obligatoire": 1018, "smi": 482, "autre_mutuelle": 0},
                    }
                ],
            },
        }
    },
    ("read_creance", 200): {
        "creance": {
            "sinistre": "SIN-2026-000312",
            "numero_adherent": "00412345",
            "date_accident": "2026-03-10",
            "numero": 1,
            "etablie_le": "2026-07-01",
            "au": 10,
            "valeur": 3000,
            "total": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
            "lignes": [
                {
                    "soin": "F889123-1",
                    "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                    "avant": None,
                }
            ],
            "retires": [],
        }
    },
    ("read_sinistre", 200): {
        "sinistre": {
            "reference": "SIN-2026-000312",
            "version": 11,
            "position": 21,
            "etat": "ventile",
            "origine": "assia",
            "numero_adherent": "00412345",
            "beneficiaire": "01",
            "date_accident": "2026-03-10",
            "declare_le": "2026-07-01",
            "declaration": {
                "circonstance": "circulation",
                "lieu": None,
                "recit": None,
                "blessures": None,
                "tiers": None,
            },
            "soins_declares": [],
            "responsabilite_pb": 5000,
            "solde": {
                "valeur": 3000,
                "reclame": 3000,
                "accorde": 1500,
                "recu": 1500,
                "partage": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                "reste": 0,
            },
            "cout_net": {
                "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                "recouvre": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                "net": {"victime": 0, "regime_obligatoire": 1018, "smi": 482, "autre_mutuelle": 0},
                "charge_finale": 0,
                "soins": [
                    {
                        "soin": "F889123-1",
                        "date_soin": "2026-03-10",
                        "beneficiaire": "01",
                        "acte": "G",
                        "libelle": "Consultation généraliste",
                        "categorie": "consultations",
                        "etat": "complet",
                        "depense": 3000,
                        "supporte": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                        "recouvre": {"victime": 200, "regime_obligatoire": 882, "smi": 418, "autre_mutuelle": 0},
                        "net": {"victime": 0, "regime_obligatoire": 1018, "smi": 482, "autre_mutuelle": 0},
                    }
                ],
            },
            "creances": [
                {
                    "numero": 1,
                    "etablie_le": "2026-07-01",
                    "au": 10,
                    "valeur": 3000,
                    "total": {"victime": 200, "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0},
                }
            ],
            "encaissements": [
                {
                    "numero": 1,
                    "date_encaissement": "2026-07-01",
                    "montant": 1000,
                    "reference_paiement": "VIR-88120",
                    "retire_le": None,
                },
                {
                    "numero": 2,
                    "date_encaissement": "2026-06-30",
                    "montant": 500,
                    "reference_paiement": "VIR-88121",
                    "retire_le": None,
                },
            ],
            "recouvrements": [
                {
                    "emetteur": "smi-recours",
                    "reference": "SIN-2026-000312-V1",
                    "date_paiement": "2026-07-01",
                    "montant": 1000,
                    "partage": {"victime": 200, "regime_obligatoire": 543, "smi": 257, "autre_mutuelle": 0},
                    "position": 16,
                    "origine": "regle",
                },
                {
                    "emetteur": "smi-recours",
                    "reference": "SIN-2026-000312-V2",
                    "date_paiement": "2026-06-30",
                    "montant": 500,
                    "partage": {"victime": 0, "regime_obligatoire": 339, "smi": 161, "autre_mutuelle": 0},
                    "position": 21,
                    "origine": "regle",
                },
            ],
            "ecarts": [],
            "etapes": [
                {
                    "evenement": "sinistre.declared",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 6,
                    "motif": None,
                    "numero": None,
                    "montant": None,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.listed",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 7,
                    "motif": None,
                    "numero": None,
                    "montant": None,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.opened",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 8,
                    "motif": "Tiers identifié et assuré.",
                    "numero": None,
                    "montant": None,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.soins_attached",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 9,
                    "motif": None,
                    "numero": None,
                    "montant": None,
                    "soins": ["F889123-1"],
                },
                {
                    "evenement": "sinistre.creance_stated",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 11,
                    "motif": None,
                    "numero": 1,
                    "montant": 3000,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.reclamation_sent",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 12,
                    "motif": None,
                    "numero": None,
                    "montant": 3000,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.accord_reached",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 13,
                    "motif": None,
                    "numero": None,
                    "montant": None,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.encaissement_recorded",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 14,
                    "motif": None,
                    "numero": 1,
                    "montant": 1000,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.ventilation_recorded",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-07-01",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 15,
                    "motif": None,
                    "numero": 1,
                    "montant": None,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.encaissement_recorded",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-06-30",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 19,
                    "motif": "bordereau ASSIA-2026-06",
                    "numero": 2,
                    "montant": 500,
                    "soins": [],
                },
                {
                    "evenement": "sinistre.ventilation_recorded",
                    "acteur": "jeton:157ebfab-351b-428c-a9ab-520bc12836de",
                    "date": "2026-06-30",
                    "enregistre_at": "2026-07-01T08:15:30.123456Z",
                    "position": 20,
                    "motif": None,
                    "numero": 2,
                    "montant": None,
                    "soins": [],
                },
            ],
        }
    },
    ("record_bordereau", 200): {
        "bordereau": {
            "reference": "ASSIA-2026-06",
            "apercu": False,
            "lignes": 3,
            "nouvelles": 0,
            "total": 13050,
            "classes": [
                {"classe": "rapproche", "nombre": 1, "montant": 500},
                {"classe": "partiel", "nombre": 0, "montant": 0},
                {"classe": "non_rapproche", "nombre": 1, "montant": 12050},
                {"classe": "double", "nombre": 1, "montant": 500},
                {"classe": "excedentaire", "nombre": 0, "montant": 0},
            ],
            "elements": [
                {
                    "ligne": "2",
                    "sinistre": "SIN-2026-000312",
                    "montant": 500,
                    "classe": "double",
                    "raison": "paiement_deja_encaisse",
                    "encaissement": None,
                    "is_new": False,
                },
                {
                    "ligne": "3",
                    "sinistre": "SIN-INCONNU",
                    "montant": 12050,
                    "classe": "non_rapproche",
                    "raison": "sinistre_inconnu",
                    "encaissement": None,
                    "is_new": False,
                },
            ],
        }
    },
    ("record_bordereau", 201): {
        "bordereau": {
            "reference": "ASSIA-2026-06",
            "apercu": False,
            "lignes": 3,
            "nouvelles": 3,
            "total": 13050,
            "classes": [
                {"classe": "rapproche", "nombre": 1, "montant": 500},
                {"classe": "partiel", "nombre": 0, "montant": 0},
                {"classe": "non_rapproche", "nombre": 1, "montant": 12050},
                {"classe": "double", "nombre": 1, "montant": 500},
                {"classe": "excedentaire", "nombre": 0, "montant": 0},
            ],
            "elements": [
                {
                    "ligne": "2",
                    "sinistre": "SIN-2026-000312",
                    "montant": 500,
                    "classe": "double",
                    "raison": "paiement_deja_encaisse",
                    "encaissement": None,
                    "is_new": True,
                },
                {
                    "ligne": "3",
                    "sinistre": "SIN-INCONNU",
                    "montant": 12050,
                    "classe": "non_rapproche",
                    "raison": "sinistre_inconnu",
                    "encaissement": None,
                    "is_new": True,
                },
            ],
        }
    },
    ("record_etape", 200): {"etape": {"reference": "SIN-2026-000312", "version": 9, "position": None}},
    ("record_etape", 201): {"etape": {"reference": "SIN-2026-000312", "version": 9, "position": 14}},
    ("record_resolution", 201): {"resolution": {"bordereau": "ASSIA-2026-06", "ligne": "3", "encaissement": None}},
    ("record_sinistre", 200): {"sinistre": {"reference": "SIN-2026-000312", "version": 1, "position": None}},
    ("record_sinistre", 201): {"sinistre": {"reference": "SIN-2026-000312", "version": 1, "position": 6}},
}
"""By operation and status."""
