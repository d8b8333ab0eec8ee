"""A person sets a stopped partition going again, at an offset that the broker has."""

from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer

from infra.bootstrap import Services
from infra.kafka.errors import CannotResume
from infra.kafka.probe import extents_of
from infra.postgres.sql import statements

_SQL = statements("infra.kafka", "partitions.sql")


def resume_at(services: Services, options: Mapping[str, Any], *, partition: int, offset: int) -> int:
    """Go on at this offset, whatever was before it; returns how many messages that leaves out (below 0: takes again).

    Raises CannotResume, KafkaError.
    """
    topic = services.settings.kafka_flux
    consumer = KafkaConsumer(**options)
    try:
        seen = extents_of(consumer, topic)
    finally:
        consumer.close()
    extent = seen.extents.get(partition)
    if extent is None:
        raise CannotResume(f"{topic} n'a pas de partition {partition}.")
    if not extent.begin <= offset <= extent.end:
        raise CannotResume(f"{topic}/{partition} va de {extent.begin} à {extent.end} : {offset} n'y est pas.")
    with services.datastore.transaction(commit=True) as cursor:
        row = cursor.execute(_SQL["where"], {"topic": topic, "partition": partition}).fetchone()
        if row is None:
            raise CannotResume(f"{topic}/{partition} n'a jamais été lue : elle le sera depuis son début.")
        cursor.execute(
            _SQL["resume_at"],
            {"topic": topic, "partition": partition, "next": offset, "topic_id": seen.topic_id, "end": extent.end},
        )
    return offset - int(row["next_offset"])
