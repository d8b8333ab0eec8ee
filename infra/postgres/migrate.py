"""Plain-SQL migrations: forward only, one transaction a file, under an advisory lock, with drift detection."""

import hashlib
from collections.abc import Callable
from importlib import resources
from typing import LiteralString, NamedTuple

import psycopg

_LOCK = 7_311_042_001
"""Advisory lock of the migrations: two commands that start together do not race."""


class MigrationDrift(Exception):
    """A migration that this database has applied is not the one that this release carries, or is unknown to it."""


class Migration(NamedTuple):
    """One numbered file."""

    name: str
    sql: LiteralString
    digest: bytes


def migrations() -> list[Migration]:
    """Every migration of this release, in order."""
    folder = resources.files("infra.postgres").joinpath("migrations")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [_migration(f.name, f.read_text(encoding="utf-8")) for f in files]


def _migration(name: str, sql: str) -> Migration:
    return Migration(name, sql, hashlib.sha256(sql.encode()).digest())


def migrate(url: str, *, announce: Callable[[str], None] = lambda _: None) -> int:
    """Bring a database up to this release; returns how many migrations were applied.

    Raises MigrationDrift when an applied file has changed since, or comes from a later release.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            applied = _applied(connection)
            check_drift(applied)
            waiting = [m for m in migrations() if m.name not in applied]
            for migration in waiting:
                announce(f"Migration {migration.name}")
                with connection.transaction():
                    connection.execute(migration.sql)
                    connection.execute(
                        "INSERT INTO migration (name, digest, applied_at) VALUES (%s, %s, clock_timestamp())",
                        (migration.name, migration.digest),
                    )
            return len(waiting)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def check_drift(applied: dict[str, bytes]) -> None:
    """Raise MigrationDrift unless what is applied is a beginning of what this release carries, to the byte."""
    carried = {m.name: m.digest for m in migrations()}
    for name, digest in applied.items():
        if name not in carried:
            raise MigrationDrift(
                f"{name} : appliquée par une version plus récente de Décompte ; mettre à jour le programme."
            )
        if carried[name] != digest:
            raise MigrationDrift(f"{name} : le fichier a changé depuis son application ; le remettre tel qu'il était.")


def _applied(connection: psycopg.Connection) -> dict[str, bytes]:
    # Looked for first: a role that may only read and write rows can start on an up-to-date database.
    [is_begun] = connection.execute("SELECT to_regclass('migration') IS NOT NULL").fetchone() or (False,)
    if not is_begun:
        connection.execute(
            "CREATE TABLE migration (name text PRIMARY KEY, digest bytea NOT NULL, applied_at timestamptz NOT NULL)"
        )
    rows = connection.execute("SELECT name, digest FROM migration ORDER BY name").fetchall()
    return {name: bytes(digest) for name, digest in rows}
