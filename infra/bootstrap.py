"""Wiring: the only place where classes meet their adapters."""

import gc
import hmac
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from eventsourcing.postgres import PostgresDatastore

from commands.intake.take import Intake
from infra.auth.tokens import Tokens
from infra.embedded.server import EmbeddedServer
from infra.journal.journal import PostgresJournal
from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.postgres.datastore import open_datastore
from infra.postgres.migrate import migrate
from infra.projections.runner import ProjectionWorker
from infra.quarantine.store import PostgresQuarantine
from infra.recours.lectures import RecoursReads
from infra.recours.recours import Recours
from infra.secrets_file import master_key
from infra.settings import BadSettings, Settings


class WrongMasterKey(Exception):
    """The master key is not the one that this database was begun with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a command or the HTTP application works with."""

    settings: Settings
    url: str
    datastore: PostgresDatastore
    keyring: Keyring
    members: MemberKeys
    journal: PostgresJournal
    quarantine: PostgresQuarantine
    intake: Intake
    tokens: Tokens
    recours: Recours

    def projection_worker(self, *, batch_events_max: int | None = None) -> ProjectionWorker:
        """A worker of the projection; any number may run, one is elected."""
        return ProjectionWorker(self.url, self.datastore, batch_events_max=batch_events_max)


Announce = Callable[[str], None]

GC_ALLOCATIONS = 50_000


def collect_seldom() -> None:
    """Let the collector of cycles run less often than CPython's default, which takes a quarter of an import.

    For a program's start. Messages and events hold no cycle: reference counting frees them. What the imports made stays
    for good.
    """
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, 20, 50)


@contextmanager
def open_database(settings: Settings, *, announce: Announce) -> Iterator[tuple[str, bytes]]:
    """The URL of the database in use, and the master key. The embedded server lives as long as someone uses it."""
    if settings.database_url is not None:
        if settings.master_key is None:
            raise BadSettings(
                "Avec DECOMPTE_DATABASE_URL, donner aussi DECOMPTE_MASTER_KEY (32 octets en base64, à sauvegarder)."
            )
        yield settings.database_url, settings.master_key
        return
    data: Path = settings.data.absolute()
    key = settings.master_key or master_key(data)
    with EmbeddedServer.attach(data, bin_dir=settings.postgres_bin, announce=announce) as server:
        yield server.url, key


@contextmanager
def open_services(settings: Settings, *, announce: Announce = lambda _: None) -> Iterator[Services]:
    """Everything wired on a migrated database. Raises BadSettings, WrongMasterKey, MigrationDrift, SecretLost."""
    with ExitStack() as stack:
        url, key = stack.enter_context(open_database(settings, announce=announce))
        migrate(url, announce=announce)
        keyring = Keyring(key)
        check_master_key(url, keyring)
        datastore = stack.enter_context(open_datastore(url))
        members = MemberKeys(datastore, keyring)
        journal = PostgresJournal(datastore, keyring, members)
        journal.recorder.create_table()
        quarantine = PostgresQuarantine(datastore, keyring)
        reads = RecoursReads(datastore, members, ProjectionWorker(url, datastore).catch_up)
        yield Services(
            settings=settings,
            url=url,
            datastore=datastore,
            keyring=keyring,
            members=members,
            journal=journal,
            quarantine=quarantine,
            intake=Intake(journal, members, quarantine),
            tokens=Tokens(datastore, keyring),
            recours=Recours(journal, members, reads),
        )


def check_master_key(url: str, keyring: Keyring) -> None:
    """Refuse at once to work with another key than the one that this database was begun with."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO reglage (nom, valeur) VALUES ('controle_cle_maitre', %s) ON CONFLICT (nom) DO NOTHING",
            (keyring.check_value,),
        )
        row = connection.execute("SELECT valeur FROM reglage WHERE nom = 'controle_cle_maitre'").fetchone()
    if row is None or not hmac.compare_digest(bytes(row[0]), keyring.check_value):
        raise WrongMasterKey("La clé maître n'est pas celle de cette base : rien de personnel n'y serait lisible.")
