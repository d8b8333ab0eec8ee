"""A large ledger: its log is checked at half the speed of reading, its read rows at that of a rebuild, memory flat."""

import os

from infra.bench import synthetic
from infra.bench.children import import_lines
from infra.bench.memory_watch import MemoryWatch
from infra.bench.models import seconds_to_rebuild
from infra.bench.preuve import check_seconds, compare_seconds, read_seconds, seal_all
from infra.bench.stand import Stand
from infra.bootstrap import Services

SMALL_SHARE = 20
"""The small ledger beside which memory is looked at: so many times less."""

GROWTH_BYTES_MAX = 48 * 1024 * 1024
RATIO_MIN = 0.50
ROWS_RATIO_MIN = 1.0
RATIO_FROM_EVENTS = 100_000
"""Below this many events a ratio says nothing: opening connections takes as long."""


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Check the log and the read rows of that many plain décomptes. Raises AssertionError."""
    small_peak = _checked(stand, messages // SMALL_SHARE)[0]
    peak, found = _checked(stand, messages)
    growth = peak - small_peak
    assert growth < GROWTH_BYTES_MAX, f"la mémoire croît avec le journal : {growth} octets de plus"
    ratio = float(found["controle_par_s"]) / float(found["lecture_par_s"])
    rows_ratio = float(found["lignes_par_s"]) / float(found["reconstruction_par_s"])
    is_held = ratio >= RATIO_MIN and rows_ratio >= ROWS_RATIO_MIN
    assert is_held or messages < RATIO_FROM_EVENTS, f"contrôle / lecture, lignes / reconstruction : {found}"
    return {
        "lignes": messages,
        **found,
        "controle_sur_lecture": round(ratio, 3),
        "lignes_sur_reconstruction": round(rows_ratio, 3),
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
            services.projection_worker().catch_up()
            peak, check, rows = _watched(services, size)
            read = min(read_seconds(url) for _ in range(3))
            check = min(check, check_seconds(services), check_seconds(services))
            built = min(seconds_to_rebuild(url) for _ in range(2))
            rows = min(rows, compare_seconds(url, events=size))
    return peak, {
        "evenements": size,
        "scelles_par_s": round(sealed),
        "controle_par_s": round(size / check),
        "lecture_par_s": round(size / read),
        "lignes_par_s": round(size / rows),
        "reconstruction_par_s": round(size / built),
    }


def _watched(services: Services, events: int) -> tuple[int, float, float]:
    """Peak memory of this process while it checks, and the seconds that the log took, and the read rows."""
    with MemoryWatch(os.getpid()) as watch:
        log_seconds, rows_seconds = check_seconds(services), compare_seconds(services.url, events=events)
    return watch.peak_bytes, log_seconds, rows_seconds
