"""Readers that never stop looking while something happens to the tables that they read."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

POLL_SECONDS = 0.005
MEMBERS_PER_POLL = 20


@dataclass(slots=True)
class Watch:
    """What was seen: how often, how many times rows were missing, and how long one answer took at most."""

    polls: int = 0
    counts: int = 0
    missing: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0


@contextmanager
def watched(url: str) -> Iterator[Watch]:
    """Two readers: one asks every POLL_SECONDS for all rows of a few members, always others; one counts all rows,
    again and again. Nobody appends meanwhile: fewer rows than at the beginning are missing rows.
    """
    with psycopg.connect(url, row_factory=tuple_row) as connection:
        of_member = connection.execute("SELECT sujet, count(*) FROM read_decompte GROUP BY sujet ORDER BY sujet")
        expected: dict[Any, int] = dict(of_member.fetchall())
    members, total = list(expected), sum(expected.values())
    watch, is_done = Watch(), Event()
    turn = itertools.cycle(range(0, max(1, len(members)), MEMBERS_PER_POLL))

    def poll(connection: Connection[Any]) -> None:
        asked = members[(first := next(turn)) : first + MEMBERS_PER_POLL]
        rows = connection.execute(
            "SELECT sujet, count(*) FROM read_decompte WHERE sujet = ANY(%s) GROUP BY sujet", (asked,)
        )
        seen = dict(rows.fetchall())
        watch.polls += 1
        watch.missing += [f"{sujet} : {seen.get(sujet, 0)}" for sujet in asked if seen.get(sujet, 0) < expected[sujet]]

    def count(connection: Connection[Any]) -> None:
        row = connection.execute("SELECT count(*) FROM read_decompte").fetchone()
        assert row is not None
        watch.counts += 1
        if row[0] < total:
            watch.missing.append(f"{row[0]} lignes au lieu de {total}")

    def keep(look: Callable[[Connection[Any]], None]) -> None:
        with psycopg.connect(url, autocommit=True, row_factory=tuple_row) as connection:
            while not is_done.wait(POLL_SECONDS):
                begun = time.perf_counter()
                look(connection)
                if look is poll:
                    watch.longest_seconds = max(watch.longest_seconds, time.perf_counter() - begun)

    readers = [Thread(target=keep, args=(look,), name=f"bench-{look.__name__}") for look in (poll, count)]
    for reader in readers:
        reader.start()
    try:
        yield watch
    finally:
        is_done.set()
        for reader in readers:
            reader.join()
