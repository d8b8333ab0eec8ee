"""What the data folder holds, and the record by which a second command finds the running server.

DIR/                    0700
  postgres/             the cluster, owned by the user that PostgreSQL runs as
  postgres.new/         a cluster being created; renamed when it is whole
  postgres-password     0600, password of the role `decompte`
  server.json           see `Record`
  clients.lock  start.lock  server.lock       see the protocol in `server.py`
  postgres.log  postgres.log.1                bounded
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import msgspec

from infra.embedded.errors import FolderRefused
from infra.embedded.locks import FileLock

RECORD_BYTES_MAX = 4096
LOG_BYTES_MAX = 4 * 1024 * 1024
LOG_TAIL_BYTES = 2000


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `server.json`: a server that is ready, or, with `supervisor` null, where the last one was.

    The supervisor keeps a lock on the file for as long as it lives: that tells a living record from one that a
    killed supervisor left, without trusting a process number.
    """

    supervisor: int | None
    postmaster: int | None
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    version: str


@dataclass(frozen=True)
class DataFolder:
    """The folder given by `--data`, absolute, without symbolic links."""

    path: Path

    @classmethod
    def prepare(cls, path: Path) -> Self:
        """The folder, created 0700 when missing. Raises `FolderRefused`."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = cls(path.resolve(strict=True))
            for lock in (folder.clients_lock, folder.start_lock, folder.server_lock):
                FileLock.open(lock).close()
                folder.give_to_owner(lock)
            with FileLock.open(folder.clients_lock) as clients:
                clients.try_shared()  # a file system without locks refuses here
        except OSError as error:
            raise FolderRefused(
                f"Le dossier de données {path} n'est pas utilisable ({error.strerror}). "
                "Choisissez un dossier qui vous appartient, ou lancez la commande sous son propriétaire."
            ) from error
        return folder

    @property
    def cluster(self) -> Path:
        return self.path / "postgres"

    @property
    def unfinished_cluster(self) -> Path:
        return self.path / "postgres.new"

    @property
    def password(self) -> Path:
        return self.path / "postgres-password"

    @property
    def record(self) -> Path:
        return self.path / "server.json"

    @property
    def clients_lock(self) -> Path:
        return self.path / "clients.lock"

    @property
    def start_lock(self) -> Path:
        return self.path / "start.lock"

    @property
    def server_lock(self) -> Path:
        return self.path / "server.lock"

    @property
    def log(self) -> Path:
        return self.path / "postgres.log"

    def give_to_owner(self, path: Path) -> None:
        """Make a file written by root belong to the owner of the folder, who may come back without root."""
        owner, file = self.path.stat(), path.lstat()
        if _is_root() and file.st_uid != owner.st_uid and file.st_nlink == 1:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    def last_record(self) -> Record | None:
        """The record as last written, whether or not its server still runs."""
        return self._read_record()[0]

    def living_record(self) -> Record | None:
        """The record of the server whose supervisor lives now, or None."""
        record, is_living = self._read_record()
        return record if is_living else None

    def _read_record(self) -> tuple[Record | None, bool]:
        """Content and lock of one and the same file, for the name may be given to a new one at any moment."""
        try:
            lock = FileLock.open_existing(self.record)
        except FileNotFoundError:
            return None, False
        with lock:
            try:
                record = msgspec.json.decode(os.read(lock.descriptor, RECORD_BYTES_MAX), type=Record)
            except msgspec.DecodeError:  # a power cut may leave an empty file
                return None, False
            return record, not lock.try_shared()

    def write_record(self, record: Record) -> FileLock:
        """Publish a record in one step and return the lock that shows its writer to be alive."""
        temporary = self.record.with_suffix(".json.new")
        temporary.unlink(missing_ok=True)
        lock = FileLock.open(temporary)
        lock.try_exclusive()  # always granted: nobody else knows this new file
        os.write(lock.descriptor, msgspec.json.encode(record) + b"\n")
        self.give_to_owner(temporary)
        temporary.rename(self.record)
        return lock

    def write_secret(self, path: Path, secret: str) -> None:
        """Write a small secret file, 0600, whole or not at all, also after a power cut."""
        temporary = path.with_name(path.name + ".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.give_to_owner(temporary)
        temporary.rename(path)
        sync_folder(self.path)

    def open_log(self) -> int:
        """A descriptor that writes at the end of the log; to be closed by the caller."""
        descriptor = os.open(self.log, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.give_to_owner(self.log)
        return descriptor

    def bound_log(self) -> None:
        """Keep the log below its limit: the full one becomes `.1`, replacing the one before.

        Copied then emptied in place, because PostgreSQL goes on writing at the end of the same open file.
        """
        with os.fdopen(self.open_log(), "rb+") as log:
            size = log.seek(0, os.SEEK_END)
            if size <= LOG_BYTES_MAX:
                return
            log.seek(size - LOG_BYTES_MAX)
            older = self.log.with_name(self.log.name + ".1")
            older.unlink(missing_ok=True)
            with os.fdopen(os.open(older, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
                kept.write(log.read(LOG_BYTES_MAX))
            log.truncate(0)
        self.give_to_owner(older)

    def log_tail(self) -> str:
        """The last lines of the log, for a person who must see why a start failed."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - LOG_TAIL_BYTES))
                return log.read(LOG_TAIL_BYTES).decode(errors="replace").strip()
        except FileNotFoundError:
            return ""


def sync_folder(path: Path) -> None:
    """Make the names in a folder (a rename, say) survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
