"""What the proofs write to the feed: numbered décomptes of each member, and poison; then what became of it."""

import threading
import time
from collections import defaultdict
from itertools import pairwise
from typing import Any

import msgspec
from kafka import KafkaProducer

from infra.bench import synthetic
from infra.bench.kafka_site import FLUX, REJETS, Site

MEMBERS = 500
POISON_EVERY = 50
"""One message in so many is no message: 2 %."""

WRITE_SECONDS_MAX = 300.0


class Feeder:
    """Writes so many messages over so many seconds, from a thread; keeps where each one went."""

    def __init__(self, site: Site, messages: int, *, seconds: float, prefix: str = "S") -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=site.broker.address,
            acks="all",
            linger_ms=20,
            delivery_timeout_ms=120_000,
            reconnect_backoff_max_ms=500,
        )
        self.messages = messages
        self._seconds = seconds
        self._prefix = prefix
        self._gates: dict[int, threading.Event] = {}
        self._thread = threading.Thread(target=self._write)
        self._sent: list[Any] = []
        self.poison: set[tuple[str, int]] = set()
        """Where each message that is none went: origin, offset."""

    def gate(self, index: int) -> threading.Event:
        """Writing stops before this message until the event is set."""
        return self._gates.setdefault(index, threading.Event())

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def finish(self) -> None:
        """Wait until the broker has acknowledged everything. Raises KafkaError."""
        self._thread.join(WRITE_SECONDS_MAX)
        self._producer.flush(timeout=WRITE_SECONDS_MAX)
        for index, future in enumerate(self._sent):
            written = future.get(timeout=WRITE_SECONDS_MAX)
            if index % POISON_EVERY == 0:
                self.poison.add((f"kafka:{FLUX}/{written.partition}", written.offset))
        self._producer.close()

    def _write(self) -> None:
        begun = time.monotonic()
        for index in range(self.messages):
            if index in self._gates:
                self._producer.flush()
                self._gates[index].wait(WRITE_SECONDS_MAX)
            numero = synthetic.numero(index % MEMBERS)
            if index % POISON_EVERY == 0:
                value = b'{"poison":"%s-%d"' % (self._prefix.encode(), index)
            else:
                value = synthetic.decompte(f"{self._prefix}-{index:08d}", numero, mois=index % 12 + 1)
            self._sent.append(self._producer.send(FLUX, key=numero.encode(), value=value))
            early = begun + self._seconds * index / self.messages - time.monotonic()
            if early > 0.02:
                time.sleep(early)


def check(site: Site, *feeders: Feeder) -> dict[str, int]:
    """Every message was recorded or kept exactly once, in the order of each member. Raises AssertionError."""
    sent = sum(feeder.messages for feeder in feeders)
    poison = set[tuple[str, int]]().union(*(feeder.poison for feeder in feeders))
    assert site.taken() == sent, f"{site.taken()} messages pris sur {sent}"

    events = site.rows(
        "SELECT notification_id, convert_from(state, 'UTF8')::jsonb ->> 'sujet' AS sujet,"
        " convert_from(state, 'UTF8')::jsonb #>> '{faits,reference}' AS reference"
        " FROM stored_events ORDER BY notification_id"
    )
    references = [row["reference"] for row in events]
    assert len(set(references)) == len(references), "un message est enregistré deux fois"
    assert len(references) == sent - len(poison), f"{len(references)} enregistrés sur {sent - len(poison)}"
    assert [row["notification_id"] for row in events] == list(range(1, len(events) + 1)), "les positions ont un trou"
    by_member = defaultdict[str, list[str]](list)
    for row in events:
        by_member[row["sujet"]].append(row["reference"])
    for member, hers in by_member.items():
        disorder = [(a, b) for a, b in pairwise(hers) if a >= b]
        assert not disorder, f"ordre perdu pour {member} : {disorder[:3]}"

    kept = site.rows("SELECT origine, ligne, nombre FROM quarantaine")
    assert {(row["origine"], row["ligne"]) for row in kept} == poison, "la quarantaine n'est pas ce qui était faux"
    assert all(row["nombre"] == 1 for row in kept), "un message est gardé deux fois"

    announced = [msgspec.json.decode(record.value)["origine"] for record in site.read(REJETS)]
    origins = {(f"kafka:{each['topic']}/{each['partition']}", each["offset"]) for each in announced}
    assert origins == poison, "les refus annoncés ne sont pas ceux de la quarantaine"
    return {
        "messages": sent,
        "enregistres": len(references),
        "en_quarantaine": len(kept),
        "adherents": len(by_member),
        "annonces": len(announced),
    }
