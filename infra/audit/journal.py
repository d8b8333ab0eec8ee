"""The journal as auditors read it: a page at a time, forwards or backwards, narrowed by what its events say.

Positions are the one order. What can be looked up is: a member through her read rows, an identity and a stream through
the primary key, a period by halving. What cannot (topic, payer, actor, emitter) is looked for in the events themselves,
a bounded number of them at once, and the next page goes on from there: no index that every append would pay for.
→ docs/decisions/0051
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection

from infra.audit.filtres import Filtres, Row
from infra.postgres.sql import statements
from ledger.references import stream_of_cancellation, stream_of_effacement, stream_of_identity, stream_of_soin

SCANNED_EVENTS_MAX = 200_000
"""How many events one page looks through."""

WINDOW_EVENTS_MIN, WINDOW_EVENTS_MAX = 1_000, 64_000
"""How many events are looked through by one statement: few at first, since what is asked for may be plentiful."""

TAIL_EVENTS_MAX = 20_000
"""How far the read rows may be behind for a member or an identity to be looked up: the rest is looked through."""

POSITIONS_AT_ONCE = 500
_SQL = statements("infra.audit", "journal.sql")


class LecturesEnRetard(Exception):
    """The read rows are too far behind the journal to look a member or an identity up: come back later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Events that were asked for, in order. `examined`: the last position that was looked at; `is_last`: no more.

    `head`: where the journal ended.
    """

    rows: Sequence[Row]
    examined: int
    is_last: bool
    head: int


class JournalReads:
    """Reads the journal. Synchronous: for a thread."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore

    def page(self, filtres: Filtres, *, place: int | None, limit: int, is_backward: bool) -> Lot:
        """The events after `place` (before it, backwards; None: from the start). Raises LecturesEnRetard."""
        with self._datastore.get_connection() as connection:
            head, projected = _bounds(connection)
            after = max(0, filtres.position_min - 1) if filtres.position_min is not None else 0
            upto = min(filtres.position_max, head) if filtres.position_max is not None else head
            if place is not None:
                after, upto = (after, min(upto, place - 1)) if is_backward else (max(after, place), upto)
            if filtres.is_named:
                named = self._named(connection, filtres, head=head, projected=projected)
                found = _at(connection, filtres, [p for p in named if after < p <= upto], is_backward=is_backward)
            else:
                found = _scanned(connection, filtres, after, upto, limit=limit, is_backward=is_backward)
            return _lot(found, after, upto, head=head, limit=limit, is_backward=is_backward)

    def event(self, position: int) -> Row | None:
        """The event at a position; None past the end of the journal, or where somebody removed it."""
        with self._datastore.get_connection() as connection:
            return connection.execute(_SQL["at_positions"], {"positions": [position]}).fetchone()

    def destroyed(self, sujets: Iterable[UUID]) -> frozenset[UUID]:
        """Of these members, those whose key is destroyed."""
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["destroyed_of"], {"sujets": list(sujets)}).fetchall()
        return frozenset(row["sujet"] for row in rows)

    def numero_empreinte(self, sujet: UUID) -> bytes | None:
        """The keyed hash of a member's number, for the access log; None for a token that there is not."""
        with self._datastore.get_connection() as connection:
            row = connection.execute(_SQL["numero_empreinte_of"], {"sujet": sujet}).fetchone()
        return bytes(row["numero_empreinte"]) if row else None

    def _named(self, connection: Connection[Any], filtres: Filtres, *, head: int, projected: int) -> list[int]:
        """The positions among which all of what is asked for is, in order."""
        streams: set[bytes] = set()
        positions: set[int] = set()
        if filtres.flux is not None:
            streams.add(filtres.flux.bytes)
        elif filtres.reference is not None:
            assert filtres.emetteur is not None
            streams.add(stream_of_identity(filtres.emetteur, filtres.reference))
            named = {"emetteur": filtres.emetteur, "reference": filtres.reference}
            for row in connection.execute(_SQL["cancellations_of"], named).fetchall():
                positions.add(row["position"])
                streams.add(stream_of_cancellation(filtres.emetteur, filtres.reference, row["sujet"]))
        elif filtres.sujet is not None:
            streams.add(stream_of_effacement(filtres.sujet))
            for row in connection.execute(_SQL["read_positions_of_sujet"], {"sujet": filtres.sujet}).fetchall():
                positions |= {row["position"]} if row["position"] is not None else set()
                if row["nom"] is not None:
                    streams.add(_derived(filtres.sujet, row["emetteur"], row["nom"]))
        if filtres.flux is None:  # A stream is found without the read rows.
            if head - projected > TAIL_EVENTS_MAX:
                raise LecturesEnRetard
            tail = _scanned(connection, filtres, projected, head, limit=TAIL_EVENTS_MAX, is_backward=False)
            positions |= {row["notification_id"] for row in tail if not isinstance(row, int)}
        wanted = {"streams": [UUID(bytes=stream) for stream in streams]}
        positions |= {row["position"] for row in connection.execute(_SQL["positions_of_streams"], wanted).fetchall()}
        return sorted(positions)


