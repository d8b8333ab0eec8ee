"""Signed notes, verifier keys, checkpoints and cosignatures, as C2SP signed-note, tlog-checkpoint and tlog-cosignature
write them. Ed25519 alone; signatures of unknown keys are left unread, as the specification asks."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from infra.preuve.merkle import HASH_BYTES

NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64
KIND_ED25519 = 0x01
KIND_COSIGNATURE = 0x04
_SIGNATURE = "— "
_KEY_BYTES = 32
_NAME = re.compile(r"[^\s+]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteRefused(Exception):
    """A note, key or checkpoint that is malformed or not signed by whom it should be; the message, in French, says
    which."""


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: whose signatures of which kind it checks."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None or not self.name.isprintable():
            raise NoteRefused("le nom d'une clé n'a ni espace ni « + »")
        if self.kind not in (KIND_ED25519, KIND_COSIGNATURE) or len(self.public) != _KEY_BYTES:
            raise NoteRefused("une clé de vérification Ed25519 est attendue")

    @property
    def id(self) -> bytes:
        """The four bytes that a signature begins with."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encode(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises NoteRefused."""
        try:
            name, key_id, key = text.split("+", 2)
            material = _decode(key)
        except ValueError:
            raise NoteRefused("clé de vérification illisible : NOM+ID+CLÉ attendu") from None
        vkey = cls(name, material[0] if material else 0, material[1:])
        if vkey.id.hex() != key_id:
            raise NoteRefused("clé de vérification incohérente : son identifiant n'est pas le sien")
        return vkey

    def verify(self, body: bytes, signature: bytes) -> int | None:
        """Check the signature of a note, without its key id: the instant of a cosignature in seconds, else None.

        Raises NoteRefused.
        """
        message, at = body, None
        if self.kind == KIND_COSIGNATURE:
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = cosigned(body, at)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise NoteRefused(f"la signature de {self.name} est fausse") from None
        return at


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands: its text, and its signatures as (name, key id, bytes)."""

    body: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Raises NoteRefused."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise NoteRefused("la note n'est pas en UTF-8") from None
        if len(content) > NOTE_BYTES_MAX or any(c < " " and c != "\n" for c in text):
            raise NoteRefused("la note est trop longue ou porte un caractère de contrôle")
        body, blank, signatures = text.rpartition("\n\n")
        lines = signatures.removesuffix("\n").split("\n")
        if not blank or not signatures.endswith("\n") or len(lines) > SIGNATURES_MAX:
            raise NoteRefused("la note n'est pas signée")
        return cls((body + "\n").encode(), tuple(read_signature(line) for line in lines))

    def signature_of(self, vkey: Vkey) -> int | None:
        """Check this key's signature: the instant of a cosignature, else None. Raises NoteRefused when it is absent."""
        found = [s for name, key_id, s in self.signatures if (name, key_id) == (vkey.name, vkey.id)]
        if not found:
            raise NoteRefused(f"la note n'est pas signée par {vkey.name} ({vkey.id.hex()})")
        return [vkey.verify(self.body, signature) for signature in found][-1]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log's checkpoint says: its origin, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n".encode()

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the text of a note. Raises NoteRefused."""
        lines = body.decode().split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or _SIZE.fullmatch(lines[1]) is None:
            raise NoteRefused("ce n'est pas un point de contrôle")
        try:
            root = _decode(lines[2])
        except ValueError:
            root = b""
        if len(root) != HASH_BYTES:
            raise NoteRefused("la racine du point de contrôle n'est pas une empreinte SHA-256")
        return cls(lines[0], int(lines[1]), root)


class Signer:
    """Signs notes under a name, with a key of the keyring."""

    def __init__(self, name: str, key: Ed25519PrivateKey, *, kind: int = KIND_ED25519) -> None:
        self._key = key
        self.vkey = Vkey(name, kind, key.public_key().public_bytes_raw())

    def sign(self, body: bytes) -> bytes:
        """The note of this text, with this one signature."""
        return body + b"\n" + self.line(self._key.sign(body)).encode()

    def cosign(self, body: bytes, at: int) -> str:
        """The line of a cosignature of this checkpoint at an instant (POSIX seconds): what a witness answers."""
        return self.line(at.to_bytes(8, "big") + self._key.sign(cosigned(body, at)))

    def line(self, signature: bytes) -> str:
        """A signature as its line of the note."""
        return f"{_SIGNATURE}{self.vkey.name} {_encode(self.vkey.id + signature)}\n"


def open_checkpoint(content: bytes, vkey: Vkey) -> tuple[Checkpoint, Note]:
    """A checkpoint that this log signed, its origin being the key's name. Raises NoteRefused."""
    note = Note.parse(content)
    note.signature_of(vkey)
    checkpoint = Checkpoint.parse(note.body)
    if checkpoint.origin != vkey.name:
        raise NoteRefused(f"l'origine {checkpoint.origin} n'est pas celle de la clé ({vkey.name})")
    return checkpoint, note


def read_signature(line: str) -> tuple[str, bytes, bytes]:
    """The name, key id and bytes of a signature line, without its newline. Raises NoteRefused."""
    name, space, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    try:
        signature = _decode(encoded)
    except ValueError:
        signature = b""
    if not line.startswith(_SIGNATURE) or not space or not name or len(signature) < 5:
        raise NoteRefused("une ligne de signature est illisible")
    return name, signature[:4], signature[4:]


def cosigned(body: bytes, at: int) -> bytes:
    """What a witness signs of a checkpoint."""
    return b"cosignature/v1\ntime %d\n%b" % (at, body)


def with_signatures(note: bytes, lines: Iterable[str]) -> bytes:
    """The note with further signature lines."""
    return note + "".join(lines).encode()


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(text: str) -> bytes:
    """Raises ValueError, also for what is not the one way to write these bytes."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error
    if _encode(content) != text:
        raise ValueError(text)
    return content
