"""A row of `cle_adherent`: a member's key wrapped under the master key, and the MAC over all of its columns."""

import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag

from infra.journal.keyring import NONCE_BYTES, USE_KEY_ROW, Keyring


class KeyAltered(Exception):
    """A member's key row is not the one that was stored."""


class MasterKeyChanged(KeyAltered):
    """The row is as it was stored, under another master key than this process has: start it again with the new one."""

    def __init__(self) -> None:
        super().__init__("La clé maître de cette base a changé : relancer ce processus avec la nouvelle.")


def wrap(keyring: Keyring, sujet: UUID, key: bytes) -> bytes:
    """A key under the master key, bound to her token."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + keyring.wrapping().encrypt(nonce, key, sujet.bytes)


def unwrap(keyring: Keyring, row: Mapping[str, Any]) -> bytes | None:
    """The key that a row wraps; None once it is destroyed. Raises KeyAltered when any of its columns has changed.

    Raises MasterKeyChanged when the row is right and this is not the master key that it was written under.
    """
    empreinte, wrapped = bytes(row["numero_empreinte"]), row["cle_enveloppee"]
    wrapped = bytes(wrapped) if wrapped is not None else None
    expected = row_mac(keyring, row["sujet"], empreinte, wrapped, row["cree_at"])
    if not hmac.compare_digest(bytes(row["mac"]), expected):
        raise KeyAltered(str(row["sujet"]))
    if wrapped is None:
        return None
    try:
        return keyring.wrapping().decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], row["sujet"].bytes)
    except InvalidTag:
        raise MasterKeyChanged from None


def rewrapped(row: Mapping[str, Any], before: Keyring, after: Keyring) -> tuple[UUID, bytes, bytes] | None:
    """Token, key under the new master key and new MAC of a row; None for a destroyed one, which stays as it is.

    Raises KeyAltered.
    """
    sujet, key = row["sujet"], unwrap(before, row)
    if key is None:
        return None
    wrapped = wrap(after, sujet, key)
    return sujet, wrapped, row_mac(after, sujet, bytes(row["numero_empreinte"]), wrapped, row["cree_at"])


def row_mac(keyring: Keyring, sujet: UUID, empreinte: bytes, wrapped: bytes | None, cree_at: datetime) -> bytes:
    """The MAC over the columns of a row."""
    content = sujet.bytes + empreinte + cree_at.astimezone(UTC).isoformat().encode() + (wrapped or b"-")
    return keyring.mac(USE_KEY_ROW, content)
