"""Who works on which buckets: advisory locks of a session, lost with it, so never held by the dead.

Workers share the buckets evenly. Each looks several times a second who is there, gives back what is more than its
share, and takes what is free up to its share: that of a worker that died is free as soon as its connection is. Locks
only keep workers from doing the same work twice; that nothing is written twice is for `recorder.py`, which moves parts.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra.journal.recorder import CHANNEL
from infra.postgres.datastore import NOTICE_DEAD_CLIENTS, conninfo
from infra.postgres.sql import statements
from ledger.buckets import BUCKETS, Bucket
from projections.dossiers import NAME
from projections.parts import Part, fair_share, ordered, part_named, regroup

LOOK_SECONDS = 0.2
"""How often a worker looks who is there."""

LOCK_SPACE = 731_104_205
"""The first number of the locks; the second is that of a bucket, or the place of the workers."""

CHANNEL_BUCKETS = "projection_seaux"
"""Notified by who comes, and who leaves buckets to others."""

_WORKERS = len(BUCKETS)
_SQL = statements("infra.projections", "ownership.sql")


class Ownership:
    """The buckets that one session holds, and the parts that they make. Used by one thread."""

    def __init__(self, url: str) -> None:
        self.held = ""
        self.parts: list[Part] = []
        self._is_worker = False
        self._looked_at = float("-inf")
        self._connection: Connection[DictRow] = psycopg.connect(conninfo(url), autocommit=True, row_factory=dict_row)
        self._connection.execute(NOTICE_DEAD_CLIENTS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.release()
        finally:
            self._connection.close()

    def join(self) -> None:
        """Become a worker among others, which make room."""
        self._connection.execute(f"LISTEN {CHANNEL}")
        self._connection.execute(f"LISTEN {CHANNEL_BUCKETS}")
        self._execute("join", place=_WORKERS)
        self._is_worker = True
        self._connection.execute(_SQL["call"])

    def balance(self) -> bool:
        """Look who is there, once LOOK_SECONDS have passed; whether other buckets are held than before.

        Parts that have come to be equally far are joined on the way.
        """
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        rows = self._execute("holders")
        workers = sorted({row["pid"] for row in rows if row["place"] == _WORKERS})
        own = next(row["pid"] for row in rows if row["place"] == _WORKERS and row["is_own"])
        share = fair_share(workers, own)
        before = self.held
        if len(before) > share:
            self.divide(before[:share])  # before others can have the rest
            self._execute("release", places=_places(before[share:]))
            self._connection.execute(_SQL["call"])
        elif len(before) < share:
            self._take(_free(rows)[: share - len(before)])
        if self.held == before and len({part.position for part in self.parts}) < len(self.parts):
            self.divide(before)
        return self.held != before

    def take_free(self) -> None:
        """Take every bucket that nobody works on, as one who only helps out."""
        self._take(_free(self._execute("holders")))

    def release(self) -> None:
        """Leave all buckets to the others."""
        if self.held or self._is_worker:
            self.held, self.parts, self._is_worker = "", [], False
            self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.execute(_SQL["call"])

    def divide(self, buckets: str) -> None:
        """Hold these buckets, and have parts of them alone; reads again how far they are."""
        with self._connection.transaction():
            self._connection.execute(_SQL["divide"])
            rows = self._execute("parts", pattern=f"^{NAME}/.*[{buckets or BUCKETS}]") if buckets else []
            before = {part_named(row["name"], row["position"]) for row in rows}
            after = set(regroup(before, buckets))
            if before != after:
                self._execute("drop_parts", names=[part.name for part in before - after])
                for part in sorted(after - before):
                    self._execute("make_part", name=part.name, position=part.position)
        self.held = buckets
        self.parts = sorted(part for part in after if part.buckets[0] in buckets)

    def wait(self, seconds_max: float) -> bool:
        """Sleep until something was recorded or other workers call; whether it was not just the time that passed."""
        heard = [notify.channel for notify in self._connection.notifies(timeout=seconds_max, stop_after=1)]
        if CHANNEL_BUCKETS in heard:
            self._looked_at = float("-inf")
        return bool(heard)

    def _take(self, free: Sequence[Bucket]) -> None:
        taken = [BUCKETS[row["place"]] for row in self._execute("take", places=_places(free))] if free else []
        if taken:
            self.divide(ordered([*self.held, *taken]))

    def _execute(self, statement: str, /, **parameters: Any) -> Sequence[DictRow]:
        cursor = self._connection.execute(_SQL[statement], {"space": LOCK_SPACE} | parameters)
        return cursor.fetchall() if cursor.description is not None else []


def _free(rows: Sequence[DictRow]) -> list[Bucket]:
    taken = {row["place"] for row in rows}
    return [bucket for place, bucket in enumerate(BUCKETS) if place not in taken]


def _places(buckets: Sequence[Bucket]) -> list[int]:
    return [BUCKETS.index(bucket) for bucket in buckets]
