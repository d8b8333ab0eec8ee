"""Fresh databases for tests, on one embedded server that every worker of a test run shares."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from infra.embedded.server import EmbeddedServer
from infra.postgres.migrate import migrate
from infra.postgres.scratch import drop_database

MODEL = "model"
POSTGRES_15_BIN = Path("/usr/lib/postgresql/15/bin")
POSTGRES_15_ABSENT = (
    f"PostgreSQL 15 is not installed: no {POSTGRES_15_BIN}, and DECOMPTE_TEST_POSTGRES_15 names no bin folder"
)


def postgres_15_bin() -> Path | None:
    """The programs of PostgreSQL 15, the oldest version we support, or None when this machine has none."""
    folder = Path(os.environ.get("DECOMPTE_TEST_POSTGRES_15") or POSTGRES_15_BIN)
    return folder if (folder / "postgres").is_file() else None


class DatabaseFactory:
    """Creates databases on the server of `folder`, which is started when the first one is asked for."""

    def __init__(self, folder: Path, *, bin_dir: Path | None = None) -> None:
        """Workers that give the same folder share the server; `bin_dir` None is the PostgreSQL of the wheel."""
        self.folder = folder
        self.bin_dir = bin_dir
        self._server: EmbeddedServer | None = None
        self._is_modelled = False

    def create(self) -> str:
        """The address of a new database that nobody else uses, migrated: a copy of one that is made once a server."""
        return self._copy_of(self._model())

    def create_empty(self) -> str:
        """The address of a new database with nothing in it."""
        return self._copy_of("template0")

    def drop(self, url: str) -> None:
        """Remove a database, ending the sessions that a test left open."""
        with psycopg.connect(self._address(), autocommit=True) as connection:
            drop_database(connection, urlsplit(url).path.removeprefix("/"))

    def close(self) -> None:
        """Leave the server; it stops with the last worker that leaves."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _address(self) -> str:
        if self._server is None:
            self._server = EmbeddedServer.attach(self.folder, bin_dir=self.bin_dir)
        return self._server.url

    def _copy_of(self, template: str) -> str:
        name = f"test_{secrets.token_hex(8)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(self._address(), autocommit=True) as connection:
            connection.execute(statement)
        return self._url_of(name)

    def _url_of(self, name: str) -> str:
        return urlsplit(self._address())._replace(path=f"/{name}").geturl()

    def _model(self) -> str:
        """The database that the others are copies of; the first worker that asks makes it, whole or not at all."""
        if self._is_modelled:
            return MODEL
        with psycopg.connect(self._address(), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", (MODEL,)).fetchone() is None:
                made = self.create_empty()
                migrate(made)
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                begun = sql.Identifier(urlsplit(made).path.removeprefix("/"))
                connection.execute(rename.format(begun, sql.Identifier(MODEL)))
        self._is_modelled = True
        return MODEL
