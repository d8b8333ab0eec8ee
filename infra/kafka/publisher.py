"""The publisher: the journal to `decompte.journal`, every event once and in order for each member.

One at a time, elected by an advisory lock. A batch of events is one transaction of Kafka under a fixed id: a reader of
committed messages sees all of it or nothing, and a publisher that was overtaken is fenced by the broker. How far it is
acknowledged is written down afterwards; one that died in between left a batch that its successor finds in the topic.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any
from zlib import crc32

import msgspec
import psycopg
import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra import metrics
from infra.bootstrap import Services
from infra.journal.mapper import SealBroken, read_state
from infra.journal.pages import JournalRow, read_page
from infra.journal.recorder import CHANNEL
from infra.kafka.errors import EventUnreadable
from infra.kafka.published import message_of
from infra.kafka.tail import last_position
from infra.kafka.taking import DATABASE_AWAY
from infra.postgres.datastore import NOTICE_DEAD_CLIENTS, conninfo
from infra.postgres.notices import wait_for_notice
from infra.postgres.sql import statements

BATCH_EVENTS_MAX = 1_000
WAIT_SECONDS_MAX = 2.0
ELECT_SECONDS = 0.25
RETRY_SECONDS_MAX = 5.0
COMMIT_SECONDS_MAX = 30.0
TRANSACTION_TIMEOUT_MS = 60_000
LATEST = 2**62
_SQL = statements("infra.kafka", "publication.sql")
log = structlog.get_logger(__name__)


class Overtaken(Exception):
    """Another publisher has been elected."""


class BrokerLate(Exception):
    """The broker did not answer in time; whether it did what was asked is not known."""


class Publisher:
    """One process's candidacy; any number may run."""

    def __init__(
        self, services: Services, options: Mapping[str, Any], *, name: str, stopped: Event | None = None
    ) -> None:
        self._services = services
        self._options = options
        self._topic = services.settings.kafka_journal
        self._name = name
        self._stopped = stopped or Event()
        self._lock_class = crc32(f"decompte/kafka/publication/{self._topic}".encode()) & 0x7FFF_FFFF

    def stop(self) -> None:
        """Ask it to stop after its batch."""
        self._stopped.set()

    def run(self) -> None:
        """Publish until stopped; survives a broker or a database that goes away. Raises EventUnreadable."""
        wait = ELECT_SECONDS
        while not self._stopped.is_set():
            try:
                self._services.datastore.pool.check()
                with psycopg.connect(conninfo(self._services.url), autocommit=True, row_factory=dict_row) as connection:
                    connection.execute(NOTICE_DEAD_CLIENTS)
                    while not self._is_elected(connection):
                        if self._stopped.wait(ELECT_SECONDS):
                            return
                    self._publish(connection)
                    wait = ELECT_SECONDS
            except Overtaken:
                log.warning("publication_reprise_ailleurs", ouvrier=self._name)
            except (*DATABASE_AWAY, KafkaError, BrokerLate) as error:
                log.warning("publication_interrompue", erreur=type(error).__name__)
            self._stopped.wait(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)

    def _is_elected(self, connection: Connection[DictRow]) -> bool:
        row = connection.execute(_SQL["elect"], {"class": self._lock_class}).fetchone()
        return row is not None and bool(row["elected"])

    def _publish(self, connection: Connection[DictRow]) -> None:
        row = connection.execute(_SQL["begin"], {"topic": self._topic, "owner": self._name}).fetchone()
        assert row is not None
        position = int(row["position"])
        connection.execute(f"LISTEN {CHANNEL}")
        producer = KafkaProducer(
            **self._options,
            transactional_id=f"decompte.{self._topic}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            linger_ms=5,
            max_block_ms=10_000,
            delivery_timeout_ms=20_000,
            metrics_enabled=False,
        )
        try:
            producer.init_transactions()  # ends what an earlier publisher had begun
            told = last_position(self._topic, self._options)
            if told > position:
                position = self._advance(connection, told)
            log.info("publication", ouvrier=self._name, position=position)
            while not self._stopped.is_set():
                with self._services.datastore.get_connection() as reading:
                    rows = read_page(reading, after=position, upto=LATEST, limit=BATCH_EVENTS_MAX)
                if not rows:
                    wait_for_notice(connection, self._stopped, seconds_max=WAIT_SECONDS_MAX)
                    continue
                self._send(producer, rows)
                position = self._advance(connection, rows[-1][0])
                metrics.KAFKA_PUBLISHED.inc(len(rows))
        finally:
            with suppress(BrokerLate, KafkaError):
                _bounded(lambda: producer.close(timeout=1), seconds=5)

    def _send(self, producer: KafkaProducer, rows: Sequence[JournalRow]) -> None:
        """One batch, whole or not at all. Raises KafkaError, EventUnreadable."""
        try:
            states = [read_state(row[4]) for row in rows]
            keys = None
            if self._services.settings.kafka_personnel:
                # Asked anew for each batch: one of them may have been destroyed since.
                keys = self._services.members.keys({state.sujet for state in states})
            messages = [message_of(row, state, keys) for row, state in zip(rows, states, strict=True)]
        except (msgspec.MsgspecError, SealBroken) as error:
            raise EventUnreadable(
                f"Événement illisible entre les positions {rows[0][0]} et {rows[-1][0]} : lancer « decompte verify »."
            ) from error
        producer.begin_transaction()
        sent = [producer.send(self._topic, key=key, value=value, headers=headers) for key, value, headers in messages]
        producer.flush(timeout=COMMIT_SECONDS_MAX)
        for each in sent:
            each.get(timeout=1)
        _bounded(producer.commit_transaction, seconds=COMMIT_SECONDS_MAX)

    def _advance(self, connection: Connection[DictRow], position: int) -> int:
        parameters = {"topic": self._topic, "owner": self._name, "position": position}
        if connection.execute(_SQL["advance"], parameters).rowcount != 1:
            raise Overtaken
        return position


def _bounded(ask: Callable[[], None], *, seconds: float) -> None:
    """What the library would wait for without end. Raises BrokerLate, or what it raised."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            ask()
        except BaseException as failure:
            failures.append(failure)

    thread = Thread(target=run, name="kafka-borne", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise BrokerLate("sans réponse")
    if failures:
        raise failures[0]
