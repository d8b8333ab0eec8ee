"""Attempts, counted in the database by window: of one account, of one address, of everybody."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor

from infra.auth.clock import Clock
from infra.auth.refus import TropDEssais
from infra.auth.terminaux import counted_as
from infra.journal.keyring import Keyring
from infra.postgres.sql import statements

_SQL = statements("infra.auth", "debits.sql")
_USE = b"debit"
DECOY_BYTES = 32
Curseur = Cursor[Any]
KEPT_HOURS = 24
"""How long a window is kept once it is past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limites:
    """How many attempts in one window of `seconds`: of one account, of one address, of all together."""

    seconds: int
    compte: int
    adresse: int
    total: int


class Geste(Enum):
    """What is attempted."""

    CONNEXION = Limites(seconds=900, compte=20, adresse=100, total=6_000)
    DEMANDE = Limites(seconds=3_600, compte=5, adresse=40, total=4_000)
    CODE = Limites(seconds=900, compte=30, adresse=100, total=6_000)
    SECOND = Limites(seconds=901, compte=20, adresse=200, total=12_000)


class Debits:
    """Counts attempts, also those that are refused; what is over the limit of its address costs no account anything."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring, clock: Clock) -> None:
        self._datastore = datastore
        self._keyring = keyring
        self._clock = clock

    def count(self, geste: Geste, *, adresse: str, compte: bytes) -> None:
        """Count one attempt. Raises TropDEssais when there were too many in this window."""
        limites = geste.value
        now = self._clock()
        fenetre = _window(now, limites.seconds)
        cles = {
            self._cle(geste, b"total", b""): limites.total,
            self._cle(geste, b"adresse", counted_as(adresse).encode()): limites.adresse,
        }
        ends = fenetre + timedelta(seconds=limites.seconds)
        retry = max(1, round((ends - now).total_seconds()))
        counted = self._add(list(cles), fenetre)
        if any(counted[cle] > limit for cle, limit in cles.items()):
            raise TropDEssais(retry)
        cle = self._cle(geste, b"compte", compte)
        if self._add([cle], fenetre)[cle] > limites.compte:
            raise TropDEssais(retry)

    def write_decoy(self, cursor: Curseur) -> None:
        """Write a row for nobody, as a failure of somebody does: both end in a commit that waits for the disk."""
        fenetre = _window(self._clock(), Geste.CONNEXION.value.seconds)
        cursor.execute(_SQL["add"], {"cles": [os.urandom(DECOY_BYTES)], "fenetre_at": fenetre})

    def purge(self) -> int:
        """Forget windows long past; returns how many."""
        before = self._clock() - timedelta(hours=KEPT_HOURS)
        with self._datastore.transaction(commit=True) as cursor:
            return cursor.execute(_SQL["purge"], {"before": before}).rowcount

    def _cle(self, geste: Geste, dimension: bytes, value: bytes) -> bytes:
        return self._keyring.acces_empreinte(_USE, geste.name, dimension, value)

    def _add(self, cles: Sequence[bytes], fenetre: datetime) -> dict[bytes, int]:
        with self._datastore.transaction(commit=True) as cursor:
            # A count lost in a crash is a few attempts more: it does not wait for the disk.
            cursor.execute("SET LOCAL synchronous_commit = off")
            rows = cursor.execute(_SQL["add"], {"cles": list(cles), "fenetre_at": fenetre}).fetchall()
        return {bytes(row["cle"]): row["nombre"] for row in rows}


def _window(now: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
