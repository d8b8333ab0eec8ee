"""Who reads which partition: shared out among the workers that live, by advisory locks of one PostgreSQL session each.

A session that ends lets go of its locks at once, whatever ended it: a partition is taken over at the next look of
another worker. No worker asks another: each counts the workers, knows its own rank among them, hence its share, takes
what is free up to it and gives back what is above. The locks share out work; what makes it safe is the epoch, which
every batch compares in its own transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID
from zlib import crc32

import psycopg
from psycopg.rows import DictRow, dict_row

from infra.postgres.datastore import NOTICE_DEAD_CLIENTS, conninfo
from infra.postgres.sql import statements

LOOK_SECONDS = 0.2
"""How often a worker looks who lives: how long an orphan waits at most."""

_SQL = statements("infra.kafka", "partitions.sql")
_STATEMENT_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What the broker has of a partition: its first offset and the one after its last."""

    begin: int
    end: int


@dataclass(slots=True, kw_only=True)
class Owned:
    """A partition of ours: where it is to be read from, and the epoch that fences whoever had it before."""

    partition: int
    next_offset: int
    epoch: int
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at the locks says: how many workers live, which partitions nobody reads, and our share."""

    workers: int
    free: tuple[int, ...]
    share: int


class Ownership:
    """One worker's session: it lives as long as its connection."""

    def __init__(self, url: str, topic: str, name: str) -> None:
        self._url = url
        self._topic = topic
        self._name = name
        self._workers, self._partitions = _class("ouvriers", topic), _class("partitions", topic)

    def __enter__(self) -> Self:
        self._connection: psycopg.Connection[DictRow] = psycopg.connect(
            conninfo(self._url), autocommit=True, row_factory=dict_row
        )
        try:
            self._connection.execute(NOTICE_DEAD_CLIENTS)
            self._connection.execute(f"SET statement_timeout = '{_STATEMENT_SECONDS_MAX}s'")
            # There from now on, for all who count.
            self._connection.execute("SELECT pg_advisory_lock(%s, pg_backend_pid())", (self._workers,))
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def look(self, partitions: Mapping[int, Extent]) -> Look:
        """Who lives, and what is free. Raises psycopg.Error when the session is gone."""
        rows = self._connection.execute(
            _SQL["holders"], {"workers": self._workers, "partitions": self._partitions}
        ).fetchall()
        workers = sorted(row["pid"] for row in rows if row["class"] == self._workers)
        held = {row["number"] for row in rows if row["class"] == self._partitions}
        rank = workers.index(self._connection.info.backend_pid)
        return Look(
            workers=len(workers),
            free=tuple(sorted(set(partitions) - held)),
            share=share_of(rank, workers=len(workers), partitions=len(partitions)),
        )

    def take(self, partition: int, extent: Extent, topic_id: UUID) -> Owned | None:
        """Own a free partition; None when somebody was quicker, or its last owner's transaction is still open."""
        with self._connection.cursor() as cursor:
            row = cursor.execute("SELECT pg_try_advisory_lock(%s, %s) AS got", self._key(partition)).fetchone()
            if row is None or not row["got"]:
                return None
            try:
                row = cursor.execute(
                    _SQL["take"],
                    {
                        "topic": self._topic,
                        "partition": partition,
                        "topic_id": topic_id,
                        "begin": extent.begin,
                        "end": extent.end,
                        "owner": self._name,
                    },
                ).fetchone()
            except psycopg.errors.QueryCanceled:
                self.give_back(partition)
                return None
        assert row is not None
        owned = Owned(partition=partition, next_offset=row["next_offset"], epoch=row["epoch"], fault=row["fault"])
        if owned.fault is None and row["topic_id"] != topic_id:
            self.stop(owned, "topic_recree")
        return owned

    def give_back(self, partition: int) -> None:
        """Let another worker have it: nothing of ours is under way there any more."""
        self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", self._key(partition))

    def stop(self, owned: Owned, fault: str) -> None:
        """Read no further there until a person has looked."""
        owned.fault = fault
        self._connection.execute(
            _SQL["stop"],
            {"topic": self._topic, "partition": owned.partition, "epoch": owned.epoch, "fault": fault},
        )

    def mended(self, stopped: list[int]) -> set[int]:
        """Which of these partitions a person has set going again."""
        rows = self._connection.execute(_SQL["faults"], {"topic": self._topic, "partitions": stopped}).fetchall()
        return {row["partition"] for row in rows if row["fault"] is None}

    def see_ends(self, owned: Mapping[int, Owned], extents: Mapping[int, Extent]) -> None:
        """Write down how far our partitions go, for whoever watches."""
        known = [each for each in owned.values() if each.partition in extents]
        self._connection.execute(
            _SQL["see_ends"],
            {
                "topic": self._topic,
                "partitions": [each.partition for each in known],
                "epochs": [each.epoch for each in known],
                "ends": [extents[each.partition].end for each in known],
            },
        )

    def _key(self, partition: int) -> tuple[int, int]:
        return self._partitions, partition


def share_of(rank: int, *, workers: int, partitions: int) -> int:
    """How many partitions the worker of this rank reads: all alike, the first ones one more where it must be."""
    return partitions // workers + (rank < partitions % workers)


def _class(kind: str, topic: str) -> int:
    """The first half of an advisory lock's key, a positive int4: one kind of lock of one topic."""
    return crc32(f"decompte/kafka/{kind}/{topic}".encode()) & 0x7FFF_FFFF
