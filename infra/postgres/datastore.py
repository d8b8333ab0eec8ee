"""The library's datastore over a connection URL, keeping every option of the URL (TLS included)."""

from collections.abc import Callable
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

POOL_SIZE = 4
POOL_OVERFLOW = 28
LOCK_TIMEOUT_SECONDS = 60
IDLE_IN_TRANSACTION_SECONDS = 60

KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""After how long a client gives up a server that the network no longer reaches: about ten seconds."""

NOTICE_DEAD_CLIENTS = (
    "SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),"
    " set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '10000', false)"
)
"""The same for the server: whoever is cut off while it holds the journal's head, or a partition, lets go of it."""


class Datastore(PostgresDatastore):
    """The library's, whose sessions end with the network between them and us."""

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """What each new connection begins with."""
        begin = super().after_connect_func()

        def after_connect(connection: Connection[Any]) -> None:
            begin(connection)
            connection.execute(NOTICE_DEAD_CLIENTS)

        return after_connect


def open_datastore(url: str) -> PostgresDatastore:
    """A pool of synchronous connections, for commands and the projection."""
    options = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    named = {name: str(options.pop(name, default)) for name, default in _NAMED.items()}
    datastore = Datastore(
        **named,  # type: ignore[arg-type]
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        lock_timeout=LOCK_TIMEOUT_SECONDS,
        idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION_SECONDS,
        connect_timeout=30.0,
    )
    assert isinstance(datastore.pool.kwargs, dict)
    datastore.pool.kwargs |= KEEPALIVES | options
    return datastore


def conninfo(url: str) -> str:
    """The URL for a connection of its own, given up like those of the pool when the network no longer reaches it."""
    options = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    return make_conninfo(**{"connect_timeout": 10, **KEEPALIVES, **options})  # type: ignore[arg-type]


_NAMED = {"dbname": "postgres", "host": "127.0.0.1", "port": "5432", "user": "postgres", "password": ""}
