"""Rebuild the read rows beside the live ones, compare digests, swap.

All of it is one transaction: new tables, rows, indexes and swap appear together or not at all, so a cancel, a crash
or a `kill -9` at any moment leaves nothing behind and readers never see a mix. Read rows are facts that never
change, so the long comparison is made while the live worker goes on; only the tail is compared under its lock.

Three things go on at a time: a second connection sends the journal (events never change either, so no snapshot need be
shared), Python makes rows of it, the transaction takes them by COPY. While the transaction makes the indexes and the
digests of the new rows, the second connection computes those of the live ones.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor, sql
from psycopg.rows import DictRow

from infra.journal.pages import JournalRow, stream_journal
from infra.postgres.sql import statements
from infra.projections.digests import DigestBeside, OnSession, differing_tables, digests_of, session
from infra.projections.reading import read_events
from infra.projections.recorder import write_aside
from infra.projections.rows import TABLE_BY_ROW, RowCopies
from infra.projections.runner import is_poison
from projections.dossiers import NAME, Row, project

SUFFIX = "__neuf"

SWAP_SECONDS_MAX = 3_600.0
"""How long a rebuild that is ready waits for those who read the live tables in one go; for a vacuum of each, before."""

AGAIN_SECONDS = 1.0
_IN_USE = (
    "Les tables en service sont lues ou entretenues sans interruption (un export, une vérification, un VACUUM ?) : "
    "rien n'a été échangé. Relancer la reconstruction quand ce sera fini."
)
_SQL = statements("infra.projections", "rebuild.sql")
_JOURNAL = statements("infra.journal", "recorder.sql")
_DOCUMENTS = statements("infra.reads", "documents.sql")

Progress = Callable[[int, int], None]
"""Called with how many events are done, of how many."""

Poisoned = list[tuple[JournalRow, Exception]]


class RebuildInProgress(Exception):
    """Another rebuild is at work on this database."""


class TablesInUse(Exception):
    """Someone reads the live tables in one go, without an end: nothing was swapped."""


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


def rebuild(
    url: str,
    *,
    replace_different: bool = False,
    on_session: OnSession = lambda _: None,
    progress: Progress = lambda *_: None,
) -> Rebuilt:
    """Rebuild and swap. Raises RebuildInProgress, or DigestsDiffer unless `replace_different`."""
    with session(url, on_session) as beside, _transaction(url, on_session) as cursor:
        if not _one(cursor, "take_turn")["taken"]:
            raise RebuildInProgress("Une reconstruction est déjà en cours sur cette base.")
        poisoned: Poisoned = []
        end = _journal_end(cursor)
        common = min(end, _one(cursor, "live_position")["position"])
        _on_each_table(cursor, "CREATE TABLE {new} (LIKE {live} INCLUDING DEFAULTS)")
        with DigestBeside(beside, upto=common) as live_digests:
            # Frozen rows, which only a table of this very transaction may take: a reader whose snapshot is older than
            # the swap finds them in the new table, where rows that say when they were written would be hidden from it.
            with RowCopies(cursor, suffix=SUFFIX, options="FORMAT BINARY, FREEZE") as copies:
                folded = _fold(beside, copies, after=0, upto=end, poisoned=poisoned, progress=progress)
                # Not before: while rows come every core of a small machine has work, from here on one would have none.
                of_live = live_digests.begin()
            _on_each_table(cursor, "ALTER TABLE {new} ADD PRIMARY KEY (sujet, position)")
            # What readers ask by; autovacuum looks at the other columns when it comes by.
            _on_each_table(cursor, "ANALYZE {new} (sujet, position)")
            of_new = digests_of(cursor, SUFFIX, after=0, upto=common)
            differing = differing_tables(of_live.result(), of_new)

        def swap() -> Rebuilt:
            tail = _catch_up(cursor, beside, folded=folded, compared=common)
            different = sorted(differing | tail.differing)
            if different and not replace_different:
                raise DigestsDiffer(different)
            cursor.execute(_SQL["move_live_positions"], {"projection": NAME, "position": tail.position})
            if different:
                cursor.execute(_DOCUMENTS["forget_all"])  # They show the rows that are replaced.
            cursor.execute(_SQL["forget_set_aside"], {"projection": NAME})
            for row, error in poisoned + tail.poisoned:
                write_aside(cursor, row, error)
            # What readers wait for comes last, in one go: each of their statements sees the old rows or the new, whole.
            _on_each_table(
                cursor,
                "DROP TABLE {live}",
                "ALTER TABLE {new} RENAME TO {live}",
                "ALTER INDEX {new_key} RENAME TO {key}",
            )
            return Rebuilt(
                position=tail.position,
                rows={table: copies.counts[kind] + tail.counts[kind] for kind, table in TABLE_BY_ROW.items()},
                differing=different,
                set_aside=len(poisoned) + len(tail.poisoned),
            )

        _keep_vacuum_out(cursor)
        return _patiently(cursor, swap)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """What the live worker wrote while the rest was rebuilt, folded and compared; the worker is held."""

    position: int
    counts: dict[type[Row], int]
    differing: set[str]
    poisoned: Poisoned


def _catch_up(cursor: Cursor[DictRow], beside: Connection[DictRow], *, folded: int, compared: int) -> _Tail:
    cursor.execute(_SQL["hold_division"])
    held = _one(cursor, "hold_live_positions")
    live, furthest = held["smallest"], held["largest"]  # of the buckets: what is past the smallest is not whole
    poisoned: Poisoned = []
    with RowCopies(cursor, suffix=SUFFIX) as copies:
        folded = _fold(beside, copies, after=folded, upto=furthest, poisoned=poisoned)
    differing: set[str] = set()
    if live > compared:
        of_new = digests_of(cursor, SUFFIX, after=compared, upto=live)
        differing = differing_tables(digests_of(cursor, "", after=compared, upto=live), of_new)
    return _Tail(position=max(furthest, folded), counts=copies.counts, differing=differing, poisoned=poisoned)


def _keep_vacuum_out(cursor: Cursor[DictRow]) -> None:
    """Let no vacuum hold the live tables until the swap commits; readers and the worker go on. Raises TablesInUse.

    PostgreSQL ends its own when somebody has waited for it for a second, which is longer than a swap may make readers
    wait: one that came by, as it does after each rebuild, would hold up the next for as long as it takes.
    """
    cursor.execute(_SQL["wait_long"], {"lock_timeout": f"{SWAP_SECONDS_MAX:.0f}s"})
    try:
        _on_each_table(cursor, "LOCK TABLE {live} IN SHARE UPDATE EXCLUSIVE MODE")
    except psycopg.errors.LockNotAvailable:
        raise TablesInUse(_IN_USE) from None


def _patiently(cursor: Cursor[DictRow], act: Callable[[], Rebuilt]) -> Rebuilt:
    """Do what ends by holding the live tables; as long as someone reads them in one go, undo it and try again later.

    Whoever waits for a lock makes all others wait behind it: neither the worker nor a reader waits for us longer than
    the moment that the statement `wait_little` names. Raises TablesInUse.
    """
    deadline = time.monotonic() + SWAP_SECONDS_MAX
    while True:
        try:
            with cursor.connection.transaction():
                cursor.execute(_SQL["wait_little"])
                return act()
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > deadline:
                raise TablesInUse(_IN_USE) from None
        time.sleep(AGAIN_SECONDS)


@contextmanager
def _transaction(url: str, on_session: OnSession) -> Iterator[Cursor[DictRow]]:
    with session(url, on_session) as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_SQL["prepare_to_build"])
        yield cursor


def _fold(
    beside: Connection[DictRow],
    copies: RowCopies,
    *,
    after: int,
    upto: int,
    poisoned: Poisoned,
    progress: Progress = lambda *_: None,
) -> int:
    """Copy the rows of the events in (after, upto]; returns the last position folded."""
    if after >= upto:
        return after
    for chunk in stream_journal(beside, after=after, upto=upto):
        copies.write(_rows_of(chunk, poisoned))
        after = chunk[-1][0]
        progress(after, upto)
    return after


def _rows_of(chunk: Sequence[JournalRow], poisoned: Poisoned) -> list[Row]:
    try:
        return project(read_events(chunk))
    except Exception as error:
        if not is_poison(error):
            raise
        if len(chunk) == 1:
            poisoned.append((chunk[0], error))
            return []
    return [row for event in chunk for row in _rows_of([event], poisoned)]


def _on_each_table(cursor: Cursor[DictRow], *texts: LiteralString) -> None:
    """Statements on every table, sent in one go: what they lock is held no longer for the way there and back."""
    cursor.execute(
        sql.SQL("; ").join(
            sql.SQL(text).format(
                live=sql.Identifier(table),
                new=sql.Identifier(table + SUFFIX),
                key=sql.Identifier(f"{table}_pkey"),
                new_key=sql.Identifier(f"{table}{SUFFIX}_pkey"),
            )
            for table in TABLE_BY_ROW.values()
            for text in texts
        )
    )


def _one(cursor: Cursor[DictRow], name: str) -> dict[str, Any]:
    row = cursor.execute(_SQL[name], {"projection": NAME}).fetchone()
    assert row is not None
    return row


def _journal_end(cursor: Cursor[DictRow]) -> int:
    row = cursor.execute(_JOURNAL["head"]).fetchone()
    return int(row["position"]) if row else 0
