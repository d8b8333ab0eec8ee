"""Check the journal: every event against its MAC, in its place and its time, its facts readable, its seal to be opened.

Rows come by binary COPY, which hands them over as the MAC reads them.
"""

from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from infra.journal.keyring import Keyring, sealing_context
from infra.journal.mapper import SealBroken, State, read_state, unseal
from infra.journal.pages import POSITION_MAX
from infra.journal.recorder import Head
from infra.journal.row import unpacked_row
from infra.journal.sealed import SealedEvent
from infra.postgres.copying import copied_rows
from infra.postgres.sql import statements
from infra.preuve.rows import parted, rows_query
from infra.verify.cles import Cles
from infra.verify.faults import Reached, Tell
from ledger.adherent.events import AdherentErased
from ledger.events import UnreadableEvent
from ledger.registry import REGISTRY

TABLE = "stored_events"
PROGRESS_EVENTS = 2_000
_SQL = statements("infra.preuve", "evenements.sql")


class JournalCheck:
    """The check of the whole journal."""

    def __init__(self, keyring: Keyring, cles: Cles, tell: Tell, reached: Reached = lambda _: None) -> None:
        self._keyring = keyring
        self._cles = cles
        self._tell = tell
        self._reached = reached
        self._at_fault: set[int] = set()

    def run(self, connection: Connection[Any], head: Head | None) -> int:
        """How many events there are. In a transaction that sees one moment."""
        is_event_mac = self._keyring.is_event_mac
        count, expected, last = 0, 1, None
        connection.execute(_SQL["read_by_index"])
        for row in copied_rows(connection, rows_query(after=-POSITION_MAX, upto=POSITION_MAX)):
            packed, mac = parted(row)
            event, position, instant = unpacked_row(packed)
            if position != expected:
                self._tell_missing(expected, position)
            expected = position + 1
            count += 1
            if last is not None and instant < last:
                self._tell_at(position, "l'instant d'enregistrement recule")
            last = instant
            if not is_event_mac(packed, mac):
                self._at_fault.add(position)
                self._tell_at(position, f"l'événement {UUID(bytes=event.stream)} a été modifié")
            self._check(event, position)
            if count % PROGRESS_EVENTS == 0:
                self._reached(position)
        if head is not None and expected - 1 < head.position:
            self._tell(TABLE, f"positions {expected} à {head.position}", "événements manquants à la fin")
        if head is not None and expected - 1 > head.position:
            self._tell(TABLE, f"positions {head.position + 1} et suivantes", "au-delà de la tête du journal")
        return count

    def unreadable(self, position: int) -> None:
        """Tell that an event cannot be read, unless it is altered, or this was told of it already."""
        if position not in self._at_fault:
            self._at_fault.add(position)
            self._tell_at(position, "l'événement est illisible")

    def _check(self, event: SealedEvent, position: int) -> None:
        try:
            state = read_state(event.state)
            self._check_seal(event, state, position)
            if event.topic == AdherentErased.topic:
                self._cles.erased(state.sujet)
            REGISTRY.read_facts(event.topic, state.v, state.faits)  # all of them: the projection leaves lines unread
        except (msgspec.MsgspecError, UnreadableEvent):
            self.unreadable(position)

    def _check_seal(self, event: SealedEvent, state: State, position: int) -> None:
        if state.sujet not in self._cles:
            self._cles.named(state.sujet, f"position {position}")
            return
        key = self._cles.cipher(state.sujet)
        if key is None or state.scelle is None:
            return
        try:
            personal = unseal(key, state.scelle, sealing_context(event.stream, event.topic))
            REGISTRY.read_personal(event.topic, state.v, personal)
        except SealBroken:
            if position not in self._at_fault:
                self._tell_at(position, "la partie scellée ne s'ouvre plus")

    def _tell_missing(self, expected: int, position: int) -> None:
        missing = f"position {expected}" if position == expected + 1 else f"positions {expected} à {position - 1}"
        self._tell(TABLE, missing, "événement manquant ou déplacé")

    def _tell_at(self, position: int, what: str) -> None:
        self._tell(TABLE, f"position {position}", what)
