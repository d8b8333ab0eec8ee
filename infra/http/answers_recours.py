"""The example of every answer about recoveries; a test sends the bodies of the examples and compares."""

from typing import Any

Json = dict[str, Any]

REFERENCE = "SIN-2026-000312"
BORDEREAU = "ASSIA-2026-06"
JETON = "jeton:157ebfab-351b-428c-a9ab-520bc12836de"
ENREGISTRE_AT = "2026-07-01T08:15:30.123456Z"
JOUR = "2026-07-01"


def _par_partie(victime: int, regime_obligatoire: int, smi: int) -> Json:
    return {"victime": victime, "regime_obligatoire": regime_obligatoire, "smi": smi, "autre_mutuelle": 0}


SUPPORTE, RECOUVRE = _par_partie(200, 1900, 900), _par_partie(200, 882, 418)
COUTS = {"supporte": SUPPORTE, "recouvre": RECOUVRE, "net": _par_partie(0, 1018, 482)}
SOIN = {
    "soin": "F889123-1",
    "date_soin": "2026-03-10",
    "beneficiaire": "01",
    "acte": "G",
    "libelle": "Consultation généraliste",
    "categorie": "consultations",
    "etat": "complet",
    "depense": 3000,
}
COUT_NET = {**COUTS, "charge_finale": 0, "soins": [{**SOIN, **COUTS}]}
SOLDE = {"valeur": 3000, "reclame": 3000, "accorde": 1500, "recu": 1500, "partage": RECOUVRE, "reste": 0}
CREANCE = {"numero": 1, "etablie_le": JOUR, "au": 10, "valeur": 3000, "total": SUPPORTE}
SINISTRE = {
    "reference": REFERENCE,
    "version": 11,
    "etat": "ventile",
    "origine": "assia",
    "numero_adherent": "00412345",
    "beneficiaire": "01",
    "date_accident": "2026-03-10",
    "declare_le": JOUR,
    "solde": SOLDE,
}

CLASSES = [
    {"classe": "rapproche", "nombre": 1, "montant": 500},
    {"classe": "partiel", "nombre": 0, "montant": 0},
    {"classe": "non_rapproche", "nombre": 1, "montant": 12050},
    {"classe": "double", "nombre": 1, "montant": 500},
    {"classe": "excedentaire", "nombre": 0, "montant": 0},
]
RAPPROCHE = {"ligne": "1", "sinistre": REFERENCE, "montant": 500, "classe": "rapproche", "raison": None}
DOUBLE = {
    "ligne": "2",
    "sinistre": REFERENCE,
    "montant": 500,
    "classe": "double",
    "raison": "paiement_deja_encaisse",
    "encaissement": None,
}
INCONNU = {
    "ligne": "3",
    "sinistre": "SIN-INCONNU",
    "montant": 12050,
    "classe": "non_rapproche",
    "raison": "sinistre_inconnu",
    "encaissement": None,
}


def _ligne_lue(ligne: Json, paiement: str, **told: Any) -> Json:
    """A line of a bordereau as it is read later; `told`: what is not as of one that waits for nobody."""
    unresolved = dict.fromkeys(("resolution", "resolu_sur", "resolu_par", "motif"))
    received = {"reference_paiement": paiement, "date_encaissement": "2026-06-30", "is_ouverte": False}
    return {**ligne, **received, **unresolved, **told}


def _bordereau_pris(*, nouvelles: int) -> Json:
    """What an import says of a bordereau."""
    return {
        "bordereau": {
            "reference": BORDEREAU,
            "apercu": False,
            "lignes": 3,
            "nouvelles": nouvelles,
            "total": 13050,
            "classes": CLASSES,
            "elements": [{**ligne, "is_new": nouvelles > 0} for ligne in (DOUBLE, INCONNU)],
        }
    }


def _encaissement(numero: int, jour: str, montant: int, paiement: str) -> Json:
    return {
        "numero": numero,
        "date_encaissement": jour,
        "montant": montant,
        "reference_paiement": paiement,
        "retire_le": None,
    }


def _recouvrement(numero: int, jour: str, montant: int, partage: Json, *, position: int) -> Json:
    return {
        "emetteur": "smi-recours",
        "reference": f"{REFERENCE}-V{numero}",
        "date_paiement": jour,
        "montant": montant,
        "partage": partage,
        "position": position,
        "origine": "regle",
    }


def _etape(evenement: str, position: int, **told: Any) -> Json:
    """A step of the sinistre; `told`: what it says beside who and when."""
    return {
        "evenement": f"sinistre.{evenement}",
        "acteur": JETON,
        "date": JOUR,
        "enregistre_at": ENREGISTRE_AT,
        "position": position,
        **dict.fromkeys(("motif", "numero", "montant")),
        "soins": [],
        **told,
    }


