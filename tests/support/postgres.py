"""Fresh, empty databases for tests, on one embedded server that every worker of a test run shares."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from infra.embedded.server import EmbeddedServer
from infra.postgres.scratch import drop_database

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

    def create(self) -> str:
        """The address of a new empty database that nobody else uses."""
        name = f"test_{secrets.token_hex(8)}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return urlsplit(self._address())._replace(path=f"/{name}").geturl()

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

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._address(), autocommit=True) as connection:
            connection.execute(statement)
