"""The examples of why a figure is what it is: what the messages of `examples` give; the tests compare them."""

from collections.abc import Mapping
from typing import Any

from infra.http import examples
from infra.http.answers import RESUME_SMI, RIEN, SOIN, SPLIT, ligne_of

_AT = "2026-03-18T08:15:30.123456Z"
_RO = {"position": 1, "emetteur": "cpam-751", "reference": "751-2026-000471"}
_SMI = {"position": 2, "emetteur": "smi", "reference": "SMI-2026-19"}
_NOWHERE = dict.fromkeys((*_RO, "ligne"))
_AFTER_RO = {**RIEN, "depense": 3000, "regime_obligatoire": 1900, "reste_a_charge": 1100}
_SOIN_OF = {name: SOIN[name] for name in ("date_soin", "beneficiaire", "acte", "libelle")}
_REGLE = "La dépense est celle du premier payeur qui en annonce une : Sécurité sociale, rang 1."


def _part(montant: int, event: Mapping[str, Any], ligne: str) -> dict[str, Any]:
    """What a line adds to an amount."""
    return {"montant": montant, "terme": None, **event, "ligne": ligne}


def _terms(**amounts: int) -> list[dict[str, Any]]:
    """What other amounts add to one."""
    return [{"montant": montant, "terme": terme, **_NOWHERE} for terme, montant in amounts.items()]


def _montant(terme: str, montant: int, phrase: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"terme": terme, "montant": montant, "phrase": phrase, "parts": parts}


def _annonce(payeur: str, rang: int, *, retenue: bool) -> dict[str, Any]:
    return {"payeur": payeur, "rang": rang, "somme": 3000, "plus_grande": 3000, "montant": 3000, "retenue": retenue}


def _ligne(event: Mapping[str, Any], ligne: str, montant: int, **own: Any) -> dict[str, Any]:
    """A payment line as received; but for what `own` says, a prestation of the régime obligatoire."""
    return {
        **event,
        "enregistre_at": _AT,
        "ligne": ligne,
        "payeur": "regime_obligatoire",
        "rang": 1,
        "date_paiement": "2026-03-14",
        "soin": SOIN["soin"],
        "soin_imputation": SOIN["soin"],
        "nature": "prestation",
        **_SOIN_OF,
        "quantite": 1,
        "depense": 3000,
        "base": 3000,
        "montant": montant,
        "ligne_origine": None,
        "pour_compte_de": None,
        "motif": None,
        "ne_compte_pas": [],
    } | own


_DECOMPTE_RO = {
    **_RO,
    "enregistre_at": _AT,
    "evenement": "decompte.regime_obligatoire.recorded",
    "date": "2026-03-14",
    "montant": 1900,
    "motif": None,
}
_DECOMPTE_SMI = {
    **_SMI,
    "enregistre_at": _AT,
    "evenement": "decompte.smi.recorded",
    "date": "2026-03-17",
    "montant": 900,
    "motif": None,
}

