"""« As known then »: what a question about the past means, said once for the API, the pages and the command line.

A moment is a position of the journal and a civil day. What was served at a moment is what the read functions make of
the events recorded up to that position, with that day as « today »: nothing else that an answer depends on changes
while the program's version stays. An instant stands for the last event recorded at or before it, and for its own civil
day in Paris; a position for itself, and for the day on which it was recorded. A service told by `DECOMPTE_NOW` what day
it is serves every moment with that day, as it served the present.
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
ANNEE_MIN, ANNEE_MAX = 1900, 2200
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
    """Finds moments for those who read asynchronously. `today`: the day that the service was told to take for today."""

    def __init__(self, pool: ReadPool, *, today: date | None) -> None:
        self._pool = pool
        self._today = today

    async def at(self, au: str) -> Moment:
        """The moment of « au ». Raises AuInvalide, AuFutur, or what the pool raises."""
        now = datetime.now(UTC)
        statement, parameters = _question(au, now)
        [row] = await self._pool.fetch(statement, parameters)
        return _moment(row, now, today=self._today)


def moment_at(connection: Connection[Any], au: str, *, today: date | None) -> Moment:
    """The moment of « au », on a connection whose rows are mappings. Raises AuInvalide, AuFutur.

    `today`: the day that the service was told to take for today, if any; it was that for what was served then, too.
    """
    now = datetime.now(UTC)
    statement, parameters = _question(au, now)
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return _moment(row, now, today=today)


def day_named(au: str) -> date | None:
    """The civil day in Paris that « au » names; None for a position. Raises AuInvalide."""
    return None if _POSITION.fullmatch(au) else civil_day(_end_of(au))


def _question(au: str, now: datetime) -> tuple[LiteralString, dict[str, Any]]:
    if _POSITION.fullmatch(au):
        return _SQL["moment_of_position"], {"position": int(au)}
    return _SQL["moment_of_instant"], {"instant": _instant_of(au, now)}


def _instant_of(au: str, now: datetime) -> datetime:
    """The instant that « au » means, in UTC; of a day that is not over, now."""
    instant = _end_of(au)
    if instant <= now:
        return instant
    if _DAY.fullmatch(au) and civil_day(instant) == civil_day(now):
        return now
    raise AuFutur(au)


def _end_of(au: str) -> datetime:
    """An instant (in Paris when it has no zone), or the end of a day in Paris; in UTC. Raises AuInvalide."""
    try:
        if _DAY.fullmatch(au):
            next_day = datetime.combine(date.fromisoformat(au) + timedelta(days=1), time(), PARIS)
            instant = next_day.astimezone(UTC) - timedelta(microseconds=1)
        elif _INSTANT.fullmatch(au):
            given = datetime.fromisoformat(au)
            instant = (given if given.tzinfo is not None else given.replace(tzinfo=PARIS)).astimezone(UTC)
        else:
            raise AuInvalide(au)
    except (OverflowError, ValueError):
        raise AuInvalide(au) from None
    if not ANNEE_MIN <= instant.year <= ANNEE_MAX:
        raise AuInvalide(au)
    return instant


def _moment(row: Mapping[str, Any], now: datetime, *, today: date | None) -> Moment:
    if row["position"] > row["head"]:
        raise AuFutur(str(row["position"]))
    return Moment(position=row["position"], today=today or civil_day(row["recorded_at"] or now), is_past=True)
