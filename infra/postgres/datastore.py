"""The library's datastore over a connection URL, keeping every option of the URL (TLS included)."""

from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

POOL_SIZE = 4
POOL_OVERFLOW = 28
LOCK_TIMEOUT_SECONDS = 60
IDLE_IN_TRANSACTION_SECONDS = 60


def open_datastore(url: str) -> PostgresDatastore:
    """A pool of synchronous connections, for commands and the projection."""
    options = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    named = {name: str(options.pop(name, default)) for name, default in _NAMED.items()}
    datastore = PostgresDatastore(
        **named,  # type: ignore[arg-type]
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        lock_timeout=LOCK_TIMEOUT_SECONDS,
        idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION_SECONDS,
        connect_timeout=30.0,
    )
    assert isinstance(datastore.pool.kwargs, dict)
    datastore.pool.kwargs |= options
    return datastore


_NAMED = {"dbname": "postgres", "host": "127.0.0.1", "port": "5432", "user": "postgres", "password": ""}
