"""Recovery codes: ten, each good once, kept by keyed hash."""

from datetime import datetime
from typing import Any

from psycopg import Cursor

from infra.auth.codes import draw_recovery_codes, read_code
from infra.auth.comptes import Compte
from infra.journal.keyring import Keyring
from infra.postgres.sql import statements

_USE = b"secours"
_SQL = statements("infra.auth", "secours.sql")
Curseur = Cursor[Any]


class Secours:
    """The rows of `acces_secours`; every method works in the caller's transaction."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def renew(self, cursor: Curseur, compte: Compte, *, now: datetime) -> tuple[str, ...]:
        """Ten new codes instead of those of before."""
        codes = draw_recovery_codes()
        cursor.execute(_SQL["forget"], {"compte": compte.id})
        cursor.execute(
            _SQL["insert"],
            {"compte": compte.id, "empreintes": [self._empreinte(compte, code) for code in codes], "now": now},
        )
        return codes

    def use(self, cursor: Curseur, compte: Compte, code: str, *, now: datetime) -> bool:
        """Use a code up; whether it was one."""
        parameters = {"compte": compte.id, "empreinte": self._empreinte(compte, code), "now": now}
        return cursor.execute(_SQL["use"], parameters).rowcount == 1

    def left(self, cursor: Curseur, compte: Compte) -> int:
        """How many codes are left."""
        row = cursor.execute(_SQL["left"], {"compte": compte.id}).fetchone()
        return int(row["nombre"]) if row else 0

    def _empreinte(self, compte: Compte, code: str) -> bytes:
        return self._keyring.acces_empreinte(_USE, compte.id.bytes, read_code(code))
