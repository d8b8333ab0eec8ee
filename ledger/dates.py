"""Civil days. « Today » always comes in as an argument; here is only what it means in Paris."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

AUTRE_MUTUELLE_DEPUIS = date(2023, 2, 15)
"""First payment date whose statement shows the column « autre mutuelle » (member space of 15 February 2023)."""


def civil_day(instant: datetime) -> date:
    """The civil day in Paris of an instant: on 31 December at 23:30 UTC it is already next year.

    Raises ValueError for an instant without a time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(PARIS).date()


class Fenetre(NamedTuple):
    """The two civil years that a member may read: the previous one and the current one."""

    precedente: int
    courante: int

    @classmethod
    def at(cls, today: date) -> "Fenetre":
        return cls(today.year - 1, today.year)

    def __contains__(self, annee: object) -> bool:
        return annee == self.precedente or annee == self.courante
