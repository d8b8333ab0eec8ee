"""The two civil years of the sample, and the days on which people consult and payers pay."""

from dataclasses import dataclass
from datetime import date

FERIES = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
"""French public holidays with a fixed date (month, day); the moveable ones are ignored."""

SAMEDI, DIMANCHE = 5, 6


@dataclass(frozen=True, slots=True)
class Fenetre:
    """The days of the feed: from 1 January of last year to today, both included."""

    debut: date
    fin: date

    @classmethod
    def ending(cls, today: date) -> "Fenetre":
        """The current civil year up to `today`, and the whole civil year before."""
        return cls(date(today.year - 1, 1, 1), today)


def shift(jour: date, jours: int) -> date:
    """The day so many days later (earlier when negative)."""
    return date.fromordinal(jour.toordinal() + jours)


def next_care_day(jour: date) -> date:
    """This day, or the first one after on which surgeries and pharmacies are open."""
    while jour.weekday() == DIMANCHE or (jour.month, jour.day) in FERIES:
        jour = shift(jour, 1)
    return jour


def next_payment_day(jour: date) -> date:
    """This day, or the first one after on which a bank transfer is made."""
    while jour.weekday() >= SAMEDI or (jour.month, jour.day) in FERIES:
        jour = shift(jour, 1)
    return jour
