"""The access log: who looked at whom, at what, when, why. Added to, never changed; kept six to twelve months.

What people of the house look at is written before they are answered. What portals and members read is counted in
memory and written every second, and at a normal stop: a process that is killed loses what it had counted since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore

from infra.auth.clock import Clock, now
from infra.auth.roles import Role
from infra.journal.keyring import Keyring
from infra.journal.mapper import seal, unseal
from infra.postgres.sql import statements

FLUSH_EVERY_SECONDS = 1.0
WAITING_MAX = 20_000
"""How many different looks are counted in memory; those that come on top are written at once."""

MOTIF_CHARACTERS_MAX = 200
_USE = b"motif"
_SQL = statements("infra.auth", "journal_acces.sql")


class Regard(NamedTuple):
    """One look: who (`jeton:…`, `compte:…`), in which role, at whom (keyed hash of the number), at what."""

    acteur: str
    role: Role
    numero_empreinte: bytes
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """A row of the log, opened. `sujet` None: the number was nobody's."""

    at: datetime
    acteur: str
    role: str
    sujet: UUID | None
    action: str
    motif: str | None
    nombre: int


class JournalAcces:
    """Writes looks down."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring, *, clock: Clock = now) -> None:
        self._datastore = datastore
        self._keyring = keyring
        self._clock = clock
        self._lock = Lock()
        self._noted: dict[Regard, tuple[datetime, int]] = {}

    def write(self, regard: Regard, *, motif: str | None = None, nombre: int = 1) -> None:
        """Write a look down; durable when this returns."""
        self._insert([(regard, self._clock(), nombre, self._sealed(motif))])

    def write_all(self, regards: Sequence[tuple[Regard, str | None]]) -> None:
        """Write several looks down, each with its reason; durable when this returns."""
        at = self._clock()
        self._insert([(regard, at, 1, self._sealed(motif)) for regard, motif in regards])

    def note(self, regard: Regard, *, nombre: int = 1) -> bool:
        """Count a look, to be written soon; False when too many wait: then `write`."""
        with self._lock:
            known = self._noted.get(regard)
            if known is not None:
                self._noted[regard] = known[0], known[1] + nombre
            elif len(self._noted) >= WAITING_MAX:
                return False
            else:
                self._noted[regard] = self._clock(), nombre
        return True

    def flush(self) -> int:
        """Write what was counted; returns how many rows. What cannot be written is kept for the next time."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return 0
        try:
            self._insert([(regard, at, nombre, None) for regard, (at, nombre) in noted.items()])
        except BaseException:
            with self._lock:
                for regard, (at, nombre) in noted.items():
                    since, more = self._noted.get(regard, (at, 0))
                    self._noted[regard] = min(at, since), nombre + more
            raise
        return len(noted)

    def listing(self, sujet: UUID, *, limit: int) -> list[Ligne]:
        """The latest looks at a member."""
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["listing"], {"sujet": sujet, "limit": limit}).fetchall()
        return [self._opened(row) for row in rows]

    def purge(self, *, days: int) -> int:
        """Forget looks older than so many days; returns how many rows."""
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(_SQL["purge"], {"days": days}).rowcount

    def _sealed(self, motif: str | None) -> bytes | None:
        """Words that somebody typed about a member: sealed, and bound to nothing that could be read beside them."""
        return None if motif is None else seal(self._keyring.acces(), motif[:MOTIF_CHARACTERS_MAX].encode(), _USE)

    def _insert(self, rows: Sequence[tuple[Regard, datetime, int, bytes | None]]) -> None:
        parameters: dict[str, Any] = {
            "at": [at for _, at, _, _ in rows],
            "acteurs": [regard.acteur for regard, _, _, _ in rows],
            "roles": [regard.role.value for regard, _, _, _ in rows],
            "numeros": [regard.numero_empreinte for regard, _, _, _ in rows],
            "actions": [regard.action for regard, _, _, _ in rows],
            "nombres": [nombre for _, _, nombre, _ in rows],
            "motifs": [motif for _, _, _, motif in rows],
        }
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(_SQL["insert"], parameters)

    def _opened(self, row: Mapping[str, Any]) -> Ligne:
        sealed = row["motif_scelle"]
        return Ligne(
            at=row["at"],
            acteur=row["acteur"],
            role=row["role"],
            sujet=row["sujet"],
            action=row["action"],
            motif=unseal(self._keyring.acces(), bytes(sealed), _USE).decode() if sealed is not None else None,
            nombre=row["nombre"],
        )
