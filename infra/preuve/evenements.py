"""The entries of the log of events: one per stored event, the event's row bound by a hash.

    "dcp:evt1" + position (8 bytes, big-endian) + SHA-256 of the row, packed as the MAC reads it

Entries tell nothing of the events: each row holds a keyed hash and a random token, so its hash cannot be guessed. They
may be given to anybody. The row's MAC is left out: it depends on our key, and a stranger could not check it.
"""

from typing import Any

from psycopg import Connection

from infra.journal.keyring import Keyring
from infra.journal.recorder import CHANNEL
from infra.postgres.sql import statements
from infra.preuve.log import LogAltered
from infra.preuve.rows import event_entry, packed_rows, scan_events

NAME = "evenements"
_SQL = statements("infra.preuve", "evenements.sql")


class EventEntries:
    """The stored events as entries; each is checked against its MAC before it is sealed."""

    channel = CHANNEL
    scan = staticmethod(scan_events)

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def end(self, connection: Connection[Any]) -> int:
        """The position of the last event."""
        with connection.cursor() as cursor:
            row = cursor.execute(_SQL["end"]).fetchone()
        return int(next(iter(row.values())) if isinstance(row, dict) else row[0]) if row else 0

    def read(self, connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
        """The entries of the positions (after, upto]. Raises LogAltered."""
        entries = []
        is_event_mac = self._keyring.is_event_mac
        expected = after
        for position, packed, mac in packed_rows(connection, after=after, upto=upto):
            expected += 1
            if position != expected:
                raise LogAltered(f"stored_events position {expected} : événement manquant ou déplacé")
            if not is_event_mac(packed, mac):
                raise LogAltered(f"stored_events position {position} : l'événement a été modifié")
            entries.append(event_entry(position, packed))
        return entries
