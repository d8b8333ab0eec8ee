"""Figures of the read models: catching up, rebuilding, and what a rebuild costs those who append meanwhile."""

import time
from collections.abc import Callable, Iterator

from commands.intake.take import Incoming, Source
from commands.ports import Provenance
from infra.bench import synthetic
from infra.bench.children import rebuilding
from infra.bench.measures import Better, Figure, Measured, compared, interleaved, percentile
from infra.bench.raw import build_seconds, packed_table
from infra.bench.stand import Stand
from infra.bench.stock import stock_rate
from infra.bootstrap import Services
from infra.projections.rebuild import rebuild
from infra.projections.rows import TABLE_BY_ROW

APPEND_EVERY_SECONDS = 0.01
"""A steady hundred a second: quick enough for a percentile, far from the limit."""

APPENDING_MEMBERS = 100
SOURCE = Source(origine="bench", deposant="bench")
PROVENANCE = Provenance(actor="bench", trace_id="0" * 32)


def _measure_projection(stand: Stand) -> Measured:
    events = stand.events

    def ours() -> float:
        with stand.database(stand.recorded) as url, stand.services(url) as services:
            worker = services.projection_worker()
            begun = time.perf_counter()
            reached = worker.catch_up()
            seconds = time.perf_counter() - begun
            assert reached == events, reached
            return events / seconds

    return _beside_stock(stand, ours)


def _measure_rebuild(stand: Stand) -> Measured:
    return _beside_stock(stand, lambda: stand.events / rebuild_seconds(stand))


def _beside_stock(stand: Stand, ours: Callable[[], float]) -> Measured:
    events = stand.events

    def reference() -> float:
        with stand.database(stand.recorded) as url:
            return stock_rate(url, events=stand.sizes.stock_events)

    extras: dict[str, float | int | str] = {
        "evenements": events,
        "evenements_reference": min(events, stand.sizes.stock_events),
    }
    return compared("événements/s", *interleaved(stand, ours, reference), extras=extras)


def _measure_rebuild_floor(stand: Stand) -> Measured:
    packed = {table: packed_table(stand.projected, table) for table in TABLE_BY_ROW.values()}
    events = stand.events

    def reference() -> float:
        with stand.database(stand.projected) as url:
            return events / build_seconds(url, packed)

    measured = interleaved(stand, lambda: events / rebuild_seconds(stand), reference)
    octets = sum(map(len, packed.values()))
    return compared("événements/s", *measured, extras={"evenements": events, "octets_des_lignes": octets})


def rebuild_seconds(stand: Stand) -> float:
    """How long rebuilding the read rows of the sample feed takes, on a ledger of its own."""
    with stand.database(stand.projected) as url:
        return seconds_to_rebuild(url)


def seconds_to_rebuild(url: str) -> float:
    """How long rebuilding the read rows of a ledger takes."""
    begun = time.perf_counter()
    rebuild(url)
    return time.perf_counter() - begun


def _measure_append_during_rebuild(stand: Stand) -> Measured:
    messages = synthetic.stream(APPENDING_MEMBERS)
    with stand.database(stand.projected) as url, stand.services(url) as services:
        _p99_ms(services, messages, appends=APPENDING_MEMBERS)  # every member has her key, every connection is open

        def during() -> float:
            with rebuilding(stand.environment(url)):
                return _p99_ms(services, messages, appends=stand.sizes.appends)

        def idle() -> float:
            return _p99_ms(services, messages, appends=stand.sizes.appends)

        measured = interleaved(stand, during, idle)
    return compared("ms au 99e centile", *measured, extras={"ajouts_par_mesure": stand.sizes.appends})


def _p99_ms(services: Services, messages: Iterator[bytes], *, appends: int) -> float:
    """The 99th percentile of one message taken and durable, at a steady pace."""
    latencies = []
    begun = time.perf_counter()
    for number in range(appends):
        time.sleep(max(0.0, begun + number * APPEND_EVERY_SECONDS - time.perf_counter()))
        message = Incoming(raw=next(messages).rstrip())
        asked = time.perf_counter()
        [outcome] = services.intake.take([message], source=SOURCE, provenance=PROVENANCE)
        latencies.append(time.perf_counter() - asked)
        assert outcome.position is not None, outcome
    return percentile(latencies, 0.99) * 1000


FIGURES = (
    Figure(id="projection", title="rattrapage / ProjectionRunner d'origine", floor=25, measure=_measure_projection),
    Figure(id="rebuild", title="reconstruction / ProjectionRunner d'origine", floor=30, measure=_measure_rebuild),
    Figure(
        id="rebuild_floor",
        title="reconstruction / COPY brut des lignes finies, index compris",
        floor=0.50,
        measure=_measure_rebuild_floor,
    ),
    Figure(
        id="append_during_rebuild",
        title="ajout pendant une reconstruction / au repos",
        floor=2.5,
        measure=_measure_append_during_rebuild,
        better=Better.LOWER,
    ),
)
