"""How far a topic already tells the journal: what a publisher that died had committed without saying so."""

import time
from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from infra.kafka.worker import FETCHING

FIRST_LOOK_BACK = 64
READ_SECONDS_MAX = 30.0


def last_position(topic: str, options: Mapping[str, Any]) -> int:
    """The greatest position among the committed messages of a topic; 0 when there is none.

    A batch is a transaction over all partitions, so this one was published whole, with all before it. Raises
    KafkaError.
    """
    consumer = KafkaConsumer(**options, **FETCHING)
    try:
        return max(
            (_last_of(consumer, TopicPartition(topic, each)) for each in consumer.partitions_for_topic(topic)),
            default=0,
        )
    finally:
        consumer.close()


def _last_of(consumer: KafkaConsumer, partition: TopicPartition) -> int:
    """Offsets of transaction marks and of what was aborted hold no message: look back as far as it takes."""
    [begin] = consumer.beginning_offsets([partition]).values()
    [end] = consumer.end_offsets([partition]).values()
    look_back, found = FIRST_LOOK_BACK, 0
    while not found and begin < end:
        start = max(begin, end - look_back)
        consumer.assign([partition])
        consumer.seek(partition, start)
        deadline = time.monotonic() + READ_SECONDS_MAX
        while consumer.position(partition) < end and time.monotonic() < deadline:
            for record in consumer.poll(timeout_ms=100).get(partition, []):
                found = max(found, next((int(v) for name, v in record.headers if name == "position"), 0))
        if start == begin:
            break
        look_back *= 8
    return found
