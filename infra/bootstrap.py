"""Wiring: the only place where classes meet their adapters."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eventsourcing.postgres import PostgresDatastore

from commands.intake.take import Intake
from infra.auth.acces import Acces
from infra.auth.journal_acces import JournalAcces
from infra.auth.tokens import Tokens
from infra.effacement.effacements import Effacements
from infra.embedded.server import EmbeddedServer
from infra.journal.journal import PostgresJournal
from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.journal.racine import WrongMasterKey, open_keyring
from infra.mail.outbox import Outbox
from infra.mail.sender import MailSender
from infra.mail.smtp_url import parse_smtp_url
from infra.notifications.notifier import Notifier
from infra.notifications.preferences import Preferences
from infra.notifications.unsubscribe import Desabonnement
from infra.observation.traces import traced
from infra.postgres.datastore import open_datastore
from infra.postgres.migrate import migrate
from infra.preuve import acces as regards
from infra.preuve import evenements
from infra.preuve.log import Log
from infra.preuve.publisher import Publisher
from infra.preuve.sealer import Sealer
from infra.preuve.store import open_log
from infra.projections.runner import OnBuckets, ProjectionWorker, log_buckets
from infra.quarantine.store import PostgresQuarantine
from infra.recours.lectures import RecoursReads
from infra.recours.recours import Recours
from infra.recours.tenus import RecoursTenus
from infra.secrets_file import master_key, next_key, promote_next
from infra.settings import BadSettings, Settings

Workers = ProjectionWorker | Notifier | MailSender | Sealer | Publisher


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
    outbox: Outbox
    acces: Acces
    journal_acces: JournalAcces
    preferences: Preferences
    desabonnement: Desabonnement
    recours: Recours
    effacements: Effacements
    logs: tuple[Log, ...]
    """What is proven: the first one is the log of events."""

    def projection_worker(
        self, *, batch_events_max: int | None = None, on_buckets: OnBuckets = lambda _: None
    ) -> ProjectionWorker:
        """A worker of the projection; any number share the member buckets."""
        return ProjectionWorker(self.url, self.datastore, batch_events_max=batch_events_max, on_buckets=on_buckets)

    def sealer(self) -> Sealer:
        """What seals events into the proof logs; any number may run."""
        return Sealer(self.url, self.logs)

    def publisher(self) -> Publisher | None:
        """What shows checkpoints to witnesses and exports them; None when the settings name neither."""
        folder, witnesses = self.settings.preuve_export, self.settings.temoins
        if folder is None and not witnesses:
            return None
        return Publisher(self.url, self.logs, folder=folder, witnesses=witnesses)

    def workers(self) -> dict[str, Workers]:
        """What works beside the API of one process, by name; one of a kind is at work, save of the projection."""
        workers: dict[str, Workers] = {
            "projection": self.projection_worker(on_buckets=log_buckets),
            "preuve": self.sealer(),
            "notifications": self.notifier(),
        }
        sender = self.mail_sender()
        if sender is not None:
            workers["courriels"] = sender
        publisher = self.publisher()
        if publisher is not None:
            workers["publication"] = publisher
        return workers

    def notifier(self) -> Notifier:
        """What announces new payments; any number may run."""
        return Notifier(
            self.url,
            self.datastore,
            self.outbox,
            self.preferences,
            self.desabonnement,
            public_url=self.settings.public_url,
            today=self.settings.today,
        )

    def mail_sender(self) -> MailSender | None:
        """A sender of mails, one of which is elected; None without a mail server in the settings: mails then wait."""
        if self.settings.smtp_url is None or self.settings.mail_from is None:
            return None
        server = parse_smtp_url(self.settings.smtp_url)
        return MailSender(self.url, self.outbox, server=server, mail_from=self.settings.mail_from)


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
        stack.enter_context(traced(settings.otlp_url))
        url, key = stack.enter_context(open_database(settings, announce=announce))
        migrate(url, announce=announce)
        keyring = _keyring(settings, url, key)
        datastore = stack.enter_context(open_datastore(url))
        members = MemberKeys(datastore, keyring)
        journal = PostgresJournal(datastore, keyring, members)
        journal.recorder.create_table()
        quarantine = PostgresQuarantine(datastore, keyring)
        outbox = Outbox(datastore, keyring, members)
        acces = Acces(datastore, keyring, members, outbox, public_url=settings.public_url, today=settings.today)
        stack.callback(acces.close)
        catch_up = ProjectionWorker(url, datastore).catch_up
        reads = RecoursReads(datastore, members, catch_up)
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
            outbox=outbox,
            acces=acces,
            journal_acces=JournalAcces(datastore, keyring, members),
            preferences=Preferences(datastore, members),
            desabonnement=Desabonnement(keyring, settings.public_url),
            recours=Recours(journal, members, reads, RecoursTenus(datastore, reads)),
            effacements=Effacements(
                url=url,
                datastore=datastore,
                keyring=keyring,
                members=members,
                journal=journal,
                quarantine=quarantine,
                reads=reads,
                catch_up=catch_up,
            ),
            logs=_open_logs(settings, datastore, keyring),
        )


def _open_logs(settings: Settings, datastore: PostgresDatastore, keyring: Keyring) -> tuple[Log, ...]:
    """Every proof log. Raises OriginChanged."""
    prefix = settings.public_url.partition("://")[2]
    with datastore.get_connection() as connection:
        events = open_log(
            connection,
            name=evenements.NAME,
            wanted=settings.preuve_origine,
            default=f"{prefix}/v1/preuve/{evenements.NAME}",
            keyring=keyring,
            entries=evenements.EventEntries(keyring),
        )
        looks = open_log(
            connection,
            name=regards.NAME,
            wanted=f"{settings.preuve_origine}/{regards.NAME}" if settings.preuve_origine is not None else None,
            default=f"{prefix}/v1/preuve/{regards.NAME}",
            keyring=keyring,
            entries=regards.AccesEntries(),
        )
    return (events, looks)


def _keyring(settings: Settings, url: str, key: bytes) -> Keyring:
    """The keys of the database; finishes a change of the master key that was interrupted. Raises WrongMasterKey."""
    try:
        return open_keyring(url, key)
    except WrongMasterKey:
        following = next_key(settings.data.absolute()) if has_key_file(settings) else None
        if following is None:
            raise
        keyring = open_keyring(url, following)
        promote_next(settings.data.absolute())
        return keyring


def has_key_file(settings: Settings) -> bool:
    """Whether the master key is that of the data folder, not of the environment."""
    return settings.database_url is None and settings.master_key is None
