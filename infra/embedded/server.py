"""Attach to the embedded PostgreSQL of a data folder; commands that run at the same time share one server.

Who starts it, who stops it, and why nothing races: three lock files and one record, all held through `flock`, which
the kernel releases when the last holder is gone, even after `kill -9`.

- `clients.lock` — shared by every client for as long as it is attached. The supervisor keeps trying to take it alone:
  the day it can, nobody is left, and it keeps it until the server has stopped. So a client that holds its share knows
  that the server will not be stopped under it, and one that comes during a shutdown waits for its end.
- `start.lock` — held alone from the decision to start until the server is ready. The client passes its descriptor on to
  the supervisor: a client killed in the middle does not let a second start begin beside the first.
- `server.lock` — held alone by the supervisor and inherited by `initdb`, `postgres` and every process of theirs. Free
  means that nothing of an earlier server is alive; a supervisor takes it before it touches the cluster.
- `server.json` — the port, replaced in one step when the server is ready. The supervisor keeps a lock on it: a record
  whose lock is free is history. It is withdrawn before the server stops, while `clients.lock` is still taken.

Attach: share `clients.lock`; a living record that answers is the server; otherwise take `start.lock`, look again, and
start a supervisor, which reports its progress through a pipe. Leave: drop the share; then, if nobody else has one,
wait until `server.lock` is free.

Killed — a client: its share vanishes. The supervisor: the kernel tells PostgreSQL to stop at once (Linux; elsewhere
the next supervisor does), and the next client starts anew. PostgreSQL: the supervisor ends what is left of it and
starts it again on the same port; recovery does the rest.
"""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psycopg

from infra.embedded.binaries import locate_binaries
from infra.embedded.cluster import DATABASE, ROLE, environment
from infra.embedded.errors import (
    EmbeddedError,
    FolderRefused,
    PlatformUnsupported,
    PreviousServerStuck,
    ServerNotStarted,
    error_from_code,
)
from infra.embedded.folder import DataFolder, Record
from infra.embedded.locks import POLL_SECONDS, FileLock, held_alone, is_held
from infra.embedded.postmaster import LOOPBACK
from infra.embedded.supervisor import Report

ATTACH_SECONDS_MAX = 900.0  # more than the supervisor's own limits, whose errors say more
ANSWER_SECONDS_MAX = 60.0  # a killed PostgreSQL is being started again and recovers
SPAWN_SECONDS_MAX = 30.0
CONNECT_SECONDS_MAX = 5
LEAVE_SECONDS_MAX = 90.0
PATIENCE_SECONDS = 0.5
REPORT_LINE_BYTES_MAX = 65536


def silent(_message: str) -> None:
    """Announce nothing."""


class EmbeddedServer:
    """A share in the PostgreSQL server of a data folder, and the address to reach it."""

    def __init__(self, folder: DataFolder, share: FileLock, url: str) -> None:
        """For `attach`; a share is what keeps the server running."""
        self.folder = folder
        self.url = url
        self._share = share

    @classmethod
    def attach(
        cls, data: Path, *, bin_dir: Path | None = None, announce: Callable[[str], None] = silent
    ) -> "EmbeddedServer":
        """Attach to the server of this folder, starting it, and creating its cluster, when needed.

        `bin_dir` names other PostgreSQL programs than those of the wheel; a server that already runs is used as it is.
        `announce` receives short French sentences about what takes time. Raises `EmbeddedError`.
        """
        if sys.platform == "win32":
            raise PlatformUnsupported(
                "Le PostgreSQL embarqué ne fonctionne pas sous Windows. Utilisez WSL, ou indiquez un serveur "
                "PostgreSQL par DECOMPTE_DATABASE_URL."
            )
        folder = DataFolder.prepare(data)
        share = _share(folder, announce)
        try:
            return cls(folder, share, _find_or_start(folder, bin_dir, announce))
        except BaseException:
            share.close()
            raise

    def close(self) -> None:
        """Leave; the last one out waits until the server has stopped. Twice is the same as once."""
        if self._share.descriptor < 0:
            return
        self._share.close()
        deadline = time.monotonic() + LEAVE_SECONDS_MAX
        while time.monotonic() < deadline and is_held(self.folder.server_lock):
            if _others_remain(self.folder):
                return
            time.sleep(POLL_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _share(folder: DataFolder, announce: Callable[[str], None]) -> FileLock:
    """Become a client. Waits while a supervisor, finding nobody, stops its server."""
    lock = FileLock.open(folder.clients_lock)
    begun = time.monotonic()
    is_told = False
    while not lock.try_shared():
        waited = time.monotonic() - begun
        if waited > PATIENCE_SECONDS and not is_told:
            announce("Attente de la fin du serveur précédent…")
            is_told = True
        if waited > LEAVE_SECONDS_MAX:
            lock.close()
            raise PreviousServerStuck(f"Le serveur PostgreSQL de {folder.path} ne finit pas de s'arrêter.")
        time.sleep(POLL_SECONDS)
    return lock


def _find_or_start(folder: DataFolder, bin_dir: Path | None, announce: Callable[[str], None]) -> str:
    """The address of the running server, started when there is none. We hold a share, so it stays."""
    deadline = time.monotonic() + ATTACH_SECONDS_MAX
    silent_since: float | None = None
    reason = ""
    while (now := time.monotonic()) < deadline:
        record = folder.living_record()
        if record is None:
            silent_since = None
            with held_alone(folder.start_lock) as start_lock:
                if start_lock is not None and folder.living_record() is None:
                    _start(folder, bin_dir, start_lock, announce)
                    continue
        else:
            url = _url(folder, record)
            try:
                psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX).close()
                return url
            except psycopg.OperationalError as error:  # it was killed a moment ago: its supervisor starts it again
                reason = str(error)
            silent_since = silent_since or now
            if now > silent_since + ANSWER_SECONDS_MAX:
                break
        time.sleep(POLL_SECONDS)
    raise ServerNotStarted(f"PostgreSQL ne répond pas : {reason}\nFin de {folder.log} :\n{folder.log_tail()}")


