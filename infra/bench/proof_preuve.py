"""The log of a large ledger: sealed behind its import, checked at half the speed of reading, memory flat."""

import os

from infra.bench import synthetic
from infra.bench.children import import_lines
from infra.bench.memory_watch import MemoryWatch
from infra.bench.preuve import check_seconds, read_seconds, seal_all
from infra.bench.stand import Stand
from infra.bootstrap import Services

SMALL_SHARE = 20
"""The small ledger beside which memory is looked at: so many times less."""

GROWTH_BYTES_MAX = 48 * 1024 * 1024
RATIO_MIN = 0.50
RATIO_FROM_EVENTS = 100_000
"""Below this many events the ratio says nothing: opening connections takes as long."""


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Check the log of that many plain décomptes. Raises AssertionError."""
    small_peak = _checked(stand, messages // SMALL_SHARE)[0]
    peak, found = _checked(stand, messages)
    growth = peak - small_peak
    assert growth < GROWTH_BYTES_MAX, f"la mémoire croît avec le journal : {growth} octets de plus"
    ratio = float(found["controle_par_s"]) / float(found["lecture_par_s"])
    assert ratio >= RATIO_MIN or messages < RATIO_FROM_EVENTS, f"contrôle / lecture : {ratio:.2f}"
    return {
        "lignes": messages,
        **found,
        "controle_sur_lecture": round(ratio, 3),
        "memoire_octets": peak,
        "memoire_en_plus_octets": growth,
    }


def _checked(stand: Stand, messages: int) -> tuple[int, dict[str, float | int | str]]:
    stand.prepare(f"journal de {messages} décomptes")
    with stand.database() as url:
        imported = import_lines(stand.environment(url), synthetic.lines(messages))
        with stand.services(url) as services:
            size, sealed = seal_all(services)
            assert size == imported.events, (size, imported.events)
            peak, check = _watched(services)
            read = min(read_seconds(url) for _ in range(3))
            check = min(check, check_seconds(services), check_seconds(services))
    return peak, {
        "evenements": size,
        "scelles_par_s": round(sealed),
        "controle_par_s": round(size / check),
        "lecture_par_s": round(size / read),
    }


def _watched(services: Services) -> tuple[int, float]:
    """Peak memory of this process while it checks, and the seconds that took."""
    with MemoryWatch(os.getpid()) as watch:
        seconds = check_seconds(services)
    return watch.peak_bytes, seconds
