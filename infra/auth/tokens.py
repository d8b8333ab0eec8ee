"""Bearer tokens: random, kept by their hash, with an end; a member's number is kept as a keyed hash."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.postgres import PostgresDatastore

from infra.auth.roles import Role
from infra.auth.sessions import Session
from infra.journal.keyring import Keyring
from infra.postgres.sql import statements

SQL = statements("infra.auth", "tokens.sql")
PREFIX = "dcp_"
DAYS_DEFAULT = 30
DAYS_MAX = 366


class BadToken(Exception):
    """A token cannot be made so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who speaks. `emetteurs` (None: all) is for sources; `numero_empreinte` for members; `session` for people."""

    id: UUID
    role: Role
    numero_empreinte: bytes | None
    emetteurs: frozenset[str] | None
    session: Session | None = None

    @property
    def actor(self) -> str:
        """How events and logs name the bearer: never a person."""
        return self.session.actor if self.session is not None else f"jeton:{self.id}"

    @property
    def deposant(self) -> str:
        """Under which name a source's refused messages are kept: it outlives the token."""
        return "source:" + ("*" if self.emetteurs is None else ",".join(sorted(self.emetteurs)))


def token_empreinte(token: str) -> bytes:
    """The hash under which a token is kept: it is random enough to need no salt."""
    return hashlib.sha256(token.encode()).digest()


def bearer_of(row: Mapping[str, Any]) -> Bearer:
    """The bearer of a row of `find`."""
    emetteurs, numero = row["emetteurs"], row["numero_empreinte"]
    return Bearer(
        id=row["id"],
        role=Role(row["role"]),
        numero_empreinte=bytes(numero) if numero is not None else None,
        emetteurs=frozenset(emetteurs) if emetteurs is not None else None,
    )


class Tokens:
    """Makes, lists and revokes tokens."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring) -> None:
        self._datastore = datastore
        self._keyring = keyring

    def create(self, role: Role, *, subject: str | None = None, days: int = DAYS_DEFAULT) -> str:
        """A new token, shown once. Raises BadToken when the subject does not go with the role."""
        if not 1 <= days <= DAYS_MAX:
            raise BadToken(f"--days va de 1 à {DAYS_MAX}.")
        if role is Role.ADHERENT and not subject:
            raise BadToken("Un jeton adherent demande --subject NUMERO_ADHERENT.")
        if subject and role not in (Role.ADHERENT, Role.SOURCE):
            raise BadToken(f"--subject ne va pas avec le rôle {role.value}.")
        token = PREFIX + secrets.token_urlsafe(32)
        is_source = role is Role.SOURCE
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(
                SQL["insert"],
                {
                    "id": uuid4(),
                    "empreinte": token_empreinte(token),
                    "role": role.value,
                    "numero_empreinte": self._keyring.numero_empreinte(subject)
                    if subject and role is Role.ADHERENT
                    else None,
                    "emetteurs": [e.strip() for e in subject.split(",")] if subject and is_source else None,
                    "expire_at": datetime.now(UTC) + timedelta(days=days),
                },
            )
        return token

    def revoke(self, identifier: UUID) -> bool:
        """Revoke a token; whether there was one in force."""
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(SQL["revoke"], {"id": identifier}).rowcount == 1

    def listing(self) -> Sequence[Mapping[str, Any]]:
        """Every token, without its secret."""
        with self._datastore.get_connection() as connection:
            return connection.execute(SQL["list"]).fetchall()
