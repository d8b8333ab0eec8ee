"""What every step of the access works with."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor

from infra.auth.annonces import Annonces, Fait
from infra.auth.clock import Clock
from infra.auth.comptes import Compte, Comptes
from infra.auth.debits import Debits, Geste
from infra.auth.defis import Defis
from infra.auth.hachage import Hacheur
from infra.auth.ouvertures import Ouvertures
from infra.auth.refus import AccesRefuse, SessionTerminee
from infra.auth.registre import Registre
from infra.auth.secours import Secours
from infra.auth.sessions import Client, Session
from infra.auth.soupcon import SECOND_FAILURES_BLOCKED
from infra.auth.totp import step_of
from infra.journal.keyring import Keyring

ANSWER_SECONDS = 0.2
"""A refused sign-in and every demand of a code are answered after a whole number of these: what an account that exists
takes more than one that does not is far below, also on a busy machine."""

Curseur = Cursor[Any]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outils:
    """The stores, and the few acts that several steps share."""

    datastore: PostgresDatastore
    keyring: Keyring
    registre: Registre
    comptes: Comptes
    ouvertures: Ouvertures
    defis: Defis
    secours: Secours
    debits: Debits
    hacheur: Hacheur
    annonces: Annonces
    clock: Clock
    today: Callable[[], date]
    public_url: str

    @contextmanager
    def transaction(self) -> Iterator[Curseur]:
        """One transaction, committed unless an exception leaves it."""
        with self.datastore.transaction(commit=True) as cursor:
            yield cursor

    def locked(self, cursor: Curseur, session: Session, *, now: datetime) -> Compte:
        """The account of a session, locked, for a step that only a live session takes. Raises SessionTerminee."""
        compte = self.comptes.get(cursor, session.compte)
        if compte is None or compte.is_closed or not self.ouvertures.is_live(cursor, session, now=now):
            raise SessionTerminee
        return compte

    def count_second(self, compte: UUID, client: Client) -> None:
        """Count one try of a second factor. Raises TropDEssais."""
        self.debits.count(Geste.SECOND, adresse=client.address, compte=compte.bytes)

    def is_second(self, cursor: Curseur, compte: Compte, code: str, *, now: datetime) -> bool:
        """Whether it is a code of the second factor, TOTP or recovery, which is then used up."""
        return self.is_totp(cursor, compte, code, now=now) or self.is_recovery(cursor, compte, code, now=now)

    def is_totp(self, cursor: Curseur, compte: Compte, code: str, *, now: datetime) -> bool:
        """Whether it is a TOTP code not used before; it is used up."""
        plain = "".join(code.split())
        step = step_of(compte.totp, plain, now=now, after=compte.totp_pas) if compte.totp is not None else None
        if step is None:
            return False
        self.comptes.use_totp(cursor, compte, step=step)
        return True

    def is_recovery(self, cursor: Curseur, compte: Compte, code: str, *, now: datetime) -> bool:
        """Whether it is a recovery code not used before; it is used up, and its owner is told."""
        if not self.secours.use(cursor, compte, code, now=now):
            return False
        self.comptes.clear_failures(cursor, compte, is_second=True)
        self.annonces.tell(cursor, compte, Fait.SECOURS, now=now)
        return True

    def block(self, cursor: Curseur, compte: Compte, *, now: datetime) -> None:
        """Block until a complementary verification, and tell her; who operates sees that it happened, not to whom."""
        if not compte.is_blocked:
            self.comptes.block(cursor, compte, now=now)
            self.annonces.tell(cursor, compte, Fait.BLOCAGE, now=now)
            log.warning("acces_bloque", compte=str(compte.id), role=compte.role.value)

    def fail_second(self, cursor: Curseur, compte: Compte, *, now: datetime) -> None:
        """Count a wrong second factor; block when there were too many in a row."""
        if self.comptes.count_failure(cursor, compte, is_second=True) >= SECOND_FAILURES_BLOCKED:
            self.ouvertures.end_all(cursor, compte.id)
            self.block(cursor, compte, now=now)


@contextmanager
def answered_alike() -> Iterator[None]:
    """Whatever happens inside takes a whole number of ANSWER_SECONDS."""
    started = time.monotonic()
    try:
        yield
    finally:
        _wait_since(started)


@contextmanager
def refused_alike() -> Iterator[None]:
    """A refusal from inside takes a whole number of ANSWER_SECONDS; a success does not wait."""
    started = time.monotonic()
    try:
        yield
    except AccesRefuse:
        _wait_since(started)
        raise


def _wait_since(started: float) -> None:
    elapsed = time.monotonic() - started
    if ANSWER_SECONDS:
        time.sleep(ceil(elapsed / ANSWER_SECONDS) * ANSWER_SECONDS - elapsed)
