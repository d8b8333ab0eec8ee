"""What is read of a log: tiles, checkpoints, and the proofs made from them. Synchronous: for a thread."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection

from infra.journal.row import packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from infra.postgres.sql import statements
from infra.preuve.log import Log, LogAltered
from infra.preuve.merkle import TILE_HASHES, check_inclusion, consistency_proof, inclusion_proof, leaf_hash
from infra.preuve.note import Checkpoint
from infra.preuve.store import TileReader, cut, narrowed, point_of, tile_reader
from infra.preuve.tuiles import ENTRIES, Tuile, entries_of, node_from
from ledger.references import Stream

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_EVENTS = statements("infra.preuve", "evenements.sql")


class NotSealedYet(Exception):
    """The entry is recorded, and its log has not sealed it yet: a moment later it will have."""


class NoSuchEntry(Exception):
    """The log has no such entry."""


class NoSuchPoint(Exception):
    """No checkpoint was signed at this size, or the entry came after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A checkpoint, and its note with the cosignatures kept of it."""

    checkpoint: Checkpoint
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """That an entry stands at `index` (its position less one) of the tree of `point`."""

    index: int
    entry: bytes
    path: Sequence[bytes]
    point: Point

    @property
    def document(self) -> str:
        """The same as C2SP tlog-proof writes it."""
        path = "".join(base64.b64encode(each).decode() + "\n" for each in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{path}\n{self.point.note.decode()}"


class ProofReads:
    """Reads logs."""

    def __init__(self, datastore: PostgresDatastore, logs: Sequence[Log]) -> None:
        self._datastore = datastore
        self._logs = {log.name: log for log in logs}

    def log(self, name: str) -> Log | None:
        """The log of this name."""
        return self._logs.get(name)

    def tile(self, log: Log, tile: Tuile) -> bytes | None:
        """A tile or bundle at this width, None when the log has not grown that far."""
        with self._connected() as connection:
            content = tile_reader(connection, log)(tile.level, tile.number)
        found = cut(content, tile.level, tile.width)
        width = len(entries_of(found)) if tile.level == ENTRIES else len(found) // 32
        return found if width == tile.width else None

    def point(self, log: Log, size: int | None = None) -> Point:
        """The checkpoint of a size, or the last one. Raises NoSuchPoint, LogAltered."""
        with self._connected() as connection:
            return _point(connection, log, size)

    def consistency(self, log: Log, *, old: int, new: int) -> list[bytes]:
        """That the first `old` entries begin the first `new`. Raises NoSuchPoint when the log is shorter."""
        with self._connected() as connection:
            if new > _point(connection, log, None).checkpoint.size:
                raise NoSuchPoint
            return consistency_proof(old, new, node_from(narrowed(tile_reader(connection, log), new)))

    def inclusions(self, log: Log, positions: Sequence[int], size: int | None = None) -> list[Inclusion]:
        """The proofs of entries by position, under the checkpoint of a size or the last one.

        Raises NotSealedYet, NoSuchEntry, NoSuchPoint, LogAltered.
        """
        with self._connected() as connection:
            last = log.entries.end(connection)
            if any(not 1 <= position <= last for position in positions):
                raise NoSuchEntry
            try:
                point = _point(connection, log, size)
            except NoSuchPoint:
                if size is None:
                    raise NotSealedYet from None
                raise
            if any(position > point.checkpoint.size for position in positions):
                raise NoSuchPoint if size is not None else NotSealedYet
            tiles = tile_reader(connection, log)
            return [_inclusion(log, tiles, position - 1, point) for position in positions]

    def position_of(self, stream: Stream) -> int | None:
        """The position of the first event of a stream."""
        with self._connected() as connection:
            row = connection.execute(_EVENTS["position_of"], {"stream": UUID(bytes=stream)}).fetchone()
        return int(row["position"]) if row else None

    def rows(self, positions: Sequence[int]) -> dict[int, bytes]:
        """The stored rows of events, packed as they are hashed, by position."""
        with self._connected() as connection:
            rows = connection.execute(_EVENTS["rows"], {"positions": list(positions)}).fetchall()
        found = {}
        for row in rows:
            event = SealedEvent(
                row["originator_id"].bytes, row["originator_version"], row["topic"], bytes(row["state"])
            )
            position = row["notification_id"]
            found[position] = packed_row(event, position, micros(row["recorded_at"]))
        return found

    @contextmanager
    def _connected(self) -> Iterator[Connection[Any]]:
        with self._datastore.get_connection() as connection:
            yield connection


def _point(connection: Connection[Any], log: Log, size: int | None) -> Point:
    found = point_of(connection, log, size)
    if found is None:
        raise NoSuchPoint
    return Point(checkpoint=found[0], note=found[1])


def _inclusion(log: Log, tiles: TileReader, index: int, point: Point) -> Inclusion:
    """A proof that holds. Raises LogAltered rather than giving one that does not."""
    size = point.checkpoint.size
    number, offset = divmod(index, TILE_HASHES)
    try:
        entry = entries_of(tiles(ENTRIES, number))[offset]
        path = inclusion_proof(index, size, node_from(narrowed(tiles, size)))
        check_inclusion(leaf_hash(entry), index, size, path, point.checkpoint.root)
    except Exception as error:
        raise LogAltered(f"{log.name} position {index + 1} : l'entrée n'est pas dans l'arbre signé") from error
    return Inclusion(index=index, entry=entry, path=path, point=point)
