"""Take a topic as `decompte consume` does, to its end, and report what it took: `python -m …consuming MESSAGES`.

The clock runs from the start of the worker to the last message durable.
"""

import sys
import threading
import time

import msgspec
from kafka import KafkaConsumer

from infra.bootstrap import Services, collect_seldom, open_services
from infra.kafka.client import options, quieten
from infra.kafka.worker import FETCHING, ConsumeWorker
from infra.logging import configure
from infra.settings import read_settings

POLL_SECONDS = 0.02
SECONDS_MAX = 600.0


class Consumed(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time, and processor time of this process."""

    messages: int
    seconds: float
    cpu_seconds: float


def main(messages: int) -> None:
    """Take them, then write the report on standard output."""
    collect_seldom()
    quieten()
    settings = read_settings()
    configure(settings.log_level)  # standard output is for the report
    with open_services(settings) as services:
        given = options(services.settings, client="bench")
        consumer = KafkaConsumer(**given, **FETCHING)
        worker = ConsumeWorker(services, given, name="bench")
        thread = threading.Thread(target=worker.run, args=(consumer,))
        begun, cpu_begun = time.perf_counter(), time.process_time()
        thread.start()
        while _taken(services) < messages and time.perf_counter() - begun < SECONDS_MAX:
            time.sleep(POLL_SECONDS)
        seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
        worker.stop()
        thread.join()
        taken = _taken(services)
        consumer.close()
    sys.stdout.buffer.write(msgspec.json.encode(Consumed(messages=taken, seconds=seconds, cpu_seconds=cpu_seconds)))


def _taken(services: Services) -> int:
    with services.datastore.get_connection() as connection:
        row = connection.execute("SELECT coalesce(sum(next_offset), 0)::bigint AS n FROM kafka_partition").fetchone()
    return int(row["n"]) if row else 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
