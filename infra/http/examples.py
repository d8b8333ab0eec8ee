"""The examples of the documentation. The tests send the messages and compare the answers: they are true ones."""

from typing import Any

NUMERO = "00412345"

DECOMPTE_RO: dict[str, Any] = {
    "type": "decompte",
    "version": 1,
    "emetteur": "cpam-751",
    "reference": "751-2026-000471",
    "payeur": "regime_obligatoire",
    "rang": 1,
    "numero_adherent": NUMERO,
    "date_paiement": "2026-03-14",
    "destinataire": "adherent",
    "total": 1900,
    "lignes": [
        {
            "ligne": "1",
            "soin": "F889123-1",
            "nature": "prestation",
            "beneficiaire": "01",
            "date_soin": "2026-03-10",
            "acte": "G",
            "libelle": "Consultation généraliste",
            "categorie": "consultations",
            "quantite": 1,
            "depense": 3000,
            "base": 3000,
            "taux_pb": 7000,
            "montant": 2100,
        },
        {
            "ligne": "2",
            "soin": "F889123-1",
            "nature": "participation_forfaitaire",
            "beneficiaire": "01",
            "date_soin": "2026-03-10",
            "montant": -200,
        },
    ],
}

DECOMPTE_SMI: dict[str, Any] = {
    "type": "decompte",
    "version": 1,
    "emetteur": "smi",
    "reference": "SMI-2026-19",
    "payeur": "smi",
    "rang": 2,
    "numero_adherent": NUMERO,
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
            "acte": "G",
            "libelle": "Consultation généraliste",
            "categorie": "consultations",
            "quantite": 1,
            "depense": 3000,
            "base": 3000,
            "montant": 900,
        }
    ],
}

ADHERENT: dict[str, Any] = {
    "type": "adherent",
    "version": 1,
    "emetteur": "smi",
    "reference": "AD-00412345-3",
    "numero_adherent": NUMERO,
    "date_effet": "2026-01-01",
    "nom": "Martin",
    "prenom": "Ada",
    "date_naissance": "1980-02-03",
    "email": "ada@exemple.fr",
    "telephone": "+33600000000",
    "beneficiaires": [{"beneficiaire": "02", "prenom": "Léo", "date_naissance": "2015-06-07"}],
}

ANNULATION: dict[str, Any] = {
    "type": "annulation",
    "version": 1,
    "emetteur": "smi",
    "reference": "A-77",
    "annule": "SMI-2026-88",
    "numero_adherent": NUMERO,
    "date": "2026-04-02",
    "motif": "double_paiement",
}

MESSAGES = {
    "decompte_regime_obligatoire": DECOMPTE_RO,
    "decompte_smi": DECOMPTE_SMI,
    "adherent": ADHERENT,
    "annulation": ANNULATION,
}

ENREGISTRE = {"statut": "enregistre", "emetteur": "cpam-751", "reference": "751-2026-000471", "position": 1}
DEJA_ENREGISTRE = {**ENREGISTRE, "statut": "deja_enregistre"}
DEJA_ENREGISTRE_ANNULE = {**DEJA_ENREGISTRE, "annule": True}
EN_ATTENTE = {"statut": "en_attente", "emetteur": "smi", "reference": "A-77", "position": 4}

FLUX_PRIS = {
    "recus": 5,
    "enregistres": 3,
    "deja_enregistres": 0,
    "en_attente": 1,
    "en_quarantaine": 1,
    "position": 5,
    "rejets": [{"ligne": 6, "code": "json_invalide", "message": "Le message n'est pas du JSON."}],
}
"""Of the four messages above, a blank line, then `{"type": "dec`."""

ERREURS = [{"chemin": "/lignes/0/montant", "message": "entier attendu (ni décimales, ni texte)"}]
DIFFERENCES = ["/total", "/lignes/0/montant"]
QUARANTAINE_ID = "0197c3c2-6f1e-4a57-9d38-0d6f0a5b7a11"

EN_QUARANTAINE = {
    "id": QUARANTAINE_ID,
    "code": "json_invalide",
    "detail": "Le message n'est pas du JSON.",
    "erreurs": [],
    "differences": [],
    "recu_at": "2026-03-18T08:15:30.123456Z",
    "dernier_recu_at": "2026-03-18T08:15:30.123456Z",
    "origine": "http",
    "ligne": 6,
    "nombre": 1,
    "message": '{"type": "dec',
    "message_base64": None,
    "rejoue_at": None,
    "rejoue_par": None,
}
PAGE_QUARANTAINE = {"elements": [EN_QUARANTAINE], "suivant": None}
