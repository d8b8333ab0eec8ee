"""How long the law asks to keep what accounts rest on: dated values, each with its unit and its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DureeDeConservation:
    """So many years after the end of the accounting year, for what belongs to years that end from `depuis` on."""

    depuis: date
    annees: int
    source: str


CONSERVATION_COMPTABLE: Sequence[DureeDeConservation] = (
    DureeDeConservation(depuis=date(2000, 9, 21), annees=10, source="Code de commerce, art. L123-22"),
)
"""Oldest first; what is older than the first entry is kept as it says."""

MOIS_DE_CLOTURE, JOUR_DE_CLOTURE = 12, 31
"""SMI closes its accounts with the civil year *(project)*: the article counts years and leaves their beginning to the
end of the year that a piece belongs to, which is the latest reading, hence the safe one."""


def duree_comptable(exercice: int) -> DureeDeConservation:
    """What holds for the accounting year."""
    cloture = _cloture(exercice)
    held = [duree for duree in CONSERVATION_COMPTABLE if duree.depuis <= cloture]
    return held[-1] if held else CONSERVATION_COMPTABLE[0]


def fin_de_conservation(exercice: int) -> date:
    """The last day on which the pieces of an accounting year must be kept."""
    return _cloture(exercice + duree_comptable(exercice).annees)


def _cloture(exercice: int) -> date:
    return date(exercice, MOIS_DE_CLOTURE, JOUR_DE_CLOTURE)
