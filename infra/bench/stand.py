"""The stand that figures are measured on: one PostgreSQL, fresh databases, one sample feed, made once and shared."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from infra.bench import synthetic
from infra.bench.children import Imported, import_file, import_lines
from infra.bench.sizes import SEED, TODAY, Sizes
from infra.bootstrap import Services, open_services
from infra.postgres.scratch import drop_database
from infra.sample.portefeuille import generate, members_of
from infra.settings import Settings

PREFIX = "decompte_bench_"
"""Databases of a bench begin so; all are dropped when it ends."""

Announce = Callable[[str], None]


class Stand:
    """Makes what figures need. Every database is its own ledger, under one master key made for the run."""

    def __init__(self, url: str, folder: Path, sizes: Sizes, *, announce: Announce) -> None:
        """`url` is a database of the server to measure on, whose role may create others."""
        self.folder = folder
        self.sizes = sizes
        self._url = url
        self._announce = announce
        self._key = secrets.token_bytes(32)
        self._databases: list[str] = []
        self._scaled: dict[int, tuple[str, Imported]] = {}
        self._label = ""

    def begin(self, label: str) -> None:
        """A figure begins: what is announced from here on is about it."""
        self._label = label

    def rounds(self) -> Iterator[int]:
        """The repetitions of the figure under way, announced one by one."""
        for number in range(1, self.sizes.repetitions + 1):
            self._announce(f"{self._label} : mesure {number} / {self.sizes.repetitions}")
            yield number

    def prepare(self, what: str) -> None:
        """Announce a preparation that takes time."""
        self._announce(f"{self._label} : {what}…")

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The URL of a new ledger, empty or a copy of `template`; dropped at the end."""
        url = self._create(template or self.empty)
        try:
            yield url
        finally:
            self._drop(url)

    @contextmanager
    def services(self, url: str) -> Iterator[Services]:
        """Everything wired on a database of this stand."""
        settings = Settings.model_validate(
            {"database_url": url, "master_key": self._key, "now": TODAY, "log_level": "warning"}
        )
        with open_services(settings) as services:
            yield services

    def environment(self, url: str) -> dict[str, str]:
        """The settings of a process of ours that works on this database."""
        return {
            "DECOMPTE_DATABASE_URL": url,
            "DECOMPTE_MASTER_KEY": base64.b64encode(self._key).decode(),
            "DECOMPTE_NOW": TODAY.isoformat(),
            "DECOMPTE_LOG_LEVEL": "error",
        }

    @cached_property
    def feed(self) -> Path:
        """The sample portfolio as a feed file."""
        self.prepare("portefeuille d'exemple")
        file = self.folder / "flux.ndjson"
        with file.open("wb") as written:
            written.writelines(generate(members=self.sizes.members, seed=SEED, today=TODAY))
        return file

    @cached_property
    def numeros(self) -> list[str]:
        """The numbers of the sample's members."""
        return [member.numero for member in members_of(members=self.sizes.members, seed=SEED, today=TODAY)]

    @cached_property
    def empty(self) -> str:
        """A migrated database without any event: the template of all others."""
        url = self._create("template0")
        with self.services(url):
            pass
        return url

    @cached_property
    def recorded(self) -> str:
        """A ledger with the sample feed, of which nothing is projected yet."""
        file = self.feed
        url = self._create(self.empty)
        self.prepare("import du portefeuille")
        import_file(self.environment(url), file)
        return url

    @cached_property
    def projected(self) -> str:
        """A ledger with the sample feed, projected and at rest."""
        url = self._create(self.recorded)
        self._project(url)
        return url

    @cached_property
    def events(self) -> int:
        """How many events the sample feed makes."""
        with psycopg.connect(self.recorded) as connection:
            row = connection.execute("SELECT count(*) FROM stored_events").fetchone()
        assert row is not None
        return int(row[0])

    def scaled(self, decomptes: int) -> tuple[str, Imported]:
        """A projected ledger of that many plain décomptes, and how its import went; kept until the end."""
        if decomptes not in self._scaled:
            self.prepare(f"grand livre de {decomptes} décomptes")
            url = self._create(self.empty)
            imported = import_lines(self.environment(url), synthetic.lines(decomptes))
            self._project(url)
            self._scaled[decomptes] = url, imported
        return self._scaled[decomptes]

    def close(self) -> None:
        """Drop every database of the stand."""
        for url in list(self._databases):
            self._drop(url)

    def _project(self, url: str) -> None:
        """Project all, and put the ledger at rest: autovacuum would meet one repetition and spare the next."""
        with self.services(url) as services:
            services.projection_worker().catch_up()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def _create(self, template: str) -> str:
        name = PREFIX + secrets.token_hex(6)
        source = urlsplit(template).path.removeprefix("/") if "://" in template else template
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
            )
        url = urlsplit(self._url)._replace(path=f"/{name}").geturl()
        self._databases.append(url)
        return url

    def _drop(self, url: str) -> None:
        name = urlsplit(url).path.removeprefix("/")
        with psycopg.connect(self._url, autocommit=True) as connection:
            drop_database(connection, name)
        self._databases.remove(url)
