"""The words of the team's pages that no file shares: menus of a form, who did what."""

from collections.abc import Mapping
from typing import Any

from infra.portal.mots import typo
from ledger.payeurs import PourCompteDe
from readmodels.renderings import labels_recours as labels

EN_COURS = "en_cours"
"""In the filter of states: every one that is not closed."""

PARTIES = tuple((qui.value, nom) for qui, nom in labels.PARTIE.items())
"""The fields of a ParPartie, each with its name."""


def _said(words: Mapping[Any, str]) -> dict[Any, str]:
    return {value: typo(text) for value, text in words.items()}


NOMS: Mapping[str, Any] = {
    "ETAT_SINISTRE": _said(labels.ETAT_SINISTRE),
    "ORIGINE": _said(labels.ORIGINE),
    "CIRCONSTANCE": _said(labels.CIRCONSTANCE),
    "EVENEMENT": _said(labels.EVENEMENT),
    "CODE_ECART": _said(labels.CODE_ECART),
    "CLASSE": _said(labels.CLASSE),
    "RAISON": _said(labels.RAISON),
    "RESOLUTION": _said(labels.RESOLUTION),
    "INDICE": labels.INDICE,
    "PARTIE": labels.PARTIE,
    "PARTIES": PARTIES,
    "VICTIME": PourCompteDe.VICTIME,
}
"""What templates call these words."""
