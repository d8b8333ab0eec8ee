"""Every figure of the bench, by its permanent id."""

from infra.bench import appends, freshness, ingestion, kafka_rate, models, preuve, reads, sharing
from infra.bench.measures import Figure

_ORDER = (
    "append_1000",
    "append_5000",
    "ingest",
    "save_8_threads",
    "http_flux",
    "kafka",
    "projection",
    "projection_2",
    "rebuild",
    "rebuild_floor",
    "releve",
    "flat",
    "fresh_ms",
    "append_during_rebuild",
    "sealing",
    "verify_log",
    "verify_rows",
    "memory",
)
_KNOWN = {
    figure.id: figure
    for module in (appends, ingestion, kafka_rate, models, sharing, reads, freshness, preuve)
    for figure in module.FIGURES
}
FIGURES: dict[str, Figure] = {identifier: _KNOWN[identifier] for identifier in _ORDER}
"""In the order in which they are measured and shown."""
