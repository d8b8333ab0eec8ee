"""Chance that gives the same draws on every Python: only `random()` of a generator seeded by a string is used.

The methods of `random.Random` built on top (`choice`, `shuffle`, `gauss`…) may change from one version to the next, and
logarithms may differ by machine; both are avoided.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Alea:
    """A stream of draws that depends on its seed text and on nothing else."""

    __slots__ = ("draw",)

    def __init__(self, graine: str) -> None:
        self.draw = random.Random(graine).random  # noqa: S311 - invented data, no secret

    def chance(self, probabilite: float) -> bool:
        """True with this probability."""
        return self.draw() < probabilite

    def between(self, premier: int, dernier: int) -> int:
        """A whole number, both ends included, all equally likely."""
        return premier + int(self.draw() * (dernier - premier + 1))

    def pick(self, choix: Sequence[T]) -> T:
        """One of the choices, all equally likely."""
        return choix[int(self.draw() * len(choix))]

    def pick_weighted(self, choix: Sequence[tuple[T, float]]) -> T:
        """One of the choices by weight; the weights need not add up to 1."""
        total = 0.0
        for _, poids in choix:
            total += poids  # not sum(): Python 3.12 changed how it rounds
        reste = self.draw() * total
        for valeur, poids in choix:
            reste -= poids
            if reste < 0:
                return valeur
        return choix[-1][0]

    def count(self, attendu: float) -> int:
        """How often something happens that happens `attendu` times on average (a binomial law)."""
        essais = int(2 * attendu) + 2
        probabilite = attendu / essais
        draw = self.draw
        return sum([draw() < probabilite for _ in range(essais)])
