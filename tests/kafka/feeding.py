"""Topics of one test, what is written to them, and workers that take it."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import TopicAlreadyExistsError

from infra.bootstrap import Services
from infra.kafka.client import options
from infra.kafka.topics import ensure_topics
from infra.kafka.worker import FETCHING, ConsumeWorker
from tests.support.ledger import encode, services_on

WAIT_SECONDS_MAX = 30.0
POLL_SECONDS = 0.02


class Feed:
    """The three topics of one test, under names of their own."""

    def __init__(self, address: str, *, partitions: int = 2) -> None:
        self.address = address
        name = secrets.token_hex(4)
        self.flux, self.rejets, self.journal = (f"{kind}.{name}" for kind in ("flux", "rejets", "journal"))
        self.partitions = partitions

    def __enter__(self) -> Self:
        ensure_topics(self.address, names=(self.flux, self.rejets, self.journal), partitions=self.partitions)
        self.producer = KafkaProducer(bootstrap_servers=self.address, acks="all", linger_ms=5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.producer.close()
        client = KafkaAdminClient(bootstrap_servers=self.address)
        client.delete_topics([self.flux, self.rejets, self.journal])
        client.close()

    @property
    def settings(self) -> dict[str, Any]:
        """What a process of ours is told."""
        return {
            "kafka_serveurs": (self.address,),
            "kafka_flux": self.flux,
            "kafka_rejets": self.rejets,
            "kafka_journal": self.journal,
        }

    def send(
        self,
        *messages: dict[str, Any] | bytes | None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Write messages, keyed by member, or all to one partition; they are there when this returns."""
        sent = []
        for message in messages:
            key = message["numero_adherent"].encode() if isinstance(message, dict) else b"?"
            value = encode(message) if isinstance(message, dict) else message
            sent.append(self.producer.send(self.flux, key=key, value=value, partition=partition, headers=list(headers)))
        self.producer.flush()
        for each in sent:
            each.get(timeout=WAIT_SECONDS_MAX)

    def send_compressed(self, message: dict[str, Any], *, partition: int) -> None:
        """Write one message as a producer that compresses does."""
        producer = KafkaProducer(bootstrap_servers=self.address, compression_type="gzip")
        producer.send(self.flux, key=b"?", value=encode(message), partition=partition).get(timeout=WAIT_SECONDS_MAX)
        producer.close()

    def forget(self, partition: int, *, before: int) -> None:
        """Remove the first messages of a partition, as retention does."""
        client = KafkaAdminClient(bootstrap_servers=self.address)
        client.delete_records({TopicPartition(self.flux, partition): before})
        client.close()

    def make_anew(self) -> None:
        """Delete the feed's topic and make another one under its name."""
        client = KafkaAdminClient(bootstrap_servers=self.address)
        client.delete_topics([self.flux])
        client.close()
        wait_until(lambda: self._is_made(), seconds=WAIT_SECONDS_MAX)
        self.producer.close()
        self.producer = KafkaProducer(bootstrap_servers=self.address, acks="all", linger_ms=5)

    def _is_made(self) -> bool:
        try:
            ensure_topics(self.address, names=(self.flux,), partitions=self.partitions)
        except TopicAlreadyExistsError:  # it is still being deleted
            return False
        return True

    def read(self, topic: str) -> list[ConsumerRecord]:
        """Everything that a topic holds, as a reader of committed messages sees it."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.address,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            isolation_level="read_committed",
        )
        try:
            wanted = [TopicPartition(topic, partition) for partition in sorted(consumer.partitions_for_topic(topic))]
            consumer.assign(wanted)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(wanted)
            found: list[ConsumerRecord] = []
            deadline = time.monotonic() + WAIT_SECONDS_MAX
            while any(consumer.position(each) < ends[each] for each in wanted) and time.monotonic() < deadline:
                for records in consumer.poll(timeout_ms=100).values():
                    found += records
            return found
        finally:
            consumer.close()

    def announced(self) -> list[dict[str, Any]]:
        """What `decompte.rejets` says."""
        return [json.loads(record.value) for record in self.read(self.rejets)]


@contextmanager
def consuming(
    feed: Feed, url: str, *, name: str = "essai", **settings: Any
) -> Iterator[tuple[ConsumeWorker, Services]]:
    """A worker in a thread of this process."""
    with services_on(url, **{**feed.settings, **settings}) as services:
        given = options(services.settings, client=name)
        worker = ConsumeWorker(services, given, name=name)
        failures: list[BaseException] = []

        def run() -> None:
            consumer = KafkaConsumer(**given, **FETCHING)
            try:
                worker.run(consumer)
            except BaseException as failure:
                failures.append(failure)
            finally:
                consumer.close()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield worker, services
        finally:
            worker.stop()
            thread.join(WAIT_SECONDS_MAX)
            assert not thread.is_alive()
        assert not failures, failures


def wait_until(is_so: Callable[[], object], *, seconds: float = WAIT_SECONDS_MAX) -> None:
    """Wait for something, a bounded time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(POLL_SECONDS)


def progress(services: Services) -> dict[int, int]:
    """The next offset of each partition."""
    with services.datastore.get_connection() as connection:
        rows = connection.execute(
            "SELECT partition, next_offset FROM kafka_partition WHERE topic = %s", (services.settings.kafka_flux,)
        ).fetchall()
    return {row["partition"]: row["next_offset"] for row in rows}
