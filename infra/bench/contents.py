"""What read tables hold, to be compared with what they held."""

from hashlib import blake2b

import psycopg
from psycopg import sql

from infra.projections.rows import TABLE_BY_ROW

ROW_DIGEST_BYTES = 16
Contents = dict[str, list[bytes]]
"""By table, a digest of every row, in the order of member and position."""


def contents(url: str) -> Contents:
    """Every row of every read table, as COPY writes it."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        found: Contents = {}
        for table in TABLE_BY_ROW.values():
            query = sql.SQL("COPY (SELECT * FROM {} ORDER BY sujet, position) TO STDOUT").format(sql.Identifier(table))
            with cursor.copy(query) as copy:
                found[table] = [blake2b(row, digest_size=ROW_DIGEST_BYTES).digest() for row in copy]
        return found


def first_difference(before: Contents, after: Contents) -> str | None:
    """Where two contents differ first, in words; None when they do not."""
    for table, rows in before.items():
        if len(rows) != len(after[table]):
            return f"{table} : {len(rows)} lignes, puis {len(after[table])}"
        for number, (one, other) in enumerate(zip(rows, after[table], strict=True), 1):
            if one != other:
                return f"{table} : la ligne {number} diffère"
    return None


def read_relations(url: str) -> list[str]:
    """Every table and index whose name begins as that of a read table: nothing half-made among them."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'read\\_%' ORDER BY relname")
        return [name for (name,) in rows.fetchall()]
