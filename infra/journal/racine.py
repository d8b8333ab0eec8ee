"""The master key of a database: noted when it is begun, checked at each opening, changed without touching an event.

`reglage` keeps a check value of the master key and, sealed under it, the root: a secret of its own from which MACs,
hashes and every other key but the members' wrapping are derived. A database of the first releases has no root: there
the master key is it, until it is changed; then it is sealed as the root of all that was written before.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.rows import DictRow, dict_row

from infra.journal.keyring import MASTER_KEY_BYTES, Keyring
from infra.journal.mapper import SealBroken, seal, unseal
from infra.journal.members import ROTATION_LOCK
from infra.journal.wrapping import rewrapped
from infra.postgres.sql import statements

KEYS_AT_ONCE = 5_000
"""How many members' keys are wrapped anew together; all of them are one transaction."""

_CONTROLE, _RACINE = "controle_cle_maitre", "racine_scellee"
_USE = b"racine"
_SQL = statements("infra.journal", "racine.sql")


class WrongMasterKey(Exception):
    """The master key is not the one that this database was begun with, or was last given."""


def open_keyring(url: str, master: bytes) -> Keyring:
    """The keys of this database; a new one is begun with this master key. Raises WrongMasterKey."""
    keyring = Keyring(master)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        known = _settings(connection.cursor())
        if _CONTROLE not in known:
            _begin(connection.cursor(), keyring)
            connection.commit()
            known = _settings(connection.cursor())
    if not is_master_key(keyring, known):
        raise WrongMasterKey("La clé maître n'est pas celle de cette base : rien de personnel n'y serait lisible.")
    return Keyring(master, _root(keyring, known))


def is_master_key(keyring: Keyring, known: Mapping[str, bytes]) -> bool:
    """Whether this is the master key in force."""
    return hmac.compare_digest(known.get(_CONTROLE, b""), keyring.check_value)


def opens(url: str, master: bytes) -> bool:
    """Whether a database is under this master key."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return is_master_key(Keyring(master), _settings(connection.cursor()))


def rotate(url: str, *, old: bytes, new: bytes, progress: Callable[[int, int], None] = lambda *_: None) -> int:
    """Put a new master key in force; returns how many members' keys were wrapped anew, 0 when it was in force already.

    One transaction: killed at any moment, the old key is in force or the new one is. No event, no MAC of an event and
    no sealed part changes. Raises WrongMasterKey, KeyAltered.
    """
    with psycopg.connect(url, row_factory=dict_row) as connection:
        cursor = connection.cursor()
        # Whoever begins a member holds it shared: what it wrapped under the old key is there before, or refused after.
        cursor.execute(_SQL["lock"], {"lock": ROTATION_LOCK})
        known = _settings(cursor)
        before, after = Keyring(old), Keyring(new)
        if is_master_key(after, known):
            return 0
        if not is_master_key(before, known):
            raise WrongMasterKey("L'ancienne clé maître n'est pas celle de cette base.")
        root = _root(before, known) or old
        wrapped = _rewrap(cursor, Keyring(old, root), Keyring(new, root), progress)
        for name, value in ((_CONTROLE, after.check_value), (_RACINE, seal(after.racine(), root, _USE))):
            cursor.execute(_SQL["put"], {"nom": name, "valeur": value})
        return wrapped


def _rewrap(cursor: Cursor[DictRow], before: Keyring, after: Keyring, progress: Callable[[int, int], None]) -> int:
    total = cursor.execute(_SQL["count_keys"]).fetchone()
    done, last = 0, None
    while rows := cursor.execute(_SQL["keys_after"], {"after": last, "limit": KEYS_AT_ONCE}).fetchall():
        changed: Sequence[tuple[UUID, bytes, bytes]] = [new for row in rows if (new := rewrapped(row, before, after))]
        columns: Sequence[Sequence[Any]] = list(zip(*changed, strict=True)) or ((), (), ())
        sujets, enveloppes, macs = map(list, columns)
        cursor.execute(_SQL["rewrap"], {"sujets": sujets, "enveloppes": enveloppes, "macs": macs})
        done, last = done + len(changed), rows[-1]["sujet"]
        progress(done, total["nombre"] if total else done)
    return done


def _begin(cursor: Cursor[DictRow], keyring: Keyring) -> None:
    """Note the master key of a new database and give it a root. Of two that begin it, the first one does."""
    first = cursor.execute(_SQL["begin"], {"nom": _CONTROLE, "valeur": keyring.check_value})
    if first.rowcount:
        root = secrets.token_bytes(MASTER_KEY_BYTES)
        cursor.execute(_SQL["begin"], {"nom": _RACINE, "valeur": seal(keyring.racine(), root, _USE)})


def _settings(cursor: Cursor[DictRow]) -> Mapping[str, bytes]:
    rows = cursor.execute(_SQL["settings"], {"noms": [_CONTROLE, _RACINE]}).fetchall()
    return {row["nom"]: bytes(row["valeur"]) for row in rows}


def _root(keyring: Keyring, known: Mapping[str, bytes]) -> bytes | None:
    """The root; None where the master key itself is it. Raises WrongMasterKey when it was altered."""
    sealed = known.get(_RACINE)
    if sealed is None:
        return None
    try:
        return unseal(keyring.racine(), sealed, _USE)
    except SealBroken:
        raise WrongMasterKey("La racine des clés de cette base a été modifiée : restaurer la sauvegarde.") from None
