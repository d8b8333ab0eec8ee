"""The keys of the ledger, all derived from one master key of the settings; each has one use."""

import hashlib
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

MASTER_KEY_BYTES = 32
NONCE_BYTES = 12
USE_EVENT = b"evenement"
USE_HEAD = b"journal_head"
USE_KEY_ROW = b"cle_adherent"
"""What is authenticated: one table's MAC never passes for another's."""


class Keyring:
    """What is sealed, hashed or authenticated under the master key. Losing it loses every name and act."""

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_KEY_BYTES:
            raise ValueError(f"the master key has {MASTER_KEY_BYTES} bytes")
        self._wrapping = AESGCM(_derive(master, "cle-adherent"))
        self._quarantine = AESGCM(_derive(master, "quarantaine"))
        self._courriels = AESGCM(_derive(master, "courriels"))
        self._courriel = _derive(master, "courriel-cle")
        self._acces = AESGCM(_derive(master, "acces"))
        self._acces_empreinte = _derive(master, "acces-empreinte")
        self._desabonnement = AESGCM(_derive(master, "desabonnement"))
        self._numero = _derive(master, "numero")
        self._content = _derive(master, "empreinte")
        self._mac = {use: _keyed(_derive(master, "mac"), use) for use in (USE_EVENT, USE_HEAD, USE_KEY_ROW)}
        self._cursor = _derive(master, "curseur")
        self.check_value = _derive(master, "controle")
        """Stored in the database: tells, without revealing it, whether this is its master key."""

    def wrapping(self) -> AESGCM:
        """The cipher that wraps members' keys."""
        return self._wrapping

    def quarantine(self) -> AESGCM:
        """The cipher that seals quarantined messages."""
        return self._quarantine

    def courriels(self) -> AESGCM:
        """The cipher that seals mails which are about no member."""
        return self._courriels

    def courriel_empreinte(self, cle: str) -> bytes:
        """The keyed hash under which a mail is kept and named; its key may hold what is personal."""
        return hashlib.blake2b(cle.encode(), key=self._courriel, digest_size=16).digest()

    def acces(self) -> AESGCM:
        """The cipher that seals what accounts keep: TOTP secrets, who they are of, why somebody looked."""
        return self._acces

    def acces_empreinte(self, use: bytes, *parts: str | bytes) -> bytes:
        """The keyed hash of what the access keeps by hash only; `use` keeps one kind from passing for another."""
        state = hashlib.blake2b(key=self._acces_empreinte, person=use, digest_size=32)
        for part in parts:
            content = part.encode() if isinstance(part, str) else part
            state.update(len(content).to_bytes(4, "big") + content)
        return state.digest()

    def desabonnement(self) -> AESGCM:
        """The cipher of the links that end mails."""
        return self._desabonnement

    def numero_empreinte(self, numero: str) -> bytes:
        """The keyed hash that finds a member from her number."""
        return hashlib.blake2b(numero.encode(), key=self._numero, digest_size=16).digest()

    def content_empreinte(self, content: bytes) -> bytes:
        """The keyed hash of a message's content: nobody can guess content from it."""
        return hashlib.blake2b(content, key=self._content, digest_size=16).digest()

    def mac(self, use: bytes, content: bytes) -> bytes:
        """The keyed MAC of stored columns; `use` keeps one table's MAC from passing for another's."""
        state = self._mac[use].copy()  # keyed once: the hash of every event begins there
        state.update(content)
        return state.digest()

    def cursor_mac(self, content: bytes) -> bytes:
        """The keyed MAC that makes a page cursor opaque to forging."""
        return hashlib.blake2b(content, key=self._cursor, digest_size=8).digest()


def _keyed(key: bytes, use: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(key=key, person=use, digest_size=16)


def _derive(master: bytes, use: str) -> bytes:
    return HKDFExpand(SHA256(), 32, f"decompte/{use}/1".encode()).derive(master)


def sealing_context(stream: UUID, topic: str) -> bytes:
    """What a sealed blob is bound to: moved to another event, it no longer opens."""
    return stream.bytes + topic.encode()
