"""Accounts: found by a keyed hash of who they are of, locked while a step decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg import Cursor

from infra.auth.roles import Role
from infra.journal.keyring import Keyring
from infra.journal.mapper import seal, unseal
from infra.postgres.sql import statements

_SQL = statements("infra.auth", "comptes.sql")
_USE_IDENTITE, _USE_CONNU = b"identite", b"connu"

KNOWN_DAYS = 400
"""How long a device or a network is remembered after it was last used: a member who comes once a year is known."""

Curseur = Cursor[Any]


class Identite(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who an account is of, as it is sealed in its row: a member by number, a person of the house by e-mail."""

    numero: str | None = None
    beneficiaire: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compte:
    """One account, opened."""

    id: UUID
    role: Role
    identite: Identite
    sujet: UUID | None
    beneficiaire: str | None
    mot_de_passe: str | None
    totp: str | None
    totp_pas: int | None
    passkeys: int
    echecs: int
    echecs_second: int
    is_blocked: bool
    is_closed: bool
    is_active: bool

    @property
    def has_second_factor(self) -> bool:
        """Whether a TOTP or a passkey is in place."""
        return self.totp is not None or self.passkeys > 0

    @property
    def is_house(self) -> bool:
        """Whether it is of a person of the house."""
        return self.role is not Role.ADHERENT


