"""How the installation is doing, from its database alone: what `decompte status` shows and Prometheus scrapes."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra.observation.kafka import Kafka, read_kafka
from infra.postgres.sql import statements
from infra.preuve import acces, evenements
from projections.dossiers import NAME

_SQL = statements("infra.observation", "etat.sql")
_LAG = statements("infra.projections", "runner.sql")["lag"]
_LAG_OF_BUCKETS = statements("infra.projections", "runner.sql")["lag_of_buckets"]


class BaseSansForme(Exception):
    """The database has not the tables of this version: `decompte migrate`."""


CONNECT_SECONDS_MAX = 5
STATEMENT_SECONDS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The server and this database: size in bytes, sessions open and allowed."""

    serveur: str
    octets: int
    sessions: int
    sessions_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Where the journal ends; `age_secondes` since its last event, None while it is empty."""

    position: int
    age_secondes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetardSeau:
    """How far one member bucket of a projection is behind the journal."""

    seau: str
    position: int
    retard_evenements: int
    retard_secondes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetardProjection:
    """How far a projection is behind the journal: in events, and in seconds since the oldest one that it lacks.

    It is where the one of its `seaux` is that is furthest behind.
    """

    nom: str
    position: int
    retard_evenements: int
    retard_secondes: float
    ecartes: int
    seaux: tuple[RetardSeau, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preuve:
    """A proof log: how many entries are sealed, and how many wait to be."""

    nom: str
    taille: int
    retard_entrees: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attente:
    """What waits, by kind, and for how many seconds the oldest has."""

    nom: str
    nombre: int
    age_secondes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Etat:
    """Everything at a glance. `is_well`: nothing asks for a person."""

    base: Base
    journal: Journal
    projections: tuple[RetardProjection, ...]
    notifications_retard: int
    preuves: tuple[Preuve, ...]
    courriels: tuple[Attente, ...]
    quarantaine: tuple[Attente, ...]
    kafka: Kafka

    @property
    def is_well(self) -> bool:
        return (
            not any(p.ecartes or p.retard_secondes > RETARD_SECONDS_MAX for p in self.projections)
            and not any(a.nombre for a in self.quarantaine)
            and self.kafka.is_well
        )


RETARD_SECONDS_MAX = 30.0
"""From when on a projection that is behind asks for a person."""


def read_etat(url: str) -> Etat:
    """How things stand now, on a connection of its own: it tells even when the others are taken.

    Raises psycopg.Error when the database does not answer in time, BaseSansForme when it is not migrated.
    """
    with psycopg.connect(url, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_SECONDS_MAX) as connection:
        connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{STATEMENT_SECONDS_MAX}s",))
        try:
            return _read(connection)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            raise BaseSansForme("La base n'a pas la forme de cette version : lancer « decompte migrate ».") from None


def _read(connection: Connection[DictRow]) -> Etat:
    [base] = connection.execute(_SQL["base"]).fetchall()
    journal = connection.execute(_SQL["journal"]).fetchone()
    notifications = connection.execute(_SQL["notifications"]).fetchall()
    return Etat(
        base=Base(**base),
        journal=Journal(**journal) if journal else Journal(position=0, age_secondes=None),
        projections=tuple(_projections(connection)),
        notifications_retard=sum(row["retard_evenements"] for row in notifications),
        preuves=tuple(
            Preuve(**row)
            for row in connection.execute(
                _SQL["preuves"], {"evenements": evenements.NAME, "acces": acces.NAME}
            ).fetchall()
        ),
        courriels=tuple(
            Attente(nom=row["etat"], nombre=row["nombre"], age_secondes=row["age_secondes"])
            for row in connection.execute(_SQL["courriels"]).fetchall()
        ),
        quarantaine=tuple(
            Attente(nom=row["code"], nombre=row["nombre"]) for row in connection.execute(_SQL["quarantaine"]).fetchall()
        ),
        kafka=read_kafka(connection),
    )


def _projections(connection: Connection[DictRow]) -> Sequence[RetardProjection]:
    aside = {row["projection"]: row["nombre"] for row in connection.execute(_SQL["ecartes"]).fetchall()}
    return [
        RetardProjection(
            nom=NAME,
            position=row["position"],
            retard_evenements=row["journal"] - row["position"],
            retard_secondes=row["retard_secondes"],
            ecartes=aside.get(NAME, 0),
            seaux=tuple(RetardSeau(**bucket) for bucket in connection.execute(_LAG_OF_BUCKETS).fetchall()),
        )
        for row in connection.execute(_LAG, {"projection": NAME}).fetchall()
    ]
