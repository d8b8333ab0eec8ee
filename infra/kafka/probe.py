"""What the broker has, asked again and again by a thread of its own: partitions, their ends, and whether it answers.

Apart, because asking may block for as long as a request may take, and the worker must not: it owns partitions.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from uuid import UUID

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from infra.kafka.ownership import Extent

NO_TOPIC_ID = UUID(int=0)
"""Of brokers before 2.8, which give topics no identity: a topic made anew under its name is not told apart."""

ASK_SECONDS = 1.0
METADATA_MAX_AGE_MS = 5_000
JOIN_SECONDS_MAX = 15.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen last, and when (monotonic seconds)."""

    topic_id: UUID = NO_TOPIC_ID
    extents: Mapping[int, Extent] = field(default_factory=dict)
    at: float = 0.0


class Probe:
    """Watches one topic."""

    def __init__(self, topic: str, options: Mapping[str, Any]) -> None:
        self._topic = topic
        self._options = options
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="sonde-kafka", daemon=True)
        self.seen = Seen(at=time.monotonic())

    @property
    def silent_seconds(self) -> float:
        """For how long the broker has not answered."""
        return time.monotonic() - self.seen.at

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        self._thread.join(JOIN_SECONDS_MAX)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                consumer = KafkaConsumer(
                    **self._options,
                    metadata_max_age_ms=METADATA_MAX_AGE_MS,
                    enable_auto_commit=False,
                    allow_auto_create_topics=False,
                    metrics_enabled=False,
                )
                try:
                    while not self._stopped.is_set():
                        self.seen = extents_of(consumer, self._topic)
                        self._stopped.wait(ASK_SECONDS)
                finally:
                    consumer.close()
            except KafkaError as error:
                log.warning("kafka_silencieux", topic=self._topic, erreur=type(error).__name__)
                self._stopped.wait(ASK_SECONDS)
            except Exception:
                log.exception("kafka_sonde")
                self._stopped.wait(ASK_SECONDS)


def extents_of(consumer: KafkaConsumer, topic: str) -> Seen:
    """Ask now. Raises KafkaError."""
    partitions = sorted(consumer.partitions_for_topic(topic))
    if not partitions:
        log.warning("kafka_topic_absent", topic=topic)
        return Seen(at=time.monotonic())
    wanted = [TopicPartition(topic, partition) for partition in partitions]
    begins, ends = consumer.beginning_offsets(wanted), consumer.end_offsets(wanted)
    topic_id = consumer._cluster.topic_id(topic)
    return Seen(
        topic_id=UUID(str(topic_id)) if topic_id is not None else NO_TOPIC_ID,
        extents={each.partition: Extent(begin=begins[each], end=ends[each]) for each in wanted},
        at=time.monotonic(),
    )
