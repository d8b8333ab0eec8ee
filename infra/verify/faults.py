"""What a verification finds."""

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[str, str, str], None]
"""Report a fault: table, place, what."""

Reached = Callable[[int], None]
"""Called with the position that a check has come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it was written: in which table, where, and what. Never a person's data."""

    table: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.place} : {self.what}"


@dataclass(slots=True, kw_only=True)
class Report:
    """The whole verification. `sealed`: how many entries of each proof log."""

    events: int
    rows: int
    keys: int
    projected: int
    sealed: dict[str, int]
    faults: list[Fault]
    more_faults: int
