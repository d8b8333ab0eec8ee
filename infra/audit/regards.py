"""What is asked of the access log: whose looks, at whom, when."""

from datetime import UTC, date, datetime, time, timedelta

from infra.auth.journal_acces import Ligne
from ledger.dates import PARIS
from readmodels.vues_audit import RegardConsigne


class QuandInvalide(Exception):
    """Neither a day nor an instant."""


def begins(du: str) -> datetime:
    """The first instant of a period: that of a day in Paris, or the one given. Raises QuandInvalide."""
    return _instant(du, days=0)


def ends(au: str) -> datetime:
    """The first instant after a period: a day counts whole, an instant too. Raises QuandInvalide."""
    return _instant(au, days=1)


def vue(ligne: Ligne) -> RegardConsigne:
    """A look as auditors read it."""
    return RegardConsigne(
        rang=ligne.rang,
        at=ligne.at.astimezone(UTC),
        acteur=ligne.acteur,
        role=ligne.role,
        sujet=ligne.sujet,
        action=ligne.action,
        motif=ligne.motif,
        motif_perdu=ligne.is_motif_lost,
        nombre=ligne.nombre,
    )


def _instant(given: str, *, days: int) -> datetime:
    try:
        if len(given) <= len("AAAA-MM-JJ"):
            day = date.fromisoformat(given) + timedelta(days=days)
            return datetime.combine(day, time(), PARIS).astimezone(UTC)
        instant = datetime.fromisoformat(given)
        zoned = instant if instant.tzinfo is not None else instant.replace(tzinfo=PARIS)
        return zoned.astimezone(UTC) + timedelta(microseconds=days)
    except (ValueError, OverflowError):
        raise QuandInvalide(given) from None
