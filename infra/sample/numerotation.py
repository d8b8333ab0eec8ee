"""References: unique for ever by construction, and looking like those that payers print."""

from datetime import date

MESSAGES_MAX = 2**10
"""Numbers that one member can use in a portfolio."""

_ETENDUE = 2**30
_PAS = 662_607_015
"""Odd, so that multiplying by it modulo a power of two gives every number once: neighbours look unrelated."""


class Numerotation:
    """The numbers of one member: no two members share one, whatever the emitter."""

    __slots__ = ("_dernier", "_pris", "_soins")

    def __init__(self, indice: int) -> None:
        self._pris = self._soins = indice * MESSAGES_MAX
        self._dernier = self._pris + MESSAGES_MAX

    def next_reference(self, prefixe: str, jour: date) -> str:
        """The next reference of an emitter for a payment on a day, like 751-2026-0004710012."""
        self._pris += 1
        assert self._pris <= self._dernier, "one more would be a number of the next member"
        return f"{prefixe}-{jour.year}-{_scatter(self._pris):010d}"

    def next_facture(self) -> str:
        """What the references of the soins of one invoice begin with, like F0889123001."""
        self._soins += 1
        return f"F{_scatter(self._soins):010d}"


def _scatter(numero: int) -> int:
    return numero * _PAS % _ETENDUE
