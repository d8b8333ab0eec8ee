"""The process that keeps one PostgreSQL server for as long as a client is there. Protocol: see `server.py`.

Started by a client as `python -m infra.embedded.supervisor DATA BIN_DIR START_LOCK_FD REPORT_FD`. It has a session
of its own, so that the Ctrl-C of a terminal does not reach it, and one thread only, because PostgreSQL is tied to
the thread that started it (`before_exec`).
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import msgspec

from infra.embedded.binaries import Binaries, locate_binaries
from infra.embedded.cluster import Cluster, environment
from infra.embedded.errors import EmbeddedError, PreviousServerStuck, ServerNotStarted
from infra.embedded.folder import DataFolder, Record
from infra.embedded.locks import POLL_SECONDS, FileLock
from infra.embedded.postmaster import Postmaster
from infra.embedded.privileges import Identity, before_exec, identity_for
from infra.embedded.processes import end_processes

WATCH_SECONDS = 0.05
LOG_CHECK_SECONDS = 60.0
PREVIOUS_GRACE_SECONDS = 3.0
PREVIOUS_SECONDS_MAX = 60.0
RESTARTS_MAX = 3
RESTARTS_WINDOW_SECONDS = 60.0


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line from the supervisor to the client that started it."""

    announce: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    is_ready: bool = False


class Supervisor:
    """Starts PostgreSQL, starts it again when it is killed, stops it when the last client has left."""

    def __init__(self, folder: DataFolder, binaries: Binaries, report_descriptor: int) -> None:
        self.folder = folder
        self.binaries = binaries
        self.report_descriptor = report_descriptor
        self.is_asked_to_stop = False
        self.clients = FileLock.open(folder.clients_lock)
        self.server_lock = FileLock.open(folder.server_lock)
        self.record_lock: FileLock | None = None

    def start(self) -> Postmaster:
        """Make the cluster ready, start the server, publish its record. Raises `EmbeddedError`."""
        siblings = [self.binaries.folder.parent / name for name in ("lib", "share")]
        identity = identity_for(
            self.folder.path,
            programs=[self.binaries.program("postgres"), self.binaries.program("initdb")],
            entered=[path for path in siblings if path.is_dir()],
        )
        self._wait_for_previous_server(identity)
        self.folder.bound_log()
        cluster = Cluster(self.folder, self.binaries, identity, self.server_lock.descriptor)
        cluster.ensure(self.announce)
        return self._start_server(cluster)

    def watch(self, server: Postmaster) -> None:
        """Return when the server has stopped: nobody is left, somebody stopped it, or it cannot be kept alive."""
        restarts: list[float] = []
        next_log_check = time.monotonic() + LOG_CHECK_SECONDS
        while not (self.is_asked_to_stop or self.clients.try_exclusive()):
            if server.has_ended():
                if server.was_stopped():
                    break
                server.end_sessions()
                now = time.monotonic()
                restarts = [moment for moment in restarts if moment > now - RESTARTS_WINDOW_SECONDS] + [now]
                if len(restarts) > RESTARTS_MAX:
                    break
                server = self._start_server(server.cluster, port=server.port)
            if time.monotonic() > next_log_check:
                self.folder.bound_log()
                next_log_check = time.monotonic() + LOG_CHECK_SECONDS
            time.sleep(WATCH_SECONDS)
        self._withdraw(server)

    def announce(self, message: str) -> None:
        """Tell the waiting client, in French, what takes time."""
        self.send(Report(announce=message))

    def send(self, report: Report) -> None:
        """Write one line to the client that started us. It may be gone, or be served: then this does nothing."""
        if self.report_descriptor >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self.report_descriptor, msgspec.json.encode(report) + b"\n")

    def end_reports(self) -> None:
        os.close(self.report_descriptor)
        self.report_descriptor = -1

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Signal handler of SIGTERM, when the machine shuts down for instance."""
        self.is_asked_to_stop = True

    def _start_server(self, cluster: Cluster, port: int | None = None) -> Postmaster:
        if port is None:
            last = self.folder.last_record()
            port = last.port if last else None
        server = Postmaster.start(cluster, port, self.announce)
        previous = self.record_lock
        self.record_lock = self.folder.write_record(
            Record(
                supervisor=os.getpid(),
                postmaster=server.process.pid,
                port=server.port,
                version=self.binaries.version,
            )
        )
        if previous is not None:
            previous.close()
        return server

    def _withdraw(self, server: Postmaster) -> None:
        """Withdraw the record *before* the server goes, so that nobody attaches to a server that stops."""
        stopped = Record(supervisor=None, postmaster=None, port=server.port, version=self.binaries.version)
        try:
            self.folder.write_record(stopped).close()
        finally:  # also when the folder was removed or the disk is full
            server.stop()

    def _wait_for_previous_server(self, identity: Identity) -> None:
        """Wait until no process of an earlier server lives, and take the server lock for ourselves."""
        begun = time.monotonic()
        is_told_to_stop = False
        while not self.server_lock.try_exclusive():
            waited = time.monotonic() - begun
            if waited > PREVIOUS_GRACE_SECONDS and not is_told_to_stop:
                self.announce("Arrêt du serveur précédent…")
                self._stop_previous_server(identity)
                is_told_to_stop = True
            if waited > PREVIOUS_SECONDS_MAX:
                raise PreviousServerStuck(
                    f"Un processus PostgreSQL d'une exécution précédente utilise encore {self.folder.path} et ne "
                    "s'arrête pas. Arrêtez-le à la main, puis relancez."
                )
            time.sleep(POLL_SECONDS)

    def _stop_previous_server(self, identity: Identity) -> None:
        """End a server that outlived its supervisor: where the kernel does not tie them (macOS), or parts of one."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # the bounded wait goes on all the same
            subprocess.run(  # noqa: S603 - no shell, our own arguments
                [self.binaries.program("pg_ctl"), "stop", "-D", self.folder.cluster, "-m", "immediate"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment(),
                timeout=PREVIOUS_GRACE_SECONDS,
                check=False,
                preexec_fn=before_exec(identity, death_signal=signal.SIGTERM),
            )
        end_processes(self.folder.cluster)


def main(arguments: list[str]) -> int:
    """Run until the last client has left. Exit status 0, or 1 when the server could not be started or kept."""
    data, bin_dir, start_lock, report = arguments
    if os.fork():
        os._exit(0)  # nobody's child, so that the client has nothing to wait for
    os.umask(0o077)
    supervisor = Supervisor(DataFolder(Path(data)), locate_binaries(Path(bin_dir)), int(report))
    signal.signal(signal.SIGTERM, supervisor.ask_to_stop)
    signal.signal(signal.SIGINT, supervisor.ask_to_stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        server = supervisor.start()
    except EmbeddedError as error:
        supervisor.send(Report(error_code=error.code, error_message=str(error)))
        return 1
    except OSError as error:
        supervisor.send(Report(error_code=ServerNotStarted.code, error_message=f"Démarrage impossible : {error}."))
        return 1
    os.close(int(start_lock))  # the start is over: others may look
    supervisor.send(Report(is_ready=True))
    supervisor.end_reports()
    supervisor.watch(server)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
