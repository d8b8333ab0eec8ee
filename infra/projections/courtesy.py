"""Letting others go first: a rebuild is long, and whoever appends meanwhile must not feel it.

The kernel gives a process of low priority what the others leave, but only when its turn is over: an append wakes three
or four processes one after the other, each of which may wait some milliseconds for that. So a rebuild also keeps to
half of the cores: on the others nobody waits for it. A session of PostgreSQL is a process too, and when it runs on this
machine it can be told so as one's own can.
"""

import os
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg import Connection

NICENESS = 10
"""Of 19: far behind those who append and read, still ahead of what the machine does only when idle."""


def lower_own_priority() -> None:
    """Let other processes go before this one, for good."""
    _lower(os.getpid())


def lower_session_priority(connection: Connection[Any]) -> None:
    """Let other sessions go before this one, for good: it gets no helpers, which would not be behind as it is.

    Its process stays as it was when it is not within reach.
    """
    connection.execute("SET max_parallel_workers_per_gather = 0")
    process = connection.info.backend_pid
    try:
        if _serves(process, _own_port(connection)):
            _lower(process)
    except OSError:
        pass  # another machine, another user's server: it goes on as it was


def _lower(process: int) -> None:
    """One that is further behind already stays there."""
    os.setpriority(os.PRIO_PROCESS, process, max(NICENESS, os.getpriority(os.PRIO_PROCESS, process)))
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(process))
        os.sched_setaffinity(process, cores[len(cores) // 2 :])


def _own_port(connection: Connection[Any]) -> int:
    with closing(socket.socket(fileno=os.dup(connection.fileno()))) as own:
        address = own.getsockname()
    return int(address[1]) if isinstance(address, tuple) else 0


def _serves(process: int, port: int) -> bool:
    """Whether this process is the session at the other end: the number alone might be another machine's.

    PostgreSQL writes in the title of each session the port that its client speaks from.
    """
    title = Path(f"/proc/{process}/cmdline").read_bytes()
    return title.startswith(b"postgres") and f"({port})".encode() in title
