"""How often a member is written to, and the civil periods of Paris that digests sum up."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ledger.dates import PARIS

DIGEST_HOUR = 8
"""From which hour in Paris, on the first day after a period, its digest is sent."""


class Frequence(StrEnum):
    """How often an access is told of new reimbursements."""

    CHAQUE_REMBOURSEMENT = "chaque_remboursement"
    HEBDOMADAIRE = "hebdomadaire"
    MENSUELLE = "mensuelle"
    AUCUNE = "aucune"


PAR_PERIODE = (Frequence.HEBDOMADAIRE, Frequence.MENSUELLE)
"""Those that sum up a period: a week from Monday, a calendar month."""


def last_end(frequence: Frequence, now: datetime) -> date:
    """The first day after the last period that can be summed up now: a Monday, or the first of a month.

    `now` has a time zone. Between midnight and DIGEST_HOUR the period that just ended is not yet summed up.
    """
    day = (now.astimezone(PARIS).replace(tzinfo=None) - timedelta(hours=DIGEST_HOUR)).date()
    return day.replace(day=1) if frequence is Frequence.MENSUELLE else day - timedelta(days=day.weekday())


def start_of(day: date) -> datetime:
    """The instant at which this day begins in Paris."""
    return datetime.combine(day, time(), tzinfo=PARIS)


def period_name(frequence: Frequence, end: date) -> str:
    """The period that ends before this day: `2026-W12`, or `2026-03`."""
    last = end - timedelta(days=1)
    year, week, _ = last.isocalendar()
    return f"{year}-W{week:02d}" if frequence is Frequence.HEBDOMADAIRE else f"{last:%Y-%m}"
