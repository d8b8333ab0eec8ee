"""How far Kafka is read and the journal published, as the database tells: no broker is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from psycopg import Connection
from psycopg.rows import DictRow

from infra.postgres.sql import statements

_SQL = statements("infra.observation", "kafka.sql")
RETARD_SECONDS_MAX = 120.0
"""From when on messages that wait in Kafka ask for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition of the feed: the next offset, and how much the broker had after it when its worker last looked,
    `vu_secondes` ago. `arret` says why it waits for a person.
    """

    topic: str
    partition: int
    offset: int
    retard_messages: int
    retard_secondes: float
    ouvrier: str
    vu_secondes: float
    arret: str | None

    @property
    def is_well(self) -> bool:
        return self.arret is None and self.retard_secondes <= RETARD_SECONDS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """How far the journal is published to a topic, and by whom."""

    topic: str
    position: int
    retard_evenements: int
    retard_secondes: float
    ouvrier: str

    @property
    def is_well(self) -> bool:
        return self.retard_secondes <= RETARD_SECONDS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """What goes in and out by Kafka; nothing at all where it is not used."""

    partitions: tuple[Partition, ...]
    publications: tuple[Publication, ...]
    rejets_a_annoncer: int

    @property
    def is_well(self) -> bool:
        return all(each.is_well for each in self.partitions) and all(each.is_well for each in self.publications)


def read_kafka(connection: Connection[DictRow]) -> Kafka:
    """How things stand now."""
    [waiting] = connection.execute(_SQL["rejets"]).fetchall()
    return Kafka(
        partitions=tuple(Partition(**row) for row in connection.execute(_SQL["partitions"]).fetchall()),
        publications=tuple(Publication(**row) for row in connection.execute(_SQL["publications"]).fetchall()),
        rejets_a_annoncer=waiting["nombre"],
    )


def gauges_of_kafka(kafka: Kafka) -> Iterator[Metric]:
    """The same as gauges."""
    place = ["topic", "partition"]
    yield from _gauges(
        [
            ("decompte_kafka_offset", "Next offset to take.", [each.offset for each in kafka.partitions]),
            (
                "decompte_kafka_retard_messages",
                "Messages that the broker has and the ledger not yet.",
                [each.retard_messages for each in kafka.partitions],
            ),
            (
                "decompte_kafka_retard_secondes",
                "For how long at most the oldest of them has waited.",
                [each.retard_secondes for each in kafka.partitions],
            ),
            (
                "decompte_kafka_arretee",
                "1 when a partition waits for a person.",
                [float(each.arret is not None) for each in kafka.partitions],
            ),
            (
                "decompte_kafka_vue_secondes",
                "Since its worker last looked how far it goes.",
                [each.vu_secondes for each in kafka.partitions],
            ),
        ],
        place,
        [[each.topic, str(each.partition)] for each in kafka.partitions],
    )
    owners = GaugeMetricFamily("decompte_kafka_ouvrier", "Who took a partition last.", labels=[*place, "ouvrier"])
    for each in kafka.partitions:
        owners.add_metric([each.topic, str(each.partition), each.ouvrier], 1)
    yield owners
    yield from _gauges(
        [
            (
                "decompte_kafka_publication_position",
                "Last event published.",
                [each.position for each in kafka.publications],
            ),
            (
                "decompte_kafka_publication_retard_evenements",
                "Events not published yet.",
                [each.retard_evenements for each in kafka.publications],
            ),
            (
                "decompte_kafka_publication_retard_secondes",
                "Since the oldest of them was recorded.",
                [each.retard_secondes for each in kafka.publications],
            ),
        ],
        ["topic"],
        [[each.topic] for each in kafka.publications],
    )
    yield GaugeMetricFamily(
        "decompte_kafka_rejets_en_attente", "Refusals not announced yet.", value=kafka.rejets_a_annoncer
    )


def _gauges(
    wanted: Sequence[tuple[str, str, Sequence[float]]], labels: Sequence[str], places: Sequence[Sequence[str]]
) -> Iterator[Metric]:
    for name, meaning, values in wanted:
        family = GaugeMetricFamily(name, meaning, labels=labels)
        for place, value in zip(places, values, strict=True):
            family.add_metric(place, value)
        yield family
