"""What Prometheus reads about Kafka, gathered from the database when it asks: every process tells the same."""

from prometheus_client import Counter

REJETS = Counter("decompte_kafka_rejets", "Refused messages announced on decompte.rejets.")
