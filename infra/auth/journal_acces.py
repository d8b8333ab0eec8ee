"""The access log: who looked at whom, at what, when, why. Added to, never changed; kept six to twelve months.

Each look has a place and a salt, and leaves a salted hash behind, which a proof log of its own seals: see
`infra/preuve/acces.py`. Why somebody looked is sealed under the member's key, and lost with it.

What people of the house look at is written before they are answered. What portals and members read is counted in
memory and written every second, and at a normal stop: a process that is killed loses what it had counted since.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.postgres import PostgresDatastore

from infra.auth.clock import Clock, now
from infra.auth.roles import Role
from infra.journal.keyring import Keyring
from infra.journal.mapper import SealBroken, seal, unseal
from infra.journal.members import MemberKeys
from infra.postgres.sql import statements

FLUSH_EVERY_SECONDS = 1.0
WAITING_MAX = 20_000
"""How many different looks are counted in memory; those that come on top are written at once."""

MOTIF_CHARACTERS_MAX = 200
SALT_BYTES = 32
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
    """A row of the log, opened. `sujet` None: the number was nobody's.

    `motif` is None, and `is_motif_lost`, once the member's key is destroyed.
    """

    rang: int
    at: datetime
    acteur: str
    role: str
    sujet: UUID | None
    action: str
    motif: str | None
    nombre: int
    is_motif_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which looks: of one member, by one actor, in one role, from an instant on, up to another (not included)."""

    sujet: UUID | None = None
    acteur: str | None = None
    role: Role | None = None
    du: datetime | None = None
    au: datetime | None = None


class JournalAcces:
    """Writes looks down."""

    def __init__(
        self, datastore: PostgresDatastore, keyring: Keyring, members: MemberKeys, *, clock: Clock = now
    ) -> None:
        self._datastore = datastore
        self._members = members
        self._keyring = keyring
        self._clock = clock
        self._lock = Lock()
        self._noted: dict[Regard, tuple[datetime, int]] = {}

    def write(self, regard: Regard, *, motif: str | None = None, nombre: int = 1) -> None:
        """Write a look down; durable when this returns."""
        self._insert([(regard, self._clock(), nombre, self._sealed(regard, motif))])

    def write_all(self, regards: Sequence[tuple[Regard, str | None]]) -> None:
        """Write several looks down, each with its reason; durable when this returns."""
        at = self._clock()
        self._insert([(regard, at, 1, self._sealed(regard, motif)) for regard, motif in regards])

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
        return self.page(Question(sujet=sujet), avant=None, limit=limit)

    def page(self, question: Question, *, avant: int | None, limit: int) -> list[Ligne]:
        """Looks from the newest to the oldest, before a place (None: from the last one on). Raises KeyAltered."""
        parameters = {
            "avant": avant,
            "sujet": question.sujet,
            "acteur": question.acteur,
            "role": question.role.value if question.role is not None else None,
            "du": question.du,
            "au": question.au,
            "limit": limit,
        }
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["page"], parameters).fetchall()
        keys = self._members.keys({row["sujet"] for row in rows if row["motif_scelle"] and row["sujet"]})
        return [self._opened(row, keys) for row in rows]

    def purge(self, *, days: int) -> int:
        """Forget looks older than so many days; returns how many rows."""
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(_SQL["purge"], {"days": days}).rowcount

    def _sealed(self, regard: Regard, motif: str | None) -> bytes | None:
        """Words that somebody typed about a member: under her key, bound to nothing that could be read beside them."""
        if motif is None:
            return None
        key = self._members.sealing_key_of(regard.numero_empreinte) or self._keyring.acces()
        return seal(key, motif[:MOTIF_CHARACTERS_MAX].encode(), _USE)

    def _insert(self, rows: Sequence[tuple[Regard, datetime, int, bytes | None]]) -> None:
        parameters: dict[str, Any] = {
            "at": [at for _, at, _, _ in rows],
            "acteurs": [regard.acteur for regard, _, _, _ in rows],
            "roles": [regard.role.value for regard, _, _, _ in rows],
            "numeros": [regard.numero_empreinte for regard, _, _, _ in rows],
            "actions": [regard.action for regard, _, _, _ in rows],
            "nombres": [nombre for _, _, nombre, _ in rows],
            "motifs": [motif for _, _, _, motif in rows],
            "sels": [os.urandom(SALT_BYTES) for _ in rows],
        }
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(_SQL["insert"], parameters)
            cursor.execute(_SQL["announce"])

    def _opened(self, row: Mapping[str, Any], keys: Mapping[UUID, AESGCM]) -> Ligne:
        motif = None
        if row["motif_scelle"] is not None:
            motif = self._open_motif(bytes(row["motif_scelle"]), keys.get(row["sujet"]))
        return Ligne(
            rang=row["rang"],
            at=row["at"],
            acteur=row["acteur"],
            role=row["role"],
            sujet=row["sujet"],
            action=row["action"],
            motif=motif,
            nombre=row["nombre"],
            is_motif_lost=motif is None and row["motif_scelle"] is not None,
        )

    def _open_motif(self, sealed: bytes, key: AESGCM | None) -> str | None:
        """The reason; None when the member's key is destroyed. What looks at nobody, or older ones, were sealed under
        the key of the access. Raises SealBroken when it opens under neither."""
        if key is not None:
            try:
                return unseal(key, sealed, _USE).decode()
            except SealBroken:
                return unseal(self._keyring.acces(), sealed, _USE).decode()
        try:
            return unseal(self._keyring.acces(), sealed, _USE).decode()
        except SealBroken:
            return None
