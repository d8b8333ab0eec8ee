"""The master key of a data folder: made on first use, mode 0600, outside the database's own folder.

While it is changed the next one stands beside it, whole and on disk before the database hears of it; it takes the place
of the former when the database has it. Killed in between, the next command finds both, and which is in force.
"""

import base64
import os
import secrets
from pathlib import Path

from infra.journal.keyring import MASTER_KEY_BYTES

FILE = "cle-maitre"
NEXT_FILE = "cle-maitre.nouvelle"


class SecretLost(Exception):
    """The folder has a database but no longer its master key."""


def master_key(data: Path) -> bytes:
    """The master key of this folder. Raises SecretLost rather than making one that opens nothing."""
    file = data / FILE
    if not file.exists():
        if (data / "postgres").exists():
            raise SecretLost(
                f"{file} manque alors que la base existe : sans cette clé les données personnelles sont illisibles. "
                "Restaurer ce fichier depuis la sauvegarde."
            )
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(file)
    return read_key(file)


def next_key(data: Path) -> bytes | None:
    """The key that an interrupted change left beside the one in force; None when there is none."""
    file = data / NEXT_FILE
    return read_key(file) if file.exists() else None


def prepare_next(data: Path) -> bytes:
    """The key that will take the place of the one in force: made, or found where a change was interrupted."""
    file = data / NEXT_FILE
    if not file.exists():
        _make(file)
    return read_key(file)


def promote_next(data: Path) -> None:
    """Let the next key take the place of the former, at once and for good."""
    (data / NEXT_FILE).replace(data / FILE)
    descriptor = os.open(data, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_key(file: Path) -> bytes:
    """A key from its file."""
    return base64.b64decode(file.read_text(encoding="ascii"))


def _make(file: Path) -> None:
    """Write whole, then link: of two commands that start together one wins and none reads half a key."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
