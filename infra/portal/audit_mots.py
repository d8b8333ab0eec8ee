"""The words of the auditors' pages."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from infra.portal.mots import entier, typo
from readmodels.renderings import labels_audit
from readmodels.renderings.montants_fr import INSECABLE

_SHORT = 18
"""How much of an actor a table shows: its kind, and the beginning of its number."""


def noms(faits: Any) -> str:
    """« smi / SMI-2026-19 » : the names that the facts of an event give it; "" when they give none."""
    if faits is None:
        return ""
    named = msgspec.json.decode(msgspec.json.encode(faits))
    names = (named.get("emetteur"), named.get("reference") or named.get("sinistre") or named.get("bordereau"))
    return " / ".join(str(name) for name in names if name)


def court(acteur: str) -> str:
    """An actor, shortened."""
    return acteur if len(acteur) <= _SHORT else acteur[:_SHORT] + "…"


def compte(combien: int, nom: str) -> str:
    """« 12 345 soins », « 1 soin »: a large count with its noun, which takes an s."""
    return f"{entier(combien)}{INSECABLE}{nom}{'s' if combien > 1 else ''}"


FILTRES: Mapping[str, Callable[..., str]] = {"noms": noms, "court": court, "compte": compte}
NOMS: Mapping[str, Any] = {
    "TOPIC": {topic: typo(nom) for topic, nom in labels_audit.EVENEMENT.items()},
    "ETAT_PERSONNEL": {etat: typo(nom) for etat, nom in labels_audit.ETAT_PERSONNEL.items()},
}
"""What templates call these words."""
