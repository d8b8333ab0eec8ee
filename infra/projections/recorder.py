"""Writing rows and how far their buckets have been read, in one transaction.

A part is moved from the very position that its reader read from, or nothing is written: one who went on in the belief
that the buckets were still his, a zombie, is fenced.
"""

from collections.abc import Iterable, Sequence

from eventsourcing.postgres import PostgresTrackingRecorder
from psycopg import Cursor
from psycopg.rows import DictRow

from infra.journal.pages import JournalRow
from infra.postgres.sql import statements
from infra.projections.rows import write_rows
from projections.dossiers import NAME, Row
from projections.parts import Part

_SQL = statements("infra.projections", "runner.sql")


class Fenced(Exception):
    """Another has moved or divided one of these parts: read again how far they are."""


class DossierRecorder(PostgresTrackingRecorder):
    """The library's tracking recorder, with the rows of a batch in the transaction of its positions."""

    def create_table(self) -> None:
        """The migrations make the table."""

    def record(self, parts: Iterable[Part], rows: Sequence[Row], *, upto: int) -> list[Part]:
        """Write rows, and that all events of `parts` up to a position have theirs; the parts as they are then.

        A part that is there already stays where it is. Raises Fenced, and nothing is written.
        """
        with self.datastore.transaction(commit=True) as cursor:
            moved = _move(cursor, parts, upto)
            write_rows(cursor, rows)
            cursor.execute(_SQL["announce"])
        return moved

    def set_aside(self, parts: Iterable[Part], row: JournalRow, error: Exception, *, upto: int) -> list[Part]:
        """As `record`, for an event that gives no rows because it could not be projected."""
        with self.datastore.transaction(commit=True) as cursor:
            moved = _move(cursor, parts, upto)
            write_aside(cursor, row, error)
            cursor.execute(_SQL["announce"])
        return moved

    def position(self) -> int:
        """How far the projection has read: the smallest over all buckets."""
        with self.datastore.get_connection() as connection:
            row = connection.execute(_SQL["position"]).fetchone()
        return int(row["position"]) if row else 0


def write_aside(cursor: Cursor[DictRow], row: JournalRow, error: Exception) -> None:
    """Keep the trace of an event that could not be projected."""
    position, _, _, topic, _ = row
    cursor.execute(
        _SQL["set_aside"],
        {
            "projection": NAME,
            "position": position,
            "topic": topic,
            "erreur": type(error).__name__,  # never its text: it may repeat a value
        },
    )


def _move(cursor: Cursor[DictRow], parts: Iterable[Part], upto: int) -> list[Part]:
    """In the order of names, as whoever holds several does: nobody waits for one who waits for him."""
    moved = []
    for part in sorted(parts):
        if part.position < upto:
            cursor.execute(_SQL["move"], {"name": part.name, "expected": part.position, "position": upto})
            if cursor.rowcount != 1:
                raise Fenced(part.name)
            part = Part(part.buckets, upto)
        moved.append(part)
    return moved
