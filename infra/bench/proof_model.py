"""The rebuilt model equals the one that followed the journal, row for row, whatever the history and who followed it."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from commands.intake.take import Incoming, Source
from commands.ports import Provenance
from infra.bench.contents import contents, first_difference
from infra.bench.sizes import SEED, TODAY
from infra.bench.stand import Stand
from infra.bootstrap import Services
from infra.projections.rebuild import rebuild
from infra.sample.portefeuille import generate

MESSAGES_PER_MEMBER_MIN = 40
REPEATED_SHARE = 0.1
DISORDER_MESSAGES = 5_000
"""How far a message may be from its place: corrections and annulations come before what they are about."""

FED_MESSAGES_MAX = 400
BATCH_EVENTS = (1, 3, 17, 120, 700, 2_000)
WORKERS = 2
WORK_SECONDS_MAX = 0.4
SOURCE = Source(origine="bench", deposant="bench")
PROVENANCE = Provenance(actor="bench", trace_id="0" * 32)


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Take a random history while workers take over from one another, then rebuild. Raises AssertionError."""
    draw = random.Random(SEED)  # noqa: S311 - nothing secret
    stand.prepare(f"histoire de {messages} messages")
    history = _history(draw, messages)
    with stand.database() as url, stand.services(url) as services:
        with _working(services) as workers:
            outcomes = _feed(services, draw, history)
        position = services.projection_worker().catch_up()
        followed = contents(url)
        stand.prepare("reconstruction")
        rebuilt = rebuild(url)  # raises DigestsDiffer
        assert rebuilt.position == position, (rebuilt.position, position)
        difference = first_difference(followed, contents(url))
        assert difference is None, difference
    return {
        "messages": messages,
        "evenements": position,
        "lignes": sum(map(len, followed.values())),
        "relais": workers["started"],
        **outcomes,
    }


def _history(draw: random.Random, messages: int) -> list[bytes]:
    """The sample's messages, a tenth of them repeated, all of them some way from their place."""
    first = list(_taken(messages - int(messages * REPEATED_SHARE)))
    again = draw.choices(first, k=messages - len(first))
    placed = [(place + draw.random() * DISORDER_MESSAGES, message) for place, message in enumerate(first)]
    placed += [(draw.random() * len(first), message) for message in again]
    return [message for _, message in sorted(placed)]


def _taken(messages: int) -> Iterator[bytes]:
    members = messages // MESSAGES_PER_MEMBER_MIN + 1
    for _, message in zip(range(messages), generate(members=members, seed=SEED, today=TODAY), strict=False):
        yield message.rstrip()


def _feed(services: Services, draw: random.Random, history: list[bytes]) -> dict[str, int]:
    outcomes: Counter[str] = Counter()
    start = 0
    while start < len(history):
        batch = history[start : (start := start + draw.randint(1, FED_MESSAGES_MAX))]
        taken = services.intake.take([Incoming(raw=raw) for raw in batch], source=SOURCE, provenance=PROVENANCE)
        outcomes.update(outcome.statut.value for outcome in taken)
    return dict(outcomes)


@contextmanager
def _working(services: Services) -> Iterator[Counter[str]]:
    """Workers of all batch sizes that take over from one another until left, WORKERS at a time."""
    is_done, started = Event(), Counter[str]()

    def relay(number: int) -> None:
        draw = random.Random(SEED + number)  # noqa: S311 - nothing secret
        while not is_done.is_set():
            worker = services.projection_worker(batch_events_max=draw.choice(BATCH_EVENTS))
            started["started"] += 1
            thread = Thread(target=worker.run, name="bench-worker")
            thread.start()
            is_done.wait(draw.random() * WORK_SECONDS_MAX)
            worker.stop()
            thread.join()

    relays = [Thread(target=relay, args=(number,), name="bench-relay") for number in range(1, WORKERS + 1)]
    for thread in relays:
        thread.start()
    try:
        yield started
    finally:
        is_done.set()
        for thread in relays:
            thread.join()
