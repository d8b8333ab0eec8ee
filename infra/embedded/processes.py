"""Which processes serve a cluster, told from /proc (Linux); elsewhere none is found, and PostgreSQL checks alone.

Every process of a server carries the name of its cluster in its command line, which anyone may read, also root in a
container that may not look any closer.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from infra.embedded.locks import POLL_SECONDS

END_SECONDS_MAX = 10.0
NAME_PREFIX = "decompte-"


def name_of(cluster: Path) -> str:
    """The name that PostgreSQL is given for this cluster: one for each folder on a machine, whatever its path."""
    status = cluster.stat()
    return f"{NAME_PREFIX}{status.st_dev:x}-{status.st_ino:016x}"  # of fixed length: none is part of another


def end_processes(cluster: Path) -> None:
    """Kill what serves the cluster without a postmaster, and wait until it has ended.

    Left alone, a session ends only when its present query does. Killing it is a crash, which recovery covers.
    """
    if not cluster.exists():  # not created yet, or removed under a running server
        return
    name = name_of(cluster).encode()
    deadline = time.monotonic() + END_SECONDS_MAX
    while found := [process for process in _all_processes() if name in (_postgres_command(process) or b"")]:
        if time.monotonic() > deadline:
            return
        for process in found:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def is_foreign_to(cluster: Path, process: int) -> bool:
    """Whether a process surely does not serve the cluster: no PostgreSQL, that of another folder, or a zombie.

    Where nobody reaps (a container without an init), a killed PostgreSQL stays a zombie, which it takes for alive.
    """
    command = _postgres_command(process)
    if command is None:
        return False
    return not command or (NAME_PREFIX.encode() in command and name_of(cluster).encode() not in command)


def _postgres_command(process: int) -> bytes | None:
    """The command line of a PostgreSQL process, empty for a zombie or any other program, None when it is gone."""
    folder = Path("/proc", str(process))
    try:
        command = (folder / "cmdline").read_bytes()  # empty for a zombie, which holds nothing any more
        return command if (folder / "comm").read_text().strip() == "postgres" else b""
    except OSError:
        return None


def _all_processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
