"""The outbox: a mail is put in the transaction of what it announces, and sent later by the elected sender.

One mail per key, for ever: the row outlives its content. What a mail says is sealed, under the member's key when it is
about a member, else under a key of the outbox; bound to its key, so that no row can carry another's content.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor

from infra.journal.keyring import Keyring
from infra.journal.mapper import seal, unseal
from infra.journal.members import MemberKeys
from infra.mail.contents import Contenu, checked
from infra.postgres.sql import statements

CHANNEL = "courriel"
LISTED_MAX = 1_000
NATURE_DEFAULT = "autre"
_NATURE = re.compile(r"[a-z][a-z_-]{0,39}")
_USE, _USE_REPONSE = b"courriel", b"courriel-reponse"
_SQL = statements("infra.mail", "outbox.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Courriel:
    """One mail, opened. `contenu` is None once it is forgotten, or when the member's key is destroyed."""

    id: UUID
    nature: str
    etat: str
    motif: str | None
    cree_at: datetime
    expire_at: datetime | None
    clos_at: datetime | None
    essais: int
    message_id: str | None
    contenu: Contenu | None
    reponse: str | None


class Outbox:
    """Where mails are put, and looked at."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring, members: MemberKeys) -> None:
        self._datastore = datastore
        self._keyring = keyring
        self._members = members

    def put(
        self,
        cursor: Cursor[Any],
        *,
        cle: str,
        destinataire: str,
        objet: str,
        texte: str,
        sujet: UUID | None = None,
        expire_at: datetime | None = None,
        list_unsubscribe: str | None = None,
    ) -> bool:
        """Put a mail in the caller's transaction; whether it was.

        False when a mail of this key was put before, or when the member's key is destroyed: nobody is left to write
        to. `cle` begins with a word for its nature and « : »; it is kept as a keyed hash. Past `expire_at` the mail is
        no longer sent. Raises CourrielInvalide.
        """
        contenu = checked(destinataire=destinataire, objet=objet, texte=texte, list_unsubscribe=list_unsubscribe)
        key = self._key(sujet)
        if key is None:
            return False
        empreinte = self._keyring.courriel_empreinte(cle)
        nature = cle.partition(":")[0]
        cursor.execute(
            _SQL["put"],
            {
                "id": uuid4(),
                "cle": empreinte,
                "nature": nature if _NATURE.fullmatch(nature) else NATURE_DEFAULT,
                "sujet": sujet,
                "scelle": seal(key, msgspec.msgpack.encode(contenu), _USE + empreinte),
                "expire_at": expire_at,
            },
        )
        return cursor.rowcount == 1

    def listing(self, *, limit: int = LISTED_MAX) -> Sequence[Mapping[str, Any]]:
        """The latest mails, newest first, without their content."""
        with self._datastore.get_connection() as connection:
            return connection.execute(_SQL["listing"], {"limit": limit}).fetchall()

    def counts(self) -> dict[str, int]:
        """How many mails there are in each state."""
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["counts"]).fetchall()
        return {row["etat"]: row["nombre"] for row in rows}

    def get(self, identifier: UUID) -> Courriel | None:
        """One mail, opened; None when there is none. Raises SealBroken when it was altered."""
        with self._datastore.get_connection() as connection:
            row = connection.execute(_SQL["one"], {"id": identifier}).fetchone()
        return None if row is None else self.open_row(row)

    def open_row(self, row: Mapping[str, Any]) -> Courriel:
        """The mail of a row of `one`. Raises SealBroken when it was altered."""
        scelle, reponse, contenu, said = row["scelle"], row["reponse"], None, None
        key = self._key(row["sujet"]) if scelle is not None or reponse is not None else None
        if key is not None and scelle is not None:
            content = unseal(key, bytes(scelle), _USE + bytes(row["cle"]))
            contenu = msgspec.msgpack.decode(content, type=Contenu)
        if key is not None and reponse is not None:
            said = unseal(key, bytes(reponse), _USE_REPONSE + bytes(row["cle"])).decode()
        return Courriel(
            id=row["id"],
            nature=row["nature"],
            etat=row["etat"],
            motif=row["motif"],
            cree_at=row["cree_at"],
            expire_at=row["expire_at"],
            clos_at=row["clos_at"],
            essais=row["essais"],
            message_id=row["message_id"],
            contenu=contenu,
            reponse=said,
        )

    def seal_reponse(self, row: Mapping[str, Any], reponse: str) -> bytes | None:
        """What a mail server answered, sealed: it likes to repeat the address. None when the key is destroyed."""
        key = self._key(row["sujet"])
        return None if key is None else seal(key, reponse.encode(), _USE_REPONSE + bytes(row["cle"]))

    def purge(self, *, days: int) -> int:
        """Forget what mails closed more than so many days ago said; returns how many."""
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(_SQL["purge"], {"days": days}).rowcount

    def _key(self, sujet: UUID | None) -> AESGCM | None:
        return self._keyring.courriels() if sujet is None else self._members.key(sujet)
