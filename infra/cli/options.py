"""What the commands share: the data folder, the services that they open, the failures that they explain."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from eventsourcing.persistence import PersistenceError
from psycopg_pool import PoolTimeout

from infra.audit.fichier import AutreFichier
from infra.audit.parquet import PyarrowAbsent
from infra.auth.maison import CompteImpossible
from infra.auth.tokens import BadToken
from infra.bootstrap import Services, open_services
from infra.cli.console import say
from infra.effacement.effacements import EffacementInterrompu, NumeroInconnu
from infra.embedded.errors import EmbeddedError
from infra.http.server import CannotServe
from infra.journal.members import KeyAltered
from infra.journal.racine import WrongMasterKey
from infra.journal.recorder import JournalAltered
from infra.kafka.errors import KafkaFailure
from infra.mail.delivery import MailServerAway
from infra.mail.sender import SenderElsewhere
from infra.observation.etat import BaseSansForme
from infra.observation.exposition import exposed
from infra.postgres.migrate import MigrationDrift
from infra.preuve.log import LogAltered
from infra.preuve.store import OriginChanged
from infra.projections.rebuild import DigestsDiffer, RebuildInProgress, TablesInUse
from infra.secrets_file import SecretLost
from infra.settings import BadSettings, Settings, read_settings

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DOSSIER",
        help="Dossier de la base embarquée et des secrets (défaut : ./data). Sans effet avec DECOMPTE_DATABASE_URL.",
    ),
]

Metrics = Annotated[
    int | None,
    typer.Option("--metrics", min=0, max=65535, metavar="PORT", help="Servir /metrics sur ce port (0 : un libre)."),
]
MetricsHost = Annotated[str, typer.Option("--metrics-host", help="Adresse d'écoute de /metrics.")]

FAILURES = (
    AutreFichier,
    BaseSansForme,
    BadSettings,
    BadToken,
    CompteImpossible,
    CannotServe,
    DigestsDiffer,
    EffacementInterrompu,
    EmbeddedError,
    JournalAltered,
    KafkaFailure,
    KeyAltered,
    LogAltered,
    MailServerAway,
    MigrationDrift,
    NumeroInconnu,
    OriginChanged,
    RebuildInProgress,
    TablesInUse,
    SecretLost,
    SenderElsewhere,
    WrongMasterKey,
    PyarrowAbsent,
    PersistenceError,
    psycopg.Error,
    PoolTimeout,
    OSError,
)
"""What a person can act on: said in one line."""


def settings_of(data: Path | None) -> Settings:
    """The settings of the environment, with the folder given on the command line."""
    settings = read_settings()
    return settings if data is None else settings.model_copy(update={"data": data})


@contextmanager
def exposing(services: Services, port: int | None, host: str) -> Iterator[None]:
    """Serve this worker's metrics while it works, when a port was asked for."""
    with exposed(services.url, port, host=host) as listening:
        if listening is not None:
            say(f"Mesures : http://{host}:{listening}/metrics")
        yield


@contextmanager
def services_of(data: Path | None) -> Iterator[Services]:
    """Everything wired, on the database in use."""
    with open_services(settings_of(data), announce=say) as services:
        yield services
