"""Check every read row against its event, as quickly as a rebuild makes it.

The journal comes in one query, the expected rows are packed as a rebuild writes them, and binary COPY hands over the
live ones packed alike: a handful of events is right where the bytes are the same. Only where they differ are rows taken
apart, to name what is missing, too many or changed. The live tables come each on a connection of its own, in step.
"""

import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

import msgspec
from psycopg import Connection, sql

from infra.journal.pages import POSITION_MAX, JournalRow, stream_journal
from infra.postgres.copying import copied_rows
from infra.postgres.snapshot import exported, joined
from infra.postgres.sql import statements
from infra.projections.buckets import bucket_of_state
from infra.projections.reading import read_events
from infra.projections.rows import PACKERS, TABLE_BY_ROW, columns
from infra.verify.faults import Reached, Tell
from ledger.buckets import Bucket
from ledger.events import UnreadableEvent
from projections.dossiers import Row, UnprojectableEvent, project

UNREADABLE = (msgspec.MsgspecError, UnreadableEvent, UnprojectableEvent, struct.error, OverflowError)
"""What an event raises that no row can be made of; the last two: whose values no column can hold."""

Projected = Mapping[Bucket, int]
"""How far each bucket of members has been read."""

_SQL = statements("infra.verify", "verify.sql")
_LENGTH = struct.Struct(">i")
_Columns = list[bytes | None]
_POSITION = 1  # among the columns, as every kind of row begins


def check_lignes(
    connection: Connection[Any],
    *,
    url: str,
    projected: Projected,
    tell: Tell,
    unreadable: Callable[[int], None],
    reached: Reached = lambda _: None,
) -> int:
    """Tell what is wrong with the read rows; how many there should be. In a transaction that sees one moment.

    `url`: of the same database. `unreadable` is called with the position of each event that no row can be made of: what
    there is at its place is not judged.
    """
    snapshot = exported(connection)
    with ExitStack() as stack:
        live = {kind: stack.enter_context(_live_rows(url, snapshot, kind)) for kind in TABLE_BY_ROW}
        check = _Check(live, projected, tell, unreadable)
        for events in stream_journal(connection, after=-POSITION_MAX, upto=POSITION_MAX):
            check.compare(events)
            reached(events[-1][0])
        check.end()
    return check.rows


class _Check:
    def __init__(
        self,
        live: "Mapping[type[Row], _LiveRows]",
        projected: Projected,
        tell: Tell,
        unreadable: Callable[[int], None],
    ) -> None:
        self._live = live
        self._projected = projected
        self._whole = min(projected.values())
        self._tell = tell
        self._unreadable = unreadable
        self.rows = 0

    def compare(self, events: Sequence[JournalRow]) -> None:
        """Compare what a handful of events gave; those that the projection has not read yet are only read."""
        if events[-1][0] > self._whole:
            self._packed([event for event in events if not self._is_projected(event)])
            events = [event for event in events if self._is_projected(event)]
        packed, is_whole = self._packed(events)
        for kind, live in self._live.items():
            self.rows += len(packed[kind])
            if not (is_whole and live.goes_on_with(packed[kind])):
                self._one_by_one(kind, live, events)

    def end(self) -> None:
        """What is left of the tables comes from no event."""
        for kind, live in self._live.items():
            for extra in live.rest():
                self._tell_at(kind, extra, "ligne en trop")

    def _is_projected(self, event: JournalRow) -> bool:
        return event[0] <= self._projected[bucket_of_state(event[4])]

    def _packed(self, events: Sequence[JournalRow]) -> tuple[dict[type[Row], list[bytes]], bool]:
        """The rows of these events, packed; and whether all could be read."""
        try:
            return _packed_rows(events), True
        except UNREADABLE:
            if len(events) == 1:
                self._unreadable(events[0][0])
                return _packed_rows([]), False
        packed = _packed_rows([])
        for event in events:
            for kind, rows in self._packed([event])[0].items():
                packed[kind] += rows
        return packed, False

    def _one_by_one(self, kind: type[Row], live: "_LiveRows", events: Sequence[JournalRow]) -> None:
        for event in events:
            position = event[0]
            for extra in live.before(position):
                self._tell_at(kind, extra, "ligne en trop")
            found = live.at(position)
            try:
                expected = [_columns(PACKERS[kind](row)) for row in project(read_events([event])) if type(row) is kind]
            except UNREADABLE:
                continue
            for row in expected:
                if not found:
                    self._tell_at(kind, row, "ligne manquante")
                    continue
                pairs = zip(columns(kind), found.pop(0), row, strict=True)
                changed = [name for name, actual, right in pairs if actual != right]
                if changed:
                    self._tell_at(kind, row, f"colonne modifiée : {', '.join(changed)}")
            for extra in found:
                self._tell_at(kind, extra, "ligne en trop")

    def _tell_at(self, kind: type[Row], row: _Columns, what: str) -> None:
        self._tell(TABLE_BY_ROW[kind], f"position {_position(row)}", what)


class _LiveRows:
    """The rows of one table by position, read once, in step with the journal."""

    def __init__(self, rows: Iterator[bytes]) -> None:
        self._rows = rows
        self._ahead: deque[bytes] = deque()

    def goes_on_with(self, expected: Sequence[bytes]) -> bool:
        """Whether the next rows are these, which are then taken."""
        taken = [self._ahead.popleft() for _ in range(min(len(self._ahead), len(expected)))]
        taken += islice(self._rows, len(expected) - len(taken))
        if taken == expected:
            return True
        self._ahead.extendleft(reversed(taken))
        return False

    def before(self, position: int) -> Iterator[_Columns]:
        """Take the rows of smaller positions."""
        while (row := self._next()) is not None and _position(row) < position:
            self._ahead.popleft()
            yield row

    def at(self, position: int) -> list[_Columns]:
        """Take the rows of this position."""
        found = []
        while (row := self._next()) is not None and _position(row) == position:
            self._ahead.popleft()
            found.append(row)
        return found

    def rest(self) -> Iterator[_Columns]:
        """Take all that is left."""
        while (row := self._next()) is not None:
            self._ahead.popleft()
            yield row

    def _next(self) -> _Columns | None:
        """The next row, which stays; None behind the last one."""
        if not self._ahead:
            self._ahead.extend(islice(self._rows, 1))
        return _columns(self._ahead[0]) if self._ahead else None


def _packed_rows(events: Sequence[JournalRow]) -> dict[type[Row], list[bytes]]:
    packed: dict[type[Row], list[bytes]] = {kind: [] for kind in TABLE_BY_ROW}
    for row in project(read_events(events)):
        kind = type(row)
        packed[kind].append(PACKERS[kind](row))
    return packed


@contextmanager
def _live_rows(url: str, snapshot: str, kind: type[Row]) -> Iterator[_LiveRows]:
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY position, sujet) TO STDOUT (FORMAT BINARY)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns(kind))), sql.Identifier(TABLE_BY_ROW[kind])
    )
    with joined(url, snapshot) as connection:
        connection.execute(_SQL["sort_rows"])
        yield _LiveRows(copied_rows(connection, query))


def _columns(row: bytes) -> _Columns:
    """The columns of a row as COPY packs it."""
    values: _Columns = []
    at = 2
    while at < len(row):
        (length,) = _LENGTH.unpack_from(row, at)
        at += _LENGTH.size
        values.append(None if length < 0 else row[at : at + length])
        at += max(length, 0)
    return values


def _position(row: _Columns) -> int:
    return int.from_bytes(row[_POSITION] or b"", "big", signed=True)
