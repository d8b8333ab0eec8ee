"""Ways begun: a code is asked for, confirmed, then used for one thing once. Decoys are rows like the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor

from infra.auth.codes import draw_code, draw_letter_code, draw_secret, read_code
from infra.auth.ouvertures import session_empreinte
from infra.auth.sessions import Defi
from infra.journal.keyring import Keyring
from infra.postgres.sql import statements

PREFIX = "dcd_"
LINK_PREFIX = "dcl_"
CODE_MINUTES = 15
"""How long a code sent by mail is good for."""

CONFIRMED_MINUTES = 30
"""How long, once confirmed, the way may be gone to its end."""

TRIES_MAX = 5
LETTER_DAYS = 30
LINK_HOURS = 72
_USE_CODE, _USE_LETTRE = b"code", b"lettre"
_SQL = statements("infra.auth", "defis.sql")
Curseur = Cursor[Any]


class Usage(StrEnum):
    """What a way leads to."""

    ACTIVATION = "activation"
    REINITIALISATION = "reinitialisation"
    DEBLOCAGE = "deblocage"
    ENROLEMENT = "enrolement"
    LIEN = "lien"


class UsageLettre(StrEnum):
    """What a code on paper is for: the first code of any way, or taking a lost second factor away; or a link."""

    CODE = "code"
    SECOND_FACTEUR = "second_facteur"
    LIEN = "lien"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnCours:
    """A way begun, as its row says; `compte` None: a decoy."""

    id: UUID
    usage: Usage
    compte: UUID | None
    code_empreinte: bytes | None
    essais: int
    second_at: datetime | None
    is_confirmed: bool


class Defis:
    """The rows of `acces_defi` and `acces_lettre`; every method works in the caller's transaction."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def begin(self, cursor: Curseur, usage: Usage, *, compte: UUID | None, now: datetime) -> tuple[Defi, UUID, str]:
        """A new way; returns it with its id and the code that confirms it. No code confirms a decoy."""
        secret, identifier, code = draw_secret(PREFIX), uuid4(), draw_code()
        expire_at = now + timedelta(minutes=CODE_MINUTES)
        cursor.execute(
            _SQL["begin"],
            {
                "id": identifier,
                "empreinte": session_empreinte(secret),
                "usage": usage.value,
                "compte": compte,
                "code_empreinte": self._code(identifier, code) if compte is not None else None,
                "now": now,
                "expire_at": expire_at,
            },
        )
        return Defi(secret, expire_at), identifier, code

    def begin_confirmed(self, cursor: Curseur, usage: Usage, *, compte: UUID, now: datetime) -> Defi:
        """A way that needs no code any more."""
        defi, identifier, _ = self.begin(cursor, usage, compte=compte, now=now)
        return Defi(defi.secret, self.confirm(cursor, identifier, code="", now=now, is_second_proved=False))

    def find(self, cursor: Curseur, secret: str, *usages: Usage, now: datetime) -> EnCours | None:
        """A way that can still be gone, locked; None when it is past its time, used, or for something else."""
        row = cursor.execute(
            _SQL["find"],
            {"empreinte": session_empreinte(secret), "usages": [u.value for u in usages], "now": now},
        ).fetchone()
        return _opened(row) if row is not None else None

    def count_try(self, cursor: Curseur, way: EnCours) -> None:
        """One more wrong code."""
        cursor.execute(_SQL["count_try"], {"id": way.id})

    def is_code(self, way: EnCours, code: str) -> bool:
        """Whether it is the code that was sent, or the one that confirmed."""
        return way.code_empreinte is not None and way.code_empreinte == self._code(way.id, code)

    def confirm(
        self, cursor: Curseur, identifier: UUID, *, code: str, now: datetime, is_second_proved: bool
    ) -> datetime:
        """The way may be gone to its end; the same code confirms it again, without effect. Returns until when."""
        expire_at = now + timedelta(minutes=CONFIRMED_MINUTES)
        cursor.execute(
            _SQL["confirm"],
            {
                "id": identifier,
                "code_empreinte": self._code(identifier, code),
                "now": now,
                "expire_at": expire_at,
                "second_at": now if is_second_proved else None,
            },
        )
        return expire_at

    def consume(self, cursor: Curseur, way: EnCours, *, now: datetime) -> None:
        """The way is gone: it leads nowhere any more."""
        cursor.execute(_SQL["consume"], {"id": way.id, "now": now})

    def write_letter(self, cursor: Curseur, compte: UUID, usage: UsageLettre, *, now: datetime) -> str:
        """A code for a letter, or the secret of a link. Those of before, for the same use, no longer open."""
        is_link = usage is UsageLettre.LIEN
        code = draw_secret(LINK_PREFIX) if is_link else draw_letter_code()
        cursor.execute(_SQL["forget_letters"], {"compte": compte, "usage": usage.value, "now": now})
        cursor.execute(
            _SQL["write_letter"],
            {
                "id": uuid4(),
                "compte": compte,
                "usage": usage.value,
                "empreinte": self._letter(code if is_link else read_code(code)),
                "now": now,
                "expire_at": now + (timedelta(hours=LINK_HOURS) if is_link else timedelta(days=LETTER_DAYS)),
            },
        )
        return code

    def use_letter(self, cursor: Curseur, compte: UUID | None, usage: UsageLettre, code: str, *, now: datetime) -> bool:
        """Use a code on paper up; whether it was one of this account."""
        parameters = {"compte": compte, "usage": usage.value, "empreinte": self._letter(read_code(code)), "now": now}
        return cursor.execute(_SQL["use_letter"], parameters).rowcount == 1

    def has_letter(self, cursor: Curseur, compte: UUID | None, usage: UsageLettre, code: str, *, now: datetime) -> bool:
        """Whether it is a code on paper that can still be used."""
        parameters = {"compte": compte, "usage": usage.value, "empreinte": self._letter(read_code(code)), "now": now}
        return cursor.execute(_SQL["has_letter"], parameters).fetchone() is not None

    def use_link(self, cursor: Curseur, link: str, *, now: datetime) -> UUID | None:
        """Use a link up; whose it was."""
        parameters = {"usage": UsageLettre.LIEN.value, "empreinte": self._letter(link), "now": now}
        row = cursor.execute(_SQL["use_link"], parameters).fetchone()
        return row["compte"] if row is not None else None

    def purge(self, cursor: Curseur, *, now: datetime) -> int:
        """Forget ways and letters past their time; returns how many ways."""
        cursor.execute(_SQL["purge_letters"], {"now": now})
        return cursor.execute(_SQL["purge"], {"now": now}).rowcount

    def _code(self, identifier: UUID, code: str) -> bytes:
        return self._keyring.acces_empreinte(_USE_CODE, identifier.bytes, read_code(code))

    def _letter(self, code: str) -> bytes:
        return self._keyring.acces_empreinte(_USE_LETTRE, code)


def _opened(row: Mapping[str, Any]) -> EnCours:
    return EnCours(
        id=row["id"],
        usage=Usage(row["usage"]),
        compte=row["compte"],
        code_empreinte=bytes(row["code_empreinte"]) if row["code_empreinte"] is not None else None,
        essais=row["essais"],
        second_at=row["second_at"],
        is_confirmed=row["confirme_at"] is not None,
    )
