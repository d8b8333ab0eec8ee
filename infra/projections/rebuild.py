"""Rebuild the read rows beside the live ones, compare digests, swap.

All of it is one transaction: new tables, rows, indexes and swap appear together or not at all, so a cancel, a crash
or a `kill -9` at any moment leaves nothing behind and readers never see a mix. Read rows are facts that never
change, so the long comparison is made while the live worker goes on; only the tail is compared under its lock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, Cursor, sql
from psycopg.rows import DictRow, dict_row

from infra.journal.pages import JournalRow, read_page
from infra.postgres.sql import statements
from infra.projections.rows import TABLE_BY_ROW, selected_columns, write_rows
from infra.projections.runner import is_poison, read_event, write_aside
from projections.dossiers import NAME, Row, rows_of

PAGE_EVENTS = 2_000
"""How many events are folded at a time."""

SUFFIX = "__neuf"
_SQL = statements("infra.projections", "rebuild.sql")
_JOURNAL = statements("infra.journal", "recorder.sql")
_DOCUMENTS = statements("infra.reads", "documents.sql")

Progress = Callable[[int, int], None]
"""Called with how many events are done, of how many."""


class RebuildInProgress(Exception):
    """Another rebuild is at work on this database."""


class DigestsDiffer(Exception):
    """What was rebuilt is not what is live: nothing was swapped."""

    def __init__(self, tables: list[str]) -> None:
        super().__init__(
            f"Le modèle reconstruit diffère du modèle en service ({', '.join(tables)}) : rien n'a été échangé. "
            "Lancer « decompte verify » pour savoir où ; « --replace-different » remplace malgré tout."
        )
        self.tables = tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did."""

    position: int
    rows: dict[str, int]
    differing: list[str]
    set_aside: int


@dataclass(frozen=True, slots=True)
class _Digest:
    """How many rows, and a sum over them that does not depend on their order."""

    rows: int
    digest: str


def rebuild(url: str, *, replace_different: bool = False, progress: Progress = lambda *_: None) -> Rebuilt:
    """Rebuild and swap. Raises RebuildInProgress, or DigestsDiffer unless `replace_different`."""
    with _transaction(url) as cursor:
        if not _one(cursor, "take_turn")["taken"]:
            raise RebuildInProgress("Une reconstruction est déjà en cours sur cette base.")
        for table in TABLE_BY_ROW.values():
            cursor.execute(_statement("CREATE TABLE {new} (LIKE {live} INCLUDING DEFAULTS)", table))
        poisoned: list[tuple[JournalRow, Exception]] = []
        folded = _fold(cursor, after=0, upto=_journal_end(cursor), poisoned=poisoned, progress=progress)
        for table in TABLE_BY_ROW.values():
            cursor.execute(_statement("ALTER TABLE {new} ADD PRIMARY KEY (sujet, position)", table))
            cursor.execute(_statement("ANALYZE {new}", table))

        live = _live_position(cursor, "live_position")
        common = min(folded, live)
        differing = _differing(cursor, after=0, upto=common)

        live = _live_position(cursor, "hold_live_position")
        folded = _fold(cursor, after=folded, upto=live, poisoned=poisoned)
        differing |= _differing(cursor, after=common, upto=live)
        if differing and not replace_different:
            raise DigestsDiffer(sorted(differing))
        position = max(live, folded)
        counts = {table: _count(cursor, table) for table in TABLE_BY_ROW.values()}
        for table in TABLE_BY_ROW.values():
            _swap(cursor, table)
        cursor.execute(_SQL["move_live_position"], {"projection": NAME, "position": position})
        if differing:
            cursor.execute(_DOCUMENTS["forget_all"])  # They show the rows that were replaced.
        cursor.execute(_SQL["forget_set_aside"], {"projection": NAME})
        for row, error in poisoned:
            write_aside(cursor, row, error)
    return Rebuilt(position=position, rows=counts, differing=sorted(differing), set_aside=len(poisoned))


@contextmanager
def _transaction(url: str) -> Iterator[Cursor[DictRow]]:
    connection: Connection[DictRow]
    with psycopg.connect(url, row_factory=dict_row) as connection, connection.cursor() as cursor:
        # A build is one long write; sorting for the indexes is most of it.
        cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield cursor


def _fold(
    cursor: Cursor[DictRow],
    *,
    after: int,
    upto: int,
    poisoned: list[tuple[JournalRow, Exception]],
    progress: Progress = lambda *_: None,
) -> int:
    """Write the rows of the events in (after, upto] into the new tables; returns the last position folded."""
    while after < upto:
        page = read_page(cursor.connection, after=after, upto=upto, limit=PAGE_EVENTS)
        if not page:
            break
        rows: list[Row] = []
        for row in page:
            try:
                rows += rows_of(read_event(row))
            except Exception as error:
                if not is_poison(error):
                    raise
                poisoned.append((row, error))
        write_rows(cursor, rows, suffix=SUFFIX)
        after = page[-1].position
        progress(after, upto)
    return after


def _differing(cursor: Cursor[DictRow], *, after: int, upto: int) -> set[str]:
    """The tables whose rows in (after, upto] are not the same, live and rebuilt."""
    differing = set()
    for kind, table in TABLE_BY_ROW.items():
        live, new = (_digest(cursor, kind, name, after, upto) for name in (table, table + SUFFIX))
        if live != new:
            differing.add(table)
    return differing


def _digest(cursor: Cursor[DictRow], kind: type[Row], table: str, after: int, upto: int) -> _Digest:
    statement = sql.SQL(
        "SELECT count(*) AS rows, coalesce(sum(hash_record_extended(t, 1)), 0)::text AS digest"
        " FROM (SELECT {columns} FROM {table} WHERE position > %(after)s AND position <= %(upto)s) AS t"
    ).format(columns=selected_columns(kind), table=sql.Identifier(table))
    row = cursor.execute(statement, {"after": after, "upto": upto}).fetchone()
    assert row is not None
    return _Digest(row["rows"], row["digest"])


def _swap(cursor: Cursor[DictRow], table: str) -> None:
    """The new table takes the place of the live one; a reader's statement sees one or the other, whole."""
    cursor.execute(_statement("DROP TABLE {live}", table))
    cursor.execute(_statement("ALTER TABLE {new} RENAME TO {live}", table))
    cursor.execute(
        sql.SQL("ALTER INDEX {} RENAME TO {}").format(
            sql.Identifier(f"{table}{SUFFIX}_pkey"), sql.Identifier(f"{table}_pkey")
        )
    )


def _statement(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(live=sql.Identifier(table), new=sql.Identifier(table + SUFFIX))


def _count(cursor: Cursor[DictRow], table: str) -> int:
    row = cursor.execute(_statement("SELECT count(*) AS rows FROM {new}", table)).fetchone()
    assert row is not None
    return int(row["rows"])


def _one(cursor: Cursor[DictRow], name: str) -> dict[str, Any]:
    row = cursor.execute(_SQL[name], {"projection": NAME}).fetchone()
    assert row is not None
    return row


def _live_position(cursor: Cursor[DictRow], name: str) -> int:
    row = cursor.execute(_SQL[name], {"projection": NAME}).fetchone()
    return int(row["position"]) if row else 0


def _journal_end(cursor: Cursor[DictRow]) -> int:
    row = cursor.execute(_JOURNAL["head"]).fetchone()
    return int(row["position"]) if row else 0