class Comptes:
    """The rows of `compte`; every method works in the caller's transaction."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def empreinte(self, identite: Identite) -> bytes:
        """The keyed hash that finds an account."""
        if identite.email is not None:
            return self._keyring.acces_empreinte(_USE_IDENTITE, b"maison", identite.email.casefold())
        return self._keyring.acces_empreinte(
            _USE_IDENTITE, b"adherent", identite.numero or "", identite.beneficiaire or ""
        )

    def find(self, cursor: Curseur, identite: Identite) -> Compte | None:
        """The account of somebody, locked until the transaction ends."""
        row = cursor.execute(_SQL["find"], {"identite": self.empreinte(identite)}).fetchone()
        return self._opened(row)

    def get(self, cursor: Curseur, identifier: UUID | None) -> Compte | None:
        """An account by its id, locked until the transaction ends."""
        return self._opened(cursor.execute(_SQL["get"], {"id": identifier}).fetchone())

    def create(self, cursor: Curseur, identite: Identite, *, role: Role, sujet: UUID | None, now: datetime) -> Compte:
        """The account of somebody, made unless it is there; locked."""
        cursor.execute(
            _SQL["insert"],
            {
                "id": (identifier := uuid4()),
                "identite": self.empreinte(identite),
                "identite_scellee": seal(
                    self._keyring.acces(), msgspec.json.encode(identite), _USE_IDENTITE + identifier.bytes
                ),
                "role": role.value,
                "sujet": sujet,
                "beneficiaire": identite.beneficiaire,
                "now": now,
            },
        )
        found = self.find(cursor, identite)
        assert found is not None
        return found

    def set_password(self, cursor: Curseur, compte: Compte, hashed: str, *, now: datetime) -> None:
        """Put a new password in force; the account is active from then on."""
        cursor.execute(_SQL["set_password"], {"id": compte.id, "mot_de_passe": hashed, "now": now})

    def rehash(self, cursor: Curseur, compte: Compte, hashed: str) -> None:
        """Keep the same password under a hash with today's parameters, unless it was changed meanwhile."""
        cursor.execute(_SQL["rehash"], {"id": compte.id, "former": compte.mot_de_passe, "mot_de_passe": hashed})

    def set_totp(self, cursor: Curseur, compte: Compte, secret: str, *, step: int, now: datetime) -> None:
        """Put a TOTP secret in force; the code of `step` has been used."""
        sealed = seal(self._keyring.acces(), secret.encode(), b"totp" + compte.id.bytes)
        cursor.execute(_SQL["set_totp"], {"id": compte.id, "totp_scelle": sealed, "pas": step, "now": now})

    def use_totp(self, cursor: Curseur, compte: Compte, *, step: int) -> None:
        """A code was used: none of its step nor before is taken again."""
        cursor.execute(_SQL["use_totp"], {"id": compte.id, "pas": step})

    def remove_second_factor(self, cursor: Curseur, compte: Compte) -> None:
        """Take every second factor and recovery code away."""
        for name in ("remove_totp", "remove_passkeys", "remove_secours"):
            cursor.execute(_SQL[name], {"id": compte.id})

    def count_failure(self, cursor: Curseur, compte: Compte, *, is_second: bool = False) -> int:
        """One more failure in a row; returns how many."""
        name = "count_failure_second" if is_second else "count_failure"
        row = cursor.execute(_SQL[name], {"id": compte.id}).fetchone()
        return int(row["echecs"]) if row else 0

    def clear_failures(self, cursor: Curseur, compte: Compte, *, is_second: bool = False) -> None:
        """A success: failures in a row begin anew."""
        cursor.execute(_SQL["clear_failures_second" if is_second else "clear_failures"], {"id": compte.id})

    def block(self, cursor: Curseur, compte: Compte, *, now: datetime) -> None:
        """Block until a complementary verification."""
        cursor.execute(_SQL["block"], {"id": compte.id, "now": now})

    def unblock(self, cursor: Curseur, compte: Compte) -> None:
        """Let in again; failures begin anew."""
        cursor.execute(_SQL["unblock"], {"id": compte.id})

    def remember(self, cursor: Curseur, compte: Compte, known: Mapping[str, str], *, now: datetime) -> frozenset[str]:
        """Note from which device and network it was used; returns which kinds were known before."""
        found = set()
        for genre, value in sorted(known.items()):
            parameters = {"compte": compte.id, "genre": genre, "empreinte": self._known(compte, genre, value)}
            if cursor.execute(_SQL["known"], parameters).fetchone() is not None:
                found.add(genre)
            cursor.execute(_SQL["remember"], {**parameters, "now": now})
        return frozenset(found)

    def knows(self, cursor: Curseur, compte: Compte, known: Mapping[str, str]) -> frozenset[str]:
        """Which of these the account was used from before."""
        return frozenset(
            genre
            for genre, value in known.items()
            if cursor.execute(
                _SQL["known"], {"compte": compte.id, "genre": genre, "empreinte": self._known(compte, genre, value)}
            ).fetchone()
            is not None
        )

    def purge(self, cursor: Curseur, *, now: datetime) -> int:
        """Forget devices and networks not seen for KNOWN_DAYS; returns how many."""
        return cursor.execute(_SQL["forget_known"], {"before": now - timedelta(days=KNOWN_DAYS)}).rowcount

    def open_totp(self, compte_id: UUID, sealed: bytes) -> str:
        """The secret that a row seals."""
        return unseal(self._keyring.acces(), sealed, b"totp" + compte_id.bytes).decode()

    def open_identite(self, compte_id: UUID, sealed: bytes) -> Identite:
        """Who a row is of."""
        content = unseal(self._keyring.acces(), sealed, _USE_IDENTITE + compte_id.bytes)
        return msgspec.json.decode(content, type=Identite)

    def _known(self, compte: Compte, genre: str, value: str) -> bytes:
        return self._keyring.acces_empreinte(_USE_CONNU, compte.id.bytes, genre, value)

    def _opened(self, row: Mapping[str, Any] | None) -> Compte | None:
        if row is None:
            return None
        return Compte(
            id=row["id"],
            role=Role(row["role"]),
            identite=self.open_identite(row["id"], bytes(row["identite_scellee"])),
            sujet=row["sujet"],
            beneficiaire=row["beneficiaire"],
            mot_de_passe=row["mot_de_passe"],
            totp=self.open_totp(row["id"], bytes(row["totp_scelle"])) if row["totp_scelle"] is not None else None,
            totp_pas=row["totp_pas"],
            passkeys=row["passkeys"],
            echecs=row["echecs"],
            echecs_second=row["echecs_second"],
            is_blocked=row["bloque_at"] is not None,
            is_closed=row["ferme_at"] is not None,
            is_active=row["active_at"] is not None,
        )
