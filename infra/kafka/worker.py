"""The worker that takes `decompte.flux` into the ledger: each message exactly once, however often anything dies.

A batch is of one partition. Its events, its refused messages and the partition's next offset are one transaction,
which compares where the partition stood and under which epoch: a worker that lost a partition without knowing it
records nothing. No consumer group takes part: where to read from is in the database, beside what was read.
"""

import time
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    CorruptRecordError,
    KafkaError,
    LogTruncationError,
    OffsetOutOfRangeError,
    UnsupportedCodecError,
)

from infra.bootstrap import Services
from infra.intake.flow import BATCH_LINES_MAX, count_outcomes
from infra.kafka.ownership import LOOK_SECONDS, Owned, Ownership
from infra.kafka.probe import Probe
from infra.kafka.rejets import RejetsPublisher
from infra.kafka.taking import DATABASE_AWAY, Fenced, Taking

POLL_MS = 100
FETCHING = {
    "auto_offset_reset": "none",  # what retention has removed is an error, never skipped in silence
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "max_partition_fetch_bytes": 2 * 1024 * 1024,
    "fetch_max_bytes": 8 * 1024 * 1024,
    "fetch_max_wait_ms": 250,
    "metrics_enabled": False,
}
"""How the feed is fetched. Nothing is fetched ahead of what is taken but one answer for each partition."""

SILENT_SECONDS_MAX = 10.0
"""After how long without an answer a worker lets others have its partitions: they may reach the broker."""

SEE_ENDS_SECONDS = 2.0
RETRY_SECONDS_MAX = 2.0
ISOLATED_MS = 1_000
UNREADABLE = (CorruptRecordError, UnsupportedCodecError)
FAULT_RETENTION, FAULT_CODEC, FAULT_UNREADABLE = "retention_perdue", "codec_absent", "illisible"
log = structlog.get_logger(__name__)


