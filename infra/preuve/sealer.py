"""Sealing: committed entries enter their log, and a checkpoint signs it. Beside those who append, never in their way.

One transaction takes the log's head, reads the next entries, extends the tiles, signs and moves the head: a crash
leaves all of it or nothing, and whoever seals next begins at the head. Before anything is signed the right edge of the
tree is checked against the last checkpoint, so no altered tile is ever signed over.

The sealer waits on LISTEN, and rests between batches: sealed soon after commit, not with each commit.
"""

import time
from collections.abc import Callable, Sequence
from threading import Event

import psycopg
import structlog
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row

from infra import metrics
from infra.postgres.notices import wait_for_notice
from infra.postgres.sql import statements
from infra.preuve.log import Head, Log, LogAltered
from infra.preuve.merkle import leaf_hashes
from infra.preuve.note import Checkpoint
from infra.preuve.store import grow_tiles, move_head, read_edge, read_head, take_head

BATCH_ENTRIES_MAX = 16_384
"""How many entries one transaction seals: one checkpoint for all of them."""

SECONDS_BETWEEN = 0.5
"""At least so long from one checkpoint to the next: under a steady trickle each seals what half a second brought."""

REST_FACTOR = 9.0
"""While others append, the sealer rests so many times as long as it worked; alone, it catches up at once."""

WAIT_SECONDS_MAX = 2.0
POLL_SECONDS = 0.02
CHANNEL = "preuve"
"""Notified with each checkpoint and cosignature, the log's name with it."""

_SQL = statements("infra.preuve", "preuve.sql")
log = structlog.get_logger(__name__)


class Sealer:
    """Keeps logs up with what they prove. Any number may run: one at a time seals a log."""

    def __init__(self, url: str, logs: Sequence[Log]) -> None:
        self._url = url
        self._logs = logs
        self._stopped = Event()

    def stop(self) -> None:
        """Ask the worker to stop after its batch."""
        self._stopped.set()

    def run(self) -> None:
        """Seal until stopped; survives a database that goes away, and says so when a log was altered."""
        while not self._stopped.is_set():
            try:
                with self._connected() as connection:
                    for channel in {each.entries.channel for each in self._logs}:
                        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    self._follow(connection)
            except psycopg.Error as error:
                if self._stopped.is_set():
                    return
                log.warning("preuve_interrompue", erreur=type(error).__name__)
                self._stopped.wait(WAIT_SECONDS_MAX)

    def catch_up(self, *, progress: Callable[[int, int], None] = lambda *_: None) -> dict[str, int]:
        """Seal all that was committed before the call; the size of each log. Raises LogAltered."""
        sizes = {}
        with self._connected() as connection:
            for each in self._logs:
                target = each.entries.end(connection)
                while (size := self._size(connection, each)) < target:
                    if seal_batch(connection, each) is None:
                        self._stopped.wait(POLL_SECONDS)
                        continue
                    progress(size, target)
                sizes[each.name] = size
        return sizes

    def _follow(self, connection: Connection[DictRow]) -> None:
        ends: list[int] = []
        while not self._stopped.is_set():
            begun = time.monotonic()
            more = [self._seal_quietly(connection, each) for each in self._logs]
            worked = time.monotonic() - begun
            before, ends = ends, [each.entries.end(connection) for each in self._logs]
            self._stopped.wait(max(SECONDS_BETWEEN, REST_FACTOR * worked) if before != ends else 0)
            if not any(more):
                wait_for_notice(connection, self._stopped, seconds_max=WAIT_SECONDS_MAX)

    def _connected(self) -> Connection[DictRow]:
        return psycopg.connect(self._url, autocommit=True, row_factory=dict_row)

    def _size(self, connection: Connection[DictRow], each: Log) -> int:
        head = read_head(connection, each)
        return head.taille if head else 0

    def _seal_quietly(self, connection: Connection[DictRow], each: Log) -> bool:
        """Seal a batch; whether there may be more. An altered log is told and left as it is."""
        try:
            sealed = seal_batch(connection, each, is_patient=False)
        except LogAltered as altered:
            metrics.PROOF_FAULTS.labels(each.name).inc()
            log.error("preuve_alteree", journal=each.name, lieu=str(altered))
            self._stopped.wait(WAIT_SECONDS_MAX)
            return False
        return sealed == BATCH_ENTRIES_MAX


def seal_batch(connection: Connection[DictRow], each: Log, *, is_patient: bool = True) -> int | None:
    """Seal the next entries: how many; None when another seals. `connection` is in autocommit. Raises LogAltered."""
    with connection.transaction():
        head = take_head(connection, each, is_patient=is_patient)
        if head is None:
            return None
        end = each.entries.end(connection)
        if end < head.taille:
            raise LogAltered(f"preuve_journal {each.name} : {head.taille} entrées scellées, {end} présentes")
        if end == head.taille:
            return 0
        edge = read_edge(connection, each, head.taille)
        entries = each.entries.read(connection, after=head.taille, upto=min(end, head.taille + BATCH_ENTRIES_MAX))
        if not entries:
            raise LogAltered(f"{each.name} position {head.taille + 1} : entrée manquante")
        added = edge.extend(leaf_hashes(entries))
        grow_tiles(connection, each, first=head.taille, entries=entries, added=added)
        point = Checkpoint(each.origin, edge.size, edge.root())
        parameters = {"journal": each.name, "numero": head.points + 1, "taille": edge.size}
        connection.execute(_SQL["add_point"], {**parameters, "note": each.signer.sign(point.body)})
        moved = Head(
            nom=head.nom,
            origine=head.origine,
            taille=edge.size,
            points=head.points + 1,
            cosignatures=head.cosignatures,
        )
        move_head(connection, each, moved)
    metrics.SEALED_SIZE.labels(each.name).set(edge.size)
    return len(entries)
