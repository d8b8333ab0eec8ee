"""The topics of the ledger on a broker of development or tests; in production whoever runs Kafka makes them."""

from kafka import KafkaAdminClient
from kafka.admin import NewTopic

TOPICS = ("decompte.flux", "decompte.journal", "decompte.rejets")
PARTITIONS = 6


def ensure_topics(address: str, *, names: tuple[str, ...] = TOPICS, partitions: int = PARTITIONS) -> None:
    """Make the topics that are not there yet."""
    client = KafkaAdminClient(bootstrap_servers=address)
    try:
        missing = [name for name in names if name not in set(client.list_topics())]
        if missing:
            client.create_topics([NewTopic(name, partitions, 1) for name in missing])
    finally:
        client.close()