class ConsumeWorker:
    """One process's part of the work; any number may run."""

    def __init__(
        self, services: Services, options: Mapping[str, Any], *, name: str, stopped: Event | None = None
    ) -> None:
        self._services = services
        self._options = options
        self._topic = services.settings.kafka_flux
        self._name = name
        self._stopped = stopped or Event()
        self._taking = Taking(services)
        self._probe = Probe(self._topic, options)
        self._rejets = RejetsPublisher(services, options)
        self._owned: dict[int, Owned] = {}
        self._looked_at = self._saw_ends_at = 0.0

    @property
    def owned(self) -> Mapping[int, Owned]:
        """The partitions that this worker has now."""
        return self._owned

    def stop(self) -> None:
        """Ask the worker to stop after its batch."""
        self._stopped.set()

    def run(self, consumer: KafkaConsumer) -> None:
        """Take messages until stopped; survives a broker or a database that goes away."""
        self._consumer = consumer
        self._probe.start()
        self._rejets.start()
        try:
            wait = LOOK_SECONDS
            while not self._stopped.is_set():
                begun = time.monotonic()
                try:
                    self._hold_session()
                except Fenced:
                    log.warning("partition_perdue", ouvrier=self._name)
                except KafkaError as error:
                    log.warning("kafka_interrompu", erreur=type(error).__name__)
                except DATABASE_AWAY as error:
                    log.warning("base_injoignable", erreur=type(error).__name__)
                wait = LOOK_SECONDS if time.monotonic() - begun > RETRY_SECONDS_MAX else wait * 2
                self._stopped.wait(min(wait, RETRY_SECONDS_MAX))
        finally:
            self._consumer.close()
            self._probe.stop()
            self._rejets.stop()

    def _hold_session(self) -> None:
        """Own partitions and take their messages, as long as the session holds and the broker answers."""
        while self._probe.silent_seconds > SILENT_SECONDS_MAX and not self._stopped.is_set():
            self._stopped.wait(LOOK_SECONDS)
        if self._consumer._closed:  # a broker that went away while it was renewed
            self._consumer = KafkaConsumer(**self._options, **FETCHING)
        self._services.datastore.pool.check()
        try:
            with Ownership(self._services.url, self._topic, self._name) as ownership:
                log.info("session_kafka", ouvrier=self._name)
                while not self._stopped.is_set():
                    if self._probe.silent_seconds > SILENT_SECONDS_MAX:
                        log.warning("kafka_injoignable", secondes=round(self._probe.silent_seconds))
                        break
                    self._share_out(ownership)
                    self._take_some(ownership)
        finally:
            self._abandon()

    def _abandon(self) -> None:
        """Own nothing."""
        self._owned.clear()
        if not self._consumer._closed:
            self._consumer.assign([])

    def _share_out(self, ownership: Ownership) -> None:
        """Take what is free up to our share, give back what is above it."""
        now, seen = time.monotonic(), self._probe.seen
        if now - self._looked_at < LOOK_SECONDS or not seen.extents:
            return
        self._looked_at = now
        look = ownership.look(seen.extents)
        before = set(self._owned)
        while len(self._owned) > look.share:
            self._give_back(ownership, max(self._owned))
        for partition in look.free:
            if len(self._owned) < look.share:
                owned = ownership.take(partition, seen.extents[partition], seen.topic_id)
                if owned is not None:
                    self._owned[partition] = owned
                    log.info("partition_prise", partition=partition, offset=owned.next_offset, epoque=owned.epoch)
        if now - self._saw_ends_at >= SEE_ENDS_SECONDS:
            self._saw_ends_at = now
            for partition in ownership.mended([o.partition for o in self._owned.values() if o.fault is not None]):
                self._give_back(ownership, partition)  # taken anew, from where a person has set it
            ownership.see_ends(self._owned, seen.extents)
        if set(self._owned) != before:
            self._assign()

    def _give_back(self, ownership: Ownership, partition: int) -> None:
        del self._owned[partition]
        ownership.give_back(partition)
        log.info("partition_rendue", partition=partition)

    def _assign(self) -> None:
        """Read the partitions that we own, each from where it stands."""
        read = [owned for owned in self._owned.values() if owned.fault is None]
        self._consumer.assign([TopicPartition(self._topic, owned.partition) for owned in read])
        for owned in read:
            self._consumer.seek(TopicPartition(self._topic, owned.partition), owned.next_offset)

    def _take_some(self, ownership: Ownership) -> None:
        """Fetch what there is and take it."""
        try:
            fetched = self._consumer.poll(timeout_ms=POLL_MS, max_records=BATCH_LINES_MAX)
        except (OffsetOutOfRangeError, LogTruncationError) as error:
            self._stop_lost(ownership, error)
            self._assign()
            return
        except Exception as error:
            log.warning("lecture_kafka", erreur=type(error).__name__)
            if not isinstance(error, KafkaError) or isinstance(error, UNREADABLE):
                self._stop_unreadable(ownership)
            self._assign()
            self._stopped.wait(LOOK_SECONDS)
            return
        for partition, records in fetched.items():
            owned = self._owned.get(partition.partition)
            if owned is not None:
                self._take(owned, records)

    def _take(self, owned: Owned, records: Sequence[ConsumerRecord]) -> None:
        """Take what comes next in a partition. Raises Fenced, or what the database raises when it goes away: the
        partition is read again from where the database says.
        """
        extent = self._probe.seen.extents.get(owned.partition)
        end = max(records[-1].offset + 1, extent.end if extent else 0)
        outcomes = self._taking.take(owned, records, end=end)
        count_outcomes(outcomes)
        if any(outcome.refusal is not None for outcome in outcomes):
            self._rejets.wake()

    def _stop_unreadable(self, ownership: Ownership) -> None:
        """Find the partition whose next record our client cannot read, and stop that one: the others go on.

        A client that has met such a record never ends its next poll, so each look has a client of its own. Raises
        KafkaError.
        """
        for owned in [each for each in self._owned.values() if each.fault is None]:
            partition = TopicPartition(self._topic, owned.partition)
            self._renew()
            self._consumer.assign([partition])
            self._consumer.seek(partition, owned.next_offset)
            try:
                self._consumer.poll(timeout_ms=ISOLATED_MS, max_records=1)
            except Exception as error:
                if isinstance(error, KafkaError) and not isinstance(error, UNREADABLE):
                    continue
                is_codec = isinstance(error, UnsupportedCodecError)
                ownership.stop(owned, FAULT_CODEC if is_codec else FAULT_UNREADABLE)
                log.error(
                    "partition_illisible",
                    partition=owned.partition,
                    offset=owned.next_offset,
                    erreur=type(error).__name__,
                )
        self._renew()

    def _renew(self) -> None:
        self._consumer.close()
        self._consumer = KafkaConsumer(**self._options, **FETCHING)

    def _stop_lost(self, ownership: Ownership, error: OffsetOutOfRangeError | LogTruncationError) -> None:
        """The broker no longer has what comes next: nobody but a person may decide to go on without it."""
        lost = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        for partition in lost:
            owned = self._owned.get(partition.partition)
            if owned is not None and owned.fault is None:
                ownership.stop(owned, FAULT_RETENTION)
                log.error("retention_perdue", partition=owned.partition, offset=owned.next_offset)
