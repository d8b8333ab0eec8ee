"""The members' keys: found from a number, made on first sight, cached while in use."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor

from infra.journal.keyring import Keyring
from infra.journal.wrapping import KeyAltered, MasterKeyChanged, row_mac, unwrap, wrap
from infra.postgres.sql import statements

__all__ = ["KeyAltered", "MemberKeys"]

_SQL = statements("infra.journal", "members.sql")
CACHED_MEMBERS_MAX = 100_000
"""How many members' keys one process keeps at hand, half a kilobyte each."""

CACHED_CIPHERS_MAX = 2_000
"""How many of them ready to use: a cipher takes 2.5 kB, and about a microsecond to make from its key."""

ROTATION_LOCK = 7_311_042_040
"""Advisory lock of the master key: held alone to change it, shared to wrap a new key under it."""

FRESH_SECONDS = 2.0
"""How long keys at hand are used before it is asked whether one was destroyed: they outlive it by that, at most."""


class MemberKeys:
    """The directory of members: number → random token, token → key. Never a number in clear in the database."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring) -> None:
        self._datastore = datastore
        self._keyring = keyring
        self._lock = Lock()
        self._sujets: dict[str, UUID] = {}
        self._keys: dict[UUID, bytes] = {}
        self._ciphers: dict[UUID, AESGCM] = {}
        self._generation = 0
        self._fresh_until = 0.0

    def at_hand(self, numero: str) -> UUID | None:
        """The token of a member, when this process knows it already."""
        return self._sujets.get(numero)  # atomic: no lock on the hottest of paths; a token outlives its key

    def resolve(self, numeros: Sequence[str], *, create: bool) -> Mapping[str, UUID]:
        """The token of each member; those unknown get a new token and key when `create`, else are left out.

        A key is durable before anything is sealed with it. Two processes that meet a member together agree:
        the database keeps the first. Raises MasterKeyChanged.
        """
        with self._lock:
            found = {n: self._sujets[n] for n in numeros if n in self._sujets}
        missing = {self._keyring.numero_empreinte(n): n for n in numeros if n not in found}
        if missing:
            rows = self._fetch(missing)
            absent = [e for e in missing if e not in rows]
            if absent and create:
                rows |= self._insert(absent)
                if others := [e for e in absent if e not in rows]:
                    rows |= self._fetch(others)
                if any(empreinte not in rows for empreinte in others):
                    raise MasterKeyChanged  # nothing is wrapped under a key that is no longer in force
            for empreinte, (sujet, key, generation) in rows.items():
                found[missing[empreinte]] = sujet
                self._remember(missing[empreinte], sujet, key, generation)
        return found

    def find(self, numero: str) -> UUID | None:
        """The token of a member, or None when her number was never seen."""
        return self.resolve([numero], create=False).get(numero)

    def key(self, sujet: UUID) -> AESGCM | None:
        """The key of a member; None once it has been destroyed. Raises KeyAltered."""
        if time.monotonic() >= self._fresh_until:
            self.forget_destroyed()
        cipher = self._ciphers.get(sujet)  # atomic: no lock on the hottest of paths
        if cipher is not None:
            return cipher
        key = self._keys.get(sujet)
        if key is None:
            return self.keys([sujet]).get(sujet)
        cipher = AESGCM(key)
        with self._lock:
            if sujet in self._keys:  # not let go meanwhile
                self._ciphers[sujet] = cipher
                _trim(self._ciphers, CACHED_CIPHERS_MAX)
        return cipher

    def sealing_key(self, sujet: UUID) -> AESGCM:
        """The key to seal with: once hers is destroyed, one that nobody keeps, so that what is sealed is lost at once.

        Raises KeyError for a token that there is not, KeyAltered.
        """
        key = self.key(sujet)
        if key is None:
            if not self._rows([sujet]):
                raise KeyError(f"no key for {sujet}")
            key = AESGCM(AESGCM.generate_key(256))
        return key

    def sealing_key_of(self, numero_empreinte: bytes) -> AESGCM | None:
        """The key to seal with about whom the hash of a number names; None when it is nobody's. Raises KeyAltered."""
        found = self._fetch([numero_empreinte]).get(numero_empreinte)
        return None if found is None else self.sealing_key(found[0])

    def is_erased(self, sujet: UUID) -> bool:
        """Whether there is such a member and her key is destroyed. Raises KeyAltered."""
        return self.key(sujet) is None and bool(self._rows([sujet]))

    def destroy(self, cursor: Cursor[Any], sujet: UUID) -> bool:
        """Destroy a member's key in the caller's transaction; whether there was one. Raises KeyAltered.

        The row stays, with the hash of her number: it says that she was, and that nobody else begins under that number.
        """
        row = cursor.execute(_SQL["lock_key"], {"sujet": sujet}).fetchone()
        if row is None or self._open_row(row) is None:
            return False
        mac = self._row_mac(sujet, bytes(row["numero_empreinte"]), None, row["cree_at"])
        cursor.execute(_SQL["destroy_key"], {"sujet": sujet, "mac": mac})
        return True

    def forget_destroyed(self) -> int:
        """Let every key go when one was destroyed since they were read; returns the generation of the keys."""
        with self._datastore.get_connection() as connection:
            row = connection.execute(_SQL["generation"]).fetchone()
        with self._lock:
            self._see(row["generation"] if row is not None else 0)
            self._fresh_until = time.monotonic() + FRESH_SECONDS
            return self._generation

    def keys(self, sujets: Iterable[UUID]) -> dict[UUID, AESGCM]:
        """The keys of several members; those destroyed are left out. Raises KeyAltered."""
        opened = [(row["sujet"], self._open_row(row), row["generation"]) for row in self._rows(sujets)]
        with self._lock:
            for sujet, key, generation in opened:
                self._keep(sujet, key, generation)
        return {sujet: AESGCM(key) for sujet, key, _ in opened if key is not None}

    def open_row(self, row: Mapping[str, Any]) -> AESGCM | None:
        """The key that a row of `cle_adherent` wraps. Raises KeyAltered when any of its columns has changed."""
        key = self._open_row(row)
        return AESGCM(key) if key is not None else None

    def _open_row(self, row: Mapping[str, Any]) -> bytes | None:
        return unwrap(self._keyring, row)

    def _rows(self, sujets: Iterable[UUID]) -> list[dict[str, Any]]:
        with self._datastore.get_connection() as connection:
            return connection.execute(_SQL["keys_of_sujets"], {"sujets": list(sujets)}).fetchall()

    def _fetch(self, empreintes: Iterable[bytes]) -> dict[bytes, tuple[UUID, bytes | None, int]]:
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["keys_of_numeros"], {"empreintes": list(empreintes)}).fetchall()
        return {bytes(row["numero_empreinte"]): (row["sujet"], self._open_row(row), row["generation"]) for row in rows}

    def _see(self, generation: int) -> None:
        """Let every key go when one was destroyed since: which one, nobody needs to know. Under the lock."""
        if generation > self._generation:
            self._keys.clear()
            self._ciphers.clear()
            self._generation = generation

    def _keep(self, sujet: UUID, key: bytes | None, generation: int) -> None:
        """Keep a key at hand, unless one was destroyed since it was read: it may be this one. Under the lock."""
        self._see(generation)
        if key is not None and generation == self._generation:
            self._keys[sujet] = key
            _trim(self._keys, CACHED_MEMBERS_MAX)

    def _insert(self, empreintes: Sequence[bytes]) -> dict[bytes, tuple[UUID, bytes | None, int]]:
        """Give members a token and a key; of those whom another process names first, nothing."""
        rows = []
        made: dict[bytes, tuple[UUID, bytes]] = {}
        cree_at = datetime.now(UTC)
        for empreinte in empreintes:
            sujet, key = uuid4(), AESGCM.generate_key(256)
            wrapped = wrap(self._keyring, sujet, key)
            mac = self._row_mac(sujet, empreinte, wrapped, cree_at)
            rows.append((sujet, empreinte, wrapped, mac))
            made[empreinte] = sujet, key
        sujets, numeros, wrappeds, macs = zip(*rows, strict=True)
        with self._datastore.transaction(commit=True) as cursor:
            # First and apart: the next statement then sees whether the master key was changed while this one waited.
            cursor.execute(_SQL["hold_master_key"], {"lock": ROTATION_LOCK})
            inserted = cursor.execute(
                _SQL["insert_keys"],
                {
                    "controle": self._keyring.check_value,
                    "sujets": list(sujets),
                    "empreintes": list(numeros),
                    "enveloppes": list(wrappeds),
                    "cree_at": cree_at,
                    "macs": list(macs),
                },
            ).fetchall()
        return {(e := bytes(row["numero_empreinte"])): (*made[e], row["generation"]) for row in inserted}

    def _row_mac(self, sujet: UUID, empreinte: bytes, wrapped: bytes | None, cree_at: datetime) -> bytes:
        return row_mac(self._keyring, sujet, empreinte, wrapped, cree_at)

    def _remember(self, numero: str, sujet: UUID, key: bytes | None, generation: int) -> None:
        with self._lock:
            self._sujets[numero] = sujet
            _trim(self._sujets, CACHED_MEMBERS_MAX)
            self._keep(sujet, key, generation)


def _trim(cache: dict[Any, Any], entries_max: int) -> None:
    """Let the older half go at once: a plain dictionary is smaller than an ordered one, and slow to lose its first."""
    if len(cache) > entries_max:
        for key in list(islice(cache, len(cache) // 2)):
            del cache[key]
