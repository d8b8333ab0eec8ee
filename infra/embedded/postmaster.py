"""One PostgreSQL server on the cluster: choose its port, start it, see that it is ready, stop it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from infra.embedded.cluster import Cluster, environment
from infra.embedded.errors import ServerNotStarted
from infra.embedded.locks import POLL_SECONDS
from infra.embedded.privileges import before_exec
from infra.embedded.processes import end_processes, name_of

LOOPBACK = "127.0.0.1"
# Below the ports that systems give to outgoing connections (Linux from 32768, macOS from 49152): there, a client
# that tries the port of a stopped server can be given that very port as its own, connect to itself and keep it taken.
PORTS = range(15432, 32768)
PORT_ATTEMPTS_MAX = 50
START_ATTEMPTS_MAX = 5
START_SECONDS_MAX = 600.0  # recovery after a crash replays up to max_wal_size, slowly on a slow disk
PROGRESS_SECONDS = 5.0
FAST_STOP_SECONDS_MAX = 10.0
IMMEDIATE_STOP_SECONDS_MAX = 10.0

# On the command line, so that no file of the cluster can undo them.
SAFETY = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "restart_after_crash": "on",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
    # The log holds no person: no statement, no parameter, and no DETAIL, which quotes the values of the row.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class Postmaster:
    """A running server, child of this process."""

    def __init__(self, cluster: Cluster, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.cluster = cluster
        self.process = process
        self.port = port

    @classmethod
    def start(cls, cluster: Cluster, preferred_port: int | None, announce: Callable[[str], None]) -> "Postmaster":
        """Start on the preferred port, or on another when it is taken, and return once connections are accepted.

        Raises `ServerNotStarted` with the tail of the log.
        """
        if (cluster.folder.cluster / "postmaster.pid").exists():
            announce("La base n'avait pas été arrêtée proprement : reprise en cours…")
        for _attempt in range(START_ATTEMPTS_MAX):
            port = preferred_port if preferred_port is not None and _is_free(preferred_port) else _free_port()
            server = cls(cluster, _spawn(cluster, port), port)
            if server._wait_until_ready(announce):
                return server
            if _is_free(port):  # it failed for a reason of its own, which another port would not cure
                break
        raise ServerNotStarted(
            f"PostgreSQL n'a pas démarré. Fin de {cluster.folder.log} :\n{cluster.folder.log_tail()}"
        )

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def was_stopped(self) -> bool:
        """Whether it ended in good order, by somebody's wish, and not by a crash."""
        return self.process.poll() == 0

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, what is committed is on disk.

        PostgreSQL 18 never finishes one that is asked for while it recovers from the crash of a session; after a
        while we ask for the immediate shutdown, which is a crash to the next start, and safe.
        """
        for number, seconds in ((signal.SIGINT, FAST_STOP_SECONDS_MAX), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS_MAX)):
            if self.has_ended():
                break
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.process.kill()
        self.process.wait(IMMEDIATE_STOP_SECONDS_MAX)
        self.end_sessions()

    def end_sessions(self) -> None:
        """After it was killed: end the processes that it left behind."""
        end_processes(self.cluster.folder.cluster)

    def _wait_until_ready(self, announce: Callable[[str], None]) -> bool:
        begun = time.monotonic()
        next_word = begun + PROGRESS_SECONDS
        while not self.has_ended():
            if self._says_ready():
                return True
            now = time.monotonic()
            if now > begun + START_SECONDS_MAX:
                self.stop()
                return False
            if now > next_word:
                announce(f"PostgreSQL démarre encore… ({now - begun:.0f} s)")
                next_word = now + PROGRESS_SECONDS
            time.sleep(POLL_SECONDS)
        return False

    def _says_ready(self) -> bool:
        """Whether its own lock file says so: the process number in line 1, the state in line 8."""
        try:
            lines = (self.cluster.folder.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"


def _spawn(cluster: Cluster, port: int) -> "subprocess.Popen[bytes]":
    command: list[str | Path] = [cluster.binaries.program("postgres"), "-D", cluster.folder.cluster]
    for name, value in {**SAFETY, "port": str(port), "cluster_name": name_of(cluster.folder.cluster)}.items():
        command += ["-c", f"{name}={value}"]
    log = cluster.folder.open_log()
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment(),
            pass_fds=(cluster.lock,),
            # SIGQUIT is its immediate shutdown, the only one sure to end, whatever it is doing (see `stop`).
            preexec_fn=before_exec(cluster.identity, death_signal=signal.SIGQUIT),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerNotStarted(f"{command[0]} ne s'exécute pas : {error}.") from error
    finally:
        os.close(log)


def _free_port() -> int:
    for port in random.sample(PORTS, PORT_ATTEMPTS_MAX):
        if _is_free(port):
            return port
    raise ServerNotStarted(f"Aucun port libre sur {LOOPBACK} entre {PORTS.start} et {PORTS.stop - 1}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does: old connections may linger
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True
