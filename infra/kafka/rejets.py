"""Refused messages announced on `decompte.rejets`: code, reason and origin, never the content.

What is to be announced is written in the transaction that keeps the message, and removed once the broker has
acknowledged it. A crash in between announces it again: the origin, which is also the key, tells that it is the same.
"""

from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import Any

import msgspec
import structlog
from kafka import KafkaProducer
from psycopg import Cursor
from psycopg.rows import DictRow

from commands.intake.take import Outcome
from infra import metrics
from infra.bootstrap import Services
from infra.postgres.sql import statements
from ledger.errors import Refusal

REJETS_AT_ONCE = 500
LOOK_SECONDS = 1.0
FLUSH_SECONDS = 10.0
JOIN_SECONDS_MAX = 15.0
_SQL = statements("infra.kafka", "partitions.sql") | statements("infra.kafka", "rejets.sql")
REASONS = {kind.code: kind.detail for base in Refusal.__subclasses__() for kind in base.__subclasses__()}
log = structlog.get_logger(__name__)


def keep_rejets(cursor: Cursor[DictRow], topic: str, partition: int, outcomes: Sequence[Outcome]) -> None:
    """Write, in this transaction, which messages of a batch are to be announced as refused."""
    refused = [outcome for outcome in outcomes if outcome.refusal is not None]
    if refused:
        cursor.execute(
            _SQL["keep_rejets"],
            {
                "topic": topic,
                "partition": partition,
                "offsets": [outcome.ligne for outcome in refused],
                "codes": [outcome.refusal.code for outcome in refused if outcome.refusal is not None],
                "quarantaines": [outcome.quarantaine for outcome in refused],
            },
        )


def message_of(row: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Key and value of the announcement of a refused message."""
    origine = f"{row['topic']}/{row['partition']}/{row['message_offset']}"
    value = {
        "code": row["code"],
        "raison": REASONS.get(row["code"], row["code"]),
        "origine": {"topic": row["topic"], "partition": row["partition"], "offset": row["message_offset"]},
        "quarantaine": row["quarantaine"],
        "refuse_at": row["refuse_at"],
    }
    return origine.encode(), msgspec.json.encode(value)


class RejetsPublisher:
    """A thread beside the worker: the feed does not wait for announcements."""

    def __init__(self, services: Services, options: Mapping[str, Any]) -> None:
        self._datastore = services.datastore
        self._topic = services.settings.kafka_rejets
        self._options = options
        self._stopped, self._woken = Event(), Event()
        self._thread = Thread(target=self._run, name="rejets-kafka", daemon=True)

    def start(self) -> None:
        """Begin to announce."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to announce."""
        self._woken.set()

    def stop(self) -> None:
        """Announce what is left, if the broker answers, and no more."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(JOIN_SECONDS_MAX)

    def _run(self) -> None:
        producer: KafkaProducer | None = None
        while True:
            is_last = self._stopped.is_set()
            self._woken.clear()
            try:
                while self._announce_some(producer := producer or self._connect()):
                    pass
            except Exception as error:
                # Left for the next try, or for another worker: nothing is removed before it is acknowledged.
                log.warning("rejets_en_attente", erreur=type(error).__name__)
                if producer is not None:
                    producer.close(timeout=0)
                    producer = None
            if is_last:
                break
            self._woken.wait(LOOK_SECONDS)
        if producer is not None:
            producer.close(timeout=FLUSH_SECONDS)

    def _connect(self) -> KafkaProducer:
        return KafkaProducer(
            **self._options, acks="all", max_block_ms=5_000, delivery_timeout_ms=20_000, metrics_enabled=False
        )

    def _announce_some(self, producer: KafkaProducer) -> bool:
        with self._datastore.transaction(commit=True) as cursor:
            rows = cursor.execute(_SQL["next_rejets"], {"limit": REJETS_AT_ONCE}).fetchall()
            if not rows:
                return False
            sent = [producer.send(self._topic, key=key, value=value) for key, value in map(message_of, rows)]
            producer.flush(timeout=FLUSH_SECONDS)
            for each in sent:
                each.get(timeout=0.1)
            cursor.execute(
                _SQL["forget_rejets"],
                {
                    "topics": [row["topic"] for row in rows],
                    "partitions": [row["partition"] for row in rows],
                    "offsets": [row["message_offset"] for row in rows],
                },
            )
        metrics.KAFKA_REJETS.inc(len(rows))
        return len(rows) == REJETS_AT_ONCE
