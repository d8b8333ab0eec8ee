"""The members' keys as a check sees them: each as it was stored, none missing, destroyed where the journal says so."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.journal.keyring import Keyring
from infra.journal.wrapping import KeyAltered, unwrap
from infra.verify.faults import Tell

TABLE = "cle_adherent"
CIPHERS_MAX = 4_096
"""How many are kept ready: a cipher takes 2.5 kB, its key a twentieth of that."""


class Cles:
    """All keys of the ledger, and what the journal says of them."""

    def __init__(self, keyring: Keyring, rows: Iterable[Mapping[str, Any]], tell: Tell) -> None:
        """`rows` of `all_keys`: those that are not as they were stored are told at once."""
        self._tell = tell
        self._keys: dict[UUID, bytes | None] = {}
        self._lost: set[UUID] = set()
        self._erased: set[UUID] = set()
        self._ready = lru_cache(maxsize=CIPHERS_MAX)(AESGCM)
        for row in rows:
            sujet = row["sujet"]
            try:
                self._keys[sujet] = unwrap(keyring, row)
            except KeyAltered:
                self._keys[sujet] = None
                self._lost.add(sujet)
                tell(TABLE, str(sujet), "la ligne a été modifiée")

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, sujet: UUID) -> bool:
        return sujet in self._keys

    def cipher(self, sujet: UUID) -> AESGCM | None:
        """The key of a member, ready to use; None when it is destroyed, at fault, or missing."""
        key = self._keys.get(sujet)
        return None if key is None else self._ready(key)

    def named(self, sujet: UUID, place: str) -> None:
        """An event names her, who has no key: told once."""
        if sujet not in self._lost:
            self._lost.add(sujet)
            self._tell(TABLE, str(sujet), f"la clé manque (nommée par l'événement, {place})")

    def erased(self, sujet: UUID) -> None:
        """The journal says that she was erased."""
        self._erased.add(sujet)

    def check_erased(self) -> None:
        """A key is destroyed where the journal says so, and nowhere else: one that came back would undo an erasure."""
        destroyed = {sujet for sujet, key in self._keys.items() if key is None} - self._lost
        for sujet in sorted(self._erased - destroyed - self._lost):
            self._tell(TABLE, str(sujet), "la clé d'un adhérent effacé est revenue")
        for sujet in sorted(destroyed - self._erased):
            self._tell(TABLE, str(sujet), "la clé est détruite sans effacement enregistré")
