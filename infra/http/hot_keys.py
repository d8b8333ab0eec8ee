"""The keys of members read lately, opened once: each is used again only while its row is the one that was opened."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.journal.members import MemberKeys

KEYS_MAX = 50_000
"""How many opened keys are kept, the latest opened."""

_MAC_BYTES = 16
_INSTANT_BYTES = 8
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class HotKeys:
    """From the columns of a row of `cle_adherent`, as `hot.sql` brings them, to the key that it wraps."""

    def __init__(self, members: MemberKeys) -> None:
        self._members = members
        self._keys: dict[bytes, tuple[bytes, bytes, AESGCM]] = {}

    def key(self, sujet: bytes, numero_empreinte: bytes, enveloppe: bytes) -> AESGCM | None:
        """The key. Raises KeyAltered when any column of the row has changed since it was written."""
        known = self._keys.get(sujet)
        # Every column, not the MAC alone: an altered row keeps its MAC.
        if known is not None and known[0] == enveloppe and known[1] == numero_empreinte:
            return known[2]
        key = self._open(sujet, numero_empreinte, enveloppe)
        if key is not None:
            while len(self._keys) >= KEYS_MAX:
                del self._keys[next(iter(self._keys))]
            self._keys[sujet] = enveloppe, numero_empreinte, key
        return key

    def _open(self, sujet: bytes, numero_empreinte: bytes, enveloppe: bytes) -> AESGCM | None:
        wrapped, rest = enveloppe[: -_MAC_BYTES - _INSTANT_BYTES], enveloppe[-_MAC_BYTES - _INSTANT_BYTES :]
        micros = int.from_bytes(rest[_MAC_BYTES:], "big", signed=True)
        row = {
            "sujet": UUID(bytes=sujet),
            "numero_empreinte": numero_empreinte,
            "cle_enveloppee": wrapped,
            "cree_at": _POSTGRES_EPOCH + timedelta(microseconds=micros),
            "mac": rest[:_MAC_BYTES],
        }
        return self._members.open_row(row)
