"""The example of every answer to auditors: what the messages of `examples` give; the tests compare them."""

from typing import Any

from infra.http.answers import SPLIT

ACTEUR = "jeton:6a34472c-2bef-49ef-8abc-6400110c97ac"
TRACE = "de19cc79b663e06d2759217334ae2f53"
SUJET = "84693f39-99d0-494c-8cce-67fef441ce09"

SMI: dict[str, Any] = {
    "position": 2,
    "enregistre_at": "2026-03-18T08:15:30.123456Z",
    "flux": "a71eea78-2c93-54ba-9c4c-3e32a921d464",
    "rang": 1,
    "topic": "decompte.smi.recorded",
    "version": 1,
    "acteur": ACTEUR,
    "trace": TRACE,
    "sujet": SUJET,
    "empreinte": "ng3FUw9vduBm+5lmx6rmeA==",
    "faits": {
        "emetteur": "smi",
        "reference": "SMI-2026-19",
        "rang": 2,
        "date_paiement": "2026-03-17",
        "destinataire": "adherent",
        "total": 900,
        "lignes": [
            {
                "ligne": "1",
                "soin": "F889123-1",
                "nature": "prestation",
                "beneficiaire": "01",
                "date_soin": "2026-03-10",
                "montant": 900,
                "quantite": 1,
                "depense": 3000,
                "base": 3000,
            }
        ],
    },
    "etat_personnel": "scelle",
    "personnel": None,
    "intact": True,
}
ANNULATION: dict[str, Any] = {
    "position": 4,
    "enregistre_at": "2026-03-18T08:15:30.123456Z",
    "flux": "ec264793-bed6-5b5f-a4cb-8c2330f9991b",
    "rang": 1,
    "topic": "annulation.recorded",
    "version": 1,
    "acteur": ACTEUR,
    "trace": TRACE,
    "sujet": SUJET,
    "empreinte": "fxlrLXkb0NEZ0o12FblkJg==",
    "faits": {"emetteur": "smi", "reference": "A-77", "annule": "SMI-2026-88", "date": "2026-04-02"},
    "etat_personnel": "ouvert",
    "personnel": {"numero_adherent": "00412345", "motif": "double_paiement"},
    "intact": True,
}
ETAT = (
    '{"v":1,"acteur":"' + ACTEUR + '","trace":"' + TRACE + '","sujet":"' + SUJET + '",'
    '"empreinte":"fxlrLXkb0NEZ0o12FblkJg==","faits":{"emetteur":"smi","reference":"SMI-2026-88","annulation":"A-77"}}'
)
CANCELLED: dict[str, Any] = {
    **{name: value for name, value in ANNULATION.items() if name not in ("faits", "personnel")},
    "position": 5,
    "flux": "3de38e68-c3ca-5667-868b-0f6f0c7a0c8b",
    "topic": "decompte.cancelled",
    "faits": {"emetteur": "smi", "reference": "SMI-2026-88", "annulation": "A-77"},
    "etat_personnel": "aucun",
    "personnel": None,
}
MAC = "AnUn8ft0iWIIQ3X0pvponIk="
LIGNE = (
    '{"position":5,"enregistre_at":"2026-03-18T08:15:30.123456Z","flux":"3de38e68-c3ca-5667-868b-0f6f0c7a0c8b",'
    f'"rang":1,"topic":"decompte.cancelled","mac":"{MAC}","etat":"' + ETAT.replace('"', '\\"') + '"}\n'
)

_RIEN = {"regime_obligatoire": 0, "smi": 0, "autre_mutuelle": 0}
BALANCE: dict[str, Any] = {
    "position": 5,
    "enregistre_at": "2026-03-18T08:15:30.123456Z",
    "adherents": 1,
    "decomptes": 2,
    "decomptes_annules": 0,
    "annulations": 1,
    "soins": 1,
    "soins_provisoires": 0,
    "total": SPLIT,
    "ecart_invariant": 0,
    "ecart_paiements": 0,
    "par_payeur": [
        {"payeur": "regime_obligatoire", "decomptes": 1, "lignes": 2, "montant": 1900},
        {"payeur": "smi", "decomptes": 1, "lignes": 1, "montant": 900},
        {"payeur": "autre_mutuelle", "decomptes": 0, "lignes": 0, "montant": 0},
        {"payeur": "recours_tiers", "decomptes": 0, "lignes": 0, "montant": 0},
    ],
    "par_mois_de_soin": [{"mois": "2026-03", "soins": 1, **SPLIT}],
    "par_mois_de_paiement": [
        {"mois": "2026-03", "regime_obligatoire": 1900, "smi": 900, "autre_mutuelle": 0, "recours_tiers": 0}
    ],
    "recouvrements": {**_RIEN, "victime": 0},
    "anomalies": [{"code": "annulation_en_attente", "nombre": 1}],
}

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("list_evenements", 200): {
        "ouvert": {"elements": [ANNULATION], "examine": 4, "suivant": "AAAAAAAAAATOHivxTUQ7sg"},
        "scelle": {"elements": [SMI], "examine": 2, "suivant": None},
    },
    ("read_evenement", 200): {
        "evenement": {"evenement": CANCELLED, "etat": ETAT, "etat_base64": None, "mac": MAC},
    },
    ("read_balance_generale", 200): {"balance": BALANCE},
    ("list_acces", 200): {
        "page": {
            "elements": [
                {
                    "rang": 1,
                    "at": "2026-03-18T08:15:30.123456Z",
                    "acteur": ACTEUR,
                    "role": "auditeur",
                    "sujet": SUJET,
                    "action": "releves/2026",
                    "motif": "réclamation n° 2026-114",
                    "motif_perdu": False,
                    "nombre": 1,
                }
            ],
            "suivant": None,
        },
    },
    ("list_evenements_ndjson", 200): {"ligne": LIGNE},
}
