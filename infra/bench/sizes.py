"""How much each figure is measured on."""

from dataclasses import dataclass
from datetime import date

TODAY = date(2026, 11, 22)
"""« Today » of every bench: the same feed, the same statements, whatever the day it is run."""

SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of one run.

    `members` are those of the sample portfolio (about 52 messages each); `stock_events` is how much of it the
    library's own runner projects, one transaction an event; `small_decomptes` and `large_decomptes` are the two
    ledgers that the long figures compare.
    """

    repetitions: int
    members: int
    append_events: int
    saves_per_thread: int
    stock_events: int
    load_seconds: float
    fresh_seconds: float
    appends: int
    small_decomptes: int
    large_decomptes: int
    reads_per_pass: int


QUICK = Sizes(
    repetitions=3,
    members=200,
    append_events=20_000,
    saves_per_thread=60,
    stock_events=800,
    load_seconds=1.0,
    fresh_seconds=3.0,
    appends=200,
    small_decomptes=2_000,
    large_decomptes=20_000,
    reads_per_pass=10,
)
"""Less than two minutes on two cores."""

FULL = Sizes(
    repetitions=9,
    members=4_000,
    append_events=100_000,
    saves_per_thread=400,
    stock_events=5_000,
    load_seconds=5.0,
    fresh_seconds=20.0,
    appends=1_000,
    small_decomptes=20_000,
    large_decomptes=2_000_000,
    reads_per_pass=40,
)
"""What the ratios of `docs/performance.md` are measured on."""
