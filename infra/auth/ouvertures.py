"""Sessions, kept on the server: opened, found by the hash of their secret, given a new secret, ended."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor

from infra.auth.codes import draw_secret
from infra.auth.comptes import Compte, Comptes
from infra.auth.refus import SessionTerminee
from infra.auth.roles import Role
from infra.auth.sessions import SESSION_PREFIX, Client, Opened, Session, SessionOuverte
from infra.auth.terminaux import described
from infra.journal.keyring import Keyring
from infra.journal.mapper import seal, unseal
from infra.postgres.sql import statements

IDLE_MINUTES, ABSOLUTE_HOURS = 30, 12
HOUSE_IDLE_MINUTES, HOUSE_ABSOLUTE_HOURS = 15, 8
"""How long a session lives without a sign of life, and at most: of a member, of a person of the house."""

SEEN_SECONDS = 60
"""How exactly a sign of life is kept: a session that is used writes so often at most."""

OPEN_MAX = 20
"""How many sessions of one account are open at once; the one seen longest ago ends for a new one."""

_USE_CSRF, _USE_CLIENT = b"csrf", b"client"
_SQL = statements("infra.auth", "ouvertures.sql")
Curseur = Cursor[Any]


def session_empreinte(secret: str) -> bytes:
    """The hash under which a session is kept: its secret is random enough to need no salt."""
    return hashlib.sha256(secret.encode()).digest()


class Ouvertures:
    """The rows of `acces_session`; every method works in the caller's transaction."""

    def __init__(self, keyring: Keyring, comptes: Comptes) -> None:
        self._keyring = keyring
        self._comptes = comptes

    def open(
        self, cursor: Curseur, compte: Compte, *, client: Client, now: datetime, is_enrolling: bool = False
    ) -> Opened:
        """A new session. `is_enrolling`: a code sent to its owner was proved on the way."""
        secret, identifier = draw_secret(SESSION_PREFIX), uuid4()
        cursor.execute(_SQL["trim"], {"compte": compte.id, "kept": OPEN_MAX - 1})
        cursor.execute(
            _SQL["insert"],
            {
                "id": identifier,
                "empreinte": session_empreinte(secret),
                "compte": compte.id,
                "now": now,
                "expire_at": now + timedelta(hours=HOUSE_ABSOLUTE_HOURS if compte.is_house else ABSOLUTE_HOURS),
                "enrolement_at": now if is_enrolling else None,
                "client_scelle": seal(
                    self._keyring.acces(), described(client.user_agent).encode(), _USE_CLIENT + identifier.bytes
                ),
            },
        )
        return Opened(secret, self._live(cursor, secret, now=now))

    def find(self, cursor: Curseur, secret: str, *, now: datetime) -> tuple[Session, bool] | None:
        """The live session of a secret, and whether its sign of life is worth keeping; None when there is none."""
        row = cursor.execute(_SQL["find"], self._parameters(session_empreinte(secret), now)).fetchone()
        if row is None:
            return None
        return self._opened(row), now - row["vue_at"] >= timedelta(seconds=SEEN_SECONDS)

    def is_live(self, cursor: Curseur, session: Session, *, now: datetime) -> bool:
        """Whether a session found before has not been ended since."""
        return cursor.execute(_SQL["live"], {"id": session.id, "now": now}).fetchone() is not None

    def touch(self, cursor: Curseur, session: Session, *, now: datetime) -> None:
        """Keep a sign of life."""
        cursor.execute(_SQL["touch"], {"id": session.id, "now": now})

    def rotate(
        self, cursor: Curseur, session: Session, *, now: datetime, is_proved: bool, is_enrolling: bool = False
    ) -> Opened:
        """A new secret for a live session, whose former one no longer opens. Raises SessionTerminee."""
        secret = draw_secret(SESSION_PREFIX)
        cursor.execute(
            _SQL["rotate"],
            {
                "id": session.id,
                "empreinte": session_empreinte(secret),
                "now": now,
                "second_at": now if is_proved else None,
                "enrolement_at": now if is_enrolling else None,
            },
        )
        return Opened(secret, self._live(cursor, secret, now=now))

    def allow_enrolment(self, cursor: Curseur, session: Session, *, now: datetime) -> None:
        """A code sent to its owner was proved: a first second factor may be added."""
        cursor.execute(_SQL["allow_enrolment"], {"id": session.id, "now": now})

    def reread(self, cursor: Curseur, session: Session, *, now: datetime) -> Session:
        """The same session as it is now. Raises SessionTerminee."""
        row = cursor.execute(_SQL["reread"], {"id": session.id, **self._idle(now)}).fetchone()
        if row is None:
            raise SessionTerminee
        return self._opened(row)

    def forget_proofs(self, cursor: Curseur, compte: UUID) -> None:
        """No session of the account has proved a second factor any more."""
        cursor.execute(_SQL["forget_proofs"], {"compte": compte})

    def keep_pending(self, cursor: Curseur, session: Session, sealed: bytes | None) -> None:
        """Keep the TOTP secret that is being enrolled, sealed."""
        cursor.execute(_SQL["keep_pending"], {"id": session.id, "totp_scelle": sealed})

    def pending(self, cursor: Curseur, session: Session) -> bytes | None:
        """The sealed TOTP secret that is being enrolled."""
        row = cursor.execute(_SQL["pending"], {"id": session.id}).fetchone()
        return bytes(row["totp_scelle"]) if row and row["totp_scelle"] is not None else None

    def keep_challenge(self, cursor: Curseur, session: Session, challenge: bytes, *, now: datetime) -> None:
        """Keep the challenge given to a passkey."""
        cursor.execute(_SQL["keep_challenge"], {"id": session.id, "defi": challenge, "now": now})

    def take_challenge(self, cursor: Curseur, session: Session, *, since: datetime) -> bytes | None:
        """The challenge given, once; None when there is none so fresh."""
        row = cursor.execute(_SQL["take_challenge"], {"id": session.id, "since": since}).fetchone()
        return bytes(row["passkey_defi"]) if row else None

    def listing(self, cursor: Curseur, session: Session, *, now: datetime) -> tuple[SessionOuverte, ...]:
        """The live sessions of the same account, the latest seen first."""
        rows = cursor.execute(
            _SQL["listing"], {"compte": session.compte, **self._idle(now), "role": session.role.value}
        ).fetchall()
        return tuple(
            SessionOuverte(
                id=row["id"],
                appareil=unseal(
                    self._keyring.acces(), bytes(row["client_scelle"]), _USE_CLIENT + row["id"].bytes
                ).decode(),
                created_at=row["cree_at"],
                seen_at=row["vue_at"],
                second_factor_at=row["second_at"],
                is_current=row["id"] == session.id,
            )
            for row in rows
        )

    def end(self, cursor: Curseur, compte: UUID, identifier: UUID) -> bool:
        """End one session of an account; whether there was one."""
        return cursor.execute(_SQL["end"], {"compte": compte, "id": identifier}).rowcount == 1

    def end_all(self, cursor: Curseur, compte: UUID, *, but: UUID | None = None) -> int:
        """End every session of an account, but one; returns how many."""
        return cursor.execute(_SQL["end_all"], {"compte": compte, "but": but}).rowcount

    def opened_since(self, cursor: Curseur, compte: Compte, since: datetime) -> int:
        """How many sessions of an account were opened since then and are still there."""
        row = cursor.execute(_SQL["opened_since"], {"compte": compte.id, "since": since}).fetchone()
        return int(row["nombre"]) if row else 0

    def purge(self, cursor: Curseur, *, now: datetime) -> int:
        """Forget sessions past their time; returns how many."""
        return cursor.execute(_SQL["purge"], self._idle(now)).rowcount

    def _live(self, cursor: Curseur, secret: str, *, now: datetime) -> Session:
        found = self.find(cursor, secret, now=now)
        if found is None:
            raise SessionTerminee
        return found[0]

    def _parameters(self, empreinte: bytes, now: datetime) -> dict[str, Any]:
        return {"empreinte": empreinte, **self._idle(now)}

    @staticmethod
    def _idle(now: datetime) -> dict[str, Any]:
        return {
            "now": now,
            "idle": now - timedelta(minutes=IDLE_MINUTES),
            "house_idle": now - timedelta(minutes=HOUSE_IDLE_MINUTES),
        }

    def _opened(self, row: Mapping[str, Any]) -> Session:
        identite = self._comptes.open_identite(row["compte"], bytes(row["identite_scellee"]))
        token = self._keyring.acces_empreinte(_USE_CSRF, row["id"].bytes, bytes(row["empreinte"]))
        return Session(
            id=row["id"],
            compte=row["compte"],
            role=Role(row["role"]),
            numero=identite.numero,
            sujet=row["sujet"],
            beneficiaire=identite.beneficiaire,
            csrf=base64.urlsafe_b64encode(token[:24]).decode(),
            created_at=row["cree_at"],
            expire_at=row["expire_at"],
            second_factor_at=row["second_at"],
            enrolment_at=row["enrolement_at"],
            has_second_factor=row["has_second_factor"],
        )
