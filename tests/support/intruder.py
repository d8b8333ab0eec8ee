"""What somebody does who owns the database and wants no trace: the guards are set aside, then rows are changed."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

GUARDED = ("preuve_journal", "preuve_tuile", "preuve_point", "preuve_cosignature")


def set_guards_aside(url: str, *, tables: Sequence[str] = GUARDED) -> None:
    """No trigger, no foreign key and no check of these tables stands in the way any more; by default the proof's."""
    with psycopg.connect(url) as connection:
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        rows = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype IN ('f', 'c') AND conrelid::regclass::text = ANY(%s)",
            (list(tables),),
        ).fetchall()
        for table, name in rows:
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )
