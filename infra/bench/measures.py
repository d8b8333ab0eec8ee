"""What a figure is, what measuring it gives, and how two ways are compared: in turn, never one after the other.

The speed of a shared machine drifts by the minute. Ours and the reference alternate within one run, and what is
kept is the ratio of their medians.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.bench.stand import Stand


class Better(StrEnum):
    """Which way a figure should go."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound beside the ratio that the figure must keep too: `value` below `below`, or above `above`."""

    name: str
    value: float
    below: float = math.inf
    above: float = -math.inf

    @property
    def is_held(self) -> bool:
        """Whether the bound is kept."""
        return self.above < self.value < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a figure came to: medians in `unit`, their ratio, and the ratio of each repetition.

    `reference` is None for a figure that is a quantity of its own; `extras` go to the JSON as they are.
    """

    ratio: float
    unit: str
    ours: float
    reference: float | None = None
    ratios: Sequence[float] = ()
    extras: dict[str, float | int | str] = field(default_factory=dict)
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the bench: its permanent id, what it compares, the floor that it must reach, how to measure it.

    A long figure needs a ledger of millions: `--quick` leaves it out.
    """

    id: str
    title: str
    floor: float
    measure: "Callable[[Stand], Measured]"
    better: Better = Better.HIGHER
    is_long: bool = False

    def is_held(self, measured: Measured) -> bool:
        """Whether the floor is reached and every further limit kept."""
        reached = measured.ratio >= self.floor if self.better is Better.HIGHER else measured.ratio <= self.floor
        return reached and all(limit.is_held for limit in measured.limits)


def interleaved(
    stand: "Stand", ours: Callable[[], float], reference: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Both, in turn, as many times as the sizes say."""
    pairs = [(ours(), reference()) for _ in stand.rounds()]
    return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]


def compared(
    unit: str,
    ours: Sequence[float],
    reference: Sequence[float],
    *,
    extras: dict[str, float | int | str] | None = None,
    limits: Sequence[Limit] = (),
) -> Measured:
    """The ratio of the medians; both are in `unit`."""
    mine, theirs = statistics.median(ours), statistics.median(reference)
    return Measured(
        ratio=mine / theirs,
        unit=unit,
        ours=mine,
        reference=theirs,
        ratios=[a / b for a, b in zip(ours, reference, strict=True)],
        extras=extras or {},
        limits=limits,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
