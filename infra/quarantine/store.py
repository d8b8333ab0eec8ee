"""Quarantine in PostgreSQL: messages exactly as received, sealed with what is wrong with them.

What is wrong may name a field that is itself personal, so it is sealed too; code, origin, line and count stay clear.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow

from commands.ports import Rejet, Transaction
from infra.journal.keyring import Keyring
from infra.journal.mapper import seal, unseal
from infra.postgres.sql import statements
from ledger.errors import DecompteEnConflit, Erreur, MessageInvalide

PAGE_BYTES_MAX = 16 * 1024 * 1024
"""A page of refused messages is closed once it holds this much."""

OPENED_AT_ONCE = 100
"""How many refused messages are opened together where all are looked through: each may be 8 MiB."""

_SQL = statements("infra.quarantine", "store.sql")


class _Sealed(msgspec.Struct, frozen=True):
    """What the seal holds."""

    message: bytes
    detail: str
    erreurs: list[Erreur]
    differences: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A refused message. `rejoue_par` names what replaced it, `emetteur/reference`, once replayed."""

    id: UUID
    code: str
    recu_at: datetime
    dernier_recu_at: datetime
    origine: str
    ligne: int | None
    nombre: int
    message: bytes
    detail: str
    erreurs: Sequence[Erreur]
    differences: Sequence[str]
    rejoue_at: datetime | None
    rejoue_par: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some refused messages, and whether there are none after them."""

    elements: Sequence[Quarantined]
    is_last: bool

    def __iter__(self) -> Iterator[Quarantined]:
        """The messages, newest first."""
        return iter(self.elements)


class PostgresQuarantine:
    """Where refused messages wait for a person."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring) -> None:
        self._datastore = datastore
        self._keyring = keyring

    def keep(self, rejets: Sequence[Rejet], *, within: Transaction | None = None) -> list[UUID]:
        """Keep each one, all in one transaction, of its own or the one given; returns where."""
        rows = [self._row(rejet) for rejet in rejets]
        # In one order for all: two that keep the same messages at once would otherwise wait for each other.
        order = sorted(range(len(rows)), key=lambda index: (rows[index]["code"], rows[index]["empreinte"]))
        with (
            nullcontext(cast("Cursor[DictRow]", within))
            if within
            else self._datastore.transaction(commit=True) as cursor
        ):
            cursor.executemany(_SQL["keep"], [rows[index] for index in order], returning=True)
            kept: list[UUID] = [row["id"] for result in cursor.results() for row in result]
        where = dict(zip(order, kept, strict=True))
        return [where[index] for index in range(len(rows))]

    def _row(self, rejet: Rejet) -> dict[str, Any]:
        refusal = rejet.refusal
        sealed = _Sealed(
            message=rejet.raw,
            detail=str(refusal),
            erreurs=refusal.erreurs if isinstance(refusal, MessageInvalide) else [],
            differences=refusal.differences if isinstance(refusal, DecompteEnConflit) else [],
        )
        return {
            "id": uuid4(),
            "code": refusal.code,
            # Bound to code and content, not to the row: a repeat keeps the first row's seal.
            "empreinte": self._keyring.content_empreinte(rejet.raw),
            "origine": rejet.origine,
            "ligne": rejet.ligne,
            "deposant": rejet.deposant,
            "scelle": seal(self._keyring.quarantine(), msgspec.msgpack.encode(sealed), refusal.code.encode()),
        }

    def page(
        self,
        *,
        deposant: str | None = None,
        code: str | None = None,
        before: tuple[datetime, UUID] | None = None,
        limit: int,
        bytes_max: int = PAGE_BYTES_MAX,
    ) -> Page:
        """Newest first; of one depositor or under one code only, when given. The first one is always there."""
        before_at, before_id = before or (None, None)
        parameters = {
            "deposant": deposant,
            "code": code,
            "before_at": before_at,
            "before_id": before_id,
            "limit": limit + 1,
            "bytes_max": bytes_max,
        }
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["page"], parameters).fetchall()
        elements = [self._open(row) for row in rows[:limit]]
        return Page(elements=elements, is_last=not rows or rows[0]["candidats"] == len(elements))

    def get(self, identifier: UUID, *, deposant: str | None = None) -> Quarantined | None:
        """One refused message, or None when there is none (or not of this depositor)."""
        with self._datastore.get_connection() as connection:
            row = connection.execute(_SQL["one"], {"id": identifier, "deposant": deposant}).fetchone()
        return self._open(row) if row else None

    def mark_replayed(self, identifier: UUID, *, rejoue_par: str) -> None:
        """Name what replaced a refused message; the original stays."""
        with self._datastore.transaction(commit=True) as cursor:
            # Sealed too: the reference of a registration may hold the member's number.
            sealed = seal(self._keyring.quarantine(), rejoue_par.encode(), identifier.bytes)
            cursor.execute(_SQL["mark_replayed"], {"id": identifier, "rejoue_par": sealed})

    def naming(self, numero: str) -> Iterator[UUID]:
        """The messages of a member: those that name her, or, where that cannot be read, hold her number."""
        after: UUID | None = None
        while True:
            with self._datastore.get_connection() as connection:
                rows = connection.execute(_SQL["after"], {"after": after, "limit": OPENED_AT_ONCE}).fetchall()
            for row in rows:
                if names(self._open(row).message, numero):
                    yield row["id"]
            if len(rows) < OPENED_AT_ONCE:
                return
            after = rows[-1]["id"]

    def purge(self, *, days: int) -> int:
        """Forget what was last received more than so many days ago; returns how many."""
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(_SQL["purge"], {"days": days}).rowcount

    def altered(self) -> Iterator[UUID]:
        """The rows whose seal no longer opens."""
        with self._datastore.get_connection() as connection:
            for row in connection.execute(_SQL["all"]):
                try:
                    self._open(row)
                except Exception:
                    yield row["id"]

    def _open(self, row: Mapping[str, Any]) -> Quarantined:
        content = unseal(self._keyring.quarantine(), bytes(row["scelle"]), row["code"].encode())
        sealed = msgspec.msgpack.decode(content, type=_Sealed)
        rejoue_par = row["rejoue_par"]
        if rejoue_par is not None:
            rejoue_par = unseal(self._keyring.quarantine(), bytes(rejoue_par), row["id"].bytes).decode()
        return Quarantined(
            id=row["id"],
            code=row["code"],
            recu_at=row["recu_at"],
            dernier_recu_at=row["dernier_recu_at"],
            origine=row["origine"],
            ligne=row["ligne"],
            nombre=row["nombre"],
            message=sealed.message,
            detail=sealed.detail,
            erreurs=sealed.erreurs,
            differences=sealed.differences,
            rejoue_at=row["rejoue_at"],
            rejoue_par=rejoue_par,
        )


def names(message: bytes, numero: str) -> bool:
    """Whether a refused message is about the member of this number, however broken it is."""
    try:
        said = msgspec.json.decode(message)
        named = said.get("numero_adherent") if isinstance(said, dict) else None
    except (msgspec.MsgspecError, RecursionError):
        named = None
    if isinstance(named, str):
        return named == numero
    return any(
        re.search(rb"(?<![A-Z0-9-])" + re.escape(text.encode()) + rb"(?![A-Z0-9-])", message) is not None
        for text in (numero, numero.encode("utf-16-le").decode("latin-1"))
    )
