"""A whole site for the proofs about Kafka: a broker, a PostgreSQL of its own, and workers in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import psycopg
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from psycopg.rows import dict_row

from infra.bench.stand import Stand
from infra.embedded.folder import Record
from infra.embedded.server import EmbeddedServer
from infra.kafka.broker import Broker
from infra.kafka.topics import PARTITIONS, ensure_topics
from infra.postgres.migrate import migrate

FLUX, JOURNAL, REJETS = "decompte.flux", "decompte.journal", "decompte.rejets"
STOP_SECONDS_MAX = 60.0
READ_SECONDS_MAX = 120.0
DATABASE_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05


class Site:
    """Everything that a worker needs, and that can be killed under it."""

    def __init__(self, stand: Stand, *, elsewhere: str | None = None) -> None:
        """`elsewhere` is the address by which a relay makes the broker reachable from another network."""
        self._stand = stand
        self._stack = ExitStack()
        self.workers: list[subprocess.Popen[bytes]] = []
        self._log = stand.folder / "ouvriers.log"
        self.broker = Broker(stand.folder / "kafka", elsewhere=elsewhere)

    def __enter__(self) -> Self:
        try:
            self._stand.prepare("courtier Kafka et PostgreSQL")
            self.broker.start()
            self._stack.callback(self.broker.stop)
            ensure_topics(self.broker.address)
            self._server = self._stack.enter_context(EmbeddedServer.attach(self._stand.folder / "pg"))
            self.url = self._server.url
            migrate(self.url)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self._stack.close()

    def start(
        self, command: str, *, within: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A worker of ours; `within` is the command that runs it in another network."""
        root = str(Path(__file__).resolve().parents[2])
        told = {
            **self._stand.environment(self.url),
            "DECOMPTE_KAFKA_SERVEURS": self.broker.address,
            "DECOMPTE_LOG_LEVEL": "info",
            "PYTHONPATH": os.pathsep.join(dict.fromkeys([root, *filter(None, sys.path)])),
            **(environment or {}),
        }
        with self._log.open("ab") as log:
            worker = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
                [*within, sys.executable, "-P", "-m", "infra.cli.main", command],
                env={
                    **os.environ,
                    **told,
                    "PYTHONPATH": os.pathsep.join(dict.fromkeys([root, *filter(None, sys.path)])),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As the kernel would."""
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def stop(self, worker: subprocess.Popen[bytes]) -> None:
        """In order. Raises AssertionError when it does not end well."""
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(STOP_SECONDS_MAX)
        self.workers.remove(worker)
        # One that is still starting ends by the signal itself.
        assert code in (0, -signal.SIGTERM), f"un ouvrier s'est arrêté avec le code {code} : voir {self._log}"

    def crash_database(self) -> None:
        """Kill PostgreSQL itself; what keeps it starts it again."""
        record = msgspec.json.decode((self._server.folder.path / "server.json").read_bytes(), type=Record)
        assert record.postmaster is not None
        os.kill(record.postmaster, signal.SIGKILL)
        self.rows("SELECT 1")  # as soon as it answers again

    def restart_broker(self) -> None:
        """Kill the broker, then start it again."""
        self.broker.kill()
        self.broker.start()

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """What the database says; asked again while it is away."""
        deadline = time.monotonic() + DATABASE_SECONDS_MAX
        while True:
            try:
                with psycopg.connect(self.url, row_factory=dict_row, connect_timeout=5) as connection:
                    return connection.execute(query, parameters).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)

    def taken(self) -> int:
        """How many messages were taken from all partitions."""
        [row] = self.rows("SELECT coalesce(sum(next_offset), 0)::bigint AS n FROM kafka_partition")
        return int(row["n"])

    def wait_until(self, is_so: Callable[[], bool], otherwise: str, *, seconds: float) -> None:
        """Raises AssertionError when it is not so in time."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"{otherwise} (voir {self._log})"
            time.sleep(POLL_SECONDS)

    def read(self, topic: str, *, isolation: str = "read_committed") -> list[ConsumerRecord]:
        """Everything that a topic holds."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.broker.address,
            auto_offset_reset="none",
            enable_auto_commit=False,
            isolation_level=isolation,
        )
        try:
            wanted = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
            consumer.assign(wanted)
            for each in wanted:
                consumer.seek(each, 0)
            ends = consumer.end_offsets(wanted)
            found: list[ConsumerRecord] = []
            deadline = time.monotonic() + READ_SECONDS_MAX
            while any(consumer.position(each) < ends[each] for each in wanted):
                assert time.monotonic() < deadline, f"{topic} ne se lit pas jusqu'au bout"
                for records in consumer.poll(timeout_ms=100, max_records=5_000).values():
                    found += records
            return found
        finally:
            consumer.close()

    def reachable_at(self, host: str, port: int) -> str:
        """The database's URL by another address."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=f"{parts.username}:{parts.password}@{host}:{port}").geturl()

    @property
    def database_port(self) -> int:
        """Where PostgreSQL listens on loopback."""
        port = urlsplit(self.url).port
        assert port is not None
        return port
