"""The keys of the ledger, derived from a master key of the settings and a root that it seals; each has one use."""

import hashlib
import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from ledger.references import Stream

MASTER_KEY_BYTES = 32
NONCE_BYTES = 12
MAC_BYTES = 16
EVENT_MAC_VERSION = b"\x02"
"""What the MAC of an event begins with; the first form, BLAKE2b, had no such byte and is still checked."""

_SHA256_BLOCK_BYTES = 64
USE_EVENT = b"evenement"
USE_HEAD = b"journal_head"
USE_KEY_ROW = b"cle_adherent"
USE_PREUVE = b"preuve"
USE_COSIGNATURE = b"cosignature"
"""What is authenticated: one table's MAC never passes for another's."""

_MAC_USES = (USE_EVENT, USE_HEAD, USE_KEY_ROW, USE_PREUVE, USE_COSIGNATURE)


class Keyring:
    """What is sealed, hashed or authenticated under the master key. Losing it loses every name and act.

    The master key wraps the members' keys, and the root that everything else is derived from: it can be changed, the
    root cannot. A ledger of the first releases that has not changed its master key has no root of its own: it is both.
    """

    def __init__(self, master: bytes, root: bytes | None = None) -> None:
        if len(master) != MASTER_KEY_BYTES:
            raise ValueError(f"the master key has {MASTER_KEY_BYTES} bytes")
        self._wrapping = AESGCM(_derive(master, "cle-adherent"))
        self._racine = AESGCM(_derive(master, "racine"))
        self.check_value = _derive(master, "controle")
        """Stored in the database: tells, without revealing it, whether this is its master key."""

        root = master if root is None else root
        self._quarantine = AESGCM(_derive(root, "quarantaine"))
        self._courriels = AESGCM(_derive(root, "courriels"))
        self._courriel = _derive(root, "courriel-cle")
        self._acces = AESGCM(_derive(root, "acces"))
        self._acces_empreinte = _derive(root, "acces-empreinte")
        self._desabonnement = AESGCM(_derive(root, "desabonnement"))
        self._numero = _derive(root, "numero")
        self._content = _keyed_sha256(_derive(root, "empreinte/2"))
        self._event_mac = _keyed_sha256(_derive(root, "mac-evenement/2"))
        self._mac = {use: _keyed(_derive(root, "mac"), use) for use in _MAC_USES}
        self._preuve = _derive(root, "preuve")
        self._cursor = _derive(root, "curseur")

    def wrapping(self) -> AESGCM:
        """The cipher that wraps members' keys."""
        return self._wrapping

    def racine(self) -> AESGCM:
        """The cipher that seals the root."""
        return self._racine

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
        state = self._content.copy()
        state.update(content)
        return state.digest()[:MAC_BYTES]

    def event_macs(self, rows: Iterable[bytes]) -> list[bytes]:
        """The MAC of each event's stored columns, packed so that no row begins another; its version comes first."""
        begin = self._event_mac.copy  # keyed once: the hash of every event begins there
        macs = []
        for row in rows:
            state = begin()
            state.update(row)
            macs.append(EVENT_MAC_VERSION + state.digest()[:MAC_BYTES])
        return macs

    def is_event_mac(self, row: bytes, mac: bytes) -> bool:
        """Whether this is the MAC of an event's stored columns, in its present or its first form."""
        expected = self.mac(USE_EVENT, row) if len(mac) == MAC_BYTES else self.event_macs([row])[0]
        return hmac.compare_digest(mac, expected)

    def mac(self, use: bytes, content: bytes) -> bytes:
        """The keyed MAC of stored columns; `use` keeps one table's MAC from passing for another's."""
        state = self._mac[use].copy()
        state.update(content)
        return state.digest()

    def preuve(self, journal: str) -> Ed25519PrivateKey:
        """The key that signs the checkpoints of a log; each log has its own."""
        return Ed25519PrivateKey.from_private_bytes(_derive(self._preuve, f"preuve-{journal}"))

    def cursor_mac(self, content: bytes) -> bytes:
        """The keyed MAC that makes a page cursor opaque to forging."""
        return hashlib.blake2b(content, key=self._cursor, digest_size=8).digest()


def _keyed(key: bytes, use: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(key=key, person=use, digest_size=16)


def _keyed_sha256(key: bytes) -> "hashlib._Hash":
    """SHA-256 that has read the key as its first block, for hashes cut to half their length.

    Half as dear as BLAKE2b, which CPython builds without the processor's help, where every event is hashed. The key in
    front is enough (no HMAC) where no content begins another and half of the result is kept back.
    """
    return hashlib.sha256(key.ljust(_SHA256_BLOCK_BYTES, b"\0"))


def _derive(master: bytes, use: str) -> bytes:
    return HKDFExpand(SHA256(), 32, f"decompte/{use}/1".encode()).derive(master)


def sealing_context(stream: Stream, topic: str) -> bytes:
    """What a sealed blob is bound to: moved to another event, it no longer opens."""
    return stream + topic.encode()
