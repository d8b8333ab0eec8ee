"""From durable to visible: how old an answer may be while messages keep coming."""

import statistics
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from threading import Event, Thread

import msgspec

from commands.intake.take import Incoming, Source
from commands.ports import Provenance
from infra.bench import synthetic
from infra.bench.asking import Portail, portail, releve_path
from infra.bench.measures import Better, Figure, Limit, Measured, percentile
from infra.bench.stand import Stand
from infra.bootstrap import Services

MESSAGES_PER_SECOND = 500
MESSAGES_PER_APPEND = 5
RATE_KEPT_MIN = 0.9
"""Below this share of the wanted rate, the figure is not about the wanted rate."""

POLL_SECONDS = 0.005
VISIBLE_SECONDS_MAX = 30.0
WRITTEN_MEMBERS = 200
FRESH_MS_MAX = 250
SOURCE = Source(origine="bench", deposant="bench")
PROVENANCE = Provenance(actor="bench", trace_id="0" * 32)


@dataclass(frozen=True, slots=True)
class _Append:
    """Messages that became durable together: when, and the position of the last one."""

    at: float
    position: int


@dataclass(frozen=True, slots=True)
class _Sight:
    """An answer over HTTP: when it was whole, and how far it had read."""

    at: float
    position: int


def _measure_fresh(stand: Stand) -> Measured:
    lags: list[float] = []
    medians: list[float] = []
    rates: list[float] = []
    messages = synthetic.stream(WRITTEN_MEMBERS)
    with (
        stand.database(stand.projected) as url,
        stand.services(url) as services,
        portail(stand, url) as client,
    ):
        _append_steadily(services, messages, seconds=1.0)  # once for nothing: keys, connections, first batches
        for _ in stand.rounds():
            appends, sights = _watched(services, client, messages, seconds=stand.sizes.fresh_seconds)
            waits = _waits_ms(appends, sights)
            lags.append(percentile(waits, 0.99))
            medians.append(percentile(waits, 0.50))
            rates.append(len(appends) * MESSAGES_PER_APPEND / (appends[-1].at - appends[0].at))
        _check_content(services, client, next(messages))
    rate = statistics.median(rates)
    p99 = statistics.median(lags)
    return Measured(
        ratio=p99,
        unit="ms au 99e centile",
        ours=p99,
        ratios=lags,
        extras={"p50_ms": round(statistics.median(medians), 2)},
        limits=(Limit(name="messages_par_s", value=rate, above=MESSAGES_PER_SECOND * RATE_KEPT_MIN),),
    )


def _watched(
    services: Services, client: Portail, messages: Iterator[bytes], *, seconds: float
) -> tuple[list[_Append], list[_Sight]]:
    """Append at the steady rate while another thread keeps reading a statement."""
    sights: list[_Sight] = []
    is_done = Event()

    def look() -> None:
        while not is_done.wait(POLL_SECONDS):
            sights.append(_see(client))

    watcher = Thread(target=look, name="bench-watcher")
    watcher.start()
    try:
        appends = _append_steadily(services, messages, seconds=seconds)
    finally:
        is_done.set()
        watcher.join()
    deadline = time.perf_counter() + VISIBLE_SECONDS_MAX
    while not sights or sights[-1].position < appends[-1].position:
        assert time.perf_counter() < deadline, "what was appended never became visible"
        sights.append(_see(client))
    return appends, sights


def _see(client: Portail) -> _Sight:
    """Read the statement of one of the members written to: it changes while it is watched."""
    answer = client.get(releve_path(synthetic.streamed_numero(0)))
    assert answer.status == 200, (answer.status, answer.body)
    return _Sight(time.perf_counter(), answer.position)


def _append_steadily(services: Services, messages: Iterator[bytes], *, seconds: float) -> list[_Append]:
    appends = []
    begun = time.perf_counter()
    for number in range(max(1, round(seconds * MESSAGES_PER_SECOND / MESSAGES_PER_APPEND))):
        due = begun + number * MESSAGES_PER_APPEND / MESSAGES_PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        batch = [Incoming(message.rstrip()) for message in islice(messages, MESSAGES_PER_APPEND)]
        outcomes = services.intake.take(batch, source=SOURCE, provenance=PROVENANCE)
        position = outcomes[-1].position
        assert position is not None, outcomes
        appends.append(_Append(time.perf_counter(), position))
    return appends


def _waits_ms(appends: list[_Append], sights: list[_Sight]) -> list[float]:
    """For each append, how long until an answer had read it; 0 when one had before the acknowledgement came back."""
    positions = list(accumulate((sight.position for sight in sights), max))
    return [max(0.0, sights[bisect_left(positions, a.position)].at - a.at) * 1000 for a in appends]


def _check_content(services: Services, client: Portail, message: bytes) -> None:
    """The header tells the truth: once it has passed a décompte, the statement names it."""
    [outcome] = services.intake.take([Incoming(message.rstrip())], source=SOURCE, provenance=PROVENANCE)
    asked = msgspec.json.decode(message)
    path = releve_path(asked["numero_adherent"])
    answer = client.get(f"{path}?attendre_position={outcome.position}", accept_encoding="identity")
    assert asked["reference"].encode() in answer.body, "a statement that has read a décompte does not show it"


FIGURES = (
    Figure(
        id="fresh_ms",
        title="de l'ajout à la réponse HTTP, 500 messages/s (ms)",
        floor=FRESH_MS_MAX,
        measure=_measure_fresh,
        better=Better.LOWER,
    ),
)
