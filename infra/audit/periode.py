"""A period of the journal: `du` and `au` are positions, instants or days, both included."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from infra.reads.moments import AuInvalide, Moment
from ledger.dates import PARIS

_TICK = timedelta(microseconds=1)
"""Instants of recording are whole microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periode:
    """The positions of a period; None where it is open."""

    position_min: int | None = None
    position_max: int | None = None


async def periode(at: Callable[[str], Awaitable[Moment]], *, du: str | None, au: str | None) -> Periode:
    """The period from `du` (a day: its beginning, in Paris) to `au` (a day: its end). `at` finds a moment.

    Raises AuInvalide, AuFutur, or what `at` raises.
    """
    return Periode(
        position_min=await _first_from(at, du) if du is not None else None,
        position_max=(await at(au)).position if au is not None else None,
    )


async def _first_from(at: Callable[[str], Awaitable[Moment]], du: str) -> int:
    """The position of the first event recorded at `du` or later."""
    if du.isascii() and du.isdecimal():
        return (await at(du)).position
    await at(du)  # It is a day or an instant, and not to come.
    try:
        begins = datetime.fromisoformat(du) if len(du) > len("AAAA-MM-JJ") else _beginning(du)
        zoned = begins if begins.tzinfo is not None else begins.replace(tzinfo=PARIS)
        return (await at((zoned - _TICK).isoformat())).position + 1
    except OverflowError:
        raise AuInvalide(du) from None


def _beginning(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), PARIS)