def _start(folder: DataFolder, bin_dir: Path | None, start_lock: FileLock, announce: Callable[[str], None]) -> None:
    """Start a supervisor and follow its reports until the server is ready. Raises the error that it reports."""
    binaries = locate_binaries(bin_dir)
    packages = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
    reader, writer = os.pipe()
    log = folder.open_log()
    try:
        command: list[str | Path] = [sys.executable, "-P", "-m", "infra.embedded.supervisor", folder.path]
        command += [binaries.folder, str(start_lock.descriptor), str(writer)]
        # Returns at once: the supervisor goes on in a process of its own.
        subprocess.run(  # noqa: S603 - no shell, our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**environment(), "PYTHONPATH": os.pathsep.join(packages)},
            pass_fds=(start_lock.descriptor, writer),
            start_new_session=True,
            timeout=SPAWN_SECONDS_MAX,
            check=True,
        )
        os.close(writer)
        writer = -1
        _follow(folder, reader, announce)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerNotStarted(
            f"Le superviseur de PostgreSQL ne démarre pas : {error}\nFin de {folder.log} :\n{folder.log_tail()}"
        ) from error
    finally:
        for descriptor in (reader, writer, log):
            if descriptor >= 0:
                os.close(descriptor)


def _follow(folder: DataFolder, reader: int, announce: Callable[[str], None]) -> None:
    """Read reports until the server is ready, or until the supervisor has ended, so that a failure leaves nothing."""
    pending = b""
    failure: EmbeddedError | None = None
    deadline = time.monotonic() + ATTACH_SECONDS_MAX
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            received = os.read(reader, REPORT_LINE_BYTES_MAX)
            if not received:
                break
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                report = msgspec.json.decode(line, type=Report)
                if report.is_ready:
                    return
                if report.error_code is not None:
                    failure = error_from_code(report.error_code, report.error_message or "")
                else:
                    announce(report.announce or "")
    raise failure or ServerNotStarted(
        f"Le superviseur de PostgreSQL s'est arrêté. Fin de {folder.log} :\n{folder.log_tail()}"
    )


def _url(folder: DataFolder, record: Record) -> str:
    try:
        password = folder.password.read_text().strip()
    except OSError as error:
        raise FolderRefused(f"{folder.password} n'est pas lisible ({error.strerror}).") from error
    return f"postgresql://{ROLE}:{password}@{LOOPBACK}:{record.port}/{DATABASE}"


def _others_remain(folder: DataFolder) -> bool:
    """Whether somebody else holds a share now.

    Looked at under `start.lock`, so that two who leave together do not take each other for a client; False also
    means "ask again". Alone impossible but shared possible: others share it. Neither: the supervisor is stopping.
    """
    with held_alone(folder.start_lock) as turn, FileLock.open(folder.clients_lock) as clients:
        return turn is not None and not clients.try_exclusive() and clients.try_shared()
