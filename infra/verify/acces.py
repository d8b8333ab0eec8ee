"""Check the access log: each look against the salted hash that was kept of it, none missing before its time."""

from typing import Any

from psycopg import Connection

from infra.postgres.sql import statements
from infra.preuve.acces import AccesEntries, fault_of
from infra.verify.faults import Tell

PLACES_AT_ONCE = 2_000
TABLE = "acces_journal"
_SQL = statements("infra.auth", "journal_acces.sql")


def check_acces(connection: Connection[Any], tell: Tell) -> int:
    """Tell what is wrong with the looks; how many places there are. In a transaction that sees one moment."""
    end, expected = AccesEntries().end(connection), 0
    for after in range(0, end, PLACES_AT_ONCE):
        parameters = {"after": after, "upto": min(end, after + PLACES_AT_ONCE)}
        for row in connection.execute(_SQL["feuilles"], parameters).fetchall():
            for missing in range(expected + 1, row["rang"]):
                tell("acces_feuille", f"rang {missing}", "le haché d'un regard manque")
            expected = row["rang"]
            fault = fault_of(row)
            if fault is not None:
                tell(TABLE, f"rang {expected}", fault)
    for missing in range(expected + 1, end + 1):
        tell("acces_feuille", f"rang {missing}", "le haché d'un regard manque")
    for row in connection.execute(_SQL["sans_feuille"]).fetchall():
        tell(TABLE, f"rang {row['rang']}", "regard en trop : aucun haché n'en est gardé")
    return end