SOIN_EXPLIQUE: dict[str, Any] = {
    "numero_adherent": examples.NUMERO,
    "position": 2,
    **SOIN,
    "split": SPLIT,
    "etat": "complet",
    "anomalies": [],
    "regle": {
        "branche": "annoncee",
        "phrase": _REGLE,
        "annonces": [_annonce("regime_obligatoire", 1, retenue=True), _annonce("smi", 2, retenue=False)],
    },
    "montants": [
        _montant("depense", 3000, _REGLE, [_part(3000, _RO, "1")]),
        _montant(
            "regime_obligatoire",
            1900,
            "La somme signée de ce que la Sécurité sociale a payé et repris sur ce soin.",
            [_part(2100, _RO, "1"), _part(-200, _RO, "2")],
        ),
        _montant("smi", 900, "La somme signée de ce que SMI a payé et repris sur ce soin.", [_part(900, _SMI, "1")]),
        _montant(
            "autre_mutuelle", 0, "La somme signée de ce que les autres mutuelles ont payé et repris sur ce soin.", []
        ),
        _montant(
            "non_couvert",
            200,
            "Participation forfaitaire, franchise et majoration hors parcours : l'opposé de leur "
            "somme, jamais moins de zéro.",
            [_part(200, _RO, "2")],
        ),
        _montant(
            "trop_percu",
            0,
            "Ce qui a été payé au-delà de la dépense diminuée du non couvert ; jamais moins de zéro "
            "(code de la mutualité, art. L224-8).",
            _terms(regime_obligatoire=1900, smi=900, autre_mutuelle=0, depense=-3000, non_couvert=200),
        ),
        _montant(
            "reste_a_charge",
            200,
            "La dépense, moins tout ce qui a été payé, plus le trop-perçu.",
            _terms(depense=3000, regime_obligatoire=-1900, smi=-900, autre_mutuelle=0, trop_percu=0),
        ),
        _montant(
            "indemnise_par_tiers",
            0,
            "Ce que le tiers responsable a versé à la victime ; il ne change pas le reste à charge.",
            [],
        ),
    ],
    "lignes": [
        _ligne(
            _RO,
            "1",
            2100,
            compte_pour=[{"terme": "depense", "montant": 3000}, {"terme": "regime_obligatoire", "montant": 2100}],
        ),
        _ligne(
            _RO,
            "2",
            -200,
            nature="participation_forfaitaire",
            acte=None,
            libelle=None,
            quantite=None,
            depense=None,
            base=None,
            compte_pour=[{"terme": "regime_obligatoire", "montant": -200}, {"terme": "non_couvert", "montant": 200}],
        ),
        _ligne(
            _SMI,
            "1",
            900,
            payeur="smi",
            rang=2,
            date_paiement="2026-03-17",
            compte_pour=[{"terme": "smi", "montant": 900}],
            ne_compte_pas=[
                {
                    "code": "depense_d_un_autre_payeur",
                    "phrase": "Chaque payeur répète la dépense : celle d'un autre payeur a été retenue.",
                }
            ],
        ),
    ],
    "corrections": [],
    "etapes": [
        {**_DECOMPTE_RO, "avant": RIEN, "apres": _AFTER_RO, "etat": "provisoire", "anomalies": []},
        {**_DECOMPTE_SMI, "avant": _AFTER_RO, "apres": SPLIT, "etat": "complet", "anomalies": []},
    ],
}

DIFFERENCES: dict[str, Any] = {
    "numero_adherent": examples.NUMERO,
    "annee": 2026,
    "de": 1,
    "a": 4,
    "totaux_avant": _AFTER_RO,
    "totaux_apres": SPLIT,
    "apparus": [{"position": 2, "decompte": {**RESUME_SMI, "lignes": [ligne_of(900)]}}],
    "annules": [],
    "lignes": [
        {
            "emetteur": _RO["emetteur"],
            "reference": _RO["reference"],
            "soin": SOIN["soin"],
            "libelle": SOIN["libelle"],
            "champs": [
                {"champ": "smi", "avant": "0", "apres": "900"},
                {"champ": "reste_a_charge", "avant": "1100", "apres": "200"},
                {"champ": "etat", "avant": "provisoire", "apres": "complet"},
            ],
            "evenements": [2, 4],
        }
    ],
    "evenements": [
        _DECOMPTE_SMI,
        {
            "position": 4,
            "enregistre_at": _AT,
            "evenement": "annulation.recorded",
            "emetteur": "smi",
            "reference": "A-77",
            "date": "2026-04-02",
            "montant": None,
            "motif": "double_paiement",
        },
    ],
}

ANSWERS: dict[tuple[str, int], dict[str, Any]] = {
    ("read_soin_explique", 200): {"soin": SOIN_EXPLIQUE},
    ("read_differences", 200): {"differences": DIFFERENCES},
}
"""By operation and status."""
