"""Waiting for a NOTIFY without missing the order to stop."""

import time
from threading import Event
from typing import Any

from psycopg import Connection

LOOK_SECONDS = 0.2
"""How long a worker that is asked to stop may sleep on."""


def wait_for_notice(connection: Connection[Any], stopped: Event, *, seconds_max: float) -> None:
    """Sleep until one of the channels that `connection` listens to is notified, or so many seconds, or `stopped`."""
    deadline = time.monotonic() + seconds_max
    while not stopped.is_set() and (left := deadline - time.monotonic()) > 0:
        if list(connection.notifies(timeout=min(LOOK_SECONDS, left), stop_after=1)):
            return