def _ecrit(version: int, position: int | None) -> Json:
    return {"reference": REFERENCE, "version": version, "position": position}


ANSWERS: dict[tuple[str, int], Json] = {
    ("list_bordereaux", 200): {
        "bordereaux": {
            "elements": [
                {
                    "reference": BORDEREAU,
                    "recu_at": ENREGISTRE_AT,
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
        "sinistres": {"elements": [{**SINISTRE, "age_jours": 0, "nombre_soins": 1}], "suivant": None}
    },
    ("list_soins_rattachables", 200): {
        "soins_rattachables": {"elements": [{**SOIN, "supporte": SUPPORTE, "sinistre": REFERENCE}]}
    },
    ("list_suggestions", 200): {"suggestions": {"elements": [], "suivant": None}},
    ("list_suivis", 200): {
        "suivis": {
            "elements": [
                {
                    "reference": REFERENCE,
                    "declare_le": JOUR,
                    "date_accident": "2026-03-10",
                    "beneficiaire": "01",
                    "etat": "accord",
                    "etapes": [
                        {"date": JOUR, "etat": etat} for etat in ("signale", "recense", "ouvert", "reclame", "accord")
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
            "solde": SOLDE,
            "par_etat": [{"etat": "ventile", "nombre": 1, "solde": SOLDE}],
            "hors_dossier": _par_partie(0, 0, 0),
            "position": 24,
        }
    },
    ("read_bordereau", 200): {
        "bordereau": {
            "reference": BORDEREAU,
            "recu_at": ENREGISTRE_AT,
            "lignes": 3,
            "prises": 3,
            "total": 13050,
            "classes": CLASSES,
            "ouvertes": 1,
            "elements": [
                _ligne_lue(RAPPROCHE, "VIR-88121", encaissement=2),
                _ligne_lue(DOUBLE, "VIR-88121", is_ouverte=True),
                _ligne_lue(
                    INCONNU,
                    "VIR-9",
                    resolution="ecarte",
                    resolu_par=JETON,
                    motif="Le sinistre est celui d'une autre mutuelle.",
                ),
            ],
        }
    },
    ("read_cout_net", 200): {"cout_net": {"numero_adherent": "00412345", "du": None, "au": None, "cout_net": COUT_NET}},
    ("read_creance", 200): {
        "creance": {
            "sinistre": REFERENCE,
            "numero_adherent": "00412345",
            "date_accident": "2026-03-10",
            **CREANCE,
            "lignes": [{"soin": "F889123-1", "supporte": SUPPORTE, "avant": None}],
            "retires": [],
        }
    },
    ("read_sinistre", 200): {
        "sinistre": {
            **SINISTRE,
            "position": 21,
            "declaration": {
                "circonstance": "circulation",
                **dict.fromkeys(("lieu", "recit", "blessures", "tiers")),
            },
            "soins_declares": [],
            "responsabilite_pb": 5000,
            "cout_net": COUT_NET,
            "creances": [CREANCE],
            "encaissements": [
                _encaissement(1, JOUR, 1000, "VIR-88120"),
                _encaissement(2, "2026-06-30", 500, "VIR-88121"),
            ],
            "recouvrements": [
                _recouvrement(1, JOUR, 1000, _par_partie(200, 543, 257), position=16),
                _recouvrement(2, "2026-06-30", 500, _par_partie(0, 339, 161), position=21),
            ],
            "ecarts": [],
            "etapes": [
                _etape("declared", 6),
                _etape("listed", 7),
                _etape("opened", 8, motif="Tiers identifié et assuré."),
                _etape("soins_attached", 9, soins=["F889123-1"]),
                _etape("creance_stated", 11, numero=1, montant=3000),
                _etape("reclamation_sent", 12, montant=3000),
                _etape("accord_reached", 13),
                _etape("encaissement_recorded", 14, numero=1, montant=1000),
                _etape("ventilation_recorded", 15, numero=1),
                _etape(
                    "encaissement_recorded",
                    19,
                    date="2026-06-30",
                    motif=f"bordereau {BORDEREAU}",
                    numero=2,
                    montant=500,
                ),
                _etape("ventilation_recorded", 20, date="2026-06-30", numero=2),
            ],
        }
    },
    ("record_bordereau", 200): _bordereau_pris(nouvelles=0),
    ("record_bordereau", 201): _bordereau_pris(nouvelles=3),
    ("record_etape", 200): {"etape": _ecrit(9, None)},
    ("record_etape", 201): {"etape": _ecrit(9, 14)},
    ("record_resolution", 201): {"resolution": {"bordereau": BORDEREAU, "ligne": "3", "encaissement": None}},
    ("record_sinistre", 200): {"sinistre": _ecrit(1, None)},
    ("record_sinistre", 201): {"sinistre": _ecrit(1, 6)},
}
"""By operation and status."""
