"""The example of every answer. Those of reads are what the messages of `examples` give; the tests compare them."""

from typing import Any

from infra.http import examples
from infra.http.answers_exports import EXPORTS
from infra.http.examples_acces import ACCES
from ledger.buckets import BUCKETS

SPLIT = {
    "depense": 3000,
    "regime_obligatoire": 1900,
    "smi": 900,
    "autre_mutuelle": 0,
    "reste_a_charge": 200,
    "trop_percu": 0,
    "indemnise_par_tiers": 0,
}
RIEN = dict.fromkeys(SPLIT, 0)

SOIN = {
    "soin": "F889123-1",
    "date_soin": "2026-03-10",
    "beneficiaire": "01",
    "acte": "G",
    "libelle": "Consultation généraliste",
    "categorie": "consultations",
}


def ligne_of(montant: int) -> dict[str, Any]:
    """The soin as a line of the statement shows it."""
    return {**SOIN, "montant": montant, "base": 3000, **SPLIT, "etat": "complet", "anomalies": []}


RESUME_SMI = {
    "emetteur": "smi",
    "organisme": "SMI",
    "reference": "SMI-2026-19",
    "payeur": "smi",
    "date_paiement": "2026-03-17",
    "destinataire": "adherent",
    "montant": 900,
    "annule": False,
    "motif_annulation": None,
}

RELEVE = {
    "numero_adherent": examples.NUMERO,
    "annee": 2026,
    "position": 2,
    "totaux": SPLIT,
    "decomptes": [
        {**RESUME_SMI, "lignes": [ligne_of(900)]},
        {
            "emetteur": "cpam-751",
            "organisme": "Sécurité sociale",
            "reference": "751-2026-000471",
            "payeur": "regime_obligatoire",
            "date_paiement": "2026-03-14",
            "destinataire": "adherent",
            "montant": 1900,
            "annule": False,
            "motif_annulation": None,
            "lignes": [ligne_of(1900)],
        },
    ],
}

RESTE_A_CHARGE = {
    "annee": 2026,
    "position": 4,
    "total": SPLIT,
    "par_categorie": [{**SPLIT, "categorie": "consultations"}],
    "par_mois": [{**SPLIT, "mois": "2026-03"}],
    "par_beneficiaire": [{**SPLIT, "beneficiaire": "01"}],
    "anomalies": [{"code": "annulation_en_attente", "soin": None}],
}

ACCUEIL = {
    "derniers_paiements": [
        {
            "emetteur": "smi",
            "reference": "SMI-2026-19",
            "date_paiement": "2026-03-17",
            "payeur": "smi",
            "montant": 900,
        },
        {
            "emetteur": "cpam-751",
            "reference": "751-2026-000471",
            "date_paiement": "2026-03-14",
            "payeur": "regime_obligatoire",
            "montant": 1900,
        },
    ],
    "reste_a_charge": [{"annee": 2026, "total": SPLIT}, {"annee": 2025, "total": RIEN}],
    "en_attente": [],
}

COMPARATIF = {
    "annees": [2025, 2026],
    "par_categorie": [{"categorie": "consultations", "annees": [RIEN, SPLIT]}],
    "total": [RIEN, SPLIT],
}

DETAIL = {
    **RESUME_SMI,
    "rang": 2,
    "total": 900,
    "virement": None,
    "sinistre": None,
    "lignes": [
        {
            **SOIN,
            "ligne": "1",
            "soin_imputation": "F889123-1",
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
    "soins": [ligne_of(900)],
    "corrections": [],
    "enregistre_at": "2026-03-18T08:15:30.123456Z",
    "position": 2,
}

NOTIFICATIONS = {
    "frequence": "hebdomadaire",
    "beneficiaire": None,
    "joignable": True,
    "choisi_at": "2026-03-18T08:15:30.123456Z",
}

PRET = {
    "statut": "pret",
    "base": "disponible",
    "migrations": "a_jour",
    "projections": [
        {
            "nom": "dossiers",
            "position": 4,
            "retard_evenements": 0,
            "retard_secondes": 0.0,
            "ecartes": 0,
            "seaux": [
                {"seau": seau, "position": 4, "retard_evenements": 0, "retard_secondes": 0.0} for seau in BUCKETS
            ],
        }
    ],
}
NON_PRET: dict[str, Any] = {"statut": "indisponible", "base": "indisponible", "migrations": None, "projections": []}

EVENEMENT = {"event": "decompte", "id": "4", "data": '{"position":4}'}

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("record_message", 200): {"deja_enregistre": examples.DEJA_ENREGISTRE, "annule": examples.DEJA_ENREGISTRE_ANNULE},
    ("record_message", 201): {"enregistre": examples.ENREGISTRE},
    ("record_message", 202): {"en_attente": examples.EN_ATTENTE},
    ("record_flux", 200): {"flux": examples.FLUX_PRIS},
    ("list_quarantaine", 200): {"page": examples.PAGE_QUARANTAINE},
    ("read_quarantaine", 200): {"message": examples.EN_QUARANTAINE},
    ("replay_quarantaine", 200): {"deja_enregistre": examples.DEJA_ENREGISTRE},
    ("replay_quarantaine", 201): {"enregistre": examples.ENREGISTRE},
    ("replay_quarantaine", 202): {"en_attente": examples.EN_ATTENTE},
    ("read_accueil", 200): {"accueil": ACCUEIL},
    ("read_releve", 200): {"releve": RELEVE},
    ("read_reste_a_charge", 200): {"reste_a_charge": RESTE_A_CHARGE},
    ("read_comparatif", 200): {"comparatif": COMPARATIF},
    ("read_decompte", 200): {"decompte": DETAIL},
    **EXPORTS,
    **ACCES,
    ("read_notifications", 200): {"choisi": NOTIFICATIONS},
    ("choose_notifications", 200): {"choisi": NOTIFICATIONS},
    ("follow_evenements", 200): {"decompte": EVENEMENT},
    ("check_vivant", 200): {"vivant": {"statut": "vivant"}},
    ("check_pret", 200): {"pret": PRET},
    ("check_pret", 503): {"indisponible": NON_PRET},
    ("read_metrics", 200): {"extrait": 'decompte_messages_total{statut="enregistre"} 4.0\n'},
}
"""By operation and status."""
