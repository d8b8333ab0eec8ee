"""« As known then »: what a question about the past means, said once for the API, the pages and the command line.

A moment is a position of the journal and a civil day. What was served at a moment is what the read functions make of
the events recorded up to that position, with that day as « today »: nothing else that an answer depends on changes
while the program's version stays. An instant stands for the last event recorded at or before it, and for its own civil
day in Paris; a position for itself, and for the day on which it was recorded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

from psycopg import Connection

from infra.postgres.sql import statements
from infra.reads.dossiers import LATEST
from infra.reads.pool import ReadPool
from ledger.dates import PARIS, Fenetre, civil_day

AU_CHARACTERS_MAX = 40
_POSITION = re.compile(r"[1-9][0-9]{0,17}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_SQL = statements("infra.reads", "moments.sql")


class AuInvalide(ValueError):
    """What was given for « au » is no position, no day and no instant."""


class AuFutur(ValueError):
    """What was given for « au » has not come yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a question is about. `is_past`: it was asked for; else it is now, and `position` is past every event."""

    position: int
    today: date
    is_past: bool

    @property
    def fenetre(self) -> Fenetre:
        """The two years that members and portal read on that day."""
        return Fenetre.at(self.today)


def now_on(today: date) -> Moment:
    """The present moment."""
    return Moment(position=LATEST, today=today, is_past=False)


class Moments:
    """Finds moments for those who read asynchronously."""

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool

    async def at(self, au: str) -> Moment:
        """The moment of « au ». Raises AuInvalide, AuFutur, or what the pool raises."""
        now = datetime.now(UTC)
        statement, parameters = _question(au, now)
        [row] = await self._pool.fetch(statement, parameters)
        return _moment(row, now)


def moment_at(connection: Connection[Any], au: str) -> Moment:
    """The moment of « au », on a connection whose rows are mappings. Raises AuInvalide, AuFutur."""
    now = datetime.now(UTC)
    statement, parameters = _question(au, now)
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return _moment(row, now)


def _question(au: str, now: datetime) -> tuple[LiteralString, dict[str, Any]]:
    if _POSITION.fullmatch(au):
        return _SQL["moment_of_position"], {"position": int(au)}
    return _SQL["moment_of_instant"], {"instant": _instant_of(au, now)}


def _instant_of(au: str, now: datetime) -> datetime:
    """The instant of a day (its end, in Paris; now when it is not over), or of an instant (in Paris without a zone)."""
    try:
        if _DAY.fullmatch(au):
            day = date.fromisoformat(au)
            if day > civil_day(now):
                raise AuFutur(au)
            end = datetime.combine(day + timedelta(days=1), time(), PARIS) - timedelta(microseconds=1)
            return min(end.astimezone(UTC), now)
        if not _INSTANT.fullmatch(au):
            raise AuInvalide(au)
        instant = datetime.fromisoformat(au)
        instant = (instant if instant.tzinfo is not None else instant.replace(tzinfo=PARIS)).astimezone(UTC)
    except OverflowError:
        raise AuInvalide(au) from None
    except AuFutur:
        raise
    except ValueError:
        raise AuInvalide(au) from None
    if instant > now:
        raise AuFutur(au)
    return instant


def _moment(row: Mapping[str, Any], now: datetime) -> Moment:
    if row["position"] > row["head"]:
        raise AuFutur(str(row["position"]))
    return Moment(position=row["position"], today=civil_day(row["recorded_at"] or now), is_past=True)