def _derived(sujet: UUID, emetteur: str | None, nom: str) -> bytes:
    """A stream of a member that gives no read row: a cancellation of hers, or what says who holds a soin."""
    return stream_of_soin(sujet, nom) if emetteur is None else stream_of_cancellation(emetteur, nom, sujet)


def _bounds(connection: Connection[Any]) -> tuple[int, int]:
    row = connection.execute(_SQL["bounds"]).fetchone()
    return (row["head"], row["projected"]) if row is not None else (0, 0)


def _at(
    connection: Connection[Any], filtres: Filtres, positions: list[int], *, is_backward: bool
) -> Iterator[Row | int]:
    """What is asked for among these positions."""
    ordered = positions[::-1] if is_backward else positions
    for start in range(0, len(ordered), POSITIONS_AT_ONCE):
        wanted = ordered[start : start + POSITIONS_AT_ONCE]
        rows = connection.execute(_SQL["at_positions"], {"positions": wanted}).fetchall()
        for row in reversed(rows) if is_backward else rows:
            if filtres.admits(row):
                yield row


def _scanned(
    connection: Connection[Any], filtres: Filtres, after: int, upto: int, *, limit: int, is_backward: bool
) -> Iterator[Row | int]:
    """What is asked for in (after, upto], by windows; where the budget of a page ends, the last position looked at."""
    statement: LiteralString = _SQL["backward" if is_backward else "forward"]
    narrowed = {"topics": filtres.topics, **filtres.needles()}
    scanned, window = 0, WINDOW_EVENTS_MIN
    while after < upto:
        low, high = (max(after, upto - window), upto) if is_backward else (after, min(upto, after + window))
        rows = connection.execute(statement, {"after": low, "upto": high, "limit": limit + 1, **narrowed}).fetchall()
        yield from (row for row in rows if filtres.admits(row))
        if len(rows) > limit:  # This window may hold more: go on behind the last one.
            reached = rows[-1]["notification_id"]
            low, high = (reached - 1, high) if is_backward else (low, reached)
        scanned += high - low
        window = min(window * 2, WINDOW_EVENTS_MAX)
        after, upto = (after, low) if is_backward else (high, upto)
        if scanned >= SCANNED_EVENTS_MAX and after < upto:
            yield upto + 1 if is_backward else after
            return


def _lot(found: Iterator[Row | int], after: int, upto: int, *, head: int, limit: int, is_backward: bool) -> Lot:
    rows: list[Row] = []
    for row in found:
        if isinstance(row, int):
            return Lot(rows=rows, examined=row, is_last=False, head=head)
        if len(rows) == limit:
            return Lot(rows=rows, examined=rows[-1]["notification_id"], is_last=False, head=head)
        rows.append(row)
    return Lot(rows=rows, examined=after + 1 if is_backward else upto, is_last=True, head=head)
